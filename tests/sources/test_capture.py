"""The capture source: one page and what it names, from the text of a web page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.plugins import find
from schemas.problems import Origin, Problem
from schemas.record import Record, references
from schemas.site import Site
from sources.base import Outcome, Raw, SourceContext
from sources.capture import CaptureSource
from sources.common.page.parts import credit_of, figure_of, lines_of, person_of
from sources.common.page.reader import PageReader

CAPTURES = Path(__file__).parent / "captures"
LYNXES = (CAPTURES / "lynxes.txt").read_text("utf-8")
PANGOLINS = (CAPTURES / "pangolins.txt").read_text("utf-8")


class Reading:
    """All that a source says about one folder."""

    def __init__(self, root: Path, **options: Any) -> None:
        site = Site(title="Cats", url="https://example.org", languages=("en", "fr"))
        self.source = CaptureSource(
            CaptureSource.Options(**{"path": "captures", **options}), SourceContext(root, site)
        )
        self.raws: list[Raw] = []
        self.problems: list[Problem] = []
        self.outcome = Outcome()
        for part in self.source.inputs():
            assert not isinstance(part, Problem)
            self._read(part)

    def _read(self, part: Any) -> None:
        reading = self.source.read(part)
        while True:
            try:
                found = next(reading)
            except StopIteration as end:
                self.outcome = self.outcome.worst(end.value)
                return
            (self.raws if isinstance(found, Raw) else self.problems).append(found)  # type: ignore[arg-type]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [raw.data for raw in self.raws if raw.data["kind"] == kind]

    @property
    def page(self) -> dict[str, Any]:
        (page,) = self.of("page")
        return page

    def lines(self, code: str) -> list[int | None]:
        return [one.origin.line for one in self.problems if one.origin and one.code == f"capture.{code}"]


def reading(tmp_path: Path, text: str, name: str = "lynxes.txt", **options: Any) -> Reading:
    (tmp_path / "captures").mkdir(exist_ok=True)
    (tmp_path / "captures" / name).write_bytes(text.encode())
    return Reading(tmp_path, **options)


def valid(raw: Raw) -> Record:
    kind = raw.data["kind"]
    model = find("kinds", kind)
    record: Record = model.model_validate({"key": f"{kind}:{raw.name}", "locale": "en", **raw.data})
    return record


def blocks(page: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [block for block in page["blocks"] if block["type"] == kind]


def test_a_capture_is_one_page_of_blocks_in_order(tmp_path: Path) -> None:
    page = reading(tmp_path, LYNXES).page
    assert page["title"] == "Lynxes"
    assert [block["type"] for block in page["blocks"]] == [
        "hero",
        "key_message",
        "text",
        "text",
        "statistics",
        "quote",
        "key_message",
        "related",
        "related",
        "teasers",
    ]
    assert [block.get("lead") for block in blocks(page, "text")] == [True, None]
    assert [block["text"] for block in blocks(page, "key_message")] == [
        "hunted for their spotted fur and their claws",
        "keeping promises that five governments have signed",
    ]


@pytest.mark.parametrize("name", ["lynxes.txt", "pangolins.txt"])
def test_every_record_is_valid_and_every_reference_has_its_record(name: str, tmp_path: Path) -> None:
    found = reading(tmp_path, (CAPTURES / name).read_text("utf-8"), name)
    records = {record.key: record for record in map(valid, found.raws)}
    named = {key for record in records.values() for _, _, key in references(record)}
    assert named == set(records) - {f"page:{name.removesuffix('.txt')}"}
    assert found.outcome == Outcome()


def test_the_hero_has_its_image_and_the_image_its_credit(tmp_path: Path) -> None:
    found = reading(tmp_path, LYNXES)
    (hero,) = blocks(found.page, "hero")
    assert hero == {
        "type": "hero",
        "heading": "Lynxes",
        "text": "sharing old forests with people and their herds",
        "image": "asset:lynxes/hero",
    }
    assert found.page["image"] == "asset:lynxes/hero"
    assert found.of("asset") == [
        {
            "kind": "asset",
            "key": "asset:lynxes/hero",
            "alt": "Eurasian Lynx Lynx lynx",
            "caption": "Eurasian Lynx Lynx lynx",
            "credit": "© Ada Birk / Boreal Images",
            "photographer": "Ada Birk",
            "agency": "Boreal Images",
        }
    ]


def test_an_image_that_nobody_gave_is_a_warning_that_says_how(tmp_path: Path) -> None:
    found = reading(tmp_path, LYNXES)
    (problem,) = [one for one in found.problems if one.code == "capture.image_missing"]
    assert (problem.severity, problem.origin) == ("warning", Origin(path="captures/lynxes.txt", line=3))
    assert problem.hint is not None
    assert "lynxes/hero: " in problem.hint


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ("media/lynx.jpg", {"file": "../media/lynx.jpg"}),
        ("https://example.org/lynx.jpg", {"url": "https://example.org/lynx.jpg"}),
    ],
)
def test_an_image_can_be_given(place: str, field: dict[str, str], tmp_path: Path) -> None:
    found = reading(tmp_path, LYNXES, images={"lynxes/hero": place})
    assert found.lines("image_missing") == []
    (asset,) = found.of("asset")
    assert asset.items() >= field.items()


def test_value_qualifier_and_unit_stand_apart(tmp_path: Path) -> None:
    (block,) = blocks(reading(tmp_path, LYNXES).page, "statistics")
    assert block["items"] == [
        {
            "figure": {"value": 75, "percent": True},
            "unit": "of seizures",
            "statement": "of seizures of Canada Lynx furs were made in Norway, Latvia and Estonia",
            "place": "Norway, Latvia and Estonia",
        },
        {
            "figure": {"value": 1200, "percent": False},
            "qualifier": "at least",
            "unit": "Iberian Lynxes",
            "statement": "Critically Endangered Iberian Lynxes are counted in the wild",
        },
        {
            "figure": {"low": 221, "high": 450, "percent": False},
            "unit": "furs",
            "statement": "furs were sold in Mongolia between 2008–2016",
            "place": "Mongolia",
            "period": {"start": "2008", "end": "2016"},
        },
    ]


def test_a_statement_without_its_figure_is_a_warning_with_its_line_and_held_back(tmp_path: Path) -> None:
    found = reading(tmp_path, LYNXES)
    problems = [one for one in found.problems if one.code == "capture.no_figure"]
    assert [str(one.origin) for one in problems] == ["captures/lynxes.txt:17", "captures/lynxes.txt:32"]
    assert {one.severity for one in problems} == {"warning"}
    assert '"Iberian Lynxes are run over each year"' in problems[0].message
    assert "are run over each year" not in str([raw.data for raw in found.raws])
    assert "trapped in Siberia" not in str([raw.data for raw in found.raws])
    assert found.outcome == Outcome()


def test_a_figure_written_above_its_statement_mends_it(tmp_path: Path) -> None:
    mended = LYNXES.replace("\nIberian Lynxes are run", "\nmore than 100\n\nIberian Lynxes are run")
    found = reading(tmp_path, mended)
    assert len(found.lines("no_figure")) == 1
    (block,) = blocks(found.page, "statistics")
    assert block["items"][0] == {
        "figure": {"value": 100, "percent": False},
        "qualifier": "more than",
        "unit": "Iberian Lynxes",
        "statement": "Iberian Lynxes are run over each year",
    }


def test_a_quote_has_its_person_and_role(tmp_path: Path) -> None:
    found = reading(tmp_path, LYNXES)
    (quote,) = blocks(found.page, "quote")
    assert quote == {
        "type": "quote",
        "text": "A forest that has lost its lynx is quieter than it should be, "
        "and we are only beginning to hear it",
        "person": "person:mara-de-witt",
        "name": "Mara de Witt",
        "role": "Head of Field Work – Carpathians",
    }
    assert found.of("person") == [
        {
            "kind": "person",
            "key": "person:mara-de-witt",
            "given": "Mara",
            "family": "de Witt",
            "role": "Head of Field Work – Carpathians",
        }
    ]


def test_related_things_keep_heading_and_all_their_text(tmp_path: Path) -> None:
    news, reports = blocks(reading(tmp_path, LYNXES).page, "related")
    assert news["heading"] == "related news and reports to lynxes"
    assert news["text"] == "read what our teams have found along the fur routes"
    assert reports["heading"] == "related reports to LYNXES"
    assert reports["text"].endswith(
        "about lynxes and their furs.\n\nOlder ones are kept in our reading room."
    )


def test_topics_are_records_and_teasers_lead_to_them(tmp_path: Path) -> None:
    found = reading(tmp_path, LYNXES)
    (block,) = blocks(found.page, "teasers")
    assert [(item["title"], item["link"], item["label"]) for item in block["items"]] == [
        ("Fewer buyers", "topic:fewer-buyers", "wanting less fur"),
        ("Forest Patrols", "topic:forest-patrols", "walking with rangers"),
    ]
    assert found.page["topics"] == ["topic:fewer-buyers", "topic:forest-patrols"]
    patrols = found.of("topic")[1]
    assert patrols["title"] == "Forest Patrols"
    text = "Rangers in nine parks lift snares every winter. Their routes change each week."
    assert patrols["body"] == {"format": "text", "text": text}
    assert block["items"][1]["text"] == text


def test_an_odd_capture_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    found = reading(tmp_path, "\ufeff" + PANGOLINS.replace("\n", "\r\n"), "pangolins.txt")
    page = found.page
    assert page["title"] == "Pangolins"
    assert page["rights"] == {"statement": "© 2024 Scale Friends. All rights reserved."}
    assert [block["type"] for block in page["blocks"]] == ["text", "statistics", "quote", "image"]
    assert page["blocks"][0]["heading"] == "Where they walk"
    assert page["blocks"][0]["lead"] is True
    assert [(item["figure"]["value"], item["qualifier"]) for item in page["blocks"][1]["items"]] == [
        (1_500_000, "approximately"),
        (8, "only"),
    ]
    assert page["blocks"][2]["text"] == "Nobody has ever seen one run."
    assert found.of("person")[0]["given"] == "Ines"
    asset = found.of("asset")[0]
    assert (asset["key"], asset["credit"]) == ("asset:pangolins/tree-pangolin-asleep", "© Scale Friends")


def test_what_cannot_be_used_is_said_once_with_its_line(tmp_path: Path) -> None:
    found = reading(tmp_path, PANGOLINS, "pangolins.txt")
    assert [(one.code, str(one.origin)) for one in found.problems] == [
        ("capture.unplaced", "captures/pangolins.txt:2"),
        ("capture.no_figure", "captures/pangolins.txt:7"),
        ("capture.unplaced", "captures/pangolins.txt:14"),
        ("capture.figure", "captures/pangolins.txt:16"),
        ("capture.unplaced", "captures/pangolins.txt:21"),
        ("capture.no_statement", "captures/pangolins.txt:23"),
        ("capture.image_missing", "captures/pangolins.txt:20"),
    ]
    assert "US$12 billion" in found.problems[3].message
    assert "changes hands for scales and meat" in found.problems[3].message
    assert found.problems[4].excerpt == "Share"


def test_what_stands_twice_is_folded(tmp_path: Path) -> None:
    once = reading(tmp_path, LYNXES)
    again = reading(tmp_path, LYNXES + LYNXES.removesuffix("\n"))
    assert again.page == once.page
    assert again.problems == once.problems
    assert [raw.data for raw in again.raws] == [raw.data for raw in once.raws]


def test_a_heading_that_the_menu_names_too_stays_a_heading(tmp_path: Path) -> None:
    found = reading(tmp_path, "Site\nLynxes\nhome\nDiet\nhome\nDiet\nThey eat hares.\n")
    assert found.lines("unplaced") == [3, 4]
    assert [block["heading"] for block in blocks(found.page, "text")] == ["Diet"]


def test_a_statement_that_has_its_figure_elsewhere_misses_none(tmp_path: Path) -> None:
    text = "Site\nLynxes\nLynxes are shot\nLynxes sleep.\n300\nLynxes are shot\n"
    found = reading(tmp_path, text)
    assert found.problems == []
    assert len(blocks(found.page, "statistics")[0]["items"]) == 1


def test_empty_lines_mean_nothing(tmp_path: Path) -> None:
    dense = re.sub(r"\n+", "\n", LYNXES)
    assert reading(tmp_path, dense).page == reading(tmp_path, LYNXES).page


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("title",), "5:1"),
        (("image",), "3:1"),
        (("blocks", 0, "text"), "5:8"),
        (("blocks", 0, "image"), "3:1"),
        (("blocks", 3, "text", "text"), "14:1"),
        (("blocks", 4, "items", 1), "23:1"),
        (("blocks", 4, "items", 0, "figure", "value"), "19:1"),
        (("blocks", 4, "items", 0, "unit"), "19:5"),
        (("blocks", 4, "items", 1, "unit"), "25:23"),
        (("blocks", 4, "items", 2, "statement"), "29:1"),
        (("blocks", 5, "text"), "36:2"),
        (("blocks", 5, "role"), "34:15"),
        (("blocks", 8, "text"), "48:1"),
        (("blocks", 9, "items", 1, "label"), "64:1"),
        (("topics", 1), "59:1"),
        (("nothing", "of", "this"), "5:1"),
    ],
)
def test_every_value_of_the_page_has_its_place(
    path: tuple[str | int, ...], place: str, tmp_path: Path
) -> None:
    found = reading(tmp_path, LYNXES)
    (origin,) = [raw.origin for raw in found.raws if raw.data["kind"] == "page"]
    assert str(found.source.locate(origin, path)) == f"captures/lynxes.txt:{place}"


def test_the_other_records_have_their_places_too(tmp_path: Path) -> None:
    found = reading(tmp_path, LYNXES)
    lines = [(raw.data["kind"], raw.origin.line) for raw in found.raws]
    assert lines == [("page", 5), ("asset", 3), ("person", 34), ("topic", 52), ("topic", 59)]
    assert found.source.locate(found.raws[3].origin, ("body", "text")).line == 55
    (tmp_path / "captures/lynxes.txt").unlink()
    assert found.source.locate(found.raws[3].origin, ("body", "text")) == found.raws[3].origin


def test_the_language_of_the_file_name_holds_for_all_records(tmp_path: Path) -> None:
    found = reading(tmp_path, LYNXES, "lynxes.fr.txt", kind="article")
    assert {raw.locale for raw in found.raws} == {"fr"}
    assert found.raws[0].name == "lynxes"
    assert found.page["image"] == "asset:lynxes/hero"


@pytest.mark.parametrize(
    "text", ["", "\n \n", "A page that begins with a sentence.\n", "only 70\nare left\n"]
)
def test_a_capture_without_a_title_is_an_error_and_never_complete(text: str, tmp_path: Path) -> None:
    found = reading(tmp_path, text)
    assert found.raws == []
    assert [(one.code, one.severity) for one in found.problems if one.severity == "error"] == [
        ("capture.no_title", "error")
    ]
    assert found.outcome.state == "partial"


def test_a_file_that_is_no_page_by_its_size_is_refused(tmp_path: Path) -> None:
    found = reading(tmp_path, "Cats\n" * 300_000)
    assert [one.code for one in found.problems] == ["file.too_large"]


@pytest.mark.parametrize("text", [LYNXES, PANGOLINS])
def test_a_capture_may_end_anywhere(text: str) -> None:
    lines = text.split("\n")
    for end in range(len(lines) + 1):
        check("\n".join(lines[:end]), "lynxes")


WORD = r"[^\W\d_]{2,}"
POOL = [line for line in (LYNXES + PANGOLINS).split("\n") if line]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*POOL, "—", "©", ", ", "©/", "7–3", "“”", "related"]), max_size=25))
def test_lines_in_any_order_are_read_or_reported(lines: list[str]) -> None:
    check("\n".join(lines), "lynxes")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_reported(text: str) -> None:
    check(text, "lynxes")


def check(text: str, name: str) -> None:
    """Records are valid, and each word below the site's name is in one of them or in a problem."""
    lines = lines_of(text)
    reader = PageReader(lines, "lynxes.txt", name).read()
    if reader.page is None:
        assert "capture.no_title" in [one.code for one in reader.draft.problems]
        return
    found = [reader.page, *reader.draft.others.values()]
    records = [valid(Raw(one.data, Origin(path="lynxes.txt", line=one.line), name)) for one in found]
    told = [*(record.model_dump() for record in records), *(one.message for one in reader.draft.problems)]
    words = {word for text in strings(told) for word in re.findall(WORD, text)}
    for line in (line for line in lines if line.text != lines[0].text):
        lost = set(re.findall(WORD, line.text)) - words
        assert not lost or figure_of(line.text), f"{lost} of line {line.number} is lost"


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


@pytest.mark.parametrize(
    ("text", "figure", "qualifier", "rest"),
    [
        ("70", {"value": 70, "percent": False}, None, ""),
        ("Approximately 4,000", {"value": 4000, "percent": False}, "approximately", ""),
        ("an estimated 10 to 20 lynxes", {"low": 10, "high": 20, "percent": False}, "an estimated", "lynxes"),
        ("over 2.5 million", {"value": 2_500_000, "percent": False}, "more than", ""),
        ("300+ traps", {"value": 300, "percent": False}, "at least", "traps"),
        ("90 % of furs", {"value": 90, "percent": True}, None, "of furs"),
        ("€3", None, None, ""),
        ("only about 70", None, "only", ""),
    ],
)
def test_figures(text: str, figure: dict[str, Any] | None, qualifier: str | None, rest: str) -> None:
    found = figure_of(text)
    assert found is not None
    assert (found.qualifier, found.rest) == (qualifier, rest)
    assert (found.figure and {**found.figure}) == figure


@pytest.mark.parametrize(
    "text", ["2016 was a good year", "only lynxes", "about us", "4,000 lynxes are left.", "Lynx 7"]
)
def test_what_is_no_figure(text: str) -> None:
    assert figure_of(text) is None


def test_credits() -> None:
    both = credit_of("Two cubs © Ada Birk | Boreal | Images")
    assert both is not None
    assert (both.caption, both.photographer, both.agency) == ("Two cubs", "Ada Birk", "Boreal / Images")
    one = credit_of("Two cubs © Boreal Images")
    assert one is not None
    assert (one.credit, one.photographer, one.agency) == ("© Boreal Images", None, None)
    assert credit_of("© 2024 Boreal Images") is None
    assert credit_of("Two cubs") is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ada Birk", ("Ada Birk", "Ada", "Birk", None)),
        (
            "Dr. Zoë O’Neil-Hart, Keeper, North",
            ("Dr. Zoë O’Neil-Hart", "Zoë", "O’Neil-Hart", "Keeper, North"),
        ),
        ("J. R. van der Berg – Ranger", ("J. R. van der Berg", "J. R.", "van der Berg", "Ranger")),
    ],
)
def test_people(text: str, names: tuple[str | None, ...]) -> None:
    person = person_of(text)
    assert person is not None
    assert (person.name, person.given, person.family, person.role) == names


@pytest.mark.parametrize("text", ["Ada", "Lynxes of the north", "Route 66 North", ""])
def test_who_is_nobody(text: str) -> None:
    assert person_of(text) is None
