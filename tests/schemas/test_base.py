"""The value types that every kind is made of: what they take, what they make of it, what they refuse."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.base import (
    DOI,
    ISBN,
    ORCID,
    Address,
    AssetRef,
    Country,
    Key,
    Locale,
    Localised,
    PageRef,
    PartialDate,
    Prose,
    Slug,
    When,
    in_language,
)
from schemas.statistic import FigureText

TAKEN: list[tuple[Any, Any, Any]] = [
    (When, "2024-05-01", datetime(2024, 5, 1, tzinfo=UTC)),
    (When, "2024-05-01T09:00:00Z", datetime(2024, 5, 1, 9, tzinfo=UTC)),
    (When, " 2024-05-01T11:00+02:00 ", datetime(2024, 5, 1, 9, tzinfo=UTC)),
    (When, datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 1, tzinfo=UTC)),
    (PartialDate, "2016", "2016"),
    (PartialDate, "2016-10", "2016-10"),
    (PartialDate, "2016-02-29", "2016-02-29"),
    (Locale, "en", "en"),
    (Locale, "pt-BR", "pt-BR"),
    (Locale, "zh-Hant-TW", "zh-Hant-TW"),
    (Locale, "es-419", "es-419"),
    (Key, "page:2024/amur-count.v2", "page:2024/amur-count.v2"),
    (Slug, "snow-leopard-2", "snow-leopard-2"),
    (ISBN, "9781858504094", "978-1-85850-409-4"),
    (ISBN, "0-306-40615-2", "978-0-306-40615-7"),
    (ORCID, "https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
    (ORCID, "000000021694233X", "0000-0002-1694-233X"),
    (DOI, "https://doi.org/10.7717/peerj.1974", "10.7717/peerj.1974"),
    (DOI, "DOI:10.1000/a(b)", "10.1000/a(b)"),
    (Address, "https://example.org/a?b#c", "https://example.org/a?b#c"),
    (Address, "/news/a:b", "/news/a:b"),
    (Address, "MAILTO:a@example.org", "MAILTO:a@example.org"),
    (Country, "IN", "IN"),
    (AssetRef, "coat", "asset:coat"),
    (PageRef, "page:a/b", "page:a/b"),
    (Localised, "words", {"und": "words"}),
    (Localised, {"en": "a", "pt-BR": "b"}, {"en": "a", "pt-BR": "b"}),
]


@pytest.mark.parametrize(("kind", "given", "made"), TAKEN)
def test_taken(kind, given, made):
    assert TypeAdapter(kind).validate_python(given) == made


REFUSED: list[tuple[Any, Any, str]] = [
    (When, "2024-05-01T09:00", "needs its zone"),
    (When, datetime(2024, 5, 1), "needs its zone"),  # noqa: DTZ001
    (When, "2024-02-30", "is no date such as"),
    (When, "0000-00-00", "is no date such as"),
    (When, "10000-01-01", "is no date such as"),
    (When, "soon", "'soon' is no date"),
    (When, "", "is no date"),
    (When, 20240501, "not a date"),
    (When, True, "not a date"),
    (When, None, "not a date"),
    (When, "0001-01-01T00:00:00+14:00", "between the years 1 and 9999"),
    (When, "9999-12-31T23:59:59-14:00", "between the years 1 and 9999"),
    (PartialDate, "2015-02-29", "not in the calendar"),
    (PartialDate, "2016-04-31", "not in the calendar"),
    (PartialDate, "0000", "not in the calendar"),
    (PartialDate, "2016-13", "pattern"),
    (PartialDate, "2016-1-1", "pattern"),
    (PartialDate, "2016\n", "pattern"),
    (Locale, "en_GB", "pattern"),
    (Locale, "en-UK", "region code is GB"),
    (Locale, "english", "pattern"),
    (Locale, "", "pattern"),
    (Key, "page:../../etc/passwd", "pattern"),
    (Key, "page:/etc/passwd", "pattern"),
    (Key, "page:a//b", "pattern"),
    (Key, "page:a/./b", "pattern"),
    (Key, "page:A", "pattern"),
    (Key, "page:a\n", "pattern"),
    (Key, "page:a\0b", "pattern"),
    (Key, "page:a\\b", "pattern"),
    (Key, "page:", "pattern"),
    (Key, "page", "pattern"),
    (Key, "page:" + "a" * 200, "200"),
    (Slug, "../../x", "pattern"),
    (Slug, "a--b", "pattern"),
    (Slug, "Snow", "pattern"),
    (Slug, "ü", "pattern"),
    (Slug, "a" * 121, "120"),
    (ISBN, "978-1-85850-409-5", "not an ISBN"),
    (ISBN, "1234", "not an ISBN"),
    (ORCID, "0000-0002-1825-0098", "check digit"),
    (ORCID, "0000-0002", "check digit"),
    (DOI, "10.1/x", "looks like"),
    (DOI, "10.1234/a b", "looks like"),
    (Address, "javascript:alert(1)", "not javascript:"),
    (Address, "JaVaScRiPt:alert(1)", "not JaVaScRiPt:"),
    (Address, "java\nscript:alert(1)", "not javascript:"),
    (Address, "\x01javascript:alert(1)", "not javascript:"),
    (Address, "data:text/html,x", "not data:"),
    (Address, "vbscript:x", "not vbscript:"),
    (Address, "file:///etc/passwd", "not file:"),
    (Address, "https://example.org/a b", "no spaces"),
    (Address, "/a\r\nb", "no spaces or control characters"),
    (Address, "", "at least 1"),
    (Address, "/" + "a" * 2000, "2000"),
    (Country, "UKR", "pattern"),
    (Country, "in", "pattern"),
    (AssetRef, "page:coat", "does not name a record of kind asset"),
    (Localised, {"en_GB": "a"}, "'en_GB' is not a language tag"),
    (Localised, {"en\n": "a"}, "is not a language tag"),
    (Localised, {"en": 5.5j}, "valid string"),
    (Prose, {"text": "a", "format": "word"}, "'markdown', 'html' or 'text'"),
]


@pytest.mark.parametrize(("kind", "given", "says"), REFUSED)
def test_refused(kind, given, says):
    with pytest.raises(ValidationError, match="1 validation error") as caught:
        TypeAdapter(kind).validate_python(given)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (4000, {"value": 4000}),
        (0.5, {"value": 0.5}),
        ("4,000", {"value": 4000}),
        ("4\u202f000", {"value": 4000}),
        ("1.5", {"value": 1.5}),
        ("221–450", {"low": 221, "high": 450}),
        ("10 to 15 %", {"low": 10, "high": 15, "percent": True}),
        ("90%", {"value": 90, "percent": True}),
        ({"low": 1, "high": 1}, {"low": 1, "high": 1}),
    ],
)
def test_figures(given, fields):
    figure = TypeAdapter(FigureText).validate_python(given)
    assert figure.model_dump(exclude_defaults=True) == fields


@pytest.mark.parametrize(
    "given",
    [
        "many",
        "",
        "4,00",
        "450–221",
        "1–2–3",
        True,
        None,
        [],
        {},
        {"value": 1, "low": 1},
        {"low": 1},
        {"high": 1},
        {"value": "nan"},
        {"value": "inf"},
        {"value": float("inf")},
        {"value": 1e400},
        {"value": "1e400"},
        "9" * 17,
        10**30,
        "9" * 5000,
        {"value": 1, "unit": "x"},
    ],
)
def test_what_is_no_figure(given):
    with pytest.raises(ValidationError):
        TypeAdapter(FigureText).validate_python(given)


def test_a_date_alone_begins_in_the_zone_of_the_site():
    zone = ZoneInfo("America/New_York")
    made = TypeAdapter(When).validate_python("2024-05-01", context={"timezone": zone})
    assert made == datetime(2024, 5, 1, 4, tzinfo=UTC)
    with pytest.raises(ValidationError, match="between the years"):
        TypeAdapter(When).validate_python("0001-01-01", context={"timezone": ZoneInfo("Asia/Kolkata")})


def test_the_language_that_is_nearest():
    texts = {"en": "English", "pt": "Portuguese", "und": "any"}
    assert in_language(texts, "en") == "English"
    assert in_language(texts, "pt-BR", "en") == "English"
    assert in_language(texts, "pt-BR") == "Portuguese"
    assert in_language(texts, "de") == "any"
    assert in_language({"en": "English"}, "de") is None
