"""A record as plain JSON with real addresses, for channels that hand on all of it."""

from typing import Any, TypeVar

from exporters.base import Fields, Lookup
from exporters.common.json_text import without_empty
from exporters.common.links import Links
from exporters.common.public import shown
from exporters.common.xml_text import allowed
from schemas.asset import Asset
from schemas.base import RichText
from schemas.page import Teaser
from schemas.record import Path, Record, references
from schemas.report import Report, ReportFile
from schemas.statistic import Citation
from schemas.walk import replace

R = TypeVar("R", bound=Record)

_OF_ASSETS = {"credit", "licence", "width", "height", "media_type", "focal_point", "decorative"}


def record_fields(record: Record, lookup: Lookup, links: Links) -> Fields:
    """All that may be shown of a record, without what is empty; `url` is its address on the site.

    A field that names an asset holds an object: key, address, words in the reader's language, rights. The
    `url` that the record itself has is called `external_url`.
    """
    seen = addressed(located(shown(record, lookup), links), links)
    fields = seen.model_dump(mode="json", exclude={"translations"})
    for path, mark, key in references(seen):
        if mark.kinds == ("asset",):
            _put(fields, path, _asset(links.asset(key), links))
    own = fields.get("url")
    if isinstance(record, Asset):
        fields |= {"url": links.asset_url(record), "file": None, "path": None}
    else:
        fields |= {"url": links.site.url_of(record), "external_url": links.absolute(own) if own else None}
    full: Fields = clean(without_empty(fields))
    return full


def clean(value: Any) -> Any:
    """The value with texts that every format holds: no controls but tabs and line ends."""
    if isinstance(value, str):
        return allowed(value)
    if isinstance(value, dict):
        return {allowed(str(name)): clean(inner) for name, inner in value.items()}
    return [clean(inner) for inner in value] if isinstance(value, list) else value


def located(record: R, links: Links) -> R:
    """The record with the addresses of files that are assets; without those of which nothing can be shown."""
    seen = replace(record, ReportFile, lambda one, _: links.file(one))
    if isinstance(seen, Report):
        seen = seen.model_copy(update={"files": tuple(one for one in seen.files if one.url or one.asset)})
    return seen


def addressed(record: R, links: Links) -> R:
    """The record with addresses that can be used anywhere, in prose too; without paths of the project."""
    seen = replace(record, RichText, lambda rich, _: links.prose(rich))
    for part in (ReportFile, Citation, Teaser):
        seen = replace(seen, part, lambda one, _: _with_address(one, links))
    return seen


def _with_address(one: ReportFile | Citation | Teaser, links: Links) -> ReportFile | Citation | Teaser:
    paths = {"file": None, "path": None} if isinstance(one, ReportFile) else {}
    url = links.absolute(one.url) if one.url else None
    return one.model_copy(update={**paths, "url": url})


def _asset(asset: Asset | None, links: Links) -> Fields | None:
    """All that must travel with an asset wherever it is shown."""
    if asset is None:
        return None
    words = {"alt": links.alt(asset), "caption": links.words(asset.caption)}
    facts = asset.model_dump(mode="json", include=_OF_ASSETS)
    known = {"key": asset.key, "url": links.asset_url(asset), "decorative": asset.decorative or None}
    return {**facts, **words, **known}


def _put(fields: Any, path: Path, value: Any) -> None:
    for part in path[:-1]:
        fields = fields[part]
    fields[path[-1]] = value
