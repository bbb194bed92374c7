"""The suite that ships with the package, on every source that reads files of people; and what it catches."""

import pytest
from openpyxl import Workbook

from schemas.problems import Origin
from sources.base import COMPLETE, Input, Raw, Source, SourceOptions
from sources.conformance import SourceConformance
from sources.csv_table import CsvSource
from sources.json_files import JsonSource
from sources.markdown_files import MarkdownSource
from sources.xlsx_table import XlsxSource
from sources.yaml_files import YamlSource


class TestYaml(SourceConformance):
    @pytest.fixture
    def source(self, folder):
        folder.write("leopards.yaml", "title: Leopards\nblocks:\n  - {type: text, body: x}\n")
        folder.write("list.yaml", "- title: A\n  tags: [x]\n- title: B\n")
        return folder.source(YamlSource)


class TestJson(SourceConformance):
    tells_its_end = True

    @pytest.fixture
    def source(self, folder):
        folder.write("leopards.json", '{"title": "Leopards",\n "tags": ["x", {"y": 1}]}')
        folder.write("list.json", '[{"title": "A"},\n {"title": "B"}]')
        return folder.source(JsonSource)


class TestLines(SourceConformance):
    @pytest.fixture
    def source(self, folder):
        folder.write("a.ndjson", '{"title": "A", "tags": ["x"]}\n\n{"title": "B"}\n')
        return folder.source(JsonSource, kind="article")


class TestMarkdown(SourceConformance):
    @pytest.fixture
    def source(self, folder):
        folder.write("a.fr.md", "---\ntags: [x]\n---\n# A\n\nBody\n")
        folder.write("2024/b.md", "# B\n")
        return folder.source(MarkdownSource)


class TestCsv(SourceConformance):
    @pytest.fixture
    def source(self, folder):
        folder.write("a.csv", 'title,authors.0.family,tags\nA,N,x;y\n"B\nB",,\n')
        return folder.source(CsvSource, lists=["tags"])


class TestXlsx(SourceConformance):
    tells_its_end = True

    @pytest.fixture
    def source(self, folder):
        book = Workbook()
        book.active.title = "A"
        for row in (["title", "authors.0.family", "tags"], ["A", "N", "x;y"], ["B", None, None]):
            book.active.append(row)
        book.save(folder.root / "content" / "a.xlsx")
        return folder.source(XlsxSource, lists=["tags"])


class Forgetful(Source):
    """Breaks every promise at once."""

    name = "forgetful"
    calls = 0

    class Options(SourceOptions):
        path: str

    def inputs(self):
        self.calls += 1
        yield Input(name=f"content/a.txt{' ' * self.calls}")
        return COMPLETE

    def read(self, part):
        return iter([Raw({"title": "x"}, Origin(path="content/a.txt", line=99), "../x")])


@pytest.mark.parametrize(
    "test",
    [
        "test_each_option_is_described",
        "test_gives_the_same_again_in_the_same_order",
        "test_listing_and_reading_are_lazy",
    ],
)
def test_the_suite_catches_a_bad_source(folder, test):
    with pytest.raises(AssertionError):
        getattr(SourceConformance(), test)(folder.source(Forgetful))


def test_the_suite_catches_a_place_that_does_not_exist(folder):
    folder.write("a.txt", "one line")
    with pytest.raises(AssertionError):
        SourceConformance().check_place(folder.source(Forgetful), Origin(path="content/a.txt", line=2))
