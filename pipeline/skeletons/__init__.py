"""What a new plugin begins with: a package that works, its test, and the entry point."""

from collections.abc import Callable

from pipeline.skeletons.exporter import exporter
from pipeline.skeletons.source import source
from pipeline.skeletons.step import step

SKELETONS: dict[str, Callable[[str], dict[str, str]]] = {"exporter": exporter, "source": source, "step": step}
"""Per kind of plugin, the files of a new one by path."""
