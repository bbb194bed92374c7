"""
Every error we raise, sorted by what the caller does next:

LeopardError
├── ConfigError          fix the command or the configuration; nothing was started (exit 2)
├── GuardStop            a guard said stop; the message says how to go on (exit 3)
├── LedgerError          the memory cannot be trusted or used; nothing was written (exit 2)
├── ContentError         this input or record is wrong; the run goes on without it
├── Unsupported          the channel cannot express this; declared, not discovered
├── Transient            try again later (carries `retry_after` in seconds)
├── Ambiguous            the answer was lost: look up before anything else
├── Rejected             the channel refused this record; do not retry
│   ├── NotFound         no such page any more
│   └── StaleWrite       somebody changed the page since we last looked
└── ChannelDown          stop this channel, go on with the others
    └── AuthError        credentials or rights
"""

from schemas.problems import Origin, Problem


class LeopardError(Exception):
    """Base class of all errors we raise on purpose: one sentence, perhaps a hint and a place."""

    code = "error"

    def __init__(self, message: str, *, hint: str | None = None, origin: Origin | None = None) -> None:
        super().__init__(message)
        self.message, self.hint, self.origin = message, hint, origin

    @property
    def problem(self) -> Problem:
        return Problem(code=self.code, message=self.message, hint=self.hint, origin=self.origin)


class ConfigError(LeopardError):
    code = "config.invalid"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        origin: Origin | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint, origin=origin)
        self.problems = problems


class GuardStop(LeopardError):
    code = "guard.stop"


class LedgerError(LeopardError):
    code = "ledger.unusable"


class ContentError(LeopardError):
    code = "content.unreadable"

    def __init__(
        self, message: str, *, code: str | None = None, hint: str | None = None, origin: Origin | None = None
    ) -> None:
        super().__init__(message, hint=hint, origin=origin)
        self.code = code or type(self).code


class Unsupported(LeopardError):
    code = "channel.unsupported"


class Transient(LeopardError):
    code = "channel.transient"

    def __init__(self, message: str, *, retry_after: float | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Ambiguous(LeopardError):
    code = "channel.ambiguous"


class Rejected(LeopardError):
    code = "channel.rejected"


class NotFound(Rejected):
    code = "channel.not_found"


class StaleWrite(Rejected):
    code = "channel.stale_write"


class ChannelDown(LeopardError):
    code = "channel.down"


class AuthError(ChannelDown):
    code = "channel.auth"
