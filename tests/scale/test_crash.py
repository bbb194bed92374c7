"""Killed or stopped anywhere, with the ledger on PostgreSQL. `LEOPARD_SWEEP=all` tries every point."""

import os
import subprocess
import sys
from pathlib import Path

import postgres
import pytest

CRASH = Path(__file__).resolve().parents[1] / "crash"
KILLED = {"json": 23, "jsonfeed": 13, "loopback": 47, "batches": 47}
STOPPED = {"json": 17, "loopback": 31}


def tried(program, channel, strides, capsys, *words):
    postgres.require()
    stride = 1 if os.environ.get("LEOPARD_SWEEP") == "all" else strides[channel]
    command = [sys.executable, CRASH / program, "--stride", str(stride), *words, channel]
    done = subprocess.run(command, capture_output=True, text=True)
    with capsys.disabled():
        print(f"\n{' '.join(words)} {done.stdout}", end="")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("channel", KILLED)
def test_a_process_that_is_killed_anywhere_converges(channel, capsys):
    tried("sweep.py", channel, KILLED, capsys, "--postgres")


@pytest.mark.parametrize("words", [(), ("--postgres",)], ids=["sqlite", "postgresql"])
@pytest.mark.parametrize("channel", STOPPED)
def test_a_process_that_was_replaced_while_it_was_stopped_writes_no_more(channel, words, capsys):
    tried("overtaken.py", channel, STOPPED, capsys, *words)
