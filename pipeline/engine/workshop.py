"""Where parts are done: a process that has loaded the project once, and keeps what it will need again."""

import marshal
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from platform import node
from typing import Any, NamedTuple, TypeVar

from pipeline.config import Project, load
from pipeline.engine.base import HERE, EngineError, Item, Job, Outcomes
from pipeline.engine.versions import difference, versions
from pipeline.examine import Examiner
from schemas.errors import LeopardError

Work = Callable[["Workshop", Item, Item], Any]
"""Does one item, given the facts of its job; the outcome holds plain values only. What it raises is raised
again where the work was asked for, as that is where it is then done.
"""

T = TypeVar("T")


class Setting(NamedTuple):
    """Which project, and which run: what is known for one run is not taken for another's."""

    root: str
    fingerprint: str
    run: str
    versions: Item = ()
    """What has to be installed where it is done, if that may be another machine."""


class Workshop:
    """One project in one process, during one run."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.project: Project = load(Path(setting.root))
        self.at_hand: dict[Item, tuple[str, Any]] = {}

    def kept(self, what: Item, version: str, begin: Callable[[], T]) -> T:
        """What is kept here for a purpose; of another version than before, it is begun anew."""
        if self.at_hand.get(what, (None,))[0] != version:
            self.at_hand[what] = version, begin()
        kept: T = self.at_hand[what][1]
        return kept

    @cached_property
    def examiner(self) -> Examiner:
        return Examiner(self.project)


_turn = threading.Lock()
_known: list[Workshop] = []


def _workshop(setting: Setting) -> Workshop:
    if not (_known and _known[0].setting == setting):
        if setting.versions and (other := difference(versions(), setting.versions)):
            hint = "install the same there as here"
            raise EngineError(f"the worker on {node()} cannot take part: {other}", hint=hint)
        _known[:] = [Workshop(setting)]
        if _known[0].project.fingerprint() != setting.fingerprint:
            _known.clear()
            raise EngineError("leopard.yaml is not what it was when the run began", hint="run again")
    return _known[0]


def packed(setting: Setting, job: Job, items: Sequence[Item]) -> bytes:
    """A part on its way to a worker."""
    return marshal.dumps((tuple(setting), tuple(job), list(items)))


def unpacked(data: bytes) -> Outcomes:
    """What came back. Raises EngineError."""
    outcomes, message, hint = marshal.loads(data)  # noqa: S302  # of a process of ours
    if outcomes is None:
        raise EngineError(message, hint=hint)
    found: Outcomes = outcomes
    return found


def perform(data: bytes) -> bytes:
    """Do one part. One at a time: what is kept at hand is not for several threads."""
    try:
        outcomes = _outcomes(data)
    except Exception as error:  # noqa: BLE001  # a worker that cannot begin says so
        told = error if isinstance(error, LeopardError) else EngineError(f"a worker cannot begin: {error!r}")
        return marshal.dumps((None, told.message, told.hint))
    try:
        return marshal.dumps((outcomes, "", None))
    except ValueError:
        return marshal.dumps(([one if _is_plain(one) else HERE for one in outcomes], "", None))


def _outcomes(data: bytes) -> Outcomes:
    from pipeline.engine.work import WORK

    setting, job, items = marshal.loads(data)  # noqa: S302
    with _turn:
        shop, work = _workshop(Setting(*setting)), WORK[job[0]]
        return [_outcome(work, shop, job[1], item) for item in items]


def _outcome(work: Work, shop: Workshop, facts: Item, item: Item) -> Any:
    try:
        return work(shop, facts, item)
    except Exception:  # noqa: BLE001  # whatever it is, it is met again where it can be told
        return HERE


def _is_plain(outcome: Any) -> bool:
    try:
        marshal.dumps(outcome)
    except ValueError:
        return False
    return True
