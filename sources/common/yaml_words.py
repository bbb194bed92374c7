"""What libyaml complains of, said in plain words, with its place and what to do."""

import re
from typing import Any

import yaml

from sources.common.places import Place, place_at

_INDENT = "indent with spaces; fields that belong together begin in the same column"
_QUOTE = "put the whole value in quotes"

_OPENED = (
    ("quoted scalar", "end of stream", "the quotes that open here are never closed", "close them"),
    ("flow sequence", "", "the list that opens here is not closed, or lacks a comma", "close it with ]"),
    ("flow mapping", "", "the mapping that opens here is not closed, or lacks a comma", "close it with }"),
    ("simple key", "", "this line is neither a field nor part of one", "write `name: value`, or indent it"),
    ("an alias", "", "a value that begins with * needs quotes", _QUOTE),
    ("an anchor", "", "a value that begins with & needs quotes", _QUOTE),
    ("a tag", "", "a value that begins with ! needs quotes", _QUOTE),
    (
        "block scalar",
        "line break",
        "nothing can follow | or > on its line",
        "begin the text on the next line",
    ),
)
"""End of the context, part of the problem, message, hint: told at the place where the context begins."""

_WORDS = (
    (
        "mapping values are not allowed",
        "a colon and a space cannot stand here",
        f"{_QUOTE}, or mend the indent",
    ),
    ("found a tab character", "a tab is used to indent", _INDENT),
    ("found character '\\t'", "a tab is used to indent", _INDENT),
    ("sequence entries are not allowed", "a list cannot begin here", "begin the list on the next line"),
    ("unknown escape character", "a backslash in double quotes begins nothing known", "use single quotes"),
    ("Unicode character escape", "an escape stands for no character", "write the character itself"),
    ("expected '-' indicator", "the list is broken off by this line", _INDENT),
    ("expected <document start>", "there is text behind the end of the document", "remove the line `...`"),
    ("expected node content", "a value is expected here", _QUOTE),
    ("undefined tag handle", "a value that begins with ! needs quotes", _QUOTE),
    (
        "expected key",
        "this does not fit the lines above",
        f"{_INDENT}; a text with quotes in it needs more quotes",
    ),
)
"""Part of the problem, message, hint: told at the place of the problem."""

_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def explain(error: yaml.MarkedYAMLError, text: str) -> tuple[str, str | None, Any]:
    """Message, hint and mark of the place."""
    problem, context = error.problem or "", error.context or ""
    for inside, part, message, hint in _OPENED:
        if context.endswith(inside) and part in problem and error.context_mark is not None:
            return message, hint, error.context_mark
    mark: Any = error.problem_mark or error.context_mark
    if "cannot start any token" in problem:
        return (*_beginning(text, mark), mark)
    for part, message, hint in _WORDS:
        if part in problem:
            return message, hint, mark
    return f"this is not YAML: {problem}", None, mark


def _beginning(text: str, mark: Any) -> tuple[str, str]:
    lines = text.split("\n")
    character = lines[mark.line][mark.column : mark.column + 1] if mark.line < len(lines) else ""
    if character == "\t":
        return "a tab is used to indent", _INDENT
    return f"a value that begins with {character} needs quotes", _QUOTE


def unprintable(text: str) -> tuple[str, Place]:
    """What to say about the first character that no YAML file may hold, and its place."""
    found = _UNPRINTABLE.search(text)
    at = found.start() if found else 0
    return f"the character U+{ord(text[at]):04X} cannot stand in a YAML file", place_at(text, at)
