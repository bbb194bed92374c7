"""One spelling for each value: what is compared, hashed and stored."""

import json
from hashlib import sha256
from typing import Any

import orjson

from schemas.base import Model


def dump(value: Any) -> bytes:
    """Plain JSON values as UTF-8 with sorted keys and no spaces: equal values, equal bytes."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # numbers beyond 64 bits, half characters
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def digest(value: Any) -> str:
    """SHA-256 of `dump(value)`, hexadecimal."""
    return sha256(dump(value)).hexdigest()


def plain(model: Model) -> dict[str, Any]:
    """A model as plain JSON values, without what is empty: `None`, empty lists and empty mappings."""
    fields = model.model_dump(mode="json")
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def load(data: bytes | str) -> Any:
    """The plain JSON values behind `dump`."""
    return json.loads(data)
