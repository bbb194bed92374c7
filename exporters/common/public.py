"""What of a record may be shown: nothing in it names, or was filled in from, what is not public."""

from typing import Any, TypeVar

from pydantic import BaseModel

from exporters.base import Lookup
from schemas.page import Teaser
from schemas.record import Path, Record, references
from schemas.report import ReportFile
from schemas.statistic import Citation, Quoted

R = TypeVar("R", bound=Record)

FILLED_IN = (Teaser, Quoted, Citation, ReportFile)
"""Parts that say what the record they name does, or are that record: they go with it."""


def shown(record: R, lookup: Lookup) -> R:
    """`record` without references to records that may not be shown, and without what cannot do without them.

    The record itself always stays. `alternates` are the languages that can be shown.
    """
    alternates = tuple(tag for tag in record.alternates if _exists(record, tag, lookup))
    if alternates != record.alternates:
        record = record.model_copy(update={"alternates": alternates})
    hidden = {path for path, _, key in references(record) if lookup.get(key, record.locale) is None}
    if not hidden:
        return record
    return record.model_copy(update=_changes(record, hidden, ()))


def _exists(record: Record, locale: str, lookup: Lookup) -> bool:
    other = record if locale == record.locale else lookup.get(record.key, locale)
    return other is not None and other.locale == locale


def _changes(model: BaseModel, hidden: set[Path], path: Path) -> dict[str, Any]:
    """The fields of `model` that are no longer what they were."""
    values = ((name, getattr(model, name)) for name in type(model).model_fields)
    kept = ((name, value, _kept(value, hidden, (*path, name))) for name, value in values)
    return {name: now for name, value, now in kept if now is not value}


def _kept(value: Any, hidden: set[Path], path: Path) -> Any:
    """What remains of `value`; None if nothing does."""
    if path in hidden:
        return None
    if isinstance(value, tuple):
        items = tuple(_kept(item, hidden, (*path, at)) for at, item in enumerate(value))
        same = all(now is item for now, item in zip(items, value, strict=True))
        return value if same else tuple(item for item in items if item is not None)
    if not isinstance(value, BaseModel):
        return value
    changes = _changes(value, hidden, path)
    if isinstance(value, FILLED_IN) and any(path == place[:-1] for place in hidden):
        return None
    fields = type(value).model_fields
    if any(fields[name].is_required() and now in (None, ()) for name, now in changes.items()):
        return None
    return value.model_copy(update=changes) if changes else value
