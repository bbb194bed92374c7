"""`leopard new` writes plugins that work, and whose own tests pass."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import leopard
from pipeline.skeletons import SKELETONS
from schemas.errors import ConfigError


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Makes a plugin in a fresh folder; what it says, and its folder."""
    monkeypatch.chdir(tmp_path)

    def make(what, name):
        done = CliRunner().invoke(leopard, ["new", what, name], standalone_mode=False)
        if done.exception:
            raise done.exception
        return done.stdout, tmp_path / f"leopard-{name.replace('_', '-')}"

    return make


def install(folder: Path) -> dict[str, str]:
    """What `pip install --editable` would leave behind; the environment in which it is there."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    about = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir()
    about_text = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (about / "METADATA").write_text(about_text)
    groups = project["entry-points"].items()
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in one.items()) for group, one in groups]
    (about / "entry_points.txt").write_text("\n".join(lines))
    return {**os.environ, "PYTHONPATH": str(folder)}


@pytest.mark.parametrize(
    ("what", "name", "least"),
    [("exporter", "intranet", 40), ("source", "old_wiki", 14), ("step", "shout", 3)],
)
def test_a_new_plugin_passes_its_own_tests(made, what, name, least):
    said, folder = made(what, name)
    assert folder.name in said
    tests = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-rN"]
    done = subprocess.run(tests, cwd=folder, env=install(folder), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.splitlines()[-1].split()[0]) >= least


@pytest.mark.parametrize(
    ("what", "group"), [("exporter", "exporters"), ("source", "sources"), ("step", "steps")]
)
def test_a_new_plugin_is_found_by_its_name(made, with_plugin, what, group):
    from schemas import plugins

    name = f"brand_new_{what}"
    _, folder = made(what, name)
    install(folder)
    with_plugin(folder)
    assert plugins.find(group, name).name == name


@pytest.mark.parametrize("what", sorted(SKELETONS))
def test_the_skeleton_is_as_neat_as_our_own_files(made, what):
    _, folder = made(what, "wiki")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "110"]
    done = subprocess.run([*ruff, "--select", "E,F,W,I,B,UP", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    plugin = (folder / "leopard_wiki.py").read_text()
    assert len(plugin.splitlines()) < 75


def test_what_is_there_is_not_overwritten(made):
    _, folder = made("step", "shout")
    (folder / "leopard_shout.py").write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        made("step", "shout")
    assert (folder / "leopard_shout.py").read_text() == "mine"


@pytest.mark.parametrize("name", ["Intranet", "../up", "1st", "a-b", ""])
def test_a_bad_name_is_refused(made, name):
    import click

    with pytest.raises(click.UsageError, match="cannot be a name"):
        made("step", name)
