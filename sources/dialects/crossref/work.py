"""A work as Crossref's REST API describes it (https://api.crossref.org, the schema of a *work*)."""

from collections.abc import Iterator
from typing import Any

from sources.common.json_answers import table, tables, text, texts
from sources.common.languages import language_tag
from sources.common.markup import prose
from sources.common.works import Body, Name, Work, date_of, licence_of

TYPES = {
    "journal-article": "journal_article",
    "book": "book",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "book-chapter": "book",
    "dataset": "dataset",
    "proceedings": "proceedings",
    "proceedings-article": "proceedings",
}
"""Crossref's types by ours; every other one is a report."""
ROLES = ("author", "editor", "translator")
DATES = ("issued", "published", "published-print", "published-online", "posted")
VERSIONS = ("vor", "unspecified", "am")
"""Of which version of a work a licence counts, the best first; one for text mining alone says nothing."""


def work_of(item: Any) -> Work:
    """The facts of one work. Nothing is taken for granted of its shape."""
    institution = next(iter(tables(item, "institution")), {})
    publisher = text(item, "publisher") or text(institution, "name")
    return Work(
        title=text(item, "title"),
        subtitle=text(item, "subtitle"),
        type=TYPES.get(text(item, "type"), "report"),
        names=tuple(_names(item)),
        publisher=Body(publisher) if publisher else None,
        place=text(item, "publisher-location"),
        issued=next(filter(None, (_date(item, name) for name in DATES)), None),
        language=language_tag(item.get("language")),
        isbn=tuple(texts(item, "ISBN")),
        doi=text(item, "DOI"),
        url=text(table(table(item, "resource"), "primary"), "URL") or text(item, "URL") or None,
        edition=text(item, "edition-number"),
        abstract=prose(text(item, "abstract")),
        licence=_licence(item),
        series=text(item, "container-title"),
        number=_number(item),
        issn=text(item, "ISSN") or None,
        tags=tuple(texts(item, "subject")),
        cited=tuple(doi for one in tables(item, "reference") if (doi := text(one, "DOI"))),
    )


def _names(item: Any) -> Iterator[Name]:
    """Authors; where there are none, the editors and translators stand for the work."""
    for role in ROLES:
        for one in tables(item, role):
            affiliation = next((each for each in tables(one, "affiliation") if text(each, "name")), None)
            family = text(one, "family")
            yield Name(
                family=family,
                given=text(one, "given"),
                name=text(one, "name"),
                role=role,
                orcid=text(one, "ORCID") or None,
                body=Body(text(affiliation, "name"), _ror(affiliation)) if affiliation else None,
                is_body=not family and bool(text(one, "name")),
            )


def _ror(body: Any) -> str | None:
    return next((text(one, "id") for one in tables(body, "id") if text(one, "id-type") == "ROR"), None)


def _date(item: Any, name: str) -> str | None:
    """`{"date-parts": [[2016, 10]]}`: year, month, day as far as they are known."""
    parts = table(item, name).get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts else None
    return date_of(first) if isinstance(first, list) else None


def _licence(item: Any) -> str:
    listed = tables(item, "license")
    for version in VERSIONS:
        if one := next((each for each in listed if text(each, "content-version") == version), None):
            return licence_of(text(one, "URL"))
    return ""


def _number(item: Any) -> str:
    volume, issue = text(item, "volume"), text(item, "issue")
    return f"{volume}({issue})" if volume and issue else volume or issue
