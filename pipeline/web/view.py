"""Pages from templates: escaped, with times that say how long ago."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from pipeline.differences import pieces
from pipeline.ledger import now as clock
from pipeline.web.kept import PLACE, Page

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline is run or styled, and nothing is fetched from elsewhere (CSP level 3)."""
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
"""With no referrer at all, browsers send forms without saying that they are ours."""
LONGEST = 20_000
"""Characters that are compared word by word; the time that takes grows with their square."""
SHOWN = 1000
"""Characters of a value that are shown."""
UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60))
TAGS = {"same": Markup("{}"), "gone": Markup("<del>{}</del>"), "come": Markup("<ins>{}</ins>")}
TIME = Markup('<time datetime="{}" title="{} UTC">{}</time>')


def ago(at: datetime | str | None, now: datetime | None = None) -> Markup:
    """`3 hours ago` or `in 2 minutes`, with the instant itself for machines and for those who point at it."""
    if at is None:
        return Markup("never")
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    seconds = ((now or clock()) - moment).total_seconds()
    words = f"{length(abs(seconds))} ago" if seconds >= 0 else f"in {length(-seconds)}"
    if abs(seconds) < 1:
        words = "now"
    exact = moment.astimezone(UTC)
    return TIME.format(exact.isoformat(), exact.strftime("%Y-%m-%d %H:%M:%S"), words)


def wall(at: datetime, zone: ZoneInfo) -> str:
    """Day and time by the clock of a place: `Mon 30 Nov 06:30`."""
    there = at.astimezone(zone)
    return f"{there:%a} {there.day} {there:%b %H:%M}"


def length(seconds: float) -> str:
    """A length of time in its largest unit."""
    for unit, size in UNITS:
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    number = int(seconds)
    return f"{number} second{'' if number == 1 else 's'}"


def differences(old: str, new: str) -> Markup:
    """Both texts as one: what goes struck out, what comes marked. Long ones are not compared word by word."""
    if len(old) + len(new) > LONGEST:
        whole = (("gone", old), ("come", new))
        return Markup(" ").join(TAGS[kind].format(cut(text, LONGEST // 4)) for kind, text in whole if text)
    return Markup("").join(TAGS[one.kind].format(one.text) for one in pieces(old, new))


def cut(text: str, longest: int = SHOWN) -> str:
    """The beginning of a long text."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def counted(number: int, word: str) -> str:
    """`1 record`, `2 records`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def record(ident: str) -> str:
    """Where the page of a record is, whatever its ident is made of."""
    return f"/records/{quote(ident, safe='/:@')}"


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader(__package__ or ""),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"ago": ago, "counted": counted, "cut": cut, "record": record, "wall": wall}
    made.globals |= {"differences": differences}
    return made


templates = _environment()


def page(request: Request, name: str, status: int = 200, /, **known: Any) -> Response:
    """A whole page, or the part of it that htmx asked for: each template extends `_page.html`."""
    noted = request.session.pop("note", None)
    known = {
        "visitor": request.state.visitor,
        "token": PLACE,
        "path": request.url.path,
        "query": dict(request.query_params),
        "note": noted,
        **known,
    }
    html = templates.get_template(name).render(known)
    made = Page(html, HEADERS)
    if status == 200 and noted is None:
        request.state.page = made
    answer = made.answer(request)
    answer.status_code = status
    return answer


def fragment(name: str, known: Mapping[str, Any]) -> str:
    """A piece of a page."""
    return templates.get_template(name).render(known)
