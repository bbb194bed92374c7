"""A plan as a file: reviewed now, carried out later, each item only if it would still be planned just so."""

from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from pipeline.change import Action, Change, Plan
from pipeline.config import Project, configuration_of
from pipeline.ledger import Ledger
from schemas.base import Model
from schemas.errors import ConfigError, GuardStop
from schemas.problems import Problem


class Item(Model):
    """One change, as it was shown to whoever approved it."""

    ident: str
    action: Action
    desired: str | None
    """Digest of the fields that are to be written."""
    before: str | None
    """Digest of what was remembered then."""


class SavedChannel(Model):
    """The items of one channel, and a digest of how the channel was configured."""

    channel: str
    configuration: str
    items: tuple[Item, ...]


class SavedPlan(Model):
    """A plan file. Holds no secret and no content, only digests."""

    version: int = 1
    made_at: datetime
    lineage: str
    """Of the ledger it was made from."""
    serial: int
    """Of the ledger at that time."""
    channels: tuple[SavedChannel, ...]


def _item(change: Change) -> Item:
    return Item(
        ident=change.ident,
        action=change.action,
        desired=change.desired.digest if change.desired else None,
        before=change.before.digest if change.before else None,
    )


def saved(plan: Plan, project: Project, ledger: Ledger, at: datetime) -> SavedPlan:
    """The plan as it is kept until somebody carries it out."""
    return SavedPlan(
        made_at=at,
        lineage=ledger.lineage,
        serial=ledger.serial,
        channels=tuple(
            SavedChannel(
                channel=planned.channel,
                configuration=configuration_of(project.channels[planned.channel]),
                items=tuple(map(_item, planned.changes)),
            )
            for planned in plan.channels
        ),
    )


def save(plan: Plan, project: Project, ledger: Ledger, path: Path, at: datetime) -> None:
    """Write the plan file. Raises ConfigError if it cannot be written."""
    text = saved(plan, project, ledger, at).model_dump_json(indent=2)
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error


def read(path: Path) -> SavedPlan:
    """A plan file. Raises ConfigError if it is none."""
    try:
        return SavedPlan.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except ValidationError:
        raise ConfigError(f"{path} is not a plan", hint=f"make one: leopard plan --out {path}") from None


def agreed(kept: SavedPlan, fresh: Plan, project: Project, ledger: Ledger) -> tuple[Plan, list[Problem]]:
    """What of a kept plan still holds, and a problem for each item that does not.

    `fresh` is the plan as it would be made now. Raises GuardStop if the plan belongs to another ledger.
    """
    if kept.lineage != ledger.lineage:
        raise GuardStop(
            "the plan was made from another ledger",
            hint="make it again in this project: leopard plan --out FILE",
        )
    approved = {channel.channel: channel for channel in kept.channels}
    channels, problems = [], []
    for planned in fresh.channels:
        was = approved.get(planned.channel)
        if was is None:
            continue
        same = was.configuration == configuration_of(project.channels[planned.channel])
        now = {change.ident: change for change in planned.changes}
        valid = [item for item in was.items if same and item.ident in now and _item(now[item.ident]) == item]
        keep = {item.ident for item in valid}
        channels.append(planned.only(keep))
        problems += [_stale(planned.channel, item, same) for item in was.items if item.ident not in keep]
    return Plan(channels=tuple(channels)), problems


def _stale(channel: str, item: Item, same_configuration: bool) -> Problem:
    reason = "its content or its page has" if same_configuration else "the channel's configuration has"
    key, _, locale = item.ident.rpartition("@")
    return Problem(
        code="plan.stale",
        message=f"the plan to {item.action} {item.ident} is stale, because {reason} changed since",
        hint="make a new plan and look at it again",
        key=key,
        locale=locale,
        channel=channel,
    )
