"""Tokens for Ghost's Admin API, made anew before they grow too old (RFC 7519, HS256)."""

import base64
import hmac
import json
import re
import time
from hashlib import sha256

from schemas.errors import ConfigError

_KEY = re.compile(r"([0-9a-f]{24}):((?:[0-9a-f]{2})+)")
LASTS = 300
"""Seconds: Ghost's own limit."""


def token(key: str, now: float | None = None) -> str:
    """A token for the next minutes. Raises ConfigError if the key is none."""
    known = _KEY.fullmatch(key.strip())
    if not known:
        message = "the Admin API key is not of the form id:secret, both in hexadecimal digits"
        hint = "copy the whole Admin API key of a custom integration (Settings, Integrations)"
        raise ConfigError(message, hint=hint)
    at = int(time.time() if now is None else now)
    head = {"alg": "HS256", "typ": "JWT", "kid": known[1]}
    claims = {"iat": at, "exp": at + LASTS, "aud": "/admin/"}
    signed = b".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
    return b".".join((signed, _base64(hmac.digest(bytes.fromhex(known[2]), signed, sha256)))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
