"""What happens, as lines of JSON on standard error: for machines that collect logs.

A line holds no secret and none of the content: keys, names, codes and places, never a title or an excerpt.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from pipeline.observe.spans import Observer, Span, observing
from schemas.errors import LeopardError
from schemas.problems import Problem

log = logging.getLogger("leopard")
LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO}
_structured: list[logging.Handler] = []


class JsonLines(logging.Formatter):
    """One object a line: time (RFC 3339, UTC), level, message, then what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.name != log.name:
            line["logger"] = record.name
        if record.exc_info and log.isEnabledFor(logging.DEBUG):
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class Logged(Observer):
    """A line for each piece of work that has ended, and for each run that begins."""

    def begin(self, span: Span) -> None:
        if span.name == "run":
            told(logging.INFO, "the run begins", **span.facts)

    def end(self, span: Span) -> None:
        facts: dict[str, Any] = {**span.facts, "duration": round(span.seconds, 6)}
        subject = next((facts[name] for name in ("key", "source", "channel") if name in facts), "")
        words = {"run": "the run has ended", "write": f"{facts.get('action')} {subject}"}
        if span.error is not None:
            facts["error"] = getattr(span.error, "code", type(span.error).__name__)
        level = logging.INFO if span.error is None else logging.WARNING
        told(level, words.get(span.name, f"{span.name} {subject}"), **facts)


@contextmanager
def structured() -> Iterator[None]:
    """Until the end of the `with` block, all that is logged goes to standard error as lines of JSON."""
    handler, root, level = logging.StreamHandler(sys.stderr), logging.getLogger(), log.level
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    log.setLevel(min(level or logging.INFO, logging.INFO))
    logging.captureWarnings(True)
    _structured.append(handler)
    try:
        with observing(Logged()):
            yield
    finally:
        _structured.remove(handler)
        logging.captureWarnings(False)
        log.setLevel(level)
        root.removeHandler(handler)


def is_structured() -> bool:
    """Is what people are told to be lines of JSON?"""
    return bool(_structured)


def told(level: int, message: str, **facts: Any) -> None:
    """One line with what is known besides."""
    log.log(
        level, message, extra={"facts": {name: value for name, value in facts.items() if value is not None}}
    )


def told_problem(problem: Problem) -> None:
    """A problem; of one that may quote content, only its code and its place."""
    placed = problem.origin is not None or problem.excerpt is not None
    about_content = placed and not problem.code.startswith("config.")
    message = f"{problem.code} in {problem.origin or problem.ident}" if about_content else problem.message
    told(
        LEVELS[problem.severity],
        message,
        code=problem.code,
        channel=problem.channel,
        key=problem.ident,
        place=str(problem.origin) if problem.origin else None,
        hint=None if about_content else problem.hint,
    )


def told_failure(error: Exception) -> None:
    """What ended a run, or a job."""
    known = error if isinstance(error, LeopardError) else None
    words = known.message if known else f"something unforeseen happened ({type(error).__name__})"
    facts = {"code": known.code, "hint": known.hint, "place": known.origin} if known else {}
    log.error(words, exc_info=error, extra={"facts": {k: v for k, v in facts.items() if v is not None}})
