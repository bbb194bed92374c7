"""What is wrong, where, and what to do about it: diagnostics are a product."""

from typing import Literal

from schemas.base import Model

Severity = Literal["error", "warning", "info"]


class Origin(Model):
    """Where something came from: a path or address, and the place inside it."""

    path: str
    line: int | None = None
    column: int | None = None
    within: str | None = None
    """A cell (`Sheet!B7`), a selector or an item: whatever the source calls a place."""

    def __str__(self) -> str:
        place = [self.path, *(str(n) for n in (self.line, self.column) if n is not None)]
        return ":".join(place) + (f" [{self.within}]" if self.within else "")


class Problem(Model):
    """One diagnostic. `code` is stable (docs/problems.md); `message` is a sentence for people."""

    code: str
    message: str
    severity: Severity = "error"
    origin: Origin | None = None
    hint: str | None = None
    key: str | None = None
    locale: str | None = None
    field: str | None = None
    channel: str | None = None
    excerpt: str | None = None
    """The offending line as it stands in the source."""

    @property
    def ident(self) -> str | None:
        return f"{self.key}@{self.locale}" if self.key and self.locale else self.key
