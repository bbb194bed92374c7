"""What tests of several rooms share: the loopback CMS, and its exporter as an installed plugin."""

import json
import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from schemas import plugins

pytest.register_assert_rewrite(
    "exporters.conformance", "exporters.trying", "exporters.trial", "pipeline.conformance"
)

TESTS = Path(__file__).resolve().parent
PLUGIN = (TESTS / "servers" / "plugin", TESTS / "exporters")
"""To be put on PYTHONPATH: what an installed package with the exporter `loopback` would be."""


def _module(path):
    spec = spec_from_file_location(path.stem, path)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _forget_plugins():
    plugins._table.cache_clear()
    plugins.find.cache_clear()


@pytest.fixture
def loopback(tmp_path):
    """The CMS in this process: `.address`, `.pages`, and `.log` of every request."""
    with _module(TESTS / "servers" / "loopback.py").running(tmp_path / "loopback.db") as server:
        yield server


@pytest.fixture
def web():
    """A web server on this machine: `.address`, `.put(path, body)`, and `.seen` of every request."""
    with _module(TESTS / "servers" / "web.py").running() as server:
        yield server


@pytest.fixture
def other_web():
    """A second one, which is another host to everybody who asks."""
    with _module(TESTS / "servers" / "web.py").running() as server:
        yield server


@pytest.fixture
def loopback_process(tmp_path):
    """The CMS as a process of its own; its address."""
    script = [sys.executable, TESTS / "servers" / "loopback.py", "--state", tmp_path / "loopback.db"]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline())["address"]
        finally:
            process.kill()


@pytest.fixture
def with_plugin(monkeypatch):
    """Makes folders with a `.dist-info` look installed, in this process."""

    def install(*folders):
        for folder in folders:
            monkeypatch.syspath_prepend(str(folder))
        _forget_plugins()

    yield install
    monkeypatch.undo()
    _forget_plugins()


@pytest.fixture
def loopback_plugin(with_plugin):
    """`use: loopback` works in this process."""
    with_plugin(*PLUGIN)


@pytest.fixture(scope="session")
def loopback_environment():
    """Environment of a subprocess in which `use: loopback` works."""
    known = [os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else []
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, PLUGIN), *known])}
