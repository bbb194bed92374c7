"""The loopback CMS, its exporter, and a project that publishes to it."""

import subprocess
import sys

import pytest

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.run import Sync

LEOPARD_YAML = """\
site: {{title: Spots, url: "https://spots.example"}}
sources:
  pages: {{use: yaml, path: content/pages}}
  images: {{use: yaml, path: content/images, kind: asset}}
channels:
  website: {{use: loopback, url: "{address}"}}
"""


@pytest.fixture
def project(tmp_path):
    """Makes a project with one picture and a circle of two pages."""

    def make(address):
        files = {
            "leopard.yaml": LEOPARD_YAML.format(address=address),
            "content/images/coat.yaml": "file: coat.png\nalt: {en: A coat}\ncredit: us\nlicence: CC0-1.0\n",
            "content/images/coat.png": "not really a picture",
            "content/pages/a.yaml": "title: A\nimage: coat\nblocks: [{type: related, items: [page:b]}]\n",
            "content/pages/b.yaml": "title: B\nblocks: [{type: related, items: [page:a]}]\n",
        }
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return make


def test_publishes_pages_with_links_and_pictures(loopback, loopback_plugin, project):
    opened = load(project(loopback.address))
    with Ledger(opened.written.ledger, opened.root) as ledger:
        report = Sync(opened, ledger).run()
    assert not report.problems
    held = {page["ident"]: page for page in loopback.pages.all(marked=True)}
    assert set(held) == {"asset:coat@en", "page:a@en", "page:b@en"}
    assert held["page:a@en"]["fields"]["links"] == [held["page:b@en"]["id"]]
    assert held["page:b@en"]["fields"]["links"] == [held["page:a@en"]["id"]]
    assert held["page:a@en"]["fields"]["image"] == held["asset:coat@en"]["id"]
    assert loopback.pages.media(held["asset:coat@en"]["id"]) == b"not really a picture"


def test_serves_other_processes(loopback_process, loopback_environment, project):
    program = [sys.executable, "-c", "from pipeline.cli import main; main()"]
    command = [*program, "-C", project(loopback_process), "sync", "--yes"]
    first, second = (
        subprocess.run(command, env=loopback_environment, capture_output=True, text=True) for _ in range(2)
    )
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "Nothing to do." in second.stdout
    assert "Nothing to do." not in first.stdout
