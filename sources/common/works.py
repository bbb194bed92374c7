"""A publication as other people's metadata describe it: as a report, and the organisations that it names."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter, ValidationError
from slugify import slugify

from schemas.base import DOI, ISBN, ORCID, Address, Country, PartialDate
from schemas.problems import Origin, Problem
from sources.base import Raw
from sources.common.markup import cut, plain

LONGEST_TITLE = 300
LONGEST_NAME = 120
_ROR = re.compile(r"(?:https?://)?(?:ror\.org/)?(0[a-z0-9]{8})", re.IGNORECASE)
_ISSN = re.compile(r"\d{4}-\d{3}[\dX]")
_COMMONS = re.compile(
    r"https?://creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)(?:/([a-z]{2,3}))?/?.*", re.I
)
_ZERO = re.compile(r"https?://creativecommons\.org/publicdomain/zero/1\.0/?.*", re.IGNORECASE)
_DATE = re.compile(r"\s*(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?(?![\d])")
_DOI, _ISBN, _ORCID = TypeAdapter(DOI), TypeAdapter(ISBN), TypeAdapter(ORCID)
_ADDRESS, _COUNTRY, _PARTIAL = TypeAdapter(Address), TypeAdapter(Country), TypeAdapter(PartialDate)


@dataclass(frozen=True)
class Body:
    """An organisation that is named: a publisher, an affiliation."""

    name: str
    ror: str | None = None


@dataclass(frozen=True)
class Name:
    """Somebody who made the work: a person with a family name, or one undivided name."""

    family: str = ""
    given: str = ""
    name: str = ""
    role: str = "author"
    orcid: str | None = None
    ror: str | None = None
    body: Body | None = None
    is_body: bool = False


@dataclass(frozen=True)
class Work:
    """What is said of a work. Nothing of it has been checked."""

    title: str
    type: str = "report"
    subtitle: str = ""
    names: tuple[Name, ...] = ()
    publisher: Body | None = None
    place: str = ""
    issued: str | None = None
    language: str | None = None
    isbn: tuple[str, ...] = ()
    doi: str | None = None
    url: str | None = None
    edition: str = ""
    pages: int | None = None
    abstract: dict[str, str] | None = None
    licence: str = ""
    rights: str = ""
    series: str = ""
    number: str = ""
    issn: str | None = None
    countries: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    cited: tuple[str, ...] = field(default=(), repr=False)
    """DOIs of works that it refers to."""


def name_of_doi(doi: str) -> str:
    """What the key of a work is made of."""
    return short_slug(doi.lower())


def short_slug(text: str) -> str:
    """The text as the name in a key; what is too long ends with a digest. Empty if nothing is left."""
    slug = slugify(text)
    if len(slug) <= LONGEST_NAME:
        return slug
    return f"{slug[: LONGEST_NAME - 9].rstrip('-')}-{sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"


def records_of_work(
    work: Work, name: str, place: Origin, locale: str | None, has: Callable[[str], bool]
) -> Iterator[Raw | Problem]:
    """The report, and the organisations that it names. `has` says which DOIs the same source has.

    An identifier that cannot be right is left out, with a warning: it is not ours to correct.
    """
    told = _Told(place)
    publisher = told.body(work.publisher)
    authors = [told.contributor(one) for one in work.names if one.family or one.name]
    related = [f"report:{name_of_doi(one)}" for one in dict.fromkeys(work.cited) if has(one)]
    data: dict[str, Any] = {
        "title": cut(plain(work.title), LONGEST_TITLE),
        "subtitle": plain(work.subtitle),
        "type": work.type,
        "authors": authors or ([{"organisation": publisher}] if publisher else []),
        "publisher": publisher,
        "publication_place": plain(work.place),
        "series": _series(work),
        "issued": work.issued,
        "language": work.language,
        "isbn": told.checked("ISBN", _ISBN, work.isbn),
        "doi": told.one("DOI", _DOI, work.doi),
        "url": told.one("web address", _ADDRESS, work.url),
        "edition": plain(work.edition),
        "pages": work.pages,
        "abstract": work.abstract,
        "licence": plain(work.licence),
        "rights": {"statement": plain(work.rights)} if work.rights.strip() else None,
        "countries": told.checked("country", _COUNTRY, work.countries),
        "tags": list(dict.fromkeys(filter(None, map(plain, work.tags)))),
        "related": [key for key in related if key != f"report:{name}"],
    }
    filled = {key: value for key, value in data.items() if value}
    yield Raw({"kind": "report", **filled}, place, name, locale)
    yield from told.bodies.values()
    yield from told.problems


class _Told:
    """What of one work has been said so far: organisations by their keys, and what was left out."""

    def __init__(self, place: Origin) -> None:
        self.place = place
        self.bodies: dict[str, Raw] = {}
        self.problems: list[Problem] = []

    def checked(self, kind: str, adapter: TypeAdapter[Any], values: Iterable[str | None]) -> list[str]:
        good = []
        for value in filter(None, values):
            try:
                good.append(adapter.validate_python(value))
            except ValidationError:
                message = f"{cut(plain(value), 60)!r} is no {kind}, and is left out"
                self.problems.append(
                    Problem(code="work.identifier", severity="warning", message=message, origin=self.place)
                )
        return list(dict.fromkeys(good))

    def one(self, kind: str, adapter: TypeAdapter[Any], value: str | None) -> str | None:
        return next(iter(self.checked(kind, adapter, [value])), None)

    def body(self, body: Body | None) -> str | None:
        """The key of an organisation, which is a record from now on."""
        slug = short_slug(body.name) if body else ""
        if body is None or not slug:
            return None
        data = {"kind": "organisation", "key": f"organisation:{slug}", "name": plain(body.name)}
        if ror := ror_of(body.ror):
            data["ror"] = ror
        self.bodies.setdefault(data["key"], Raw(data, self.place, slug, None, implied=True))
        return data["key"]

    def contributor(self, one: Name) -> dict[str, Any]:
        if one.is_body and (key := self.body(Body(one.name, one.ror))):
            return {"organisation": key, "role": one.role}
        family = plain(one.family)
        told = {
            "family": family,
            "given": plain(one.given) if family else "",
            "name": "" if family else plain(one.name),
            "orcid": self.one("ORCID", _ORCID, _bare_orcid(one.orcid)),
            "organisation": self.body(one.body),
            "role": one.role,
        }
        return {key: value for key, value in told.items() if value}


def _series(work: Work) -> dict[str, str] | None:
    title = plain(work.series)
    issn = work.issn if work.issn and _ISSN.fullmatch(work.issn) else ""
    told = {"title": title, "number": work.number, "issn": issn}
    return {key: value for key, value in told.items() if value} if title else None


def partial_date(said: object) -> str | None:
    """The first date in a text as far as it is known (`2016-10-21T00:00:00Z`, `2016-10`, `2010/2012`)."""
    found = _DATE.match(said) if isinstance(said, str) else None
    parts = [int(part) for part in found.groups() if part] if found else []
    return date_of(parts)


def date_of(parts: Iterable[Any]) -> str | None:
    """Year, month and day as far as they are there and can be: 2016, 2016-10, 2016-10-21."""
    whole: list[int] = []
    for part in parts:
        if isinstance(part, bool) or not isinstance(part, int) or part < 1:
            break
        whole.append(part)
    for end in range(min(3, len(whole)), 0, -1):
        text = "-".join(f"{part:0{2 if at else 4}}" for at, part in enumerate(whole[:end]))
        try:
            return str(_PARTIAL.validate_python(text))
        except ValidationError:
            continue
    return None


def licence_of(said: str | None) -> str:
    """The SPDX identifier behind an address of Creative Commons; anything else as it is."""
    text = (said or "").strip()
    if found := _COMMONS.fullmatch(text):
        return "-".join(filter(None, ("CC", found[1].upper(), found[2], (found[3] or "").upper())))
    return "CC0-1.0" if _ZERO.fullmatch(text) else text


def ror_of(said: str | None) -> str | None:
    """A ROR identifier as its address; None if it is none."""
    found = _ROR.fullmatch((said or "").strip())
    return f"https://ror.org/{found[1].lower()}" if found else None


def _bare_orcid(said: str | None) -> str | None:
    return re.sub(r"^(?:https?://)?(?:www\.)?orcid\.org/", "", said.strip()) if said else None
