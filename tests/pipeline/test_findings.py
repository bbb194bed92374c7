"""What is wrong is told once, in the order of its places, however much it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import spool
from pipeline.findings import Findings
from schemas.problems import Origin, Problem

problems = st.builds(
    Problem,
    code=st.sampled_from(("a.one", "a.two")),
    message=st.sampled_from(("It is wrong", "It is odd")),
    severity=st.sampled_from(("error", "warning", "info")),
    origin=st.none() | st.builds(Origin, path=st.sampled_from("ab"), line=st.none() | st.integers(1, 3)),
    key=st.none() | st.just("page:x"),
    locale=st.none() | st.sampled_from(("en", "fr")),
)


@given(st.lists(problems, max_size=12), st.sampled_from((0, 3, 100)))
def test_many_are_told_as_few_are(tmp_path_factory, given_, kept):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "KEPT", kept)
        findings = Findings(tmp_path_factory.getbasetemp())
        for problem in given_:
            findings.add(problem)
        found = findings.problems
    once = {(one.code, one.message, str(one.origin)): one for one in reversed(given_)}
    assert sorted(map(repr, found)) == sorted(map(repr, once.values()))
    places = [(one.origin.path, one.origin.line or 0) if one.origin else ("", 0) for one in found]
    assert places == sorted(places)
    about = [one for one in found if one.ident == "page:x@fr"]
    assert findings.about(["page:x@fr"]) == about
    held = {one.ident for one in given_ if one.severity == "error" and one.locale and one.key}
    assert findings.held.keys() == held
