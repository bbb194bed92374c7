"""Signed deliveries over HTTP: whoever knows the secret can tell that a message is ours, whole, and fresh."""

import hmac
import time
from collections.abc import Callable
from hashlib import sha256

PIECE = 2047
"""Bytes that are summed without letting other threads run in between, which takes longer than the sum."""


class Signer:
    """Signs messages with one secret: HMAC-SHA-256 (RFC 2104) over `timestamp.body`."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._signer = hmac.new(secret.encode(), digestmod=sha256)

    def headers(self, delivery: str, body: bytes) -> dict[str, str]:
        """What goes with a body. `delivery` is the id that stays the same however often it is sent."""
        now = str(int(self.clock()))
        signer = self._signer.copy()
        signed = memoryview(b"%s.%s" % (now.encode(), body))
        for at in range(0, len(signed), PIECE):
            signer.update(signed[at : at + PIECE])
        return {
            "X-Leopard-Delivery": delivery,
            "X-Leopard-Timestamp": now,
            "X-Leopard-Signature": f"sha256={signer.hexdigest()}",
        }
