"""A PostgreSQL server of our own for as long as tests need one; None where there is none to start."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []


def _as_postgres(*words):
    """PostgreSQL refuses to be run by root."""
    if os.geteuid():
        return list(words)
    return ["runuser", "-u", "postgres", "--", *words]


def is_there():
    if not PROGRAMS:
        return False
    try:
        pwd.getpwnam("postgres")
        import psycopg  # noqa: F401
    except (KeyError, ImportError):
        return False
    return bool(os.geteuid()) or shutil.which("runuser") is not None


@contextmanager
def server():
    """The address of a server, to which the name of a database is to be added."""
    home = Path(tempfile.mkdtemp(prefix="leopard-postgres-"))
    if not os.geteuid():
        shutil.chown(home, "postgres")
    data, programs = home / "data", PROGRAMS[-1]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    make = (programs / "initdb", "-D", data, "-U", "leopard", "-A", "trust", "-E", "UTF8", "--no-sync")
    subprocess.run(_as_postgres(*map(str, make)), **quiet)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
    control = str(programs / "pg_ctl")
    subprocess.run(_as_postgres(control, "-D", str(data), "-w", "-o", options, "start"), **quiet)
    try:
        yield f"postgresql://leopard@127.0.0.1:{port}"
    finally:
        subprocess.run(_as_postgres(control, "-D", str(data), "-m", "immediate", "stop"), **quiet)
        shutil.rmtree(home, ignore_errors=True)


def database(address, name):
    """A new, empty database, which sorts texts as people do and not by their bytes."""
    port = address.rpartition(":")[2]
    words = (
        str(PROGRAMS[-1] / "createdb"),
        "-h",
        "127.0.0.1",
        "-p",
        port,
        "-U",
        "leopard",
        "-T",
        "template0",
    )
    sorted_ = ("--locale-provider=icu", "--icu-locale=en", "--locale=C.UTF-8")
    subprocess.run((*words, *sorted_, name), check=True, cwd="/")
    return f"{address}/{name}"
