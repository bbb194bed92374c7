"""Peers: installed into a folder of their own by `make bench-peers`, and found there again."""

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from benchmarks.harness.places import HERE, PEERS

COMMON = ("PyYAML", "pyromark", "nh3", "orjson", "pydantic")
PYTHON_PEERS = {
    "dlt": "dlt[filesystem]==1.31.0",
    "scrapy": "Scrapy==2.19.0",
    "aiohttp": "aiohttp==3.14.5",
    "singer-sdk": "singer-sdk==0.54.9",
}
PUSHING = {"dlt": "dlt", "aiohttp": "aiohttp", "singer": "singer-sdk"}
"""Those that push, as `pushers.py` names them."""
NODE_PEERS = {
    "eleventy": ("@11ty/eleventy@3.1.7", "sanitize-html@2", "markdown-it@14", "zod@4"),
    "astro": ("astro@7.3.5", "node@22"),
}
"""Astro 7 needs a newer Node than Debian has, so it brings its own."""
INSTALL = "run: make bench-peers"


def install() -> int:
    """Install what is missing; says what could not be, and returns how many that are."""
    PEERS.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name, package in PYTHON_PEERS.items():
        python = str(PEERS / name / "bin" / "python")
        venv = [sys.executable, "-m", "venv", str(PEERS / name)]
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package, *COMMON]
        failed += not _done(name, venv, pip)
    for name, packages in NODE_PEERS.items():
        (PEERS / name).mkdir(exist_ok=True)
        if not (PEERS / name / "package.json").exists():
            (PEERS / name / "package.json").write_text('{"private": true, "type": "module"}\n')
        failed += not _done(name, ["npm", "install", "--no-audit", "--no-fund", "--silent", *packages])
        set_up(name)
    if shutil.which("hugo") is None:
        print("hugo: not installed; on Debian, run: apt-get install hugo")
        failed += 1
    return failed


def _done(name: str, *commands: list[str]) -> bool:
    folder = PEERS / name if name in NODE_PEERS else PEERS
    for words in commands:
        try:
            done = subprocess.run(words, cwd=folder, capture_output=True)
        except OSError as error:
            print(f"{name}: not installed: {error}")
            return False
        if done.returncode:
            print(f"{name}: not installed: {done.stderr.decode(errors='replace')[-500:]}")
            return False
    print(f"{name}: installed, {version(name)}")
    return True


def set_up(name: str) -> None:
    """Put our configuration of a Node peer beside its packages."""
    shutil.copytree(HERE / "peers" / name, PEERS / name, dirs_exist_ok=True)
    shutil.copy(HERE / "peers" / "schema.mjs", PEERS / name)


def python_of(name: str) -> Path:
    return PEERS / name / "bin" / "python"


def node_of(name: str) -> str:
    own = PEERS / name / "node_modules" / ".bin" / "node"
    return str(own) if own.exists() else "node"


def missing(name: str) -> str | None:
    """Why a peer cannot run; None if it can."""
    if name == "hugo":
        return None if shutil.which("hugo") else "hugo is not installed"
    if name in PYTHON_PEERS:
        module = name.replace("-", "_")
        found = any((PEERS / name).glob(f"lib/python*/site-packages/{module}/__init__.py"))
        return None if found else f"not installed; {INSTALL}"
    package = "@11ty/eleventy" if name == "eleventy" else name
    there = (PEERS / name / "node_modules" / package).exists() and shutil.which(node_of(name))
    return None if there else f"not installed; {INSTALL}"


@cache
def version(name: str) -> str:
    """What a peer says of itself; empty if it is not there."""
    if missing(name):
        return ""
    if name == "hugo":
        return _said("hugo", "version").split()[1].split("-")[0].split("+")[0].removeprefix("v")
    if name in PYTHON_PEERS:
        code = f"from importlib.metadata import version; print(version({name!r}))"
        return _said(str(python_of(name)), "-c", code)
    package = "@11ty/eleventy" if name == "eleventy" else name
    found = PEERS / name / "node_modules" / package / "package.json"
    return f"{json.loads(found.read_text())['version']} (Node {_said(node_of(name), '--version')[1:]})"


def _said(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
