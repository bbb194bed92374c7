"""Figures: the smallest thing that is published, quoted and must stay right everywhere."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from schemas.base import LARGEST, Address, Model, PartialDate, ReportRef, SpeciesRef, StatisticRef
from schemas.record import Record

Number = Annotated[int | float, Field(ge=-LARGEST, le=LARGEST)]
Qualifier = Literal[
    "approximately",
    "only",
    "at least",
    "at most",
    "more than",
    "fewer than",
    "up to",
    "nearly",
    "an estimated",
]
_NUMBER = r"\d{1,3}(?:[, \u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_DASH = r"\s*(?:[-\u2010-\u2015]|to)\s*"


class Figure(Model):
    """A number: one value, a range, or a percentage of either."""

    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    percent: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> "Figure":
        if (self.value is None) == (self.low is None and self.high is None):
            raise ValueError("a figure is either one `value`, or a range from `low` to `high`")
        if self.value is None and (self.low is None or self.high is None or self.low > self.high):
            raise ValueError("a range needs `low` and `high`, the smaller first")
        return self


def _number(text: str) -> Number:
    plain = re.sub(r"[, \u00a0\u202f]", "", text)
    return float(plain) if "." in plain else int(plain)


def parse_figure(text: str) -> dict[str, Any] | None:
    """`4,000`, `221–450`, `90%`, `10-15 %` as the fields of a Figure; None if the text is no figure."""
    whole = re.fullmatch(rf"({_NUMBER})\s*%?(?:{_DASH}({_NUMBER}))?\s*(%|per\s?cent)?", text.strip())
    if not whole:
        return None
    percent = whole[3] is not None or "%" in text
    if whole[2] is None:
        return {"value": _number(whole[1]), "percent": percent}
    return {"low": _number(whole[1]), "high": _number(whole[2]), "percent": percent}


def _figure(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a figure is a number, a range such as 221–450, or a percentage such as 90%")
    if isinstance(value, int | float):
        return {"value": value}
    if isinstance(value, str):
        fields = parse_figure(value)
        if fields is None:
            raise ValueError(
                f"{value!r} is no number, no range such as 221–450 and no percentage such as 90%"
            )
        return fields
    return value


FigureText = Annotated[Figure, BeforeValidator(_figure, json_schema_input_type=str | int | float | Figure)]


class Citation(Model):
    """Where a figure or a statement comes from: a report of the project, or any other work."""

    report: ReportRef | None = None
    text: str | None = Field(None, description="The citation in words; filled in for a report")
    url: Address | None = None
    pages: str | None = None

    @model_validator(mode="after")
    def _something(self) -> "Citation":
        if not (self.report or self.text or self.url):
            raise ValueError("a citation names a `report`, or has a `text` or a `url`")
        return self


def _citation(value: Any) -> Any:
    if isinstance(value, str):
        return {"report": value} if value.startswith("report:") else {"text": value}
    return value


CitationText = Annotated[Citation, BeforeValidator(_citation, json_schema_input_type=str | Citation)]


class Period(Model):
    """A span of time, as far as it is known; open where an end is missing."""

    start: PartialDate | None = None
    end: PartialDate | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Period":
        if self.start and self.end and self.start[: len(self.end)] > self.end[: len(self.start)]:
            raise ValueError("a period ends before it starts")
        return self


class Claim(Model):
    """What a statistic says: figure, qualifier, unit and statement, with place, time and citation."""

    figure: FigureText
    qualifier: Qualifier | None = None
    unit: str | None = Field(None, description="What is counted or measured", examples=["Snow Leopards"])
    statement: str = Field(min_length=1, description="The words that follow the figure")
    place: str | None = None
    period: Period | None = None
    as_of: PartialDate | None = None
    citation: CitationText | None = None


class Statistic(Record, Claim):
    """A figure with its citation: edit it once, and every record that quotes it follows."""

    kind: Literal["statistic"] = "statistic"
    species: tuple[SpeciesRef, ...] = ()

    title_from: ClassVar[tuple[str, ...]] = ("statement",)


class Quoted(Claim):
    """A statistic as it stands inside another record, with the figure in words."""

    statistic: StatisticRef | None = None
    display: str = Field("", description="The figure as it is read; filled in")


QuotedStatistic = Annotated[
    Annotated[StatisticRef, Tag("key")] | Annotated[Quoted, Tag("statistic")],
    Discriminator(lambda value: "key" if isinstance(value, str) else "statistic"),
]
"""A statistic by its key, or written out in place; resolved to the latter before publishing."""
