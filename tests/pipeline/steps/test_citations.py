"""Suggested and short citations."""

import pytest

from pipeline.steps.citations import authors, short_citation, suggested_citation


def person(given, family, role="author"):
    return {"given": given, "family": family, "role": role}


def test_everything_a_report_says(record):
    report = record(
        "report:ounce",
        title="An Ounce of Prevention",
        subtitle="Snow Leopard Crime Revisited",
        authors=[person("Kristin", "Nowell"), person("Jean-Paul É.", "Li"), {"name": "TRAFFIC"}],
        isbn=["978-1-85850-409-4"],
        doi="10.1234/abc",
        edition="2nd edition",
        series={"title": "Species in Danger", "number": "4"},
    )
    publisher = record("organisation:traffic", name="TRAFFIC", place="Cambridge")
    assert suggested_citation(report, publisher) == (
        "Nowell, K., Li, J.-P.É., TRAFFIC (2016). An Ounce of Prevention: Snow Leopard Crime Revisited "
        "(2nd edition). Species in Danger 4. TRAFFIC, Cambridge. ISBN 978-1-85850-409-4. "
        "https://doi.org/10.1234/abc"
    )


def test_little_is_enough(record):
    report = record("report:a", title="Who buys?", authors=[{"family": "Stoner"}], issued="2012")
    assert suggested_citation(report) == "Stoner (2012). Who buys?"


@pytest.mark.parametrize(
    ("people", "names"),
    [
        ([person("A", "B", "editor"), person("C", "D", "translator")], "B, A. (Ed.) (2016)."),
        ([person("A", "B", "editor"), person("C", "D", "editor")], "B, A., D, C. (Eds.) (2016)."),
        ([person("A", "B", "editor"), person("C", "D")], "D, C. (2016)."),
        ([person("C", "D", "translator")], "D, C. (2016)."),
    ],
)
def test_who_stands_for_a_work(record, people, names):
    report = record("report:a", authors=people)
    assert suggested_citation(report).startswith(names)
    assert authors(report)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["TRAFFIC"], "(TRAFFIC, 2016)"),
        (["Nowell", "Li"], "(Nowell & Li, 2016)"),
        (["Nowell", "Li", "Paltsyn"], "(Nowell et al., 2016)"),
        ([], "(A title, 2016)"),
    ],
)
def test_short_citation(record, names, words):
    assert short_citation(names, record("report:a")) == words
