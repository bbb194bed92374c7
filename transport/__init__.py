"""Manners on the wire and on disk, shared by sources and exporters."""
