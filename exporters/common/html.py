"""Records as simple semantic HTML, for channels that take one body and not blocks."""

from collections.abc import Iterable
from html import escape

from exporters.common.links import Links, tag
from schemas.asset import Asset
from schemas.base import RichText
from schemas.page import Hero, Image, KeyMessage, Page, Quote, Related, Statistics, Teaser, Teasers, Text
from schemas.record import Record
from schemas.report import Report, ReportFile
from schemas.statistic import Citation, Quoted


def body(record: Record, links: Links) -> str:
    """The record's body: a page's blocks, a report's abstract, citation and files; empty if there is none.

    References that are unresolved (a statistic that is still a key) are left out.
    """
    if isinstance(record, Page):
        return "\n".join(filter(None, (block(one, links, record.title) for one in record.blocks)))
    if isinstance(record, Report):
        return "\n".join(filter(None, _report(record, links)))
    written = getattr(record, "body", None)
    return prose(written, links) if isinstance(written, RichText) else ""


def block(one: object, links: Links, title: str = "") -> str:
    """One block of a page, without a heading that only repeats the page's title."""
    match one:
        case Hero():
            return _lines(_heading(one.heading, title), figure(one.image, links), paragraphs(one.text))
        case Text():
            return _lines(_heading(one.heading), prose(one.text, links))
        case KeyMessage():
            return _lines(_heading(one.heading), _wrapped("strong", one.text, "p"))
        case Statistics():
            return _lines(_heading(one.heading), statistics(one.items, links))
        case Quote():
            return _quote(one)
        case Teasers():
            return _lines(_heading(one.heading), paragraphs(one.text), _teasers(one.items, links))
        case Related():
            return _related(one, links)
        case Image():
            return figure(one.image, links, one.caption)
    return ""


def prose(rich: RichText, links: Links) -> str:
    """HTML as it is, with real addresses; anything else as paragraphs of plain text."""
    return links.html(rich.text).strip() if rich.format == "html" else paragraphs(rich.text)


def paragraphs(text: str | None) -> str:
    """Plain text as HTML; empty lines part paragraphs."""
    parts = (part.strip() for part in (text or "").split("\n\n"))
    return "\n".join(f"<p>{escape(part, quote=False)}</p>" for part in parts if part)


def figure(image: Asset | str | None, links: Links, caption: str | None = None) -> str:
    """An image with its words and its credit; empty if it cannot be shown."""
    asset = links.asset(image) if isinstance(image, str) else image
    url = links.asset_url(asset) if asset else None
    if asset is None or url is None:
        return ""
    size = {name: str(value) for name in ("width", "height") if (value := getattr(asset, name))}
    words = escape(caption or links.words(asset.caption) or "", quote=False)
    credit = f"<small>{escape(asset.credit, quote=False)}</small>" if asset.credit else ""
    below = " ".join(filter(None, (words, credit)))
    legend = f"<figcaption>{below}</figcaption>" if below else ""
    return f"<figure>{tag('img', {'src': url, 'alt': links.alt(asset), **size})}{legend}</figure>"


def statistics(items: Iterable[object], links: Links) -> str:
    """Figures and what they say, as a list of terms, each with its citation."""
    lines = [_statistic(one, links) for one in items if isinstance(one, Quoted)]
    return _lines("<dl>", *lines, "</dl>") if lines else ""


def _statistic(one: Quoted, links: Links) -> str:
    source = _citation(one.citation, links) if one.citation else ""
    term, words = escape(one.display, quote=False), escape(one.statement, quote=False)
    return f"<dt>{term}</dt><dd>{words}{f' {source}' if source else ''}</dd>"


def _citation(one: Citation, links: Links) -> str:
    url = links.absolute(one.url) if one.url else links.url(one.report) if one.report else None
    named = links.record(one.report) if one.report else None
    words = one.text or (named.title if named else None) or url
    if not words:
        return ""
    text = escape(f"{words}, {one.pages}" if one.pages else words, quote=False)
    return f"<cite>{_link(text, url)}</cite>"


def _quote(one: Quote) -> str:
    name = one.name or (one.person or "").partition(":")[2]
    who = f"<cite>{escape(name, quote=False)}</cite>" if name else ""
    role = escape(one.role, quote=False) if one.role else ""
    below = ", ".join(filter(None, (who, role)))
    legend = f"<figcaption>{below}</figcaption>" if below else ""
    return f"<figure><blockquote>{paragraphs(one.text)}</blockquote>{legend}</figure>"


def _related(one: Related, links: Links) -> str:
    teasers = one.teasers or tuple(Teaser(link=key) for key in one.items)
    listed = _teasers(teasers, links)
    return _lines(_heading(one.heading), paragraphs(one.text), listed) if listed or one.text else ""


def _teasers(items: Iterable[Teaser], links: Links) -> str:
    lines = [f"<li>{inner}</li>" for one in items if (inner := _teaser(one, links))]
    return _lines("<ul>", *lines, "</ul>") if lines else ""


def _teaser(one: Teaser, links: Links) -> str:
    named = links.record(one.link) if one.link else None
    title = one.title or (named.title if named else None)
    if not title:
        return ""
    url = links.absolute(one.url) if one.url else links.url(one.link) if one.link else None
    name = escape(title, quote=False)
    words = [f"<p>{name if one.label else _link(name, url)}</p>", paragraphs(one.text)]
    label = f"<p>{_link(escape(one.label, quote=False), url)}</p>" if one.label and url else ""
    return "".join((figure(one.image, links), *words, label))


def _report(record: Report, links: Links) -> Iterable[str]:
    yield prose(record.abstract, links) if record.abstract else ""
    yield _wrapped("cite", record.citation, "p")
    files = [f"<li>{_file(one, links)}</li>" for one in map(links.file, record.files) if one.url]
    yield _lines("<ul>", *files, "</ul>") if files else ""


def _file(one: ReportFile, links: Links) -> str:
    url = links.absolute(one.url or "")
    return _link(escape(one.label or url.rpartition("/")[2] or url, quote=False), url)


def _link(inner: str, url: str | None) -> str:
    return f"{tag('a', {'href': url})}{inner}</a>" if url else inner


def _heading(text: str | None, title: str = "") -> str:
    return f"<h2>{escape(text, quote=False)}</h2>" if text and text != title else ""


def _wrapped(name: str, text: str | None, around: str) -> str:
    return f"<{around}><{name}>{escape(text, quote=False)}</{name}></{around}>" if text else ""


def _lines(*parts: str) -> str:
    return "\n".join(filter(None, parts))
