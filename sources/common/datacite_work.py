"""A work as DataCite describes it (metadata schema 4): in the JSON of its REST API, or as XML."""

import re
from collections.abc import Iterator
from typing import Any

from sources.common.json_answers import table, tables, text
from sources.common.languages import language_tag
from sources.common.markup import prose
from sources.common.works import Body, Name, Work, date_of, licence_of, partial_date
from sources.common.xml_tree import Element

TYPES = {
    "JournalArticle": "journal_article",
    "DataPaper": "journal_article",
    "Book": "book",
    "BookChapter": "book",
    "Dataset": "dataset",
    "Collection": "dataset",
    "ConferencePaper": "proceedings",
    "ConferenceProceeding": "proceedings",
}
"""`resourceTypeGeneral` by our types; every other one is a report."""
ROLES = {"Editor": "editor", "Translator": "translator"}
DATES = ("Issued", "Available", "Created")
CITES = ("Cites", "References")


def work_of(item: Any) -> Work:
    """The facts of one work, from the `attributes` of a DOI."""
    kind, titles = table(item, "types"), tables(item, "titles")
    container = table(item, "container")
    rights = next(iter(tables(item, "rightsList")), {})
    return Work(
        title=next((text(one, "title") for one in titles if not one.get("titleType")), ""),
        subtitle=next((text(one, "title") for one in titles if one.get("titleType") == "Subtitle"), ""),
        type=_type(kind),
        names=tuple(_names(item)),
        publisher=_publisher(item),
        issued=_issued(item),
        language=language_tag(item.get("language")),
        isbn=tuple(_identifiers(item, "ISBN")),
        doi=text(item, "doi") or None,
        url=text(item, "url") or None,
        edition=text(item, "version"),
        pages=_pages(item),
        abstract=_abstract(item),
        licence=text(rights, "rightsIdentifier").upper().replace("CC-ZERO", "CC0-1.0")
        if text(rights, "rightsIdentifier").lower().startswith("cc")
        else licence_of(text(rights, "rightsUri") or text(rights, "rights")),
        series=text(container, "title"),
        number=_number(container),
        issn=text(container, "identifier") if text(container, "identifierType") == "ISSN" else None,
        tags=tuple(text(one, "subject") for one in tables(item, "subjects")),
        cited=tuple(_cited(item)),
    )


def _type(kind: Any) -> str:
    if text(kind, "resourceType").strip().lower() == "briefing":
        return "briefing"
    return TYPES.get(text(kind, "resourceTypeGeneral"), "report")


def _names(item: Any) -> Iterator[Name]:
    for one in tables(item, "creators"):
        yield _name(one, "author")
    for one in tables(item, "contributors"):
        if role := ROLES.get(text(one, "contributorType")):
            yield _name(one, role)


def _name(one: Any, role: str) -> Name:
    is_body = text(one, "nameType") == "Organizational"
    family, given, whole = text(one, "familyName"), text(one, "givenName"), text(one, "name")
    if not family and not is_body and "," in whole:
        family, _, given = (part.strip() for part in whole.partition(","))
    known = {
        text(each, "nameIdentifierScheme").upper(): text(each, "nameIdentifier")
        for each in tables(one, "nameIdentifiers")
    }
    return Name(
        family="" if is_body else family,
        given=given,
        name=whole,
        role=role,
        orcid=known.get("ORCID"),
        ror=known.get("ROR"),
        body=_affiliation(one),
        is_body=is_body,
    )


def _affiliation(one: Any) -> Body | None:
    """The first; the API gives names, or objects if it was asked for them."""
    listed = one.get("affiliation")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, str) and each.strip():
            return Body(each)
        if text(each, "name"):
            return Body(text(each, "name"), text(each, "affiliationIdentifier") or None)
    return None


def _publisher(item: Any) -> Body | None:
    said = table(item, "publisher")
    name = text(said, "name") or text(item, "publisher")
    return Body(name, text(said, "publisherIdentifier") or None) if name and name != ":unav" else None


def _issued(item: Any) -> str | None:
    dates = tables(item, "dates")
    for kind in DATES:
        for one in dates:
            if text(one, "dateType") == kind and (found := partial_date(text(one, "date"))):
                return found
    year = text(item, "publicationYear")
    return date_of([int(year)]) if re.fullmatch(r"\d{4}", year) else None


def _identifiers(item: Any, kind: str) -> Iterator[str]:
    for name, value, of in (
        ("identifiers", "identifier", "identifierType"),
        ("alternateIdentifiers", "alternateIdentifier", "alternateIdentifierType"),
        ("relatedIdentifiers", "relatedIdentifier", "relatedIdentifierType"),
    ):
        for one in tables(item, name):
            is_own = name != "relatedIdentifiers" or text(one, "relationType") == "IsIdenticalTo"
            if is_own and text(one, of).upper() == kind:
                yield text(one, value)


def _abstract(item: Any) -> dict[str, str] | None:
    listed = [one for one in tables(item, "descriptions") if one.get("descriptionType") == "Abstract"]
    return prose(text(listed[0], "description")) if listed else None


def _pages(item: Any) -> int | None:
    sizes = item.get("sizes")
    for one in sizes if isinstance(sizes, list) else ():
        if isinstance(one, str) and (found := re.fullmatch(r"\s*(\d{1,5})\s*p(?:p|ages?|\.)*\s*", one, re.I)):
            return int(found[1]) or None
    return None


def _number(container: Any) -> str:
    volume, issue = text(container, "volume"), text(container, "issue")
    return f"{volume}({issue})" if volume and issue else volume or issue


def _cited(item: Any) -> Iterator[str]:
    for one in tables(item, "relatedIdentifiers"):
        if text(one, "relationType") in CITES and text(one, "relatedIdentifierType") == "DOI":
            yield re.sub(r"^https?://(dx\.)?doi\.org/", "", text(one, "relatedIdentifier"))


LISTS = {
    "titles": ("title", "title", {"titleType": "titleType"}),
    "subjects": ("subject", "subject", {}),
    "dates": ("date", "date", {"dateType": "dateType"}),
    "alternateIdentifiers": (
        "alternateIdentifier",
        "alternateIdentifier",
        {"alternateIdentifierType": "alternateIdentifierType"},
    ),
    "relatedIdentifiers": (
        "relatedIdentifier",
        "relatedIdentifier",
        {"relatedIdentifierType": "relatedIdentifierType", "relationType": "relationType"},
    ),
    "rightsList": ("rights", "rights", {"rightsURI": "rightsUri", "rightsIdentifier": "rightsIdentifier"}),
    "descriptions": ("description", "description", {"descriptionType": "descriptionType"}),
}
"""Per list of the XML: its items, what their text is called in JSON, and so are their attributes."""


def attributes_of(resource: Element) -> dict[str, Any]:
    """The XML of a work (element `resource`) as the API would give it."""
    found: dict[str, Any] = {}
    for name, (inner, called, kept) in LISTS.items():
        found[name] = [
            {called: one.words, **{to: one.attributes[of] for of, to in kept.items() if of in one.attributes}}
            for one in resource.each(f"{name}/{inner}")
        ]
    identifier = resource.first("identifier")
    publisher, kind = resource.first("publisher"), resource.first("resourceType")
    general = kind.attributes.get("resourceTypeGeneral") if kind else None
    return found | {
        "doi": identifier.words
        if identifier and identifier.attributes.get("identifierType") == "DOI"
        else "",
        "publisher": {
            "name": publisher.words,
            "publisherIdentifier": publisher.attributes.get("publisherIdentifier"),
        }
        if publisher
        else {},
        "publicationYear": resource.text("publicationYear"),
        "types": {"resourceType": kind.words if kind else "", "resourceTypeGeneral": general},
        "language": resource.text("language"),
        "version": resource.text("version"),
        "sizes": [one.words for one in resource.each("sizes/size")],
        "creators": [_named(one, "creatorName") for one in resource.each("creators/creator")],
        "contributors": [
            _named(one, "contributorName") | {"contributorType": one.attributes.get("contributorType")}
            for one in resource.each("contributors/contributor")
        ],
        "container": _container(resource),
    }


def _named(one: Element, name: str) -> dict[str, Any]:
    whole = one.first(name)
    return {
        "name": whole.words if whole else "",
        "nameType": whole.attributes.get("nameType") if whole else None,
        "givenName": one.text("givenName"),
        "familyName": one.text("familyName"),
        "nameIdentifiers": [
            {
                "nameIdentifier": each.words,
                "nameIdentifierScheme": each.attributes.get("nameIdentifierScheme"),
            }
            for each in one.each("nameIdentifier")
        ],
        "affiliation": [
            {"name": each.words, "affiliationIdentifier": each.attributes.get("affiliationIdentifier")}
            for each in one.each("affiliation")
        ],
    }


def _container(resource: Element) -> dict[str, Any]:
    for one in resource.each("relatedItems/relatedItem"):
        if one.attributes.get("relationType") == "IsPublishedIn":
            number = one.first("relatedItemIdentifier")
            return {
                "title": one.text("titles/title"),
                "volume": one.text("volume") or one.text("number"),
                "issue": one.text("issue"),
                "identifier": number.words if number else "",
                "identifierType": number.attributes.get("relatedItemIdentifierType") if number else None,
            }
    return {}
