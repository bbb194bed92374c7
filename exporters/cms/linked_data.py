"""The schema.org graph of a record, as a page of a content management system carries it. Pure.

The addresses of uploaded assets are known only when they are on the channel. Until then, as in prose,
`{"asset": reference}` stands in their place.
"""

from collections.abc import Callable
from typing import Any

from exporters.base import Fields, Lookup, reference
from exporters.common.linked_data import embedded, graph, harmless
from exporters.common.links import Links, absolute
from exporters.common.public import shown
from schemas.asset import Asset
from schemas.model import LINKED_DATA
from schemas.record import Record
from schemas.site import Site

_STAYS = {"@context", "@id", "@type", "name", "url"}
_ADDRESS = 200
"""Characters set aside for each address that is not known yet."""


def page_graph(record: Record, site: Site, lookup: Lookup, locale: str) -> Fields:
    """The graph of what may be shown of a record."""
    held: dict[str, Asset] = {}

    def address(asset: Asset) -> str | None:
        if not asset.path:
            return absolute(site, asset.url) if asset.url else None
        known = next((place for place, one in held.items() if one.ident == asset.ident), None)
        place = known or f"https://{len(held)}.asset.invalid/"  # a name that nobody can have (RFC 2606)
        held[place] = asset
        return place

    whole = graph(shown(record, lookup), Links(site, lookup, locale, address))
    marked: Fields = _marked(whole, held)
    return marked


def _marked(value: Any, held: dict[str, Asset]) -> Any:
    if isinstance(value, dict):
        return {name: _marked(inner, held) for name, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner, held) for inner in value]
    return {"asset": reference(held[value])} if isinstance(value, str) and value in held else value


def fitted(whole: Fields, longest: int) -> tuple[Fields, list[str]]:
    """A graph whose text has `longest` characters at most, and the members that were left out for that.

    The largest go first; what names the record always stays.
    """
    sizes = {name: _size({name: value}) for name, value in whole.items()}
    total, left_out = sum(sizes.values()), list[str]()
    for name in sorted(sizes.keys() - _STAYS, key=lambda name: (-sizes[name], name)):
        if total <= longest:
            break
        total -= sizes[name]
        left_out.append(name)
    return {name: value for name, value in whole.items() if name not in left_out}, left_out


def _size(value: Fields) -> int:
    text = embedded(value)
    return len(text) + _ADDRESS * text.count('{"asset":')


def placed(value: Any, address: Callable[[str], str]) -> Any:
    """The graph with the addresses of its assets, by their ids; without those that are nowhere."""
    if isinstance(value, dict):
        if set(value) == {"asset"}:
            return (address(value["asset"]) or None) if isinstance(value["asset"], str) else None
        inner = {name: placed(one, address) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one is not None}
    if isinstance(value, list):
        return [one for one in (placed(one, address) for one in value) if one is not None]
    return value


def with_graph(fields: Fields, address: Callable[[str], str]) -> Fields:
    """Fields in which the graph has its addresses, if they have one."""
    if not isinstance(fields.get(LINKED_DATA), dict):
        return fields
    return {**fields, LINKED_DATA: placed(fields[LINKED_DATA], address)}


def as_text(value: Any, address: Callable[[str], str]) -> str | None:
    """The graph as JSON that can stand inside a `script` of HTML; what is a text already stays one."""
    if not value:
        return None
    return harmless(value) if isinstance(value, str) else embedded(placed(value, address))
