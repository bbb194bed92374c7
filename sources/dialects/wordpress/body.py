"""The text of a post: without the comments of its blocks, as paragraphs, and what only WordPress can draw."""

import re

BLOCK = re.compile(r"<!--\s+/?wp:([a-z][a-z0-9_/-]*)(?:\s+\{[^<>]*?\})?\s+(/)?-->")
"""A comment that begins or ends a block, or is all of one that WordPress draws itself.

In its attributes WordPress escapes angle brackets, so the end of one is never looked for behind the next.
"""
_PLAIN = frozenset({"more", "nextpage", "spacer", "separator"})
_SHORTCODE = re.compile(r"(?<!\[)\[([a-z][a-z0-9_-]+)(\s[^\[\]<>]*)?/?\](?!\])")
_GAP = re.compile(r"\n{3,}")
_FENCED = re.compile(
    r"\s*</?(?:address|article|aside|blockquote|details|div|dl|figure|figcaption|footer|form|h[1-6]|header|hr"
    r"|iframe|li|main|nav|ol|p|pre|section|script|style|table|ul|video|audio)\b",
    re.IGNORECASE,
)


def has_blocks(raw: str) -> bool:
    return "<!-- wp:" in raw


def drawn_in(raw: str) -> list[str]:
    """The names of blocks and shortcodes that hold no HTML, for WordPress draws them itself."""
    blocks = [found[1] for found in BLOCK.finditer(raw) if found[2] and found[1] not in _PLAIN]
    codes = [found[1] for found in _SHORTCODE.finditer(raw) if found[2] is None or "=" in found[2]]
    return list(dict.fromkeys([*blocks, *codes]))


def written(raw: str) -> str:
    """The HTML of a text as it was saved."""
    if has_blocks(raw):
        return _GAP.sub("\n\n", BLOCK.sub("", raw)).strip()
    return with_paragraphs(raw)


def with_paragraphs(raw: str) -> str:
    """The classic editor's text: an empty line parts paragraphs, a line end breaks a line."""
    parts = re.split(r"\n\s*\n", raw.replace("\r\n", "\n").strip())
    return "\n\n".join(
        part if _FENCED.match(part) else f"<p>{part.strip().replace(chr(10), '<br>' + chr(10))}</p>"
        for part in parts
        if part.strip()
    )
