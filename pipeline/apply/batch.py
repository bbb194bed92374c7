"""Several writes in one request, each with an outcome of its own."""

from collections.abc import Iterable, Iterator, Sequence
from time import perf_counter

from exporters.base import Remote, Write
from pipeline.apply.write import Writer
from pipeline.change import Change
from pipeline.observe.spans import span
from schemas.errors import Ambiguous, ChannelDown, LeopardError, NotFound, Transient

Outcome = Remote | LeopardError | None


def in_batches(wave: Iterable[Change], size: int) -> Iterator[list[Change]]:
    """Creates and updates in groups of at most `size`; every other change alone."""
    writes: list[Change] = []
    for change in wave:
        if change.desired is None:
            yield [change]
            continue
        writes.append(change)
        if len(writes) == size:
            yield writes
            writes = []
    if writes:
        yield writes


def send(writer: Writer, batch: Sequence[Change]) -> dict[str, Outcome]:
    """Write a batch; the outcome of each by ident. What the request as a whole loses is tried one by one."""
    try:
        writer.pace.wait()
        began = perf_counter()
        with span("write", keys=tuple(change.ident for change in batch), action="batch"):
            answer = writer.exporter.write_many([_write(change) for change in batch])
        outcomes: dict[str, Outcome] = {**answer}
    except (Ambiguous, Transient) as error:
        outcomes = dict.fromkeys((change.ident for change in batch), error)
    except LeopardError as error:
        return dict.fromkeys((change.ident for change in batch), error)
    else:
        writer.pace.succeeded(perf_counter() - began)
    lost = Ambiguous("the answer to a batch did not name all of it")
    found = [(change, outcomes.get(change.ident) or lost) for change in batch]
    busy = [change for change, outcome in found if isinstance(outcome, Transient | NotFound)]
    doubtful = [change for change, outcome in found if isinstance(outcome, Ambiguous)]
    try:
        for outcome in {id(outcome): outcome for _, outcome in found}.values():
            _rest(writer, outcome)
    except ChannelDown as down:
        return outcomes | dict.fromkeys((change.ident for change in (*busy, *doubtful)), down)
    return outcomes | _alone(writer, busy, {}) | _alone(writer, doubtful, _seen(writer, doubtful))


def _rest(writer: Writer, error: Outcome) -> None:
    """Leave a busy channel alone for a while. Raises ChannelDown where there have been too many failures."""
    if isinstance(error, Transient):
        writer.rest(error)
    elif isinstance(error, Ambiguous):
        writer.pace.failed(error.message)


def _write(change: Change) -> Write:
    if change.desired is None:
        raise TypeError("only creates and updates go into a batch")
    return Write(desired=change.desired, remote=None if change.action == "create" else change.page)


def _seen(writer: Writer, doubtful: Sequence[Change]) -> dict[str, Remote] | None:
    """After a lost answer: what the channel holds, in one look-up; None if nobody can look."""
    if not doubtful:
        return {}
    try:
        with writer.pace.limit:
            writer.pace.wait()
            return {remote.ident: remote for remote in writer.exporter.find([one.ident for one in doubtful])}
    except LeopardError:
        return None


def _alone(writer: Writer, batch: Sequence[Change], seen: dict[str, Remote] | None) -> dict[str, Outcome]:
    """One by one, as far as it is not done already; what nobody can know is left to the next run."""
    outcomes: dict[str, Outcome] = {}
    down: ChannelDown | None = None
    for change in batch:
        page = (seen or {}).get(change.ident)
        if down or (seen is None and change.action == "create"):
            outcomes[change.ident] = down or Ambiguous("the answer to a batch was lost")
        elif page is not None and writer.is_done(change, page):
            outcomes[change.ident] = page
        else:
            made = {"action": "update", "remote": page} if page and change.action == "create" else {}
            try:
                outcomes[change.ident] = writer.write(change.model_copy(update=made))
            except ChannelDown as error:
                outcomes[change.ident] = down = error
            except LeopardError as refusal:  # of a page that is there: the next run adopts it
                outcomes[change.ident] = Ambiguous(refusal.message, hint=refusal.hint) if made else refusal
    return outcomes
