"""Walk through a record and rebuild what changes: the one way steps edit frozen models."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

from schemas.record import Path

M = TypeVar("M", bound=BaseModel)
N = TypeVar("N", bound=BaseModel)


def replace(value: M, wanted: type[N], change: Callable[[N, Path], Any], path: Path = ()) -> M:
    """A copy of `value` in which every `wanted` model inside is what `change(model, path)` returns.

    What does not change is shared, not copied. Nothing is validated again.
    """
    new = {}
    for name in _fields_holding(type(value), wanted):
        old = getattr(value, name)
        now = _changed(old, wanted, change, (*path, name))
        if now is not old:
            new[name] = now
    return value.model_copy(update=new) if new else value


def _changed(value: Any, wanted: type[N], change: Callable[[N, Path], Any], path: Path) -> Any:
    if isinstance(value, wanted):
        return change(value, path)
    if isinstance(value, BaseModel):
        return replace(value, wanted, change, path)
    if isinstance(value, tuple):
        new = tuple(_changed(item, wanted, change, (*path, at)) for at, item in enumerate(value))
        return value if all(a is b for a, b in zip(value, new, strict=True)) else new
    return value


@cache
def _fields_holding(model: type[BaseModel], wanted: type[BaseModel]) -> tuple[str, ...]:
    return tuple(
        name for name, field in model.model_fields.items() if _may_hold(field.annotation, wanted, (model,))
    )


def _may_hold(annotation: Any, wanted: type[BaseModel], seen: tuple[type, ...]) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if issubclass(annotation, wanted) or issubclass(wanted, annotation):
            return True
        inner = () if annotation in seen else annotation.model_fields.values()
        return any(_may_hold(field.annotation, wanted, (*seen, annotation)) for field in inner)
    return any(_may_hold(arg, wanted, seen) for arg in get_args(annotation))
