"""Killed anywhere, the next run makes it good. `LEOPARD_SWEEP=all` tries every point, else some of each channel."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

STRIDES = {"json": 9, "jsonfeed": 5, "loopback": 17, "batches": 19}


@pytest.mark.parametrize("channel", STRIDES)
def test_a_process_that_is_killed_anywhere_converges(channel, capsys):
    stride = 1 if os.environ.get("LEOPARD_SWEEP") == "all" else STRIDES[channel]
    program = [sys.executable, Path(__file__).with_name("sweep.py"), "--stride", str(stride), channel]
    done = subprocess.run(program, capture_output=True, text=True)
    with capsys.disabled():
        print(f"\n{done.stdout}", end="")
    assert done.returncode == 0, done.stdout + done.stderr
