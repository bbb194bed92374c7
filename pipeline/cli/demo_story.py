"""One page of the project's content as a website could show it, for the page that a demo opens with."""

import re
from collections.abc import Callable
from html import escape
from typing import Any

Fields = dict[str, Any]
Local = Callable[[str], str]
"""Where something with a public address lies, from the page; the address itself if it is not here."""
_HREF = re.compile(r'(?<=href=")[^"]*')


def story(page: Fields, local: Local) -> str:
    """The blocks of a page, from what the channel `json` holds for it."""
    blocks = "\n".join(filter(None, (_block(one, local) for one in page.get("blocks", ()))))
    return f'<article class="story" lang="{escape(page["locale"])}">\n{blocks}\n</article>\n'


def picture(image: Fields, local: Local, extra: str = "") -> str:
    """An image with its alternative text; its focal point stays in view when it is cropped."""
    at = image.get("focal_point") or {}
    place = f"object-position: {100 * at.get('x', 0.5):g}% {100 * at.get('y', 0.5):g}%"
    size = "".join(f' {name}="{image[name]}"' for name in ("width", "height") if image.get(name))
    alt = "" if image.get("decorative") else image.get("alt", "")
    return f'<img src="{escape(local(image["url"]))}" alt="{escape(alt)}"{size} style="{place}"{extra}>'


def _block(one: Fields, local: Local) -> str:
    make = _BLOCKS.get(one["type"])
    return make(one, local) if make else ""


def _hero(one: Fields, local: Local) -> str:
    image = _figure(one.get("image"), local)
    return f'<header class="hero">{image}<div>{_heading(one, "h3")}{_words(one.get("text"))}</div></header>'


def _text(one: Fields, local: Local) -> str:
    kind = ' class="lead"' if one.get("lead") else ""
    return f"<section{kind}>{_heading(one)}{_prose(one['text'], local)}</section>"


def _key_message(one: Fields, _local: Local) -> str:
    return f'<section class="key">{_heading(one)}{_words(one.get("text"))}</section>'


def _statistics(one: Fields, local: Local) -> str:
    figures = "".join(_statistic(item, local) for item in one.get("items", ()) if isinstance(item, dict))
    return f'<section>{_heading(one)}<ul class="figures">{figures}</ul></section>'


def _statistic(one: Fields, local: Local) -> str:
    cited = one.get("citation") or {}
    source = _linked(cited["text"], cited.get("url"), local) if cited.get("text") else ""
    said = f"<strong>{escape(one['display'])}</strong> <span>{escape(one.get('statement') or '')}</span>"
    return f"<li><p>{said}</p>{f'<cite>{source}</cite>' if source else ''}</li>"


def _quote(one: Fields, _local: Local) -> str:
    who = ", ".join(escape(one[name]) for name in ("name", "role") if one.get(name))
    legend = f"<figcaption>{who}</figcaption>" if who else ""
    return f'<figure class="quote"><blockquote>{_words(one["text"])}</blockquote>{legend}</figure>'


def _image(one: Fields, local: Local) -> str:
    return _figure(one.get("image"), local, one.get("caption"))


def _teasers(one: Fields, local: Local) -> str:
    items = one.get("teasers") or [item for item in one.get("items", ()) if isinstance(item, dict)]
    cards = "".join(_teaser(item, local) for item in items)
    return f'<section>{_heading(one)}{_words(one.get("text"))}<ul class="teasers">{cards}</ul></section>'


def _teaser(one: Fields, local: Local) -> str:
    image = picture({**one["image"], "decorative": True}, local) if one.get("image") else ""
    credit = _credit(one["image"]) if one.get("image") else ""
    title = _linked(one.get("title") or one.get("label") or "", one.get("url") or one.get("link"), local)
    return f"<li>{image}<div><h5>{title}</h5>{_words(one.get('text'))}{credit}</div></li>"


def _figure(image: Fields | None, local: Local, caption: str | None = None) -> str:
    if not image or not image.get("url"):
        return ""
    words = escape(caption or image.get("caption") or "")
    return f"<figure>{picture(image, local)}<figcaption>{words} {_credit(image)}</figcaption></figure>"


def _credit(image: Fields) -> str:
    said = ", ".join(escape(image[name]) for name in ("credit", "licence") if image.get(name))
    return f'<small class="credit">Picture: {said}</small>' if said else ""


def _heading(one: Fields, name: str = "h4") -> str:
    return f"<{name}>{escape(one['heading'])}</{name}>" if one.get("heading") else ""


def _words(text: str | None) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in (text or "").split("\n\n") if part.strip())


def _prose(rich: Fields, local: Local) -> str:
    """Sanitised HTML as it is, but for its links; anything else as plain text."""
    if rich.get("format") != "html":
        return _words(rich.get("text"))
    text: str = rich["text"]
    return _HREF.sub(lambda found: escape(local(found[0])), text)


def _linked(text: str, address: str | None, local: Local) -> str:
    return f'<a href="{escape(local(address))}">{escape(text)}</a>' if address else escape(text)


_BLOCKS = {
    "hero": _hero,
    "text": _text,
    "key_message": _key_message,
    "statistics": _statistics,
    "quote": _quote,
    "image": _image,
    "teasers": _teasers,
    "related": _teasers,
}
