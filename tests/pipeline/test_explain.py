"""What Pydantic finds, in plain words."""

import pytest
from pydantic import ValidationError

from pipeline.explain import explain
from schemas import plugins


def said(kind, **data):
    model = plugins.find("kinds", kind)
    data = {"key": f"{kind}:x", "locale": "en", "kind": kind, **data}
    with pytest.raises(ValidationError) as caught:
        model.model_validate(data)
    return [problem for problem, _ in explain(caught.value, model, data, "record")]


def test_unknown_field_has_a_suggestion():
    (problem,) = said("page", titel="Leopards")
    assert problem.code == "record.unknown_field"
    assert problem.message == "`titel` is not a field of page"
    assert problem.hint == "did you mean 'title'?"


def test_missing_field_is_named():
    (problem,) = said("page")
    assert (problem.code, problem.field) == ("record.missing_field", "title")
    assert problem.message == "`title` is missing"


def test_unknown_block_lists_or_suggests():
    (problem,) = said("page", title="T", blocks=[{"type": "heroe"}])
    assert problem.message == "`blocks.0` has the unknown type 'heroe'"
    assert problem.hint == "did you mean 'hero'?"


def test_field_inside_a_block_is_found_behind_its_tag():
    problems = said("page", title="T", blocks=[{"type": "quote", "text": "Hm", "nmae": "A"}])
    unknown = next(p for p in problems if p.code == "record.unknown_field")
    assert unknown.field == "blocks.0.nmae"
    assert unknown.hint == "did you mean 'name'?"


def test_naive_time_says_what_is_missing():
    (problem,) = said("article", title="T", published_at="2024-05-01T10:00")
    assert "needs its zone" in problem.message


@pytest.mark.parametrize("value", ["221 or so", True, "many"])
def test_a_figure_that_is_none_says_what_one_looks_like(value):
    (problem,) = said("statistic", statement="s", figure=value)
    assert "221–450" in problem.message


def test_status_suggests_the_nearest():
    (problem,) = said("article", title="T", status="publshed")
    assert problem.hint == "did you mean 'published'?"


def test_slug_shows_what_one_looks_like():
    (problem,) = said("article", title="T", slug="../../etc")
    assert problem.message == "`slug` cannot be '../../etc'"
    assert "snow-leopard" in problem.hint


def test_reference_of_the_wrong_kind():
    (problem,) = said("report", title="T", issued="2016", publisher="person:x", authors=[{"name": "N"}])
    assert problem.field == "publisher"
    assert "does not name a record of kind organisation" in problem.message
