"""What all harnesses share: a project folder, what is promised, and bytes as a file or as an answer."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path

from schemas.problems import Problem
from schemas.site import Site
from sources.base import Input, Outcome, Raw, Source, SourceContext
from sources.common.remote import RemoteSource
from sources.conformance import drain, read_all
from transport.fetch import Answer
from transport.kept import Kept

Harness = Callable[[bytes], None]
URL = "https://example.org/x"
LOOKED_UP = 40
"""Fields whose places are looked up in one reading."""


@cache
def project() -> SourceContext:
    """A project folder, which is removed in the end; in memory where the machine has such a place."""
    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    (root / "content").mkdir()
    return SourceContext(root, Site(title="Leopards", url="https://example.org", languages=["en", "fr"]))


def check(source: Source, records: list[Raw], problems: list[Problem], outcome: Outcome) -> None:
    """Raises AssertionError where a reading breaks a promise."""
    assert outcome.state == "complete" or outcome.reason
    for problem in problems:
        assert problem.message
        assert problem.origin is not None
        assert problem.severity != "error" or outcome.state != "complete", problem
    for raw in records:
        assert isinstance(raw.data, dict)
        assert raw.name
        assert not raw.name.startswith("/")
        assert ".." not in raw.name.split("/")
        assert "\0" not in raw.name
    for raw in records[:LOOKED_UP]:
        for name in islice(raw.data, LOOKED_UP):
            assert source.locate(raw.origin, (name,)).path == raw.origin.path


def of_file(of: type[Source], name: str, **options: object) -> Harness:
    """Reads the bytes as the file `name`."""

    def harness(data: bytes) -> None:
        path = project().root / "content" / name
        path.write_bytes(data)
        try:
            source = of(of.Options(path=f"content/{name}", **options), project())
            check(source, *read_all(source))
        finally:
            path.unlink()

    return harness


def of_answer(of: type[RemoteSource], media_type: str = "", **options: object) -> Harness:
    """Reads the bytes as what a web server answered."""

    def harness(data: bytes) -> None:
        path, now = project().root / "answer", datetime(2024, 1, 1, tzinfo=UTC)
        path.write_bytes(data)
        shutil.rmtree(project().root / ".leopard", ignore_errors=True)
        (project().root / ".leopard" / "sources").mkdir(parents=True)
        source = of(of.Options(url=URL, **options), project())
        kept = Kept(
            url=URL, body="answer", digest="", size=len(data), media_type=media_type, came=now, asked=now
        )
        found, outcome = drain(source._checked(path, Input(name=URL), kept))
        records = [one for one in found if isinstance(one, Raw)]
        check(source, records, [one for one in found if isinstance(one, Problem)], outcome)

    return harness


class Answers:
    """In place of a Fetcher: gives one body, whatever is asked."""

    def __init__(self, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.body, self.headers, self.count = body, headers or {}, 0

    def get(self, url: str, take: Callable, headers: Mapping[str, str] | None = None) -> Answer:
        self.count += 1
        assert self.count < 100, "it does not come to an end"
        return Answer(url, 200, self.headers, True, take(iter((self.body,))))
