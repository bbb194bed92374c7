"""What each channel should hold: public records, rendered by its exporter."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from datetime import UTC, datetime
from types import MappingProxyType

from exporters.base import Desired, Exporter, Lookup
from pipeline import links
from pipeline.findings import Findings
from pipeline.index import RecordIndex
from pipeline.ledger import Entry
from pipeline.references import Place
from pipeline.rendered import Rendering
from schemas import canonical
from schemas.asset import Asset, Attachment
from schemas.base import RichText
from schemas.errors import Unsupported
from schemas.problems import Problem
from schemas.record import Path, Record, references
from schemas.walk import replace


class PublicLookup(Lookup):
    """Gives exporters public records, and nothing else; of those, none that the channel has `refused`."""

    def __init__(self, public: RecordIndex, refused: Set[str] = frozenset()) -> None:
        self.public, self.refused = public, refused

    def get(self, key: str, locale: str) -> Record | None:
        found = self.public.get(key, locale)
        return None if found is None or found.ident in self.refused else found


def wanted(exporter: Exporter, public: RecordIndex, ahead: Iterable[Record] = ()) -> list[Record]:
    """The records a channel publishes, by ident: its kinds and languages, and the assets they need.

    Those are public, or `ahead` of their time.
    """
    options = exporter.options
    locales = set(options.locales or exporter.context.site.languages)
    chosen = [
        record
        for record in (*public, *ahead)
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


def desires(
    exporter: Exporter,
    public: RecordIndex,
    findings: Findings,
    place: Place,
    remembered: Iterator[Entry] = iter(()),  # noqa: B008  # an empty one has no state to share
    renewed: Callable[[Desired], None] = lambda desired: None,
    ahead: Collection[Record] = (),
    refused: Mapping[str, str | None] = MappingProxyType({}),
    only: str | None = None,
) -> Iterator[Desired]:
    """What the channel should hold, by ident. A record it cannot express is a problem and left out.

    What is `remembered` of the channel, by ident, saves rendering what has not changed. `renewed` is told
    what would be published as it is, though it was made of other things than is remembered. Records that
    are `ahead` of their time are to be scheduled, drafts stay such; they see public ones, and no public one
    sees them.
    What the channel has `refused`, with the digest that it had, is not named by what can go without it.
    If `only` one ident is asked for, the others are not rendered.
    """
    chosen, early = wanted(exporter, public, ahead), {record.ident for record in ahead}
    spare = {record.ident: record for record in chosen if isinstance(record, Attachment)}
    asked = spare.keys() & refused.keys()
    lost = {ident for ident in asked if refused[ident] == _digest(exporter, spare[ident], public)}
    rendering = Rendering(exporter, PublicLookup(public, lost), remembered)
    here = {record.key: record.ident for record in chosen if record.ident not in lost}
    idents = {record.ident for record in chosen}
    for record in chosen:
        if only not in (None, record.ident):
            continue
        try:
            desired = _desired(record, rendering, here, idents, spare.keys())
            if record.ident in early:
                state = "draft" if record.status == "draft" else "scheduled"
                desired = desired.model_copy(update={"state": state})
            exporter.accept(desired)
        except Unsupported as error:
            findings.add(_cannot(exporter, record, error, place))
            continue
        known = rendering.entry(record.ident)
        if known is not None and _differs(known, desired) and known.fields == desired.fields:
            renewed(desired)
        yield desired


def _digest(exporter: Exporter, record: Record, public: RecordIndex) -> str | None:
    try:
        return canonical.digest(exporter.render(record, PublicLookup(public)))
    except Unsupported:
        return None


def ahead_of_time(exporter: Exporter, hidden: Iterable[Record], now: datetime) -> list[Record]:
    """Records that only wait for their `published_at`, and drafts, where the channel is told to take them."""
    options, can = exporter.options, exporter.capabilities
    found = [one for one in hidden if _is_free(one, now)]
    later = [
        one for one in found if one.status == "published" and one.published_at and one.published_at > now
    ]
    drafts = [one for one in found if one.status == "draft"]
    return [
        *(later if options.schedule_ahead and can.scheduling else []),
        *(drafts if options.drafts and can.drafts else []),
    ]


def _is_free(record: Record, now: datetime) -> bool:
    begun = record.embargo_until is None or record.embargo_until <= now
    is_over = record.closes_at is not None and record.closes_at <= now
    return record.kind != "asset" and begun and not is_over


def _desired(
    record: Record, rendering: Rendering, here: Mapping[str, str], idents: Set[str], spare: Set[str]
) -> Desired:
    rendered, made_of = rendering.fields(record)
    fields = links.pruned(rendered, idents)
    symbols = set(links.symbols(fields))
    if rendering.exporter.capabilities.references:
        named = symbols
    else:
        named = {here[key] for _, _, key in references(record) if key in here}
    return Desired(
        key=record.key,
        locale=record.locale,
        kind=record.kind,
        title=record.title,
        fields=fields,
        digest=canonical.digest(fields),
        sort_key=_instant(record),
        references=tuple(sorted(named - {record.ident})),
        optional=tuple(sorted(named & symbols & spare)),
        file=record.path if isinstance(record, Asset) else None,
        closes_at=record.closes_at.astimezone(UTC).isoformat() if record.closes_at else None,
        made_of=made_of if fields is rendered else None,
    )


def _differs(known: Entry, desired: Desired) -> bool:
    made_of = None if known.kept else desired.made_of
    return (known.made_of, known.closes_at) != (made_of, desired.closes_at)


def _cannot(exporter: Exporter, record: Record, error: Unsupported, place: Place) -> Problem:
    name = exporter.context.name
    told = {
        "key": record.key,
        "locale": record.locale,
        "channel": name,
        "message": f"{name} cannot take {record.key}: {error.message}",
        "origin": place(record.ident, ()),
    }
    return error.problem.model_copy(update=told)


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
