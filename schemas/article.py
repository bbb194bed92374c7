"""Articles: news, analysis, opinion."""

from typing import Literal

from schemas.agents import Contributor
from schemas.base import Country, Prose, ReportRef, SpeciesRef, TopicRef
from schemas.record import Record
from schemas.statistic import QuotedStatistic


class Article(Record):
    """A dated text with authors. A Markdown file with a title is a valid one."""

    kind: Literal["article"] = "article"
    body: Prose | None = None
    authors: tuple[Contributor, ...] = ()
    genre: Literal["news", "analysis", "opinion"] = "news"
    place: str | None = None
    species: tuple[SpeciesRef, ...] = ()
    topics: tuple[TopicRef, ...] = ()
    countries: tuple[Country, ...] = ()
    reports: tuple[ReportRef, ...] = ()
    statistics: tuple[QuotedStatistic, ...] = ()
