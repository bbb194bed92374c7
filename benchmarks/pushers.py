"""
Those who push records to a server, one a process.

    python benchmarks/pushers.py WHO ADDRESS CONNECTIONS RECORDS FOLDER

Prints one line of JSON: requests a second, CPU milliseconds a request (of this process, while it pushes),
and the version of what pushed. Who is not installed says `{"missing": …}`. `FOLDER/bodies.ndjson` holds what
is sent.
"""

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any

HEADERS = {"Content-Type": "application/json"}
SECRET = "LEOPARD_BENCH_SECRET"
WORDS = "The leopard is the most widespread of the big cats, and the one about which least is known. "
CONFIGURATION = """\
site: {{title: Leopards, url: "https://example.org"}}
sources: {{articles: {{use: json, path: articles.ndjson, kind: article}}}}
channels: {{out: {{use: webhook, url: "{address}", secret: "env:{secret}", workers: {workers}}}}}
"""


def record(number: int) -> dict[str, Any]:
    """One article; what is sent of it has some 4.8 KB."""
    day = f"{1900 + number % 120}-{1 + number % 12:02}-{1 + number % 28:02}"
    prose = "".join(f"<p>{WORDS * 5}Part {number}.{part}.</p>\n" for part in range(8))
    return {
        "key": f"article:a{number:07}",
        "title": f"Leopards, part {number}",
        "summary": f"What was counted in part {number}, and by whom.",
        "published_at": f"{day}T09:00:00Z",
        "tags": ["leopards", "counts", f"part-{number % 50}"],
        "authors": [{"name": "Amira Solberg"}],
        "place": "Sariska",
        "body": {"format": "html", "text": prose},
    }


def bodies(folder: Path, count: int) -> Iterator[bytes]:
    with (folder / "bodies.ndjson").open("rb") as file:
        yield from map(bytes.rstrip, islice(file, count))


def measured(work: Callable[[], Any], count: int) -> dict[str, float]:
    """Requests a second, and CPU milliseconds of this process for each."""
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"rate": count / seconds, "cpu_ms": cpu / count * 1000}


def requests(address: str, connections: int, count: int, folder: Path) -> dict[str, float]:
    """Threads, each with a session, as most write it."""
    import requests

    local, told = threading.local(), list(bodies(folder, count))

    def send(body: bytes) -> None:
        if not hasattr(local, "http"):
            local.http = requests.Session()
        local.http.post(address, data=body, headers=HEADERS).raise_for_status()

    def all_of_them() -> None:
        with ThreadPoolExecutor(connections) as pool:
            list(pool.map(send, told))

    return measured(all_of_them, count)


def aiohttp(address: str, connections: int, count: int, folder: Path) -> dict[str, float]:
    import asyncio

    import aiohttp

    told = list(bodies(folder, count))

    async def drive() -> None:
        left = iter(told)

        async def work(http: Any) -> None:
            for body in left:
                async with http.post(address, data=body) as answer:
                    answer.raise_for_status()
                    await answer.read()

        connector = aiohttp.TCPConnector(limit=connections)
        async with aiohttp.ClientSession(headers=HEADERS, connector=connector) as http:
            await asyncio.gather(*(work(http) for _ in range(connections)))

    return measured(lambda: asyncio.run(drive()), count)


def dlt(address: str, connections: int, count: int, folder: Path) -> dict[str, float]:
    """A destination of our own, in as many jobs as there are connections, so that they run side by side."""
    os.environ |= {
        "DLT_DATA_DIR": str(folder / "dlt"),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "LOAD__WORKERS": str(connections),
    }
    for stage in ("NORMALIZE__", "EXTRACT__", ""):
        for what in ("FILE", "BUFFER"):
            os.environ[f"{stage}DATA_WRITER__{what}_MAX_ITEMS"] = str(max(1, count // (2 * connections)))
    import dlt
    import requests

    local, told = threading.local(), [json.loads(body) for body in bodies(folder, count)]

    @dlt.destination(
        batch_size=1,
        loader_file_format="typed-jsonl",
        name="server",
        naming_convention="direct",
        max_table_nesting=0,
        skip_dlt_columns_and_tables=True,
        max_parallel_load_jobs=connections,
    )
    def server(items: Any, table: Any) -> None:
        if not hasattr(local, "http"):
            local.http = requests.Session()
        for item in items:
            body = json.dumps(item, default=str).encode()
            local.http.post(address, data=body, headers=HEADERS).raise_for_status()

    pipeline = dlt.pipeline("push", destination=server, pipelines_dir=str(folder / "dlt" / "pipelines"))
    return measured(lambda: pipeline.run(told, table_name="records"), count)


def singer(address: str, connections: int, count: int, folder: Path) -> dict[str, float]:
    """A target of the Singer SDK, which sends one record after the other."""
    import io

    import requests
    from singer_sdk import Target
    from singer_sdk import typing as th
    from singer_sdk.sinks import RecordSink

    http = requests.Session()

    class Sink(RecordSink):
        def process_record(self, record: dict[str, Any], context: Any) -> None:
            known = {name: value for name, value in record.items() if not name.startswith("_sdc")}
            http.post(address, data=json.dumps(known, default=str), headers=HEADERS).raise_for_status()

    class Server(Target):
        name = "target-server"
        config_jsonschema = th.PropertiesList().to_dict()
        default_sink_class = Sink

    schema = {"properties": {"delivery": {"type": "string"}}, "additionalProperties": True}
    lines = [{"type": "SCHEMA", "stream": "records", "key_properties": ["delivery"], "schema": schema}]
    for body in bodies(folder, count):
        lines.append({"type": "RECORD", "stream": "records", "record": json.loads(body)})
    text = io.StringIO("".join(f"{json.dumps(line)}\n" for line in lines))
    return measured(lambda: Server().listen(text), count)


def project(address: str, connections: int, count: int, folder: Path) -> Path:
    """A project whose channel is the server, with an empty ledger."""
    root = folder / "project"
    root.mkdir()
    (root / "leopard.yaml").write_text(
        CONFIGURATION.format(address=address, secret=SECRET, workers=connections), "utf-8"
    )
    with (root / "articles.ndjson").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record(number)) + "\n" for number in range(count))
    return root


def leopard(address: str, connections: int, count: int, folder: Path) -> dict[str, float]:
    """The apply phase: everything is planned, and the ledger lies on disk."""
    from pipeline.apply import apply
    from pipeline.config import load
    from pipeline.ledger import Ledger
    from pipeline.ledger.lock import locked
    from pipeline.planner import Planner

    os.environ[SECRET] = "a secret of the benchmark"
    loaded = load(project(address, connections, count, folder))
    with Ledger(loaded.written.ledger, loaded.root) as ledger, locked(ledger, "bench"):
        planned = Planner(loaded, ledger).plan()
        (channel,) = planned.plan.channels
        if planned.prepared.findings.problems or channel.count("create") != count:
            raise SystemExit(f"not what was to be planned: {planned.prepared.findings.problems[:1]}")
        exporter, rules, found = loaded.channels["out"], planned.rules["out"], []
        got = measured(lambda: found.append(apply(exporter, ledger, "bench", channel, rules)), count)
        if found[0].done != {"create": count} or len(ledger.journal.in_doubt("out")):
            raise SystemExit(f"not all was done: {found[0].done}, {found[0].problems[:1]}")
    return got


def sync(address: str, connections: int, count: int, folder: Path) -> dict[str, float]:
    """The whole command: start, read, validate, transform, plan, apply, report."""
    import subprocess

    root = project(address, connections, count, folder)
    program = [
        sys.executable,
        "-c",
        "from pipeline.cli import main; main()",
        "-C",
        str(root),
        "sync",
        "--yes",
    ]
    known = {**os.environ, SECRET: "a secret of the benchmark", "PYTHONPATH": os.getcwd()}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(program, env=known, check=True, capture_output=True)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"rate": count / seconds, "cpu_ms": cpu / count * 1000}


PUSHERS: dict[str, tuple[Callable[[str, int, int, Path], dict[str, float]], str]] = {
    "aiohttp": (aiohttp, "aiohttp"),
    "requests": (requests, "requests"),
    "dlt": (dlt, "dlt"),
    "singer": (singer, "singer-sdk"),
    "leopard": (leopard, "leopard-pipeline"),
    "leopard sync": (sync, "leopard-pipeline"),
}


def main() -> None:
    who, address, connections, count, folder = sys.argv[1:]
    push, package = PUSHERS[who]
    try:
        known = version(package)
        got = push(address, int(connections), int(count), Path(folder))
    except (ImportError, PackageNotFoundError) as error:
        print(json.dumps({"missing": str(error)}))
    else:
        print(json.dumps({**got, "version": known}))


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # this folder has files named as libraries are
    main()
