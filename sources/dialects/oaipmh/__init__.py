"""Harvesting by OAI-PMH: the protocol, and what records say in each format."""
