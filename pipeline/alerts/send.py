"""Bring one message to one recipient: a signed webhook, or whatever Apprise knows."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.alerts.model import Alert
from pipeline.alerts.words import Message
from schemas import canonical
from schemas.errors import ConfigError
from transport.secrets import reveal
from transport.signing import Signer

CONNECT, READ = 5.0, 15.0
"""Seconds to wait for a connection, and for the answer."""
LONGEST = 40.0
"""Seconds that Apprise has for all of it."""


class Unsent(Exception):
    """A message did not arrive, or nobody knows. The words hold no part of the address."""


def send(alert: Alert, message: Message, root: Path) -> None:
    """Raises Unsent."""
    try:
        address = reveal(alert.to.get_secret_value(), root)
        secret = reveal(alert.secret.get_secret_value(), root) if alert.secret else None
    except ConfigError as error:
        raise Unsent(error.message) from None
    if secret is None:
        _by_apprise(address, message)
    else:
        _signed(address, secret, message)


def _signed(address: str, secret: str, message: Message) -> None:
    where = urlsplit(address)
    if where.scheme not in ("http", "https") or not where.netloc:
        raise Unsent("its address does not begin with https:// or http://")
    import requests

    from transport.session import ApiSession

    body = canonical.dump({**message.data, "message": message.body})
    headers = {"Content-Type": "application/json", **Signer(secret).headers(message.id, body)}
    try:
        with (
            ApiSession(address) as api,
            api.http.post(
                address,
                data=body,
                headers=headers,
                timeout=(CONNECT, READ),
                allow_redirects=False,
                stream=True,
            ) as answer,
        ):
            if not 200 <= answer.status_code < 300:
                raise Unsent(f"the receiver answered {answer.status_code}")
    except requests.RequestException as error:
        raise Unsent(f"the receiver gave no answer ({type(error).__name__})") from None


def _by_apprise(address: str, message: Message) -> None:
    if find_spec("apprise") is None:
        raise Unsent("Apprise is not installed; say: pip install 'leopard-pipeline[alerts]'")
    try:
        with _unheard("apprise"):
            done = _notified(address, message)
    except Unsent:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a recipient's plugin does, no run fails for it
        raise Unsent(f"Apprise broke off ({type(error).__name__})") from None
    if not done:
        raise Unsent("the receiver did not take it")


def _notified(address: str, message: Message) -> bool:
    import apprise

    asset = apprise.AppriseAsset(
        app_id="Leopard",
        app_desc="Leopard",
        app_url="",
        http_redirects=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        pem_autogen=False,
        pgp_autogen=False,
        allow_templates=False,
    )
    known = apprise.Apprise(asset=asset)
    if not known.add(address):
        raise Unsent("its address is none that Apprise knows")
    kind = apprise.NotifyType.SUCCESS if message.over else apprise.NotifyType.FAILURE
    text = apprise.NotifyFormat.TEXT
    done = known.notify(
        message.body, title=message.title, notify_type=kind, body_format=text, timeout=LONGEST
    )
    return bool(done)


@contextmanager
def _unheard(name: str) -> Iterator[None]:
    """Nothing of what a library logs is shown: it names addresses, which are secrets."""
    log = logging.getLogger(name)
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before
