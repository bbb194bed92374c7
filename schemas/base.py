"""The base model and the value types that every kind is made of."""

import re
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, tzinfo
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from stdnum import isbn as _isbn
from stdnum.exceptions import ValidationError as NumberError
from stdnum.iso7064 import mod_11_2 as _mod_11_2

UNDETERMINED = "und"  # BCP 47's word for "no language said"
LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON holds exactly (RFC 8259, section 6)."""


class Model(BaseModel):
    """Frozen, and refuses what it does not know: a typo is an error, never a silent loss."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


def _instant(value: Any, info: ValidationInfo) -> Any:
    """A date alone is the start of that day in the site's time zone (`context["timezone"]`, else UTC)."""
    try:
        if isinstance(value, str):
            is_day = len(value) == len("2024-05-01") and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
            value = date.fromisoformat(value) if is_day else datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError(f"{value[:40]!r} is no date such as 2024-05-01, or 2024-05-01T09:00:00Z") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        zone: tzinfo = (info.context or {}).get("timezone") or UTC
        value = datetime.combine(value, time(), zone)
    if not isinstance(value, datetime):
        raise ValueError("not a date such as 2024-05-01, or 2024-05-01T09:00:00Z")
    if value.tzinfo is None:
        raise ValueError("a time of day needs its zone, such as 2024-05-01T09:00:00Z or +01:00")
    if value.year in (MINYEAR, MAXYEAR):  # a zone is less than a day
        try:
            value.astimezone(UTC)
        except OverflowError:
            raise ValueError("in UTC this is not between the years 1 and 9999") from None
    return value


When = Annotated[datetime, BeforeValidator(_instant)]
"""An instant with its zone (ISO 8601)."""


def _calendar_day(text: str) -> str:
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    try:
        date(year, month, day)
    except ValueError:
        raise ValueError(f"{text} is not in the calendar") from None
    return text


PartialDate = Annotated[
    str,
    Field(
        pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$",
        examples=["2016", "2016-10", "2016-10-21"],
    ),
    AfterValidator(_calendar_day),
]
"""A year, a month or a day as far as it is known: 2016, 2016-10, 2016-10-21 (W3CDTF)."""


def _language_tag(tag: str) -> str:
    if tag.upper().endswith("-UK"):
        raise ValueError(f"{tag} is not a language tag; the United Kingdom's region code is GB")
    return tag


LOCALE_PATTERN = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"

Locale = Annotated[
    str,
    Field(pattern=LOCALE_PATTERN, examples=["en", "pt-BR", "zh-Hant"]),
    AfterValidator(_language_tag),
]
"""A language tag (BCP 47)."""

KIND_PATTERN = r"[a-z][a-z0-9_]*"
NAME_PATTERN = r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?(?:/[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)*"
KEY_PATTERN = rf"^{KIND_PATTERN}:{NAME_PATTERN}$"

Key = Annotated[str, Field(pattern=KEY_PATTERN, max_length=200, examples=["page:leopards"])]
"""Durable identity, `kind:name`, unique in a project."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=120, examples=["snow-leopard"])]
"""The last part of a record's address: lower-case letters, digits and single hyphens."""


class Reference:
    """Marks a field as naming another record; `kinds` are those it may name (empty: any)."""

    def __init__(self, *kinds: str, hierarchical: bool = False) -> None:
        self.kinds, self.hierarchical = kinds, hierarchical

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {**handler(schema), "description": "Key of " + (" or ".join(self.kinds) or "any record")}


def _whole_key(kind: str) -> BeforeValidator:
    def expand(value: Any) -> Any:
        return f"{kind}:{value}" if isinstance(value, str) and ":" not in value else value

    return BeforeValidator(expand)


def _of_kind(*kinds: str) -> AfterValidator:
    def check(key: str) -> str:
        if key.partition(":")[0] not in kinds:
            raise ValueError(f"{key} does not name a record of kind {' or '.join(kinds)}")
        return key

    return AfterValidator(check)


AnyRef = Annotated[Key, Reference()]
PageRef = Annotated[Key, Reference("page", hierarchical=True), _of_kind("page"), _whole_key("page")]
ReportRef = Annotated[Key, Reference("report"), _of_kind("report"), _whole_key("report")]
SpeciesRef = Annotated[Key, Reference("species"), _of_kind("species"), _whole_key("species")]
StatisticRef = Annotated[Key, Reference("statistic"), _of_kind("statistic"), _whole_key("statistic")]
PersonRef = Annotated[Key, Reference("person"), _of_kind("person"), _whole_key("person")]
OrganisationRef = Annotated[
    Key, Reference("organisation"), _of_kind("organisation"), _whole_key("organisation")
]
TopicRef = Annotated[Key, Reference("topic"), _of_kind("topic"), _whole_key("topic")]
BroaderTopicRef = Annotated[
    Key, Reference("topic", hierarchical=True), _of_kind("topic"), _whole_key("topic")
]
AssetRef = Annotated[Key, Reference("asset"), _of_kind("asset"), _whole_key("asset")]


def _by_language(value: Any) -> Any:
    if isinstance(value, dict):
        for tag in value:
            if not isinstance(tag, str) or not re.fullmatch(LOCALE_PATTERN, tag):
                raise ValueError(f"{tag!r} is not a language tag such as en or pt-BR")
    return {UNDETERMINED: value} if isinstance(value, str) else value


Localised = Annotated[dict[str, str], BeforeValidator(_by_language)]
"""A text per language tag; a plain text stands for every language (`und`)."""

T = TypeVar("T")


def in_language(texts: Mapping[str, T], *locales: str) -> T | None:
    """The value for the first of `locales` that has one, then the undetermined one, then none."""
    for tag in (*locales, *(tag.partition("-")[0] for tag in locales), UNDETERMINED):
        if tag in texts:
            return texts[tag]
    return None


class RichText(Model):
    """Prose and how it is written. A plain text in a content file is Markdown."""

    format: Literal["markdown", "html", "text"] = "markdown"
    text: str

    def __str__(self) -> str:
        return self.text


def _rich(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Prose = Annotated[RichText, BeforeValidator(_rich, json_schema_input_type=str | RichText)]

SAFE_SCHEMES = ("http", "https", "mailto", "tel")


def _address(value: str) -> str:
    """Absolute with a safe scheme, or a path of this site; nothing that a browser would run."""
    plain = re.sub(r"[\x00-\x20]", "", value)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", plain)
    if scheme and scheme[1].lower() not in SAFE_SCHEMES:
        raise ValueError(f"links may be {', '.join(SAFE_SCHEMES)} or a path, not {scheme[1]}:")
    if plain != value:
        raise ValueError("an address has no spaces or control characters")
    return value


Address = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_address)]
"""A web address (RFC 3986), absolute or a path of this site."""


def _isbn13(value: str) -> str:
    try:
        return str(_isbn.format(_isbn.validate(value, convert=True)))
    except NumberError as wrong:
        raise ValueError(f"not an ISBN: {str(wrong).rstrip('.').lower()}") from None


def _orcid_number(value: str) -> str:
    digits = value.removeprefix("https://orcid.org/").replace("-", "")
    if not re.fullmatch(r"\d{15}[\dX]", digits) or not _mod_11_2.is_valid(digits):
        raise ValueError("not an ORCID such as 0000-0002-1825-0097: length or check digit is wrong")
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def _doi(value: str) -> str:
    bare = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", value.strip(), flags=re.IGNORECASE)
    if not re.fullmatch(r"10\.\d{4,9}/\S+", bare):
        raise ValueError("a DOI looks like 10.1234/abc")
    return bare


ISBN = Annotated[str, AfterValidator(_isbn13)]
"""ISBN-13 with hyphens (ISO 2108); ISBN-10 is converted."""
ORCID = Annotated[str, AfterValidator(_orcid_number)]
"""A person's ORCID iD, 0000-0000-0000-0000 (ISO 27729)."""
DOI = Annotated[str, AfterValidator(_doi)]
"""A DOI without its resolver (ISO 26324)."""
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["IN", "CN"])]
"""A country's two-letter code (ISO 3166-1)."""
Licence = Annotated[str, Field(min_length=2, examples=["CC-BY-4.0", "All rights reserved"])]
"""An SPDX licence identifier, or the words that stand for one."""
