"""What an alert says: what is wrong, since when, what to do; no secret, no content, only names and keys."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.alerts.model import Kind
from pipeline.ledger.incidents import Incident, Said
from schemas.errors import AuthError, ChannelDown, ConfigError, GuardStop, LedgerError, LeopardError

NAMED = 5
"""So many keys are named; the rest is counted."""
WELL: dict[Kind, str] = {
    "failed": "{} can be brought up to date again",
    "partial": "all is written to {} again",
    "overdue": "{} is on time again",
    "drift": "{} holds nothing any more that people changed there",
    "delete_guard": "{} does not stop the run any more",
    "approval": "{} does not wait for approval any more",
    "quarantine": "none of the records is held back any more",
    "credential_expiry": "what {} is opened with does not expire soon any more",
    "rollback": "what the run {} did is taken back, or the channels follow the content again",
}


@dataclass(frozen=True)
class Message:
    """One message about one incident. `id` stays the same however often it is sent."""

    id: str
    title: str
    body: str
    over: bool
    data: dict[str, Any]


def message(incident: Incident, said: Said, site: str) -> Message:
    """That an incident is open, or that it is over."""
    began, over = shown(incident.since), said == "over" and incident.until is not None
    if over and incident.until is not None:
        first = WELL[incident.kind].format(incident.subject)
        lines = [sentence(first), f"From {began} until {shown(incident.until)}: {incident.sentence}."]
    else:
        first = incident.sentence
        lines = [sentence(first), f"Since {began}."]
        lines += [f"{incident.hint}"] if incident.hint else []
    lines.append(f"Incident {incident.id}")
    data = incident.model_dump(mode="json", exclude={"told", "about"})
    title = f"{site}: {first}"
    return Message(
        f"{incident.id}.{said}", title, "\n".join(lines), over, {**data, "state": said, "site": site}
    )


def trial(site: str, number: str) -> Message:
    """A message that only shows that messages arrive."""
    words = "this is a test; nothing is wrong"
    data = {"id": number, "kind": "test", "subject": "test", "sentence": words, "state": "test", "site": site}
    return Message(f"{number}.test", f"{site}: {words}", sentence(words), over=True, data=data)


def why(error: Exception) -> str:
    """What kind of failure it was. What others have said of it, which may quote content, is left out."""
    match error:
        case AuthError():
            return "a channel did not accept our credentials"
        case ChannelDown():
            return "a channel could not be used"
        case LedgerError():
            return "the ledger cannot be used"
        case ConfigError():
            return "the configuration cannot be used"
        case GuardStop():
            return error.message
        case LeopardError():
            return f"it broke off ({error.code})"
    return f"something unforeseen happened ({type(error).__name__})"


def listed(names: Collection[str]) -> str:
    """`a, b and 3 more`."""
    ordered = sorted(names)
    more = f" and {len(ordered) - NAMED} more" if len(ordered) > NAMED else ""
    return ", ".join(ordered[:NAMED]) + more


def shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
