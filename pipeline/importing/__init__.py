"""From any source to content files of the project: read, written down, and looked at by a person."""
