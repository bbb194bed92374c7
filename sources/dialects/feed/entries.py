"""What a feed says of each entry, whether it is RSS, Atom or JSON Feed, as fields of our records."""

import calendar
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import feedparser

from schemas.errors import ContentError
from schemas.problems import Origin
from sources.common import json_text
from sources.common.markup import plain
from sources.dialects.feed.text import check_feed

LONGEST_TITLE, LONGEST_SUMMARY = 300, 2000
VERSION = "https://jsonfeed.org/version/1"


@dataclass(frozen=True)
class Entry:
    """One entry: what identifies it, and the fields of its record."""

    number: int
    """From 1, as it stands in the feed."""
    guid: str | None
    link: str | None
    data: Mapping[str, Any]
    language: str | None


def entries_of(text: str, address: str, shown: str) -> list[Entry]:
    """All entries of a feed, in its order. Raises ContentError if it is none, or not whole."""
    if text.lstrip()[:1] == "{":
        return list(_of_json(json_text.load(text, shown), address, shown))
    check_feed(text, shown)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": address}
    try:
        found = feedparser.parse(text.encode("utf-8", "replace"), response_headers=headers)
    except Exception as error:  # noqa: BLE001  # whatever the library meets in odd names and attributes
        message = f"it cannot be understood: {type(error).__name__}: {error}"[:200]
        hint = "tell its owner; a validator for feeds shows more"
        raise ContentError(message, code="feed.syntax", hint=hint, origin=Origin(path=shown)) from None
    return [_of_xml(number, one, found.feed) for number, one in enumerate(found.entries, 1)]


def _of_xml(number: int, one: Any, feed: Any) -> Entry:
    summary = str(dict.get(one, "summary") or "")
    body = next((each for each in one.get("content") or [] if each.get("value")), None)
    rich = body or (one.get("summary_detail") if summary else None)
    rights = plain(one.get("rights") or feed.get("rights") or "")
    updated = dict.get(one, "updated_parsed")  # `get` of its own would fall back on another
    data = {
        "title": plain(one.get("title", "")),
        "summary": plain(summary) if body and summary != body["value"] else "",
        "body": _prose(rich.get("value", ""), rich.get("type", "")) if rich else None,
        "published_at": _instant(dict.get(one, "published_parsed")) or _instant(updated),
        "updated_at": _instant(updated),
        "authors": [{"name": name} for name in _names(one.get("authors") or [])],
        "tags": _words(tag.get("label") or tag.get("term") for tag in one.get("tags") or []),
        "rights": {"statement": rights} if rights else None,
        "url": one.get("link"),
    }
    language = (rich or {}).get("language") or feed.get("language")
    return Entry(number, one.get("id") or None, one.get("link") or None, _filled(data), language)


def _of_json(feed: Any, address: str, shown: str) -> Iterator[Entry]:
    """The items of a JSON Feed (jsonfeed.org, version 1.1)."""
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or not str(feed.get("version", "")).startswith(VERSION):
        message, hint = "it is JSON, but no JSON Feed", f"a JSON Feed has `items`, and a `version` {VERSION}…"
        raise ContentError(message, code="feed.shape", hint=hint, origin=Origin(path=shown))
    for number, one in enumerate(items, 1):
        if not isinstance(one, dict):
            place = Origin(path=shown, within=f"entry {number}")
            raise ContentError("it has an item that is no object", code="feed.shape", origin=place)
        yield _item(number, one, feed, address)


def _item(number: int, one: Mapping[str, Any], feed: Mapping[str, Any], address: str) -> Entry:
    written = _text(one, "url") or _text(one, "external_url")
    link = _absolute(address, written)
    html, text = _text(one, "content_html"), _text(one, "content_text")
    authors = one.get("authors") or [one.get("author")]
    if not any(authors):
        authors = feed.get("authors") or [feed.get("author")]
    data = {
        "title": plain(_text(one, "title")),
        "summary": plain(_text(one, "summary")),
        "body": _prose(html, "text/html") if html else _prose(text, "text/plain"),
        "published_at": _text(one, "date_published") or None,
        "updated_at": _text(one, "date_modified") or None,
        "authors": [{"name": name} for name in _names(authors if isinstance(authors, list) else [])],
        "tags": _words(tag for tag in one.get("tags") or [] if isinstance(tag, str)),
        "url": link,
    }
    guid = one.get("id")
    language = _text(one, "language") or _text(feed, "language") or None
    return Entry(number, str(guid) if isinstance(guid, str | int) else None, link, _filled(data), language)


def _absolute(address: str, written: str) -> str | None:
    try:
        return urljoin(address, written) if written else None
    except ValueError:
        return written


def _text(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name)
    return value if isinstance(value, str) else ""


def _prose(text: str, media_type: str) -> dict[str, str] | None:
    if not text.strip():
        return None
    return {"format": "text" if media_type == "text/plain" else "html", "text": text}


def _instant(parsed: time.struct_time | None) -> str | None:
    """A time in UTC, as feedparser gives it."""
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None


def _names(authors: list[Any]) -> list[str]:
    """Names, without the address that RSS wants before them: `a@b.org (Ann)` is Ann."""
    told = [plain(str(one.get("name") or "")) for one in authors if isinstance(one, dict)]
    bare = [re.sub(r"^\S+@\S+\s*\((.+)\)$", r"\1", name) for name in told]
    return [name for name in dict.fromkeys(bare) if name and "@" not in name]


def _words(tags: Iterator[Any] | Any) -> list[str]:
    return list(dict.fromkeys(word for tag in tags if tag and (word := plain(str(tag)))))


def _filled(data: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty; a title and a summary as long as they may be."""
    kept = {name: value for name, value in data.items() if value}
    for name, longest in (("title", LONGEST_TITLE), ("summary", LONGEST_SUMMARY)):
        if len(kept.get(name, "")) > longest:
            kept[name] = kept[name][: longest - 1].rstrip() + "…"
    if "title" not in kept:
        words = plain(kept.get("body", {}).get("text", "")) or kept.get("summary", "")
        if words:
            kept["title"] = words if len(words) <= 80 else words[:79].rstrip() + "…"
    return kept
