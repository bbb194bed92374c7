"""What Crossref says of a work."""
