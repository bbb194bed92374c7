"""Run the `console` blocks of a page, and compare or rewrite their output.

    python docs/console.py                 write what really comes out, on every page that shows some
    python docs/console.py docs/json.md    on this page only

A block is run in the order of the page, all blocks of a page in one shell, in a new folder that holds a copy
of `examples/leopards`. A fenced block with `file=PATH` behind its language is written to that file first. A
line `[…]` stands for any number of lines of output that the page does not show. A `pyproject.toml` among the
files counts as installed, with its entry points and modules, so that nothing need be fetched for it.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^```(\S*)(?: file=(\S+))?[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "[…]"
MARK = "\x1e"
CHANGING = (
    (re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}"), "20260501T090000Z-1a2b3c4d"),
    (re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d\.\d+"), r"2026-05-01\g<1>09:00:00.000000"),
    (re.compile(r"(started_at|finished_at|since|last_change)(\": \")[^\"]*"), r"\1\g<2>2026-05-01T09:00:00Z"),
    (
        re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d(:\d\d)?(?=[ ,]|$)", re.MULTILINE),
        r"2026-05-01\g<1>09:00\2",
    ),
    (re.compile(r"(2026-05-01[T ]09:00):\d\d"), r"\1:00"),
    (re.compile(r"^  id: [0-9a-f-]{36}\b", re.MULTILINE), "  id: 5f0c1d9e-3b52-4c8e-9d38-0a6f7c41b2e7"),
)
"""What differs from run to run: run ids, the ids of new projects, and when something was done."""


@dataclass(frozen=True)
class Command:
    """A line that is typed, what the page says comes out, and where in the page that stands."""

    typed: str
    output: str
    span: tuple[int, int]


def commands(text: str) -> Iterator[Command | tuple[str, str]]:
    """The commands of a page, and (path, content) of the files that it has written before."""
    for fence in FENCE.finditer(text):
        language, path, body = fence.groups()
        if path:
            yield path, body
        elif language == "console":
            starts = [m.start() for m in re.finditer(r"^\$ ", body, re.MULTILINE)]
            for start, end in zip(starts, [*starts[1:], len(body)], strict=True):
                typed, _, output = body[start:end].partition("\n")
                first = fence.start(3) + start + len(typed) + 1
                yield Command(typed.removeprefix("$ "), output, (first, fence.start(3) + end))


def run(text: str) -> list[tuple[Command, str]]:
    """Every command of a page with what really came out."""
    found = list(commands(text))
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as installed:
        place = Path(folder).resolve()
        ignored = shutil.ignore_patterns(".leopard", "public", "__pycache__")
        shutil.copytree(ROOT / "examples" / "leopards", place / "examples" / "leopards", ignore=ignored)
        _install(dict(one for one in found if isinstance(one, tuple)), Path(installed))
        done = subprocess.run(  # noqa: S603  # the pages are ours
            ["/bin/sh", "-c", "\n".join(map(_line, found))],
            cwd=place,
            env=_environment(place, installed),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        outputs = done.stdout.decode().replace(str(place), "~").split(MARK)
    typed = [one for one in found if isinstance(one, Command)]
    return [(one, normal(out)) for one, out in zip(typed, outputs, strict=False)]


def _install(files: dict[str, str], target: Path) -> None:
    """What `pip install` would leave behind for each `pyproject.toml` among the files."""
    for path in (path for path in files if path.endswith("pyproject.toml")):
        written = tomllib.loads(files[path])
        name, version = written["project"]["name"], written["project"]["version"]
        about = target / f"{name.replace('-', '_')}-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        groups = written["project"]["entry-points"].items()
        lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in one.items()) for group, one in groups]
        (about / "entry_points.txt").write_text("\n".join(lines))
        for module in written["tool"]["setuptools"]["py-modules"]:
            source = f"{path.removesuffix('pyproject.toml')}{module}.py"
            (target / f"{module}.py").write_text(files[source], encoding="utf-8")


def _line(found: Command | tuple[str, str]) -> str:
    if isinstance(found, Command):
        return f"{found.typed}\n_status=$?; printf '{MARK}'; (exit $_status)"
    path, content = found
    return f"mkdir -p \"$(dirname '{path}')\"; cat > '{path}' <<'END_OF_FILE'\n{content}END_OF_FILE"


def _environment(place: Path, installed: str) -> dict[str, str]:
    paths = [installed, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(place),
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(paths),
        "TZ": "UTC",
    }


def normal(text: str) -> str:
    """Output without what differs from run to run."""
    for pattern, put in CHANGING:
        text = pattern.sub(put, text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def agrees(said: str, real: str) -> bool:
    """Does the page say what came out? `[…]` in it stands for any lines."""
    parts = [re.escape(part) for part in f"\n{normal(said)}\n".split(f"\n{LEFT_OUT}\n")]
    return re.fullmatch(r"\n(?:.*\n)?".join(parts), f"\n{real}\n", re.DOTALL) is not None


def rewritten(text: str) -> str:
    """The page with the output that really comes out, where it says something else."""
    for command, real in reversed(run(text)):
        if not agrees(command.output, real):
            start, end = command.span
            gap = command.output[len(command.output.rstrip("\n")) :] if command.output.strip() else ""
            text = text[:start] + (f"{real}\n" if real else "") + gap[1:] + text[end:]
    return text


def shown() -> list[Path]:
    """Every page that shows commands and their output."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in pages if "\n```console\n" in page.read_text(encoding="utf-8")]


def main() -> None:
    """Rewrite the pages that are named, or all."""
    if not (Path(sys.executable).parent / "leopard").exists():
        sys.exit("Run this with the Python of an environment in which leopard is installed.")
    for page in map(Path, sys.argv[1:]) if sys.argv[1:] else shown():
        before = page.read_text(encoding="utf-8")
        after = rewritten(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            sys.stdout.write(f"written: {page}\n")


if __name__ == "__main__":
    main()
