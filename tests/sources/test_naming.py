"""What keys are made of where several records share a file."""

from hypothesis import given
from hypothesis import strategies as st
from slugify import slugify

from sources.common.naming import own_name


@given(st.one_of(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True), st.text()))
def test_a_name_is_the_slug_of_what_is_written(text):
    assert own_name({"title": text}) == (slugify(text) or None)
    parts = [slugify(part) for part in text.rpartition(":")[2].split("/")]
    assert own_name({"key": text}) == ("/".join(filter(None, parts)) or None)
