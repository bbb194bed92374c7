"""What every source keeps, as tests: inherit from SourceConformance, on the web from RemoteConformance."""

from sources.conformance.reading import SourceConformance, drain, read_all
from sources.conformance.remote import RemoteConformance, anew

__all__ = ["RemoteConformance", "SourceConformance", "anew", "drain", "read_all"]
