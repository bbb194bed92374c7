"""Records as rows: which columns a table has, and what stands in a cell."""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import unescape
from typing import Annotated, Any, get_args, get_origin

import nh3
import orjson
from pydantic import BaseModel, Field

from exporters.base import Capabilities, ChannelContext, Desired, Fields, Lookup
from exporters.common.documents import DocumentExporter
from exporters.common.links import Links, absolute
from exporters.common.parts import rfc3339
from exporters.common.public import shown
from exporters.common.record_fields import addressed, clean, located
from schemas import plugins
from schemas.agents import Contributor
from schemas.asset import Asset
from schemas.base import RichText
from schemas.errors import ConfigError
from schemas.record import Record
from schemas.report import ReportFile
from schemas.statistic import Citation, Quoted

ENVELOPE = ("key", "kind", "locale", "title", "url", "summary", "published_at", "updated_at", "tags")
"""What the default columns of every table begin with."""
ADDRESSES = ("url", "external_url")
"""A record's address on the site, and the `url` that it has itself."""
AT = "at"
"""The one name in a cell that holds an instant (RFC 3339)."""
SEPARATOR = "; "
MOST_DIGITS = 2**53
"""Whole numbers from here on lose digits in spreadsheets, so they are texts."""
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a text begins with that a spreadsheet may run; the last four are the wide forms."""


class TableExporter(DocumentExporter):
    """One table for all languages: a row for each record, the newest first."""

    capabilities = Capabilities(reads=False, delete=True, locales=True, document=True)
    each_language = False

    class Options(DocumentExporter.Options):
        kinds: tuple[str, ...] = Field(min_length=1, description="Kinds in the table")
        columns: dict[str, str] | None = Field(
            None,
            min_length=1,
            description="Per field its header: `title`, `authors.family`, `common_names.en`, `figure.low`;"
            " by default all fields of the kinds that fit a cell, under their own names",
        )

    options: Options

    def __init__(self, options: Any, context: ChannelContext) -> None:
        super().__init__(options, context)
        models = [plugins.find("kinds", name) for name in options.kinds if name in plugins.names("kinds")]
        self.columns: dict[str, str] = options.columns or {name: name for name in default_columns(models)}
        if len(models) == len(options.kinds):
            _check(self.columns, models, context.name)

    def describe(self, record: Record, lookup: Lookup) -> Fields:
        """Per column that has something in it, a text, a number, true or false, or `{"at": instant}`."""
        links = Links(self.context.site, lookup, record.locale, self._elsewhere)
        seen = addressed(located(shown(record, lookup), links), links)
        own = getattr(seen, "url", None)
        known = {"url": links.site.url_of(seen), "external_url": links.absolute(own) if own else None}
        found = {path: _cell(_at(seen, path.split("."), known)) for path in self.columns}
        return {path: clean(value) for path, value in found.items() if value not in (None, "")}

    def item(self, fields: Fields, *, first: bool) -> bytes:
        """A row as one line of JSON: a list of cells."""
        return orjson.dumps([fields.get(path) for path in self.columns]) + b"\n"

    def piece(self, desired: Desired) -> str | None:
        """None: a row of cells is no text, unless the table is one."""
        return None

    def _elsewhere(self, asset: Asset) -> str | None:
        """A table brings no images along, so only those that are elsewhere have an address."""
        return absolute(self.context.site, asset.url) if asset.url else None


def rows(pieces: Iterable[bytes]) -> Iterator[list[Any]]:
    """The rows of a draft that comes in pieces."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (orjson.loads(line) for line in lines)


def is_risky(text: str) -> bool:
    """May a spreadsheet take this text for a formula (OWASP, CSV injection)?"""
    return text.startswith(("\t", "\r", "\n")) or text.lstrip().startswith(FORMULA)


def default_columns(models: Iterable[type[Record]]) -> Iterator[str]:
    """The envelope, then every field of the kinds' own that fits a cell; each once."""
    own = (
        name
        for model in models
        for field, info in model.model_fields.items()
        if field not in Record.model_fields
        for name in _columns("external_url" if field == "url" else field, info.annotation)
    )
    yield from dict.fromkeys((*ENVELOPE, *own))


def _columns(name: str, annotation: Any) -> Iterator[str]:
    """A field, or those inside it if it is one model; prose does not fit."""
    models = list(_models(annotation))
    if any(_holds_prose(model) for model in models):
        return
    if len(models) == 1 and not _is_list(annotation):
        for inner, info in models[0].model_fields.items():
            yield from _columns(f"{name}.{inner}", info.annotation)
    else:
        yield name


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _holds_prose(model: type[BaseModel]) -> bool:
    fields = model.model_fields.values()
    return issubclass(model, RichText) or any(
        _holds_prose(inner) for field in fields for inner in _models(field.annotation)
    )


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) in (tuple, list) or any(map(_is_list, get_args(annotation)))


def _check(columns: Iterable[str], models: list[type[Record]], channel: str) -> None:
    known = sorted({*ADDRESSES, *(name for model in models for name in model.model_fields)})
    for path in columns:
        if path not in ADDRESSES and not any(_leads(model, path.split(".")) for model in models):
            hint = plugins.did_you_mean(path, known) or f"there are: {', '.join(known)}"
            raise ConfigError(f"the channel {channel} has a column {path!r}, which no record has", hint=hint)


def _leads(annotation: Any, path: list[str]) -> bool:
    """Is there anything at `path` in values of that type?"""
    if not path or annotation is Any:
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(path[0])
        return field is not None and _leads(field.annotation, path[1:])
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _leads(arguments[0], path)
    if get_origin(annotation) is dict:
        return _leads(arguments[1], path[1:])
    inner = path[1:] if get_origin(annotation) is tuple and path[0].isdecimal() else path
    return any(_leads(argument, inner) for argument in arguments)


def _at(value: Any, path: list[str], known: dict[str, Any]) -> Any:
    """What stands at `path`; of a list, what stands there in each of its items."""
    if path and path[0] in known:
        return known[path[0]]
    if not path or value is None:
        return value
    part, *rest = path
    if isinstance(value, BaseModel):
        return _at(getattr(value, part, None), rest, {})
    if isinstance(value, dict):
        return _at(value.get(part), rest, {})
    if isinstance(value, tuple | list):
        if not part.isdecimal():
            return [_at(item, path, {}) for item in value]
        return _at(value[int(part)], rest, {}) if int(part) < len(value) else None
    return None


def _cell(value: Any) -> Any:
    """A value as a cell holds it."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) >= MOST_DIGITS:
        return str(value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    return {AT: rfc3339(value)} if isinstance(value, datetime) else _words(value)


def _words(value: Any) -> str:
    """Anything as text; the items of a list are joined."""
    match value:
        case None:
            return ""
        case BaseModel():
            return _in_short(value)
        case dict():
            inner = ((name, _words(one)) for name, one in value.items())
            return ", ".join(f"{name}: {text}" for name, text in inner if text)
        case tuple() | list():
            return SEPARATOR.join(filter(None, map(_words, value)))
        case datetime():
            return rfc3339(value) or ""
        case bool():
            return str(value).lower()
    return str(value)


def _in_short(model: BaseModel) -> str:
    """What people would write of a part of a record; else all of it."""
    match model:
        case RichText():
            return _without_tags(model)
        case Contributor():
            return model.display
        case Quoted():
            return " ".join(filter(None, (model.display, model.statement)))
        case Citation():
            return model.text or model.url or model.report or ""
        case ReportFile():
            return model.url or ""
    return _words({name: getattr(model, name) for name in type(model).model_fields})


def _without_tags(rich: RichText) -> str:
    if rich.format != "html":
        return rich.text
    parted = rich.text.replace("</p>", "</p>\n").replace("</li>", "</li>\n").replace("<br>", "\n")
    return unescape(nh3.clean(parted, tags=set())).strip()
