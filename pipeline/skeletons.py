"""What a new plugin begins with: a package that works, its test, and the entry point."""

from collections.abc import Callable

PYPROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "leopard-{dashed}"
version = "0.1.0"
description = "The {what} {name} for Leopard"
requires-python = ">=3.11"
dependencies = ["leopard-pipeline"]

[project.optional-dependencies]
dev = ["pytest>=8.3"]

[project.entry-points."leopard.{what}s"]
{name} = "leopard_{name}:{class_}"

[tool.setuptools]
py-modules = ["leopard_{name}"]
"""

README = """\
# leopard-{dashed}

The {what} `{name}` for Leopard.

```sh
pip install --editable '.[dev]'
pytest
```

{use}
"""

CONFTEST = """\
import pytest

pytest.register_assert_rewrite("{rewritten}")
"""

EXPORTER = '''\
"""Publish to {name}: one JSON file a record. Put the calls of your channel in place of the files."""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from exporters.base import Capabilities, ChannelOptions, Desired, Exporter, Fields, Lookup, Remote
from exporters.common.public import shown
from pydantic import Field
from schemas.errors import NotFound
from schemas.record import Record
from transport.files import write_atomic

MARKER = "leopard-{dashed}"


class {class_}(Exporter):
    name = "{name}"
    capabilities = Capabilities(delete=True, locales=True, lookup=True)

    class Options(ChannelOptions):
        path: str = Field(min_length=1, description="Folder that the files are written to")

    options: Options

    def render(self, record: Record, lookup: Lookup) -> Fields:
        fields = shown(record, lookup).model_dump(mode="json", exclude={{"translations"}}, exclude_none=True)
        return {{**fields, "url": self.context.site.url_of(record)}}

    def read(self) -> Iterator[Remote]:
        pages = (self.page(path) for path in sorted(self.folder.glob("*.json")))
        return (page for page in pages if page is not None)

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        pages = (self.page(self.file(ident)) for ident in idents)
        return (page for page in pages if page is not None)

    def create(self, desired: Desired) -> Remote:
        path = self.file(desired.ident)
        page = Remote(id=path.name, key=desired.key, locale=desired.locale, fields=desired.fields)
        write_atomic(path, [json.dumps({{"made_by": MARKER, **page.model_dump()}}).encode()])
        return page

    def update(self, remote: Remote, desired: Desired) -> Remote:
        if not (self.folder / remote.id).exists():
            raise NotFound(f"{{remote.id}} is not there any more")
        return self.create(desired)

    def delete(self, remote: Remote) -> None:
        try:
            (self.folder / remote.id).unlink()
        except FileNotFoundError:
            raise NotFound(f"{{remote.id}} is not there any more") from None

    @property
    def folder(self) -> Path:
        return self.context.root / self.options.path

    def file(self, ident: str) -> Path:
        return self.folder / f"{{sha256(ident.encode()).hexdigest()[:16]}}.json"

    def page(self, path: Path) -> Remote | None:
        try:
            held = json.loads(path.read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return Remote(**held) if held.pop("made_by", None) == MARKER else None
'''

EXPORTER_TEST = '''\
"""The suite that every channel keeps."""

import pytest
from exporters.trial import Foreign
from pipeline.conformance import ChannelConformance


class Test{class_}(ChannelConformance):
    @pytest.fixture
    def channel(self):
        return {{"use": "{name}", "path": "public"}}

    @pytest.fixture
    def foreign(self, exporter):
        path = exporter.folder / "theirs.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text('{{"title": "Theirs"}}')
        return Foreign(path.name, path.read_text)

    @pytest.fixture
    def hand_edit(self, exporter):
        def edit(ident, title):
            path = exporter.file(ident)
            path.write_text(path.read_text().replace("Three", title))

        return edit
'''

SOURCE = '''\
"""Read {name}: text files whose first line is the title. Put what you read in place of the files."""

from schemas.errors import ContentError
from schemas.problems import Origin
from sources.base import COMPLETE, Input, Raw
from sources.files import FileSource, Records
from sources.places import Places


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

STEP = '''\
"""The step {name}: puts a mark behind every title. Put what you change in place of that."""

from pipeline.steps.base import Step
from pydantic import Field
from schemas.base import Model
from schemas.record import Record


class {class_}(Step):
    name = "{name}"

    class Options(Model):
        mark: str = Field("!", min_length=1, description="What is put behind every title")

    options: Options

    def change(self, record: Record) -> Record:
        if record.title.endswith(self.options.mark):
            return record
        return record.model_copy(update={{"title": record.title + self.options.mark}})
'''

STEP_TEST = '''\
"""What the step does, and that it is pure."""

import pytest
from leopard_{name} import {class_}
from pydantic import ValidationError
from schemas.page import Page

PAGE = Page(key="page:leopards", locale="en", title="Leopards")


def run(*records, **options):
    step = {class_}({class_}.Options(**options), context=None)
    return list(step.apply(iter(records)))


def test_titles_get_the_mark():
    assert [page.title for page in run(PAGE)] == ["Leopards!"]
    assert [page.title for page in run(PAGE, mark="?")] == ["Leopards?"]


def test_a_second_time_changes_nothing():
    assert run(*run(PAGE)) == run(PAGE)
    assert PAGE.title == "Leopards"


def test_a_misspelt_option_is_refused():
    with pytest.raises(ValidationError):
        {class_}.Options(marc="?")
'''


def exporter(name: str) -> dict[str, str]:
    """A channel of files, to be replaced by a real one."""
    use = "In leopard.yaml: `channels: {website: {use: NAME, path: public}}`".replace("NAME", name)
    return _package(
        "exporter", name, EXPORTER, EXPORTER_TEST, use, "exporters.conformance", "pipeline.conformance"
    )


def source(name: str) -> dict[str, str]:
    """A source of text files, to be replaced by what is to be read."""
    use = "In leopard.yaml: `sources: {articles: {use: NAME, path: content}}`".replace("NAME", name)
    return _package("source", name, SOURCE, SOURCE_TEST, use, "sources.conformance")


def step(name: str) -> dict[str, str]:
    """A step that changes titles, to be replaced by what is to be changed."""
    use = f"In leopard.yaml: `steps: [typography, link_species, credits, {name}]`"
    return _package("step", name, STEP, STEP_TEST, use)


def _package(what: str, name: str, plugin: str, test: str, use: str, *rewritten: str) -> dict[str, str]:
    class_ = "".join(word.capitalize() for word in name.split("_")) + what.capitalize()
    words = {"what": what, "name": name, "dashed": name.replace("_", "-"), "class_": class_, "use": use}
    files = {
        "pyproject.toml": PYPROJECT,
        "README.md": README,
        f"leopard_{name}.py": plugin,
        f"test_leopard_{name}.py": test,
        **({"conftest.py": CONFTEST} if rewritten else {}),
    }
    words["rewritten"] = '", "'.join(rewritten)
    return {path: text.format(**words) for path, text in files.items()}


SKELETONS: dict[str, Callable[[str], dict[str, str]]] = {"exporter": exporter, "source": source, "step": step}
"""Per kind of plugin, the files of a new one by path."""
