"""The envelope: titles, references, and the one predicate of what may be seen when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import plugins
from schemas.asset import Asset
from schemas.page import Page
from schemas.record import is_public, next_turn, references
from schemas.report import Report
from schemas.topic import Topic

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
A_MOMENT = timedelta(microseconds=1)


def page(**fields):
    return Page.model_validate({"key": "page:a", "locale": "en", "title": "A", **fields})


def test_a_record_is_frozen_and_knows_its_ident():
    record = page()
    assert record.ident == "page:a@en"
    with pytest.raises(ValidationError):
        record.title = "B"


@pytest.mark.parametrize(
    ("fields", "at", "public"),
    [
        ({}, NOON, True),
        ({"status": "draft"}, NOON, False),
        ({"status": "withdrawn"}, NOON, False),
        ({"published_at": NOON}, NOON, True),
        ({"published_at": NOON}, NOON - A_MOMENT, False),
        ({"embargo_until": NOON}, NOON, True),
        ({"embargo_until": NOON}, NOON - A_MOMENT, False),
        ({"published_at": LATER, "embargo_until": NOON}, NOON, False),
        ({"published_at": NOON, "embargo_until": LATER}, NOON, False),
        ({"expires_at": NOON}, NOON - A_MOMENT, True),
        ({"expires_at": NOON}, NOON, False),
        ({"embargo_until": LATER, "expires_at": NOON}, LATER, False),
        ({"published_at": "2025-06-01T14:00:00+02:00"}, NOON, True),
    ],
)
def test_what_may_be_seen_when(fields, at, public):
    assert is_public(page(**fields), at) is public


def test_an_image_may_not_be_seen_when_its_rights_have_ended():
    image = {"key": "asset:a", "locale": "en", "title": "A"}
    for ends in ({"rights_expire": NOON}, {"rights_expire": NOON, "expires_at": LATER}, {"expires_at": NOON}):
        asset = Asset.model_validate({**image, **ends})
        assert is_public(asset, NOON - A_MOMENT)
        assert not is_public(asset, NOON)
        assert next_turn(asset, NOON - A_MOMENT) == NOON


MOMENTS = st.none() | st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours))
STATUSES = st.sampled_from(["published", "draft", "withdrawn"])


@given(MOMENTS, MOMENTS, MOMENTS, STATUSES, st.integers(-4, 4), st.integers(0, 8))
def test_nothing_turns_between_two_turns(published, embargo, expires, status, begin, hours):
    record = page(published_at=published, embargo_until=embargo, expires_at=expires, status=status)
    now = NOON + timedelta(hours=begin)
    then = now + timedelta(hours=hours)
    turn = next_turn(record, now)
    assert turn is None or turn > now
    if turn is None or then < turn:
        assert is_public(record, then) == is_public(record, now)


def test_references_are_found_with_their_places_wherever_they_stand():
    record = page(
        parent="b",
        image="coat",
        topics=["t"],
        tags=["page:not-this"],
        summary="asset:nor-this",
        blocks=[
            {"type": "statistics", "items": ["s", {"figure": 1, "statement": "x", "citation": "report:r"}]},
            {"type": "quote", "text": "q", "person": "p"},
            {"type": "teasers", "items": [{"link": "species:x", "image": "i"}]},
            {"type": "related", "items": ["article:y"]},
        ],
    )
    found = {path: key for path, _, key in references(record)}
    assert found == {
        ("parent",): "page:b",
        ("image",): "asset:coat",
        ("topics", 0): "topic:t",
        ("blocks", 0, "items", 0): "statistic:s",
        ("blocks", 0, "items", 1, "citation", "report"): "report:r",
        ("blocks", 1, "person"): "person:p",
        ("blocks", 2, "items", 0, "link"): "species:x",
        ("blocks", 2, "items", 0, "image"): "asset:i",
        ("blocks", 3, "items", 0): "article:y",
    }


def test_only_parents_and_broader_topics_make_a_hierarchy():
    upwards = [
        (name, path)
        for name in plugins.names("kinds")
        for path, field in plugins.find("kinds", name).model_fields.items()
        if any(getattr(mark, "hierarchical", False) for mark in _marks(field.annotation))
    ]
    assert upwards == [("page", "parent"), ("topic", "broader")]
    record = Topic(key="topic:a", locale="en", title="A", broader="topic:b")
    assert [mark.hierarchical for _, mark, _ in references(record)] == [True]


def _marks(annotation):
    yield from getattr(annotation, "__metadata__", ())
    for inner in getattr(annotation, "__args__", ()):
        yield from _marks(inner)


def test_references_of_a_report():
    report = Report.model_validate(
        {
            "key": "report:a",
            "locale": "en",
            "title": "A",
            "authors": [{"person": "p"}, {"organisation": "o"}, {"name": "N"}],
            "publisher": "o",
            "issued": 2016,
            "related": ["b"],
            "statistics": ["s"],
        }
    )
    assert [key for _, _, key in references(report)] == [
        "person:p",
        "organisation:o",
        "organisation:o",
        "report:b",
        "statistic:s",
    ]
