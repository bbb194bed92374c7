"""
Tell a web address of every change: one signed POST of JSON for each create, update and delete.

Every delivery has an id that stays the same however often it is sent, so the receiver can drop doubles. That
is why a lost answer is simply sent again here, creates included.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

import requests
from pydantic import Field

from exporters.base import Capabilities, ChannelOptions, Desired, Exporter, Fields, Lookup, Remote
from exporters.common.links import Links, absolute
from exporters.common.record_fields import clean, record_fields
from schemas import canonical
from schemas.asset import Asset
from schemas.errors import AuthError, ChannelDown, ConfigError, LeopardError, Rejected, Transient
from schemas.record import Record
from transport.secrets import Secret, reveal
from transport.session import ApiSession, retry_after
from transport.signing import Signer

Action = Literal["create", "update", "delete"]
LONGEST_ANSWER = 2048
"""Bytes of an answer that are looked at."""


class WebhookExporter(Exporter):
    """One POST a change. It cannot be asked what it holds: the ledger alone knows."""

    name = "webhook"
    capabilities = Capabilities(reads=False, delete=True, locales=True)

    class Options(ChannelOptions):
        url: str = Field(
            pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
            description="Where changes are posted to; without a query, and without a password",
            examples=["https://hooks.example.org/leopard"],
        )
        secret: Secret = Field(
            description="What deliveries are signed with: `env:NAME`, or `file:PATH` from the project"
        )

    options: Options

    @contextmanager
    def session(self) -> Iterator[None]:
        try:
            secret = reveal(self.options.secret.get_secret_value(), self.context.root)
        except ConfigError as error:
            raise AuthError(error.message, hint=error.hint) from None
        self._signer = Signer(secret)
        with ApiSession(self.options.url, {"Content-Type": "application/json"}) as api:
            self._api = api
            yield

    def render(self, record: Record, lookup: Lookup) -> Fields:
        return record_fields(record, lookup, Links(self.context.site, lookup, record.locale, self._asset_url))

    def _asset_url(self, asset: Asset) -> str | None:
        return absolute(self.context.site, asset.url) if asset.url else None

    def read(self) -> Iterator[Remote]:
        """Nothing: the receiver is told, and not asked."""
        return iter(())

    def create(self, desired: Desired) -> Remote:
        return self._tell("create", desired, None)

    def update(self, remote: Remote, desired: Desired) -> Remote:
        return self._tell("update", desired, remote)

    def delete(self, remote: Remote) -> None:
        self._deliver("delete", remote.ident, None, remote.version, {"kind": remote.key.partition(":")[0]})

    def _tell(self, action: Action, desired: Desired, before: Remote | None) -> Remote:
        told = {"kind": desired.kind, "title": clean(desired.title), "record": desired.fields}
        version = self._deliver(
            action, desired.ident, desired.digest, before.version if before else None, told
        )
        held = {"fields": desired.fields, "version": version, "url": desired.fields.get("url")}
        return Remote(id=desired.ident, key=desired.key, locale=desired.locale, **held)

    def _deliver(
        self, action: Action, ident: str, digest: str | None, before: str | None, told: Fields
    ) -> str:
        """Send one delivery; returns its id, which is made of what changes, and from which state."""
        delivery = canonical.digest([self.context.name, ident, action, digest, before])
        key, _, locale = ident.rpartition("@")
        known = {"delivery": delivery, "channel": self.context.name, "action": action}
        self._post(delivery, canonical.dump({**told, **known, "key": key, "locale": locale}))
        return delivery

    def _post(self, delivery: str, body: bytes) -> None:
        try:
            self._send(body, self._signer.headers(delivery, body))
        except requests.exceptions.SSLError:
            raise ChannelDown(f"the certificate of {self._host} cannot be trusted", hint="mend it") from None
        except (
            requests.Timeout,
            requests.ConnectionError,
            requests.exceptions.ChunkedEncodingError,
        ) as error:
            why = type(error).__name__
            raise Transient(f"{self._host} gave no answer ({why})", hint="check that it runs") from None
        except requests.RequestException as error:
            raise ChannelDown(
                f"nothing can be sent to {self._host}: {type(error).__name__}", hint="check the address"
            ) from None

    def _send(self, body: bytes, headers: dict[str, str]) -> None:
        with self._api.send("POST", self.options.url, data=body, headers=headers, stream=True) as answer:
            said = b""
            with suppress(requests.RequestException):  # the status has said all that counts
                for piece in answer.iter_content(LONGEST_ANSWER):  # to its end: then the connection stays
                    said += piece
                    if len(said) >= LONGEST_ANSWER:
                        break
            if not 200 <= answer.status_code < 300:
                raise _refusal(answer, said, self.options.url)

    @property
    def _host(self) -> str:
        return urlsplit(self.options.url).netloc


def _refusal(answer: requests.Response, said: bytes, url: str) -> LeopardError:
    status = answer.status_code
    told = f"POST {url} answered {status}{_words(said)}"
    match status:
        case 401 | 403 | 407:
            return AuthError(told, hint="check that both sides know the same secret, and their clocks")
        case 404 | 410:
            return ChannelDown(told, hint="the receiver is not there any more; correct or remove the channel")
        case _ if status in (408, 425, 429) or status >= 500:
            return Transient(told, retry_after=retry_after(answer.headers.get("Retry-After")))
        case _ if status < 400:
            return ChannelDown(told, hint="redirects are not followed; configure the address it leads to")
    return Rejected(told)


def _words(said: bytes) -> str:
    """The beginning of what the receiver says, on one line."""
    printable = (sign if sign.isprintable() else " " for sign in said.decode("utf-8", "replace"))
    text = " ".join("".join(printable).split())
    return f": {text[:200]}" if text else ""
