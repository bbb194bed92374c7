"""Markdown files with fields in front (YAML): the same value always gives the same bytes, and comes back."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from exporters.base import Fields

_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z][a-z_]*", re.IGNORECASE)
"""Texts that every YAML reader takes for texts; all others stand in quotes."""
_ENDLESS = 2**31 - 1
_DEEPEST = 100
_OPENING = "---\n"
_CLOSING = re.compile(r"^---[ \t]*\n", re.MULTILINE)
_BLANK_LINE = re.compile(r"(?<=\n)([ \t]*)\n")
_BLOCK = re.compile(
    r"<(?:p|h[1-6]|ul|ol|dl|figure|blockquote|table|div|section|article|aside|details|hr)[\s/>]",
    re.IGNORECASE,
)
"""Tags that open a block which lasts until the next blank line (CommonMark 0.31, 4.6, condition 6)."""


class _Instant(str):
    """A text that is written as a YAML timestamp."""

    __slots__ = ()


def _text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, None if _PLAIN.fullmatch(text) else '"')


def _instant(dumper: Any, text: _Instant) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", str(text))


_Dumper: Any = type("_Dumper", (getattr(yaml, "CSafeDumper", yaml.SafeDumper),), {})
_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Instant, _instant)
_Dumper.ignore_aliases = lambda dumper, data: True

_Loader: Any = type("_Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if not tag.endswith((":timestamp", ":merge"))]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def dump(front: Fields, body: str, first: Iterable[str], instants: Iterable[str]) -> bytes:
    """A file: the fields called `first` in their order, then the others; `instants` are written as such."""
    names = [name for name in first if name in front]
    names += sorted(set(front) - set(names))
    marked = set(instants)
    ordered = {name: _Instant(front[name]) if name in marked else _sorted(front[name]) for name in names}
    fields = yaml.dump(ordered, Dumper=_Dumper, allow_unicode=True, width=_ENDLESS, sort_keys=False)
    below = f"\n{body}\n" if body else ""
    return f"{_OPENING}{fields}---\n{below}".encode()


def load(data: bytes) -> tuple[Fields, str] | None:
    """The fields and the body of a file; None if it has no fields in front that can be read."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        closing = _CLOSING.search(text, len(_OPENING))
        if not text.startswith(_OPENING) or closing is None:
            return None
        written = text[len(_OPENING) : closing.start()]
        if not _is_harmless(written):
            return None
        front = yaml.load(written, Loader=_Loader)  # noqa: S506 - a safe loader, with less
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError):
        return None
    return (front, text[closing.end() :].strip("\n")) if isinstance(front, dict) else None


def inert(html: str) -> str:
    """HTML that Markdown and templates hand through: no blank lines, no braces, a block to begin with.

    A browser reads the same as before.
    """
    text = html.replace("\r\n", "\n").replace("\r", "\n").strip().replace("{", "&#123;")
    text = _BLANK_LINE.sub(r"\1&#10;", text)
    return text if not text or _BLOCK.match(text) else f"<div>\n{text}\n</div>"


def _is_harmless(text: str) -> bool:
    """No aliases, which can make a small file huge, and no depth that would exhaust the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > _DEEPEST:
            return False
    return True


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def read(path: Path, limit: int) -> tuple[Fields, str] | None:
    """What a file of at most `limit` bytes holds. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(limit + 1)
    return load(data) if len(data) <= limit else None
