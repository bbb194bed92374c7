"""`sync` and `plan` of a settled project, answered by the standard library alone, before all other imports.

Whatever is out of the ordinary is left to the commands themselves, which find out again what is to be done.
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pipeline.stamp.form import FILE, FOLDER, INTERPRETER, Stamp

if TYPE_CHECKING:
    from sqlite3 import Connection

REPORT = """\
{
  "run": "%s",
  "outcome": "nothing",
  "held_back": 0,
  "awaiting_approval": [],
  "channels": {},
  "problems": []
}
"""
"""What `leopard sync --format json` says of a run that had nothing to do."""
PLAIN = {"sync": {"--yes"}, "plan": {"--full", "--detailed-exitcode"}}
"""Options that change nothing where there is nothing to do."""
COLOURED = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
PATIENCE = 10.0
"""Seconds that another writer of the ledger is waited for."""


class Asked(NamedTuple):
    """A command line that may be answered."""

    command: str
    folder: str
    form: str
    channels: tuple[str, ...]


def answered(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> int | None:
    """Answer a command line, and give the status to leave with; None if it takes more than that."""
    asked = _asked(words)
    if asked is None or any(name.startswith(("OTEL_", "_LEOPARD_")) for name in environment):
        return None
    try:
        answer = _answer(asked, environment)
    except (OSError, ValueError, KeyError, ImportError):
        return None
    if answer is None:
        return None
    sys.stdout.write(answer)
    sys.stdout.flush()
    return 0


def _asked(words: Sequence[str]) -> Asked | None:
    command, said, channels = "", {"-C": ".", "--format": "text"}, []
    rest = iter(words)
    for word in rest:
        name, sign, value = word.partition("=")
        if command and word in PLAIN[command]:
            continue
        if not command and word in PLAIN:
            command = word
        elif word == "-C" or (command and name == "--format"):
            said[name] = value if sign else next(rest, "")
        elif command == "sync" and name == "--channel":
            channels.append(value if sign else next(rest, ""))
        else:
            return None
    if not command or said["--format"] not in ("text", "json"):
        return None
    return Asked(command, said["-C"], said["--format"], tuple(channels))


def _answer(asked: Asked, environment: Mapping[str, str]) -> str | None:
    if asked.command == "plan" and asked.form == "text" and _is_coloured(environment):
        return None
    root, now = os.path.realpath(asked.folder), time.time_ns() // 1000
    with Stamp(os.path.join(root, FOLDER, FILE)) as stamp:
        header = stamp.header
        same = header["root"] == root and header["interpreter"] == INTERPRETER
        wanted = asked.channels or header["known"].split()
        if not (same and header["ledger"] and header[asked.command]):
            return None
        if not set(wanted) <= set(header["channels"].split()):
            return None
        if now < int(header["since"]) or now >= int(header["until"]):
            return None  # also when the clock has been set back
        if not secrets_hold(header["secrets"], environment) or not stamp.holds():
            return None
    if not _remembered(asked, header):
        return None
    if asked.command == "plan":
        return header[f"plan {asked.form}"]
    return REPORT % _run_id() if asked.form == "json" else "Nothing to do.\n"


def _is_coloured(environment: Mapping[str, str]) -> bool:
    return sys.stdout.isatty() or any(name in environment for name in COLOURED)


def secrets_hold(digests: str, environment: Mapping[str, str]) -> bool:
    """Are the variables that the configuration names what they were? Lines of name, salt and digest."""
    for line in digests.splitlines():
        name, salt, digest = line.split()
        if digest_of(environment.get(name, ""), salt) != digest:
            return False
    return True


def digest_of(secret: str, salt: str) -> str:
    """Tells whether a secret is another one, and not what it is."""
    from hashlib import scrypt

    data = secret.encode("utf-8", "surrogateescape")
    return scrypt(data, salt=bytes.fromhex(salt), n=1 << 10, r=8, p=1).hex()


def _remembered(asked: Asked, header: Mapping[str, str]) -> bool:
    """Does the ledger say the same? Then it is noted that the channels are as the content asks."""
    from sqlite3 import DatabaseError, connect

    place = header["ledger"].replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        ledger = connect(f"file:{place}?mode=rw", uri=True, timeout=PATIENCE, isolation_level=None)
        try:
            ledger.execute("PRAGMA synchronous=FULL")
            ledger.execute("BEGIN" if asked.command == "plan" else "BEGIN IMMEDIATE")
            same = _is_same(ledger, asked, header)
            if same and asked.command == "sync":
                _succeed(ledger, asked.channels, sorted(header["known"].split()))
            ledger.execute("COMMIT")
        finally:
            ledger.close()
    except DatabaseError:
        return False
    return same


def _is_same(ledger: "Connection", asked: Asked, header: Mapping[str, str]) -> bool:
    for name in ("settled", "version", "lineage"):
        if _fact(ledger, name) != header[name]:
            return False
    if asked.command == "plan":
        return True
    return not any(ledger.execute(f"SELECT 1 FROM {one} LIMIT 1").fetchone() for one in _TO_LOOK_AFTER)  # noqa: S608


_TO_LOOK_AFTER = ("paused", "proposals", "facts WHERE name >= 'incident:' AND name < 'incident;'")
"""Where there is any of these, a run says so, tells somebody, or sees that it is over."""


def _fact(ledger: "Connection", name: str) -> str | None:
    found = ledger.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return found[0] if found else None


def _succeed(ledger: "Connection", channels: Sequence[str], known: Sequence[str]) -> None:
    """As `pipeline.observe.success` does."""
    at = _instant()
    told = dict.fromkeys(known, at)
    if channels:
        import json

        before = json.loads(_fact(ledger, "success") or "{}")
        told = {
            name: at if name in channels else before[name] for name in known if name in (*channels, *before)
        }
    value = ",".join(f'"{name}":"{one}"' for name, one in told.items())
    ledger.execute("INSERT OR REPLACE INTO facts (name, value) VALUES ('success', ?)", (f"{{{value}}}",))


def _instant() -> str:
    """Now, in ISO 8601 and UTC, as `datetime.isoformat` has it."""
    seconds, micro = divmod(time.time_ns() // 1000, 1_000_000)
    return (
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        + (f".{micro:06}" if micro else "")
        + "+00:00"
    )


def _run_id() -> str:
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.urandom(4).hex()}"
