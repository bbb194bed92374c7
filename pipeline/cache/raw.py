"""What a raw record is known by."""

import marshal
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from sources.base import Raw

_PLAIN = (str, int, float, bool, type(None), date, datetime, time, Decimal)


def digest_of(raw: Raw) -> bytes | None:
    """Of all that decides what becomes of `raw`; None if it holds what nobody can tell from another."""
    if raw.digest is not None:
        return raw.digest
    whole = (raw.data, raw.name, raw.locale, raw.implied)
    try:
        data = marshal.dumps(whole, 0)
    except ValueError:
        if not _is_plain(raw.data):
            return None
        data = repr(whole).encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=16).digest()


def _is_plain(value: Any) -> bool:
    """Is it made of nothing but values that their own words tell from all others?"""
    if type(value) is dict:
        return all(_is_plain(one) for pair in value.items() for one in pair)
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    return type(value) in _PLAIN
