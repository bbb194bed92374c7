"""What a content management system can lack: the codes of such problems, the same for each."""

NO_CONTENT_TYPE = "channel.no_content_type"
"""A kind, or a part of it, has no place."""
NO_FIELD = "channel.no_field"
"""A field is missing, or of another type."""
NO_LANGUAGE = "channel.no_language"
NO_RIGHT = "channel.no_right"
