"""A real browser without a screen: what a page looks like, and what stands in it once its scripts have run."""

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

SERVERS = Path(__file__).resolve().parent / "servers"
PATIENCE = 120


@cache
def browser():
    """The program's path; it is installed if it is missing."""
    work = Path(os.environ["LEOPARD_LIVE"]).expanduser() / "browser"
    done = subprocess.run([SERVERS / "browser.sh", work], stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, "there is no browser; what was said of it stands above"
    return done.stdout.strip()


def opened(url, *more):
    with tempfile.TemporaryDirectory() as profile:
        options = (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
        )
        limits = ("--virtual-time-budget=10000", "--hide-scrollbars", f"--user-data-dir={profile}")
        command = (browser(), *options, *limits, *more, url)
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout


def dom(url):
    """The page as HTML, after its scripts have run."""
    return opened(url, "--dump-dom")


def screenshot(url, path, height=2400):
    """A picture of the page, as PNG at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opened(url, f"--screenshot={path}", f"--window-size=1280,{height}")
    assert path.read_bytes().startswith(b"\x89PNG")
    return path
