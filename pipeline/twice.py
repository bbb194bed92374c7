"""What to say of records that stand twice."""

from collections.abc import Iterator

from pipeline.cache.card import Card
from schemas.problems import Origin, Problem

Place = tuple[str, Origin]
"""The name of a source, and the place in it."""


def twice(record: Card, second: Place, first: Place) -> Iterator[Problem]:
    """One problem at each of the two places, or one if they are the same."""
    told = f"{record.key} in {record.locale}"
    places = [(second[1], first[1]), (first[1], second[1])]
    messages = [f"{told} stands twice: here and at {there}" for _, there in places]
    hint = "give one of them another `key:`, or remove it; until then neither is published"
    if first[1] == second[1]:
        messages = [f"{told} is read twice, by the sources {first[0]} and {second[0]}"]
        hint = "correct the `path` of one of them in leopard.yaml; until then it is not published"
        if first[0] == second[0]:
            messages = [f"{told} has that very language among its `translations`"]
            hint = "keep only other languages there; until then it is not published"
    for message, (here, _) in zip(messages, places, strict=False):
        yield Problem(
            code="record.duplicate_key",
            message=message,
            hint=hint,
            origin=here,
            key=record.key,
            locale=record.locale,
        )
