"""Steps: pure, typed transformations of the record stream, one file each."""
