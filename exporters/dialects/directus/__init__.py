"""Directus: tables, translations and files, and the calls that carry them."""
