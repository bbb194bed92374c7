"""Fill in what other records say: statistics, citations, names, teasers and marks in the text."""

from functools import partial
from typing import Any, TypeVar

from pipeline.steps.base import Step, StepContext
from pipeline.steps.citations import suggested_citation
from pipeline.steps.marks import Marks
from pipeline.steps.prose import change_plain, first_words
from schemas.agents import Contributor, Organisation, Person
from schemas.base import Model, RichText
from schemas.page import Quote, Related, Teaser
from schemas.record import Path, Record
from schemas.report import Report
from schemas.statistic import Citation, Claim, Quoted, Statistic
from schemas.walk import replace

M = TypeVar("M", bound=Model)

TEASER_WORDS = 40


class Resolve(Step):
    """One edit of a figure, a name or a citation reaches every record that uses it.

    What names nothing is left as it is: dangling references are found before the first step.
    """

    name = "resolve"
    remembered = True

    class Options(Model):
        """None: the fields and marks say what is filled in."""

    def __init__(self, options: Any, context: StepContext) -> None:
        super().__init__(options, context)
        self.marks = Marks(context, self._with_names)

    def change(self, record: Record) -> Record:
        record = replace(record, Quoted, partial(self._quoted, record), keys=True)
        record = replace(record, Contributor, partial(self._contributor, record.locale))
        record = replace(record, Citation, partial(self._citation, record.locale))
        record = replace(record, Quote, partial(self._quote, record.locale))
        record = replace(record, Related, partial(self._related, record.locale))
        record = replace(record, Teaser, partial(self._teaser, record.locale))
        if isinstance(record, Report) and not record.citation:
            record = record.model_copy(update={"citation": self._cited(record)})
        record = replace(record, RichText, partial(self.marks.in_prose, record))
        return change_plain(record, partial(self.marks.in_text, record))

    def _quoted(self, record: Record, value: str | Quoted, path: Path) -> str | Quoted:
        if isinstance(value, str):
            found = self.context.index.get(value, record.locale)
            if not isinstance(found, Statistic):
                return value
            claim = {name: getattr(found, name) for name in Claim.model_fields}
            value = Quoted.model_construct(**claim, statistic=found.key)
        if value.display:
            return value
        return value.model_copy(update={"display": self.marks.display(record, value, path)})

    def _contributor(self, locale: str, value: Contributor, path: Path) -> Contributor:
        person = value.person and self.context.index.get(value.person, locale)
        body = value.organisation and self.context.index.get(value.organisation, locale)
        new: dict[str, str | None] = {}
        if isinstance(person, Person):
            new = {"given": person.given, "family": person.family, "orcid": person.orcid}
        if isinstance(body, Organisation):
            new["ror"] = body.ror
            if not value.person:
                new["name"] = body.name
        return _filled(value, **new)

    def _citation(self, locale: str, value: Citation, path: Path) -> Citation:
        found = value.report and self.context.index.get(value.report, locale)
        if not isinstance(found, Report):
            return value
        url = f"https://doi.org/{found.doi}" if found.doi else found.url
        return _filled(value, text=found.citation or self._cited(self._with_names(found)), url=url)

    def _with_names(self, report: Report) -> Report:
        return replace(report, Contributor, partial(self._contributor, report.locale))

    def _cited(self, report: Report) -> str:
        publisher = self.context.index.get(report.publisher, report.locale)
        return suggested_citation(report, publisher if isinstance(publisher, Organisation) else None)

    def _quote(self, locale: str, value: Quote, path: Path) -> Quote:
        person = value.person and self.context.index.get(value.person, locale)
        if not isinstance(person, Person):
            return value
        name = " ".join(part for part in (person.given, person.family) if part)
        return _filled(value, name=name, role=person.role)

    def _related(self, locale: str, value: Related, path: Path) -> Related:
        shown = [key for key in value.items if self.context.index.get(key, locale)]
        known = {teaser.link: teaser for teaser in value.teasers}
        teasers = tuple(known.get(key) or Teaser(link=key) for key in shown)
        return value.model_copy(update={"teasers": teasers}) if teasers else value

    def _teaser(self, locale: str, value: Teaser, path: Path) -> Teaser:
        found = self.context.index.get(value.link, locale) if value.link else None
        if found is None:
            return value
        text = found.summary or first_words(found, TEASER_WORDS)
        return _filled(value, title=found.title, text=text or None, image=found.image)


def _filled(value: M, **found: str | None) -> M:
    """A copy with `found` in those of its fields that say nothing yet."""
    new = {name: text for name, text in found.items() if text and not getattr(value, name)}
    return value.model_copy(update=new) if new else value
