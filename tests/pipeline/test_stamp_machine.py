"""Whatever happens to a project: what is called settled at a glance, a plan that knows nothing of it finds empty."""

import contextlib
import importlib
import io
import os
import shutil
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger import now as clock
from pipeline.planned import Wishes
from pipeline.planner import Planner
from pipeline.run import Sync
from pipeline.stamp import make, quick
from pipeline.stamp.quick import answered
from schemas import plugins
from schemas.errors import LeopardError
from tests.pipeline.conftest import PIXEL
from tests.pipeline.world import FAST

CONFIGURATION = """\
site: {{title: {title}, url: "https://spots.example"}}
ledger: "sqlite:///{ledger}"
sources:
  pages: {{use: yaml, path: content/pages, kind: page}}
  articles: {{use: markdown, path: content/articles}}
  images: {{use: yaml, path: content/images/coat.yaml, kind: asset}}
steps: [typography, shout]
channels:
  files: {{use: json, path: public}}
  feed: {{use: rss, path: elsewhere/feed.xml, kinds: [article, page]}}
  hook: {{use: webhook, url: "https://127.0.0.1:9/", secret: "env:LEOPARD_STAMP", kinds: [species]}}
"""
STEP = """\
from pipeline.steps.base import Step


class Shout(Step):
    name = "shout"

    def change(self, record):
        return record.model_copy(update={{"title": record.title + "{mark}"}}) if record.kind == "page" else record
"""
METADATA = "Metadata-Version: 2.1\nName: shout\nVersion: 0\n"
ENTRY = "[leopard.steps]\nshout = shout_step:Shout\n"
OLD = 0.06
"""Seconds after which a file is not so young any more that it might change again unseen."""
names, numbers = st.sampled_from(("a", "b", "c")), st.integers(0, 2)
TEXTS = ("Some words", "Same size.", "A longer text with an image: ![it](asset:coat)")


class Stamped(RuleBasedStateMachine):
    """One project. After whatever happens to it, a glance at its stamp is compared with a plan from nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=FAST))
        self.root, self.plugin = self.folder / "project", self.folder / "plugin"
        self.title, self.ahead = "Spots", timedelta()
        self.copies: list[bytes] = []
        self.steps = 0

    @initialize()
    def begin(self) -> None:
        sys.path.insert(0, str(self.plugin))
        sys.dont_write_bytecode = True
        os.environ["LEOPARD_STAMP"] = "one"
        self.write("shout-0.dist-info/METADATA", METADATA, self.plugin)
        self.write("shout-0.dist-info/entry_points.txt", ENTRY, self.plugin)
        self.change_code("!")
        self.configure()
        for name in ("a", "b"):
            self.page(name, 0)
            self.article(name, TEXTS[0], "")
        self.write("content/images/coat.yaml", "file: coat.png\nalt: A coat\ncredit: us\nlicence: CC0-1.0\n")
        self.picture(0)
        self.settle()

    def write(self, name: str, text: str | bytes, root: Path | None = None) -> None:
        path = (root or self.root) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def configure(self) -> None:
        self.write("leopard.yaml", CONFIGURATION.format(title=self.title, ledger=".leopard/ledger.db"))

    @rule(name=names, number=numbers)
    def page(self, name: str, number: int) -> None:
        self.write(f"content/pages/{name}.yaml", f"title: Page {name} {number}\n")

    @rule(name=names, text=st.sampled_from(TEXTS), when=st.sampled_from(("", "expires_at: 2090-01-01")))
    def article(self, name: str, text: str, when: str) -> None:
        self.write(f"content/articles/{name}.md", f"---\ntitle: Article {name}\n{when}\n---\n\n{text}\n")

    @rule(name=names)
    def new_folder(self, name: str) -> None:
        self.write(f"content/articles/in/{name}/{name}.md", f"---\ntitle: Inner {name}\n---\n\nWords.\n")

    def files(self, below: str) -> list[Path]:
        return sorted(path for path in (self.root / below).rglob("*") if path.is_file())

    @rule(at=st.integers(0, 20))
    def touch(self, at: int) -> None:
        files = self.files("content")
        os.utime(files[at % len(files)])

    @rule(at=st.integers(0, 20))
    def rewrite_in_secret(self, at: int) -> None:
        """The same size and the same time; only the file system knows."""
        files = self.files("content/pages")
        if files:
            path = files[at % len(files)]
            before = path.stat()
            path.write_text(path.read_text().swapcase().replace("TITLE", "title"))
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    @rule(at=st.integers(0, 20), name=names)
    def rename(self, at: int, name: str) -> None:
        files = [
            path
            for path in self.files("content")
            if path.suffix in (".md", ".yaml") and "coat" not in path.name
        ]
        if files:
            path = files[at % len(files)]
            path.rename(path.with_stem(f"moved-{name}"))

    @rule(at=st.integers(0, 20))
    def remove(self, at: int) -> None:
        files = [path for path in self.files("content") if "coat" not in path.name]
        if len(files) > 1:
            files[at % len(files)].unlink()

    @rule(number=numbers)
    def picture(self, number: int) -> None:
        self.write("content/images/coat.png", PIXEL + bytes(number))

    @rule(at=st.integers(0, 20), how=st.sampled_from(("gone", "empty", "longer", "moved")))
    def output(self, at: int, how: str) -> None:
        files = [*self.files("public"), *self.files("elsewhere")]
        if files:
            path = files[at % len(files)]
            match how:
                case "gone":
                    path.unlink()
                case "empty":
                    path.write_bytes(b"")
                case "longer":
                    path.write_bytes(path.read_bytes() + b" ")
                case "moved":
                    path.rename(path.with_name("moved"))

    @rule(title=st.sampled_from(("Spots", "Stars", "Stripes")))
    def another_site(self, title: str) -> None:
        self.title = title
        self.configure()

    @rule(secret=st.sampled_from(("one", "two")))
    def another_secret(self, secret: str) -> None:
        os.environ["LEOPARD_STAMP"] = secret

    @rule(mark=st.sampled_from(("!", "?", " (new)")))
    def change_code(self, mark: str) -> None:
        """A plugin is another one from now on, and the next process knows it."""
        self.write("shout_step.py", STEP.format(mark=mark), self.plugin)
        sys.modules.pop("shout_step", None)
        importlib.invalidate_caches()
        plugins._table.cache_clear()
        plugins.find.cache_clear()
        time.sleep(OLD)
        make.STARTED = time.time()

    @rule(days=st.sampled_from((-40_000, -1, 0, 1, 40_000)))
    def another_day(self, days: int) -> None:
        self.ahead = timedelta(days=days)

    @rule(folder=st.sampled_from(("content", "content/pages")))
    def folder_is_a_link(self, folder: str) -> None:
        path, real = self.root / folder, self.root / f"{folder.replace('/', '-')}-real"
        if not path.is_symlink() and not real.exists():
            path.rename(real)
            path.symlink_to(real)

    @rule()
    def copy_ledger(self) -> None:
        self.copies.append((self.root / ".leopard/ledger.db").read_bytes())

    @rule(at=st.integers(0, 20))
    def older_ledger(self, at: int) -> None:
        if self.copies:
            self.write(".leopard/ledger.db", self.copies[at % len(self.copies)])

    @rule(number=numbers)
    def another_replica(self, number: int) -> None:
        """Somebody else, with other content, has brought the same ledger up to date."""
        other = self.folder / "replica"
        shutil.copytree(self.root / "content", other / "content")
        ledger = self.root / ".leopard/ledger.db"
        self.write("leopard.yaml", CONFIGURATION.format(title=self.title, ledger=ledger), other)
        self.write("content/pages/a.yaml", f"title: Page a {number}\n", other)
        self.run(other)
        shutil.rmtree(other)

    @rule()
    def damage(self) -> None:
        path = self.root / ".leopard/stamp"
        if path.exists():
            data = path.read_bytes()
            path.write_bytes(data[: len(data) // 2] + b"x" + data[len(data) // 2 + 1 :])

    @rule()
    def sync(self) -> None:
        self.run(self.root)

    @rule()
    def settle(self) -> None:
        """Two runs of what is old enough: if all is well, a glance is enough from then on."""
        time.sleep(OLD)
        reports = [self.run(self.root) for _ in range(2)]
        last = reports[-1]
        if last is not None and last.outcome == "nothing" and not last.problems:
            assert self.is_settled()

    def run(self, root: Path):
        project = load(root)
        allowed = (*project.sources, *project.channels)
        with Ledger(project.written.ledger, root) as ledger, contextlib.suppress(LeopardError):
            return Sync(project, ledger).run(allowed=allowed, now=clock() + self.ahead)
        return None

    def is_settled(self) -> bool:
        """At a glance."""
        now = time.time_ns() + int(self.ahead.total_seconds()) * 1_000_000_000
        with (
            patch.object(quick.time, "time_ns", lambda: now),
            contextlib.redirect_stdout(io.StringIO()) as told,
        ):
            status = answered(
                ["-C", str(self.root), "sync", "--yes"], {"LEOPARD_STAMP": os.environ["LEOPARD_STAMP"]}
            )
        assert (status, told.getvalue()) in ((0, "Nothing to do.\n"), (None, ""))
        return status == 0

    @invariant()
    def what_is_called_settled_is(self) -> None:
        self.check()
        self.steps += 1
        if self.steps % 2:  # every other change meets a settled project
            self.settle()
            self.check()

    def check(self) -> None:
        if (self.root / "content").exists() and self.is_settled():
            project = load(self.root)
            with Ledger(project.written.ledger, self.root) as ledger:
                for wishes in (Wishes(), Wishes(afresh=True)):
                    planned = Planner(project, ledger, wishes=wishes).plan(now=clock() + self.ahead)
                    assert planned.plan.is_empty
                    assert not [one for one in planned.prepared.findings.problems if one.severity == "error"]

    def teardown(self) -> None:
        sys.path.remove(str(self.plugin))
        sys.modules.pop("shout_step", None)
        plugins._table.cache_clear()
        plugins.find.cache_clear()
        del os.environ["LEOPARD_STAMP"]
        shutil.rmtree(self.folder)


TestStamped = Stamped.TestCase
TestStamped.settings = settings(
    max_examples=int(os.environ.get("LEOPARD_EXAMPLES", "6")),
    stateful_step_count=16,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
