"""Items of WordPress as records: posts, pages, media, terms and users. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from slugify import slugify

from schemas.base import SAFE_SCHEMES
from schemas.problems import Origin, Problem
from sources.base import Raw
from sources.common.copies import place_of
from sources.common.html_text import paragraphs, plain, relinked
from sources.dialects.wordpress.blocks import PageBlocks
from sources.dialects.wordpress.body import drawn_in, has_blocks, written
from sources.dialects.wordpress.index import Index, raw_of, without_mark
from sources.dialects.wordpress.options import WordPressOptions
from sources.dialects.wordpress.own import own_record
from sources.dialects.wordpress.types import KINDS, STATUS

Item = Mapping[str, Any]
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NEVER = "0000-00-00"


class Mapper:
    """Makes records of items, for one reading. `where` is the place of all of them."""

    def __init__(self, options: WordPressOptions, index: Index, where: str, locale: str) -> None:
        self.options, self.index, self.where, self.locale = options, index, where, locale
        self.unknown_authors: set[str] = set()

    def record(self, name: str, item: Item, origin: Origin | None = None) -> Iterator[Raw | Problem]:
        """The record of one item, and what it lacks."""
        route = name.partition("/")[0]
        kind, key = KINDS.get(route), self.index.key(name)
        if key is None or (route == "tags" and self.options.tags == "words"):
            return
        ident = self.index.own.get(name)
        self.origin, self.problems = origin or Origin(path=self.where, within=name), list[Problem]()
        match kind:
            case "article":
                data = self._article(item)
            case "page":
                data = self._page(item, ident is not None)
            case "asset":
                data = self._asset(item)
            case "topic":
                data = self._topic(route, item)
            case "person":
                data = self._person(item)
            case _:
                data = {}
        data = {"kind": key.partition(":")[0], "key": key, **data}
        locale = self.options.locale
        if ident:
            data, locale = own_record(ident, data, item, self.locale), ident.rpartition("@")[2]
        yield Raw(data, self.origin, key.partition(":")[2], locale)
        yield from self.problems

    # Posts and pages.

    def _shared(self, item: Item) -> dict[str, Any]:
        status = STATUS.get(str(item.get("status", "publish")), "draft")
        if (item.get("content") or {}).get("protected") or item.get("password"):
            status = "draft"  # nobody but who knows the password may see it
        number = str(item.get("featured_media") or 0)
        return {
            "title": plain(raw_of(item.get("title"))) or "(untitled)",
            **self._slug(item),
            "status": status,
            **_said("summary", paragraphs(raw_of(item.get("excerpt")))[:2000]),
            **_said("published_at", None if status == "draft" else _instant(item.get("date_gmt"))),
            **_said("updated_at", _instant(item.get("modified_gmt"))),
            **_said("image", self._named("media", number) if number != "0" else None),
            **self._filed(item),
        }

    def _filed(self, item: Item) -> dict[str, Any]:
        topics = [key for one in item.get("categories") or () if (key := self._named("categories", one))]
        words = list[str]()
        for one in item.get("tags") or ():
            if self.options.tags == "topics":
                topics += [key] if (key := self._named("tags", one)) else []
            else:
                words.append(self.index.words.get(f"tags/{one}", str(one)))
        return {**_said("topics", topics), **_said("tags", words)}

    def _article(self, item: Item) -> dict[str, Any]:
        number = str(item.get("author") or 0)
        author = self.index.key(f"users/{number}")
        if author is None and number != "0":
            self.unknown_authors.add(number)
        body = self._html(item)
        return {
            **self._shared(item),
            **_said("authors", [{"person": author}] if author else []),
            **_said("body", {"format": "html", "text": body} if body else None),
        }

    def _page(self, item: Item, is_own: bool) -> dict[str, Any]:
        parent, raw = str(item.get("parent") or 0), (item.get("content") or {}).get("raw")
        if is_own and raw:
            blocks = PageBlocks(without_mark(raw), self.index).blocks()
        else:
            body = self._html(item)
            blocks = [{"type": "text", "text": {"format": "html", "text": body}}] if body else []
        return {
            **self._shared(item),
            **_said("parent", self._named("pages", parent) if parent != "0" else None),
            **_said("blocks", blocks),
        }

    def _html(self, item: Item) -> str:
        """The text, its links and images leading to records where they lead to items."""
        content = item.get("content") or {}
        raw, shown = content.get("raw"), content.get("rendered")
        drawn = drawn_in(raw) if raw else []
        is_written = raw is not None and not drawn and has_blocks(raw) and self.options.content == "written"
        if shown is not None and not is_written:
            html = shown
        else:
            html = written(without_mark(raw or ""))
            if drawn:
                what = ", ".join(drawn[:5])
                self._lacks("wordpress.drawn", f"only WordPress can draw what its text names: {what}")
        return relinked(without_mark(html).strip(), self.index.target)

    # Media, terms and users.

    def _asset(self, item: Item) -> dict[str, Any]:
        url, details = str(item.get("source_url") or ""), item.get("media_details") or {}
        told = details.get("image_meta") if isinstance(details, dict) else None
        told = told if isinstance(told, dict) else {}
        credit = told.get("credit") or told.get("copyright")
        return {
            "title": plain(raw_of(item.get("title"))) or url.rpartition("/")[2] or "(untitled)",
            **self._slug(item),
            **(place_of(item, url, self.where) if url else {}),
            **_said("alt", plain(str(item.get("alt_text") or ""))),
            **_said("caption", plain(raw_of(item.get("caption")))),
            **_said("credit", plain(str(credit)) if credit else None),
            **_said("published_at", _instant(item.get("date_gmt"))),
            **_said("updated_at", _instant(item.get("modified_gmt"))),
        }

    def _topic(self, route: str, item: Item) -> dict[str, Any]:
        parent, words = str(item.get("parent") or 0), without_mark(str(item.get("description") or "")).strip()
        return {
            "title": plain(str(item.get("name") or "")) or "(untitled)",
            **self._slug(item),
            **_said("broader", self._named(route, parent) if parent != "0" else None),
            **_said("body", {"format": "html", "text": written(words)} if words else None),
        }

    def _person(self, item: Item) -> dict[str, Any]:
        given, family = (plain(str(item.get(name) or "")) for name in ("first_name", "last_name"))
        shown, words = plain(str(item.get("name") or "")), str(item.get("description") or "").strip()
        url = str(item.get("url") or "")
        is_divided = bool(given and family)
        return {
            "title": shown or family or "(unnamed)",
            **_said("given", given if is_divided else None),
            "family": family if is_divided else shown or "(unnamed)",
            **self._slug(item),
            **_said("url", url if url.partition(":")[0] in SAFE_SCHEMES and " " not in url else None),
            **_said("body", {"format": "html", "text": written(words)} if words else None),
        }

    # Parts.

    def _slug(self, item: Item) -> dict[str, str]:
        """The slug as our addresses have it; a draft may have none."""
        raw = unquote(str(item.get("slug") or ""))
        slug = raw if _SLUG.fullmatch(raw) and len(raw) <= 120 else slugify(raw, max_length=120)
        if slug != raw:
            message = f"its slug {raw[:80]!r} becomes {slug!r}, for ours have letters, digits, hyphens"
            self._lacks("wordpress.slug", message, "lead the old address to the new one")
        return {"slug": slug} if slug else {}

    def _named(self, route: str, number: object) -> str | None:
        """The key of another item."""
        key = self.index.key(f"{route}/{number}")
        if key is None:
            self._lacks("wordpress.unknown", f"it names {route}/{number}, which is not there")
        return key

    def _lacks(self, code: str, message: str, hint: str = "look at it in WordPress") -> None:
        told = {"severity": "warning", "origin": self.origin}
        self.problems.append(Problem(code=code, message=message, hint=hint, **told))


def _said(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value not in (None, "", [], {}) else {}


def _instant(written: Any) -> str | None:
    """A time in UTC, as WordPress keeps it without saying so."""
    text = str(written or "")
    return f"{text.replace(' ', 'T')}Z" if text and not text.startswith(_NEVER) else None
