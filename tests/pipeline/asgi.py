"""Requests as a web server hands them to an application, whatever stands in them: no client makes them proper."""

import asyncio
from dataclasses import dataclass
from urllib.parse import unquote

LONGEST = 60.0
"""Seconds for one answer; more is a standstill."""


@dataclass(frozen=True)
class Asked:
    """One request. `target` is the path and the query as they stand in the request line."""

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    parts: int = 1
    """In how many pieces the body comes."""


@dataclass(frozen=True)
class Answer:
    """What came of it."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name):
        return next((value for one, value in self.headers if one.lower() == name), b"").decode("latin-1")


class Server:
    """Asks an application as uvicorn would, and then hangs up."""

    def __init__(self, app):
        self.app = app
        self.runner = asyncio.Runner()

    def ask(self, asked):
        return self.runner.run(asyncio.wait_for(self._ask(asked), LONGEST))

    def close(self):
        self.runner.close()

    async def _ask(self, asked):
        path, _, query = asked.target.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": asked.method,
            "scheme": "http",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in asked.headers],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8350),
            "state": {},
        }
        size = max(1, -(-len(asked.body) // asked.parts))
        pieces = [asked.body[at : at + size] for at in range(0, len(asked.body), size)] or [b""]
        sent = []

        async def receive():
            if not pieces:
                await asyncio.sleep(0.05)
                return {"type": "http.disconnect"}
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        begins = [one for one in sent if one["type"] == "http.response.start"]
        assert len(begins) == 1, sent
        body = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
        return Answer(begins[0]["status"], tuple(map(tuple, begins[0]["headers"])), body)
