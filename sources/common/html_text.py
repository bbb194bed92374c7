"""HTML of a content management system: as plain text, and with its links led to records."""

import re
from collections.abc import Callable, Mapping
from html import escape, unescape

_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
_SPACE = re.compile(r"[ \t\r\n\f]+")
"""What browsers show as one space; others are meant."""
_BREAK = re.compile(r"(?:<br\s*/?>|</(?:p|div|li|h[1-6]|blockquote)>)\s*", re.IGNORECASE)
_LEADS = re.compile(r"""<(a|img)(?=[\s/>])((?:[^<>"']|"[^"]*"|'[^']*')*+)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?""")
_LEADS_TO = {"a": "href", "img": "src"}
_OF_OTHER_SIZES = ("srcset", "sizes")

Target = Callable[[str, Mapping[str, str]], str | None]
"""Where an address leads, given it and all attributes of its tag; None if it stays."""


def plain(html: str) -> str:
    """The words on one line."""
    return _SPACE.sub(" ", unescape(_TAG.sub("", _BREAK.sub(" ", html)))).strip(" ")


def paragraphs(html: str) -> str:
    """The words, an empty line between paragraphs."""
    parts = (plain(part) for part in re.split(r"</p>|\n\s*\n", html, flags=re.IGNORECASE))
    return "\n\n".join(part for part in parts if part)


def relinked(html: str, target: Target) -> str:
    """The HTML in which links and images lead where `target` says."""

    def changed(found: re.Match[str]) -> str:
        name, attributes = found[1].lower(), attributes_in(found[2])
        written = attributes.get(_LEADS_TO[name])
        to = target(written, attributes) if written else None
        if to is None:
            return found[0]
        kept = {one: value for one, value in attributes.items() if one not in _OF_OTHER_SIZES}
        kept[_LEADS_TO[name]] = to
        said = "".join(f' {one}="{escape(value)}"' for one, value in kept.items())
        return f"<{name}{said}{' /' if found[2].rstrip().endswith('/') else ''}>"

    return _LEADS.sub(changed, html)


def attributes_in(written: str) -> dict[str, str]:
    """The attributes of a tag by their names in lower case."""
    found = _ATTRIBUTE.findall(written.rstrip().removesuffix("/"))
    return {name.lower(): unescape(next(filter(None, values), "")) for name, *values in found}
