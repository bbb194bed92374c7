"""The works, measured: in each round all contestants in turn, so that ratios are of neighbours in time."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.harness.contestants import KINDS, Command, Contestant, contestants, recording, settling
from benchmarks.harness.ground import Ground
from benchmarks.harness.peers import PUSHING, missing, python_of
from benchmarks.harness.places import HERE, LEOPARD, PYTHON, is_in_memory
from benchmarks.harness.process import LIMIT, measure
from benchmarks.harness.results import Line, Results

SMALL = (100_000, 1_000_000)
ENOUGH = 50_000
"""From so many records on, one round is enough."""


PLANNED = "feed"
"""The channel that work F plans."""
CHANGED = "plan, 1 % changed"


@dataclass
class Asked:
    """Which works, sizes and contestants, and how often each."""

    works: str = "ABCDEF"
    sizes: Sequence[int] = (10_000, 100_000)
    small: Sequence[int] = SMALL
    rounds: int | None = None
    only: Sequence[str] = ()
    limit: float = LIMIT
    channels: Sequence[str] = ("files", "feed")
    """Of small records."""
    push: Sequence[str] = ()
    """More words for `pushing.py`."""
    keep: bool = False
    show: Callable[[Line], None] = field(default=lambda line: None)

    def turns(self, work: str, size: int) -> int:
        if self.rounds:
            return self.rounds
        return 5 if work == "B" else 1 if size >= ENOUGH and work != "F" else 3

    def wants(self, name: str) -> bool:
        return not self.only or name in self.only


class Works:
    """Runs what is asked and is not there yet."""

    def __init__(self, asked: Asked, results: Results) -> None:
        self.asked, self.results = asked, results
        self.failed: set[tuple[str, int, str]] = set()

    def run(self) -> None:
        for size in self.asked.sizes:
            if set("ABC") & set(self.asked.works):
                self.documents(size)
        for size in self.asked.small:
            if set("EF") & set(self.asked.works):
                self.small(size)
        if "D" in self.asked.works:
            self.push()

    # works A, B and C

    def documents(self, size: int) -> None:
        ground = Ground("documents", size)
        everybody = [one for one in contestants() if self.asked.wants(one.name)]
        self.results.forget(one.name for one in everybody if not one.missing)
        for work in "ABC":
            if work not in self.asked.works:
                continue
            mine = [one for one in everybody if work in one.works]
            for turn in range(self.asked.turns(work, size)):
                if not self.results.has(work, size, turn, [one.name for one in mine]):
                    ground.prepare()
                    self.round(work, ground, mine, turn)
        if not self.asked.keep:
            ground.remove()

    def round(self, work: str, ground: Ground, mine: Sequence[Contestant], turn: int) -> None:
        able: Iterable[Contestant] = (one for one in mine if self.can(work, ground, one, turn))
        if work == "C":  # all see the same change
            able = list(able)
            ground.change()
        for one in able:
            self.timed(work, ground, one, turn)

    def can(self, work: str, ground: Ground, one: Contestant, turn: int) -> bool:
        """Says why not, if it cannot; for what needs a build before it, sees to that."""
        why = one.refuses(work, ground.size)
        if why is None and (work, ground.size, one.name) in self.failed:
            why = "failed before"
        if why is None and work in "BC" and not self.built(ground, one):
            why = f"its first build failed: {ground.last_words()}"
        if why is not None:
            self.say(work, ground, one.name, turn, {"failed": why})
        return why is None

    def timed(self, work: str, ground: Ground, one: Contestant, turn: int) -> None:
        command = one.command(ground)
        if work == "A":
            ground.clear(command.fresh)
        load = os.getloadavg()[0]
        found = measure(command.words, command.folder, ground.log, command.more, self.asked.limit)
        line = {**found.as_json(), "load": load, "version": one.version}
        if found.status != 0:
            line["failed"] = _why(found.status, ground)
            self.failed.add((work, ground.size, one.name))
        elif work == "A" and one.pages and (count := ground.pages(command.fresh)) < ground.size:
            line["failed"] = f"wrote {count:,} files in place of {ground.size:,}"
            self.failed.add((work, ground.size, one.name))
        else:
            ground.state["built"][one.first or one.name] = ground.state["turn"]
            ground.keep_state()
            if one.name == "imports":
                line |= _seen(ground)
        if work == "A" and ("B" not in one.works or ground.size > one.most):
            ground.clear(command.fresh)
        self.say(work, ground, one.name, turn, line)

    def built(self, ground: Ground, one: Contestant) -> bool:
        """See to it that what was built is of the content as it is now, outside of what is measured."""
        if one.name == "git status" and ground.state["built"].get(one.name) != ground.state["turn"]:
            ground.remember_in_git()
        if one.name == "imports":
            return self._quietly(recording(ground), ground) and self._quietly(settling(ground), ground)
        who = one.first or one.name
        if ground.state["built"].get(who) == ground.state["turn"] and one.first:
            return True
        if not self._quietly(one.command(ground), ground):
            return False
        ground.state["built"][who] = ground.state["turn"]
        ground.keep_state()
        return True

    def _quietly(self, command: Command, ground: Ground) -> bool:
        found = measure(command.words, command.folder, ground.log, command.more, self.asked.limit)
        return found.status == 0

    # works E and F

    def small(self, size: int) -> None:
        ground = Ground("small", size, self.asked.channels)
        if "E" in self.asked.works:
            for turn in range(self.asked.turns("E", size)):
                names = [name for name in ("floor", "leopard") if self.asked.wants(name)]
                if not self.results.has("E", size, turn, names):
                    ground.prepare()
                    for name in names:
                        self.one_small(ground, name, turn)
        if "F" in self.asked.works and self.asked.wants("leopard"):
            for turn in range(self.asked.turns("F", size)):
                if not self.results.has("F", size, turn, ("join", "plan")):
                    ground.prepare()
                    self.plan(ground, turn)
            if self.asked.wants(CHANGED) and not self.results.has("F", size, 0, (CHANGED,)):
                ground.prepare()
                self.plan_changed(ground)
        if not self.asked.keep:
            ground.remove()

    def one_small(self, ground: Ground, name: str, turn: int) -> None:
        command = _small(ground, name)
        ground.clear(command.fresh)
        found = measure(command.words, command.folder, ground.log, command.more, self.asked.limit)
        line: Line = found.as_json()
        if found.status != 0:
            line["failed"] = _why(found.status, ground)
        elif name == "floor":
            ground.clear(command.fresh)
        else:
            ground.state["built"]["leopard"] = ground.state["turn"]
            ground.keep_state()
        self.say("E", ground, name, turn, line)

    def filled(self, ground: Ground) -> None:
        """See to it that the ledger remembers all of the content."""
        if ground.state["built"].get("leopard") != ground.state["turn"]:
            self._quietly(_small(ground, "leopard"), ground)
            ground.state["built"]["leopard"] = ground.state["turn"]
            ground.keep_state()

    def plan(self, ground: Ground, turn: int) -> None:
        self.filled(ground)
        project = ground.project("leopard")
        join = [PYTHON, str(HERE / "floors" / "join.py"), str(project / ".leopard" / "ledger.db")]
        join += [str(ground.out("wanted.db")), PLANNED]
        if not ground.out("wanted.db").exists():
            subprocess.run([*join, "fill"], check=True, stdout=subprocess.DEVNULL)
        self.told(ground, "join", turn, Command(join, ground.root))
        self.told(ground, "plan", turn, _planning(ground))

    def plan_changed(self, ground: Ground) -> None:
        """Once, with 1 % changed: reading that is not in it, for only the spans `plan` count."""
        self.filled(ground)
        ground.change_small()
        self.told(ground, CHANGED, 0, _planning(ground))

    def told(self, ground: Ground, name: str, turn: int, command: Command) -> None:
        """What a script says of itself counts, beside its peak."""
        whole = measure(command.words, command.folder, ground.log, command.more, self.asked.limit)
        line: Line = {f"whole_{what}": value for what, value in whole.as_json().items()}
        if whole.status == 0:
            line |= {"rss": whole.rss, **json.loads(ground.log.read_text().splitlines()[-1])}
        else:
            line["failed"] = _why(whole.status, ground)
        self.say("F", ground, name, turn, line)

    # work D

    def push(self) -> None:
        """All rounds at once: the script that pushes brings its own server, peers and rounds."""
        script, rounds = HERE / "pushing.py", self.asked.rounds or 3
        if all(self.results.has("D", delay, turn, ("wrk",)) for delay in (20, 100) for turn in range(rounds)):
            return
        if not script.exists():
            self.results.add(_pushed({"missing": "benchmarks/pushing.py is not there"}, 0))
            return
        words = [PYTHON, str(script), "--json", "--rounds", str(rounds), *self.asked.push]
        if "--quick" not in self.asked.push:
            there = [(who, name) for who, name in PUSHING.items() if not missing(name)]
            words += ["--python", *(f"{who}={python_of(name)}" for who, name in there)]
        seen: dict[tuple[int, str], int] = {}
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            for text in process.stdout or ():
                told = json.loads(text)
                which = (told.get("delay_ms", 0), told.get("contestant", ""))
                seen[which] = seen.get(which, -1) + 1
                line = _pushed(told, seen[which])
                self.results.add(line)
                self.asked.show(line)

    def say(self, work: str, ground: Ground, name: str, turn: int, line: Line) -> None:
        known = {"work": work, "size": ground.size, "round": turn, "contestant": name}
        where = {"memory": is_in_memory(ground.root), "at": time.strftime("%Y-%m-%d %H:%M")}
        self.results.add({**known, **line, **where})
        self.asked.show({**known, **line})


def _why(status: int | None, ground: Ground) -> str:
    return "stopped at its limit of time" if status is None else f"failed ({status}): {ground.last_words()}"


def _planning(ground: Ground) -> Command:
    project = ground.project("leopard")
    words = [PYTHON, str(HERE / "harness" / "planning.py"), str(project), PLANNED]
    return Command(words, project, KINDS)


def _seen(ground: Ground) -> Line:
    """How many files of the content an unchanged run opened, and calls that it made."""
    found = json.loads(ground.out("modules.json").read_text())
    return {"opened": found["opened"], "called": found["called"], "modules": len(found["modules"])}


def _pushed(told: dict[str, Any], turn: int) -> Line:
    """A line of the script that pushes as one of ours; its delay stands for the size."""
    line = {"work": "D", "size": told.get("delay_ms", 0), "round": turn}
    line |= {"contestant": told.get("contestant", "all"), "version": told.get("version", "")}
    line |= {name: told[name] for name in ("rate", "of_wrk", "cpu_ms", "connections") if name in told}
    return {**line, "failed": told["missing"]} if "missing" in told else line


def _small(ground: Ground, name: str) -> Command:
    if name == "floor":
        out, script = ground.out("floor"), str(HERE / "floors" / "lines.py")
        return Command([PYTHON, script, str(ground.content), str(out)], ground.root, {}, (out,))
    folder = ground.project("leopard")
    return Command([LEOPARD, "sync", "--yes"], folder, KINDS, (folder / ".leopard", folder / "public"))
