"""Answers of an API in JSON: what is none, and what says that something went wrong."""

from typing import Any

from schemas.errors import ContentError
from schemas.problems import Origin
from sources.common import json_text
from sources.common.remote import looks_like_page, wrong_page
from transport.fetch import Answer
from transport.files import decode
from transport.session import said


def json_in(answer: Answer[bytes], where: str) -> Any:
    """The data of an answer. Raises ContentError for a web page, what is no JSON, and an error with 200."""
    body = answer.taken or b""
    if answer.headers.get("Content-Type", "").startswith("text/html") or looks_like_page(body[:1000]):
        raise wrong_page(where, body[:100_000], "data in JSON")
    found = json_text.load(decode(body, where), where)
    errors = found.get("errors") or found.get("error") if isinstance(found, dict) else None
    if errors:
        message, hint = f"{where}: it answers with an error: {said(found)}", "see what the API says"
        raise ContentError(message, code="api.error", hint=hint, origin=Origin(path=where))
    return found
