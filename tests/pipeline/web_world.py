"""A dashboard over a project on disk, as an editor or a viewer sees it."""

import re
import sys
from contextlib import contextmanager
from html import unescape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from dashboard import dash_of
from starlette.testclient import TestClient

from exporters import memory
from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs
from pipeline.schedule.loop import Scheduler
from pipeline.schedule.timed import Result
from pipeline.web.app import application
from pipeline.web.health import Health

CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example", languages: [en, fr]}
sources:
  pages: {use: yaml, path: content/pages, kind: page}
  articles: {use: markdown, path: content/articles}
  statistics: {use: yaml, path: content/statistics, kind: statistic}
  images: {use: yaml, path: content/images, kind: asset}
channels:
  files: {use: json, path: public, url: "https://spots.example/json"}
  feed: {use: jsonfeed, path: public/feed.json, kinds: [article, page]}
  shop: {use: memory, store: web_pages, without: [batch], kinds: [article, page, statistic]}
dashboard:
  users:
    - {name: eda, role: editor, token: "env:EDA_TOKEN"}
    - {name: vic, role: viewer, token: "env:VIC_TOKEN"}
"""
TOKENS = {"eda": "eda's word, long enough", "vic": "vic's word, long enough"}


def known(monkeypatch):
    """The users' tokens are what they are; the channel in memory is a new one."""
    memory.STORES.pop("web_pages", None)
    for name, word in TOKENS.items():
        monkeypatch.setenv(f"{name.upper()}_TOKEN", word)


def furnished(site, monkeypatch, configuration=CONFIGURATION):
    """The site with three channels, and two users who are known by their tokens."""
    known(monkeypatch)
    site.write("leopard.yaml", configuration)
    return site


@contextmanager
def dashboard(root, moment=60.0, kept=0.0):
    """Whoever is asked for, as a client of the real application: `with dashboard(root) as as_user: …`.

    A look at the content is waited for `moment` seconds; `as_user.looking` has it.
    """
    with Ledger(load(root).written.ledger, root) as ledger:
        health = Health(Scheduler([], Jobs(ledger.database), lambda timed, lease: Result("done")), ledger)
        dash = dash_of(root, health, moment=moment)
        app = application(load(root), health, dash, kept=kept).app

        def as_user(name):
            return Client(app, name)

        as_user.looking = dash.looking
        try:
            yield as_user
        finally:
            dash.close()


class Client(TestClient):
    """A visitor who sends a token."""

    def __init__(self, app, name):
        super().__init__(app, base_url="http://127.0.0.1", follow_redirects=False)
        self.headers |= {"authorization": f"Bearer {TOKENS[name]}", "accept": "text/html"}

    def page(self, path, status=200):
        """The HTML of a page."""
        answer = self.get(path)
        assert answer.status_code == status, answer.text
        return answer.text


def text_of(html):
    """What is read of a page, or of a part of it."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html.partition("<main")[2] or html)).split())


def rows(html):
    """Per first word, the text of each row of the first table."""
    found = {}
    for row in re.findall(
        r"<tr>(.*?)</tr>", html.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL
    ):
        text = text_of(row)
        found[text.split()[0]] = text
    return found
