"""What Payload means when it refuses something, and how we name what it lacks. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import requests

from exporters.cms.lacks import NO_RIGHT
from exporters.dialects.payload.schema import FILE
from exporters.dialects.payload.values import MEDIA, upload_fields
from schemas.errors import Ambiguous, AuthError, ChannelDown, LeopardError, NotFound, Rejected
from schemas.model import MARKER, FieldModel, content_type
from schemas.problems import Problem
from transport.session import reason

INSTALL = f"run `leopard channel setup`, put {FILE} into the project of Payload, and start it anew"
RIGHTS = ("create", "read", "update", "delete")


class Taken(Rejected):
    """Another document carries the key."""


class NoRoute(ChannelDown):
    """The server is no Payload, or has no such collection."""


class Broken(Ambiguous):
    """A write failed inside the server, which does not say why."""


def collection_of(kind: str) -> str:
    return MEDIA if kind == "asset" else content_type(kind).plural


def fields_of(kind: str) -> tuple[FieldModel, ...]:
    """The fields of a kind's collection, without our own."""
    return upload_fields() if kind == "asset" else content_type(kind).fields


def missing(code: str, message: str, hint: str = INSTALL) -> Problem:
    """One thing that a server lacks."""
    return Problem(code=code, message=message, hint=hint)


def lacks_rights(kinds: Iterable[str], access: Mapping[str, Any]) -> Iterator[Problem]:
    """Rights the user of the key does not have, from what Payload says of them."""
    hint = "give it to the user that the API key belongs to, in the `access` of the collection"
    for slug in map(collection_of, kinds):
        given = access.get("collections", {}).get(slug, {})
        for right in RIGHTS:
            if not given.get(right):
                yield missing(NO_RIGHT, f"the API key has no right to {right} in the collection {slug}", hint)


def refusal(answer: requests.Response, what: str) -> LeopardError | None:
    """What Payload means by an answer of 300 and more; None where HTTP says enough."""
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        body = None
    errors = body.get("errors") if isinstance(body, dict) else None
    told = f"{what} answered {answer.status_code}{reason(answer)}"
    match answer.status_code:
        case 400 if errors:
            return _invalid(errors, what)
        case 403 if errors:
            hint = "check `api_key` and `users`, and the rights of the user: `leopard channel check`"
            return AuthError(f"{what}: the API key is not accepted, or has no right to this", hint=hint)
        case 404 if errors:
            return NotFound(told)
        case 404:
            hint = f"check the address; or the collection is missing: {INSTALL}"
            return NoRoute(f"{what}: there is no such route", hint=hint)
        case 500 if errors and what.endswith("/leopard"):
            return NoRoute(told)
        case 500 if errors and what.startswith(("POST", "PATCH")):
            return Broken(f"{told}, so nobody knows whether it was done")
        case 423:
            return Rejected(told, hint="somebody has it open in Payload; it is tried again later")
    return None


def _invalid(errors: Iterable[Mapping[str, Any]], what: str) -> Rejected:
    """The fields that Payload does not take, and why."""
    first = next(iter(errors))
    data = first.get("data")
    found = data.get("errors") if isinstance(data, dict) else None
    if not found:
        hint = "the bytes are not what the name of the file says" if "/media" in what else None
        return Rejected(f"{what} was refused: {first.get('message')}", hint=hint)
    if any(one.get("path") == MARKER for one in found):
        return Taken(f"{what}: another document carries this {MARKER}")
    said = "; ".join(f"{one.get('path')}: {str(one.get('message')).rstrip('.')}" for one in found)
    hint = "correct the field in the content, or its rule in Payload"
    if any(one.get("path") == "file" for one in found):
        hint = f"use another format, or allow this one in `upload.mimeTypes` of the collection {MEDIA}"
    return Rejected(f"{what} was refused: {said}", hint=hint)
