"""
dlt as it is used: `dlt_build.py FOLDER OUT [--incremental] [--keep]` loads documents into JSON lines in OUT.

The generator reads, parses, renders and sanitises as the floor does; dlt validates (`columns`) and writes.
There is no file for each document and no feed. With --incremental, its own source of files decides what is
read; --keep keeps what the run before has remembered.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

FOLDER, OUT = map(os.path.abspath, sys.argv[1:3])
if "--keep" not in sys.argv:
    shutil.rmtree(OUT, ignore_errors=True)
os.makedirs(OUT, exist_ok=True)
os.environ.update(DLT_DATA_DIR=f"{OUT}/state", RUNTIME__DLTHUB_TELEMETRY="false", RUNTIME__LOG_LEVEL="ERROR")

import dlt
import model
import nh3
import pyromark
from build import walk
from dlt.sources.filesystem import filesystem
from events import loads
from pydantic import Field

Url = Annotated[str, Field(pattern=r"^https?://")]
"""dlt hands validated models to its JSON encoder, which does not know an HttpUrl."""
clean = nh3.Cleaner().clean


class Source(model.Source):
    url: Url  # type: ignore[assignment]


class Statistic(model.Statistic):
    source: Source


class Hero(model.Hero):
    url: Url  # type: ignore[assignment]


class Document(model.Document):
    hero: Hero
    statistics: list[Statistic]  # type: ignore[assignment]
    body_html: str = ""


HOW = {"name": "documents", "primary_key": "slug", "columns": Document, "max_table_nesting": 0}


def parsed(text: bytes) -> dict[str, Any]:
    end = text.index(b"\n---\n", 3)
    body = text[end + 5 :].decode()
    html = clean(pyromark.html(body))
    return {**loads(text[4 : end + 1].decode()), "body_markdown": body, "body_html": html}


def every() -> Iterator[dict[str, Any]]:
    for path in walk(FOLDER):
        with open(path, "rb") as file:
            yield parsed(file.read())


def changed(items: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield parsed(item.read_bytes())


if "--incremental" in sys.argv:
    new = dlt.sources.incremental("modification_date")
    files = filesystem(bucket_url=f"file://{FOLDER}", file_glob="**/*.md", incremental=new)
    data = dlt.transformer(changed, data_from=files, write_disposition="append", **HOW)
else:
    data = dlt.resource(every, write_disposition="replace", **HOW)
lake = dlt.destinations.filesystem(f"file://{OUT}/lake")
where = f"{OUT}/state/pipelines"
pipeline = dlt.pipeline("documents", destination=lake, dataset_name="wildlife", pipelines_dir=where)
pipeline.run(data, loader_file_format="jsonl")
counts = pipeline.last_trace.last_normalize_info.row_counts if pipeline.last_trace else {}
print({name: count for name, count in counts.items() if not name.startswith("_dlt")})
