"""OAI-PMH: the records of a repository, such as a library's or another Leopard's, as reports."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from schemas.base import KIND_PATTERN, LOCALE_PATTERN, NAME_PATTERN
from schemas.problems import Origin, Problem
from sources.base import Raw
from sources.common.harvest import Gathered, HarvestSource
from sources.common.languages import site_language
from sources.common.remote import printable
from sources.common.state import Draft, Facts, Kept
from sources.common.works import records_of_work, short_slug
from sources.dialects.oaipmh.metadata import FORMATS
from sources.dialects.oaipmh.protocol import Repository, since

_OURS = re.compile(
    rf"oai:[^:]+:{KIND_PATTERN}:(?P<name>{NAME_PATTERN})@(?P<locale>{LOCALE_PATTERN.strip('^$')})"
)
"""How Leopard itself calls its records: what their key and language were is known again."""


class OaiPmhSource(HarvestSource):
    """Records of an OAI-PMH 2.0 repository, as reports. Those that it calls deleted are gone.

    After the first time only what has changed is asked for; now and then, everything.
    """

    name = "oaipmh"
    default_kind = "report"
    accept = "text/xml, application/xml;q=0.9"

    class Options(HarvestSource.Options):
        format: Literal["oai_dc", "datacite", "oai_datacite"] = Field(
            "oai_dc", description="Form of the metadata; every repository has `oai_dc`"
        )
        set: str | None = Field(
            None, pattern=r"^[\w.!~*'():-]+$", description="Only the records of this set, by its `setSpec`"
        )
        lag: float = Field(
            300.0, ge=0, description="Seconds before the latest harvest that are asked for again"
        )

    options: Options

    def gather(self, draft: Draft, known: Facts | None) -> Gathered:
        options, keep = self.options, FORMATS[self.options.format][0]
        fetcher = self.fetcher()
        try:
            repository = Repository(options.url, self.where, fetcher)
            about = repository.identify()
            asked = {"metadataPrefix": options.format, **({"set": options.set} if options.set else {})}
            is_due = self.is_due(known, datetime.now(UTC))
            mark = known.mark if known is not None and not is_due else None
            start = since(str(mark), options.lag, is_by_second=about.is_by_second) if mark else None
            if start is not None:
                asked["from"] = start
            for item in repository.records(asked, draft.clear):
                if item.is_gone or item.metadata is None:
                    draft.drop(item.identifier)
                else:
                    draft.put(item.identifier, keep(item.metadata))
        finally:
            fetcher.close()
        if start is not None:
            return Gathered("stay", is_sweep=False, mark=about.now)
        return Gathered("go" if about.remembers else "go_twice", mark=about.now)

    def records(self, name: str, item: Any, place: Origin, kept: Kept) -> Iterator[Raw | Problem]:
        if item is None:
            message = f"its metadata are not {self.options.format}, or have no title"
            yield Problem(code="oaipmh.metadata", message=message, hint="tell its owner", origin=place)
            return
        work = FORMATS[self.options.format][1](item)
        languages, ours = self.context.site.languages, _OURS.fullmatch(name)
        own = ours["name"] if ours else short_slug(name.removeprefix("oai:"))
        said = ours["locale"] if ours else item.get("lang")
        if not own:
            message = f"the identifier {printable(name)} has no letters or digits"
            yield Problem(code="api.item", message=message, hint="tell its owner", origin=place)
            return
        yield from records_of_work(work, own, place, site_language(said, languages), lambda doi: False)

    def place(self, name: str) -> Origin:
        return Origin(path=self.where, within=f"record {printable(name)}")
