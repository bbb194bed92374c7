"""Walk through a record and rebuild what changes: the one way steps edit frozen models."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from schemas.record import Path, reference_fields

M = TypeVar("M", bound=BaseModel)
N = TypeVar("N", bound=BaseModel)


def replace(
    value: M, wanted: type[N], change: Callable[[Any, Path], Any], path: Path = (), *, keys: bool = False
) -> M:
    """A copy of `value` in which every `wanted` model inside is what `change(model, path)` returns.

    With `keys`, texts that stand where a wanted model may stand are given to `change` as well. What does
    not change is shared, not copied; what `change` returns is not looked into. Nothing is validated again.
    """
    kinds = (wanted, str) if keys else (wanted,)
    new = {}
    for name in _fields_holding(type(value), wanted):
        old = getattr(value, name)
        now = _changed(old, wanted, kinds, change, (*path, name))
        if now is not old:
            new[name] = now
    return value.model_copy(update=new) if new else value


def find(value: BaseModel, wanted: type[N]) -> list[tuple[Path, N]]:
    """Every outermost `wanted` model inside `value`, with its path, in the order of the fields."""
    found: list[tuple[Path, N]] = []

    def keep(model: N, path: Path) -> N:
        found.append((path, model))
        return model

    replace(value, wanted, keep)
    return found


def without(value: M, hidden: Callable[[str], bool]) -> M | None:
    """A copy of `value` without the references whose key is `hidden`; None if it cannot do without them.

    Parts that are not valid without such a reference go with it: a block, a teaser, a citation.
    """
    new = {}
    for name, mark in reference_fields(type(value)).items():
        old = getattr(value, name)
        now = _left(old, mark is not None, hidden)
        if now is not old:
            new[name] = now
    if not new:
        return value
    try:
        type(value).model_validate({**dict(value), **new})
    except ValidationError:
        return None
    return value.model_copy(update=new)


def _left(value: Any, marked: bool, hidden: Callable[[str], bool]) -> Any:
    if isinstance(value, str):
        return None if marked and hidden(value) else value
    if isinstance(value, BaseModel):
        return without(value, hidden)
    if isinstance(value, tuple | list):
        row = [_left(item, marked, hidden) for item in value]
        same = all(a is b for a, b in zip(value, row, strict=True))
        return value if same else type(value)(item for item in row if item is not None)
    return value


def _changed(
    value: Any,
    wanted: type[BaseModel],
    kinds: tuple[type, ...],
    change: Callable[[Any, Path], Any],
    path: Path,
) -> Any:
    if isinstance(value, kinds):
        return change(value, path)
    if isinstance(value, BaseModel):
        return replace(value, wanted, change, path, keys=str in kinds)
    if isinstance(value, tuple | list):
        row = [_changed(item, wanted, kinds, change, (*path, at)) for at, item in enumerate(value)]
        return value if all(a is b for a, b in zip(value, row, strict=True)) else type(value)(row)
    if isinstance(value, dict):
        table = {at: _changed(item, wanted, kinds, change, (*path, str(at))) for at, item in value.items()}
        return value if all(table[at] is item for at, item in value.items()) else table
    return value


@cache
def _fields_holding(model: type[BaseModel], wanted: type[BaseModel]) -> tuple[str, ...]:
    return tuple(
        name for name, field in model.model_fields.items() if _may_hold(field.annotation, wanted, ())
    )


def _may_hold(annotation: Any, wanted: type[BaseModel], seen: tuple[type, ...]) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if issubclass(annotation, wanted) or issubclass(wanted, annotation):
            return True
        inner = () if annotation in seen else annotation.model_fields.values()
        return any(_may_hold(field.annotation, wanted, (*seen, annotation)) for field in inner)
    return any(_may_hold(arg, wanted, seen) for arg in get_args(annotation))
