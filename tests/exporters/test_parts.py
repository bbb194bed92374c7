from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.common.links import Links
from exporters.common.parts import (
    _quoted,
    attachments_of,
    author,
    banner_url,
    citations_of,
    cleaned,
    image_url,
    media,
    plain_text,
    published,
    rfc822,
    rfc3339,
    rights_of,
    statistic,
    statistics_of,
    tags_of,
    title_of,
    web_address,
)
from schemas.agents import Contributor
from schemas.site import Site
from schemas.topic import Topic


@pytest.fixture
def links(records, context):
    def place(asset):
        return f"https://media.example.org/{asset.key}" if asset.path else None

    return Links(context.site, records, "en", place)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_written_as_utf_8(text):
    plain = plain_text(text)

    assert plain.encode().decode() == plain == plain_text(plain)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (" a\x00b\x1b\x7f\x9f\ufffe\uffff ", "ab"),
        ("a\ud800b", "a\ufffdb"),
        ("a\tb\nc", "a\tb\nc"),
        ("\u202e🐆", "\u202e🐆"),
    ],
)
def test_what_plain_text_leaves_out(text, plain):
    assert plain_text(text) == plain
    assert cleaned({"a": [text, 1, None, {"b": text}]}) == {"a": [plain, 1, None, {"b": plain}]}


@pytest.mark.parametrize(
    ("address", "web"),
    [
        ("https://example.org/a?b=c&d#e", "https://example.org/a?b=c&d#e"),
        ("https://example.org/a%20b", "https://example.org/a%20b"),
        ('https://example.org/é "<\ud800', "https://example.org/%C3%A9%20%22%3C%EF%BF%BD"),
        ("https://example.org/[a]?b=[c]#d#e", "https://example.org/%5Ba%5D?b=%5Bc%5D#d%23e"),
        ("http://[::1]:80/100%25/50%", "http://[::1]:80/100%25/50%25"),
        ("https://бел.example/é", "https://%D0%B1%D0%B5%D0%BB.example/%C3%A9"),
        ("HTTPS://example.org", "https://example.org"),
        ("javascript:alert(1)", None),
        ("mailto:a@example.org", None),
        ("/relative", None),
        ("https://", None),
        ("https://[bad", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses_of_the_web(address, web):
    assert web_address(address) == web


@given(
    st.text("httpsa.bZ09-_~=?/#:@%&;[] é", max_size=12),
    st.sampled_from(["http://", "https://", "HTTP://", ""]),
)
def test_usual_addresses_are_told_at_once_and_are_as_they_have_to_be(rest, scheme):
    assert web_address(scheme + rest) == _quoted(scheme + rest)


def test_a_title_can_always_be_read(make):
    assert title_of(make.article(title="\x00")) == "article:2024/amur-count"


@pytest.mark.parametrize(
    ("at", "as_3339", "as_822"),
    [
        (datetime(2024, 5, 1, 9, tzinfo=UTC), "2024-05-01T09:00:00Z", "Wed, 01 May 2024 09:00:00 +0000"),
        (
            datetime(2024, 5, 1, 9, 0, 0, 5, timezone(timedelta(hours=-9, minutes=-30))),
            "2024-05-01T09:00:00.000005-09:30",
            "Wed, 01 May 2024 09:00:00 -0930",
        ),
        (datetime(99, 1, 1, tzinfo=UTC), "0099-01-01T00:00:00Z", "Thu, 01 Jan 0099 00:00:00 +0000"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(seconds=75))), None, None),
        (None, None, None),
    ],
)
def test_instants(at, as_3339, as_822):
    assert (rfc3339(at), rfc822(rfc3339(at))) == (as_3339, as_822)


@pytest.mark.parametrize(
    ("issued", "instant"),
    [
        ("2016", "2016-01-01T00:00:00Z"),
        ("2016-06", "2016-06-01T00:00:00+01:00"),
        ("1800-02-03", "1800-02-03T00:01:15Z"),
    ],
)
def test_a_report_appeared_when_it_was_issued(make, links, issued, instant):
    london = Links(
        Site(title="x", url="https://example.org", timezone="Europe/London"), links.lookup, "en", str
    )

    assert rfc3339(published(make.report(issued=issued), london)) == instant


def test_what_was_written_of_the_day_of_publication_comes_first(make, links):
    record = make.report(embargo_until="2017-01-01")
    assert published(record, links) == datetime(2017, 1, 1, tzinfo=UTC)
    assert published(make.report(published_at="2018-01-01"), links) == datetime(2018, 1, 1, tzinfo=UTC)
    assert published(make.page(), links) is None


def test_images_of_a_page(make, links):
    page = make.page()
    assert image_url(page, links) == banner_url(page, links) == "https://media.example.org/asset:amur"
    assert banner_url(make.article(), links) is None
    assert image_url(make.article(image="asset:hidden"), links) is None


def test_an_image_brings_its_credit(make, links):
    assert media(make.asset(), links) == {
        "url": "https://media.example.org/asset:amur",
        "mime_type": "image/jpeg",
        "size_in_bytes": None,
        "width": 1600,
        "height": 900,
        "alt": "An Amur Leopard in snow",
        "credit": "© Lynn M. Stone / WWF",
    }
    assert media(make.asset(decorative=True), links)["alt"] == ""


def test_topics_are_tags(make, context):
    topic = Topic(key="topic:crime", locale="en", title="Crime")
    links = Links(context.site, make.records(topic), "en", str)
    record = make.article(tags=["a", "Crime", "a"], topics=["crime", "hidden"])

    assert tags_of(record, links) == ["a", "Crime"]
    assert tags_of(make.article(tags=["a"], topics=["crime"]), links) == ["a", "Crime"]


def test_rights_in_one_line(make):
    assert rights_of(make.article()) is None
    assert rights_of(make.article(rights={"holder": "WTS", "licence": "CC-BY-4.0"})) == "WTS, CC-BY-4.0"
    assert rights_of(make.article(rights={"holder": "WTS", "statement": "Ask us"})) == "Ask us"
    assert rights_of(make.report(licence="CC0-1.0")) == "CC0-1.0"


def test_only_files_on_the_web_are_attachments(make, links):
    files = [{"file": "a.pdf"}, {"url": "mailto:a@example.org"}, {"url": "/b"}]
    (one,) = attachments_of(make.report(files=files), links)

    assert (one["url"], one["mime_type"]) == ("https://example.org/b", "application/octet-stream")
    assert attachments_of(make.article(), links) == []


def test_an_author_is_known_by_an_identifier(links):
    known = Contributor(person="person:compton", family="Compton", orcid="0000-0002-1825-0097")

    assert author(known, links)["url"] == "https://orcid.org/0000-0002-1825-0097"
    assert author(Contributor(name="A & B"), links) == {"name": "A & B", "url": None}


def test_works_are_named_once_and_their_addresses_are_absolute(make, links):
    cited = {"figure": 1, "statement": "x", "citation": {"report": "report:ounce", "pages": "3"}}
    other = {"figure": 2, "statement": "y", "citation": {"text": "Elsewhere", "url": "/elsewhere"}}
    record = make.article(statistics=[cited, other, cited], reports=["ounce", "hidden"])

    ounce = "https://reports.example.org/ounce"
    assert citations_of(record, links) == [
        {"report": "report:ounce", "text": None, "url": ounce},
        {"report": None, "text": "Elsewhere", "url": "https://example.org/elsewhere"},
    ]
    first, second, _ = (statistic(one, links)["citation"] for one in statistics_of(record))
    assert (first["url"], first["pages"]) == (ounce, "3")
    assert second["url"] == "https://example.org/elsewhere"

    (alone,) = citations_of(make.article(statistics=(), reports=["ounce"]), links)
    assert alone["text"] == "Nowell, K. (2016). An Ounce of Prevention."
    assert citations_of(make.report(statistics=[cited]), links) == [], "it is no source of its own"
