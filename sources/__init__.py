"""Where content is read from: one file per kind of source."""
