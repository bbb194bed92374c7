"""When what a channel is opened with expires, as far as that can be known without asking anybody."""

import base64
import binascii
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from exporters.base import Exporter
from pipeline.alerts.words import shown
from pipeline.config import Project
from pipeline.ledger.incidents import Incidents
from schemas.errors import ConfigError
from transport.secrets import reveal

AHEAD = timedelta(days=14)
"""So long before it is told."""


def expiry(exporter: Exporter) -> datetime | None:
    """The earliest instant that is known: what the configuration says, and what a token says of itself."""
    return min(_known(exporter), default=None)


def _known(exporter: Exporter) -> Iterator[datetime]:
    if exporter.options.credentials_expire is not None:
        yield exporter.options.credentials_expire
    for name in type(exporter.options).model_fields:
        value = getattr(exporter.options, name)
        if isinstance(value, SecretStr):
            with suppress(ConfigError):  # of a secret that is not there, the channel itself complains
                at = expiry_of_token(reveal(value.get_secret_value(), exporter.context.root))
                if at is not None:
                    yield at


def expiry_of_token(token: str) -> datetime | None:
    """The claim `exp` of a JSON Web Token (RFC 7519, 4.1.4); None of anything else."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (binascii.Error, ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        return None


def check_credentials(project: Project, incidents: Incidents, now: datetime) -> None:
    """Open and close the incidents about them."""
    for name, exporter in project.channels.items():
        at = expiry(exporter)
        if at is not None and at - AHEAD <= now:
            end = shown(at.astimezone(UTC))
            told = f"expired at {end}" if at <= now else f"expire at {end}"
            incidents.open(
                "credential_expiry",
                name,
                f"the credentials of {name} {told}",
                hint="Make new ones there, and put them where leopard.yaml says. "
                f"Then see whether they serve: leopard channel check {name}",
                channels=[name],
            )
        else:
            incidents.close("credential_expiry", name)
    for one in incidents.lasting():
        if one.kind == "credential_expiry" and one.subject not in project.channels:
            incidents.close(one.kind, one.subject)
