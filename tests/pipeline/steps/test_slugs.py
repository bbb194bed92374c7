"""Slugs: made from titles, never taken twice."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.steps.slugs import Slugs, slug_of
from schemas.page import Page
from schemas.site import Site

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Snow Leopards", "snow-leopards"),
        ("Léopards d’Afrique", "leopards-d-afrique"),
        ("Leo\u200bpard\u202e \u2066cats\u2069\u00ad", "leopard-cats"),
        ("cafe\u0301", "cafe"),
        ("النمر", "lnmr"),
        ("../../etc/passwd\x00", "etc-passwd"),
        ("🐆🐆", "page-of-cats"),
        ("…", "page-of-cats"),
    ],
)
def test_slug_from_title(bench, record, title, slug):
    assert bench.run(Slugs, record("page:page-of.cats", title=title)).slug == slug


def test_long_titles_end_at_a_word(bench, record):
    slug = bench.run(Slugs, record("page:a", title="leopard " * 37)).slug
    assert len(slug) <= 120
    assert slug.endswith("leopard")


def test_a_written_slug_stays(bench, record):
    assert bench.run(Slugs, record("page:a", slug="written")).slug == "written"


def test_sentences_that_repeat_are_named_by_their_key(bench, record):
    made = bench.stream(Slugs, record("statistic:poaching/a"), record("statistic:poaching/b"))
    assert [one.slug for one in made] == ["poaching-a", "poaching-b"]
    assert bench.codes == []


def test_the_same_address_is_an_error_that_names_both(bench, record):
    made = bench.stream(Slugs, record("page:a", title="Cats"), record("page:b", title="Cats!"))
    assert [one.slug for one in made] == ["cats", "cats"]
    (problem,) = bench.problems
    assert (problem.code, problem.severity, problem.record.key) == ("slug.taken", "error", "page:b")
    assert "page:a" in problem.message
    assert "page:b" in problem.message


def test_other_kinds_and_languages_have_other_addresses(bench, record):
    bench.stream(
        Slugs,
        record("page:a", title="Cats"),
        record("article:a", title="Cats"),
        record("page:a", title="Cats", locale="fr"),
    )
    assert bench.codes == []


def test_kinds_that_share_a_path_share_its_addresses(bench, record):
    bench.site = Site(title="S", url="https://example.org", paths={"article": "/{slug}"})
    bench.stream(Slugs, record("page:a", title="Cats"), record("article:a", title="Cats"))
    assert bench.codes == ["slug.taken"]


@settings(deadline=None)
@given(st.text(min_size=1, max_size=300))
def test_every_title_gives_a_valid_slug(title):
    slug = slug_of(Page(key="page:a", locale="en", title=title))
    assert SLUG.fullmatch(slug)
    assert len(slug) <= 120
