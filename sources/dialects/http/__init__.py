"""Asking an API: signing in, paging, and what has changed."""
