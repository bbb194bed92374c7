"""
What only many processes and real servers can show. Collected only where LEOPARD_SCALE is set: `make test-scale`.

`LEOPARD_SWEEP=all` kills a process at every point, and not only at some.
"""

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "pipeline"), str(Path(__file__).resolve().parent)]

import postgres

if "LEOPARD_SCALE" not in os.environ:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def postgres_server():
    """A server that keeps what it has promised to keep."""
    postgres.require()
    with postgres.server(careful=True) as server:
        yield server
