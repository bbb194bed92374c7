"""What each channel should hold: public records, rendered by its exporter."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

from exporters.base import Desired, Exporter, State
from pipeline import links
from pipeline.attach import FILES
from pipeline.cache.card import Card
from pipeline.cache.cards import Cards
from pipeline.cache.records import RecordIndex
from pipeline.cache.standing import Stood
from pipeline.engine.base import DIED, LOCAL, Engine
from pipeline.engine.rendering import Rendered, Wish, described, renderings
from pipeline.findings import Findings
from pipeline.ledger import Anew, Entry, Outline
from pipeline.references import Place
from pipeline.rendered import PublicLookup, Rendering, is_plain
from schemas import canonical
from schemas.asset import Attachment
from schemas.errors import Unsupported
from schemas.problems import Problem

DIGEST = 64
"""Characters of a digest; what is shorter is a word that stands for none."""
NONE: Mapping[str, str | None] = MappingProxyType({})


def wanted(exporter: Exporter, public: RecordIndex, ahead: Collection[Card] = ()) -> RecordIndex:
    """The records a channel publishes: its kinds and languages, and the assets they need.

    Those are public, or `ahead` of their time.
    """
    options, cards = exporter.options, public.standing
    locales = set(options.locales or exporter.context.site.languages)
    conditions, values = [_of_kind(options.kinds)], list[str]()
    if options.kinds is not None:
        values = [end for kind in options.kinds for end in (f"{kind}:", f"{kind};")]
    if not cards.locales <= locales:
        conditions.append("substr(ident, instr(ident, '@') + 1) IN (SELECT value FROM json_each(?))")
        values.append(canonical.dump(sorted(locales)).decode())
    chosen = " AND ".join(conditions)
    early = [card for card in ahead if _is_chosen(card, options.kinds, locales)]
    if early:
        cards = cards.beside(early)
    if not exporter.capabilities.assets:
        return RecordIndex(cards.chosen(chosen, *values), public.default_locale)
    shown = _assets_of(cards.chosen(chosen, *values), public)
    either = f"({chosen}) OR ident IN (SELECT value FROM json_each(?))"  # noqa: S608
    both = cards.chosen(either, *values, canonical.dump(shown).decode())
    return RecordIndex(both, public.default_locale)


def _of_kind(kinds: Collection[str] | None) -> str:
    """A condition; of each kind, it wants to know where its idents begin and where they end."""
    no_asset = "NOT (ident >= 'asset:' AND ident < 'asset;')"
    if kinds is None:
        return no_asset
    return f"{no_asset} AND ({' OR '.join(['(ident >= ? AND ident < ?)'] * len(kinds)) or 'FALSE'})"


def _is_chosen(card: Card, kinds: Collection[str] | None, locales: Collection[str]) -> bool:
    return card.kind != "asset" and (kinds is None or card.kind in kinds) and card.locale in locales


def _assets_of(cards: Cards, public: RecordIndex) -> list[str]:
    """Idents of the assets that records show."""
    keys = set[str]()
    for found, values in cards.parts("assets", "assets IS NOT NULL"):
        query = f"SELECT DISTINCT value FROM ({found}), json_each(assets)"  # noqa: S608
        keys.update(key for (key,) in cards.store.rows(query, values))
    found_cards = (public.card(key, public.default_locale) for key in sorted(keys))
    return [card.ident for card in found_cards if card is not None]


class Wanted:
    """What one channel should hold, record by record."""

    def __init__(
        self,
        exporter: Exporter,
        public: RecordIndex,
        ahead: Collection[Card] = (),
        refused: Mapping[str, str | None] = NONE,
    ) -> None:
        """Records that are `ahead` of their time are to be scheduled, drafts stay such; they see public ones,
        and no public one sees them. What the channel has `refused`, with the digest that it had, is not named
        by what can go without it.
        """
        self.exporter, self.public = exporter, public
        self.cards = wanted(exporter, public, ahead)
        self.early = {card.ident for card in ahead}
        self._locales = sorted(exporter.options.locales or exporter.context.site.languages, reverse=True)
        asked = filter(None, map(self.cards.at, refused))
        self._lost = {card.ident for card in asked if self._is_refused(card, refused[card.ident])}
        self.rendering = Rendering(exporter, public, self._lost)

    def _is_refused(self, card: Card, digest: str | None) -> bool:
        """Is it a file that others can go without, and just what was refused?"""
        if not self._is_spare(card.ident):
            return False
        try:
            fields = self.exporter.render(self.public.store.load(card), PublicLookup(self.public))
        except Unsupported:
            return digest is None
        return canonical.digest(fields) == digest

    def state(self, card: Card) -> State:
        if card.ident not in self.early:
            return "published"
        return "draft" if card.status == "draft" else "scheduled"

    def is_as_before(self, card: Card, entry: Entry | Outline) -> bool:
        """Is the channel's page certainly what is remembered of it, and certainly just that wanted?

        Not where other pages are named: those may be others now.
        """
        same = (entry.closes_at, entry.state) == (card.closes, self.state(card))
        known = is_plain(entry.made_of) and len(entry.digest) == DIGEST
        return same and known and self.rendering.is_as_before(card, entry.made_of)

    def stood(self, card: Card | None, outline: Outline) -> Stood:
        """What is to be known of a page: whether it stands, and by what."""
        if card is None or outline.state != "published" or not self.is_as_before(card, outline):
            return Stood(outline.ident)
        _, _, asked = str(outline.made_of).partition(" ")
        return Stood(card.ident, card.digest, asked or None, self.rendering.answers(asked) if asked else None)

    def is_known(self, card: Card, known: Entry | None) -> bool:
        """Are the fields certainly those that are remembered?"""
        return known is not None and self.rendering.is_as_before(card, known.made_of)

    def rendered(self, card: Card, known: Entry | None) -> tuple[Rendered, str]:
        """What the channel should hold, and what that was made of; `known` is what is remembered of it.

        Raises what `render` raises.
        """
        record = self.public.store.load(card)
        if known is not None and self.is_known(card, known):
            return described(self.exporter, record, known.fields), str(known.made_of)
        done = self.rendering.rendered(record)
        return done, self.rendering.made_of(card, done)

    def desired(self, card: Card, done: Rendered, made_of: str) -> Desired:
        """What the channel should hold for one record that is rendered. Raises Unsupported."""
        fields, digest, symbols = done.fields, done.digest, set(done.symbols)
        whole = all(ident in self for ident in symbols)
        if not whole:
            fields = links.pruned(fields, self)
            digest, symbols = canonical.digest(fields), set(links.symbols(fields))
        if self.exporter.capabilities.references:
            named = symbols
        else:
            named = {ident for key in done.named if (ident := self._here(key))}
        desired = Desired(
            key=card.key,
            locale=card.locale,
            kind=card.kind,
            title=done.title,
            fields=fields,
            digest=digest,
            state=self.state(card),
            sort_key=done.instant,
            references=tuple(sorted(named - {card.ident})),
            optional=tuple(sorted(one for one in named & symbols if self._is_spare(one))),
            file=done.file,
            closes_at=card.closes,
            made_of=made_of if whole else None,
        )
        self.exporter.accept(desired)
        return desired

    def __contains__(self, ident: object) -> bool:
        """Is the record of that ident to be on the channel?"""
        return self.cards.at(str(ident)) is not None

    def _is_spare(self, ident: str) -> bool:
        """Is it a file of a report, which the report can be shown without?"""
        card = self.cards.at(ident) if ident.startswith(FILES) else None
        return card is not None and isinstance(self.public.store.load(card), Attachment)

    def _here(self, key: str) -> str | None:
        """The ident of a key that the channel holds."""
        idents = (f"{key}@{tag}" for tag in self._locales)
        return next((one for one in idents if one in self and one not in self._lost), None)


def desires(
    exporter: Exporter,
    public: RecordIndex,
    findings: Findings,
    place: Place,
    ahead: Collection[Card] = (),
    only: str | None = None,
    engine: Engine = LOCAL,
    read: Cards | None = None,
) -> Iterator[Desired]:
    """What the channel should hold, by ident. A record it cannot express is a problem and left out.

    If `only` one ident is asked for, the others are not rendered.
    """
    channel = Wanted(exporter, public, ahead)
    pairs = ((card, None) for card in channel.cards.cards() if only in (None, card.ident))
    found = desired_of(channel, pairs, findings, place, engine=engine, read=read)
    return (desired for desired, _ in found if desired is not None)


def desired_of(
    channel: Wanted,
    pairs: Iterable[tuple[Card | None, Entry | None]],
    findings: Findings,
    place: Place,
    renewed: Callable[[Anew], None] = lambda anew: None,
    *,
    afresh: bool = False,
    engine: Engine = LOCAL,
    read: Cards | None = None,
) -> Iterator[tuple[Desired | None, Entry | None]]:
    """What a channel should hold beside what is remembered of it: `pairs` with the one in place of its card.

    What is remembered saves rendering what has not changed. A record that the channel cannot express is a
    problem, and nothing is desired of it. `renewed` is told what would be published as it is, though it was
    made of other things than is remembered. With `afresh`, all are rendered. `read`, the records as they were
    read, tells workers what they will look up.
    """
    name, store, lookup = channel.exporter.context.name, channel.public.store, channel.rendering.lookup
    wishes = _wishes(channel, pairs, afresh=afresh or not engine.apart)
    for (card, known, _), done in renderings(engine, name, store, lookup, read, wishes):
        if card is None:
            yield None, known
            continue
        try:
            desired = _desired(channel, card, None if afresh else known, done)
        except Unsupported as error:
            findings.add(_cannot(channel.exporter, card, error, place))
            yield None, known
            continue
        if known is not None and _differs(known, desired) and known.fields == desired.fields:
            renewed(Anew(desired.ident, None if desired.kept else desired.made_of, desired.closes_at))
        yield desired, known


def _desired(
    channel: Wanted, card: Card, known: Entry | None, done: Rendered | Unsupported | str | None
) -> Desired:
    """Of what was `done` elsewhere, if it was. Raises Unsupported."""
    if done == DIED:
        raise Unsupported("two processes that rendered it ended without a word")
    if isinstance(done, Unsupported):
        raise done
    if isinstance(done, Rendered):
        return channel.desired(card, done, channel.rendering.made_of(card, done))
    return channel.desired(card, *channel.rendered(card, known))


def _wishes(
    channel: Wanted, pairs: Iterable[tuple[Card | None, Entry | None]], *, afresh: bool
) -> Iterator[Wish]:
    """Cards with what is remembered of them; with `afresh`, that counts for nothing."""
    for card, known in pairs:
        yield Wish(card, known, card is not None and (afresh or not channel.is_known(card, known)))


def _differs(known: Entry, desired: Desired) -> bool:
    made_of = None if known.kept else desired.made_of
    return (known.made_of, known.closes_at) != (made_of, desired.closes_at)


def _cannot(exporter: Exporter, record: Card, error: Unsupported, place: Place) -> Problem:
    name = exporter.context.name
    told = {
        "key": record.key,
        "locale": record.locale,
        "channel": name,
        "message": f"{name} cannot take {record.key}: {error.message}",
        "origin": place(record.ident, ()),
    }
    return error.problem.model_copy(update=told)
