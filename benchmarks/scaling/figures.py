"""Figures of one step of work: processor time, wall time and memory, as lines of JSON."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SERVER = "SCALE_SERVER"
"""The variable that names the process of a PostgreSQL server whose time counts as well."""


def said(step: str, **figures: Any) -> None:
    """One line of JSON."""
    rounded = {name: round(one, 4) if isinstance(one, float) else one for name, one in figures.items()}
    load_now = round(os.getloadavg()[0], 1)
    print(json.dumps({"step": step, **rounded, "load": load_now}), flush=True)


def peak() -> float:
    """The most memory that this process ever had, in MB (Linux)."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1e3


def server_cpu() -> float:
    """Seconds of a PostgreSQL server and of all that it has started."""
    main, spent = os.environ.get(SERVER), 0
    for stat in Path("/proc").glob("[0-9]*/stat") if main else ():
        try:
            values = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if stat.parent.name == main:
            spent += sum(map(int, values[11:15]))
        elif values[1] == main:
            spent += sum(map(int, values[11:13]))
    return spent / os.sysconf("SC_CLK_TCK")


@contextmanager
def measured(step: str, **figures: Any) -> Iterator[dict[str, Any]]:
    """Says what the work inside took, with what is put into the figures."""
    cpu, wall, server = time.process_time(), time.perf_counter(), server_cpu()
    yield figures
    figures |= {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    if os.environ.get(SERVER):
        figures["server_cpu"] = server_cpu() - server
    said(step, **figures, peak=peak())
