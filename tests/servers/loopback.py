"""
A small CMS over HTTP, for tests: `python tests/servers/loopback.py --port 0 --state FILE`.

Prints `{"address": "http://127.0.0.1:…"}` on one line when it is ready. Pages live in one SQLite file and
outlive the process. It has the traps that real ones have: a second POST makes a second page, titles lose
the spaces around them, a link to a page that does not exist is refused, and batches answer in another order.
"""

import argparse
import base64
import json
import re
import sqlite3
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

TABLE = """create table if not exists pages (
    id integer primary key autoincrement, ident text, fields text, state text, version integer, bytes blob)"""


class Refusal(Exception):
    """An answer that is not a success."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Pages:
    """All pages, ours and those of others, on disk."""

    def __init__(self, state):
        self.database = sqlite3.connect(state, check_same_thread=False, isolation_level=None)
        self.database.execute("pragma journal_mode=wal")
        self.database.execute(TABLE)
        self.lock = threading.RLock()

    def all(self, idents=None, marked=False, after=0, limit=100):
        """Up to `limit` pages in the order of their ids."""
        where, values = ["id > ?"], [after]
        if marked:
            where.append("ident is not null")
        if idents:
            where.append(f"ident in ({', '.join('?' * len(idents))})")
            values += idents
        query = f"select * from pages where {' and '.join(where)} order by id limit ?"
        with self.lock:
            return [_page(row) for row in self.database.execute(query, (*values, limit))]

    def get(self, number):
        with self.lock:
            row = self.database.execute("select * from pages where id = ?", (number,)).fetchone()
        if row is None:
            raise Refusal(404, f"there is no page {number}")
        return _page(row)

    def media(self, number):
        with self.lock:
            row = self.database.execute("select bytes from pages where id = ?", (number,)).fetchone()
        if row is None or row[0] is None:
            raise Refusal(404, f"page {number} has no media")
        return row[0]

    def create(self, sent):
        with self.lock:
            self._check(sent)
            values = (sent.get("ident"), _fields(sent), sent.get("state", "published"), _bytes(sent))
            insert = "insert into pages (ident, fields, state, version, bytes) values (?, ?, ?, 1, ?)"
            return self.get(self.database.execute(insert, values).lastrowid)

    def update(self, number, sent, version):
        """What is not sent stays as it is."""
        with self.lock:
            before = self._expect(number, version)
            self._check(sent)
            fields = _fields(sent) if "fields" in sent else json.dumps(before["fields"])
            values = (fields, sent.get("state", before["state"]), _bytes(sent), number)
            self.database.execute(
                "update pages set fields = ?, state = ?, bytes = coalesce(?, bytes), version = version + 1 "
                "where id = ?",
                values,
            )
            return self.get(number)

    def delete(self, number, version):
        with self.lock:
            self._expect(number, version)
            self.database.execute("delete from pages where id = ?", (number,))

    def batch(self, writes):
        """An outcome for each write, by ident, the last first; one that fails leaves the others."""
        outcomes = {}
        for sent in writes:
            try:
                known = "id" in sent
                page = self.update(sent["id"], sent, sent.get("version")) if known else self.create(sent)
                outcomes[sent["ident"]] = {"page": page}
            except Refusal as refusal:
                outcomes[sent["ident"]] = {"status": refusal.status, "message": str(refusal)}
        return dict(reversed(outcomes.items()))

    def _expect(self, number, version):
        page = self.get(number)
        if version is not None and version != page["version"]:
            raise Refusal(412, f"page {number} has changed")
        return page

    def _check(self, sent):
        fields = sent.get("fields", {})
        named = [*fields.get("links", ()), *filter(None, [fields.get("image")])]
        for number in named:
            try:
                self.get(number)
            except Refusal:
                raise Refusal(422, f"there is no page {number} to link to") from None


def _page(row):
    number, ident, fields, state, version, _ = row
    return {
        "id": str(number),
        "ident": ident,
        "fields": json.loads(fields),
        "state": state,
        "version": str(version),
    }


def _fields(sent):
    fields = dict(sent.get("fields", {}))
    if isinstance(fields.get("title"), str):
        fields["title"] = fields["title"].strip()
    return json.dumps(fields)


def _bytes(sent):
    return base64.b64decode(sent["bytes"]) if "bytes" in sent else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def do_GET(self):
        self._answer("GET")

    def do_POST(self):
        self._answer("POST")

    def do_PUT(self):
        self._answer("PUT")

    def do_DELETE(self):
        self._answer("DELETE")

    def _answer(self, method):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # whoever sent it died on the way
            raise ConnectionResetError
        url = urlsplit(self.path)
        if url.path != "/log":
            self.server.log.append([method, url.path])
        try:
            status, answer = self._route(method, url.path, parse_qs(url.query), json.loads(body or "{}"))
        except Refusal as refusal:
            status, answer = refusal.status, {"message": str(refusal)}
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        kind = "image/png" if isinstance(answer, bytes) else "application/json"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(0 if status == 204 else len(data)))
        self.end_headers()
        if status != 204:
            self.wfile.write(data)
        self.wfile.flush()

    def _route(self, method, path, query, sent):
        pages, version = self.server.pages, self.headers.get("If-Match")
        number = int(found[2]) if (found := re.fullmatch(r"/(pages|media)/(\d+)", path)) else None
        match method, path.rstrip("0123456789"):
            case "GET", "/log":
                return 200, self.server.log
            case "GET", "/pages":
                return 200, self._list(query)
            case "POST", "/pages":
                return 201, pages.create(sent)
            case "POST", "/batch":
                return 200, {"outcomes": pages.batch(sent["writes"])}
            case "GET", "/pages/":
                return 200, pages.get(number)
            case "PUT", "/pages/":
                return 200, pages.update(number, sent, version)
            case "DELETE", "/pages/":
                pages.delete(number, version)
                return 204, None
            case "GET", "/media/":
                return 200, pages.media(number)
        raise Refusal(404, f"there is nothing at {path}")

    def _list(self, query):
        after, limit = int(query.get("after", ["0"])[0]), int(query.get("limit", ["100"])[0])
        found = self.server.pages.all(query.get("ident"), "marked" in query, after, limit + 1)
        more = found[limit - 1]["id"] if len(found) > limit else None
        return {"pages": found[:limit], "next": more}

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, state, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.pages, self.log = Pages(state), []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def running(state):
    """A server in this process, for as long as the `with` block lasts."""
    server = Server(state)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        server.pages.database.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, required=True)
    asked = parser.parse_args()
    server = Server(asked.state, asked.port)
    print(json.dumps({"address": server.address}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
