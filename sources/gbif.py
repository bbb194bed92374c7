"""GBIF: the accepted name of a species, its synonyms, its common names and its Red List category."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from sources.base import Raw
from sources.common.harvest import Gathered, HarvestSource
from sources.common.json_answers import asked, text, with_query
from sources.common.remote import WebAddress, printable
from sources.common.state import Draft, Facts, Kept
from sources.common.works import short_slug
from sources.dialects.gbif.taxon import RANKS, Taxon, is_synonym, results_of, taxon_of
from transport.fetch import Fetcher

LIMIT, MAX_PAGES = 100, 100
"""Names in one answer, and answers about one species at most."""


class GbifSource(HarvestSource):
    """Species by their scientific names, as GBIF's backbone taxonomy knows them.

    A synonym becomes the accepted species, with a warning. A name that is not found, that is only like
    another, or that is no species is a problem.
    """

    name = "gbif"
    default_kind = "species"

    class Options(HarvestSource.Options):
        url: WebAddress = Field("https://api.gbif.org", description="Address of the API")
        names: tuple[str, ...] = Field(
            min_length=1, description="Scientific names, such as `Panthera pardus`"
        )
        kingdom: str | None = Field(
            "Animalia", description="Kingdom that the names are looked for in; null for all of them"
        )

    options: Options

    def gather(self, draft: Draft, known: Facts | None) -> Gathered:
        fetcher = self.fetcher()
        try:
            for name in dict.fromkeys(self.options.names):
                draft.put(name, self._taxon(fetcher, name).model_dump())
        finally:
            fetcher.close()
        return Gathered("go")

    def _taxon(self, fetcher: Fetcher, name: str) -> Taxon:
        match = self._get(fetcher, "species/match", name=name, kingdom=self.options.kingdom, strict="true")
        if text(match, "matchType") not in ("EXACT", "FUZZY", "HIGHERRANK", "NONE"):
            raise self.error("api.shape", "its answer has no `matchType`", "check `url`")
        key = text(match, "acceptedUsageKey") if is_synonym(match) else text(match, "usageKey")
        if text(match, "matchType") != "EXACT" or not key:
            near = text(match, "canonicalName") or text(match, "scientificName")
            return Taxon(asked=name, match=text(match, "matchType"), scientific_name=near)
        if not key.isalnum():
            raise self.error("api.shape", "its answer has a key that is none", "check `url`")
        at = f"species/{key}"
        return taxon_of(
            name,
            match,
            self._get(fetcher, at),
            synonyms=self._all(fetcher, f"{at}/synonyms"),
            names=self._all(fetcher, f"{at}/vernacularNames"),
            red_list=self._red_list(fetcher, at),
            languages=self.context.site.languages,
        )

    def _red_list(self, fetcher: Fetcher, at: str) -> dict[str, Any]:
        """Empty where nobody has assessed the species."""
        try:
            return self._get(fetcher, f"{at}/iucnRedListCategory")
        except ContentError as error:
            if error.code in ("fetch.missing", "json.syntax"):  # nothing, or an empty answer
                return {}
            raise

    def _all(self, fetcher: Fetcher, path: str) -> Iterator[Any]:
        """The items of a list, page by page."""
        before: list[Any] = []
        for number in range(MAX_PAGES):
            page = self._get(fetcher, path, limit=str(LIMIT), offset=str(number * LIMIT))
            items = results_of(page)
            if items and items == before:
                break
            yield from items
            if page.get("endOfRecords") is True or not items:
                return
            before = items
        raise self.error("api.cycle", f"the list {path} does not come to an end")

    def _get(self, fetcher: Fetcher, path: str, **parameters: str | None) -> dict[str, Any]:
        said = {name: value for name, value in parameters.items() if value is not None}
        url = with_query(f"{self.options.url.rstrip('/')}/v1/{path}", said)
        return asked(fetcher, url, self.where)[0]

    def records(self, name: str, item: Any, place: Origin, kept: Kept) -> Iterator[Raw | Problem]:
        taxon = Taxon.model_validate(item)
        if problem := _doubt(taxon, place):
            yield problem
            return
        if taxon.synonym_of:
            message = f"{printable(name)} is a synonym of {taxon.synonym_of}, which is used"
            hint = f"write {taxon.synonym_of}"
            yield Problem(code="gbif.synonym", severity="warning", message=message, hint=hint, origin=place)
        slug = short_slug(taxon.scientific_name)
        data: dict[str, Any] = {
            "kind": "species",
            "key": f"species:{slug}",
            "scientific_name": taxon.scientific_name,
            "authority": taxon.authority,
            "rank": taxon.rank,
            "common_names": taxon.common_names,
            "synonyms": taxon.synonyms,
            "taxon_key": taxon.key,
            "iucn": {"category": taxon.category} if taxon.category else None,
        }
        yield Raw({field: value for field, value in data.items() if value}, place, slug)

    def place(self, name: str) -> Origin:
        return Origin(path=self.where, within=f"name {printable(name)}")


def _doubt(taxon: Taxon, place: Origin) -> Problem | None:
    """Why a name gives no species; None if it does."""
    name, found = printable(taxon.asked), taxon.scientific_name
    if taxon.match != "EXACT":
        message = f"nobody there knows {name} as it is written"
        hint = f"did you mean {found}?" if taxon.match == "FUZZY" and found else "check how it is written"
    elif taxon.rank not in RANKS.values() or not short_slug(found):
        message, hint = f"{name} is neither a species nor a subspecies", "name a species"
    else:
        return None
    return Problem(code="gbif.no_species", message=message, hint=hint, origin=place)
