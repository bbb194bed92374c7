"""Records, an index made of a dictionary, and a collector of problems."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest

from pipeline.steps.base import Step, StepContext
from schemas import plugins
from schemas.record import Path, Record
from schemas.site import Site

NEEDED: dict[str, dict[str, Any]] = {
    "report": {"authors": [{"name": "TRAFFIC"}], "publisher": "organisation:traffic", "issued": "2016-10-21"},
    "species": {"scientific_name": "Panthera pardus"},
    "statistic": {"figure": 4000, "statement": "cats remain"},
    "person": {"family": "Compton"},
    "organisation": {"name": "TRAFFIC International"},
    "asset": {"file": "leopard.jpg"},
}


def make(key: str, **fields: Any) -> Record:
    """A valid record with that key; what its kind demands has a default."""
    kind = key.partition(":")[0]
    titled = {"title": "A title"} if kind in ("page", "article", "report", "topic") else {}
    data = {"key": key, "locale": "en", **titled, **NEEDED.get(kind, {}), **fields}
    return plugins.find("kinds", kind).model_validate(data)


class DictIndex:
    """Records by key and locale."""

    def __init__(self, records: list[Record], default: str) -> None:
        self.default = default
        self.records: dict[str, dict[str, Record]] = {}
        for record in records:
            self.records.setdefault(record.key, {})[record.locale] = record

    def get(self, key: str, locale: str) -> Record | None:
        found = self.records.get(key, {})
        return found.get(locale) or found.get(self.default) or next(iter(found.values()), None)

    def of_kind(self, kind: str, locale: str) -> Iterator[Record]:
        for key in sorted(self.records):
            if key.startswith(f"{kind}:") and (record := self.get(key, locale)):
                yield record


@dataclass
class Found:
    """One problem as a step reported it."""

    record: Record
    code: str
    message: str
    path: Path = ()
    hint: str | None = None
    severity: str = "warning"


@dataclass
class Bench:
    """Runs steps over records and keeps their problems."""

    others: list[Record] = field(default_factory=list)
    site: Site = field(default_factory=lambda: Site(title="S", url="https://example.org"))
    problems: list[Found] = field(default_factory=list)

    def report(self, record: Record, code: str, message: str, **rest: Any) -> None:
        self.problems.append(Found(record, code, message, **rest))

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems]

    def stream(self, step: type[Step], *records: Record, **options: Any) -> list[Record]:
        index = DictIndex([*self.others, *records], self.site.default_locale)
        context = StepContext(self.site, index, self.report)
        return list(step(step.Options(**options), context).apply(iter(records)))

    def run(self, step: type[Step], record: Record, **options: Any) -> Any:
        (changed,) = self.stream(step, record, **options)
        return changed

    def html(self, step: type[Step], text: str, locale: str = "en", **options: Any) -> str:
        """What a step makes of HTML that is an article's body."""
        article = make("article:a", locale=locale, body={"format": "html", "text": text})
        return self.run(step, article, **options).body.text


class _Reader(HTMLParser):
    """Tags and texts as a browser would see them."""

    VOID = frozenset({"br", "hr", "img", "wbr", "col"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.balanced = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.balanced &= bool(self.open) and self.open.pop() == tag


def read_html(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.balanced &= not reader.open
    return reader


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="session")
def new_bench() -> Callable[[], Bench]:
    """For property tests, which need a fresh one for each example."""
    return Bench


@pytest.fixture
def record() -> Callable[..., Record]:
    return make


@pytest.fixture(scope="session")
def reader() -> Callable[[str], _Reader]:
    return read_html
