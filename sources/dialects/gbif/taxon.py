"""A taxon as GBIF's species API, version 1, describes it (https://techdocs.gbif.org/en/openapi/v1/species)."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from sources.common.json_answers import tables, text
from sources.common.languages import language_tag
from sources.common.markup import plain

RANKS = {"SPECIES": "species", "SUBSPECIES": "subspecies"}
CATEGORIES = ("EX", "EW", "CR", "EN", "VU", "NT", "LC", "DD", "NE")


class Taxon(BaseModel):
    """What is kept of one name that was asked for."""

    asked: str
    match: str = "NONE"
    """EXACT, FUZZY, HIGHERRANK or NONE."""
    key: str = ""
    scientific_name: str = ""
    authority: str = ""
    rank: str = ""
    synonym_of: str = ""
    """The accepted name, where the name that was asked for is a synonym; then all else is about that."""
    synonyms: list[str] = []
    common_names: dict[str, list[str]] = {}
    category: str = ""
    """Of the IUCN Red List."""


def taxon_of(asked: str, match: Any, usage: Any, *, synonyms: Iterable[Any], names: Iterable[Any],
             red_list: Any, languages: Iterable[str]) -> Taxon:  # fmt: skip
    """Joins the answers about one name. `usage` is the accepted one."""
    name = text(usage, "canonicalName")
    category = text(red_list, "code").upper()
    rank = RANKS.get(text(usage, "rank"), "")
    return Taxon(
        asked=asked,
        match=text(match, "matchType") or "NONE",
        key=text(usage, "key"),
        scientific_name=name,
        authority=plain(text(usage, "authorship")),
        rank=rank,
        synonym_of=name if is_synonym(match) else "",
        synonyms=sorted(
            {text(one, "canonicalName") or text(one, "scientificName") for one in synonyms} - {""}
        ),
        common_names=_by_language(names, languages),
        category=category if category in CATEGORIES else "",
    )


def is_synonym(match: Any) -> bool:
    return match.get("synonym") is True or bool(text(match, "acceptedUsageKey"))


def _by_language(names: Iterable[Any], languages: Iterable[str]) -> dict[str, list[str]]:
    """Names in the site's languages: the preferred ones first, then those that most sources give."""
    wanted = {tag.partition("-")[0]: tag for tag in languages}
    counted: dict[str, dict[str, tuple[bool, int, str]]] = {}
    for one in names:
        name, tag = plain(text(one, "vernacularName")), language_tag(one.get("language"))
        locale = wanted.get((tag or "").partition("-")[0])
        if name and locale:
            known = counted.setdefault(locale, {})
            is_preferred, count, first = known.get(name.casefold(), (False, 0, name))
            is_preferred = is_preferred or one.get("preferred") is True
            known[name.casefold()] = (is_preferred, count + 1, first)
    order = {
        locale: sorted(known.values(), key=lambda one: (not one[0], -one[1], one[2]))
        for locale, known in counted.items()
    }
    return {locale: [name for _, _, name in known] for locale, known in sorted(order.items())}


def results_of(page: Any) -> list[Any]:
    """The items of one page of a list."""
    return list(tables(page, "results"))
