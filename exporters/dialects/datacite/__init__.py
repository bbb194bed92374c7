"""DataCite: the metadata of a work as JSON and as XML."""
