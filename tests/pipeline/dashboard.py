"""The dashboard of a project on a port of its own, for tests."""

from contextlib import contextmanager
from html.parser import HTMLParser

import requests

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs
from pipeline.schedule.loop import Scheduler
from pipeline.schedule.timed import Result, timed
from pipeline.web.app import application
from pipeline.web.dash import Dash
from pipeline.web.desk import Desk
from pipeline.web.health import Health
from pipeline.web.looking import Looking
from pipeline.web.server import listen, serving
from pipeline.web.users import Users


def dash_of(root, health, patience=None, moment=60.0):
    def read():
        return load(root)

    project, ledger = read(), health.ledger
    users = Users(project.written.dashboard, root, patience)
    told = []

    def tell(words, error):
        told.append((words, error))

    desk = Desk(read, tell)
    return Dash(read, ledger, health.scheduler, desk, Looking(read, ledger, tell, moment), users)


def application_of(root, health, patience=None):
    return application(load(root), health, dash_of(root, health, patience), kept=0.0)


@contextmanager
def answering(root, health=None, patience=None, moment=60.0):
    """The address at which a project's dashboard answers."""
    with Ledger(load(root).written.ledger, root) as ledger:
        if health is None:
            entries = timed(load(root), ledger.lineage, lambda: None)
            health = Health(
                Scheduler(entries, Jobs(ledger.database), lambda one, lease: Result("done")), ledger
            )
        dash = dash_of(root, health, patience, moment)
        web = application(load(root), health, dash, kept=0.0)
        with listen("127.0.0.1", 0) as listener, serving(web.app, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            web.live.stopping = True
            dash.close()


class Forms(HTMLParser):
    """The forms of a page: action and hidden fields."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        if tag == "form":
            self.forms.append((known.get("action"), {}))
        elif tag == "input" and known.get("type") == "hidden":
            self.forms[-1][1][known["name"]] = known["value"]


class Reader(requests.Session):
    """Somebody with a browser."""

    def __init__(self, address):
        super().__init__()
        self.address = address
        self.headers["Accept"] = "text/html"

    def look(self, path, **options):
        return self.get(self.address + path, timeout=30, **options)

    def forms(self, path="/"):
        return Forms(self.look(path).text).forms

    def do(self, action, on="/", **more):
        """Send the first form of the page with this action, and these fields."""
        fields = next(
            hidden
            for to, hidden in self.forms(on)
            if to == action
            and all(hidden.get(name) == value for name, value in more.items() if name in hidden)
        )
        return self.post(self.address + action, data={**fields, **more}, timeout=30)

    def come_in(self, name, password):
        return self.do("/login", on="/login", name=name, password=password)
