"""
Search for input that a parser cannot bear, guided by the lines that it reaches (atheris, libFuzzer).

python tests/fuzz/run.py                     each parser for FUZZ_SECONDS (60)
python tests/fuzz/run.py yaml csv --seconds 5
What is found lies in tests/fuzz/found/NAME; put it into tests/fuzz/regressions/NAME with what mends it.
"""

import argparse
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).resolve().parent
LONGEST, MEMORY, SLOWEST = 8192, 2048, 20
"""Bytes of one input, megabytes of the process, and seconds for one input, at most."""


def fuzz(name: str, seconds: int, corpus: Path) -> None:
    """Search in this process; it ends with the search."""
    import atheris

    with atheris.instrument_imports(
        include=["sources", "transport", "schemas", "feedparser", "openpyxl", "csv", "yaml", "json"]
    ):
        from targets import TARGETS

    for seed in TARGETS[name].seeds():
        (corpus / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    found = HERE / "found" / name
    found.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-rss_limit_mb={MEMORY}",
        f"-timeout={SLOWEST}",
        f"-artifact_prefix={found}/",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], TARGETS[name].run)
    atheris.Fuzz()


def main() -> int:
    sys.path[:0] = [str(HERE), str(HERE.parents[1])]
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("names", nargs="*")
    arguments.add_argument("--seconds", type=int, default=60)
    arguments.add_argument("--corpus", type=Path, help="a folder that keeps what reached new lines")
    given = arguments.parse_args()
    if len(given.names) == 1 and given.corpus is not None:
        given.corpus.mkdir(parents=True, exist_ok=True)
        fuzz(given.names[0], given.seconds, given.corpus)
        return 0
    from targets import TARGETS

    failed = []
    for name in given.names or TARGETS:
        with tempfile.TemporaryDirectory() as scratch:
            corpus = given.corpus / name if given.corpus else Path(scratch)
            own = [sys.executable, __file__, name, "--seconds", str(given.seconds), "--corpus", str(corpus)]
            print(f"== {name}", flush=True)
            if subprocess.run(own, check=False).returncode != 0:
                failed.append(name)
    print(f"found something in: {', '.join(failed)}" if failed else "nothing found")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
