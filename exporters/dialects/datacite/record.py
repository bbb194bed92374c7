"""The facts of a work as DataCite 4.6 has them, in the JSON of its REST API."""

from collections.abc import Iterable

from exporters.base import Fields
from exporters.common.json_text import without_empty
from exporters.common.works import Body, Name, Work

NAMESPACE = "http://datacite.org/schema/kernel-4"
UNAVAILABLE = ":unav"
"""The standard's word for a value that has to be there and is not known (its appendix 3)."""
TYPES = {
    "report": ("Report", "Report"),
    "briefing": ("Report", "Briefing"),
    "journal_article": ("JournalArticle", "Journal article"),
    "book": ("Book", "Book"),
    "dataset": ("Dataset", "Dataset"),
    "proceedings": ("ConferenceProceeding", "Proceedings"),
}
ROLES = {"editor": "Editor", "translator": "Translator"}
SPDX = {"rightsIdentifierScheme": "SPDX", "schemeUri": "https://spdx.org/licenses/"}


def attributes(work: Work, translated: Iterable[Fields]) -> Fields:
    """The attributes of a DOI; `translated` are its titles in other languages."""
    general, kind = TYPES[work.type]
    creators = work.creators or ((_corporate(work.publisher),) if work.publisher else ())
    fields = {
        "schemaVersion": NAMESPACE,
        "doi": work.doi,
        "url": work.page,
        "types": {"resourceTypeGeneral": general, "resourceType": kind},
        "creators": [_creator(name) for name in creators] or [{"name": UNAVAILABLE}],
        "titles": [
            {"title": work.title or UNAVAILABLE, "lang": work.locale},
            *(
                [{"title": work.subtitle, "titleType": "Subtitle", "lang": work.locale}]
                if work.subtitle
                else ()
            ),
            *translated,
        ],
        "publisher": _publisher(work.publisher),
        "publicationYear": work.day[:4],
        "subjects": [{"subject": subject, "lang": None} for subject in work.species]
        + [{"subject": topic, "lang": work.locale} for topic in work.topics],
        "contributors": [_contributor(name) for name in work.others] + _holder(work),
        "dates": [{"date": work.day, "dateType": "Issued"}],
        "language": work.language,
        "alternateIdentifiers": _identifiers(work),
        "relatedItems": _container(work),
        "sizes": _sizes(work),
        "formats": list(dict.fromkeys(file.media_type for file in work.files if file.media_type)),
        "version": work.edition,
        "rightsList": _rights(work),
        "descriptions": [{"description": work.abstract, "descriptionType": "Abstract", "lang": work.locale}]
        if work.abstract
        else [],
        "geoLocations": [{"geoLocationPlace": name} for name in work.countries],
    }
    pruned: Fields = without_empty(fields)
    return pruned


def other_title(work: Work) -> Fields:
    """The title that a work has in another language."""
    return {"title": work.full_title, "titleType": "TranslatedTitle", "lang": work.locale}


def _corporate(body: Body) -> Name:
    return Name(literal=body.name, ror=body.ror, corporate=True)


def _creator(name: Name) -> Fields:
    kind = "Personal" if name.family else "Organizational" if name.corporate else None
    return {
        "name": name.inverted,
        "nameType": kind,
        "givenName": name.given,
        "familyName": name.family,
        "nameIdentifiers": [
            {"nameIdentifier": f"https://orcid.org/{name.orcid}", **_of("ORCID", "https://orcid.org")}
            if name.orcid
            else None,
            {"nameIdentifier": name.ror, **_of("ROR", "https://ror.org")} if name.ror else None,
        ],
        "affiliation": [_affiliation(name.affiliation)] if name.affiliation else [],
    }


def _of(scheme: str, uri: str) -> Fields:
    return {"nameIdentifierScheme": scheme, "schemeUri": uri}


def _affiliation(body: Body) -> Fields:
    scheme = {"affiliationIdentifierScheme": "ROR", "schemeUri": "https://ror.org"} if body.ror else {}
    return {"name": body.name, "affiliationIdentifier": body.ror, **scheme}


def _contributor(name: Name) -> Fields:
    return {**_creator(name), "contributorType": ROLES.get(name.role, "Other")}


def _holder(work: Work) -> list[Fields]:
    return [{"name": work.holder, "contributorType": "RightsHolder"}] if work.holder else []


def _publisher(body: Body | None) -> Fields:
    if body is None:
        return {"name": UNAVAILABLE}
    scheme = {"publisherIdentifierScheme": "ROR", "schemeUri": "https://ror.org"} if body.ror else {}
    return {"name": body.name, "publisherIdentifier": body.ror, **scheme}


def _identifiers(work: Work) -> list[Fields]:
    elsewhere = [] if work.url == work.page or "://doi.org/" in work.url else [("URL", work.url)]
    named = [*(("ISBN", number) for number in work.isbn), *elsewhere, ("URN", work.urn)]
    return [{"alternateIdentifier": value, "alternateIdentifierType": kind} for kind, value in named]


def _container(work: Work) -> list[Fields]:
    found = work.container
    if found is None:
        return []
    first, last = (*found.pages, None, None)[:2]
    issn = {"relatedItemIdentifier": found.issn, "relatedItemIdentifierType": "ISSN"} if found.issn else None
    return [
        {
            "relatedItemType": "Journal" if work.type == "journal_article" else "Collection",
            "relationType": "IsPublishedIn",
            "relatedItemIdentifier": issn,
            "titles": [{"title": found.title}],
            "volume": found.volume,
            "issue": found.issue,
            "number": found.number,
            "firstPage": first,
            "lastPage": last,
        }
    ]


def _sizes(work: Work) -> list[str]:
    pages = [f"{work.extent} pages"] if work.extent else []
    return list(dict.fromkeys((*pages, *(f"{file.size} bytes" for file in work.files if file.size))))


def _rights(work: Work) -> list[Fields]:
    if work.terms is None:
        return []
    known = {"rightsUri": work.terms.url, "rightsIdentifier": work.terms.id, **SPDX} if work.terms.id else {}
    return [{"rights": work.terms.words, "lang": "en" if work.terms.id else None, **known}]
