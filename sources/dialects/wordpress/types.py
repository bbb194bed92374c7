"""What WordPress has, and which kind of record each becomes."""

from schemas import plugins

KINDS = {
    "posts": "article", "pages": "page", "media": "asset", "categories": "topic", "tags": "topic",
    "users": "person",
}  # fmt: skip
"""Kinds by the lists of the REST API."""
ONE = {
    "posts": "post", "pages": "page", "media": "media", "categories": "category", "tags": "tag",
    "users": "user",
}  # fmt: skip
"""What names begin with: `article:post-7`."""
STATUS = {"publish": "published", "future": "published", "inherit": "published", "private": "withdrawn"}
"""Our states; anything else is a draft. What has a time in the future is not public before."""
_OTHERS = {"page", "article", "asset", "topic"}
OWN_TYPES = tuple(kind for kind in plugins.names("kinds") if kind not in _OTHERS)
"""Content types that a channel's plug-in adds: WordPress gives them the names of our kinds."""
