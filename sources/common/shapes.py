"""Values of a content management system as the fields of a kind, by what the kind's model says of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.model import FieldModel, content_type

EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Shapes:
    """How one system says things.

    `asset` and `record` give the key that a value names, or None; `prose` gives a text with its format;
    `block` the type and the values of one block. `named` says what a field is called there.
    """

    asset: Callable[[Any, Mapping[str, Any], str], str | None]
    """Given the value, all values beside it, and the field's name there."""
    record: Callable[[Any, tuple[str, ...]], str | None]
    prose: Callable[[Any], Any]
    block: Callable[[Any], tuple[str, Mapping[str, Any]] | None]
    named: Callable[[str], str] = str

    def fields(self, values: Mapping[str, Any], models: Iterable[FieldModel]) -> dict[str, Any]:
        """Fields of ours; what is empty is left out."""
        found = {one.name: self._value(one, values) for one in models if self.named(one.name) in values}
        return {name: value for name, value in found.items() if value not in EMPTY}

    def _value(self, one: FieldModel, values: Mapping[str, Any]) -> Any:
        value = values[self.named(one.name)]
        if value in EMPTY:
            return None
        match one.type:
            case "media":
                return self._each(one, value, lambda v: self.asset(v, values, self.named(one.name)))
            case "relation":
                return self._each(one, value, lambda v: self.record(v, one.kinds))
            case "html":
                return self.prose(value)
            case "group":
                return self._group(one, value)
            case "list":
                several = value if isinstance(value, list) else [value]
                return [found for v in several if (found := self._group(one, v)) not in EMPTY]
            case "blocks":
                return list(self._blocks(one, value))
            case "words":
                return [word for word in value if isinstance(word, str)] if isinstance(value, list) else None
            case "line" | "text" | "choice" | "datetime":
                return None if isinstance(value, dict | list) else value
        return value

    def _each(self, one: FieldModel, value: Any, key: Callable[[Any], str | None]) -> Any:
        if not one.many:
            return key(value[0] if isinstance(value, list) else value)
        several = value if isinstance(value, list) else [value]
        return [found for v in several if (found := key(v))]

    def _group(self, one: FieldModel, value: Any) -> Any:
        """A part; of a contributor, the name or the person it is will do."""
        if one.part == "Contributor" and not (isinstance(value, Mapping) and _NAMED & value.keys()):
            key = None if isinstance(value, str) else self.record(value, ("person",))
            if key or isinstance(value, str):
                return {"person": key} if key else {"name": value}
        return self.fields(value, one.fields) if isinstance(value, Mapping) else None

    def _blocks(self, one: FieldModel, value: Any) -> Iterator[dict[str, Any]]:
        """Blocks; a text that is no list of them is one."""
        models = {block.name: block.fields for block in one.blocks}
        several = value if isinstance(value, list) else []
        parts = [self.block(inner) for inner in several]
        if not any(parts):
            prose = self.prose(value)
            if prose not in EMPTY:
                yield {"type": "text", "text": prose}
            return
        for part in parts:
            if part is not None and part[0] in models:
                yield {"type": part[0], **self.fields(part[1], models[part[0]])}


_NAMED = {"person", "organisation"}


def models_of(kind: str) -> tuple[FieldModel, ...]:
    """All fields of a kind that a system can hold. Raises ConfigError for no kind."""
    return content_type(kind).fields


def path_at(value: Any, path: str) -> Any:
    """What is at names with dots between; of a list, of each of its items; None if there is nothing."""
    for name in path.split("."):
        if isinstance(value, list):
            value = [one.get(name) for one in value if isinstance(one, Mapping)]
        else:
            value = value.get(name) if isinstance(value, Mapping) else None
    return value
