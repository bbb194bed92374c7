"""What an address asks for: whatever it says, only what can be meant comes of it."""

from collections.abc import Collection, Mapping

LONGEST = 240
"""Characters of a text that is looked for; no ident is longer."""


def text_of(query: Mapping[str, str], name: str) -> str:
    """A text without what cannot be seen, in a length that can be looked for."""
    seen = "".join(one if one.isprintable() else " " for one in query.get(name, "")[: 4 * LONGEST])
    return seen.strip()[:LONGEST]


def choice(query: Mapping[str, str], name: str, known: Collection[str]) -> str | None:
    """One of those that there are, or none."""
    said = query.get(name)
    return said if said in known else None


def anew(query: Mapping[str, str]) -> int | None:
    """The number of the look that somebody has seen and wants another one for; None if nobody does."""
    return number(query, "anew") if "anew" in query else None


def number(query: Mapping[str, str], name: str) -> int:
    """A whole number from zero on; zero if it is none."""
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
