"""Records as schema.org graphs (https://schema.org, JSON-LD 1.1): for files, and inside pages. Pure."""

from collections.abc import Iterator
from typing import Any

import orjson

from exporters.base import Fields
from exporters.common.bibliography import prose
from exporters.common.json_text import without_empty
from exporters.common.linked_parts import (
    all_named,
    cited,
    contributor,
    copyright_notice,
    country,
    file,
    identifier,
    image,
    licence,
    named,
    observation,
    orcid,
    quotation,
    quoted,
    ror,
    thing,
    web,
)
from exporters.common.links import Links
from exporters.common.own_kinds import people, texts
from exporters.common.parts import cleaned, plain_text, rfc3339, statistics_of
from schemas.agents import Contributor, Organisation, Person
from schemas.article import Article
from schemas.asset import Asset
from schemas.base import UNDETERMINED
from schemas.page import Hero, Image, Page, Quote, Related
from schemas.record import Record
from schemas.report import Report
from schemas.species import Species
from schemas.statistic import Statistic

CONTEXT = "https://schema.org"
_RED_LIST = {
    "EX": "Extinct",
    "EW": "Extinct in the Wild",
    "CR": "Critically Endangered",
    "EN": "Endangered",
    "VU": "Vulnerable",
    "NT": "Near Threatened",
    "LC": "Least Concern",
    "DD": "Data Deficient",
    "NE": "Not Evaluated",
}
"""Categories of the IUCN Red List, version 3.1."""
_ROLES = {"editor": "editor", "translator": "translator"}


def graph(record: Record, links: Links) -> Fields:
    """A record as one node with everything that it needs inside, and the context.

    The record must be what may be shown of it. `@id` never changes; `url` is the address of the day.
    """
    return {"@context": CONTEXT, **node(record, links)}


def embedded(value: Any) -> str:
    """A value as JSON that can stand inside a `script` of HTML or XHTML."""
    return harmless(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode())


def harmless(text: str) -> str:
    """JSON in which no text can end the element that holds it; the same value."""
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def script_tag(text: str, attributes: str = "") -> str:
    """The element that holds a graph, `embedded`; search engines read it anywhere in a page."""
    return f'<script type="application/ld+json"{attributes}>{text}</script>'


def node(record: Record, links: Links) -> Fields:
    """The graph without its context."""
    fields = {**thing(record, links), "description": record.summary, **_own(record, links)}
    full: Fields = without_empty(cleaned(fields))
    return full


def _own(record: Record, links: Links) -> Fields:
    """What is particular to a kind."""
    match record:
        case Person():
            return _person(record, links)
        case Organisation():
            return _organisation(record, links)
        case Species():
            return _taxon(record, links)
        case Statistic():
            about = observation(record, links, record.species)
            return {**about, "description": record.summary or record.statement}
        case Asset():
            return image(record, links) or {}
        case Report():
            return {**_work(record, links), **_report(record, links)}
        case Article():
            return {**_work(record, links), "genre": record.genre, "isPartOf": _site(links)}
        case Page():
            return {**_work(record, links), **_page(record, links)}
    if record.kind == "topic":
        return {"image": _images(record, links)}
    return _work(record, links)


def _work(record: Record, links: Links) -> Fields:
    """What all creative works have."""
    site, rights = links.site, record.rights
    others = [tag for tag in record.alternates if tag != record.locale]
    first = site.default_locale
    translations = [_in_language(record, tag, links) for tag in others]
    original = [one for one, tag in zip(translations, others, strict=True) if tag == first]
    return {
        "headline": record.title,
        "inLanguage": record.locale,
        "datePublished": rfc3339(record.published_at or record.embargo_until),
        "dateModified": rfc3339(record.updated_at),
        "expires": rfc3339(record.closes_at),
        "publisher": {"@type": "Organization", "name": site.title, "url": site.url},
        "image": _images(record, links),
        "keywords": [tag for tag in record.tags if plain_text(tag)],
        "about": all_named(texts(record, "species", "topics"), links),
        "spatialCoverage": [country(code, links.locale) for code in texts(record, "countries")],
        "mentions": [quoted(one, links) for one in statistics_of(record)],
        "citation": list(_citations(record, links)),
        "license": licence(getattr(record, "licence", None) or (rights.licence if rights else None)),
        "copyrightNotice": copyright_notice(rights),
        "workTranslation": translations if record.locale == first else None,
        "translationOfWork": None if record.locale == first else original,
        **_contributors(people(record), links),
    }


def _in_language(record: Record, locale: str, links: Links) -> Fields | None:
    other = links.lookup.get(record.key, locale)
    return {**thing(other, links), "inLanguage": locale} if other and other.locale == locale else None


def _contributors(everybody: tuple[Contributor, ...], links: Links) -> Fields:
    """Everybody under the property for what they did. schema.org's editors are persons."""
    found: dict[str, list[Fields]] = {}
    for one in everybody:
        if (who := contributor(one, links)) is None:
            continue
        role = "author" if one.role == "author" else _ROLES.get(one.role, "contributor")
        if role == "editor" and who["@type"] != "Person":
            role = "contributor"
        found.setdefault(role, []).append(who)
    return dict(found)


def _images(record: Record, links: Links) -> list[Fields | None]:
    """The main image first."""
    blocks = record.blocks if isinstance(record, Page) else ()
    keys = (record.image, *(block.image for block in blocks if isinstance(block, Hero | Image)))
    return [image(links.asset(key), links) for key in dict.fromkeys(keys) if key]


def _citations(record: Record, links: Links) -> Iterator[Fields | None]:
    """Works that a record refers to: related reports, and where its figures come from."""
    yield from all_named(texts(record, "reports", "related"), links)
    listed: set[object] = set(texts(record, "reports", "related"))
    for one in statistics_of(record):
        if one.citation and not (one.citation.report in listed or one.citation.report == record.key):
            listed.add(one.citation.report or one.citation)
            yield cited(one.citation, links)


def _site(links: Links) -> Fields:
    return {"@type": "WebSite", "name": links.site.title, "url": links.site.url}


def _page(record: Page, links: Links) -> Fields:
    related = [block for block in record.blocks if isinstance(block, Related)]
    addresses = [
        *(links.url(key) for block in related for key in block.items),
        *(web(one.url, links) for block in related for one in block.teasers),
    ]
    return {
        "isPartOf": named(record.parent, links) or _site(links),
        "hasPart": [quotation(block, links) for block in record.blocks if isinstance(block, Quote)],
        "primaryImageOfPage": next(filter(None, _images(record, links)), None),
        "relatedLink": list(dict.fromkeys(filter(None, addresses))),
    }


def _report(record: Report, links: Links) -> Fields:
    doi = f"https://doi.org/{record.doi}" if record.doi else None
    is_book, is_data = record.type in ("book", "proceedings"), record.type == "dataset"
    files = [file(one, "DataDownload" if is_data else "MediaObject", links) for one in record.files]
    series, pages = record.series, record.pages
    return {
        "inLanguage": record.language or record.locale,
        "datePublished": record.issued,
        "alternativeHeadline": record.subtitle,
        "abstract": prose(record.abstract),
        "publisher": named(record.publisher, links),
        "locationCreated": _place(record.publication_place),
        "identifier": [
            *([identifier("DOI", record.doi, doi)] if record.doi else ()),
            *(identifier("ISBN", one) for one in record.isbn),
        ],
        "isbn": list(record.isbn) if is_book else None,
        "sameAs": list(dict.fromkeys(filter(None, (doi, web(record.url, links))))),
        "version": record.edition,
        "numberOfPages": pages if is_book else None,
        "materialExtent": f"{pages} p." if pages and not is_book else None,
        "genre": record.type if record.type in ("briefing", "proceedings") else None,
        "creditText": record.citation,
        "distribution" if is_data else "encoding": files,
        **(_series(record) if series else {}),
    }


def _place(name: str | None) -> Fields | None:
    return {"@type": "Place", "name": name} if name else None


def _series(record: Report) -> Fields:
    """The series or journal, and the number in it."""
    series = record.series
    if series is None:
        return {}
    kind = "Periodical" if record.type == "journal_article" else "CreativeWorkSeries"
    whole = {"@type": kind, "name": series.title, "issn": series.issn}
    numbered = "reportNumber" if record.type in ("report", "briefing") else "position"
    return {"isPartOf": whole, numbered: series.number}


def _person(record: Person, links: Links) -> Fields:
    known = orcid(record.orcid)
    return {
        "givenName": record.given,
        "familyName": record.family,
        "jobTitle": record.role,
        "affiliation": named(record.organisation, links),
        "image": _images(record, links),
        **known,
        "sameAs": [web(record.url, links), *known.get("sameAs", ())],
    }


def _organisation(record: Organisation, links: Links) -> Fields:
    known = ror(record.ror)
    address = {"addressLocality": record.place, "addressCountry": record.country}
    return {
        "name": record.name,
        "alternateName": record.acronym,
        "address": {"@type": "PostalAddress", **address} if any(address.values()) else None,
        "image": _images(record, links),
        **known,
        "sameAs": [web(record.url, links), *known.get("sameAs", ())],
    }


def _taxon(record: Species, links: Links) -> Fields:
    usual = record.common_names.get(record.locale) or record.common_names.get(UNDETERMINED) or ()
    full = f"{record.scientific_name} {record.authority}" if record.authority else None
    others = dict.fromkeys(filter(None, (record.title, *usual, full)))
    return {
        "alternateName": [name for name in others if name != record.scientific_name],
        "taxonRank": record.rank,
        "parentTaxon": named(record.part_of, links),
        "image": _images(record, links),
        "subjectOf": [_assessment(record, links), _appendix(record)],
    }


def _assessment(record: Species, links: Links) -> Fields | None:
    """The Red List's entry: a work about the species, filed under a category."""
    if (one := record.iucn) is None:
        return None
    category = {
        "@type": "DefinedTerm",
        "termCode": one.category,
        "name": _RED_LIST[one.category],
        "inDefinedTermSet": "https://www.iucnredlist.org/",
    }
    return {
        "@type": "CreativeWork",
        "name": f"IUCN Red List of Threatened Species: {record.scientific_name}",
        "url": web(one.url, links),
        "datePublished": str(one.year) if one.year else None,
        "keywords": category,
    }


def _appendix(record: Species) -> Fields | None:
    return {"@type": "Legislation", "name": f"CITES Appendix {record.cites}"} if record.cites else None
