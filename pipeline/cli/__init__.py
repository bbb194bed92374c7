"""The command line. Where a stamp can answer it, nothing else is imported."""

import sys
from typing import Any

from pipeline.stamp.quick import answered

_OF_GROUP = ("COMMANDS", "leopard")


def main() -> None:
    """The program. Leaves with 0 done, 1 problems, 2 could not start, 3 stopped by a guard."""
    try:
        status = answered(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(130)
    if status is None:
        from pipeline.cli.group import run

        status = run()
    sys.exit(status)


def __getattr__(name: str) -> Any:
    if name in _OF_GROUP:
        from pipeline.cli import group

        return getattr(group, name)
    raise AttributeError(name)
