"""What a plan will cost a channel: requests, bytes and time."""

import math
from pathlib import Path

from exporters.base import Exporter
from pipeline.change import ChannelPlan
from pipeline.ledger import Ledger
from schemas.base import Model


class Forecast(Model):
    """The work that one channel's changes make."""

    calls: int
    """Requests, at the channel's batch size; none for files."""
    uploads: int
    upload_bytes: int
    seconds: float | None
    """At the pace of earlier runs, or at the configured rate; None if neither is known."""


def forecast(planned: ChannelPlan, exporter: Exporter, ledger: Ledger) -> Forecast:
    """The forecast of one channel's plan."""
    writes = [change for change in planned.changes if change.action not in ("conflict", "forget")]
    bodies = [change.desired for change in writes if change.desired is not None]
    files = [desired.file for desired in bodies if desired.file]
    capable = exporter.capabilities
    calls = len(writes) - len(bodies) + math.ceil(len(bodies) / capable.batch)
    return Forecast(
        calls=0 if capable.document else calls,
        uploads=len(files),
        upload_bytes=sum(_size(exporter.context.root / name) for name in files),
        seconds=_seconds(len(writes), exporter, ledger),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _seconds(writes: int, exporter: Exporter, ledger: Ledger) -> float | None:
    known = ledger.fact(f"pace:{exporter.context.name}")
    if known is not None:
        return round(writes * float(known), 1)
    return round(writes / exporter.options.rate, 1) if exporter.options.rate else None


def learn(ledger: Ledger, channel: str, writes: int, seconds: float) -> None:
    """Remember how long a write took; what is new counts as much as all before it."""
    if writes:
        known = ledger.fact(f"pace:{channel}")
        now = seconds / writes
        ledger.set_fact(f"pace:{channel}", f"{(float(known) + now) / 2 if known else now:.6f}")
