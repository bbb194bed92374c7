"""Whatever an address says, every page answers, and no page runs or loads what is not ours."""

import re
import sys
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from web_world import CONFIGURATION, dashboard, known

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.run import Sync

PAGES = ("/matrix", "/records/page:other@en", "/statistics", "/problems", "/quarantine")
NAMES = ("q", "kind", "language", "channel", "severity", "after", "anew", "differs", "old", "steps")
ODD = (
    "", "0", "-1", "9" * 400, "1e308", "%00", "a%00b", "%25", "%5C", "_", "%27%22%3E%3Cscript%3E", "%F0%9F%90%86",
    "%ff%fe", "%ED%A0%80", "%E2%80%AE", "..%2F..%2Fetc", "a" * 5000, "%0d%0aX:y", "[]", "nan", "true", "%C4%B0",
)  # fmt: skip
FILES = {
    "leopard.yaml": CONFIGURATION,
    "content/pages/other.yaml": "title: Other\nblocks: [{type: statistics, items: [killed]}]\n",
    "content/pages/bad.yaml": "title: <script>alert(1)</script>\nstatus: <b>no</b>\n",
    "content/statistics/killed.yaml": "figure: 221–450\nstatement: <i>are</i> killed each year\n",
    "content/articles/first.md": "---\ntitle: First\n---\n\n[[statistic:killed]] a year.\n",
    "content/images/none.yaml": "file: none.png\n",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """An editor; the project is one for all tests here, as none changes it."""
    root = tmp_path_factory.mktemp("hostile")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        known(patch)
        project = load(root)
        with Ledger(project.written.ledger, root) as ledger:
            Sync(project, ledger).run()
        with dashboard(root) as visitor:
            yield visitor("eda")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("path", PAGES)
def test_whatever_is_asked_there_is_an_answer(client, path, name):
    for odd in ODD:
        answer = client.get(f"{path}?{name}={odd}&{name}={odd}")
        assert answer.status_code in (200, 404), (path, name, odd[:20])
        assert "<script>" not in answer.text
        assert "x-y" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_made(client, path):
    html = client.page(path)
    assert not re.search(r"\s(style|on\w+)=", html)
    assert re.findall("<script[^>]*>", html) == re.findall('<script src="/static/[^>]*>', html)
    levels = [int(level) for level in re.findall(r"<h(\d)", html)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for table in re.finditer("<table", html):
        region = html[: table.start()].rpartition("<div ")[2]
        assert 'tabindex="0" role="region" aria-label=' in region
    ids = re.findall(r'\sid="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    links = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert all(re.match(r"/|\?|#|https?://", link) for link in links)


@pytest.mark.parametrize("path", PAGES)
def test_only_looking_is_answered(client, path):
    assert client.head(path).status_code == 200
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, path).status_code == 405
