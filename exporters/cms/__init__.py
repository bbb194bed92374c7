"""What exporters to content management systems share."""
