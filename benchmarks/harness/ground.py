"""One corpus, and all that contestants write beside it."""

import json
import os
import subprocess
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks import corpus
from benchmarks.harness.places import scratch, without_places

SITE = """\
site: {title: Wildlife, url: "https://example.org", languages: [en-GB],
       paths: {document: "/{slug}", sighting: "/{slug}"}}
"""
SOURCES = {
    "documents": "sources: {documents: {use: markdown, path: ../content, kind: document}}\n",
    "small": "sources: {sightings: {use: json, path: ../content.ndjson, kind: sighting}}\n",
}
CHANNELS = {
    "files": "  files: {use: json, path: public/items}\n",
    "feed": "  feed: {use: jsonfeed, path: public/feed.json, kinds: [document, sighting]}\n",
}
SHORT = 240
"""Characters that fit into a cell of a table."""
GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "core.fsmonitor=false")


class Ground:
    """`documents` or `small` records, so many of them, in a folder of their own."""

    def __init__(self, kind: str, size: int, channels: Sequence[str] = ("files", "feed")) -> None:
        self.kind, self.size, self.channels = kind, size, channels
        self.root = scratch(kind, size) / f"{kind}-{size}"
        self.content = self.root / ("content" if kind == "documents" else "content.ndjson")
        self.log = self.root / "last.log"

    @cached_property
    def state(self) -> dict[str, Any]:
        """How often the content was changed, and at which change each contestant has built it last."""
        found = self.root / "state.json"
        return json.loads(found.read_text()) if found.exists() else {"turn": 0, "built": {}}

    def keep_state(self) -> None:
        (self.root / "state.json").write_text(json.dumps(self.state))

    def change_small(self) -> None:
        """One small record of a hundred is another one; only new content brings them back."""
        corpus.write_small(self.content, self.size, changed_every=100)
        self.state["turn"] += 1
        self.keep_state()

    def prepare(self) -> None:
        """Write the content if it is not there as a whole."""
        if (self.root / "state.json").exists():
            return
        self.remove()
        self.root.mkdir(parents=True)
        if self.kind == "documents":
            corpus.write_documents(self.content, self.size)
            self.remember_in_git()
        else:
            corpus.write_small(self.content, self.size)
        self.keep_state()

    def change(self) -> int:
        """Change 1 % of the documents, each time others; returns how many."""
        self.state["turn"] += 1
        self.keep_state()
        return corpus.change(self.content, self.state["turn"])

    def git(self) -> list[str]:
        return [*GIT, f"--git-dir={self.root}/git", f"--work-tree={self.content}"]

    def remember_in_git(self) -> None:
        """Commit the content as it is; a status afterwards puts the index in order."""
        if not (self.root / "git").exists():
            self._run(*GIT, "init", "-q", "--bare", str(self.root / "git"))
            self._run(*self.git(), "config", "core.bare", "false")
        for words in (["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "content"], ["status"]):
            self._run(*self.git(), *words)

    def _run(self, *words: str) -> None:
        subprocess.run(words, cwd=self.content, check=True, stdout=subprocess.DEVNULL)

    def project(self, name: str, engine: str | None = None) -> Path:
        """A project of Leopard's over this content."""
        folder = self.out(name)
        folder.mkdir(parents=True, exist_ok=True)
        said = f"engine: {engine}\n" if engine else ""
        channels = "".join(CHANNELS[one] for one in self.channels)
        text = f"{SITE}{said}{SOURCES[self.kind]}steps: []\nchannels:\n{channels}"
        path = folder / "leopard.yaml"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        return folder

    def out(self, name: str) -> Path:
        return self.root / name

    def clear(self, paths: Sequence[Path]) -> None:
        """By another process: this one has to stay small."""
        subprocess.run(["rm", "-rf", "--", *paths], check=True)

    @staticmethod
    def pages(paths: Sequence[Path]) -> int:
        """How many JSON files there are below some folders."""
        return sum(name.endswith(".json") for path in paths for *_, names in os.walk(path) for name in names)

    def remove(self) -> None:
        self.clear([self.root])
        self.__dict__.pop("state", None)

    def last_words(self) -> str:
        """What a contestant printed, if that is short; else its last line that says something."""
        with self.log.open("rb") as file:
            file.seek(max(0, os.path.getsize(self.log) - 4000))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines()]
        spoken = [line for line in lines if line]
        whole = "; ".join(spoken)
        return without_places(whole if len(whole) <= SHORT else spoken[-1][:SHORT])
