"""Where content is published to: one file per kind of channel."""
