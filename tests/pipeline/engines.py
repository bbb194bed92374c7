"""What tests of engines share: a project with everything in it, engines, and all that comes out of them."""

import os
import shutil
import signal
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline.config import load
from pipeline.desire import desires
from pipeline.engine import making, reading, rendering, writing
from pipeline.engine.base import LOCAL, Engine
from pipeline.engine.choose import engine_of
from pipeline.engine.processes import Processes
from pipeline.ledger import Ledger
from pipeline.prepare import Preparation
from pipeline.run import Sync
from schemas import plugins

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 6, 1, tzinfo=UTC)
CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example", languages: [en, fr]}
sources:
  articles: {use: markdown, path: content/articles}
  pages: {use: yaml, path: content/pages, kind: page}
  others: {use: yaml, path: content/others}
  notes: {use: json, path: content/notes.ndjson, kind: article}
channels:
  files: {use: json, path: public}
  texts: {use: markdown, path: texts}
  feed: {use: jsonfeed, path: feeds/feed.json, kinds: [article, page]}
  rss: {use: rss, path: feeds/feed.xml, kinds: [article]}
  works: {use: datacite, path: works}
"""
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8ffff3f0005fe02fea135819e0000000049454e44ae426082"
)
OTHERS = {
    "killed": "kind: statistic\nfigure: 221–450\nstatement: are killed each year\ncitation: {report: study}\n",
    "soon": "kind: statistic\nfigure: 4\nstatement: are left\nembargo_until: 2030-01-01\n",
    "us": "kind: organisation\nname: Us\n",
    "study": "kind: report\ntitle: Study\npublisher: us\nissued: 2020-01\ndoi: 10.5555/12345678\n",
    "snow": "kind: species\nscientific_name: Panthera uncia\ncommon_names: {en: [snow leopard], fr: [once]}\n",
    "lynx": "kind: species\nscientific_name: Lynx lynx\ncommon_names: {en: [lynx]}\n",
    "coat": "kind: asset\nfile: coat.png\nalt: {en: A coat, fr: Un pelage}\ncredit: us\nlicence: CC0-1.0\n",
    "gone": "kind: asset\nfile: gone.png\nalt: Gone\ncredit: us\nlicence: CC0-1.0\n",
}


def rich(root, count=24):
    """Warnings, held records, references, slugs that clash, embargoes, two languages, odd texts, broken files."""

    def write(name, text):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    write("leopard.yaml", CONFIGURATION)
    write("content/others/coat.png", PIXEL)
    for name, text in OTHERS.items():
        write(f"content/others/{name}.yaml", text)
    for n in range(count):
        front = [f"title: {'The same title' if n % 7 == 0 else f'Article {n}'}", "image: coat"]
        front += ["embargo_until: 2031-01-01"] if n % 6 == 1 else []
        front += ["specis: [snow]"] if n % 9 == 4 else []
        front += ["image: nothing"] if n % 11 == 5 else []
        body = (
            f"The snow leopard, the lynx and number {n}. [[statistic:{'soon' if n % 5 == 2 else 'killed'}]]"
        )
        body += " [[statistic:none]]" if n % 8 == 3 else " [[cite:report:study]]"
        body += " odd\u202etext" if n % 10 == 6 else '<script>bad()</script> -- "quoted"'
        lines = "\n".join(front)
        write(f"content/articles/a{n:03}.md", f"---\n{lines}\n---\n\n{body}\n")
    for n in range(count // 2):
        names = f"[article:a{n:03}, article:a{n + 1:03}, page:p{(n + 1) % 4}]"
        text = f"title: Page {n}\nblocks:\n  - {{type: related, items: {names}}}\n"
        write(
            f"content/pages/p{n}.yaml",
            text + (f"translations: {{fr: {{title: La page {n}}}}}\n" if n % 2 else ""),
        )
    write("content/pages/broken.yaml", "title: [\n")
    write("content/others/latin.yaml", "title: é".encode("latin-1"))
    notes = (
        f'{{"key": "n{n}", "title": "Note {n}", "body": "A lynx. [[date:2016-10-2{n % 9}]]"}}'
        for n in range(count)
    )
    write("content/notes.ndjson", "\n".join([*notes, "{broken"]) + "\n")
    (root / ".leopard").mkdir(exist_ok=True)
    return root


def example(root):
    """The project that comes with Leopard."""
    shutil.copytree(ROOT / "examples" / "leopards", root, dirs_exist_ok=True)
    (root / ".leopard").mkdir(exist_ok=True)
    return root


PROJECTS = {"rich": rich, "example": example}


def let_small_parts_travel(monkeypatch, size=5):
    """So that a few records are worth sending, in many parts."""
    for module in (reading, making, rendering, writing):
        monkeypatch.setattr(module, "ENOUGH", 2)
    for engine in (Engine, Processes):
        monkeypatch.setattr(engine, "part", size)


def using(root, engine):
    """The project in `root`, with an engine."""
    path = root / "leopard.yaml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("engine:")]
    path.write_text("\n".join([*kept, f"engine: {engine}"]) + "\n")
    return load(root)


def prepared(project, engine=LOCAL, at=AT, afresh=True):
    """All that a plan is made from, and all that is said."""
    preparation = Preparation(project, afresh=afresh, engine=engine)
    done = preparation.prepare(at)
    content, made = done.content, done.transformed
    read = content.cards
    wanted = {
        (name, one.ident): one.model_dump(mode="json")
        for name, exporter in project.channels.items()
        for one in desires(exporter, made.public, done.findings, preparation.place, engine=engine, read=read)
    }
    found = {
        "read": {ident: record.model_dump_json() for ident, record in content.records.items()},
        "origins": {ident: content.origin(ident) for ident in (*content.records, *content.held)},
        "outcomes": (content.outcomes, content.kinds, content.counts),
        "public": [record.model_dump_json() for record in made.public],
        "hidden": [record.model_dump_json() for record in made.hidden],
        "waiting": made.waiting,
        "problems": [problem.model_dump_json() for problem in done.findings.problems],
        "held": sorted(done.findings.held),
        "rendered": wanted,
    }
    content.store.close()
    return found


def synced(project, at=AT, **said):
    """One sync: what it reports, but for the name of the run."""
    with Ledger(project.written.ledger, project.root) as ledger:
        report = Sync(project, ledger, **said).run(now=at)
    told = report.as_json()
    told.pop("run")
    return told


OURS = (".leopard", "leopard.yaml")


def published(root):
    """Every file of a project but those that differ by nature."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.relative_to(root).parts[0] not in OURS
    }


def kill(pid):
    """As the kernel does where memory runs out."""
    os.kill(pid, signal.SIGKILL)


@contextmanager
def opened(project):
    """The engine that the project names."""
    with engine_of(project) as engine:
        yield engine


PLUGIN = """
import os, signal
from multiprocessing import parent_process
from pipeline.steps.base import Step

class Deadly(Step):
    name = "deadly"
    remembered = True

    def change(self, record):
        if "DIES" in record.title and parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        if "RAISES" in record.title:
            raise ZeroDivisionError("nothing can be divided by it")
        return record
"""
POINTS = "[leopard.steps]\ndeadly = spots_deadly:Deadly\n"


def plugin(folder):
    """An installed package with a step that some titles are too much for."""
    info = folder / "spots_deadly-0.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: spots-deadly\nVersion: 0.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    (folder / "spots_deadly.py").write_text(PLUGIN)
    return folder


def forget_plugins():
    sys.modules.pop("spots_deadly", None)
    plugins._table.cache_clear()
    plugins.find.cache_clear()
