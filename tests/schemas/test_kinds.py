"""Each kind: the least that is valid, a rich example, and what it refuses."""

import pytest
from pydantic import ValidationError

from schemas import canonical, plugins
from schemas.site import Site

LEAST = {
    "page": {"title": "A"},
    "article": {"title": "A"},
    "report": {"title": "A", "issued": 2016, "publisher": "o", "authors": [{"name": "N"}]},
    "species": {"scientific_name": "Panthera uncia"},
    "statistic": {"figure": "221–450", "statement": "are killed"},
    "person": {"family": "A"},
    "organisation": {"name": "A"},
    "topic": {"title": "A"},
    "asset": {"alt": {"en": "A coat"}},
}
ENVELOPE = {
    "slug": "a",
    "summary": "b",
    "status": "draft",
    "published_at": "2024-05-01",
    "updated_at": "2024-05-02T10:00:00Z",
    "embargo_until": "2024-05-01T00:00:00+02:00",
    "expires_at": "2030-01-01",
    "tags": ["c", 5],
    "rights": {"licence": "CC-BY-4.0", "holder": "d"},
    "image": "coat",
    "translations": {"fr": {"title": "E"}},
}
QUOTED = {"figure": 4000, "qualifier": "approximately", "unit": "cats", "statement": "are left"}
RICH = {
    "page": {
        "parent": "b",
        "species": ["leopard"],
        "topics": ["crime"],
        "blocks": [
            {"type": "hero", "heading": "a", "text": "b", "image": "coat"},
            {"type": "text", "text": "*a*", "lead": True},
            {"type": "text", "text": {"format": "html", "text": "<p>a</p>"}},
            {"type": "key_message", "heading": "a", "text": "b"},
            {"type": "statistics", "items": ["killed", QUOTED]},
            {"type": "quote", "text": "a", "person": "p", "role": "b"},
            {"type": "teasers", "items": [{"title": "a", "url": "/b", "label": "c"}, {"link": "report:d"}]},
            {"type": "related", "items": ["article:a"]},
            {"type": "image", "image": "coat", "caption": "a"},
        ],
    },
    "article": {
        "body": "a",
        "authors": [{"person": "p"}, {"given": "A", "family": "B", "orcid": "0000-0002-1825-0097"}],
        "genre": "opinion",
        "place": "a",
        "species": ["leopard"],
        "countries": ["IN"],
        "reports": ["r"],
        "statistics": ["killed"],
    },
    "report": {
        "subtitle": "a",
        "type": "briefing",
        "series": {"title": "a", "number": 5, "issn": "1234-567X"},
        "language": "en",
        "isbn": ["9781858504094"],
        "doi": "10.7717/peerj.1974",
        "url": "https://example.org/a",
        "pages": 60,
        "abstract": "a",
        "countries": ["IN", "CN"],
        "licence": "CC-BY-4.0",
        "files": [{"file": "a.pdf", "label": "b"}, {"url": "/a.pdf", "media_type": "application/pdf"}],
        "citation": "a",
    },
    "species": {
        "authority": "(Schreber, 1775)",
        "rank": "subspecies",
        "part_of": "leopard",
        "common_names": {"en": ["Snow Leopard", "Ounce"], "fr": ["Panthère des neiges"]},
        "iucn": {"category": "VU", "year": 2017},
        "cites": "I",
        "countries": ["NP"],
    },
    "statistic": {
        "qualifier": "at least",
        "unit": "cats",
        "place": "India",
        "period": {"start": 2001, "end": "2010-05"},
        "as_of": "2012",
        "citation": {"report": "r", "pages": "4–5"},
    },
    "person": {"given": "A", "role": "b", "organisation": "o", "orcid": "0000-0002-1825-0097", "body": "c"},
    "organisation": {"acronym": "A", "ror": "https://ror.org/05dxps055", "country": "GB", "place": "b"},
    "topic": {"broader": "b", "body": "a"},
    "asset": {
        "file": "a.png",
        "caption": "b",
        "credit": "c",
        "rights_expire": "2030-01-01",
        "focal_point": {"x": 0, "y": 1},
        "width": 3,
        "digest": "0" * 64,
    },
}


def made(kind, /, **fields):
    model = plugins.find("kinds", kind)
    return model.model_validate({"kind": kind, "key": f"{kind}:x", "locale": "en", **LEAST[kind], **fields})


def test_every_kind_has_its_examples():
    assert plugins.names("kinds") == sorted(LEAST) == sorted(RICH)


@pytest.mark.parametrize("kind", LEAST)
def test_the_least_and_the_most(kind):
    assert made(kind).title
    for record in (made(kind), made(kind, **ENVELOPE, **RICH[kind])):
        again = type(record).model_validate(canonical.load(canonical.dump(record.model_dump(mode="json"))))
        assert again == record


@pytest.mark.parametrize("kind", LEAST)
def test_unknown_and_missing_fields(kind):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        made(kind, titel="A")
    with pytest.raises(ValidationError, match="title"):
        made(kind, title="")
    with pytest.raises(ValidationError, match="at most 300"):
        made(kind, title="a" * 301)
    with pytest.raises(ValidationError, match="kind"):
        made(kind, kind="other")


TITLES = {
    "species": ({"common_names": {"en": ["Ounce"], "fr": ["Once"]}}, "Ounce"),
    "person": ({"given": "Ada", "family": "B"}, "Ada B"),
    "organisation": ({"name": "N"}, "N"),
    "statistic": ({"statement": "S"}, "S"),
    "asset": ({"caption": {"en": "C"}, "alt": "D"}, "C"),
}


@pytest.mark.parametrize("kind", TITLES)
def test_the_title_that_other_fields_give(kind):
    fields, title = TITLES[kind]
    assert made(kind, **fields).title == title
    assert made(kind, **fields, title="Own").title == "Own"


def test_a_species_without_common_names_is_called_by_its_scientific_one():
    assert made("species").title == "Panthera uncia"


REFUSED = [
    ("page", {"blocks": [{"type": "heroe"}]}, "heroe"),
    ("page", {"blocks": [{"heading": "a"}]}, "type"),
    ("page", {"blocks": [{"type": "quote", "text": "a"}]}, "`person` or the `name`"),
    ("page", {"blocks": [{"type": "quote", "text": "", "name": "b"}]}, "at least 1"),
    ("page", {"blocks": [{"type": "teasers", "items": []}]}, "at least 1"),
    ("page", {"blocks": [{"type": "teasers", "items": [{"text": "a"}]}]}, "a teaser needs a `title`"),
    ("page", {"blocks": [{"type": "teasers", "items": [{"title": "a", "url": "data:x"}]}]}, "not data:"),
    ("page", {"blocks": [{"type": "statistics", "items": []}]}, "at least 1"),
    ("page", {"blocks": [{"type": "image"}]}, "image"),
    ("page", {"blocks": [{"type": "related", "items": ["a"]}]}, "pattern"),
    ("page", {"parent": "article:a"}, "kind page"),
    ("article", {"genre": "rumour"}, "'news', 'analysis' or 'opinion'"),
    ("article", {"authors": [{"given": "A"}]}, "a contributor is"),
    ("article", {"authors": [{"name": "A", "role": "boss"}]}, "'author'"),
    ("article", {"countries": ["India"]}, "pattern"),
    ("report", {"authors": []}, "at least 1"),
    ("report", {"issued": "2016-02-30"}, "calendar"),
    ("report", {"isbn": ["1"]}, "not an ISBN"),
    ("report", {"doi": "x"}, "looks like"),
    ("report", {"files": [{"label": "a"}]}, "a `file`, a `url` or an `asset`"),
    ("report", {"files": [{"file": "a.pdf", "asset": "a"}]}, "either an `asset`"),
    ("report", {"files": [{"url": "/a", "checksum": "x"}]}, "pattern"),
    ("report", {"files": [{"url": "/a", "size": 2**60}]}, "less than or equal"),
    ("report", {"pages": 0}, "greater than or equal"),
    ("report", {"pages": 10**30}, "less than or equal"),
    ("report", {"series": {"title": "a", "issn": "x"}}, "pattern"),
    ("species", {"scientific_name": "panthera uncia"}, "pattern"),
    ("species", {"scientific_name": "<b>Panthera</b> uncia"}, "pattern"),
    ("species", {"iucn": {"category": "XX", "year": 2017}}, "'EX'"),
    ("species", {"iucn": {"category": "VU", "year": 20170}}, "less than or equal"),
    ("species", {"cites": "IV"}, "'I', 'II' or 'III'"),
    ("species", {"common_names": {"English": ["a"]}}, "pattern"),
    ("statistic", {"figure": "many"}, "90%"),
    ("statistic", {"figure": {"low": 5, "high": 4}}, "smaller first"),
    ("statistic", {"qualifier": "roughly"}, "'approximately'"),
    ("statistic", {"statement": ""}, "at least 1"),
    ("statistic", {"period": {"start": "2010", "end": "2001"}}, "before it starts"),
    ("statistic", {"citation": {"pages": "4"}}, "a citation names"),
    ("statistic", {"citation": {"url": "javascript:x"}}, "not javascript:"),
    ("person", {"family": ""}, "at least 1"),
    ("person", {"orcid": "0000-0002-1825-0098"}, "check digit"),
    ("organisation", {"ror": "https://ror.org/x"}, "pattern"),
    ("organisation", {"country": "UK "}, "pattern"),
    ("topic", {"broader": "page:a"}, "kind topic"),
    ("asset", {"focal_point": {"x": 1.5, "y": 0}}, "less than or equal"),
    ("asset", {"focal_point": {"x": "nan", "y": 0}}, "focal_point.x"),
    ("asset", {"alt": {"en_GB": "a"}}, "not a language tag"),
    ("asset", {"digest": "0" * 63}, "pattern"),
    ("asset", {"size": -1}, "greater than or equal"),
    ("asset", {"rights_expire": "2030-01-01T10:00"}, "zone"),
    ("topic", {"translations": {"en_GB": {}}}, "pattern"),
    ("topic", {"status": "published!"}, "'draft'"),
    ("topic", {"tags": "a"}, "tuple"),
    ("topic", {"image": "page:a"}, "kind asset"),
]


@pytest.mark.parametrize(("kind", "fields", "says"), REFUSED)
def test_refused(kind, fields, says):
    with pytest.raises(ValidationError) as caught:
        made(kind, **fields)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"url": "example.org"}, "pattern"),
        ({"url": "ftp://example.org"}, "pattern"),
        ({"title": ""}, "at least 1"),
        ({"languages": []}, "at least 1"),
        ({"languages": ["en", "fr", "en"]}, "en stands twice"),
        ({"timezone": "Mars"}, "IANA"),
        ({"timezone": "../../etc/passwd"}, "IANA"),
        ({"timezone": ""}, "IANA"),
        ({"paths": {"article": "news/{slug}"}}, "must begin with /"),
        ({"paths": {"article": "/news"}}, "hold {slug}"),
    ],
)
def test_a_site_refuses(fields, says):
    with pytest.raises(ValidationError) as caught:
        Site.model_validate({"title": "S", "url": "https://example.org", **fields})
    assert says in str(caught.value)


def test_addresses_of_a_site():
    site = Site(title="S", url="https://example.org/", languages=("en", "fr"), paths={"topic": "/on/{slug}"})
    assert site.url_of(made("page", slug="a")) == "https://example.org/a"
    assert site.url_of(made("article", slug="a")) == "https://example.org/articles/a"
    assert site.url_of(made("topic", slug="a")) == "https://example.org/on/a"
    assert site.url_of(made("page", slug="a", locale="fr")) == "https://example.org/fr/a"
