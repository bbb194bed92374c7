"""The example project holds what it promises: valid records, whole references, credits and citations."""

import csv
import re
import struct
from collections import Counter
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
import yaml

from schemas import plugins
from schemas.asset import Asset
from schemas.record import Record, references
from schemas.statistic import Statistic

ROOT = Path(__file__).parents[1] / "examples" / "leopards"
CONFIG = yaml.safe_load((ROOT / "leopard.yaml").read_text(encoding="utf-8"))
LANGUAGES = CONFIG["site"]["languages"]


def rows(table: Path, lists: list[str]) -> list[dict[str, Any]]:
    """The rows of a CSV file with dotted headers as nested fields."""
    with table.open(encoding="utf-8", newline="") as lines:
        return [nested(row, lists) for row in csv.DictReader(lines)]


def nested(row: dict[str, str], lists: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for header, cell in row.items():
        if cell:
            *way, last = header.split(".")
            place = made
            for part in way:
                place = place.setdefault(part, {})
            place[last] = cell.split(";") if header in lists else cell
    return {name: folded(value) for name, value in made.items()}


def folded(value: Any) -> Any:
    """Mappings from 0, 1, … are lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: folded(part) for name, part in value.items()}
    return list(inner.values()) if "0" in inner else inner


def documents(source: dict[str, Any]) -> list[tuple[Path, dict[str, Any]]]:
    base = ROOT / source["path"]
    if source["use"] == "csv":
        return [(base, row) for row in rows(base, source["lists"])]
    found = []
    for path in sorted(base.rglob("*.md" if source["use"] == "markdown" else "*.yaml")):
        text = path.read_text(encoding="utf-8")
        if source["use"] == "markdown":
            head, _, body = text.removeprefix("---\n").partition("\n---\n")
            found.append((path, {**yaml.safe_load(head), "body": body}))
        else:
            found.append((path, yaml.safe_load(text)))
    return found


def load() -> dict[tuple[str, str], Record]:
    """Every record of the project by key and locale, validated."""
    made: dict[tuple[str, str], Record] = {}
    for source in CONFIG["sources"].values():
        kind = source["kind"]
        model = plugins.find("kinds", kind)
        for path, data in documents(source):
            name, _, tag = path.stem.partition(".")
            whole = {"key": f"{kind}:{name}", "locale": tag or LANGUAGES[0], "kind": kind, **data}
            others = whole.pop("translations", {})
            for version in (whole, *({**whole, **words, "locale": code} for code, words in others.items())):
                record = model.model_validate(version)
                assert (record.key, record.locale) not in made, f"{path}: {record.key} exists already"
                made[record.key, record.locale] = record
    return made


@pytest.fixture(scope="module")
def records() -> dict[tuple[str, str], Record]:
    return load()


def of(records: dict[tuple[str, str], Record], kind: str) -> list[Any]:
    return [record for record in records.values() if record.kind == kind]


def test_holds_what_it_promises(records: dict[tuple[str, str], Record]) -> None:
    counts = Counter(key.partition(":")[0] for key in {key for key, _ in records})
    assert counts["species"] >= 4
    assert counts["report"] == 12
    assert counts["article"] == 6
    assert counts["statistic"] == 5
    assert counts["topic"] == 2
    assert counts["asset"] >= 4
    assert {("page:leopards", "en"), ("page:leopards", "fr")} <= records.keys()


def test_every_reference_resolves(records: dict[tuple[str, str], Record]) -> None:
    keys = {key for key, _ in records}
    lost = [
        f"{record.ident}: {'.'.join(map(str, path))} names {key}"
        for record in records.values()
        for path, mark, key in references(record)
        if key not in keys or (mark.kinds and key.partition(":")[0] not in mark.kinds)
    ]
    assert not lost


def test_every_key_in_running_text_resolves(records: dict[tuple[str, str], Record]) -> None:
    kinds = "|".join(plugins.names("kinds"))
    pattern = re.compile(rf"(?:\]\(|\[\[(?:cite:)?)((?:{kinds}):[a-z0-9/-]+)(?:\)|\]\])")
    keys, seen = {key for key, _ in records}, set()
    for record in records.values():
        seen |= set(pattern.findall(str(record.model_dump())))
    assert seen >= {
        "statistic:snow-leopards-killed",
        "report:an-ounce-of-prevention",
        "species:clouded-leopard",
    }
    assert seen <= keys


def test_translations_show_the_same_records(records: dict[tuple[str, str], Record]) -> None:
    for (key, locale), record in records.items():
        if locale != LANGUAGES[0] and record.kind in ("page", "article"):
            first = records[key, LANGUAGES[0]]
            assert [key for _, _, key in references(record)] == [key for _, _, key in references(first)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_all_it_shows_in_each_language(
    records: dict[tuple[str, str], Record], language: str
) -> None:
    translated = ("statistic", "topic", "species", "person")
    page = records["page:leopards", language]
    shown = {key for _, _, key in references(page) if key.partition(":")[0] in translated}
    assert len([key for key in shown if key.startswith("statistic:")]) == 5
    assert all((key, language) in records for key in shown)


def test_every_image_has_its_words_and_its_credit(records: dict[tuple[str, str], Record]) -> None:
    images: list[Asset] = of(records, "asset")
    for image in images:
        assert image.credit, image.key
        assert image.licence, image.key
        assert set(LANGUAGES) <= image.alt.keys(), image.key
        assert set(LANGUAGES) <= image.caption.keys(), image.key


def test_every_image_file_is_described_and_small(records: dict[tuple[str, str], Record]) -> None:
    folder = ROOT / "content" / "images"
    described = {folder / image.file for image in of(records, "asset")}
    assert described == set(folder.glob("*.png"))
    for path in described:
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", data[16:24]) == (1200, 675)
        assert len(data) < 150_000


def test_every_statistic_is_cited(records: dict[tuple[str, str], Record]) -> None:
    statistics: list[Statistic] = of(records, "statistic")
    assert {statistic.locale for statistic in statistics} == set(LANGUAGES)
    for statistic in statistics:
        assert statistic.citation is not None, statistic.key
        assert statistic.citation.report is not None, statistic.key


def test_known_figures_and_numbers_stand(records: dict[tuple[str, str], Record]) -> None:
    killed: Any = records["statistic:snow-leopards-killed", "en"]
    assert (killed.figure.low, killed.figure.high, killed.period.start) == (221, 450, "2008")
    trafficked: Any = records["statistic:leopards-trafficked-india", "en"]
    assert (trafficked.figure.value, trafficked.qualifier) == (2294, "at least")
    ounce: Any = records["report:an-ounce-of-prevention", "en"]
    assert ounce.isbn == ("978-1-85850-409-4",)
    assert ounce.issued == "2016-10"


def test_every_sheet_is_a_small_pdf_that_a_report_names(records: dict[tuple[str, str], Record]) -> None:
    folder = ROOT / "content" / "sheets"
    named = {ROOT / "content" / "reports" / file.file for one in of(records, "report") for file in one.files}
    assert {path.resolve() for path in named} == set(folder.glob("*.pdf"))
    for path in folder.glob("*.pdf"):
        data = path.read_bytes()
        assert data.startswith(b"%PDF-1.4")
        start = int(data.rstrip().splitlines()[-2])
        table = data[start:].splitlines()
        assert table[0] == b"xref"
        places = [int(line[:10]) for line in table[3 : 2 + int(table[1].split()[1])]]
        assert [data[place:].split()[0] for place in places] == [b"%d" % n for n in range(1, len(places) + 1)]
        assert len(data) < 2000


def test_the_sheets_are_those_that_their_program_writes() -> None:
    made = run_path(str(ROOT / "make_sheets.py"))
    for name, (heading, *lines) in made["SHEETS"].items():
        assert (ROOT / "content" / "sheets" / name).read_bytes() == made["pdf"](heading, *lines)
