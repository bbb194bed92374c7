"""Answer harvesters live (OAI-PMH 2.0): all six verbs over what the channel `oaipmh` has written."""

import re
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import orjson

from exporters.dialects.oaipmh import xml as xml
from exporters.dialects.oaipmh.store import NAME, Selection, Store
from exporters.dialects.oaipmh.xml import PREFIX, About, Item, Token

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Query = Mapping[str, list[str]]
Answer = tuple[int, dict[str, str], bytes]
LARGEST_REQUEST = 65_536
"""Bytes of a request's arguments."""
SAMPLE = "report:sample@en"
_LIST = {"metadataPrefix", "from", "until", "set", "resumptionToken"}
_ALLOWED = {
    "Identify": set[str](),
    "ListMetadataFormats": {"identifier"},
    "ListSets": {"resumptionToken"},
    "GetRecord": {"identifier", "metadataPrefix"},
    "ListIdentifiers": _LIST,
    "ListRecords": _LIST,
}
_REQUIRED = {
    "GetRecord": ("identifier", "metadataPrefix"),
    "ListIdentifiers": ("metadataPrefix",),
    "ListRecords": ("metadataPrefix",),
}
_SET = re.compile(r"[\w.!~*'()-]+(:[\w.!~*'()-]+)*", re.ASCII)
_SECONDS, _DAY = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"


class _Wrong(Exception):
    """A request that has no answer: one of the protocol's codes, and why in words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass(frozen=True)
class _Place:
    """What a list holds, and after which record it goes on."""

    chosen: Selection
    after: tuple[str, str] = ("", "")
    cursor: int = 0


def answer(query: Query, repository: Store, now: datetime) -> Answer:
    """Status, headers and body for the arguments of one request. What is wrong with it is said in XML."""
    about = repository.about()
    if about is None:
        return _plain(503, "nothing has been published yet")
    asked: dict[str, str] = {}
    try:
        checked = _arguments(query)
        asked = checked
        inner = _ANSWERS[checked["verb"]](checked, repository, about)
    except _Wrong as wrong:
        inner = xml.error(wrong.code, wrong.words)
        if wrong.code in ("badVerb", "badArgument"):
            asked = {}
    whole = xml.response(about, now.astimezone(UTC).strftime(_SECONDS), asked, (inner,))
    return 200, {"Content-Type": "text/xml; charset=utf-8"}, whole.encode()


def _arguments(query: Query) -> dict[str, str]:
    """Each argument's one value, if these arguments belong together."""
    verbs = query.get("verb", [])
    if len(verbs) != 1 or verbs[0] not in _ALLOWED:
        raise _Wrong("badVerb", f"there must be one verb, and it is one of {', '.join(_ALLOWED)}")
    verb = verbs[0]
    unknown = sorted(set(query) - _ALLOWED[verb] - {"verb"})
    if unknown:
        raise _Wrong("badArgument", f"{verb} takes no argument {', '.join(unknown)}")
    if twice := sorted(name for name, values in query.items() if len(values) != 1):
        raise _Wrong("badArgument", f"there must be one value for {', '.join(twice)}")
    asked = {name: values[0] for name, values in query.items()}
    if "resumptionToken" in asked:
        if len(asked) > 2:
            raise _Wrong("badArgument", "a resumptionToken stands alone")
    elif missing := [name for name in _REQUIRED.get(verb, ()) if name not in asked]:
        raise _Wrong("badArgument", f"{verb} needs {' and '.join(missing)}")
    return asked


def _identify(asked: Mapping[str, str], repository: Store, about: About) -> str:
    first = repository.items(Selection(), ("", ""), 1)
    return xml.identify(about, first[0].ident if first else SAMPLE)


def _formats(asked: Mapping[str, str], repository: Store, about: About) -> str:
    if "identifier" in asked:
        _item(asked["identifier"], repository, about)
    return xml.formats()


def _sets(asked: Mapping[str, str], repository: Store, about: About) -> str:
    if "resumptionToken" in asked:
        raise _Wrong("badResumptionToken", "the list of sets is never given in parts")
    if not (known := repository.sets()):
        raise _Wrong("noSetHierarchy", "there are no sets")
    return xml.sets(known)


def _record(asked: Mapping[str, str], repository: Store, about: About) -> str:
    item = _item(asked["identifier"], repository, about)
    _check_prefix(asked["metadataPrefix"])
    return xml.single(about, item)


def _list(asked: Mapping[str, str], repository: Store, about: About) -> str:
    verb, token = asked["verb"], asked.get("resumptionToken")
    place = _place(verb, token) if token is not None else _Place(_selection(asked, repository))
    found = repository.items(place.chosen, place.after, about.page + 1)
    if not found:
        raise _Wrong("noRecordsMatch", "there are no such records")
    items, more = found[: about.page], len(found) > about.page
    goes_on = None
    if more or token is not None:
        text = _token(verb, place, items) if more else ""
        goes_on = Token(text, repository.count(place.chosen), place.cursor)
    return xml.listing(verb, about, items, goes_on)


_ANSWERS: dict[str, Callable[[Mapping[str, str], Store, About], str]] = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _record,
    "ListIdentifiers": _list,
    "ListRecords": _list,
}


def _item(identifier: str, repository: Store, about: About) -> Item:
    if (item := repository.get(about.ident(identifier))) is None:
        raise _Wrong("idDoesNotExist", f"there is no record {identifier}")
    return item


def _check_prefix(prefix: str) -> None:
    if prefix != PREFIX:
        raise _Wrong("cannotDisseminateFormat", f"records are there as {PREFIX} and not as {prefix}")


def _selection(asked: Mapping[str, str], repository: Store) -> Selection:
    since, until, spec = asked.get("from"), asked.get("until"), asked.get("set", "")
    if since is not None and until is not None and len(since) != len(until):
        raise _Wrong("badArgument", "from and until must be written alike, both as days or both as instants")
    start = _instant("from", since, "00:00:00") if since is not None else ""
    end = _instant("until", until, "23:59:59") if until is not None else "~"
    if start > end:
        raise _Wrong("badArgument", "from is later than until")
    if "set" in asked:
        if not _SET.fullmatch(spec):
            raise _Wrong("badArgument", "set is no setSpec, such as type:report")
        if not repository.sets():
            raise _Wrong("noSetHierarchy", "there are no sets")
    _check_prefix(asked["metadataPrefix"])
    return Selection(start, end, spec)


def _instant(name: str, written: str, time: str) -> str:
    """An instant from one, or from a day. What is not written as ISO 8601 writes it has another length."""
    for form, length in ((_SECONDS, 20), (_DAY, 10)):
        try:
            datetime.strptime(written, form)  # noqa: DTZ007 - in UTC, as the Z says
        except ValueError:
            continue
        if len(written) == length and written.isascii():
            return written if form is _SECONDS else f"{written}T{time}Z"
    raise _Wrong("badArgument", f"{name} is neither a day nor an instant as {xml.GRANULARITY}")


def _token(verb: str, place: _Place, items: list[Item]) -> str:
    """All that must be known to go on: nothing is kept here, so a token never expires."""
    last, chosen = items[-1], place.chosen
    values = [verb, chosen.since, chosen.until, chosen.spec, last.datestamp, last.ident]
    packed = orjson.dumps([*values, place.cursor + len(items)])
    return urlsafe_b64encode(packed).decode().rstrip("=")


def _place(verb: str, token: str) -> _Place:
    try:
        packed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        of, since, until, spec, datestamp, ident, cursor = orjson.loads(packed)
    except (ValueError, TypeError):
        raise _Wrong("badResumptionToken", "this is no token of ours") from None
    texts = (since, until, spec, datestamp, ident)
    known = of == verb and all(isinstance(text, str) for text in texts) and type(cursor) is int
    if not known:
        raise _Wrong("badResumptionToken", f"this is no token of {verb}")
    return _Place(Selection(since, until, spec), (datestamp, ident), cursor)


def application(folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> "WSGIApplication":
    """The endpoint over the folder that the channel writes, to be mounted at the channel's `endpoint`."""

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        status, headers, body = _serve(environ, folder / NAME, clock())
        headers = {**headers, "Content-Length": str(len(body))}
        start_response(f"{status} {_REASONS[status]}", list(headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return serve


_REASONS = {
    200: "OK",
    405: "Method Not Allowed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    503: "Service Unavailable",
}


def _serve(environ: "WSGIEnvironment", path: Path, now: datetime) -> Answer:
    method = environ["REQUEST_METHOD"]
    if method not in ("GET", "HEAD", "POST"):
        return _plain(405, "harvesters ask with GET or POST", {"Allow": "GET, HEAD, POST"})
    written = environ.get("QUERY_STRING", "")
    if method == "POST":
        kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            return _plain(415, "arguments are sent as application/x-www-form-urlencoded")
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdecimal() or int(length) > LARGEST_REQUEST:
            return _plain(413, "there are too many arguments")
        written = environ["wsgi.input"].read(int(length)).decode("ascii", "replace")
    if len(written) > LARGEST_REQUEST:
        return _plain(413, "there are too many arguments")
    try:
        with Store.reading(path) as repository:
            return answer(parse_qs(written, keep_blank_values=True), repository, now)
    except (sqlite3.Error, OSError):
        return _plain(503, "the repository cannot be read now")


def _plain(status: int, words: str, more: Mapping[str, str] | None = None) -> Answer:
    wait = {"Retry-After": "60"} if status == 503 else {}
    return (
        status,
        {"Content-Type": "text/plain; charset=utf-8", **wait, **(more or {})},
        f"{words}\n".encode(),
    )
