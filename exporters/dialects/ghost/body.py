"""Records as the text of a post or page of Ghost: nodes of its editor, in the order of reading. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape
from pathlib import PurePosixPath
from typing import Any

from babel import Locale, UnknownLocaleError

from exporters.base import Fields, reference
from exporters.cms.content import Content
from exporters.dialects.ghost.lexical import (
    BOLD,
    BREAK,
    ITALIC,
    Node,
    anchor,
    bookmark,
    button,
    callout,
    caption_of,
    document,
    file_card,
    headed,
    heading,
    image,
    link,
    listing,
    paragraph,
    paragraphs,
    quote,
    text,
)
from exporters.dialects.ghost.prose import prose
from schemas.asset import Asset
from schemas.record import Record

_LABELS = {
    "en": ("Publisher", "Published", "Series", "Edition", "Pages", "ISBN", "DOI", "Licence", "Countries"),
    "fr": ("Éditeur", "Parution", "Collection", "Édition", "Pages", "ISBN", "DOI", "Licence", "Pays"),
    "de": ("Verlag", "Erschienen", "Reihe", "Auflage", "Seiten", "ISBN", "DOI", "Lizenz", "Länder"),
    "es": ("Editorial", "Publicado", "Serie", "Edición", "Páginas", "ISBN", "DOI", "Licencia", "Países"),
}
"""What stands before the facts of a report, per language; English where there is none."""


class Body:
    """The texts of records for the readers of one language."""

    def __init__(self, content: Content) -> None:
        self.content = replace(content, media=self._media, relation=self._relation)

    def fields(self, record: Record) -> Fields:
        """The neutral values of a record: assets with their words, other records with title and address."""
        return self.content.of(record)

    def document(self, record: Record, fields: Fields) -> Node:
        """The whole text of a record, whose `fields` are given."""
        match record.kind:
            case "page":
                nodes = self._page(record, fields)
            case "report":
                nodes = self._report(record, fields)
            case "article":
                nodes = self._article(fields)
            case _:
                nodes = self._blocks(record, fields)
        return document(nodes)

    def main_image(self, fields: Fields) -> Fields:
        """What is to be shown above the text: the record's own image, or its hero's."""
        heroes = (one.get("image") for one in fields.get("blocks", ()) if one["type"] == "hero")
        return fields.get("image") or next((one for one in heroes if one), {})

    def _media(self, asset: Asset) -> Fields:
        size = {name: value for name in ("width", "height") if (value := getattr(asset, name))}
        name = PurePosixPath(asset.path or "").name
        return {**self.content.words_of(asset), **size, "src": reference(asset), "name": name}

    def _relation(self, record: Record) -> Fields:
        url = self.content.site.url_of(record)
        return {"title": record.title, "url": url, "summary": record.summary, "of": reference(record)}

    def _picture(self, ident: str) -> Fields:
        """What is shown with an asset that stands in prose."""
        asset = self.content.links.asset(ident.rpartition("@")[0])
        return _worded(self._media(asset)) if asset else {}

    def _prose(self, parts: Any) -> list[Node]:
        return prose(parts, self._picture)

    def _shown(self, media: Fields | None, caption: str | None = None) -> list[Node]:
        if not media:
            return []
        told = _worded(media, caption)
        return [image(media["src"], told["alt"], caption_of(told["caption"], told["credit"]), media)]

    # Pages: one block after the other.

    def _page(self, record: Record, fields: Fields) -> Iterator[Node]:
        above = self.main_image(fields).get("src")
        for one in fields.get("blocks", ()):
            yield from self._block(one, record, above)

    def _block(self, one: Fields, record: Record, above: Any) -> Iterator[Node]:
        title = one.get("heading")
        match one["type"]:
            case "hero":
                yield from headed(title if title != record.title else None)
                yield from paragraphs(one.get("text"))
                yield from (
                    self._shown(one.get("image")) if (one.get("image") or {}).get("src") != above else ()
                )
            case "text":
                yield from headed(title)
                yield from self._prose(one.get("text"))
            case "key_message":
                words = "".join(
                    _paragraph(part) for part in filter(None, (_strong(title), _escaped(one["text"])))
                )
                yield callout(words, "accent")
            case "statistics":
                yield from headed(title)
                yield from self._statistics(one.get("items", ()))
            case "quote":
                yield _quote(one)
            case "image":
                yield from self._shown(one.get("image"), one.get("caption"))
            case "teasers":
                yield from headed(title)
                yield from paragraphs(one.get("text"))
                for teaser in one.get("items", ()):
                    yield from self._teaser(teaser)
            case "related":
                yield from headed(title)
                yield from paragraphs(one.get("text"))
                yield from self._bookmarks(one.get("items", ()))

    def _statistics(self, items: Iterable[Fields]) -> Iterator[Node]:
        for one in items:
            words = f"{_strong(one.get('display'))} {_escaped(one.get('statement'))}".strip()
            source = _source(one.get("citation") or {})
            yield callout(_paragraph(words) + (_paragraph(f"<em>{source}</em>") if source else ""))

    def _teaser(self, one: Fields) -> Iterator[Node]:
        named = one.get("link") or {}
        title, url = one.get("title") or named.get("title"), one.get("url") or named.get("url")
        yield from self._shown(one.get("image"))
        if title:
            yield heading([link(url, [text(title)]) if url else text(title)], 3)
        yield from paragraphs(one.get("text"))
        if one.get("label") and url:
            yield button(one["label"], url)

    def _bookmarks(self, records: Iterable[Fields]) -> Iterator[Node]:
        for one in records:
            yield bookmark(one["url"], one["title"], one["summary"], self.content.site.title)

    # Articles and reports.

    def _article(self, fields: Fields) -> Iterator[Node]:
        by = ", ".join(filter(None, (_names(fields.get("authors", ())), fields.get("place"))))
        yield from [paragraph(text(by, ITALIC))] if by else []
        yield from self._prose(fields.get("body"))
        yield from self._statistics(fields.get("statistics", ()))
        yield from self._bookmarks(fields.get("reports", ()))

    def _report(self, record: Record, fields: Fields) -> Iterator[Node]:
        yield from headed(fields.get("subtitle"))
        by = _names(fields.get("authors", ()))
        yield from [paragraph(text(by, ITALIC))] if by else []
        yield from self._prose(fields.get("abstract"))
        yield from self._statistics(fields.get("statistics", ()))
        yield listing([[text(f"{label}: ", BOLD), *value] for label, value in self._facts(fields)])
        yield from [callout(_paragraph(_escaped(words)))] if (words := fields.get("citation")) else []
        if url := fields.get("url"):
            yield bookmark(url, record.title, fields.get("subtitle", ""), self._publisher(fields))
        for one in fields.get("files", ()):
            held = one.get("asset") or {"src": one.get("url"), "name": ""}
            yield file_card(held["src"], one.get("label") or record.title, one.get("size"), held["name"])
        yield from self._bookmarks(fields.get("related", ()))

    def _publisher(self, fields: Fields) -> str:
        return str((fields.get("publisher") or {}).get("title", ""))

    def _facts(self, fields: Fields) -> Iterator[tuple[str, list[Node]]]:
        """What is known of a report, each under its label."""
        series, doi = fields.get("series") or {}, fields.get("doi")
        number = ", ".join(filter(None, (series.get("title"), series.get("number"))))
        issn = f" (ISSN {series['issn']})" if series.get("issn") else ""
        words = (
            ", ".join(filter(None, (self._publisher(fields), fields.get("publication_place")))),
            fields.get("issued"),
            f"{number}{issn}" if number else None,
            fields.get("edition"),
            fields.get("pages"),
            ", ".join(fields.get("isbn", ())),
            link(f"https://doi.org/{doi}", [text(doi)]) if doi else None,
            fields.get("licence"),
            ", ".join(self._country(code) for code in fields.get("countries", ())),
        )
        labels = _LABELS.get(self.content.locale.partition("-")[0], _LABELS["en"])
        for label, value in zip(labels, words, strict=True):
            if value:
                yield label, [value if isinstance(value, dict) else text(str(value))]

    def _country(self, code: str) -> str:
        try:
            names = Locale.parse(self.content.locale, sep="-").territories
        except (UnknownLocaleError, ValueError):
            return code
        return str(names.get(code, code))

    def _blocks(self, record: Record, fields: Fields) -> Iterator[Node]:
        """A record of a team's own kind."""
        yield from self._page(record, fields)
        yield from self._prose(fields.get("body"))


def _worded(media: Fields, caption: str | None = None) -> Fields:
    """An asset's words, the caption as HTML."""
    below = _escaped(caption or media.get("caption"))
    return {**media, "alt": media.get("alt", ""), "caption": below, "credit": media.get("credit")}


def _quote(one: Fields) -> Node:
    who = ", ".join(
        filter(None, (one.get("name") or (one.get("person") or {}).get("title"), one.get("role")))
    )
    said = text(one.get("text", ""))
    return quote([said, BREAK, text(f"— {who}", ITALIC)] if who else [said])


def _names(people: Iterable[Fields]) -> str:
    return ", ".join(filter(None, map(_name, people)))


def _name(one: Fields) -> str:
    named = one.get("person") or one.get("organisation") or {}
    personal = " ".join(filter(None, (one.get("given"), one.get("family"))))
    return str(personal or one.get("name") or named.get("title", ""))


def _source(one: Fields) -> str:
    """Where a figure comes from, as HTML."""
    named = one.get("report") or {}
    url = one.get("url") or named.get("url")
    words = one.get("text") or named.get("title") or url
    told = f"{words}, {one['pages']}" if one.get("pages") else words
    return anchor(_escaped(told), url) if told else ""


def _escaped(words: str | None) -> str:
    return escape(words or "", quote=False)


def _strong(words: str | None) -> str:
    return f"<strong>{_escaped(words)}</strong>" if words else ""


def _paragraph(html: str) -> str:
    return f"<p>{html}</p>"
