"""A copied web page, part by part."""
