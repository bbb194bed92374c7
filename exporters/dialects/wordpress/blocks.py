"""A record's body as blocks of WordPress, from the neutral values of `exporters.cms.content`. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from exporters.base import Fields, reference
from exporters.cms.content import Content
from exporters.dialects.wordpress import markup as markup
from exporters.dialects.wordpress.facts import RELATED, linked, names_of, of_report, of_species, title_of
from exporters.dialects.wordpress.prose import Prose
from schemas.asset import Asset
from schemas.model import content_type
from schemas.record import Record


def relation(content: Content, record: Record) -> Fields:
    """Another record, as the ones that name it know it; `id` is there if the channel has it."""
    known = {"key": record.key, "title": record.title, "url": content.site.url_of(record)}
    return {**known, "id": reference(record)}


def media(content: Content, asset: Asset) -> Fields:
    """An image with its words and its credit; `id` if its bytes are ours, else the address where it is."""
    here = {"id": reference(asset), "bytes": asset.digest} if asset.path else {"url": asset.url}
    return {"key": asset.key, **here, **content.words_of(asset)}


def legend(words: Fields, caption: str | None = None) -> str:
    """What stands below an image: caption and credit."""
    said = caption or words.get("caption")
    credit = f"<em>{markup.text(words['credit'])}</em>" if words.get("credit") else None
    return " ".join(filter(None, (markup.text(said) if said else None, credit)))


@dataclass(frozen=True)
class Body:
    """Writes the body of one record."""

    content: Content
    locale: str

    def of(self, record: Record, fields: Fields) -> str:
        """The blocks of a record, from its neutral fields."""
        own = [self._own(one.type, fields.get(one.name)) for one in content_type(record.kind).fields]
        match record.kind:
            case "article":
                return markup.blocks(self._byline(fields), *own, *self._sources(fields, "reports"))
            case "report":
                above = markup.paragraphs(fields.get("subtitle"), "leopard-subtitle", "large")
                facts = markup.group(markup.items(of_report(fields, self.locale)), "leopard-facts")
                cited = markup.paragraphs(fields.get("citation"), "leopard-citation", "small")
                below = (facts, self._files(fields), cited)
                return markup.blocks(above, *own, *below, *self._sources(fields, "related"))
            case "species":
                return markup.blocks(*own, markup.items(of_species(fields)))
            case "statistic":
                return markup.blocks(self._statistic(fields), *own)
        return markup.blocks(*own)

    def _own(self, kind: str, value: Any) -> str:
        if not value:
            return ""
        if kind == "html":
            return self._prose().blocks(value)
        return markup.blocks(*map(self.block, value)) if kind == "blocks" else ""

    def _prose(self, **more: Any) -> Prose:
        def below(ident: str) -> str:
            asset = self.content.links.asset(ident.rpartition("@")[0])
            return legend(self.content.words_of(asset)) if asset else ""

        return Prose(below, **more)

    def block(self, one: Fields) -> str:
        """One block of a page."""
        head, said = markup.heading(_text(one, "heading")), markup.paragraphs(one.get("text"))
        match one["type"]:
            case "hero":
                return self._hero(one)
            case "text":
                return markup.blocks(head, self._prose(**_lead(one)).blocks(one["text"]))
            case "key_message":
                return markup.group(markup.blocks(head, _strong(one["text"])), "leopard-key-message")
            case "statistics":
                return markup.group(
                    markup.blocks(head, self._statistics(one.get("items", ()))), "leopard-statistics"
                )
            case "quote":
                who = ", ".join(
                    filter(None, (one.get("name") or title_of(one.get("person")), one.get("role")))
                )
                return markup.group(markup.quote(said, markup.text(who)), "leopard-quote")
            case "teasers":
                cells = markup.columns(map(self._teaser, one.get("items", ())))
                return markup.group(markup.blocks(head, said, cells), "leopard-teasers")
            case "related":
                listed = markup.items(map(self._link, one.get("items", ())))
                return markup.group(markup.blocks(head, said, listed), "leopard-related") if listed else ""
            case "image":
                return self._image(one["image"], one.get("caption")) if one.get("image") else ""
        return ""

    def _hero(self, one: Fields) -> str:
        words = (markup.heading(_text(one, "heading")), markup.paragraphs(one.get("text"), size="large"))
        shown = one.get("image")
        if not shown:
            return markup.group(markup.blocks(*words), "leopard-hero")
        number, address = _at(shown)
        below = markup.paragraph(legend(shown), "leopard-credit", "small")
        focus = (shown["focal_x"], shown["focal_y"]) if "focal_x" in shown else None
        return markup.cover(
            number,
            address,
            shown.get("alt", ""),
            markup.blocks(*words, below),
            None if focus == (0.5, 0.5) else focus,
        )

    def _image(self, shown: Fields, caption: str | None = None) -> str:
        number, address = _at(shown)
        return markup.image(number, address, shown.get("alt", ""), legend(shown, caption))

    def _statistics(self, items: Iterable[Fields]) -> str:
        return markup.columns(map(self._statistic, items))

    def _statistic(self, one: Fields) -> str:
        figure = one.get("display") or _figure(one.get("figure", {}))
        parts = (
            markup.paragraph(f"<strong>{markup.text(figure)}</strong>", "leopard-figure", "large"),
            markup.paragraphs(one.get("statement")),
            markup.paragraph(self._source(one.get("citation") or {}), "leopard-source", "small"),
        )
        return markup.group(markup.blocks(*parts), "leopard-statistic")

    def _source(self, cited: Fields) -> str:
        report = cited.get("report") or {}
        words = cited.get("text") or report.get("title") or cited.get("url")
        if not words:
            return ""
        said = f"{words}, {cited['pages']}" if cited.get("pages") else words
        return linked(said, cited.get("url") or report.get("url"), None if cited.get("url") else report)

    def _teaser(self, one: Fields) -> str:
        to = one.get("link") or {}
        title, url = one.get("title") or to.get("title", ""), one.get("url") or to.get("url")
        parts = (
            self._image(one["image"]) if one.get("image") else None,
            markup.heading(linked(title, url, to), 3),
            markup.paragraphs(one.get("text")),
            markup.buttons([(one["label"], url)]) if one.get("label") and url else None,
        )
        return markup.group(markup.blocks(*parts), "leopard-teaser")

    def _link(self, to: Fields) -> str:
        return linked(to["title"], to.get("url"), to)

    def _byline(self, fields: Fields) -> str:
        return markup.paragraph(markup.text(names_of(fields)), "leopard-byline")

    def _sources(self, fields: Fields, name: str) -> Iterator[str]:
        """Figures, and the reports that the record names."""
        yield markup.group(self._statistics(fields.get("statistics", ())), "leopard-statistics")
        listed = markup.items(map(self._link, fields.get(name, ())))
        language = self.locale.partition("-")[0]
        head = markup.heading(RELATED.get(language, RELATED["en"])) if listed else ""
        yield markup.group(markup.blocks(head, listed), "leopard-related")

    def _files(self, fields: Fields) -> str:
        found = ((one, _address(one)) for one in fields.get("files", ()))
        files = [(one.get("label") or url.rpartition("/")[2], url) for one, url in found if url]
        home = fields.get("url")
        return markup.buttons(
            [*files, *([(home.partition("://")[2].partition("/")[0], home)] if home else [])]
        )


def _at(shown: Fields) -> tuple[str | None, str]:
    """An image's number and address, as far as they are known."""
    if "id" in shown:
        return markup.place("number", shown["id"]), markup.place("address", shown["id"])
    return None, escape(shown.get("url") or "")


def _address(one: Fields) -> str:
    """Where a report's file is: in the media library, or elsewhere."""
    held = one.get("asset") or {}
    return markup.place("address", held["id"]) if "id" in held else str(one.get("url", ""))


def _lead(one: Fields) -> Fields:
    """How the paragraph that opens a page is shown."""
    if not one.get("lead"):
        return {}
    return {"paragraph": lambda html: markup.paragraph(html, "leopard-lead", "large")}


def _strong(words: str) -> str:
    return markup.paragraph(f"<strong>{markup.text(words)}</strong>", size="large")


def _text(fields: Fields, name: str) -> str:
    return markup.text(fields.get(name) or "")


def _figure(figure: Fields) -> str:
    """A figure that nobody has put in words."""
    ends = [str(figure[name]) for name in ("value", "low", "high") if name in figure]
    return "–".join(ends) + ("%" if figure.get("percent") else "")
