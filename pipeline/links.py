"""References between pages of one channel: symbols in fields until the other page's id is known."""

from collections.abc import Callable, Container, Iterator
from typing import Any

from exporters.base import REFERENCE, Fields
from schemas import canonical

Known = Callable[[str], Any]
"""The channel's id of an ident, or None while there is none."""


def symbols(value: Any) -> Iterator[str]:
    """Idents that `value` refers to."""
    if isinstance(value, dict):
        if set(value) == {REFERENCE}:
            yield value[REFERENCE]
        else:
            for inner in value.values():
                yield from symbols(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from symbols(inner)


def resolved(fields: Fields, known: Known) -> tuple[Fields, bool]:
    """Fields with ids in place of symbols, and whether each one was known.

    What is not known yet is left out: of a list the item, of a mapping the value becomes None.
    """
    missing: list[str] = []
    done = _resolve(fields, known, missing)
    return done, not missing


def pruned(fields: Fields, here: Container[str]) -> Fields:
    """Fields without references to what the channel does not hold."""
    if all(ident in here for ident in symbols(fields)):
        return fields
    return resolved(fields, lambda ident: {REFERENCE: ident} if ident in here else None)[0]


def _resolve(value: Any, known: Known, missing: list[str]) -> Any:
    if isinstance(value, dict):
        if set(value) == {REFERENCE}:
            found = known(value[REFERENCE])
            if found is None:
                missing.append(value[REFERENCE])
            return found
        return {name: _resolve(inner, known, missing) for name, inner in value.items()}
    if isinstance(value, list):
        items = [(inner, _resolve(inner, known, missing)) for inner in value]
        return [done for inner, done in items if done is not None or inner is None]
    return value


def linked(digest: str, fields: Fields, known: Known) -> str:
    """`digest` of `fields`, and of the ids that their symbols stand for: another page, another digest."""
    ids = {ident: known(ident) for ident in symbols(fields)}
    return canonical.digest([digest, ids]) if ids else digest


Held = Callable[[Fields], Fields]
"""What a channel makes of fields that it is sent."""
