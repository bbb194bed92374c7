"""How a page of ours is known where no plug-in keeps the key: by a comment in its text. Pure."""

import re

OPENING = "leopard:"
_MARK = re.compile(
    rf"\s*(?:<!-- wp:html -->\s*)?<!-- {OPENING}([a-z][a-z0-9_]*:[^\s@]+@[A-Za-z0-9-]+) -->"
    r"(?:\s*<!-- /wp:html -->)?"
)


def marked(text: str, ident: str, *, blocks: bool) -> str:
    """The text with our mark at its end; `blocks`: in a block of its own."""
    mark = f"<!-- {word(ident)} -->"
    return text + (f"\n\n<!-- wp:html -->\n{mark}\n<!-- /wp:html -->" if blocks else f"\n{mark}")


def word(ident: str) -> str:
    """The word that can be searched for. A filter of WordPress shortens rows of hyphens in comments."""
    return OPENING + ident.replace("--", "-%2D")


def unmarked(text: str) -> tuple[str | None, str]:
    """The ident in the text, None if it is not marked, and the text without it."""
    found = list(_MARK.finditer(text))
    if not found:
        return None, text
    last = found[-1]
    return last[1].replace("%2D", "-"), text[: last.start()] + text[last.end() :]
