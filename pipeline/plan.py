"""
Desired, remembered and observed in; changes out. Pure: no clock, no network, no disk.

The heart is the decision table `decide`; everything around it goes through a stream that is ordered by
ident, so that memory grows with the number of changes and not with the number of records.
"""

import dataclasses
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from exporters.base import ChannelOptions, Desired, Fields, Policy, Remote
from pipeline.change import Action, Change
from pipeline.ledger.entry import TAKEN_OVER, Entry
from pipeline.links import symbols
from schemas import canonical

STATE = "state"
"""What people change when they hide a page, or show it, where fields are named."""
SOON = timedelta(minutes=3)
"""What is due sooner than this, channels need not be able to schedule."""
ANYTHING = "*:*"
"""Stands for every kind, where nobody knows which kinds are missing."""


@dataclass(frozen=True)
class Rules:
    """How one channel is to be planned."""

    channel: str
    on_missing: Literal["delete", "unpublish", "keep"] = "delete"
    hand_edits: Policy = "ask"
    hand_edits_in: Mapping[str, Policy] = field(default_factory=dict)
    now: datetime | None = None
    """The instant of the plan, zone-aware; None where time decides nothing."""
    gone: frozenset[str] = frozenset()
    """Idents whose page can be seen to be gone from the channel."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """Idents, and kinds as `kind:*`, whose absence is not proven, with the reason."""
    hidden: Container[str] = frozenset()
    """Idents of records that are there and may not be shown: that they have to go is certain."""
    detached: frozenset[str] = frozenset()
    """Keys that are left alone here."""
    overwrite: frozenset[str] = frozenset()
    """Keys whose hand edits may be overwritten, whatever the policy."""
    observed: Mapping[str, Remote] | None = None
    """What the channel holds, where it was asked."""
    looked: Mapping[str, Remote] = field(default_factory=dict)
    """Pages that were to come out by themselves by now, as they are."""
    sees_all: bool = True
    """False if what is not among `observed` may be there all the same, as in a feed that is cut off."""
    doubted: Mapping[str, Remote | None] = field(default_factory=dict)
    """What became of writes whose answers were lost: the page, or none."""
    meant: Mapping[str, Entry] = field(default_factory=dict)
    """What those writes were to leave on their pages."""
    as_held: Callable[[Fields], Fields] = lambda fields: fields
    """What the channel makes of fields that it is sent."""
    linked: Callable[[str, Fields], str] = lambda digest, fields: digest
    """A digest of fields that also tells which pages they refer to."""

    @classmethod
    def of(cls, channel: str, options: ChannelOptions, **more: Any) -> "Rules":
        """The rules that a channel's options say."""
        return cls(channel, options.on_missing, options.hand_edits, options.hand_edits_in, **more)

    def is_calm(self, ident: str) -> bool:
        """Is what we remember of a page all there is to know of it?"""
        asked = ident in self.doubted or ident in self.looked
        return self.observed is None and not asked and ident not in self.gone

    def seeing(self, observed: Mapping[str, Remote]) -> "Rules":
        """The same rules, now that somebody has looked."""
        return dataclasses.replace(self, observed=observed, doubted={})

    def policy(self, key: str, name: str) -> Policy:
        """What happens to somebody's change of the field `name`."""
        return "overwrite" if key in self.overwrite else self.hand_edits_in.get(name, self.hand_edits)


def changes(pairs: Iterable[tuple[Desired | None, Entry | None]], rules: Rules) -> Iterator[Change]:
    """Every change one channel needs, of what is desired beside what is remembered of the same ident."""
    lost = dict(rules.doubted)
    for wanted, entry in pairs:
        known = wanted or entry
        lost.pop(known.ident if known else "", None)
        change = decide(wanted, entry, rules)
        if change is not None:
            yield change
    for ident, page in sorted(lost.items()):  # begun by a run that died; nothing else knows of it
        key, _, locale = ident.rpartition("@")
        made = Entry.found(page or Remote(id="", key=key, locale=locale))
        change = decide(None, made, rules)
        if change is not None:
            yield change if page else change.model_copy(update={"before": None})


def decide(desired: Desired | None, entry: Entry | None, rules: Rules) -> Change | None:
    """The decision table: one key, one channel. None means there is nothing to do."""
    known = desired or entry
    if known is None or known.key in rules.detached:
        return None
    live = (rules.looked if rules.observed is None else rules.observed).get(known.ident)
    taken_over = entry is not None and entry.digest == TAKEN_OVER  # and does not carry our mark yet
    asked = rules.observed is not None and rules.sees_all and not taken_over
    vanished = known.ident in rules.gone or (asked and live is None)
    row = Row(rules, desired, entry, live)
    if known.ident in rules.doubted:
        return row.doubted(rules.doubted[known.ident])
    match desired, entry:
        case Desired(), None if live is not None:
            return row.change("adopt", "it is on the channel and carries our key")
        case Desired(), None:
            return row.change("create", "new")
        case Desired(), Entry() if vanished:
            return row.vanished(asked=known.ident not in rules.gone)
        case Desired(), Entry():
            return row.compared(desired, entry)
        case None, Entry():
            return row.missing(entry, vanished=vanished)
    return None


@dataclass(frozen=True)
class Row:
    """One row of the decision table: what is desired, remembered and seen of one key."""

    rules: Rules
    desired: Desired | None
    entry: Entry | None
    live: Remote | None

    def change(self, action: Action, reason: str, **more: Any) -> Change:
        known = self.desired or self.entry
        return Change(
            channel=self.rules.channel,
            ident=known.ident if known else "",
            action=action,
            reason=reason,
            **{"desired": self.desired, "before": self.entry, "remote": self.live, **more},
        )

    def doubted(self, page: Remote | None) -> Change | None:
        """A write of ours got no answer, and the channel has been asked what became of it."""
        row, reason = dataclasses.replace(self, live=page), "its last write got no answer"
        if self.desired is None:
            return row._gone(self.entry, reason) if self.entry else None
        if page is None:
            return row.change("create", reason)
        known = self.entry or self.rules.meant.get(self.desired.ident)
        return row.compared(self.desired, known, reason) if known else row.change("adopt", reason)

    def vanished(self, *, asked: bool) -> Change | None:
        """The page is gone though its record is not. Whom we asked, somebody may have removed it there."""
        policy = self.rules.policy(self.entry.key if self.entry else "", "*") if asked else "overwrite"
        match policy:
            case "overwrite":
                return self.change("create", "it has vanished from the channel")
            case "ask":
                return self.change("conflict", "somebody removed it from the channel")
        return None

    def compared(self, desired: Desired, entry: Entry, doubt: str | None = None) -> Change | None:
        """Three ways, field by field: last applied, live, desired. What is in doubt is written anyway."""
        edited = self._edited(entry)
        policies = {name: self.rules.policy(entry.key, name) for name in edited}
        asking = tuple(name for name in edited if policies[name] == "ask" and not self._agrees(desired, name))
        if asking:
            words = ", ".join(asking)
            return self.change("conflict", f"somebody changed {words} on the channel", edited=asking)
        keeping = {name for name in edited if policies[name] == "keep"} | self._still_kept(entry)
        if keeping:
            desired = self._with_kept(desired, entry, keeping)
        if doubt:
            action: Action = "update" if self.entry else "adopt"
            return self.change(action, doubt, desired=desired, edited=edited)
        if self.rules.linked(desired.digest, desired.fields) != entry.digest:
            same = desired.fields == entry.fields
            reason = "a page that it refers to is another one now" if same else "its content has changed"
            return self.change("update", reason, desired=desired, edited=edited)
        if desired.state != entry.state and not (self.came_out or self._is_near(desired, entry)):
            return self.change("update", f"it is to be {desired.state}", desired=desired)
        if any(policy == "overwrite" for policy in policies.values()):
            return self.change("update", "somebody changed it on the channel", desired=desired, edited=edited)
        return None

    @property
    def came_out(self) -> bool:
        """Has the channel published it by itself, when its time had come?"""
        states = [one.state if one else None for one in (self.desired, self.entry, self.live)]
        return states == ["published", "scheduled", "published"]

    def _is_near(self, desired: Desired, entry: Entry) -> bool:
        """Is it due so soon that the channel could not schedule it? Then it waits there as a draft."""
        if (desired.state, entry.state) != ("scheduled", "draft") or self.rules.now is None:
            return False
        return datetime.fromisoformat(desired.sort_key) - self.rules.now < SOON

    def missing(self, entry: Entry, *, vanished: bool) -> Change | None:
        """There is no public record any more."""
        if self._unproven(entry):
            return None
        if vanished:
            return self.change("forget", "neither the content nor the channel has it any more")
        if self.rules.on_missing == "unpublish" and entry.state == "withdrawn":
            return self._asked(entry)
        return self._gone(entry, "its record is gone or no longer public")

    def _gone(self, entry: Entry, reason: str) -> Change | None:
        return self._asked(entry) or self._removed(entry, reason)

    def _asked(self, entry: Entry) -> Change | None:
        """A conflict, if somebody wrote to a page whose record is gone."""
        asking = [name for name in self._edited(entry) if self.rules.policy(entry.key, name) != "overwrite"]
        if self._unproven(entry) or not asking:
            return None
        reason = "its record is gone, but somebody changed it on the channel"
        return self.change("conflict", reason, edited=tuple(asking))

    def _removed(self, entry: Entry, reason: str) -> Change | None:
        """What becomes of a page without a record; nothing while nobody knows whether the record is gone."""
        if self._unproven(entry):
            return None
        if entry.ident in self.rules.doubted and self.live is None:
            return self.change("forget", reason)
        if self.rules.on_missing == "keep":
            return None
        return self.change(self.rules.on_missing, reason, meant=self._is_meant(entry))

    def _is_meant(self, entry: Entry) -> bool:
        return entry.ident in self.rules.hidden or self._is_over(entry)

    def _unproven(self, entry: Entry) -> bool:
        if self._is_meant(entry):
            return False
        return any(name in self.rules.kept for name in (entry.ident, f"{entry.kind}:*", ANYTHING))

    def _is_over(self, entry: Entry) -> bool:
        """Has its time run out? What its record says by now, broken as it may be, does not matter then."""
        now = self.rules.now
        return bool(now and entry.closes_at and datetime.fromisoformat(entry.closes_at) <= now)

    def _edited(self, entry: Entry) -> tuple[str, ...]:
        """Fields that are neither as we left them nor, after a lost answer, as we meant to leave them."""
        live, meant = self.live, self.rules.meant.get(entry.ident)
        if live is None or (live.version is not None and live.version == entry.version):
            return ()
        if entry.ident in self.rules.doubted and meant is None:
            return ()
        ours = [one.fields for one in (entry, meant) if one is not None]
        held = [self.rules.as_held(fields) for fields in ours]
        names = sorted({name for fields in held for name in fields})
        other = [name for name in names if live.fields.get(name) not in [one.get(name) for one in held]]
        states = {one.state for one in (entry, meant) if one is not None}
        if live.state not in states and not ("scheduled" in states and live.state == "published"):
            other.append(STATE)
        if other and (
            meant or self.rules.linked(canonical.digest(entry.fields), entry.fields) != entry.digest
        ):
            other = [name for name in other if not any(symbols([one.get(name) for one in ours]))]
        return tuple(other)

    def _agrees(self, desired: Desired, name: str) -> bool:
        """Did somebody make the very change that we are about to make?"""
        if name == STATE:
            return self.live is not None and self.live.state == desired.state
        held = self.rules.as_held(desired.fields)
        return self.live is not None and self.live.fields.get(name) == held.get(name)

    def _still_kept(self, entry: Entry) -> set[str]:
        return set() if entry.key in self.rules.overwrite else set(entry.kept)

    def _with_kept(self, desired: Desired, entry: Entry, keeping: set[str]) -> Desired:
        """What is desired, but with the fields that others take care of as they are."""
        seen = self.live or entry
        held = seen.fields
        fields = {**desired.fields, **{name: held[name] for name in keeping if name in held}}
        update = {"fields": fields, "digest": canonical.digest(fields), "kept": tuple(sorted(keeping))}
        if STATE in keeping:
            update["state"] = seen.state
        return desired.model_copy(update=update)
