"""The images of a page with what is said of them: alt, caption, credit."""

import re
from collections.abc import Callable

from selectolax.lexbor import LexborNode

from sources.common.page.draft import slug_of
from sources.common.page.parts import Credit, Picture, credit_of
from sources.dialects.html.metadata import plain

_CREDITS = (
    '[itemprop="creditText"], [itemprop="copyrightHolder"], [class*="credit" i], '
    '[class*="copyright" i], small'
)
_CAPTIONS = 'figcaption, [class*="caption" i]'
_SAID = re.compile(r"(?:photo(?:graph)?|image|picture|credit|foto)s?\s*(?:by|:|credit:?)\s*", re.IGNORECASE)

Resolve = Callable[[str], str | None]
"""Makes the address of an image whole; None for what is none."""


def picture_of(node: LexborNode, resolve: Resolve) -> Picture:
    """The image of an `img`, with the words of the figure it stands in."""
    alt = plain(node.attributes.get("alt"))
    return Picture(resolve(source_of(node)), alt, _words(_caption(node)))


def source_of(node: LexborNode) -> str:
    """Where an image says that its bytes are; those that come late say it elsewhere."""
    found = [node.attributes.get(name) or "" for name in ("src", "data-src", "data-lazy-src")]
    best = next((one for one in found if one and not one.startswith("data:")), "")
    sets = node.attributes.get("srcset") or node.attributes.get("data-srcset") or ""
    return (best or sets.split(",")[0].strip().partition(" ")[0]).strip()


def _caption(node: LexborNode) -> LexborNode | None:
    """The element that holds the words of an image: in its figure, else right behind it."""
    above = node.parent
    for _ in range(4):
        if above is None:
            break
        if above.tag == "figure":
            return above.css_first(_CAPTIONS)
        if above.tag == "div" and "caption" in (above.attributes.get("class") or "").lower():
            return above.css_first(_CAPTIONS)
        above = above.parent
    behind = node.next
    while behind is not None and not behind.is_element_node:
        behind = behind.next
    return behind if behind is not None and credit_of(plain(behind.text())) else None


def _words(caption: LexborNode | None) -> Credit:
    if caption is None:
        return Credit("", None, None, None)
    whole = plain(caption.text(separator=" "))
    owner = caption.css_first(_CREDITS)
    if owner is not None:
        said = plain(owner.text(separator=" "))
        return _credited(whole.replace(said, "", 1), said)
    found = credit_of(whole)
    if found is not None:
        return found
    said_at = _SAID.search(whole)
    if said_at is not None and (said_at.start() == 0 or whole[said_at.start() - 1] in " (.|–-"):
        return _credited(whole[: said_at.start()], whole[said_at.end() :])
    return Credit(whole, None, None, None)


def _credited(caption: str, said: str) -> Credit:
    owners = said if "©" in said else f"© {_SAID.sub('', said, count=1)}"
    found = credit_of(f"x {owners}")
    bare = caption.strip(" /|,–-(")
    return (
        Credit(bare, found.credit, found.photographer, found.agency)
        if found
        else Credit(bare, said, None, None)
    )


def name_of(picture: Picture) -> str:
    """What an image's key is made of: its words, else its file's name."""
    address = (picture.url or "").partition("?")[0].rstrip("/").rpartition("/")[2].rpartition(".")[0]
    return slug_of(picture.words.caption) or slug_of(picture.alt) or slug_of(address) or "image"


def asset_of(picture: Picture, key: str) -> dict[str, str]:
    """The record of an image. What is not known is left out."""
    words = picture.words
    address = {"url": picture.url} if picture.url and "://" in picture.url else {"file": picture.url}
    found = {
        "kind": "asset",
        "key": key,
        "alt": picture.alt or words.caption,
        "caption": words.caption,
        **address,
        "credit": words.credit,
        "photographer": words.photographer,
        "agency": words.agency,
    }
    return {name: text for name, text in found.items() if text}
