"""A small project: one asset with its bytes, and records of most kinds that name each other."""

from hashlib import sha256
from types import SimpleNamespace

import orjson
import pytest

from exporters.base import ChannelContext, Desired
from schemas.agents import Organisation, Person
from schemas.article import Article
from schemas.asset import Asset
from schemas.page import Page
from schemas.report import Report
from schemas.site import Site
from schemas.species import Species
from schemas.statistic import Statistic

SITE = Site(title="Wildlife Trade Specialists", url="https://example.org", languages=("en", "fr"))
PIXELS = b"not really a photograph, but bytes"


class Records:
    """The public records of a run by key; falls back to the site's first language."""

    def __init__(self, *records):
        self.by_ident = {record.ident: record for record in records}

    def __iter__(self):
        return iter(self.by_ident.values())

    def get(self, key, locale):
        return self.by_ident.get(f"{key}@{locale}") or self.by_ident.get(f"{key}@{SITE.default_locale}")

    def but(self, *keys):
        """The same, without some: what is not public."""
        return Records(*(record for record in self if record.key not in keys))


def asset(**more):
    fields = {
        "key": "asset:amur",
        "locale": "en",
        "file": "../photos/amur.jpg",
        "path": "photos/amur.jpg",
        "digest": sha256(PIXELS).hexdigest(),
        "media_type": "image/jpeg",
        "width": 1600,
        "height": 900,
        "alt": {"en": "An Amur Leopard in snow", "fr": "Une panthère de l'Amour dans la neige"},
        "caption": {"en": "Amur Leopard"},
        "credit": "© Lynn M. Stone / WWF",
    }
    return Asset(**{**fields, **more})


def article(**more):
    fields = {
        "key": "article:2024/amur-count",
        "locale": "en",
        "title": "More Amur Leopards counted",
        "slug": "more-amur-leopards-counted",
        "summary": "A count with good news.",
        "published_at": "2024-05-01T09:00:00+01:00",
        "body": {
            "format": "html",
            "text": '<p>See <a href="page:leopards#range">leopards</a>. <img src="asset:amur" alt=""></p>',
        },
        "image": "asset:amur",
        "tags": ["counts"],
        "authors": [{"person": "person:compton", "given": "James", "family": "Compton"}],
        "species": ["species:amur"],
        "statistics": [
            {
                "statistic": "statistic:amur-left",
                "figure": 70,
                "statement": "Amur Leopards remain",
                "display": "only 70",
            }
        ],
    }
    return Article(**{**fields, **more})


def page(**more):
    blocks = [
        {"type": "hero", "heading": "Leopards", "text": "Under threat", "image": "asset:amur"},
        {"type": "text", "lead": True, "text": {"format": "html", "text": "<p>All are under threat.</p>"}},
        {"type": "key_message", "text": "Skins & bones are traded"},
        {
            "type": "statistics",
            "heading": "In figures",
            "items": [
                {
                    "figure": "221–450",
                    "display": "221–450",
                    "statement": "Snow Leopards are killed each year",
                    "citation": {"report": "report:ounce", "text": "An Ounce of Prevention (2016)"},
                }
            ],
        },
        {"type": "quote", "text": "A wake-up call", "name": "James Compton", "role": "Senior Director"},
        {
            "type": "teasers",
            "heading": "Our work",
            "items": [{"title": "Crime", "text": "How", "url": "/crime", "label": "fighting wildlife crime"}],
        },
        {
            "type": "related",
            "heading": "Related reports",
            "items": ["report:ounce"],
            "teasers": [{"title": "An Ounce of Prevention", "link": "report:ounce"}],
        },
        {"type": "image", "image": "asset:amur", "caption": "In the snow"},
    ]
    fields = {
        "key": "page:leopards",
        "locale": "en",
        "title": "Leopards",
        "slug": "leopards",
        "blocks": blocks,
        "alternates": ("en", "fr"),
    }
    return Page(**{**fields, **more})


def report(**more):
    fields = {
        "key": "report:ounce",
        "locale": "en",
        "title": "An Ounce of Prevention",
        "slug": "an-ounce-of-prevention",
        "authors": [{"given": "Kristin", "family": "Nowell", "orcid": "0000-0002-1825-0097"}],
        "publisher": "organisation:specialists",
        "issued": "2016-10",
        "url": "https://reports.example.org/ounce",
        "abstract": {"format": "html", "text": "<p>Snow Leopard crime revisited.</p>"},
        "citation": "Nowell, K. (2016). An Ounce of Prevention.",
        "files": [
            {"url": "/files/ounce.pdf", "label": "Report", "media_type": "application/pdf", "size": 9},
            {"file": "../private/draft.pdf", "path": "private/draft.pdf"},
        ],
    }
    return Report(**{**fields, **more})


@pytest.fixture
def make():
    """Makers of records; every field can be said otherwise."""
    return SimpleNamespace(asset=asset, article=article, page=page, report=report, records=Records)


@pytest.fixture
def records(make):
    person = Person(key="person:compton", locale="en", family="Compton", url="https://people.example.org/jc")
    amur = Species(
        key="species:amur", locale="en", title="Amur Leopard", scientific_name="Panthera pardus orientalis"
    )
    left = Statistic(key="statistic:amur-left", locale="en", figure=70, statement="Amur Leopards remain")
    body = Organisation(key="organisation:specialists", locale="en", name="Specialists")
    french = make.page(locale="fr", title="Léopards", slug="leopards", blocks=())
    return Records(make.asset(), make.article(), make.page(), french, make.report(), person, amur, left, body)


@pytest.fixture
def context(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/amur.jpg").write_bytes(PIXELS)
    return ChannelContext("test", tmp_path, SITE)


@pytest.fixture
def desire():
    """What an exporter's channel should hold for a record."""

    def desired(exporter, record, lookup):
        fields = exporter.render(record, lookup)
        return Desired(
            key=record.key,
            locale=record.locale,
            kind=record.kind,
            title=record.title,
            fields=fields,
            digest=sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest(),
            file=getattr(record, "path", None),
        )

    return desired
