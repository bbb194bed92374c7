"""A disk that is full, or on which no file may grow any more: one sentence, and the next run makes it good."""

import errno
import os
import resource
import subprocess
import sys

import pytest

PROGRAM = (sys.executable, "-c", "from pipeline.cli import main; main()")
PAGES = 40
CONFIGURATION = """\
site: {{title: Spots, url: "https://spots.example"}}
ledger: sqlite:///{ledger}
sources: {{pages: {{use: yaml, path: content, kind: page}}}}
channels:
  files: {{use: json, path: {files}}}
  feed: {{use: jsonfeed, path: {feed}}}
"""


class Project:
    """Pages of which each is several kilobytes long."""

    def __init__(
        self, root, ledger=".leopard/ledger.db", files="public/files", feed="public/feed.json", pages=PAGES
    ):
        self.root, self.files, self.pages = root, root / files, pages
        (root / "content").mkdir(parents=True)
        written = CONFIGURATION.format(ledger=ledger, files=files, feed=feed)
        (root / "leopard.yaml").write_text(written)
        for number in range(pages):
            self.page(number, f"Page {number}")

    def page(self, number, title):
        text = f"Spots of {number}. " * 400
        self.root.joinpath(f"content/p{number}.yaml").write_text(
            f"title: {title}\nblocks:\n  - {{type: text, text: {text}}}\n"
        )

    def run(self, *words, most=None, temporary=None):
        """One command, of which no file may grow beyond `most` bytes; with a folder for `temporary` files."""

        def limit():
            if most is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

        command = (*PROGRAM, "-C", str(self.root), *words)
        known = {**os.environ, "TMPDIR": str(temporary)} if temporary else None
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, env=known)
        assert "Traceback" not in done.stderr and "unforeseen" not in done.stderr, done.stderr
        return done

    def sync(self, **how):
        return self.run("sync", "--yes", **how)

    def is_as_it_should_be(self):
        done = self.sync()
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(list(self.files.rglob("p*.json"))) == self.pages
        assert self.run("plan", "--detailed-exitcode").returncode == 0
        assert self.run("ledger", "doctor").returncode == 0


@pytest.fixture
def small_disk(tmp_path):
    """Makes a disk of so many kilobytes."""
    made = []

    def make(size):
        if os.geteuid():
            pytest.skip("only root may make a small disk")
        place = tmp_path / "disk"
        place.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "leopard-test", str(place)]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no small disk can be made here: {done.stderr.strip()}")
        made.append(place)
        return place

    yield make
    for place in made:
        subprocess.run(["umount", str(place)], check=True)


def fill(place):
    """Leave no room."""
    full = pytest.raises(OSError, match=os.strerror(errno.ENOSPC))
    with full, open(place / "filler", "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


@pytest.mark.parametrize("size", [200, 500, 900])
def test_a_ledger_on_a_disk_that_fills_up(tmp_path, small_disk, size):
    disk = small_disk(size)
    project = Project(tmp_path / "project", ledger=disk / "ledger.db")
    done = project.sync()
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "make room" in done.stdout + done.stderr
    subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
    project.is_as_it_should_be()


def test_a_ledger_on_a_disk_that_was_full_before(tmp_path, small_disk):
    disk = small_disk(8000)
    project = Project(tmp_path / "project", ledger=disk / "ledger.db")
    assert project.sync().returncode == 0
    fill(disk)
    project.page(3, "Another")
    assert "make room" in project.sync().stderr
    (disk / "filler").unlink()
    project.is_as_it_should_be()
    assert "Another" in (project.files / "page/p3.en.json").read_text()


@pytest.mark.parametrize("what", ["files", "feed"])
def test_output_on_a_disk_that_fills_up(tmp_path, small_disk, what):
    disk = small_disk(150)
    places = {"files": {"files": "../disk/files"}, "feed": {"feed": "../disk/feed.json"}}[what]
    project = Project(tmp_path / "project", **places)
    done = project.sync()
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "no space left on device" in (done.stdout + done.stderr).lower()
    found = [path for path in disk.rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert all(path.stat().st_size for path in found)
    subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
    project.is_as_it_should_be()


@pytest.mark.parametrize("size", [8, 200, 900, 2_000, 4_000])
def test_a_folder_for_temporary_files_that_fills_up(tmp_path, small_disk, size):
    """More is planned than is held in memory, and what is written waits on disk as well."""
    disk = small_disk(size)
    project = Project(tmp_path / "project", pages=260)
    done = project.sync(temporary=disk)
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "TMPDIR" in done.stderr, done.stderr
    project.is_as_it_should_be()


@pytest.mark.parametrize("most", [16_000, 64_000, 150_000, 300_000])
def test_no_file_may_grow(tmp_path, most):
    """As with a quota: the ledger, the cache and the channels, whichever comes first."""
    project = Project(tmp_path / "project")
    done = project.sync(most=most)
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert (done.stdout + done.stderr).strip()
    project.is_as_it_should_be()


@pytest.mark.parametrize("most", [0, 30_000, 100_000])
def test_no_file_may_grow_when_something_was_published_before(tmp_path, most):
    project = Project(tmp_path / "project")
    assert project.sync().returncode == 0
    before = {path: path.read_bytes() for path in project.files.rglob("p*.json")}
    for number in range(0, PAGES, 2):
        project.page(number, f"New {number}")
    done = project.sync(most=most)
    assert done.returncode in (0, 1, 2)
    for path, data in before.items():
        assert path.read_bytes() == data or b'"New ' in path.read_bytes()
    project.is_as_it_should_be()
