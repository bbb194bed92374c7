"""Points at which a process may die: before and after whatever outlives it. Put in from outside."""

import os
import signal
import threading

import requests
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.base import SQLiteDialect


class Points:
    """Counts points; at the one that is chosen, this process kills itself as nobody can help it."""

    def __init__(self, fatal=None):
        self.fatal, self.seen = fatal, 0
        self._lock = threading.Lock()

    def point(self):
        with self._lock:
            self.seen += 1
            if self.seen == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner, name):
        original = getattr(owner, name)

        def between(*args, **kwargs):
            self.point()
            done = original(*args, **kwargs)
            self.point()
            return done

        setattr(owner, name, between)


def watch(fatal=None):
    """From now on, in this process: every commit of the ledger, file operation and request counts twice."""
    points = Points(fatal)
    for dialect in (SQLiteDialect, PGDialect_psycopg):
        points.around(dialect, "do_commit")
    for name in ("replace", "rename", "link", "unlink"):
        points.around(os, name)
    points.around(requests.adapters.HTTPAdapter, "send")
    return points
