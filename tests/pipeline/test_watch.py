"""leopard watch: the first check, then only what is new and what is solved, until it is asked to stop."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import pipeline
from pipeline.watcher import Watcher

CHECKOUT = Path(pipeline.__file__).parents[1]
PATIENCE = 30


@pytest.fixture
def turns(site):
    """The next turn of a watcher in a thread of its own, which ends with the test."""
    stop, found, more = threading.Event(), [], threading.Semaphore(0)

    def watch():
        for turn in Watcher(site.root).turns(stop):
            found.append(turn)
            more.release()

    thread = threading.Thread(target=watch)
    thread.start()

    def next_turn():
        assert more.acquire(timeout=PATIENCE), "nothing was told"
        return found.pop(0)

    yield next_turn
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def codes(problems):
    return [problem.code for problem in problems]


def test_only_what_is_new_and_what_is_solved_is_told(site, turns):
    first = turns()
    assert (first.new, first.solved, first.is_first) == (first.problems, [], True)
    site.write("content/pages/bad.yaml", "title: Bad\ncolour: red\n")
    assert codes(turns().new) == ["record.unknown_field"]
    site.write("content/pages/worse.yaml", "title: [\n")
    turn = turns()
    assert (codes(turn.new), turn.solved) == (["yaml.syntax"], [])
    site.write("content/pages/bad.yaml", "# lines above it came\n\ntitle: Bad\ncolour: red\nsize: 1\n")
    turn = turns()
    assert [(one.code, one.field) for one in turn.new] == [("record.unknown_field", "size")]
    assert turn.solved == [], "a problem that only moved is the same one"
    (site.root / "content/pages/bad.yaml").unlink()
    turn = turns()
    assert (turn.new, codes(turn.solved)) == ([], ["record.unknown_field"] * 2)
    site.write("content/pages/worse.yaml", "title: Better\n")
    turn = turns()
    assert (codes(turn.solved), turn.problems) == (["yaml.syntax"], first.problems)


def test_a_broken_configuration_is_told_and_the_last_one_holds(site, turns):
    turns()
    text = (site.root / "leopard.yaml").read_text("utf-8")
    site.write("leopard.yaml", text + "no_such_part: 1\n")
    assert codes(turns().new) == ["config.unknown_field"]
    site.write("leopard.yaml", text)
    assert codes(turns().solved) == ["config.unknown_field"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_answers_in_lines_and_ends_when_it_is_asked_to(site, number):
    words = [sys.executable, "-c", "from pipeline.cli import main; main()", "-C", str(site.root)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen([*words, "watch", "--format", "json"], env=env, **pipes) as process:
        first = json.loads(process.stdout.readline())
        assert first["solved"] == []
        site.write("content/pages/bad.yaml", "title: Bad\ncolour: red\n")
        line = json.loads(process.stdout.readline())
        assert [one["code"] for one in line["new"]] == ["record.unknown_field"]
        assert line["now"]["error"] == first["now"]["error"] + 1
        process.send_signal(number)
        rest, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, rest) == (0, "")
    assert "Traceback" not in err


def test_there_has_to_be_a_project(site):
    (site.root / "leopard.yaml").unlink()
    done = site.run("watch")
    assert (done.status, "there is no leopard.yaml" in done.out + done.err) == (2, True)
