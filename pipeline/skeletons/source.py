"""What a new source begins with: text files whose first line is the title."""

from pipeline.skeletons.package import package

SOURCE = '''\
"""Read {name}: text files whose first line is the title. Put what you read in place of the files."""

from schemas.errors import ContentError
from schemas.problems import Origin
from sources.base import COMPLETE, Input, Raw
from sources.common.files import FileSource, Records
from sources.common.places import Places


class {class_}(FileSource):
    name = "{name}"
    default_kind = "article"
    suffixes = (".txt",)

    def parse(self, text: str, part: Input) -> Records:
        title, _, body = text.partition("\\n")
        if not title.strip():
            raise ContentError(
                f"{{part.name}} has no title",
                code="{name}.no_title",
                hint="write it in the first line",
                origin=Origin(path=part.name, line=1, column=1),
            )
        name, locale = self.name_of(part)
        fields = {{"title": title.strip(), **({{"body": body.strip()}} if body.strip() else {{}})}}
        yield Raw(fields, Origin(path=part.name, line=1, column=1), name, locale)
        return COMPLETE

    def places(self, text: str) -> Places:
        title, _, body = text.partition("\\n")
        blank = len(body) - len(body.lstrip())
        return {{(): (1, 1), ("title",): (1, 1), ("body",): (2 + body[:blank].count("\\n"), 1)}}
'''

SOURCE_TEST = '''\
"""The suite that every source keeps, and what is special about this one."""

import pytest
from leopard_{name} import {class_}
from schemas.site import Site
from sources.base import SourceContext
from sources.conformance import SourceConformance, read_all


class Test{class_}(SourceConformance):
    @pytest.fixture
    def source(self, tmp_path):
        (tmp_path / "content").mkdir()
        (tmp_path / "content" / "leopards.txt").write_text("Leopards\\n\\nAll are under threat.\\n")
        (tmp_path / "content" / "short.txt").write_text("Short")
        site = Site(title="Spots", url="https://spots.example", languages=["en", "fr"])
        return {class_}({class_}.Options(path="content"), SourceContext(tmp_path, site))

    def test_the_first_line_is_the_title(self, source):
        first, second = read_all(source)[0]
        assert first.data == {{"title": "Leopards", "body": "All are under threat."}}
        assert second.data == {{"title": "Short"}}
        assert source.locate(first.origin, ("body",)).line == 3

    def test_a_file_without_a_title_is_a_problem(self, source, file):
        file.write_text("\\nNo title")
        _, (problem,), outcome = read_all(source)
        assert problem.code == "{name}.no_title"
        assert outcome.state == "partial"
'''


def source(name: str) -> dict[str, str]:
    """A source of text files, to be replaced by what is to be read."""
    use = "In leopard.yaml: `sources: {articles: {use: NAME, path: content}}`".replace("NAME", name)
    return package("source", name, SOURCE, SOURCE_TEST, use, "sources.conformance.all")
