"""What a page says of itself: JSON-LD first, then OpenGraph and other meta elements, then what is seen."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from sources.dialects.html.linked import linked_data

LONGEST_TITLE, LONGEST_SUMMARY = 300, 2000
_METAS: dict[str, tuple[str, ...]] = {
    "title": ("og:title", "citation_title", "dc.title", "dcterms.title", "twitter:title"),
    "summary": ("og:description", "description", "dc.description", "twitter:description"),
    "published_at": (
        "article:published_time",
        "citation_publication_date",
        "dc.date",
        "dcterms.issued",
        "date",
    ),
    "updated_at": ("article:modified_time", "og:updated_time", "dcterms.modified"),
    "language": ("og:locale", "citation_language", "dc.language"),
    "holder": ("dcterms.rightsholder",),
    "statement": ("dc.rights", "dcterms.rights", "copyright"),
    "doi": ("citation_doi",),
}
"""Per fact, the meta elements that say it, the best first."""
_AUTHORS = ("citation_author", "dc.creator", "author", "article:author")
_TAGS = ("article:tag", "citation_keywords", "keywords")
_IMAGE = {
    "url": ("og:image:secure_url", "og:image", "twitter:image"),
    "alt": ("og:image:alt", "twitter:image:alt"),
}


@dataclass
class About:
    """Facts about a page and where each was found. `image` has `url`, and perhaps words."""

    facts: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, value: Any, place: str) -> None:
        """Note a fact, unless a better place has said it."""
        if value and name not in self.facts:
            self.facts[name], self.places[name] = value, place


def about(tree: LexborHTMLParser, address: str | None, zone: tzinfo) -> About:
    """All that can be known; `address` is where the page came from, if it did."""
    found = About()
    for name, value in linked_data(tree).items():
        found.add(name, value, f"JSON-LD {name}")
    _from_metas(tree, found)
    _from_elements(tree, found)
    site = found.facts.get("site", "")
    title = found.facts.get("title", "")
    for mark in (" | ", " - ", " – ", " — ", " · "):
        title = title.removesuffix(f"{mark}{site}") if site else title
    found.facts["title"] = _cut(title, LONGEST_TITLE)
    found.facts["summary"] = _cut(found.facts.get("summary", ""), LONGEST_SUMMARY)
    for name in ("published_at", "updated_at"):
        found.facts[name] = instant(found.facts.get(name, ""), zone)
    _addresses(found, address)
    found.facts = {name: value for name, value in found.facts.items() if value}
    return found


def _from_metas(tree: LexborHTMLParser, found: About) -> None:
    metas: dict[str, list[str]] = {}
    for node in tree.css("meta"):
        name = (
            node.attributes.get("property") or node.attributes.get("name") or node.attributes.get("itemprop")
        )
        content = " ".join((node.attributes.get("content") or "").split())
        if name and content:
            metas.setdefault(name.lower(), []).append(content)
    for fact, names in {**_METAS, "site": ("og:site_name",), "og_url": ("og:url",)}.items():
        for name in (one for one in names if one in metas):
            found.add(fact, metas[name][0], f"meta {name}")
    for name in (one for one in _AUTHORS if one in metas):
        found.add(
            "authors", [one for one in metas[name] if "://" not in one and "@" not in one], f"meta {name}"
        )
    for name in (one for one in _TAGS if one in metas):
        words = metas[name] if len(metas[name]) > 1 else re.split(r"\s*[,;]\s*", metas[name][0])
        found.add("tags", list(dict.fromkeys(word for word in words if word)), f"meta {name}")
    image = {
        part: metas[name][0] for part, names in _IMAGE.items() for name in reversed(names) if name in metas
    }
    if "url" in image:
        found.add("image", image, "meta og:image")


def _from_elements(tree: LexborHTMLParser, found: About) -> None:
    canonical = tree.css_first('link[rel~="canonical"]')
    if canonical is not None and (href := canonical.attributes.get("href")):
        found.facts["url"], found.places["url"] = href.strip(), "link canonical"
    found.add("url", found.facts.pop("og_url", None), "meta og:url")
    for selector in ("main h1", "h1", "title"):
        node = tree.css_first(selector)
        found.add("title", plain(node.text()) if node else None, selector)
    root = tree.css_first("html")
    if root is not None and (language := root.attributes.get("lang")):
        found.facts["language"], found.places["language"] = language, "html lang"
    for selector in ("main time[datetime]", "article time[datetime]"):
        node = tree.css_first(selector)
        found.add("published_at", node.attributes.get("datetime") if node else None, selector)


def _addresses(found: About, address: str | None) -> None:
    """Make addresses whole; what is no web address is none."""
    found.facts["url"] = whole(found.facts.get("url"), address) or address
    if "image" in found.facts:
        image = dict(found.facts["image"])
        image["url"] = whole(image["url"], found.facts["url"]) or ""
        found.facts["image"] = image if image["url"] else None


def whole(written: str | None, base: str | None) -> str | None:
    """A web address in full; None if it is none, or if nobody knows what it counts from."""
    try:
        there = urljoin(base or "", (written or "").strip())
    except ValueError:
        return None
    return there if re.match(r"https?://[^\s/]", there) and not re.search(r"\s", there) else None


def instant(text: str, zone: tzinfo) -> str | None:
    """A time as our records have it; without a zone it is one of the site. None if it is no time."""
    bare = text.strip().replace("/", "-") if re.fullmatch(r"\s*\d{4}/\d\d/\d\d\s*", text) else text.strip()
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", bare):
            return date.fromisoformat(bare).isoformat()
        at = datetime.fromisoformat(bare)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).isoformat()
    except (ValueError, OverflowError):
        return None


def plain(text: str | None) -> str:
    """Words on one line."""
    return " ".join((text or "").split())


def language_of(said: str | None, known: Iterable[str]) -> str | None:
    """The site's language that a page means; None if it is none of them."""
    tags = {tag.lower(): tag for tag in known}
    bare = (said or "").strip().replace("_", "-").lower()
    return tags.get(bare) or tags.get(bare.partition("-")[0])


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
