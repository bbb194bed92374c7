"""
What an unchanged run imports, apart from what it does.

    python imported.py record FILE     in a project: `leopard sync --yes`; its modules, and what it opened
    python imported.py import FILE     import those modules, and do nothing

The second process is what the first cannot be faster than.
"""

import atexit
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def record(where: Path) -> None:
    """Run a sync; write down the modules, how many files of the content were opened, and calls to others."""
    content = str(Path("..", "content").resolve())
    seen = {"opened": 0, "called": 0}

    def audit(event: str, given: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(given[0], str) and os.path.abspath(given[0]).startswith(content):
            seen["opened"] += not os.path.isdir(given[0])
        seen["called"] += event == "socket.connect"

    sys.addaudithook(audit)
    atexit.register(lambda: where.write_text(json.dumps({"modules": [*sys.modules], **seen})))
    sys.argv = ["leopard", "sync", "--yes"]
    from pipeline.cli import main

    main()


def import_all(where: Path) -> None:
    for name in json.loads(where.read_text())["modules"]:
        if name != "__main__":
            try:
                import_module(name)
            except ImportError:  # made while another was imported
                continue


if __name__ == "__main__":
    {"record": record, "import": import_all}[sys.argv[1]](Path(sys.argv[2]))
