"""Whatever happens to content and configuration: what is remembered gives just what reading all again gives."""

import os
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pipeline.config import load
from pipeline.desire import desires
from pipeline.prepare import Preparation

CONFIGURATION = """\
site: {{title: {title}, url: "https://spots.example", languages: [en, fr]}}
sources:
  pages: {{use: yaml, path: content/pages, kind: page}}
  articles: {{use: markdown, path: content/articles}}
  notes: {{use: json, path: content/notes.ndjson, kind: {kind}}}
  table: {{use: csv, path: content/table.csv, kind: article}}
  others: {{use: yaml, path: content/others}}
steps: {steps}
channels:
  files: {{use: json, path: public}}
  feed: {{use: rss, path: public/feed.xml, kinds: [article, page]}}
"""
START = datetime(2030, 1, 1, tzinfo=UTC)
NAMES = ("a", "b", "c")
TEXTS = (
    "Plain words",
    "The snow leopard is rare, and so is the lynx.",
    "Some [[statistic:one]] of them, as [[cite:report:study]] says.",
    'An image: ![it](asset:coat) and "quotes" -- dashes.',
    "<script>bad</script> Removed.",
    "A mark that is not there: [[statistic:none]].",
)
WHENS = (
    "",
    "embargo_until: 2030-01-03",
    "expires_at: 2030-01-02",
    "status: draft",
    "published_at: 2029-05-01",
)
STEPS = (
    "[typography, link_species, credits]",
    "[link_species]",
    "[]",
    "[typography, {use: summarise, words: 2}]",
    "[{use: summarise, words: 3}, slugs, link_species]",
)
OTHERS = {
    "one.yaml": ("kind: statistic\nfigure: {n}\nstatement: are left\n{when}\n", True),
    "study.yaml": ("kind: report\ntitle: Study {n}\npublisher: us\nissued: 2020-0{n}\n{when}\n", True),
    "us.yaml": ("kind: organisation\nname: Us {n}\n", False),
    "snow.yaml": (
        "kind: species\nscientific_name: Panthera uncia\ncommon_names: {{en: [snow leopard{n}, snow leopard]}}\n",
        False,
    ),
    "lynx.yaml": ("kind: species\nscientific_name: Lynx lynx\ncommon_names: {{en: [lynx]}}\n", False),
    "coat.yaml": ("kind: asset\nfile: coat.png\nalt: A coat {n}\ncredit: us\nlicence: CC0-1.0\n", False),
    "twice.yaml": (
        "- {{kind: page, key: page:x, title: T{n}}}\n- {{kind: page, key: page:x, title: T}}\n",
        False,
    ),
}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8ffff3f0005fe02fea135819e0000000049454e44ae426082"
)
names, texts, whens = st.sampled_from(NAMES), st.sampled_from(TEXTS), st.sampled_from(WHENS)
numbers = st.integers(1, 4)


class Content(RuleBasedStateMachine):
    """One project that is prepared over and over, with and without what is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.root = self.folder / "project"
        self.configured = {"title": "Spots", "kind": "article", "steps": STEPS[0]}
        self.at, self.lines, self.rows = START, [], []

    @initialize()
    def begin(self) -> None:
        for folder in ("pages", "articles", "others"):
            (self.root / "content" / folder).mkdir(parents=True)
        (self.root / ".leopard").mkdir()
        self.configure()
        self.long_file()
        self.table()
        for name in ("one.yaml", "study.yaml", "us.yaml", "snow.yaml", "coat.yaml"):
            self.other(name, 1, "")
        self.image(0)

    def write(self, name: str, text: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def configure(self) -> None:
        self.write("leopard.yaml", CONFIGURATION.format(**self.configured))

    def long_file(self) -> None:
        self.write("content/notes.ndjson", "".join(f"{line}\n" for line in self.lines))

    def table(self) -> None:
        rows = "".join(f"{name},Row {number},{number}\n" for name, number in self.rows)
        self.write("content/table.csv", f"key,title,body\n{rows}")

    @rule(name=names, text=texts, when=whens, title=st.sampled_from(("T", "Snow leopard", "Same")))
    def article(self, name: str, text: str, when: str, title: str) -> None:
        front = f"---\ntitle: {title}\n{when}\n---\n\n"
        self.write(f"content/articles/{name}.md", f"{front}{text}\n")

    @rule(name=names, other=names, when=whens, tag=st.sampled_from(("", ".fr")))
    def page(self, name: str, other: str, when: str, tag: str) -> None:
        block = f"blocks:\n  - {{type: related, items: [page:{other}, article:{other}]}}\n"
        self.write(f"content/pages/{name}{tag}.yaml", f"title: Page {name}\nimage: coat\n{block}{when}\n")

    @rule(name=st.sampled_from(sorted(OTHERS)), number=numbers, when=whens)
    def other(self, name: str, number: int, when: str) -> None:
        text, timed = OTHERS[name]
        self.write(f"content/others/{name}", text.format(n=number, when=when if timed else ""))

    @rule(at=st.integers(0, 3), name=names, text=texts)
    def line(self, at: int, name: str, text: str) -> None:
        body = text.replace('"', r"\"")
        self.lines.insert(at, f'{{"key": "{name}{len(text)}", "title": "N {name}", "body": "{body}"}}')
        self.long_file()

    @precondition(lambda self: self.lines)
    @rule(at=st.integers(0, 3))
    def line_less(self, at: int) -> None:
        del self.lines[at % len(self.lines)]
        self.long_file()

    @rule(name=names, number=numbers)
    def row(self, name: str, number: int) -> None:
        self.rows = [*self.rows[-3:], (f"{name}{number}", number)]
        self.table()

    @rule(number=st.integers(0, 1))
    def image(self, number: int) -> None:
        self.write("content/others/coat.png", PIXEL + bytes(number))

    @rule(chosen=st.integers(0, 20), name=names)
    def move(self, chosen: int, name: str) -> None:
        files = sorted((self.root / "content").rglob("*.*"))
        files[chosen % len(files)].rename(files[chosen % len(files)].with_stem(f"moved-{name}"))

    @rule(chosen=st.integers(0, 20))
    def remove(self, chosen: int) -> None:
        files = sorted((self.root / "content").rglob("*.*"))
        if len(files) > 3:
            files[chosen % len(files)].unlink()

    @rule()
    def touch(self) -> None:
        for path in (self.root / "content").rglob("*.*"):
            os.utime(path)

    @rule(steps=st.sampled_from(STEPS))
    def other_steps(self, steps: str) -> None:
        self.configured["steps"] = steps
        self.configure()

    @rule(title=st.sampled_from(("Spots", "Stripes")), kind=st.sampled_from(("article", "page")))
    def other_site(self, title: str, kind: str) -> None:
        self.configured |= {"title": title, "kind": kind}
        self.configure()

    @rule(days=st.integers(-2, 2))
    def another_day(self, days: int) -> None:
        self.at = START + timedelta(days=days)

    @rule()
    def grow_old(self) -> None:
        """So that what is there now may be recognised."""
        time.sleep(0.06)

    @invariant()
    def both_are_the_same(self) -> None:
        if (self.root / "content/pages").exists():
            known, afresh = self.prepared(afresh=False), self.prepared(afresh=True)
            assert known == afresh

    def prepared(self, *, afresh: bool) -> dict[str, object]:
        """All that a plan is made from."""
        project = load(self.root)
        preparation = Preparation(project, afresh=afresh)
        done = preparation.prepare(self.at)
        content, made = done.content, done.transformed
        rendered = {
            (name, one.ident): one.model_dump(mode="json")
            for name, exporter in project.channels.items()
            for one in desires(exporter, made.public, done.findings, preparation.place)
        }
        found = {
            "read": {ident: record.model_dump_json() for ident, record in content.records.items()},
            "origins": {ident: content.origin(ident) for ident in (*content.records, *content.held)},
            "outcomes": (content.outcomes, content.kinds, content.counts),
            "public": [record.model_dump_json() for record in made.public],
            "hidden": [record.model_dump_json() for record in made.hidden],
            "waiting": made.waiting,
            "problems": sorted(problem.model_dump_json() for problem in done.findings.problems),
            "held": sorted(done.findings.held),
            "rendered": rendered,
        }
        content.store.close()
        return found

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


TestContent = Content.TestCase
TestContent.settings = settings(
    max_examples=int(os.environ.get("LEOPARD_EXAMPLES", "15")),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
