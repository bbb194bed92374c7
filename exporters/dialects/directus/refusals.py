"""What Directus means by an answer of 300 and more, which it says by a code."""

from typing import Any

import requests

from schemas.errors import Ambiguous, AuthError, ChannelDown, LeopardError, Rejected, Transient
from schemas.model import MARKER
from transport.session import retry_after

_ANEW = "make a new static token for the user of Directus that Leopard is to be"
_STOP: dict[str, tuple[type[ChannelDown], str]] = {
    "INVALID_CREDENTIALS": (AuthError, _ANEW),
    "INVALID_TOKEN": (AuthError, _ANEW),
    "TOKEN_EXPIRED": (AuthError, _ANEW),
    "USER_SUSPENDED": (AuthError, "make the user active again, or let Leopard be another one"),
    "FORBIDDEN": (
        AuthError,
        "the token has no right to that, or it does not exist; see `leopard channel check`, which names each "
        "thing that is missing",
    ),
    "LIMIT_EXCEEDED": (
        ChannelDown,
        "its licence allows no more: publish fewer `kinds`, or extend the licence",
    ),
    "ROUTE_NOT_FOUND": (ChannelDown, "check the address: it is the one of the API, without /admin"),
}
_HINTS = {
    "INVALID_FOREIGN_KEY": "what it names is gone there, or the language is not known: see "
    "`leopard channel check`, and run `leopard sync --refresh`",
    "NOT_NULL_VIOLATION": "Directus wants a value there: give one, or let the field be empty in Directus",
    "VALUE_OUT_OF_RANGE": "the number has more digits than the column in Directus",
    "FAILED_VALIDATION": "the field has a validation rule in Directus: keep to it, or change the rule",
    "RECORD_NOT_UNIQUE": "another item of Directus has that value already; change one of the two",
}
_REASONS = {
    "entity too large": "it is longer than Directus takes; raise MAX_PAYLOAD_SIZE there, or divide it",
    "content type": "Directus does not take files of this type; see FILES_MIME_TYPE_ALLOW_LIST there",
}


class TooLong(Rejected):
    """A text is too long for a column; Directus says of which collection, but not always of which field."""

    def __init__(self, message: str, collection: str | None) -> None:
        super().__init__(message, hint="shorten it, or make the field of Directus longer")
        self.collection = collection


def refusal(answer: requests.Response, what: str) -> LeopardError | None:
    """The error, in Directus's own words; None where HTTP says enough."""
    error = _error(answer)
    if error is None:
        return None
    extensions = error.get("extensions") or {}
    code, said = str(extensions.get("code")), str(error.get("message"))
    told = f"{what} answered {answer.status_code}: {said}"
    if code in _STOP:
        kind, hint = _STOP[code]
        return kind(told, hint=hint)
    match code:
        case "RECORD_NOT_UNIQUE" if extensions.get("field") in ("id", MARKER):
            return Ambiguous(f"{told} It is there already, by an earlier try or another worker")
        case "VALUE_TOO_LONG":
            return TooLong(told, extensions.get("collection"))
        case "UNDER_PRESSURE" | "SERVICE_UNAVAILABLE":
            return Transient(told, retry_after=retry_after(answer.headers.get("Retry-After")))
        case "INTERNAL_SERVER_ERROR" if "invalid input syntax" in said:
            return Rejected(told, hint="the value is of another type than the field of Directus")
    if 400 <= answer.status_code < 500 and answer.status_code not in (408, 413, 429):
        known = (hint for part, hint in _REASONS.items() if part in said)
        return Rejected(told, hint=_HINTS.get(code) or next(known, None))
    return None


def _error(answer: requests.Response) -> dict[str, Any] | None:
    """The first of the errors; there is hardly ever another."""
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return None
    errors = body.get("errors") if isinstance(body, dict) else None
    return errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else None
