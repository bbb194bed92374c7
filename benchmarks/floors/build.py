"""
The least that work A takes in plain Python: parse, validate, Markdown, sanitise, a file each, a feed.

    python build.py FOLDER OUT [--processes 2] [--loader csafe] [--until read|yaml|validate|html|write]

By libyaml's events, pydantic, pyromark, nh3 and orjson. Nothing is remembered, planned or undone.
"""

import argparse
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from multiprocessing import get_context
from typing import Any

import nh3
import orjson
import pyromark
import yaml
from events import loads
from model import Document

STAGES = ("read", "yaml", "validate", "html", "write")
CHUNK = 200
clean = nh3.Cleaner().clean
dumps = partial(orjson.dumps, default=str)
Load = Callable[[str], Any]


def csafe(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def walk(top: str) -> Iterator[str]:
    with os.scandir(top) as listing:
        entries = list(listing)
    for entry in entries:
        if entry.name.endswith(".md"):
            yield entry.path
        elif entry.is_dir(follow_symlinks=False):
            yield from walk(entry.path)


def feed_item(one: Document, html: str) -> dict[str, Any]:
    return {
        "id": one.slug,
        "url": f"https://example.org/{one.slug}",
        "title": one.title,
        "summary": one.summary,
        "content_html": html,
        "date_published": one.published_at.isoformat(),
        "language": one.locale,
        "image": str(one.hero.url),
        "authors": [{"name": name} for name in one.authors],
        "tags": one.tags,
    }


def publish(path: str, out: str, load: Load, until: int) -> bytes:
    """Do all for one document; its item of the feed."""
    file = os.open(path, os.O_RDONLY)
    try:
        text = os.read(file, 1 << 20)
    finally:
        os.close(file)
    if until == 0:
        return b""
    end = text.index(b"\n---\n", 3)
    fields = load(text[4 : end + 1].decode())
    if until == 1:
        return b""
    fields["body_markdown"] = text[end + 5 :].decode()
    one = Document.model_validate(fields)
    if until == 2:
        return b""
    html = clean(pyromark.html(one.body_markdown))
    if until == 3:
        return b""
    made = {**one.model_dump(exclude={"body_markdown"}), "body_html": html}
    file = os.open(f"{out}/items/{one.slug}.json", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.write(file, dumps(made))
    os.close(file)
    return dumps(feed_item(one, html))


def publish_all(paths: list[str], out: str, loader: str, until: int) -> list[bytes]:
    load = csafe if loader == "csafe" else loads
    return [publish(path, out, load, until) for path in paths]


def items(paths: list[str], work: Callable[[list[str]], list[bytes]], processes: int) -> Iterator[bytes]:
    """Items of the feed in the order of the paths."""
    chunks: Iterable[list[str]] = (paths[at : at + CHUNK] for at in range(0, len(paths), CHUNK))
    if processes == 1:
        for chunk in chunks:
            yield from work(chunk)
        return
    with get_context("fork").Pool(processes) as pool:
        for made in pool.imap(work, chunks):
            yield from made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--loader", choices=["events", "csafe"], default="events")
    parser.add_argument("--until", choices=STAGES, default="write")
    asked = parser.parse_args()
    shutil.rmtree(asked.out, ignore_errors=True)
    os.makedirs(f"{asked.out}/items")
    work = partial(publish_all, out=asked.out, loader=asked.loader, until=STAGES.index(asked.until))
    count = 0
    with open(f"{asked.out}/feed.json", "wb") as feed:
        feed.write(b'{"version":"https://jsonfeed.org/version/1.1","title":"Wildlife","items":[')
        for one in items(sorted(walk(asked.folder)), work, asked.processes):
            feed.write((b",\n" if count else b"\n") + one)
            count += 1
        feed.write(b"\n]}\n")
    print(count)


if __name__ == "__main__":
    main()
