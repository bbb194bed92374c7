"""A small content project on disk, and the command line run inside this process."""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).resolve().parent))

import postgres

from pipeline.cache.body import reads_back
from pipeline.cache.store import Store
from pipeline.cli import leopard
from pipeline.cli.failure import report

CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example", languages: [en, fr]}
sources:
  pages: {use: yaml, path: content/pages, kind: page}
  articles: {use: markdown, path: content/articles}
  statistics: {use: yaml, path: content/statistics, kind: statistic}
  images: {use: yaml, path: content/images, kind: asset}
channels:
  files: {use: json, path: public}
  feed: {use: jsonfeed, path: public/feed.json, kinds: [article, page]}
"""
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8ffff3f0005fe02fea135819e0000000049454e44ae426082"
)
FILES = {
    "content/pages/leopards.yaml": """\
title: Leopards
image: coat
blocks:
  - type: hero
    image: coat
  - type: statistics
    items: [killed, left]
""",
    "content/pages/other.yaml": "title: Other\nblocks:\n  - {type: text, text: No figure here.}\n",
    "content/statistics/killed.yaml": "figure: 221–450\nstatement: are killed each year\n",
    "content/statistics/left.yaml": "figure: 4000\nqualifier: approximately\nstatement: are left\n",
    "content/articles/first.md": "---\ntitle: First\npublished_at: 2024-05-01\n---\n\n[[statistic:killed]] a year.\n",
    "content/images/coat.yaml": "file: coat.png\nalt: {en: A coat, fr: Un pelage}\ncredit: us\nlicence: CC0-1.0\n",
}


@pytest.fixture(autouse=True)
def what_is_taken_on_trust_reads_back(monkeypatch):
    """Whatever a test publishes: no record that is kept unread may come back as another one."""
    put = Store.put

    def checked(self, record, *, sure=False):
        digest, body = put(self, record, sure=sure)
        assert body <= 0 or reads_back(record, self.latest)
        return digest, body

    monkeypatch.setattr(Store, "put", checked)


@dataclass
class Result:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Site:
    """A project folder, and ways to change and to run it."""

    root: Path
    ledger: str | None = None
    """Its address, if it is not in the project: stands in every configuration that is written."""

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "leopard.yaml" and self.ledger and f'ledger: "{self.ledger}"' not in text:
            text = f'ledger: "{self.ledger}"\n{text}'
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def run(self, *words: str) -> Result:
        """One command, as the program would run it, errors put into words as there."""
        runner = CliRunner()
        done = runner.invoke(leopard, ["-C", str(self.root), *words], standalone_mode=False)
        status = done.return_value if isinstance(done.return_value, int) else 0
        err = done.stderr
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            import contextlib
            import io

            told = io.StringIO()
            with contextlib.redirect_stderr(told):
                if hasattr(done.exception, "show"):
                    done.exception.show(file=told)
                    status = 2
                else:
                    status = report(done.exception)
            err += told.getvalue()
        return Result(status, done.stdout, err)

    def outputs(self) -> dict[str, tuple[bytes, int]]:
        """Bytes and time of change of every published file."""
        files = sorted((self.root / "public").rglob("*"))
        return {
            path.relative_to(self.root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in files
            if path.is_file()
        }


@pytest.fixture(scope="session")
def postgres_server():
    """A server whose data need not survive anything."""
    postgres.require()
    with postgres.server() as server:
        yield server


@pytest.fixture
def ledger_address(request: pytest.FixtureRequest) -> str | None:
    """A new ledger on PostgreSQL where a test asks for that; else None, which is SQLite's in the project."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    address: str = request.getfixturevalue("postgres_server").schema()
    return address


@pytest.fixture
def empty(tmp_path: Path, ledger_address: str | None) -> Callable[..., Site]:
    """Makes a project with a configuration and nothing else."""

    def make(configuration: str = CONFIGURATION) -> Site:
        site = Site(tmp_path / "project", ledger_address)
        site.write("leopard.yaml", configuration)
        return site

    return make


@pytest.fixture
def site(empty: Callable[..., Site]) -> Site:
    """A project with two pages, an article, two figures and an image."""
    made = empty()
    for name, text in FILES.items():
        made.write(name, text)
    made.write("content/images/coat.png", PIXEL)
    for path in made.root.rglob("*"):  # not so young that they might change again unseen
        os.utime(path, (1_000_000_000, 1_000_000_000))
    time.sleep(0.06)
    return made
