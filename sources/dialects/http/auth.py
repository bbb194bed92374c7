"""Who asks an API: the headers that say so, with tokens that are fetched when they are needed."""

import json
import time
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from schemas.errors import ContentError
from schemas.problems import Origin
from sources.dialects.http.options import HttpOptions
from transport.addresses import shown
from transport.fetch import Fetcher
from transport.secrets import reveal

EARLY = 30.0
"""Seconds before its end that a token is not used any more."""


class Credentials:
    """Headers for the configured host. Secrets are read when they are first needed."""

    def __init__(self, options: HttpOptions, root: Path) -> None:
        self.options, self.root = options, root
        self.fetcher: Fetcher | None = None
        """Set once there is one; asks for tokens."""
        self._token: tuple[str, float] | None = None

    def headers(self) -> Mapping[str, str]:
        """Raises ConfigError without the secret, ContentError if no token is to be had."""
        options = self.options
        match options.auth:
            case "bearer":
                return {"Authorization": f"Bearer {self._secret(options.token)}"}
            case "header":
                return {options.token_header or "": self._secret(options.token)}
            case "basic":
                return {"Authorization": _basic(options.username or "", self._secret(options.password))}
            case "oauth2":
                return {"Authorization": f"Bearer {self._access()}"}
        return {}

    def forget(self) -> bool:
        """Drop a token that was not accepted; True if there was one that another may replace."""
        had, self._token = self._token is not None, None
        return had

    def _access(self) -> str:
        if self._token is None or time.monotonic() >= self._token[1]:
            self._token = self._fetched()
        return self._token[0]

    def _fetched(self) -> tuple[str, float]:
        """A token by client credentials (RFC 6749, 4.4), and when it ends."""
        options, url = self.options, self.options.token_url or ""
        assert self.fetcher is not None, "set before anything is fetched"
        who = _basic(options.client_id or "", self._secret(options.client_secret))
        form = {"grant_type": "client_credentials", **({"scope": options.scope} if options.scope else {})}
        body = self.fetcher.post(url, form, {"Authorization": who, "Accept": "application/json"})
        try:
            found = json.loads(body)
            token, lasts = str(found["access_token"]), float(found.get("expires_in", 300.0))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            message, hint = f"{shown(url)} gave no token", "check `token_url`"
            raise ContentError(message, code="api.token", hint=hint, origin=Origin(path=shown(url))) from None
        return token, time.monotonic() + max(0.0, lasts - EARLY)

    def _secret(self, named: SecretStr | None) -> str:
        return reveal(named.get_secret_value(), self.root) if named is not None else ""


def _basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()
