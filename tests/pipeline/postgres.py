"""A PostgreSQL server of our own for as long as tests need one, and schemas in it, one for each ledger."""

import os
import pwd
import shlex
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []
DATABASE = "projects"


def lacking():
    """Why there is no server to be had here; None if there is."""
    if not PROGRAMS:
        return "PostgreSQL is not installed here: apt-get install postgresql"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "the driver psycopg is not installed"
    if os.geteuid():
        return None
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return "root needs the user postgres to run PostgreSQL as"
    return None if shutil.which("runuser") else "root needs runuser to run PostgreSQL"


def require():
    """Skip a test without PostgreSQL, or fail it where `LEOPARD_POSTGRES=required` says that there must be one."""
    why = lacking()
    if why and os.environ.get("LEOPARD_POSTGRES") == "required":
        pytest.fail(why)
    if why:
        pytest.skip(why)


def _as_postgres(*words):
    """PostgreSQL refuses to be run by root."""
    words = [str(word) for word in words]
    return words if os.geteuid() else ["runuser", "-u", "postgres", "--", *words]


class Server:
    """A server with one database, `DATABASE`, that sorts texts as people do and not by their bytes."""

    def __init__(self, home, options):
        self.home, self.options = home, options
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.base = f"postgresql://leopard@127.0.0.1:{self.port}/{DATABASE}"
        self._numbers = count()

    def make(self):
        if not os.geteuid():
            shutil.chown(self.home, "postgres")
        self._run("initdb", "-D", self.home / "data", "-U", "leopard", "-A", "trust", "-E", "UTF8", "-N")
        self.start()
        to = ("-h", "127.0.0.1", "-p", self.port, "-U", "leopard")
        sorting = ("--locale-provider=icu", "--icu-locale=en", "--locale=C.UTF-8", "-T", "template0")
        self._run("createdb", *to, *sorting, DATABASE)

    def start(self):
        where = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.home}"
        self._control("-w", "-o", f"{where} {self.options}", "start")

    def stop(self):
        self._control("-m", "immediate", "stop")

    def restart(self):
        """As after a failure of the machine: nobody is told, and the server looks after what it finds."""
        self._control("-w", "-m", "immediate", "restart")

    def _control(self, *words):
        self._run("pg_ctl", "-D", self.home / "data", "-l", self.home / "data" / "log", *words)

    def _run(self, program, *words):
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
        subprocess.run(_as_postgres(PROGRAMS[-1] / program, *words), **quiet)

    def execute(self, statement):
        """One statement by another connection, and its rows."""
        import psycopg

        with psycopg.connect(self.base, autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def schema(self):
        """The address of a ledger that nobody else has."""
        name = f"project_{next(self._numbers)}"
        self.execute(f"CREATE SCHEMA {name}")
        return f"{self.base}?options=-csearch_path%3D{name}"

    def cut(self):
        """End every connection but ours."""
        others = "pid <> pg_backend_pid() AND backend_type = 'client backend'"
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


@contextmanager
def server(*, careful=False):
    """A server. `careful`: what it has promised to keep survives a failure of the machine.

    Somebody waits for us to end, and stops it then: also where we are killed.
    """
    home = Path(tempfile.mkdtemp(prefix="leopard-postgres-"))
    made = Server(home, "" if careful else "-c fsync=off -c synchronous_commit=off -c full_page_writes=off")
    stop = shlex.join(_as_postgres(PROGRAMS[-1] / "pg_ctl", "-D", home / "data", "-m", "immediate", "stop"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    script = ["sh", "-c", f"cat; {stop}; rm -rf {shlex.quote(str(home))}"]
    waiting = subprocess.Popen(script, stdin=subprocess.PIPE, start_new_session=True, **quiet)
    try:
        made.make()
        yield made
    finally:
        waiting.stdin.close()
        waiting.wait()
