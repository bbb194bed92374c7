"""The main content of a page, without what stands around it, as HTML that a step sanitises."""

import logging
import re
from collections.abc import Callable
from copy import deepcopy
from importlib.util import find_spec

from selectolax.lexbor import LexborHTMLParser

from schemas.errors import ConfigError, ContentError
from schemas.problems import Origin

LARGEST = 2_000_000
"""Characters of a page that are looked through for its main content."""
SHORTEST = 50
"""Characters of main content; where less is found, the library takes all words of the page without marks."""
_BETWEEN = re.compile(r">\s*\n\s*<")

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it speaks to nobody; we say what is wrong

Place = Callable[[str, str], str | None]
"""Given address and alt of an image, what stands in its place: another address, or a key."""


def needs_library() -> None:
    """Raises ConfigError where main content cannot be found."""
    if find_spec("trafilatura") is None:
        hint = "python -m pip install 'leopard-pipeline[html]', or say under `fields` what the `body` is"
        raise ConfigError("to find the main content of pages, the source html needs trafilatura", hint=hint)


def main_content(text: str, title: str, shown: str) -> str:
    """The main content as HTML, without the heading that is the title; empty if there is none.

    Raises ContentError where the library breaks off.
    """
    from trafilatura import extract  # not needed where the body is selected
    from trafilatura.settings import DEFAULT_CONFIG

    if len(text) > LARGEST:
        message = f"it has more than {LARGEST:,} characters, too many to look for the main content"
        raise _fault(shown, message)
    config = deepcopy(DEFAULT_CONFIG)
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", str(SHORTEST))
    try:
        found = extract(
            text,
            config=config,
            output_format="html",
            include_comments=False,
            include_formatting=True,
            include_images=True,
            include_links=True,
            include_tables=True,
        )
    except Exception as error:  # noqa: BLE001  # whatever the library meets in a hostile page
        raise _fault(shown, f"its main content cannot be found ({type(error).__name__})") from None
    body = LexborHTMLParser(found or "").body
    if body is None:
        return ""
    first = next(iter(body.iter()), None)
    if first is not None and first.tag in ("h1", "h2") and " ".join(first.text().split()) == title:
        first.decompose()
    return tidy(body.inner_html or "")


def tidy(html: str) -> str:
    """The same without the white space that only indents it."""
    return _BETWEEN.sub(">\n<", html).strip()


def placed(html: str, image: Place, link: Callable[[str], str | None]) -> str:
    """The same with other addresses; an image or a link without one is taken out, its words stay."""
    tree = LexborHTMLParser(f"<body>{html}")
    body = tree.body
    if body is None:
        return ""
    for node in body.css("img"):
        there = image(node.attributes.get("src") or "", node.attributes.get("alt") or "")
        if there is None:
            node.decompose()
        else:
            node.attrs["src"] = there
    for node in body.css("a[href]"):
        there = link(node.attributes.get("href") or "")
        if there is None:
            node.unwrap()
        else:
            node.attrs["href"] = there
    return tidy(body.inner_html or "")


def _fault(shown: str, message: str) -> ContentError:
    hint = "say under `fields` of the source what the `body` is"
    return ContentError(message, code="html.extraction", hint=hint, origin=Origin(path=shown))
