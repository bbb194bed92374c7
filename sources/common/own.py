"""Values that a channel of Leopard has written, as the record had them. Pure."""

import json
import re
from typing import Any

from schemas import plugins
from schemas.base import KEY_PATTERN
from schemas.errors import ConfigError
from sources.common.remote import without_files
from sources.common.shapes import models_of

_KEY = re.compile(KEY_PATTERN)
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def unrelated(found: dict[str, Any], kind: str) -> dict[str, Any]:
    """Fields of a kind, in which keys stand again where other records were described.

    What a channel does not hold is not believed: states and times of Leopard's own, and files of the project.
    """
    try:
        fields, held = plugins.find("kinds", kind).model_fields, {one.name for one in models_of(kind)}
    except ConfigError:
        return {}
    known = {name: value for name, value in found.items() if name in fields and name in held}
    values = {name: _value(value, fields[name].annotation) for name, value in known.items()}
    return {name: value for name, value in without_files(values).items() if value not in _EMPTY}


def _value(value: Any, annotation: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "[") and annotation is not str:
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return keys_in(value)


def keys_in(value: Any) -> Any:
    """Without what is empty, and with its key for each record that is described."""
    if isinstance(value, dict):
        key = value.get("key")
        if isinstance(key, str) and _KEY.match(key) and {"id", "title", "url", "alt"} & set(value):
            return key
        inner = {name: keys_in(one) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one not in _EMPTY}
    return [keys_in(one) for one in value] if isinstance(value, list) else value
