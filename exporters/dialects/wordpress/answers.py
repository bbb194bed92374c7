"""What WordPress means by the answers with which it refuses. Pure."""

import re
from html import unescape
from typing import Any

import requests

from exporters.base import Fields
from schemas.errors import Ambiguous, AuthError, ChannelDown, LeopardError, NotFound, Rejected, Transient
from transport.session import HINTS

_GONE = {"rest_post_invalid_id", "rest_term_invalid"}
_TOO_LONG = {"db_insert_error", "db_update_error"}
_UPLOAD = {"rest_upload_sideload_error", "rest_upload_unknown_error"}
_BEFORE = {"rest_invalid_param", "rest_missing_callback_param", "rest_invalid_json", "empty_content"}
"""Codes of what is refused before anything is written; other refusals may leave half a page behind."""
_META = {"rest_invalid_stored_value", "rest_meta_database_error"}
_SIGN_IN = "make an application password under Users > Profile, and say whose it is as `username`"
_RIGHTS = "give the user the role `editor`; `leopard channel check` names what is missing"
_ROUTE = "install the plug-in that `leopard channel setup` writes, and see that the REST API is switched on"
_TYPE = "WordPress does not take files of this type; allow it there, or convert it"
_ADDRESS = "check the address; permalinks must not be `plain`, and the REST API not be switched off"
_ONE_PAGE = re.compile(r"/\d+(?: in a batch)?$")


class TermExists(Rejected):
    """There is a term of that name; `term` is its number."""

    def __init__(self, message: str, term: int) -> None:
        super().__init__(message, hint="give the record another title or slug, or adopt that category")
        self.term = term


def refusal(answer: requests.Response, what: str) -> LeopardError | None:
    """What an answer of 300 and more means; None where HTTP says enough."""
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        body = None
    if answer.status_code in (429, 503):  # HTTP says when to come again
        return None
    if isinstance(body, dict) and isinstance(body.get("code"), str):
        return refused(answer.status_code, body, what)
    if answer.status_code == 404:
        return ChannelDown(f"{what} answered 404: there is no WordPress at this address", hint=_ADDRESS)
    return None


def in_batch(status: int, body: Any, what: str) -> LeopardError:
    """What one answer of a batch means, whose own status this is."""
    said = body if isinstance(body, dict) else {}
    known = refused(status, said, what) if "code" in said else None
    reason = f": {said['message']}" if said.get("message") else ""
    return known or Ambiguous(f"{what} answered {status}{reason}, so nobody knows whether it was done")


def refused(status: int, body: Fields, what: str) -> LeopardError | None:
    """What an error of WordPress means, from its code; the same inside a batch."""
    code, words = body["code"], unescape(str(body.get("message", "")))
    data = body["data"] if isinstance(body.get("data"), dict) else {}
    told = f"{what} answered {status}: {words} ({code})"
    match code:
        case "term_exists":
            return TermExists(told, int(data.get("term_id", 0)))
        case "rest_no_route":
            return ChannelDown(told, hint=_ROUTE)
        case _ if code in _GONE:
            return NotFound(told)
        case _ if code in _UPLOAD:
            return Rejected(told, hint=_TYPE)
        case _ if code in _TOO_LONG:
            return Rejected(told, hint="a field is longer than its column; shorten it")
        case _ if code in _META:
            return _half_done(told, what)
    return _by_status(status, code, told, what, data)


def _by_status(status: int, code: str, told: str, what: str, data: Fields) -> LeopardError | None:
    params = data.get("params")
    match status:
        case 401:
            return AuthError(told, hint=_SIGN_IN)
        case 403:
            return AuthError(told, hint=_RIGHTS)
        case 404 | 410:
            return NotFound(told)
        case 429 | 503:
            return Transient(told, hint=HINTS[429])
        case 400 if isinstance(params, dict) and params:
            wrong = "; ".join(f"{name}: {unescape(str(said))}" for name, said in sorted(params.items()))
            return Rejected(f"{told}: {wrong}", hint=f"correct {', '.join(sorted(params))}")
        case 400 if code not in _BEFORE:
            return _half_done(told, what)
        case 400 | 413 | 415 | 422 | 501:
            return Rejected(told, hint=HINTS.get(status))
    return None


def _half_done(told: str, what: str) -> LeopardError:
    """Meta is written after the page: what was to be made may be there, without some of it."""
    if what.startswith("POST") and not _ONE_PAGE.search(what):
        return Ambiguous(f"{told}, so nobody knows what of it was done")
    return Rejected(told)
