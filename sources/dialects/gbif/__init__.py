"""What GBIF says of a taxon."""
