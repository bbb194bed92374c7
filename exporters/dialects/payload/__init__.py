"""Payload: blocks and rich text, its collections, and the calls that carry them."""
