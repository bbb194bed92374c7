"""Species are linked once a record, in words only."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.steps.link_species import LinkSpecies
from pipeline.steps.markdown import Markdown
from pipeline.steps.sanitise import Sanitise
from schemas.article import Article
from schemas.species import Species

REL = ' rel="noopener noreferrer"'
NAMES = [
    ("leopard", "Panthera pardus", {"en": ["Leopard"], "fr": ["Léopard", "Panthère"]}),
    ("amur", "Panthera pardus orientalis", {"en": ["Amur Leopard"]}),
    ("snow", "Panthera uncia", {"en": ["Snow Leopard", "Ounce"], "fr": ["Léopard des neiges"]}),
    ("temminck", "Catopuma temminckii", {"en": ["Temminck's cat"]}),
    ("clouded", "Neofelis nebulosa", {"en": ["Clouded Leopard"]}),
    ("sunda", "Neofelis diardi", {"en": ["Clouded Leopard"]}),
]


@pytest.fixture(scope="module")
def species():
    return [
        Species(key=f"species:{key}", locale="en", title=key, scientific_name=name, common_names=common)
        for key, name, common in NAMES
    ]


@pytest.fixture
def cats(bench, species):
    bench.others = list(species)
    return bench


def link(key, words):
    return f'<a href="species:{key}"{REL}>{words}</a>'


@pytest.mark.parametrize(
    ("locale", "text", "linked"),
    [
        ("en", "The leopard.", f"The {link('leopard', 'leopard')}."),
        (
            "en",
            "Snow Leopards and LEOPARDS",
            f"{link('snow', 'Snow Leopards')} and {link('leopard', 'LEOPARDS')}",
        ),
        ("en", "Amur\n leopard's", link("amur", "Amur\n leopard") + "'s"),
        ("en", "Panthera uncia", f"<em>{link('snow', 'Panthera uncia')}</em>"),
        ("en", "<em>Panthera uncia</em>", f"<em>{link('snow', 'Panthera uncia')}</em>"),
        (
            "en",
            "Snow Leopard Panthera uncia Panthera uncia",
            f"{link('snow', 'Snow Leopard')} <em>Panthera uncia</em> <em>Panthera uncia</em>",
        ),
        ("en", "Panthera pardus orientalis", f"<em>{link('amur', 'Panthera pardus orientalis')}</em>"),
        ("en", "Temminck’s cats", link("temminck", "Temminck’s cats")),
        ("en", "Leopardess leopard-skin subleopard", "Leopardess leopard-skin subleopard"),
        ("en", "Léopard", "Léopard"),
        (
            "fr",
            "Léopard des neiges, léopards",
            f"{link('snow', 'Léopard des neiges')}, {link('leopard', 'léopards')}",
        ),
        ("fr-CA", "panthère", link("leopard", "panthère")),
        ("en", "a Clouded Leopard", "a Clouded Leopard"),
        ("en", "<h2>Leopard</h2><code>leopard</code>", "<h2>Leopard</h2><code>leopard</code>"),
        ("en", '<a href="x">leopard <em>x</em></a>', '<a href="x">leopard <em>x</em></a>'),
        ("en", '<img alt="leopard" title="leopard">', '<img alt="leopard" title="leopard">'),
        ("en", "ſnow leopard", "ſnow leopard"),
        ("en", "<p>النمر leopard 🐆</p>", f"<p>النمر {link('leopard', 'leopard')} 🐆</p>"),
    ],
)
def test_names_in_texts(cats, locale, text, linked):
    assert cats.html(LinkSpecies, text, locale) == linked


def test_each_species_once_a_record(cats, record):
    text = {"format": "html", "text": "leopard"}
    page = record("page:a", blocks=[{"type": "text", "text": text}, {"type": "text", "text": text}])
    first, second = cats.run(LinkSpecies, page).blocks
    assert first.text.text == link("leopard", "leopard")
    assert second.text.text == "leopard"


def test_a_link_that_is_written_counts(cats):
    html = 'leopard and <a href="species:leopard">leopard</a>'
    assert cats.html(LinkSpecies, html) == html


def test_not_on_its_own_page(cats, species):
    body = {"format": "html", "text": "Leopard, Panthera pardus and Snow Leopard"}
    own = type(species[0]).model_validate({**species[0].model_dump(), "body": body})
    assert cats.run(LinkSpecies, own).body.text == (
        f"Leopard, <em>Panthera pardus</em> and {link('snow', 'Snow Leopard')}"
    )


def test_without_species_nothing_changes(bench, record):
    article = record("article:a", body={"format": "html", "text": "leopard"})
    assert bench.run(LinkSpecies, article) is article


PARTS = [
    "leopard",
    "Snow Leopard",
    "Panthera uncia",
    "ounces",
    " ",
    "\n\n",
    "*",
    "**",
    "_",
    "`",
    "# ",
    "> ",
    "- ",
]
PARTS += [
    "[",
    "](page:a)",
    "<p>",
    "</div>",
    "<b>",
    "<h2>",
    "|",
    "&",
    "<a href='x'>",
    "![",
    "<code>",
    "🐆",
    "\u202e",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=25).map("".join))
def test_html_stays_well_formed_and_twice_is_once(new_bench, species, reader, text):
    def through(step, prose):
        bench = new_bench()
        bench.others = list(species)
        return bench.run(step, prose)

    article = Article(key="article:a", locale="en", title="A", body=text)
    clean = through(Sanitise, through(Markdown, article))
    made = through(LinkSpecies, clean)
    assert reader(made.body.text).balanced
    assert through(LinkSpecies, made) == made
    assert through(Sanitise, made) == made
    words = [re.sub(r"<[^>]*>", "", one.body.text) for one in (clean, made)]
    assert words[0] == words[1]
