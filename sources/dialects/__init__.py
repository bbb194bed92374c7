"""The parts of single sources."""
