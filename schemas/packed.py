"""Models that travel to a file of this very process and back by their bare values."""

from typing import Any, TypeVar

from schemas.base import Model

P = TypeVar("P", bound="Packed")


class Packed(Model):
    """A model that is pickled without the names of its fields; it was validated when it was made."""

    def __reduce__(self) -> tuple[Any, ...]:
        kind, values = type(self), self.__dict__
        return _unpacked, (kind, *(values[name] for name in kind.model_fields))


def _unpacked(kind: type[P], *values: Any) -> P:
    made = kind.__new__(kind)
    object.__setattr__(made, "__dict__", dict(zip(kind.model_fields, values, strict=True)))
    object.__setattr__(made, "__pydantic_fields_set__", set(kind.model_fields))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made
