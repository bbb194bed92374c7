"""A record as bytes, and the very same record again."""

from hashlib import blake2b
from typing import Any

from pydantic import BaseModel

from pipeline.cache.trusted import tells_all
from schemas import canonical, plugins
from schemas.asset import Attachment
from schemas.errors import LeopardError
from schemas.record import Record

FILE_OF_REPORT = b"+"
"""Stands before the JSON of an Attachment, which no source gives."""


class BrokenCache(LeopardError):
    """What the cache holds is not what was put into it. It is thrown away, and the work done again."""


def _digest(ident: str, data: bytes) -> bytes:
    return blake2b(data, key=ident.encode()[:64], digest_size=16).digest()


def encoded(record: Record, *, sure: bool = False) -> tuple[bytes, bytes, bool]:
    """A record as JSON, its digest, and whether it can be read back from that as it is.

    `sure` says that it can, if its kind tells all: it was validated just so, or our own steps have changed
    it. Tests see to that.
    """
    try:
        data = _json(record)
    except ValueError:  # half characters
        sure = False
        data = canonical.dump(record.model_dump(mode="json"))
    data = FILE_OF_REPORT + data if type(record) is Attachment else data
    readable = (sure and tells_all(type(record))) or reads_back(record, data)
    return data, _digest(record.ident, data), readable


def _json(record: Record) -> bytes:
    """`model_dump_json` without the way through a text, if it is pydantic's own."""
    if type(record).model_dump_json is not BaseModel.model_dump_json:
        return record.model_dump_json().encode()
    return record.__pydantic_serializer__.to_json(record)


def decoded(ident: str, digest: bytes, data: bytes) -> Record:
    """The record that `encoded` has made this of. Raises BrokenCache."""
    if _digest(ident, data) != digest:
        raise BrokenCache(f"{ident} is not in the cache as it was")
    model, plain = _model_of(ident.partition(":")[0], data)
    try:
        return model.model_validate_json(plain)
    except ValueError as error:
        raise BrokenCache(f"{ident} cannot be read back from the cache") from error


def reads_back(record: Record, data: bytes) -> bool:
    """Is what is read again the very same? Steps may leave values that no content could have."""
    try:
        model, plain = _model_of(record.kind, data)
        back: Any = model.model_validate_json(plain) if model is type(record) else None
    except (ValueError, LeopardError):
        return False
    same = back == record and _json(back) == plain  # 1 equals 1.0, but is not it
    return same and record.ident.startswith(f"{record.kind}:")


def _model_of(kind: str, data: bytes) -> tuple[type[Record], bytes]:
    """What a body is of, and its JSON."""
    if data.startswith(FILE_OF_REPORT):
        return Attachment, data.removeprefix(FILE_OF_REPORT)
    return plugins.find("kinds", kind), data
