"""A project with the channel it publishes to, and what that channel holds."""

import json
import os
import signal
import sqlite3
import sys
from contextlib import closing, contextmanager

import scenario
from remembered import OnFile

FOREIGN = json.dumps({"title": "Theirs", "links": []})


class Site:
    """A folder with a project in `project`, and the state of its CMS, if it has one, in `cms`."""

    def __init__(self, channel, folder, remembered=OnFile):
        self.channel, self.folder, self.remembered = channel, folder, remembered(folder)
        self.root, self.cms = folder / "project", folder / "cms" / "state.db"
        self.remote = "loopback" in scenario.CHANNELS[channel]

    def prepare(self):
        """A page of somebody else's is there before us."""
        self.cms.parent.mkdir(parents=True, exist_ok=True)
        if self.remote:
            from loopback import Pages

            with closing(Pages(self.cms).database) as database:
                theirs = "insert into pages (fields, state, version) values (?, 'published', 1)"
                database.execute(theirs, (FOREIGN,))

    @contextmanager
    def served(self):
        """The CMS as a process of its own for as long as the `with` block lasts."""
        if not self.remote:
            if self.root.exists():
                self.configure()
            yield self
            return
        self.cms.parent.mkdir(parents=True, exist_ok=True)
        address, server = _serve(self.cms)
        if self.root.exists():
            self.configure(address)
        self.address = address
        try:
            yield self
        finally:
            os.kill(server, signal.SIGKILL)
            os.waitpid(server, 0)

    def configure(self, address=""):
        written = scenario.configuration(self.channel, address)
        scenario.write(self.root, "leopard.yaml", f"{written}ledger: {self.remembered.address}\n")

    def said(self):
        said = self.folder / "said.txt"
        return said.read_text()[-600:] if said.exists() else ""

    def last_run(self):
        return max(self.remembered.rows("select run from journal"))[0]

    def seen(self):
        """All that must be the same in the end, whatever happened on the way."""
        known = self.remembered.rows("select ident, state, fields from entries")
        return {"ledger": known, "channel": self.pages() if self.remote else self.files()}

    def files(self):
        """Published files by path; drafts that a killed process left are hidden and not published."""
        files = (path for path in (self.root / "public").rglob("*") if path.is_file())
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in files
            if not path.name.startswith(".")
        }

    def pages(self):
        """Pages in any order, with the idents of others in place of their ids."""
        with closing(sqlite3.connect(self.cms)) as cms:
            rows = cms.execute("select id, ident, fields, state, bytes from pages").fetchall()
        idents = {str(number): ident for number, ident, *_ in rows}
        return sorted(
            (ident or "theirs", _named(json.loads(fields), idents), state, data or b"")
            for _, ident, fields, state, data in rows
        )

    def differences(self, wanted):
        """None if the channel and the ledger are as wanted, else in a few words what is not."""
        seen = self.seen()
        for what, held in seen.items():
            if held != wanted[what]:
                named, wanting = _by_name(held), _by_name(wanted[what])
                names = sorted(n for n in named | wanting if named.get(n) != wanting.get(n))
                return f"the {what} is not as it should be, {len(held)} of {len(wanted[what])}: {names}"
        return None


def _by_name(held):
    if isinstance(held, dict):
        return held
    return {name: [one for one in held if one[0] == name] for name, *_ in held}


def _named(fields, idents):
    links = sorted(str(idents.get(to, to)) for to in fields.get("links", ()))
    return json.dumps({**fields, "links": links, "image": idents.get(fields.get("image"))}, sort_keys=True)


def _serve(state):
    """Start the CMS in a fork; returns its address and its process id."""
    from loopback import Server

    reading, writing = os.pipe()
    server = os.fork()
    if server == 0:
        try:
            os.close(reading)
            cms = Server(state)
            with open(writing, "w") as answer:
                answer.write(cms.address)
            cms.serve_forever()
        finally:
            os._exit(1)
    os.close(writing)
    with open(reading) as answer:
        return answer.read(), server


sys.dont_write_bytecode = True
