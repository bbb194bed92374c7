"""A small project that publishes to one channel, to try an exporter under the core."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from exporters.base import Exporter, Remote
from exporters.trial import SITE, html, png
from pipeline.change import ChannelPlan
from pipeline.config import FILE, Project, load
from pipeline.ledger import Ledger
from pipeline.planned import Wishes
from pipeline.planner import Planner
from pipeline.run import Rollback, RunReport, Sync
from schemas.errors import ChannelDown, LeopardError

CHANNEL = "trial"
SOURCES = {
    "pages": {"use": "yaml", "path": "content/pages", "kind": "page"},
    "images": {"use": "yaml", "path": "content/images", "kind": "asset"},
}
PROGRAM = (sys.executable, "-c", "from pipeline.cli import main; main()")


class Traffic(Protocol):
    """What reached a channel, as FaultProxy counts it."""

    @property
    def requests(self) -> Sequence[Any]: ...

    @property
    def writes(self) -> Sequence[Any]: ...


class Trial:
    """The project in a folder. Content is written as JSON, which is YAML."""

    def __init__(
        self,
        root: Path,
        channel: Mapping[str, Any],
        sources: Mapping[str, Any] = SOURCES,
        address: str | None = None,
    ) -> None:
        """`address` is that of the ledger, if it is not to be in the folder."""
        self.root, self.channel, self.sources, self.address = root, dict(channel), sources, address
        self._ledger: Ledger | None = None
        for source in sources.values():
            (root / source["path"]).mkdir(parents=True, exist_ok=True)
        self.configure()

    def configure(self, **options: Any) -> None:
        """Say the channel's options, these among them."""
        self.channel |= options
        site = SITE.model_dump(mode="json", exclude_defaults=True)
        written: dict[str, Any] = {"site": site, "sources": self.sources, "channels": {CHANNEL: self.channel}}
        if self.address is not None:
            written["ledger"] = self.address
        (self.root / FILE).write_text(json.dumps(written), "utf-8")

    def write(self, path: str, fields: Mapping[str, Any]) -> None:
        """One content file."""
        (self.root / path).write_text(json.dumps(fields), "utf-8")

    def page(self, name: str, title: str, *, links: Iterable[str] = (), image: bool = False) -> None:
        """A page that names others and may show the picture."""
        related = [{"type": "related", "items": [f"page:{to}" for to in links]}] if links else []
        shown = [{"type": "image", "image": "asset:coat"}] if image else []
        blocks = [{"type": "text", "text": html(f"All about {name}")}, *related, *shown]
        self.write(f"content/pages/{name}.yaml", {"title": title, "blocks": blocks})

    def picture(self, shade: int = 0) -> None:
        """The picture that pages show."""
        (self.root / "content/images/coat.png").write_bytes(png(shade))
        words = {"alt": {"en": "Rosettes", "fr": "Rosettes"}, "credit": "Ada Spots", "licence": "CC-BY-4.0"}
        self.write("content/images/coat.yaml", {"file": "coat.png", **words})

    def remove(self, name: str) -> None:
        (self.root / f"content/pages/{name}.yaml").unlink()

    @property
    def project(self) -> Project:
        return load(self.root)

    @property
    def exporter(self) -> Exporter:
        return self.project.channels[CHANNEL]

    @property
    def ledger(self) -> Ledger:
        """Stays open until `close`."""
        if self._ledger is None:
            self._ledger = Ledger(self.project.written.ledger, self.root)
        return self._ledger

    def close(self) -> None:
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    def run(self, *, refresh: bool = False) -> RunReport:
        """One sync, everything allowed."""
        project, wishes = self.project, Wishes(refresh=refresh, retry=True)
        return Sync(project, self.ledger, wishes=wishes).run(allowed=(*project.sources, CHANNEL))

    def converge(self, most: int = 3) -> None:
        """Sync until there is nothing left to do. Raises AssertionError if that does not come."""
        for _ in range(most):
            problems = self.run().problems
            if not (changes := self.plan().changes):
                return
        raise AssertionError(f"still to be done after {most} runs: {changes}; {problems}")

    def plan(self, *, refresh: bool = False) -> ChannelPlan:
        planned = Planner(self.project, self.ledger, wishes=Wishes(refresh=refresh)).plan()
        if planned.down:
            raise ChannelDown(planned.prepared.findings.problems[0].message)
        return planned.plan.channels[0]

    def undo(self, run: str) -> RunReport:
        return Rollback(self.project, self.ledger).run(run)

    def forget(self) -> None:
        """Lose the ledger."""
        self.close()
        shutil.rmtree(self.root / ".leopard")

    def start(self, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        """A sync in a process of its own, which may be killed."""
        command = (*PROGRAM, "-C", str(self.root), "sync", "--yes")
        return subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL)  # noqa: S603

    def held(self) -> dict[str, Remote]:
        """Every page of ours on the channel by ident."""
        exporter = self.exporter
        with exporter.session():
            pages = list(exporter.read())
        found = {page.ident: page for page in pages}
        if len(found) != len(pages):
            raise LeopardError("two pages carry the same key")
        return found
