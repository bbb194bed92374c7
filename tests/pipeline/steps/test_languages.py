"""Dates in words."""

import pytest

from pipeline.steps.languages import date_in_words


@pytest.mark.parametrize(
    ("tag", "written", "words"),
    [
        ("en", "2016-10-21", "October 21, 2016"),
        ("en-GB", "2016-10-21", "21 October 2016"),
        ("fr", "2016-10-21", "21 octobre 2016"),
        ("de", "2016-10", "Oktober 2016"),
        ("pt-BR", "2016", "2016"),
        ("zh-Hant", "2016-10-21", "2016年10月21日"),
        ("tlh", "2016-10", "October 2016"),
    ],
)
def test_date_in_words(tag, written, words):
    assert date_in_words(written, tag) == words


@pytest.mark.parametrize(
    "written", ["", "2016-02-30", "2016-13", "16", "2016-1-1", "2016-10-21-1", "soon", "20١6"]
)
def test_what_is_no_date(written):
    with pytest.raises(ValueError, match=r".+"):
        date_in_words(written, "en")
