"""Statistics as their readers see them, and how old they are."""

import calendar
import re
from datetime import date

from pipeline.steps.figures import in_words
from schemas.statistic import Statistic

OLD = 2
"""Years after which a figure counts as old."""
_BLANKS, _DASHES = re.compile(r"\s"), re.compile("[\u2010-\u2015]")


def words(statistic: Statistic) -> str:
    """The figure in the words of its language."""
    return in_words(statistic.figure, statistic.qualifier, statistic.locale)


def text(statistic: Statistic) -> str:
    """Its title and its figure, as it is read and as it is written, to be searched."""
    figure = statistic.figure
    plain = [str(one) for one in (figure.value, figure.low, figure.high) if one is not None]
    return even("\n".join([statistic.title, words(statistic), *plain]))


def says(statistic: Statistic, sought: str) -> bool:
    """Is it in there?"""
    return even(sought) in text(statistic)


def even(text: str) -> str:
    """Small letters, and one sort of blanks and dashes: languages use several that look alike."""
    return _DASHES.sub("-", _BLANKS.sub(" ", text.casefold()))


def dated(statistic: Statistic) -> str | None:
    """The day, month or year that the figure is of, as far as it is known."""
    return statistic.as_of or (statistic.period.end if statistic.period else None)


def last_day(partial: str) -> date:
    """The last day of a year, a month, or the day itself (`2016`, `2016-10`, `2016-10-21`)."""
    year, month, day = (*(int(part) for part in partial.split("-")), 0, 0)[:3]
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])


def years_since(partial: str, today: date) -> int:
    """Whole years since the end of a partial date; negative before it."""
    end = last_day(partial)
    return today.year - end.year - ((today.month, today.day) < (end.month, end.day))


def is_old(statistic: Statistic, today: date) -> bool:
    """Old is a figure that is more than two years behind, and one of which nobody says of when it is."""
    of = dated(statistic)
    return of is None or years_since(of, today) >= OLD
