"""Several writes in one request, each with an outcome of its own."""

from collections.abc import Iterator, Sequence

from exporters.base import Remote, Write
from pipeline.apply.write import Writer
from pipeline.plan import Change
from schemas.errors import Ambiguous, LeopardError, NotFound, Transient

Outcome = Remote | LeopardError | None


def in_batches(wave: Sequence[Change], size: int) -> Iterator[list[Change]]:
    """Creates and updates in groups of at most `size`; every other change alone."""
    writes = [change for change in wave if change.desired is not None]
    for at in range(0, len(writes), size):
        yield writes[at : at + size]
    yield from ([change] for change in wave if change.desired is None)


def send(writer: Writer, batch: Sequence[Change]) -> dict[str, Outcome]:
    """Write a batch; the outcome of each by ident. What the request as a whole loses is tried one by one."""
    writes = [_write(change) for change in batch]
    try:
        writer.pace.wait()
        outcomes = writer.exporter.write_many(writes)
    except (Ambiguous, Transient) as error:
        return _alone(writer, batch, error)
    except LeopardError as error:
        return dict.fromkeys((change.ident for change in batch), error)
    writer.pace.succeeded()
    missing = [
        change
        for change in batch
        if isinstance(outcomes.get(change.ident), Ambiguous | Transient | NotFound | None)
    ]
    lost = Ambiguous("the answer to a batch did not name all of it")
    return {**outcomes, **(_alone(writer, missing, lost) if missing else {})}


def _write(change: Change) -> Write:
    if change.desired is None:
        raise TypeError("only creates and updates go into a batch")
    return Write(desired=change.desired, remote=None if change.action == "create" else change.page)


def _alone(writer: Writer, batch: Sequence[Change], error: LeopardError) -> dict[str, Outcome]:
    """One by one; after a lost answer, what has been made is found first, in one look-up."""
    made: dict[str, Remote] = {}
    creates = [change.ident for change in batch if change.action == "create"]
    if isinstance(error, Ambiguous) and creates:
        try:
            made = {remote.ident: remote for remote in writer.exporter.find(creates)}
        except LeopardError:
            return dict.fromkeys((change.ident for change in batch), error)
    outcomes: dict[str, Outcome] = {}
    for change in batch:
        page = made.get(change.ident)
        way = change.model_copy(update={"action": "update", "remote": page}) if page else change
        try:
            outcomes[change.ident] = writer.write(way)
        except LeopardError as refusal:
            outcomes[change.ident] = refusal
    return outcomes
