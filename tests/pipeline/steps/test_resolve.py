"""Resolve: one edit reaches every record that uses it."""

import pytest

from pipeline.steps.markdown import Markdown
from pipeline.steps.resolve import Resolve


@pytest.fixture
def project(bench, record):
    bench.others = [
        record("organisation:traffic", name="TRAFFIC International", acronym="TRAFFIC", place="Cambridge"),
        record(
            "person:compton", given="James", family="Compton", role="Director", orcid="0000-0002-1825-0097"
        ),
        record(
            "report:ounce",
            title="An Ounce of Prevention",
            authors=[{"organisation": "organisation:traffic"}],
            isbn=["978-1-85850-409-4"],
            url="https://example.org/ounce",
            abstract="Snow Leopards: [[statistic:wild]] are left.",
            image="asset:cover",
        ),
        record(
            "statistic:wild", figure=4000, qualifier="approximately", unit="cats", citation="report:ounce"
        ),
        record("statistic:few", figure=70, qualifier="only"),
    ]
    return bench


CITATION = (
    "TRAFFIC International (2016). An Ounce of Prevention. TRAFFIC International, Cambridge. "
    "ISBN 978-1-85850-409-4."
)


def html_article(record, text, **fields):
    return record("article:a", body={"format": "html", "text": text}, **fields)


def test_a_statistic_by_its_key_becomes_the_whole_claim(project, record):
    block = {"type": "statistics", "items": ["statistic:wild"]}
    page = project.run(Resolve, record("page:a", blocks=[block]))
    (quoted,) = page.blocks[0].items
    assert (quoted.statistic, quoted.display) == ("statistic:wild", "approximately 4,000")
    assert (quoted.unit, quoted.statement) == ("cats", "cats remain")
    assert (quoted.citation.text, quoted.citation.url) == (CITATION, "https://example.org/ounce")
    assert type(page).model_validate(page.model_dump()) == page


def test_one_edit_reaches_all_who_quote(project, record):
    project.others.append(record("statistic:wild", figure=3500))
    article = html_article(record, "<p>[[statistic:wild]]</p>", statistics=["statistic:wild"])
    made = project.run(Resolve, article)
    assert made.statistics[0].display == "3,500"
    assert made.body.text == "<p>3,500</p>"


def test_a_statistic_written_in_place_gets_its_words(project, record):
    item = {"figure": "221–450", "statement": "are killed"}
    made = project.run(Resolve, record("report:b", statistics=[item], locale="fr"))
    assert made.statistics[0].display == "221–450"


def test_written_words_of_a_figure_stay(project, record):
    item = {"figure": 4000, "statement": "are left", "display": "some 4,000"}
    assert project.run(Resolve, record("report:b", statistics=[item])).statistics[0].display == "some 4,000"


def test_figures_follow_the_language_of_the_record(project, record):
    article = html_article(record, "<p>[[statistic:wild]], [[date:2016-10-21]]</p>", locale="fr")
    made = project.run(Resolve, article)
    assert made.body.text == "<p>environ 4\u202f000, 21 octobre 2016</p>"


def test_a_language_without_words_is_a_warning(project, record):
    made = project.run(Resolve, html_article(record, "<p>[[statistic:few]]</p>", locale="sv"))
    assert made.body.text == "<p>only 70</p>"
    (problem,) = project.problems
    assert (problem.code, problem.severity, problem.path) == ("statistic.no_words", "warning", ("body",))
    assert "'sv'" in problem.message


def test_marks_in_prose_and_in_plain_texts(project, record):
    text = "[[statistic:few]] left [[cite:report:ounce]] on [[date:2016-10]]"
    page = record(
        "page:a",
        summary=text,
        blocks=[
            {"type": "hero", "heading": text, "text": text},
            {"type": "key_message", "text": text},
            {"type": "text", "text": text},
            {"type": "teasers", "items": [{"title": "t", "text": text}]},
        ],
    )
    (page,) = project.stream(Markdown, page)
    made = project.run(Resolve, page)
    words = "only 70 left (TRAFFIC, 2016) on October 2016"
    hero, message, prose, teasers = made.blocks
    assert [made.summary, hero.heading, hero.text, message.text, teasers.items[0].text] == [words] * 5
    link = '<a href="report:ounce" rel="noopener noreferrer">(TRAFFIC, 2016)</a>'
    assert prose.text.text == f"<p>only 70 left {link} on October 2016</p>\n"
    assert project.codes == []


def test_marks_in_code_and_attributes_stand(project, record):
    html = '<p title="[[statistic:few]]"><code>[[statistic:few]]</code></p>'
    assert project.run(Resolve, html_article(record, html)).body.text == html


def test_words_from_records_are_escaped_in_html_only(project, record):
    project.others.append(record("report:odd", authors=[{"name": "<b>A & B"}]))
    made = project.run(
        Resolve, html_article(record, "<p>[[cite:report:odd]]</p>", summary="[[cite:report:odd]]")
    )
    assert "(&lt;b&gt;A &amp; B, 2016)" in made.body.text
    assert made.summary == "(<b>A & B, 2016)"


@pytest.mark.parametrize(
    ("mark", "code", "severity", "hint"),
    [
        ("[[statistic:wilt]]", "statistic.dangling", "error", "did you mean 'statistic:wild'?"),
        ("[[statistic:<b>]]", None, None, None),
        ("[[statistic:]]", "statistic.dangling", "error", "write [[statistic:NAME]]"),
        ("[[cite:report:ounces]]", "citation.dangling", "error", "did you mean 'report:ounce'?"),
        ("[[cite:person:compton]]", "citation.dangling", "error", "write [[cite:report:NAME]]"),
        ("[[date:2016-02-30]]", "date.invalid", "error", "[[date:2016-10-21]]"),
        ("[[statistics:wild]]", "mark.unknown", "warning", "did you mean 'statistic'?"),
        ("[[Panthera uncia]]", None, None, None),
        ("[[https://example.org]]", None, None, None),
    ],
)
def test_marks_that_cannot_be_resolved_stay(project, record, mark, code, severity, hint):
    made = project.run(Resolve, html_article(record, f"<p>{mark}</p>"))
    assert made.body.text == f"<p>{mark}</p>"
    assert project.codes == ([code] if code else [])
    for problem in project.problems:
        assert (problem.severity, problem.path) == (severity, ("body",))
        assert hint in problem.hint


def test_contributors_get_their_names(project, record):
    report = record(
        "report:b",
        authors=[
            {"person": "person:compton", "given": "Jim"},
            {"organisation": "organisation:traffic"},
            {"person": "person:nobody"},
        ],
    )
    first, second, third = project.run(Resolve, report).authors
    assert (first.given, first.family, first.orcid) == ("Jim", "Compton", "0000-0002-1825-0097")
    assert second.name == "TRAFFIC International"
    assert third.display == "nobody"


def test_reports_get_a_citation_unless_they_have_one(project, record):
    ounce = project.others[2]
    assert project.run(Resolve, ounce).citation == CITATION
    assert project.run(Resolve, record("report:b", citation="Mine")).citation == "Mine"


def test_citations_prefer_the_doi_and_keep_written_words(project, record):
    project.others.append(record("report:doi", doi="10.1234/abc", url="https://example.org/x"))
    cited = {"report": "report:doi", "text": "Mine"}
    made = project.run(Resolve, record("statistic:a", citation=cited))
    assert (made.citation.text, made.citation.url) == ("Mine", "https://doi.org/10.1234/abc")


def test_quotes_get_name_and_role(project, record):
    page = record("page:a", blocks=[{"type": "quote", "text": "q", "person": "person:compton"}])
    quote = project.run(Resolve, page).blocks[0]
    assert (quote.name, quote.role) == ("James Compton", "Director")


def test_teasers_and_related_get_titles_texts_and_images(project, record):
    page = record(
        "page:a",
        blocks=[
            {
                "type": "teasers",
                "items": [{"link": "report:ounce", "title": "Mine"}, {"link": "report:none"}],
            },
            {"type": "related", "items": ["report:ounce", "report:none"]},
        ],
    )
    teasers, related = project.run(Resolve, page).blocks
    mine, none = teasers.items
    assert (mine.title, mine.text) == ("Mine", "Snow Leopards: approximately 4,000 are left.")
    assert mine.image == "asset:cover"
    assert none.title is None
    (teaser,) = related.teasers
    assert (teaser.title, teaser.link) == ("An Ounce of Prevention", "report:ounce")


def test_twice_is_once(project, record):
    page = record(
        "page:a",
        blocks=[
            {"type": "statistics", "items": ["statistic:wild"]},
            {"type": "related", "items": ["report:ounce"]},
            {"type": "key_message", "text": "[[statistic:few]]"},
        ],
    )
    once = project.run(Resolve, page)
    assert project.run(Resolve, once) == once
