"""What a new plugin begins with."""

from collections.abc import Callable

SKELETONS: dict[str, Callable[[str], dict[str, str]]] = {}
