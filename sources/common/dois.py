"""What sources share that ask a registry of DOIs: for a list of them, or for all that a search finds."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from pydantic import Field, model_validator

from schemas.base import DOI
from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from sources.base import Raw
from sources.common.harvest import Gathered, HarvestOptions, HarvestSource
from sources.common.languages import site_language
from sources.common.remote import printable
from sources.common.state import Draft, Facts, Kept
from sources.common.works import Work, name_of_doi, records_of_work
from transport.fetch import Fetcher

MAX_PAGES = 10_000


class DoiOptions(HarvestOptions):
    """What every registry of DOIs can be asked."""

    dois: tuple[DOI, ...] = Field((), description="The DOIs that are read, if no search finds them")
    query: str | None = Field(None, min_length=1, description="Words, or a query, that works are found by")
    prefix: str | None = Field(
        None, pattern=r"^10\.\d{4,9}$", description="Prefix of the DOIs that are read, such as `10.1234`"
    )

    @property
    def searches(self) -> bool:
        """Whether anything is said to search by."""
        return self.query is not None or self.prefix is not None

    @model_validator(mode="after")
    def _one_way(self) -> "DoiOptions":
        if bool(self.dois) == self.searches:
            raise ValueError("say either which `dois` are read, or what to search by")
        return self


class DoiSource(HarvestSource):
    """Works by their DOIs. Each is a report; organisations that it names are records besides."""

    default_kind = "report"

    class Options(DoiOptions, HarvestSource.Options):
        pass

    options: Options

    @abstractmethod
    def single(self, fetcher: Fetcher, doi: str) -> Any:
        """The item of one DOI. Raises ContentError, with the code `fetch.missing` if there is none."""

    @abstractmethod
    def pages(self, fetcher: Fetcher) -> Iterator[list[Any]]:
        """The items that a search finds, page by page."""

    @abstractmethod
    def doi_of(self, item: Any) -> str:
        """The DOI of an item of a page; empty if it has none."""

    @abstractmethod
    def work(self, item: Any) -> Work:
        """What an item says."""

    def gather(self, draft: Draft, known: Facts | None) -> Gathered:
        fetcher, count = self.fetcher(), 0
        try:
            if self.options.dois:
                self._singles(fetcher, draft)
                return Gathered("go")
            before: list[Any] | None = None
            for page in self.pages(fetcher):
                count += 1
                if page == before or count > MAX_PAGES:
                    raise self.error("api.cycle", f"its pages do not come to an end; page {count} came again")
                before = page
                for item in page:
                    if not (doi := self.doi_of(item).lower()):
                        raise self.error("api.item", f"an item of page {count} has no DOI")
                    draft.put(doi, item)
        finally:
            fetcher.close()
        return Gathered("go_twice" if count > 1 else "go")

    def _singles(self, fetcher: Fetcher, draft: Draft) -> None:
        """One DOI after the other. A registry that knows none of them is taken for another address."""
        unknown: ContentError | None = None
        is_known = False
        for doi in self.options.dois:
            try:
                draft.put(doi.lower(), self.single(fetcher, doi))
                is_known = True
            except ContentError as error:
                if error.code != "fetch.missing":
                    raise
                draft.put(doi.lower(), None)
                unknown = error
        if unknown is not None and not is_known:
            raise unknown

    def records(self, name: str, item: Any, place: Origin, kept: Kept) -> Iterator[Raw | Problem]:
        if item is None:
            message, hint = (
                f"nobody here knows the DOI {printable(name)}",
                "correct it, or ask another registry",
            )
            yield Problem(code="work.unknown", message=message, hint=hint, origin=place)
            return
        own = name_of_doi(name)
        if not own:
            message = f"the DOI {printable(name)} has no letters or digits"
            yield Problem(code="api.item", message=message, hint="tell the registry", origin=place)
            return
        work = self.work(item)
        locale = site_language(work.language, self.context.site.languages)
        yield from records_of_work(work, own, place, locale, lambda doi: kept.has(doi.lower()))

    def place(self, name: str) -> Origin:
        return Origin(path=self.where, within=f"doi {printable(name)}")

    def address(self, path: str) -> str:
        return f"{self.options.url.rstrip('/')}/{path}"

    @staticmethod
    def escaped(doi: str) -> str:
        """A DOI as one part of a path."""
        return quote(doi, safe="")
