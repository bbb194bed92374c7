"""Kinds whose JSON certainly reads back as the very same record, so that nobody has to try."""

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AllowInfNan, BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from schemas.base import Model, Reference

OURS = "schemas."
"""The package of kinds that tests have shown to be such."""
_TEXTS = (datetime, date, time, Decimal)
"""Values that JSON writes as texts."""
_CONSTRAINTS = (Reference, StringConstraints, AllowInfNan)


@cache
def tells_all(model: type[BaseModel]) -> bool:
    """Is it ours, or made of nothing but plain values and constraints, without code of its own?"""
    if model.__module__.startswith(OURS):
        return True
    given = model.__pydantic_decorators__
    plain = not (given.field_serializers or given.model_serializers or given.computed_fields)
    validators = (
        *given.validators.values(),
        *given.field_validators.values(),
        *given.model_validators.values(),
    )
    ours = all(_is_ours(getattr(one, "func", None)) for one in validators) and not given.root_validators
    own = [base for base in model.__mro__ if not base.__module__.startswith((OURS, "pydantic.", "builtins"))]
    named = {name for base in own for name in vars(base)}
    bare = named.isdisjoint(
        {"__get_pydantic_core_schema__", "model_dump_json", "model_validate_json", "__init__"}
    )
    same = issubclass(model, Model) and model.model_config == Model.model_config
    fields = (
        field for name, field in model.model_fields.items() if any(name in _written(base) for base in own)
    )
    return plain and ours and bare and same and all(map(_is_plain, fields))


def _written(model: type) -> Iterable[str]:
    """Names of the fields that a class itself writes."""
    return tuple(vars(model).get("__annotations__", ()))


def _is_ours(function: Any) -> bool:
    inner = getattr(function, "__func__", function)
    return str(getattr(inner, "__module__", "")).startswith(OURS)


def _is_plain(field: FieldInfo) -> bool:
    if field.exclude or field.alias or field.serialization_alias or field.discriminator:
        return False
    return _is_mere(field.metadata) and _sort(field.annotation, field.metadata) is not None


def _is_mere(metadata: Iterable[Any]) -> bool:
    """Are these constraints, or validators of ours?"""
    return all(
        isinstance(one, _CONSTRAINTS)
        or type(one).__module__ in ("annotated_types", "pydantic.fields", "pydantic.types")
        or _is_ours(getattr(one, "func", None))
        for one in metadata
    )


def _sort(annotation: Any, metadata: Iterable[Any] = ()) -> str | None:
    """Which sort of JSON value it is; None if it is none that certainly reads back."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner, *said = args
        return _sort(inner, said) if _is_mere(said) else None
    if origin in (Union, UnionType):
        return _several([_sort(arg) for arg in args])
    if origin is Literal:
        return "text" if all(isinstance(arg, str) for arg in args) else None
    if origin in (tuple, list):
        inner = args[:1] if origin is list or args[1:] == (...,) else args
        return "list" if all(_sort(arg) for arg in inner) else None
    if origin is dict:
        return "object" if args[0] is str and _sort(args[1]) else None
    return _single(annotation, metadata)


def _single(annotation: Any, metadata: Iterable[Any]) -> str | None:
    if not isinstance(annotation, type):
        return "null" if annotation is None else None
    if annotation is float:  # JSON has no infinity
        return (
            "float"
            if any(isinstance(one, AllowInfNan) and not one.allow_inf_nan for one in metadata)
            else None
        )
    if issubclass(annotation, BaseModel):
        return "object" if tells_all(annotation) else None
    if annotation is str or annotation in _TEXTS or annotation.__module__ == "pydantic.networks":
        return "text"
    return {int: "int", bool: "bool", NoneType: "null"}.get(annotation)


def _several(sorts: list[str | None]) -> str | None:
    """Of a union, no two members may look the same in JSON."""
    if None in sorts or len(set(sorts)) < len(sorts):
        return None
    return next((sort for sort in sorts if sort != "null"), "null")
