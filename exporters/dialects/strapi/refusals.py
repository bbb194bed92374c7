"""What Strapi means by an answer of 300 and more."""

import re
from typing import Any

import requests

from schemas.errors import AuthError, ChannelDown, LeopardError, Rejected

_LIST = re.compile(r"^GET .*/api/leopard-[a-z0-9-]+$")
"""Such an address is always there, if the content type is."""
_HINTS = (
    (r"must be unique", "another document of Strapi has the same; change one of the two"),
    (r"Invalid key", "run `leopard channel setup`, and put the files into the Strapi project"),
    (
        r"Document with id .* not found",
        "a page that it names is gone there: run `leopard sync --refresh`",
    ),
    (r"[Ff]ile|MIME|mime", "Strapi's configuration of its upload plug-in says which types it takes"),
)


class NoRight(AuthError):
    """The token may do other things, but not this."""


class NotInstalled(ChannelDown):
    """Strapi does not have what `setup` writes."""


def refusal(answer: requests.Response, what: str) -> LeopardError | None:
    """The error, in Strapi's own words and with the field; None where HTTP says enough."""
    status, error = answer.status_code, _error(answer)
    if status == 405 or (status == 404 and _LIST.match(what)):
        hint = "see `leopard channel check` and `leopard channel setup`"
        return NotInstalled(f"{what} answered {status}: Strapi has no such content type", hint=hint)
    if error is None:
        return None
    if status == 401:
        hint = "make a new API token in Strapi, under Settings"
        return AuthError(f"{what} answered 401: Strapi does not know the token", hint=hint)
    if status == 403:
        hint = "see `leopard channel check`, which names each right that is missing"
        return NoRight(f"{what} answered 403: the token has no right to that", hint=hint)
    if status == 400:
        said = _said(error)
        known = next((hint for pattern, hint in _HINTS if re.search(pattern, said)), None)
        return Rejected(f"{what} answered 400: {said}", hint=known)
    return None


def _error(answer: requests.Response) -> dict[str, Any] | None:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else None


def _said(error: dict[str, Any]) -> str:
    details = error.get("details")
    several = details.get("errors") if isinstance(details, dict) else None
    if not several:
        return str(error.get("message"))
    return "; ".join(f"{'.'.join(map(str, one.get('path') or []))}: {one.get('message')}" for one in several)
