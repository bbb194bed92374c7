"""How one system spells content: a room for each exporter that is more than a file, entered by no other."""
