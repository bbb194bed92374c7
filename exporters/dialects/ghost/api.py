"""Ghost's Admin API beneath the exporter: tokens that do not grow old, what its refusals mean, files."""

import base64
import hmac
import json
import mimetypes
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import requests
from requests.auth import AuthBase

from schemas.errors import AuthError, ChannelDown, LeopardError, NotFound, Rejected, StaleWrite, Transient
from transport.session import ApiSession, retry_after

API = "/ghost/api/admin"
_KEY = re.compile(r"([0-9a-f]{24}):((?:[0-9a-f]{2})+)")
_LASTS, _RENEWED = 300, 120
"""Seconds that a token lasts, Ghost's own limit, and after which we make a new one."""
_HINTS = {
    401: "check the Admin API key, and that this machine's clock is right",
    403: "take the key of a custom integration, or a staff token of an Administrator",
    406: "check the address, and that it is Ghost 5 or later",
    413: "it is larger than the server takes; make it smaller, or raise the limit there",
    415: "Ghost takes images as JPEG, PNG, GIF, SVG, WebP, AVIF and ICO",
    422: "shorten or correct that field",
    429: "the server asks us to be slower; a `rate` for the channel keeps below its limit",
}
_FOLDERS = {"image": "images", "video": "media", "audio": "media"}
"""Where files of a type are; all others are in `files`."""


class Token(AuthBase):
    """Puts a JSON Web Token (RFC 7519, HS256) on each request, made anew before it grows too old."""

    def __init__(self, key: str) -> None:
        known = _KEY.fullmatch(key.strip())
        if not known:
            raise AuthError(
                "the Admin API key is not of the form id:secret, both in hexadecimal digits",
                hint="copy the whole Admin API key of a custom integration (Settings, Integrations)",
            )
        self.id, self.secret = known[1], bytes.fromhex(known[2])
        self.made, self.token = 0.0, ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        now = time.time()
        if not 0 <= now - self.made < _RENEWED:
            self.made, self.token = now, self._token(int(now))
        request.headers["Authorization"] = f"Ghost {self.token}"
        return request

    def _token(self, now: int) -> str:
        head = {"alg": "HS256", "typ": "JWT", "kid": self.id}
        claims = {"iat": now, "exp": now + _LASTS, "aud": "/admin/"}
        signed = b".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
        return b".".join((signed, _base64(hmac.new(self.secret, signed, sha256).digest()))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def refusal(answer: requests.Response, what: str) -> LeopardError | None:
    """What an answer of 300 and more means; None where HTTP says enough."""
    status, error = answer.status_code, _error_in(answer)
    if error is None:
        if status == 404 and not what.startswith("HEAD "):
            return ChannelDown(f"{what} answered 404, and not as Ghost does", hint="check the address")
        return None
    told, hint = f"{what} answered {status}: {_sentence(error)}", _HINTS.get(status)
    code, kind = error.get("code") or "", error.get("type") or ""
    if kind == "HostLimitError":
        return Rejected(told, hint="the plan of this Ghost allows no more of it")
    if status in (401, 403) or code in ("INVALID_JWT", "INVALID_AUTH_HEADER"):
        return AuthError(told, hint=hint or _HINTS[401])
    match status:
        case 404:
            return NotFound(told)
        case 406:
            return ChannelDown(told, hint=hint)
        case 409:
            return StaleWrite(told)
        case 429 | 503:
            return Transient(told, retry_after=retry_after(answer.headers.get("Retry-After")), hint=hint)
        case _ if status < 500:
            return Rejected(told, hint=error.get("help") if status == 400 else hint)
    return None


def _error_in(answer: requests.Response) -> dict[str, Any] | None:
    try:
        (error, *_) = answer.json()["errors"]
    except (requests.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
    return error if isinstance(error, dict) else None


def _sentence(error: dict[str, Any]) -> str:
    """What Ghost says of it, once, with each field that is wrong and why."""
    details = error.get("details")
    wrong = [one for one in details if isinstance(one, dict)] if isinstance(details, list) else []
    named = [f"{_field(one)} {one.get('message', '')}" for one in wrong]
    said = dict.fromkeys(str(error[name]) for name in ("message", "context") if error.get(name))
    return " ".join((*said, *named))


def _field(detail: dict[str, Any]) -> str:
    missing = detail.get("params")
    name = missing.get("missingProperty") if isinstance(missing, dict) else None
    return str(name or str(detail.get("instancePath", "")).rpartition("/")[2])


def uploaded(api: ApiSession, name: str, read: Callable[[], bytes]) -> str:
    """The address of a file, which is sent unless one of that name is there: from a try with no answer."""
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    folder = _FOLDERS.get(media_type.partition("/")[0], "files")
    for path in _paths(folder, name):
        if _is_there(api, path):
            return f"{api.call('GET', f'{API}/site/')['site']['url'].rstrip('/')}{path}"
    sent = {"file": (name, read(), media_type)}
    answer = api.call("POST", f"{API}/{folder}/upload/", files=sent, data={"ref": name})
    url: str = answer[folder][0]["url"]
    return url


def _paths(folder: str, name: str) -> list[str]:
    """Where Ghost has put a file of that name, this month, wherever its clock stands."""
    days = (datetime.now(UTC) + timedelta(days=days) for days in (0, -1, 1))
    return list(dict.fromkeys(f"/content/{folder}/{day:%Y/%m}/{name}" for day in days))


def _is_there(api: ApiSession, path: str) -> bool:
    try:
        _, headers = api.ask("HEAD", path)
    except (Rejected, ChannelDown):
        return False
    return not headers.get("Content-Type", "").startswith("text/html")
