"""Reading WordPress: its REST API, its export files, its blocks."""
