"""A record's trace: from its line in the source through every step to what each channel has of it."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pipeline.differences import as_text
from pipeline.findings import excerpt
from pipeline.trace import follow
from pipeline.web.asked import anew
from pipeline.web.cells import Board, Row
from pipeline.web.dash import Dash
from pipeline.web.looking import Look
from pipeline.web.sight import Sight
from pipeline.web.view import page, record
from schemas import canonical
from schemas.problems import Origin
from schemas.record import is_public

WRITES = 50
"""Writes of a record that are shown, the latest first."""
LONGEST = 240
"""Characters of an ident."""
NOTHING = "Of this record there is nothing to be shown."


class Records:
    """One record each, also one that is only remembered."""

    def __init__(self, dash: Dash) -> None:
        self.dash = dash

    def routes(self) -> Iterator[Route]:
        yield Route("/records/{ident:path}", self.show)

    def show(self, request: Request) -> Response:
        ident = request.path_params["ident"]
        if len(ident) > LONGEST or not ident.isprintable():
            return page(request, "missing.html", 404, what="No record has a name like that.")
        look = self.dash.looking.look(anew(request.query_params))
        sight = Sight.of(request.state.visitor, look)
        if "steps" in request.query_params:
            return self._steps(request, ident, look, sight)
        known = self._known(ident, look, sight)
        return page(request, "record.html", **known) if known else self._languages(request, ident, look)

    def _known(self, ident: str, look: Look, sight: Sight) -> dict[str, Any] | None:
        """All that is known of one record; None if nothing is."""
        ledger, insight = self.dash.ledger, look.insight
        content = insight.planned.prepared.content if insight else None
        board = Board(look, ledger, sight)
        row = board.rows([ident], list(look.project.channels))[ident]
        history = ledger.journal.of_record(ident, WRITES)
        held = [one for one in ledger.quarantine.all() if one.ident == ident]
        problems = insight.findings.about([ident]) if insight else []
        states = [cell.holding.state for cell in row.values() if cell.holding]
        here = content is not None and content.origin(ident) is not None
        if not (here or problems or held or states or history):
            return None
        one = sight.record(ident)
        hidden = sight.hides(ident, "published" if "published" in states else None)
        source, origin = (content.origin(ident) if content else None) or ("", None)
        shown = one is not None and not hidden
        return {
            "look": look,
            "since": self.dash.looking.since,
            "ident": ident,
            "title": None if hidden else one.title if one else _remembered(row),
            "why": sight.why(ident) if one or hidden else "",
            "hidden": hidden,
            "here": here,
            "complete": content is not None and all(o.state == "complete" for o in content.outcomes.values()),
            "source": source,
            "origin": origin,
            "excerpt": _line(look, source, origin) if origin and shown else None,
            "values": list(_values(canonical.plain(one))) if one and shown else [],
            "problems": sight.problems(problems),
            "held": held,
            "row": row,
            "history": history,
            "limit": WRITES,
        }

    def _steps(self, request: Request, ident: str, look: Look, sight: Sight) -> Response:
        """What each step changed. All is transformed once more for it, as a step may see every record."""
        if sight.record(ident) is None or sight.hides(ident):
            return page(request, "missing.html", 404, what=NOTHING)
        followed = follow(look.project, ident)  # the content may be another one than when it was looked at
        one = followed.prepared.content.records.get(ident)
        if one is None or not (sight.visitor.may_act or is_public(one, sight.now)):
            return page(request, "missing.html", 404, what=NOTHING)
        steps = [step for trace in followed.traces if trace.ident == ident for step in trace.steps()]
        return page(request, "steps.html", ident=ident, steps=steps)

    def _languages(self, request: Request, key: str, look: Look) -> Response:
        """Where the key is of a record in several languages, or in one."""
        content = look.insight.idents if look.insight else []
        remembered = self.dash.ledger.pages.idents(key)
        found = sorted({*remembered, *(one for one in content if one.rpartition("@")[0] == key)})
        if len(found) == 1:
            return RedirectResponse(record(found[0]), 303)
        if found:
            return page(request, "languages.html", key=key, idents=found)
        return page(request, "missing.html", 404, what=f"Nothing is known of a record {key}.")


def _line(look: Look, source: str, origin: Origin) -> str | None:
    """The line with its title, or its first one, if the source is still what was read."""
    project = look.project
    try:
        changed = (project.root / origin.path).stat().st_mtime
    except OSError:
        return None
    if changed > look.at.timestamp():
        return None
    return excerpt(project.root, project.sources[source].locate(origin, ("title",)))


def _remembered(row: Row) -> str:
    return next((cell.holding.title for cell in row.values() if cell.holding), "")


def _values(fields: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of each value that there is."""
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _values(value, f"{path}{name}.")
        elif value not in (None, "", []):
            yield f"{path}{name}", as_text(value)
