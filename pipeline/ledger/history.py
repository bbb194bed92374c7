"""The runs, what they reported, and the problems they found."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from pipeline.ledger.database import Room, now, portions, put
from pipeline.ledger.entry import RunOutcome, RunRecord
from pipeline.ledger.tables import problems, runs
from schemas import canonical
from schemas.problems import Problem


class History(Room):
    """Every run that had something to do or to say."""

    def begin(self, run: str) -> None:
        with self.database.writing() as connection:
            values = {"id": run, "started_at": now().isoformat(), "outcome": "running"}
            connection.execute(insert(runs).values(**values))

    def end(self, run: str, outcome: RunOutcome, report: dict[str, Any], found: Iterable[Problem]) -> None:
        """Keep the report of a run and its problems."""
        with self.database.writing() as connection:
            told = canonical.dump(report).decode()
            values = {"finished_at": now().isoformat(), "outcome": outcome, "report": told}
            connection.execute(update(runs).where(runs.c.id == run).values(**values))
            rows = ({"run": run, "number": n, "body": p.model_dump_json()} for n, p in enumerate(found))
            for some in portions(rows):
                put(connection, problems, some)

    def add(self, run: str, report: dict[str, Any], found: Iterable[Problem]) -> None:
        """Keep what was found only after a run had ended; of a run that left no trace, nothing."""
        with self.database.writing() as connection:
            told = canonical.dump(report).decode()
            if connection.execute(update(runs).where(runs.c.id == run).values(report=told)).rowcount:
                first = connection.execute(select(func.count()).where(problems.c.run == run)).scalar() or 0
                rows = [
                    {"run": run, "number": first + n, "body": p.model_dump_json()}
                    for n, p in enumerate(found)
                ]
                put(connection, problems, rows)

    def latest(self, limit: int = 20) -> list[RunRecord]:
        """The latest runs, the newest first."""
        query = select(runs).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit)
        return [_run(row) for row in self.database.stream(query)]

    def get(self, run: str) -> RunRecord | None:
        return next(map(_run, self.database.stream(select(runs).where(runs.c.id == run))), None)

    def counts(self) -> dict[str, int]:
        """How many runs ended how."""
        query = select(runs.c.outcome, func.count().label("n")).group_by(runs.c.outcome)
        return {row.outcome: row.n for row in self.database.stream(query)}

    def problems(self, run: str) -> list[Problem]:
        query = select(problems.c.body).where(problems.c.run == run).order_by(problems.c.number)
        return [Problem.model_validate_json(row.body) for row in self.database.stream(query)]


def _run(row: Row[Any]) -> RunRecord:
    values = {name: getattr(row, name) for name in RunRecord.model_fields if name != "report"}
    return RunRecord(**values, report=canonical.load(row.report) if row.report else {})
