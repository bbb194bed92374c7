"""A project folder to write content files into and to read them from."""

from pathlib import Path

import pytest

from schemas.site import Site
from sources.base import SourceContext
from sources.conformance import read_all


class Folder:
    """A content project whose files are in `content/`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        site = Site(title="Leopards", url="https://example.org", languages=["en", "fr"])
        self.context = SourceContext(root, site)
        (root / "content").mkdir()

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def source(self, of, path="content", **options):
        return of(of.Options(path=path, **options), self.context)

    def read(self, of, **options):
        """Records, problems and outcome."""
        return read_all(self.source(of, **options))

    def problem(self, of, **options):
        """The one problem there is; checks that it makes the reading partial."""
        _, problems, outcome = self.read(of, **options)
        assert outcome.state == "partial"
        (problem,) = problems
        assert problem.message
        return problem


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)
