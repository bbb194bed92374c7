"""Core blocks of WordPress as the markup that its editor writes, so that each stays editable. Pure."""

import re
from collections.abc import Callable, Iterable
from html import escape
from json import dumps
from typing import Any

from exporters.base import REFERENCE
from exporters.cms.media import address_of, number_of

_PLACE = re.compile("\x02([a-z:]+) ([^\x03]+)\x03")
"""Where something of another page will stand: what, and the ident of the page. No content holds controls."""
_NUMBER_IN_JSON = re.compile(r'"\\u0002(number [^"\\]+)\\u0003"')
_ADDRESS_IN_JSON = re.compile(r"\\u0002address ([^\"\\]+)\\u0003")
_JSON_IN_COMMENT = {"--": r"\u002d\u002d", "<": r"\u003c", ">": r"\u003e", "&": r"\u0026", r"\"": r"\u0022"}
_NOWHERE = re.compile(
    r'<!-- wp:button -->\n<div class="wp-block-button"><a class="[^"]*" href="">[^<>]*</a></div>\n'
    r"<!-- /wp:button -->\n*"
)
_NO_BUTTONS = re.compile(
    r'<!-- wp:buttons -->\n<div class="wp-block-buttons"></div>\n<!-- /wp:buttons -->\n*'
)
"""Buttons to files that the channel did not take."""
IN_A_ROW = 2
"""Columns side by side."""


def place(what: str, reference: Any) -> str:
    """Stands for the `number` or the `address` that a page has on the channel, or for a `link:TYPE` to it.

    The page is named by its ident or by a reference.
    """
    ident = reference if isinstance(reference, str) else reference[REFERENCE]
    return f"\x02{what} {ident}\x03"


def named(written: str) -> str | None:
    """The ident of the page whose address is to stand here, if it is one of ours."""
    found = _PLACE.fullmatch(written)
    return found[2] if found else None


def pieces(markup: str, bytes_of: Callable[[str], str | None]) -> list[Any]:
    """Markup as texts, and objects that name the pages whose numbers and addresses stand between them.

    `bytes_of` gives the digest of media by their ident: other bytes are another number and another address,
    so what shows them is to be written again.
    """
    parts = _PLACE.split(markup)
    found: list[Any] = []
    for at in range(0, len(parts) - 1, 3):
        text, what, ident = parts[at : at + 3]
        named = {"what": what, "page": {REFERENCE: ident}}
        digest = bytes_of(ident)
        found += [text, {**named, "bytes": digest} if digest else named]
    return [one for one in (*found, parts[-1]) if one]


def joined(written: Any) -> str:
    """The markup, once ids stand in place of the references; a text is markup already."""
    if isinstance(written, str):
        return written
    whole = "".join(one if isinstance(one, str) else _filled(one["what"], one["page"]) for one in written)
    return _NO_BUTTONS.sub("", _NOWHERE.sub("", whole))


def _filled(what: str, page: Any) -> str:
    known = page if isinstance(page, str) else ""
    match what.partition(":"):
        case "address", _, _:
            return escape(address_of(known))
        case "json", _, _:
            return _json(address_of(known))[1:-1]
        case "link", _, kind:  # what the editor's own links to pages of the site carry
            return f' data-type="{kind}" data-id="{number_of(known)}"' if known else ""
    return number_of(known) or "0"


def text(words: str) -> str:
    """Plain text in HTML; a bracket opens no shortcode."""
    return escape(words).replace("[", "&#91;")


def block(name: str, inner: str, attributes: dict[str, Any] | None = None) -> str:
    """One block: `inner` between the comments that open and close it."""
    given = {key: value for key, value in (attributes or {}).items() if value is not None}
    said = f" {_attributes(given)}" if given else ""
    return f"<!-- wp:{name}{said} -->\n{inner}\n<!-- /wp:{name} -->"


def _attributes(given: dict[str, Any]) -> str:
    written = _NUMBER_IN_JSON.sub("\x02\\1\x03", _json(given))
    return _ADDRESS_IN_JSON.sub("\x02json \\1\x03", written)


def _json(value: Any) -> str:
    """JSON that may stand in a comment."""
    written = dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign, instead in _JSON_IN_COMMENT.items():
        written = written.replace(sign, instead)
    return written


def blocks(*some: str | None) -> str:
    return "\n\n".join(one for one in some if one)


def _classes(*names: str | None) -> str:
    given = " ".join(name for name in names if name)
    return f' class="{given}"' if given else ""


def paragraph(html: str | None, name: str | None = None, size: str | None = None) -> str:
    if not html:
        return ""
    sized = f"has-{size}-font-size" if size else None
    attributes = {"className": name, "fontSize": size}
    return block("paragraph", f"<p{_classes(name, sized)}>{html}</p>", attributes)


def paragraphs(words: str | None, name: str | None = None, size: str | None = None) -> str:
    """Plain text; empty lines part paragraphs."""
    parts = (part.strip() for part in (words or "").split("\n\n"))
    return blocks(*(paragraph(text(part), name, size) for part in parts))


def heading(html: str | None, level: int = 2, anchor: str | None = None) -> str:
    if not html:
        return ""
    named = f' id="{escape(anchor)}"' if anchor else ""
    attributes = {"level": level} if level != 2 else None
    return block("heading", f'<h{level} class="wp-block-heading"{named}>{html}</h{level}>', attributes)


def group(inner: str, name: str) -> str:
    """Blocks that belong together; nothing around nothing."""
    if not inner:
        return ""
    return block("group", f'<div class="wp-block-group {name}">{inner}</div>', {"className": name})


def columns(cells: Iterable[str]) -> str:
    """Cells side by side, a few in each row."""
    full = [cell for cell in cells if cell]
    return blocks(*(_row(full[at : at + IN_A_ROW]) for at in range(0, len(full), IN_A_ROW)))


def _row(cells: list[str]) -> str:
    inner = "\n\n".join(block("column", f'<div class="wp-block-column">{cell}</div>') for cell in cells)
    return block("columns", f'<div class="wp-block-columns">{inner}</div>')


def items(lines: Iterable[str], ordered: dict[str, Any] | None = None) -> str:
    """A list; each line is HTML. `ordered` are the attributes of an ordered one."""
    inner = "\n\n".join(block("list-item", f"<li>{line}</li>") for line in lines if line)
    if not inner:
        return ""
    if ordered is None:
        return block("list", f"<ul>{inner}</ul>")
    reverse = " reversed" if ordered.get("reversed") else ""
    start = f' start="{ordered["start"]}"' if "start" in ordered else ""
    return block("list", f"<ol{reverse}{start}>{inner}</ol>", {"ordered": True, **ordered})


def quote(inner: str, cite: str = "") -> str:
    """A quote; `cite` is HTML that says whose it is."""
    said = f"<cite>{cite}</cite>" if cite else ""
    return block("quote", f'<blockquote class="wp-block-quote">{inner}{said}</blockquote>')


def image(number: str | None, address: str, alt: str, legend: str = "") -> str:
    """An image of the media library by its number, or of elsewhere; `address` and `legend` are HTML."""
    below = f'<figcaption class="wp-element-caption">{legend}</figcaption>' if legend else ""
    named = f' class="wp-image-{number}"' if number else ""
    shown = f'<img src="{address}" alt="{text(alt)}"{named}/>'
    attributes = {"id": number, "sizeSlug": "full", "linkDestination": "none"}
    return block("image", f'<figure class="wp-block-image size-full">{shown}{below}</figure>', attributes)


def cover(number: str | None, address: str, alt: str, inner: str, focus: tuple[float, float] | None) -> str:
    """Blocks on an image that fills the width; `focus` is the point that stays in view, in fractions."""
    named = f" wp-image-{number}" if number else ""
    spot = " ".join(f"{round(part * 100)}%" for part in focus) if focus else ""
    kept = f' style="object-position:{spot}"' if spot else ""
    told = f' data-object-position="{spot}"' if spot else ""
    shown = (
        f'<img class="wp-block-cover__image-background{named}" alt="{text(alt)}" src="{address}"'
        f'{kept} data-object-fit="cover"{told}/>'
    )
    shade = '<span aria-hidden="true" class="wp-block-cover__background has-background-dim"></span>'
    held = f'<div class="wp-block-cover__inner-container">{inner}</div>'
    point = {"x": focus[0], "y": focus[1]} if focus else None
    shape = {"align": "full", "layout": {"type": "constrained"}}
    attributes = {"url": address, "id": number, "dimRatio": 50, "focalPoint": point, **shape}
    return block("cover", f'<div class="wp-block-cover alignfull">{shade}{shown}{held}</div>', attributes)


def buttons(links: Iterable[tuple[str, str]]) -> str:
    """Words and addresses, side by side."""
    styled = "wp-block-button__link wp-element-button"
    row = "\n\n".join(
        block(
            "button",
            f'<div class="wp-block-button"><a class="{styled}" href="{escape(url)}">{text(words)}</a></div>',
        )
        for words, url in links
    )
    return block("buttons", f'<div class="wp-block-buttons">{row}</div>') if row else ""


def raw(html: str) -> str:
    """HTML for which there is no block."""
    return block("html", html)
