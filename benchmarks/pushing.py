"""
How fast are records pushed to a server that takes its time, beside what the connections allow?

    python benchmarks/pushing.py [--json] [--quick] [--rounds N] [--only NAME …] [--python NAME=PATH …]

nginx on this machine answers each POST after 20 ms (16 connections) or 100 ms (32). In each round wrk sends
one body over and over, then everybody pushes the same number of records in turn; `of wrk` is the share of
wrk's rate of that round. `leopard` is the apply phase alone, with its ledger on disk, `leopard sync` the
whole command. CPU is that of the pusher's process for each record. Needs nginx with its echo module, and wrk
(Debian: nginx-light, libnginx-mod-http-echo, wrk). Who is not installed is named; `--python
dlt=venv/bin/python` says where one is.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])  # this folder has files named as libraries are

from benchmarks.pushers import PUSHERS, record

WORKS = {20: 16, 100: 32}
"""Connections by the server's delay in milliseconds."""
RECORDS, QUICK = 5_000, 500
PATIENCE = 900
"""Seconds that one pusher may take."""
PUSHER = Path(__file__).with_name("pushers.py")
MODULES = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules")
CONFIGURATION = """\
load_module {module};
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000; keepalive_timeout 300s; default_type application/json;
  client_max_body_size 10m; client_body_buffer_size 64k;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port} backlog=1024; {places} }}
}}
"""
PLACE = """
    location /d{ms} {{ echo_read_request_body; echo_status 201; echo_sleep {seconds}; echo '{{"id":1}}'; }}"""
SCRIPT = """\
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("{body}", "rb"); wrk.body = file:read("*a"); file:close()
"""


def missing() -> str | None:
    """What of the server and of the yardstick is not there."""
    module = next((Path(m) for m in MODULES if (Path(m) / "ngx_http_echo_module.so").exists()), None)
    for name in ("nginx", "wrk"):
        if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None:
            return f"{name} is not installed"
    return None if module else "nginx has no echo module"


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of a server that answers `/d20` after 20 ms, and so on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    module = next(Path(m) / "ngx_http_echo_module.so" for m in MODULES if Path(m).exists())
    places = " ".join(PLACE.format(ms=ms, seconds=ms / 1000) for ms in WORKS)
    written = folder / "nginx.conf"
    written.write_text(CONFIGURATION.format(module=module, folder=folder, port=port, places=places), "utf-8")
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    with subprocess.Popen([nginx, "-c", str(written)], stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)


def body(number: int) -> bytes:
    """What is sent of a record, as a channel of webhooks says it."""
    told = record(number)
    key, text = told.pop("key"), told.pop("body")["text"]
    fields = {**told, "body": text, "kind": "article", "locale": "en", "slug": f"leopards-part-{number}"}
    known = {"action": "create", "channel": "out", "delivery": f"{number:064x}", "kind": "article"}
    return json.dumps(
        {**known, "key": key, "locale": "en", "title": told["title"], "record": fields}
    ).encode()


def wrk(address: str, connections: int, seconds: int, folder: Path) -> dict[str, Any]:
    script = folder / "post.lua"
    script.write_text(SCRIPT.format(body=folder / "body.json"), "utf-8")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), address]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"the server refused wrk: {said}")
    known = subprocess.run(["wrk", "-v"], capture_output=True, text=True).stdout.split()
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return {"rate": float(found[1]) if found else 0.0, "version": known[1] if len(known) > 1 else "unknown"}


def pushed(
    name: str, python: str, address: str, connections: int, count: int, folder: Path
) -> dict[str, Any]:
    """What one pusher needed, each time in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        (Path(own) / "bodies.ndjson").symlink_to(folder / "bodies.ndjson")
        command = [python, str(PUSHER), name, address, str(connections), str(count), own]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode:
        return {"missing": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it failed"}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def rounds(asked: argparse.Namespace, folder: Path) -> Iterator[dict[str, Any]]:
    """One object for each contestant of each round, as it is measured."""
    count, pythons = asked.records, dict(one.split("=", 1) for one in asked.python)
    with (folder / "bodies.ndjson").open("wb") as file:
        file.writelines(body(number) + b"\n" for number in range(count))
    (folder / "body.json").write_bytes(body(0))
    with server(folder) as address:
        for delay, connections in WORKS.items():
            for _ in range(asked.rounds):
                known = {"work": "D", "delay_ms": delay, "connections": connections}
                place = f"{address}/d{delay}"
                limit = wrk(place, connections, 1 if asked.quick else 3, folder)
                yield {**known, "contestant": "wrk", "of_wrk": 1.0, "cpu_ms": None, **limit}
                for name in asked.only or PUSHERS:
                    got = pushed(name, pythons.get(name, sys.executable), place, connections, count, folder)
                    share = {"of_wrk": got["rate"] / limit["rate"]} if "rate" in got else {}
                    yield {**known, "contestant": name, **share, **got}


def table(lines: list[dict[str, Any]]) -> Iterator[str]:
    """Medians of the rounds, for people."""
    yield "| delay | connections | who | requests a second | of wrk | CPU a record |"
    yield "|---|---|---|---|---|---|"
    for delay, connections in WORKS.items():
        here = [one for one in lines if one["delay_ms"] == delay]
        for name in dict.fromkeys(one["contestant"] for one in here):
            mine = [one for one in here if one["contestant"] == name]
            yield f"| {delay} ms | {connections} | {_cells(name, mine)} |"


def _cells(name: str, mine: list[Mapping[str, Any]]) -> str:
    whole = [one for one in mine if "rate" in one]
    if not whole:
        return f"{name} | not measured: {mine[0]['missing']} | | "
    rate, share = median(one["rate"] for one in whole), median(one["of_wrk"] for one in whole)
    cpu = [one["cpu_ms"] for one in whole if one["cpu_ms"] is not None]
    spent = f"{median(cpu):.2f} ms" if cpu else ""
    return f"{name} {whole[0]['version']} | {rate:.0f} | {share:.3f} | {spent}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--json", action="store_true", help="one object a line, each as soon as it is measured"
    )
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK} records, one round, beside a plain loop only"
    )
    parser.add_argument("--records", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--only", nargs="*", choices=PUSHERS, default=[])
    parser.add_argument("--python", nargs="*", default=[], metavar="NAME=PATH")
    asked = parser.parse_args()
    asked.records = asked.records or (QUICK if asked.quick else RECORDS)
    asked.rounds = asked.rounds or (1 if asked.quick else 3)
    asked.only = asked.only or (["requests", "leopard"] if asked.quick else [])
    if why := missing():
        print(json.dumps({"work": "D", "missing": why}) if asked.json else f"not measured: {why}")
        return
    with tempfile.TemporaryDirectory(prefix="leopard-pushing-") as folder:
        lines = []
        for line in rounds(asked, Path(folder)):
            lines.append(line)
            if asked.json:
                print(json.dumps(line), flush=True)
        if not asked.json:
            print("\n".join(table(lines)))


if __name__ == "__main__":
    main()
