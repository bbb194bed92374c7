"""Credits: whose an image is, and what it shows."""

import pytest

from pipeline.steps.credits import Credits
from schemas.site import Site

GOOD = {"credit": "© Lynn Stone / WWF", "licence": "CC-BY-4.0", "alt": "A leopard"}


def test_a_good_asset_is_left_alone(bench, record):
    asset = record("asset:a", **GOOD)
    assert bench.run(Credits, asset) is asset
    assert bench.codes == []


@pytest.mark.parametrize(
    ("fields", "credit"),
    [
        ({"photographer": "Lynn Stone", "agency": "WWF"}, "© Lynn Stone / WWF"),
        ({"agency": "WWF"}, "© WWF"),
    ],
)
def test_the_credit_is_made_of_photographer_and_agency(bench, record, fields, credit):
    assert bench.run(Credits, record("asset:a", **{**GOOD, "credit": None}, **fields)).credit == credit
    assert bench.codes == []


@pytest.mark.parametrize(
    ("without", "code", "severity"),
    [
        ("credit", "asset.no_credit", "error"),
        ("licence", "asset.no_licence", "warning"),
        ("alt", "asset.no_alt", "warning"),
    ],
)
def test_what_is_missing(bench, record, without, code, severity):
    fields = {name: value for name, value in GOOD.items() if name != without}
    bench.run(Credits, record("asset:a", **fields))
    (problem,) = bench.problems
    assert (problem.code, problem.severity, problem.path) == (code, severity, (without,))
    assert "asset:a" in problem.message


def test_words_are_needed_in_each_language_of_the_site(bench, record):
    bench.site = Site(title="S", url="https://example.org", languages=("en", "fr", "de"))
    bench.run(Credits, record("asset:a", **{**GOOD, "alt": {"en": "A leopard", "fr": " "}}))
    (problem,) = bench.problems
    assert problem.message.endswith("fr, de")
    bench.run(Credits, record("asset:a", **{**GOOD, "alt": {}}, decorative=True))
    assert len(bench.problems) == 1


def test_files_that_are_not_seen_need_none(bench, record):
    bench.run(Credits, record("asset:a", media_type="application/pdf"))
    assert bench.codes == []


def test_images_in_the_text_that_are_no_assets(bench, record):
    image = '<img alt="x" src="https://x.org/a?b&amp;c"><img src="asset:cub" alt="">'
    page = record("page:a", blocks=[{"type": "text", "text": {"format": "html", "text": image * 2}}])
    assert bench.run(Credits, page) is page
    (problem,) = bench.problems
    assert (problem.code, problem.severity, problem.path) == (
        "image.not_an_asset",
        "warning",
        ("blocks", 0, "text"),
    )
    assert "https://x.org/a?b&c" in problem.message
