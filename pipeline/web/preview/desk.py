"""The look that is shown now, made anew when a file is saved or an instant has come."""

import secrets
import threading
from dataclasses import replace
from pathlib import Path

from pipeline.config import FILE, load
from pipeline.ledger import now as clock
from pipeline.settled import fingerprint as listing
from pipeline.watching import changes, folders_of
from pipeline.web.preview.allowed import Allowed
from pipeline.web.preview.bell import Bell
from pipeline.web.preview.kept import keeping
from pipeline.web.preview.look import Look, look_at
from schemas.errors import ConfigError
from schemas.problems import Problem
from transport.files import fingerprint


class Desk:
    """Where the look lies that everybody is shown. Raises ConfigError if there is no project at first."""

    def __init__(self, root: Path, allowed: Allowed) -> None:
        self.root, self.allowed, self.bell = root, allowed, Bell()
        self.token = secrets.token_urlsafe(16)
        """Stands in the addresses of images, so that no page of others can name one."""
        self._lock = threading.Lock()
        self._configured = fingerprint(root / FILE)
        self._project = keeping(load(root))
        self._listed = self._listing()
        self._look = look_at(self._project, allowed, None, secrets.token_hex(8))

    @property
    def version(self) -> str:
        """Of the look that is shown now."""
        return self._look.version

    @property
    def look(self) -> Look:
        """What may be seen at this very instant."""
        if self._is_over:
            self.refresh()
        return self._look

    @property
    def _is_over(self) -> bool:
        until = self._look.until
        return until is not None and until <= clock()

    def refresh(self) -> None:
        """Read what has changed, and let everybody who watches know."""
        with self._lock:
            refused = self._configure()
            self._listed = self._listing()
            made = look_at(self._project, self.allowed, self._look, secrets.token_hex(8))
            self._look = replace(made, refused=refused)
        self.bell.ring()

    def _configure(self) -> tuple[Problem, ...]:
        """Take leopard.yaml anew if it has changed; what is wrong with it, if it cannot be taken."""
        configured = fingerprint(self.root / FILE)
        if configured == self._configured:
            return self._look.refused
        self._configured = configured
        try:
            self._project = keeping(load(self.root))
        except ConfigError as error:
            return error.problems or (error.problem,)
        return ()

    def _listing(self) -> str | None:
        """What changes when a file does that is read; None if that cannot be told."""
        found = listing(self._project, ())
        return found[0] if found else None

    def folders(self) -> set[Path]:
        """Where everything lies that is read."""
        return folders_of(self._project, self._look.prepared.content.files())

    def watch(self, stop: threading.Event) -> None:
        """Refresh whenever something is saved, until told to stop."""
        while not stop.is_set():
            folders = self.folders()
            for at, saved in enumerate(changes(folders, stop)):
                missed = at == 0 and (self._listed is None or self._listing() != self._listed)
                configured = fingerprint(self.root / FILE) != self._configured
                if saved or missed or configured or self._is_over:
                    self.refresh()
                if self.folders() != folders:
                    break
