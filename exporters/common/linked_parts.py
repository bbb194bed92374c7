"""Parts of schema.org graphs: names of records, people, images, licences, figures. Pure."""

from collections.abc import Iterable, Mapping
from functools import cache

from babel import Locale
from babel.core import UnknownLocaleError

from exporters.base import Fields
from exporters.common.licences import terms
from exporters.common.links import Links
from exporters.common.parts import plain_text, rfc3339, title_of, urn_of, web_address
from schemas.agents import Contributor, Organisation, Person
from schemas.article import Article
from schemas.asset import Asset
from schemas.page import Page, Quote
from schemas.record import Record, Rights
from schemas.report import Report, ReportFile
from schemas.species import Species
from schemas.statistic import Citation, Claim, Period, Quoted, Statistic
from schemas.topic import Topic

_TYPES: dict[type[Record], str] = {
    Page: "WebPage",
    Species: "Taxon",
    Statistic: "Observation",
    Person: "Person",
    Organisation: "Organization",
    Topic: "DefinedTerm",
    Asset: "ImageObject",
}
_REPORTS = {
    "journal_article": "ScholarlyArticle",
    "book": "Book",
    "proceedings": "Book",
    "dataset": "Dataset",
}
_LOWER_BOUND, _UPPER_BOUND = ("at least", "more than"), ("at most", "fewer than", "up to")


def type_of(record: Record) -> str:
    """The schema.org type of a record; CreativeWork for kinds that are not ours."""
    if isinstance(record, Report):
        return _REPORTS.get(record.type, "Report")
    if isinstance(record, Article):
        return "NewsArticle" if record.genre == "news" else "Article"
    return next((name for kind, name in _TYPES.items() if isinstance(record, kind)), "CreativeWork")


def name_of(record: Record) -> str:
    """What a record is called: a species by its scientific name, else its title."""
    return record.scientific_name if isinstance(record, Species) else title_of(record)


def thing(record: Record, links: Links) -> Fields:
    """Enough to name a record: type, the id that never changes, name and address of the day."""
    return {
        "@type": type_of(record),
        "@id": urn_of(record.ident, links.site),
        "name": name_of(record),
        "url": web_address(links.site.url_of(record)),
    }


def named(key: str | None, links: Links) -> Fields | None:
    """The record with that key, as another one refers to it; None if there is none to be shown."""
    found = links.record(key) if key else None
    return thing(found, links) if found else None


def all_named(keys: Iterable[str], links: Links) -> list[Fields | None]:
    """Those of several records that can be shown."""
    return [named(key, links) for key in dict.fromkeys(keys)]


def web(address: str | None, links: Links) -> str | None:
    """An absolute web address; None for anything that is no page or file of the web."""
    return web_address(links.absolute(address)) if address else None


def licence(written: str | None) -> str | Fields | None:
    """The address of a licence's text; words that name none that is known as they are."""
    if not (said := terms(written or "")):
        return None
    return said.url or web_address(said.words) or {"@type": "CreativeWork", "name": said.words}


def copyright_notice(rights: Rights | None) -> str | None:
    """The words that say whose it is."""
    if rights is None:
        return None
    return rights.statement or (f"© {rights.holder}" if rights.holder else None)


def contributor(one: Contributor, links: Links) -> Fields | None:
    """A person, or an organisation; one who has only an undivided name counts as the latter."""
    if not plain_text(one.display):
        return None
    known = named(one.person or one.organisation, links) or {}
    person = one.person or one.given or one.family or one.orcid
    fields: Fields = {"@type": "Person" if person else "Organization", **known, "name": one.display}
    if fields["@type"] == "Person":
        return {**fields, "givenName": one.given, "familyName": one.family, **orcid(one.orcid)}
    return {**fields, **ror(one.ror)}


def orcid(number: str | None) -> Fields:
    """A person's ORCID iD as schema.org has identifiers."""
    return _identified("ORCID", number, f"https://orcid.org/{number}") if number else {}


def ror(address: str | None) -> Fields:
    """An organisation's ROR identifier."""
    return _identified("ROR", address.rpartition("/")[2], address) if address else {}


def _identified(scheme: str, value: str, address: str) -> Fields:
    return {"identifier": identifier(scheme, value, address), "sameAs": [address]}


def identifier(scheme: str, value: str, address: str | None = None) -> Fields:
    """A number that others have given, and where it leads."""
    return {"@type": "PropertyValue", "propertyID": scheme, "value": value, "url": address}


def image(asset: Asset | None, links: Links) -> Fields | None:
    """An image with all that must travel with it; None if its bytes cannot be shown or are no image."""
    url = links.asset_url(asset) if asset else None
    if asset is None or url is None or not (asset.media_type or "image/").startswith("image/"):
        return None
    notice, credit = copyright_notice(asset.rights), asset.credit or ""
    agency = {"@type": "Organization", "name": asset.agency} if asset.agency else None
    photographer = {"@type": "Person", "name": asset.photographer} if asset.photographer else None
    return {
        "@type": "ImageObject",
        "@id": urn_of(asset.ident, links.site),
        "name": asset.title,
        "description": links.alt(asset),
        "caption": links.words(asset.caption),
        "contentUrl": web_address(url),
        "encodingFormat": asset.media_type,
        "width": _pixels(asset.width),
        "height": _pixels(asset.height),
        "creditText": asset.credit,
        "creator": photographer or agency,
        "sourceOrganization": agency if photographer else None,
        "copyrightNotice": notice or (credit if credit.startswith("©") else None),
        "license": licence(asset.licence or (asset.rights.licence if asset.rights else None)),
        "acquireLicensePage": web_address(notice),
        "expires": rfc3339(asset.closes_at),
    }


def _pixels(count: int | None) -> Fields | None:
    return {"@type": "QuantitativeValue", "value": count, "unitText": "px"} if count else None


def file(one: ReportFile, kind: str, links: Links) -> Fields | None:
    """A file that can be had; `kind` is MediaObject or DataDownload."""
    one = links.file(one)
    if not (address := web(one.url, links)):
        return None
    return {
        "@type": kind,
        "name": one.label,
        "contentUrl": address,
        "encodingFormat": one.media_type,
        "contentSize": f"{one.size} B" if one.size is not None else None,
        "sha256": one.checksum,
        "inLanguage": one.language,
    }


def quotation(one: Quote, links: Links) -> Fields:
    """What somebody said."""
    said_by = named(one.person, links) or {"@type": "Person"}
    name = one.name or said_by.get("name")
    creator = {**said_by, "name": name, "jobTitle": one.role} if name else None
    return {"@type": "Quotation", "text": one.text, "creator": creator}


def cited(one: Citation, links: Links) -> Fields | None:
    """The work that a citation names."""
    if found := named(one.report, links):
        return found
    url = web(one.url, links)
    return {"@type": "CreativeWork", "name": one.text or url, "url": url} if one.text or url else None


def quoted(one: Quoted, links: Links) -> Fields:
    """A statistic as another record quotes it."""
    known = named(one.statistic, links) or {}
    record = links.record(one.statistic) if one.statistic else None
    about = record.species if isinstance(record, Statistic) else ()
    words = f"{one.display} {one.statement}".strip()
    name = known.get("name") or words
    return {**known, **observation(one, links, about), "name": name, "description": words}


def observation(one: Claim, links: Links, species: Iterable[str]) -> Fields:
    """A figure: what was measured of whom, where and when. A bound is a bound and not a value."""
    figure, unit = one.figure, "%" if one.figure.percent else one.unit
    single = figure.value
    low = single if one.qualifier in _LOWER_BOUND else figure.low
    high = single if one.qualifier in _UPPER_BOUND else figure.high
    place = {"@type": "Place", "name": one.place} if one.place else None
    return {
        "@type": "Observation",
        "value": single if low is high is None else None,
        "minValue": low,
        "maxValue": high,
        "unitText": unit,
        "unitCode": "P1" if figure.percent else None,
        "variableMeasured": {"@type": "StatisticalVariable", "name": one.statement},
        "observationAbout": [*all_named(species, links), place],
        "observationDate": one.as_of,
        "additionalProperty": [
            _property("qualifier", one.qualifier),
            _property("temporalCoverage", _span(one.period)),
        ],
        "subjectOf": cited(one.citation, links) if one.citation else None,
    }


def _property(name: str, value: str | None) -> Fields | None:
    return {"@type": "PropertyValue", "name": name, "value": value} if value else None


def _span(period: Period | None) -> str | None:
    """A period as ISO 8601-2 writes it."""
    return f"{period.start or '..'}/{period.end or '..'}" if period else None


def country(code: str, locale: str) -> Fields:
    """A country by its code and its name in a language."""
    return {"@type": "Country", "identifier": code, "name": _territories(locale).get(code)}


@cache
def _territories(locale: str) -> Mapping[str, str]:
    try:
        return dict(Locale.parse(locale, sep="-").territories)
    except (UnknownLocaleError, ValueError):
        return {}
