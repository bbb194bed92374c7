"""The command line as a contract: help with examples, statuses, one answer on standard output."""

import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import pipeline
from pipeline.cli import COMMANDS, leopard, main
from pipeline.config import load

CHECKOUT = Path(pipeline.__file__).parents[1]


def apart(*words, **environment):
    """The program itself, in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT), **environment}
    program = [sys.executable, "-c", "from pipeline.cli import main; main()", *words]
    return subprocess.run(program, capture_output=True, text=True, env=env, timeout=60, check=False)


@dataclass
class Answer:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def told(monkeypatch, capsys):
    """The program itself, in this process."""

    def run(*words, cwd=None):
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["leopard", *words])
            if cwd is not None:
                patched.chdir(cwd)
            with pytest.raises(SystemExit) as left:
                main()
        return Answer(left.value.code, *capsys.readouterr())

    return run


def helped(*words):
    done = CliRunner().invoke(leopard, [*words, "--help"])
    assert done.exit_code == 0, done.output
    return done.output


def commands():
    context = click.Context(leopard)
    for name in COMMANDS:
        command = leopard.get_command(context, name)
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                yield name, inner
        else:
            yield (name,)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_has_examples_and_a_purpose(words):
    text = helped(*words)
    assert "Examples:\n" in text
    assert f"leopard {' '.join(words)}" in text.partition("Examples:")[2]
    assert "-C DIR" in text
    assert "--debug" in text


def test_help_lists_every_command_without_loading_any():
    text = helped()
    assert all(f"  {name} " in text for name in COMMANDS)


def test_help_imports_nothing_heavy():
    code = "import sys; sys.argv = ['leopard', '--help']; from pipeline.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Terraform for content" in done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
    assert "click" in loaded
    assert not loaded & {"pydantic", "sqlalchemy", "rich", "yaml", "requests", "babel", "schedule", "nh3"}


def test_version_and_nothing_else(told):
    done = told("--version")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"leopard {metadata.version('leopard-pipeline')}\n",
        "",
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("chekc",), "There is no command 'chekc'. Did you mean 'check'?"),
        (("frobnicate",), "There is no command 'frobnicate'. See leopard --help."),
        (("--frob",), "No such option '--frob'"),
        (("check", "--frmat", "json"), "--format"),
        (("check", "extra"), "unexpected extra argument"),
        (("check", "--format", "xml"), "'xml' is not one of"),
        (("-C", "/nowhere/at/all", "check"), "There is no folder /nowhere/at/all."),
        (("schema", "pgae"), "did you mean 'page'?"),
        (("completion", "tcsh"), "'tcsh' is not one of"),
    ],
)
def test_wrong_usage_leaves_with_2_and_a_way_out(told, words, says):
    done = told(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_the_folder_may_stand_before_and_after_the_command(told, site):
    before = told("-C", str(site.root), "check")
    after = told("check", "-C", str(site.root))
    here = told("check", cwd=site.root)
    assert before.returncode == after.returncode == here.returncode == 0, before.stderr
    assert before.stdout == after.stdout == here.stdout == "6 records read: no problems.\n"


STATUSES = {
    "clean": (("check",), 0),
    "problems": (("check", "--format", "json"), 1),
    "nobody to ask": (("sync",), 3),
    "no such channel": (("plan", "--channel", "fed"), 2),
    "no such record": (("trace", "page:nowhere"), 2),
    "no such run": (("rollback", "nowhere"), 2),
    "no such plan": (("sync", "nowhere.plan"), 2),
    "a plan that is none": (("sync", "leopard.yaml"), 2),
    "a plan where none can be": (("plan", "--out", "/proc/nowhere/a.plan"), 2),
}


@pytest.mark.parametrize("case", STATUSES)
def test_status(site, case, monkeypatch):
    words, status = STATUSES[case]
    if status == 1:
        site.write("content/pages/bad.yaml", "titel: x\n")
    monkeypatch.chdir(site.root)
    done = site.run(*words)
    assert done.status == status
    assert "Traceback" not in done.err
    assert "unforeseen" not in done.err


JSON = [
    ("check", "--format", "json"),
    ("plan", "--format", "json"),
    ("sync", "--yes", "--format", "json"),
    ("status", "--format", "json"),
    ("runs", "--format", "json"),
    ("problems", "--format", "json"),
    ("quarantine", "--format", "json"),
    ("trace", "page:leopards", "--format", "json"),
    ("drift", "--format", "json"),
    ("schema",),
    ("schema", "report"),
]


def test_json_is_all_there_is_on_standard_output(site):
    site.write("content/pages/bad.yaml", "titel: x\n")
    for words in JSON:
        done = site.run(*words)
        assert done.status in (0, 1), (words, done.err)
        assert isinstance(json.loads(done.out), dict | list), words


def test_debug_shows_where_it_happened(told, site):
    site.write("leopard.yaml", "site: [\n")
    plain = told("-C", str(site.root), "check")
    assert plain.returncode == 2
    assert "Traceback" not in plain.stderr
    for words in (("--debug", "-C", str(site.root), "check"), ("check", "-C", str(site.root), "--debug")):
        done = told(*words)
        assert done.returncode == 2
        assert "Traceback (most recent call last)" in done.stderr
        assert "Error: leopard.yaml cannot be read." in done.stderr


def test_debug_shows_where_a_source_broke(site, monkeypatch):
    from sources.common.files import FileSource

    def breaks(self, path, shown):
        raise ZeroDivisionError("of a plugin")

    monkeypatch.setattr(FileSource, "text", breaks)
    site.write("content/pages/a.yaml", "title: a\n")
    done = site.run("check", "--debug")
    assert done.status == 1
    assert "source.failed" in done.out
    assert "in breaks" in done.err
    assert "Traceback" not in site.run("check").err


def test_debugging_ends_with_the_command(site):
    level = logging.getLogger("leopard").level
    site.run("check", "--debug")
    assert logging.getLogger("leopard").level == level


def test_a_reader_that_goes_away_is_no_failure(site):
    program = f"{sys.executable} -c 'from pipeline.cli import main; main()' schema | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        timeout=60,
        check=False,
    )
    assert done.stdout == "{\n"
    assert "Traceback" not in done.stderr


def test_init_then_sync_in_an_empty_folder(told, tmp_path):
    done = told("init", "my-site", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Made my-site. Next: cd my-site && leopard sync\n")
    project = load(tmp_path / "my-site")
    assert project.site.title == "My site"
    first = (tmp_path / "my-site/leopard.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=./leopard.schema.json"
    done = told("sync", "--yes", cwd=tmp_path / "my-site")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "my-site/public/index.json").is_file()


def test_init_here_keeps_what_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".gitignore").write_text("mine\n")
    done = CliRunner().invoke(leopard, ["init", "."], standalone_mode=False)
    assert done.exception is None
    assert done.output == f"Made {tmp_path.name}. Next: leopard sync\n"
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize("make", ["twice", "file", "unwritable"])
def test_init_where_it_cannot_be(told, tmp_path, make):
    folder = tmp_path / "there"
    if make == "twice":
        assert told("init", str(folder)).returncode == 0
        (folder / "leopard.yaml").write_text("mine")
    elif make == "file":
        folder.write_text("mine")
    else:
        folder = Path("/proc/nowhere")
    done = told("init", str(folder))
    assert done.returncode == 2
    assert done.stdout == ""
    assert str(folder) in done.stderr
    assert "Traceback" not in done.stderr
    if make != "unwritable":
        assert (folder / "leopard.yaml" if make == "twice" else folder).read_text() == "mine"


def test_demo_twice_and_where_it_cannot_be(told, tmp_path):
    done = told("demo", "here", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "The project is in here" in done.stdout
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "here/public").rglob("*")}
    again = told("demo", "here", cwd=tmp_path)
    assert again.returncode == 0
    assert "Nothing to do." in again.stdout
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "here/public").rglob("*")} == files

    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/file").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for folder in ("taken", "file", "/proc/nowhere"):
        done = told("demo", folder, cwd=tmp_path)
        assert done.returncode == 2
        assert folder in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell):
    done = CliRunner().invoke(leopard, ["completion", shell], standalone_mode=False)
    assert done.exception is None
    assert "_LEOPARD_COMPLETE" in done.output


def test_completion_knows_commands():
    done = apart(_LEOPARD_COMPLETE="bash_complete", COMP_WORDS="leopard che", COMP_CWORD="1")
    assert "plain,check" in done.stdout


def test_an_unknown_channel_has_a_suggestion(site):
    done = site.run("sync", "--yes", "--channel", "fed")
    assert "did you mean 'feed'?" in done.err
