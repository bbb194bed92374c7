"""What each channel should hold: public records, rendered by its exporter."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC

from exporters.base import Desired, Exporter, Lookup
from pipeline import links
from pipeline.findings import Findings
from pipeline.index import RecordIndex
from pipeline.references import Place
from schemas import canonical
from schemas.asset import Asset
from schemas.base import RichText
from schemas.errors import Unsupported
from schemas.record import Path, Record, references
from schemas.walk import replace


class PublicLookup(Lookup):
    """Gives exporters public records, and nothing else."""

    def __init__(self, public: RecordIndex) -> None:
        self.public = public

    def get(self, key: str, locale: str) -> Record | None:
        return self.public.get(key, locale)


def wanted(exporter: Exporter, public: RecordIndex) -> list[Record]:
    """The public records a channel publishes, by ident: its kinds and languages, and the assets they need."""
    options = exporter.options
    locales = set(options.locales or exporter.context.site.languages)
    chosen = [
        record
        for record in public
        if record.kind != "asset"
        and (options.kinds is None or record.kind in options.kinds)
        and record.locale in locales
    ]
    assets = _assets_of(chosen, public) if exporter.capabilities.assets else {}
    return sorted([*chosen, *assets.values()], key=lambda record: record.ident)


def _assets_of(records: Iterable[Record], public: RecordIndex) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for record in records:
        for key in asset_keys(record):
            asset = public.get(key, public.default_locale)
            if asset is not None:
                found[asset.ident] = asset
    return found


def asset_keys(record: Record) -> Iterator[str]:
    """Keys of all assets a record shows, in fields and in its prose."""
    for _, _, key in references(record):
        if key.startswith("asset:"):
            yield key
    yield from prose_assets(record)


def desires(exporter: Exporter, public: RecordIndex, findings: Findings, place: Place) -> Iterator[Desired]:
    """What the channel should hold, by ident. A record it cannot express is a problem and left out."""
    lookup = PublicLookup(public)
    chosen = wanted(exporter, public)
    here = {record.key: record.ident for record in chosen}
    idents = {record.ident for record in chosen}
    for record in chosen:
        try:
            fields = links.pruned(exporter.render(record, lookup), idents)
            desired = Desired(
                key=record.key,
                locale=record.locale,
                kind=record.kind,
                title=record.title,
                fields=fields,
                digest=canonical.digest(fields),
                sort_key=_instant(record),
                references=tuple(
                    sorted({here[k] for _, _, k in references(record) if k in here} - {record.ident})
                ),
                file=record.path if isinstance(record, Asset) else None,
            )
            exporter.accept(desired)
        except Unsupported as error:
            name = exporter.context.name
            problem = error.problem.model_copy(
                update={
                    "key": record.key,
                    "locale": record.locale,
                    "channel": name,
                    "message": f"{name} cannot take {record.key}: {error.message}",
                    "origin": place(record.ident, ()),
                }
            )
            findings.add(problem)
            continue
        yield desired


def _instant(record: Record) -> str:
    """The instant of publication in UTC, or what comes nearest to it, so that text order is time order."""
    at = record.published_at or record.embargo_until
    return at.astimezone(UTC).isoformat() if at else getattr(record, "issued", "")


SYMBOLIC = re.compile(r'src="(asset:[^"]+)"')


def prose_assets(record: Record) -> Iterator[str]:
    """Keys of assets inside the record's HTML, where steps leave them as `src="asset:…"`."""
    found: list[str] = []

    def look(prose: RichText, path: Path) -> RichText:
        found.extend(SYMBOLIC.findall(prose.text))
        return prose

    replace(record, RichText, look)
    return iter(found)
