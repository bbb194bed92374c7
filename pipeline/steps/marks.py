"""Marks in texts: `[[statistic:NAME]]`, `[[cite:report:NAME]]`, `[[date:2016-10-21]]`. Not a step itself."""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from html import escape
from itertools import islice
from typing import NamedTuple

from pipeline.steps.base import StepContext
from pipeline.steps.citations import authors, short_citation
from pipeline.steps.figures import has_words, in_words
from pipeline.steps.languages import base_language, date_in_words
from pipeline.steps.markup import key_link, map_text
from schemas.agents import Contributor, Organisation
from schemas.base import RichText
from schemas.plugins import did_you_mean
from schemas.record import Path, Record
from schemas.report import Report
from schemas.statistic import Claim, Statistic

_MARK = re.compile(r"\[\[([a-z]+):(?!//)([^\[\]<>]*)\]\]")
_MOST_COMPARED = 1000


def cited(record: Record) -> Iterator[str]:
    """Keys of the records whose figures or citations stand in a record's texts."""
    written = record.model_dump_json(exclude_defaults=True)
    for what, name in _MARK.findall(written) if "[[" in written else ():
        if what in ("statistic", "cite"):
            yield name.strip() if what == "cite" else f"statistic:{name.strip()}"


class Words(NamedTuple):
    """What a mark becomes, and the key of the record that it leads to."""

    text: str
    link: str | None = None


class Marks:
    """Puts words in place of marks; a mark that cannot be resolved is a problem, and stays."""

    def __init__(self, context: StepContext, filled: Callable[[Report], Report]) -> None:
        self.context, self.filled = context, filled
        self.known = {"statistic": self._statistic, "cite": self._cite, "date": self._date}

    def in_prose(self, record: Record, rich: RichText, path: Path) -> RichText:
        if "[[" not in rich.text:
            return rich

        def put(match: re.Match[str]) -> str:
            words = self._words(record, match, path)
            if words is None:
                return match[0]
            text = escape(words.text, quote=False)
            return key_link(words.link, text) if words.link else text

        text = map_text(rich.text, lambda words: _MARK.sub(put, words))
        return rich if text == rich.text else rich.model_copy(update={"text": text})

    def in_text(self, record: Record, text: str, path: Path) -> str:
        def put(match: re.Match[str]) -> str:
            words = self._words(record, match, path)
            return match[0] if words is None else words.text

        return _MARK.sub(put, text) if "[[" in text else text

    def _words(self, record: Record, match: re.Match[str], path: Path) -> Words | None:
        handler = self.known.get(match[1])
        if handler is not None:
            return handler(record, match[2].strip(), path)
        known = sorted(self.known)
        hint = did_you_mean(match[1], known) or f"there are: {', '.join(known)}"
        self.context.report(record, "mark.unknown", f"there is no mark {match[0]}", path=path, hint=hint)
        return None

    def _statistic(self, record: Record, name: str, path: Path) -> Words | None:
        found = self.context.index.get(f"statistic:{name}", record.locale)
        if isinstance(found, Statistic):
            return Words(self.display(record, found, path))
        self._dangling(record, "statistic", f"statistic:{name}", path)
        return None

    def display(self, record: Record, claim: Claim, path: Path) -> str:
        """The figure in words in the record's language; a warning if a word is missing there."""
        if not has_words(claim.qualifier, record.locale):
            self.context.report(
                record,
                "statistic.no_words",
                f"there is no word for {claim.qualifier!r} in the language {base_language(record.locale)!r}, "
                "so the English one stands",
                path=path,
                hint="write the figure into the text, or leave the statistic's `qualifier` out",
            )
        return in_words(claim.figure, claim.qualifier, record.locale)

    def _cite(self, record: Record, key: str, path: Path) -> Words | None:
        found = self.context.index.get(key, record.locale)
        if isinstance(found, Report):
            names = [self._short_name(person, record) for person in authors(self.filled(found))]
            return Words(short_citation(names, found), key)
        self._dangling(record, "citation", key, path)
        return None

    def _short_name(self, person: Contributor, record: Record) -> str:
        if person.family:
            return person.family
        body = self.context.index.get(person.organisation, record.locale) if person.organisation else None
        return (isinstance(body, Organisation) and body.acronym) or person.display

    def _dangling(self, record: Record, what: str, key: str, path: Path) -> None:
        kind = "report" if what == "citation" else what
        mark = f"[[{'cite:' if what == 'citation' else ''}{kind}:NAME]]"
        self.context.report(
            record,
            f"{what}.dangling",
            f"the text names {key}, which does not exist or may not be shown yet",
            path=path,
            hint=nearest(self.context, key, kind, record.locale) or f"write {mark} with the name of a {kind}",
            severity="error",
        )

    def _date(self, record: Record, written: str, path: Path) -> Words | None:
        try:
            return Words(date_in_words(written, record.locale))
        except ValueError:
            self.context.report(
                record,
                "date.invalid",
                f"{written!r} is not a date",
                path=path,
                hint="write a date as [[date:2016-10-21]], [[date:2016-10]] or [[date:2016]]",
                severity="error",
            )
            return None


def nearest(context: StepContext, key: str, kind: str, locale: str) -> str | None:
    """`did you mean …?` if a record of that kind has nearly the same name."""
    records = islice(context.index.of_kind(kind, locale), _MOST_COMPARED)
    names = [record.key.partition(":")[2] for record in records]
    near = get_close_matches(key.partition(":")[2], names, n=1, cutoff=0.6)
    return f"did you mean '{kind}:{near[0]}'?" if near else None
