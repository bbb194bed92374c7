"""Rebuilding nested models, and records without what may not be shown."""

from datetime import UTC, datetime

from pydantic import Field

from schemas.base import Model, RichText
from schemas.page import Page
from schemas.report import Report
from schemas.statistic import Quoted
from schemas.walk import find, replace, without


class Leaf(Model):
    word: str
    children: tuple["Leaf", ...] = ()
    text: RichText | None = None


class Tree(Model):
    by_language: dict[str, RichText] = Field({})
    leaves: list[Leaf] = Field([])
    plain: str = ""


def shout(rich: RichText, path: object) -> RichText:
    return rich.model_copy(update={"text": rich.text.upper()})


def test_replace_reaches_dictionaries_lists_and_models_inside_themselves():
    inner = Leaf(word="b", text=RichText(text="deep"))
    tree = Tree(
        by_language={"en": RichText(text="one")}, leaves=[Leaf(word="a", children=(inner,))], plain="p"
    )
    now = replace(tree, RichText, shout)
    assert now.by_language["en"].text == "ONE"
    assert now.leaves[0].children[0].text == RichText(text="DEEP")
    assert tree.by_language["en"].text == "one"
    assert now.plain == "p"


def test_what_does_not_change_is_the_same_object():
    page = Page.model_validate(
        {
            "key": "page:a",
            "locale": "en",
            "title": "A",
            "blocks": [{"type": "text", "text": "x"}, {"type": "key_message", "text": "y"}],
        }
    )
    assert replace(page, RichText, lambda rich, path: rich) is page
    now = replace(page, RichText, shout)
    assert now.blocks[0] is not page.blocks[0]
    assert now.blocks[1] is page.blocks[1]


def test_paths_and_keys_in_place_of_models():
    page = Page.model_validate(
        {
            "key": "page:a",
            "locale": "en",
            "title": "A",
            "tags": ["statistic:not-this"],
            "blocks": [
                {
                    "type": "statistics",
                    "heading": "statistic:nor-this",
                    "items": ["statistic:x", {"figure": 3, "statement": "cats"}],
                }
            ],
        }
    )
    seen = []
    replace(page, Quoted, lambda value, path: seen.append((path, type(value))) or value, keys=True)
    assert seen == [(("blocks", 0, "items", 0), str), (("blocks", 0, "items", 1), Quoted)]
    assert [path for path, _ in find(page, Quoted)] == [("blocks", 0, "items", 1)]


def hidden(key: str) -> bool:
    return key.endswith("secret")


def test_without_leaves_out_hidden_references_and_what_needs_them():
    page = Page.model_validate(
        {
            "key": "page:a",
            "locale": "en",
            "title": "A",
            "published_at": datetime(2024, 1, 1, tzinfo=UTC),
            "parent": "page:secret",
            "species": ["species:secret", "species:seen"],
            "blocks": [
                {"type": "quote", "text": "q", "person": "person:secret"},
                {"type": "quote", "text": "q", "person": "person:secret", "name": "Somebody"},
                {"type": "statistics", "items": ["statistic:secret"]},
                {"type": "teasers", "items": [{"link": "report:secret"}, {"link": "report:seen"}]},
                {"type": "image", "image": "asset:secret"},
                {"type": "related", "items": ["report:secret", "report:seen"]},
            ],
        }
    )
    left = without(page, hidden)
    assert left is not None
    assert left.parent is None
    assert left.species == ("species:seen",)
    assert [block.type for block in left.blocks] == ["quote", "teasers", "related"]
    assert left.blocks[0].person is None
    assert [item.link for item in left.blocks[1].items] == ["report:seen"]
    assert left.blocks[2].items == ("report:seen",)
    assert without(left, hidden) is left


def test_a_record_that_cannot_do_without_is_none():
    report = Report.model_validate(
        {
            "key": "report:a",
            "locale": "en",
            "title": "A",
            "authors": [{"person": "person:secret"}],
            "publisher": "organisation:seen",
            "issued": "2016",
        }
    )
    assert without(report, hidden) is None
    assert without(report, lambda key: False) is report
    assert without(report, lambda key: key.startswith("organisation:")) is None
