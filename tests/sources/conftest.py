"""A project folder to write content files into and to read them from."""

import json
import os
import sqlite3
from datetime import datetime, timedelta
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

    def age(self, hours):
        """As if what is kept of sources on the web had been gathered so many hours ago."""
        for path in (self.root / ".leopard" / "sources").glob("*.items.db"):
            held = sqlite3.connect(path)
            facts = json.loads(held.execute("SELECT json FROM facts").fetchone()[0])
            facts["swept"] = (datetime.fromisoformat(facts["swept"]) - timedelta(hours=hours)).isoformat()
            held.execute("UPDATE facts SET json = ?", (json.dumps(facts),))
            held.commit()
            held.close()

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


@pytest.fixture
def golden():
    """Compares a value with what a file holds; LEOPARD_GOLDEN=write in the environment writes it anew."""

    def compare(name, value):
        path = Path(__file__).parent / "golden" / f"{name}.json"
        written = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        if os.environ.get("LEOPARD_GOLDEN") == "write":
            path.write_text(written, "utf-8")
        assert written == path.read_text("utf-8")

    return compare
