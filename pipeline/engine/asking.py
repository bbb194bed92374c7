"""Parts whose items look up other records: sent with what they will probably ask, and again with the rest."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple, TypeVar

from pipeline.engine.base import HERE, Engine, Item, Job, Outcomes
from pipeline.engine.known import Question, Teller

MISSED = "missed"
"""Begins the outcome of an item that has to be told more: the questions follow."""
ROUNDS = 8
"""How often an item may ask for more before it is done here."""
T = TypeVar("T")
_numbers = count()


class Asked(NamedTuple):
    """A part: what stands beside it, its items, and what they will probably ask."""

    beside: Any
    items: Sequence[Item]
    questions: set[Question]


def named_apart(what: str) -> str:
    """A name that no other index of this process has."""
    return f"{what} {next(_numbers)}"


def asking(
    engine: Engine, name: str, facts: Item, teller: Teller, parts: Iterable[Asked]
) -> Iterator[tuple[Any, Outcomes]]:
    """Each part with its outcomes, none of which is a question any more. The facts of the job are `facts`,
    and what is told.
    """

    def job(questions: Iterable[Question]) -> Job:
        return Job(name, (*facts, *teller.told(questions)))

    sent = ((part, job(part.questions), part.items) for part in parts)
    for part, outcomes in engine.map(sent):
        yield part.beside, _answered(engine, job, part, outcomes)


def _answered(
    engine: Engine, job: Callable[[Iterable[Question]], Job], part: Asked, outcomes: Outcomes
) -> Outcomes:
    questions = set(part.questions)
    for _ in range(ROUNDS):
        open_ = [at for at, outcome in enumerate(outcomes) if _is_question(outcome)]
        if not open_:
            return outcomes
        questions.update(tuple(question) for at in open_ for question in outcomes[at][1])
        again = engine.submit(job(questions), [part.items[at] for at in open_], urgent=True).result()
        for at, outcome in zip(open_, again, strict=True):
            outcomes[at] = outcome
    return [HERE if _is_question(outcome) else outcome for outcome in outcomes]


def _is_question(outcome: Any) -> bool:
    return isinstance(outcome, tuple) and len(outcome) == 2 and outcome[0] == MISSED
