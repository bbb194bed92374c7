"""
What does Leopard cost on top of the writes themselves?

    LEOPARD_LIVE=~/.cache/leopard-live python benchmarks/cms.py [--records 500] [wordpress payload …]

On one server, in one run: pages are created and then updated through Leopard, and the run after that, which
has nothing to do, is timed as well. Then the same writes, request for request and in batches where Leopard
used them, are sent by the plainest loop that a careful person would write: `requests`, one session a thread,
as many threads as the channel has workers, no ledger, no look-ups, no check of the answers. Prints wall times
in seconds, and the ratios.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests

from pipeline.trial import CHANNEL, Trial
from schemas.errors import Rejected

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "live"))

PORTS = {"wordpress": 8101, "payload": 8103, "strapi": 8104, "directus": 8105, "ghost": 8106}
WORDS = "The leopard is the most widespread of the big cats, and the one about which least is known. "
Request = tuple[str, str, dict[str, str], bytes]


def channel(name: str, server: Mapping[str, Any]) -> dict[str, Any]:
    """What leopard.yaml says of a server of the tests; secrets go to the environment."""
    if name == "wordpress":
        server = {**server, **server["editor"]}
    secrets = {
        "wordpress": ("password", "password"),
        "payload": ("api_key", "api_key"),
        "strapi": ("token", "token"),
        "directus": ("token", "token"),
        "ghost": ("key", "admin_key"),
    }
    option, member = secrets[name]
    os.environ["LEOPARD_BENCHMARK_SECRET"] = str(server[member])
    more = {"username": server["username"]} if name == "wordpress" else {}
    return {
        "use": name,
        "url": server["url"],
        option: "env:LEOPARD_BENCHMARK_SECRET",
        "kinds": ["page"],
        **more,
    }


class Recorder:
    """Notes the writes that `requests` sends from here on, in their order."""

    def __init__(self) -> None:
        self.sent: list[Request] = []
        self._lock = threading.Lock()

    @contextmanager
    def listening(self) -> Iterator[list[Request]]:
        real = requests.Session.send

        def send(
            session: requests.Session, request: requests.PreparedRequest, **how: Any
        ) -> requests.Response:
            if request.method not in ("GET", "HEAD", "OPTIONS"):
                body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
                noted = (str(request.method), str(request.url), dict(request.headers), body)
                with self._lock:
                    self.sent.append(noted)
            return real(session, request, **how)

        requests.Session.send = send  # type: ignore[assignment, method-assign]
        try:
            yield self.sent
        finally:
            requests.Session.send = real  # type: ignore[method-assign]


def write(trial: Trial, count: int, title: str) -> None:
    for number in range(count):
        fields = {"title": f"{title} {number}", "blocks": [{"type": "text", "text": WORDS * 10}]}
        trial.write(f"content/pages/p{number:05}.yaml", fields)


def through_leopard(trial: Trial, count: int, title: str) -> tuple[float, list[Request]]:
    write(trial, count, title)
    with Recorder().listening() as sent:
        began = time.perf_counter()
        report = trial.run()
        seconds = time.perf_counter() - began
    done = sum(sum(one.done.values()) for one in report.applied)
    assert done == count, f"{done} of {count} were written: {report.problems[:3]}"
    return seconds, sent


def plainly(sent: list[Request], workers: int) -> float:
    """The same requests again, by a plain loop."""
    local = threading.local()

    def one(request: Request) -> None:
        if not hasattr(local, "session"):
            local.session = requests.Session()
            local.session.trust_env = False
        method, url, headers, _ = request
        answer = local.session.request(method, url, headers=headers, data=fresh(local.session, request))
        assert answer.status_code < 300, f"{method} {url}: {answer.status_code} {answer.text[:200]}"

    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, sent))
    return time.perf_counter() - began


def fresh(session: requests.Session, request: Request) -> bytes:
    """The body; its member `updated_at` says on which condition the server writes, and is read again."""
    method, url, headers, body = request
    if method == "POST" or b'"updated_at"' not in body:
        return body
    answer = session.get(url, headers=headers).json()
    sent = json.loads(body)
    for home, items in sent.items():
        items[0]["updated_at"] = answer[home][0]["updated_at"]
    return json.dumps(sent).encode()


def empty(trial: Trial) -> None:
    exporter = trial.exporter
    with exporter.session():
        while pages := list(exporter.read()):
            for page in pages:
                with suppress(Rejected):  # a removal may change the pages that named it
                    exporter.delete(page)


def measure(name: str, home: Path, count: int) -> None:
    script = [str(ROOT / "tests" / "live" / "servers" / f"{name}.sh"), str(home / name), str(PORTS[name])]
    started = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=True)
    server = json.loads(started.stdout.splitlines()[-1])
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder), channel(name, server))
        workers = trial.project.channels[CHANNEL].options.workers
        empty(trial)
        created, creates = through_leopard(trial, count, "First")
        updated, updates = through_leopard(trial, count, "Second")
        began = time.perf_counter()
        assert trial.run().outcome == "nothing"
        unchanged = time.perf_counter() - began
        plain_updates = plainly(updates, workers)
        empty(trial)
        plain_creates = plainly(creates, workers)
        empty(trial)
        trial.close()
    for what, ours, plain in (("create", created, plain_creates), ("update", updated, plain_updates)):
        print(f"{name:10} {what:9} {count:5} {ours:8.2f} {plain:8.2f} {ours / plain:8.2f}")
    print(
        f"{name:10} {'no change':9} {count:5} {unchanged:8.2f} {'':8} {unchanged / created:8.3f} of creating"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=500)
    parser.add_argument("names", nargs="*", default=list(PORTS), metavar="NAME")
    asked = parser.parse_args()
    home = Path(os.environ["LEOPARD_LIVE"]).expanduser().resolve()
    print(f"{'server':10} {'what':9} {'n':>5} {'Leopard':>8} {'plain':>8} {'ratio':>8}")
    for name in asked.names:
        measure(name, home, asked.records)


if __name__ == "__main__":
    main()
