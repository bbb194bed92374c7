"""The vocabulary of schema.org as a strict judge: unknown types, properties and values that do not fit."""

from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import Annotated, ForwardRef, Union

from pydantic import Field, create_model
from schema_org import datatypes, enums, registry

TYPES = (
    "Article",
    "Book",
    "Country",
    "CreativeWork",
    "CreativeWorkSeries",
    "DataDownload",
    "Dataset",
    "DefinedTerm",
    "ImageObject",
    "Legislation",
    "MediaObject",
    "NewsArticle",
    "Observation",
    "Organization",
    "Periodical",
    "Person",
    "Place",
    "PostalAddress",
    "PropertyValue",
    "QuantitativeValue",
    "Quotation",
    "Report",
    "ScholarlyArticle",
    "StatisticalVariable",
    "Taxon",
    "WebPage",
    "WebSite",
)


@cache
def _judge():
    """One model for all types: building each of them by itself takes ten times as long."""
    loaded = {}

    def load(name):
        if name not in loaded:
            module = import_module(f"schema_org.models.{registry._MODEL_MODULES[name]}")
            loaded[name] = getattr(module, registry._MODEL_CLASSES[name])
            for other in registry._DEPENDENCIES[name]:
                load(other)

    for name in TYPES:
        load(name)

    types = Union[tuple(ForwardRef(name) for name in TYPES)]  # noqa: UP007 - as many as there are
    one = Annotated[types, Field(discriminator="schema_type")]
    judge = create_model("Judge", node=one)
    judge.model_rebuild(_types_namespace={**loaded, **vars(datatypes), **vars(enums)})
    return judge, loaded


def validate(node):
    """The node as a model. Raises ValidationError."""
    judge, models = _judge()
    ranges = {one.schema_name: one.ranges for one in models[node["@type"]].SCHEMA_PROPERTIES}
    inner = {name: _value(value, ranges.get(name, ())) for name, value in node.items() if name != "@context"}
    return judge.model_validate({"node": inner}).node


def _value(value, ranges):
    if isinstance(value, list):
        return [_value(one, ranges) for one in value]
    if isinstance(value, dict):
        return validate(value)
    if isinstance(value, str) and {"Date", "DateTime"} & set(ranges) and "Text" not in ranges:
        return datetime.fromisoformat(value) if "T" in value else _day(value)
    return value


def _day(value):
    """ISO 8601 knows years and months too, Python's dates do not."""
    return date.fromisoformat(f"{value}-01-01"[:10] if len(value) == 4 else f"{value}-01"[:10])
