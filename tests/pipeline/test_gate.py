"""Who is let in: nobody who is not known, nobody who acts without a form of ours, nobody who guesses."""

import sys
import time
from pathlib import Path

import pytest
import requests
from argon2 import PasswordHasher

sys.path.insert(0, str(Path(__file__).resolve().parent))

from dashboard import Reader, answering, application_of

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs
from pipeline.schedule.loop import Scheduler
from pipeline.schedule.timed import Result
from pipeline.web.app import OPEN_TO_ALL
from pipeline.web.health import Health
from pipeline.web.server import listen
from pipeline.web.users import TRIES, Patience
from schemas.errors import ConfigError

HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash
SITE = """\
site: {title: Spots, url: "https://spots.example", languages: [en]}
sources:
  pages: {use: yaml, path: content/pages, kind: page}
channels:
  files: {use: json, path: public/files}
  feed: {use: jsonfeed, path: public/feed.json, kinds: [page], approval: required}
"""
USERS = f"""\
dashboard:
  session_key: env:LEOPARD_TEST_KEY
  proxy: {{header: X-Remote-User, addresses: [192.0.2.0/24], editors: [grace]}}
  users:
    - {{name: ada, role: editor, password: "{HASH("correct horse")}"}}
    - {{name: vera, role: viewer, password: "{HASH("battery staple")}"}}
    - {{name: robot, role: editor, token: env:LEOPARD_TEST_TOKEN}}
    - {{name: meter, role: viewer, token: env:LEOPARD_TEST_METER}}
"""


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv("LEOPARD_TEST_KEY", "k" * 40)
    monkeypatch.setenv("LEOPARD_TEST_TOKEN", "open sesame")
    monkeypatch.setenv("LEOPARD_TEST_METER", "count only")


@pytest.fixture
def site(empty):
    made = empty(SITE)
    for name in ("one", "two"):
        made.write(f"content/pages/{name}.yaml", f"title: Page {name}\n")
    return made


@pytest.fixture
def closed(site):
    """A dashboard that asks who is there."""
    site.write("leopard.yaml", SITE + USERS)
    with answering(site.root) as address:
        yield address


@pytest.fixture
def open_one(site):
    """A dashboard for whoever is at this machine."""
    with answering(site.root) as address:
        yield address


@pytest.fixture
def routes(site):
    with Ledger("sqlite:///.leopard/ledger.db", site.root) as ledger:
        health = Health(Scheduler([], Jobs(ledger.database), lambda timed, lease: Result("done")), ledger)
        made = application_of(site.root, health).app.routes
    return [
        (route.path.replace("{run}", "x").replace("{ident:path}", "page:one@en"), method)
        for route in made
        for method in route.methods or ("GET",)
        if method != "HEAD" and not route.path.startswith(OPEN_TO_ALL)
    ]


def acted(site):
    """What the audit log says."""
    with Ledger(load(site.root).written.ledger, site.root) as ledger:
        return [(act.who, act.action, act.subject) for act in ledger.hands.log()]


def settled(reader):
    """Wait until nothing is under way."""
    for _ in range(200):
        if "No run is under way" in (text := reader.look("/").text) or "<p>Done:" in text:
            return text
        time.sleep(0.05)
    raise AssertionError("a run does not end")


# strangers


def test_every_route_refuses_strangers(closed, routes):
    assert len(routes) > 12
    for path, method in routes:
        answer = requests.request(method, closed + path, allow_redirects=False, timeout=30)
        if path == "/login":
            assert answer.status_code in (200, 403), (method, path)
        else:
            assert answer.status_code in (401, 403), (method, path, answer.status_code)
        assert "Page one" not in answer.text


def test_a_browser_is_sent_to_the_door(closed):
    answer = Reader(closed).look("/plan", allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("token", ["", "open sesame ", "Open sesame", "wrong", "open sesam"])
def test_a_wrong_token_opens_nothing(closed, token):
    headers = {"Authorization": f"Bearer x{token}"}
    assert requests.get(f"{closed}/plan", headers=headers, timeout=30).status_code == 401


def test_a_viewer_s_token_is_enough_for_the_metrics(closed):
    headers = {"Authorization": "Bearer count only"}
    answer = requests.get(f"{closed}/metrics", headers=headers, timeout=30)
    assert answer.status_code == 200
    assert "leopard_ledger_up 1.0" in answer.text


def test_a_forged_session_opens_nothing(closed):
    for cookie in ("eyJuYW1lIjogImFkYSJ9.aaaa.bbbb", "eyJuYW1lIjogImFkYSJ9", "\xff"):
        answer = requests.get(f"{closed}/plan", cookies={"leopard": cookie}, timeout=30)
        assert answer.status_code == 401


def test_a_proxy_is_believed_from_its_own_address_only(closed):
    answer = requests.get(f"{closed}/plan", headers={"X-Remote-User": "grace"}, timeout=30)
    assert answer.status_code == 401


def test_what_a_trusted_proxy_says_is_believed(site):
    site.write("leopard.yaml", SITE + USERS.replace("192.0.2.0/24", "127.0.0.1/32"))
    with answering(site.root) as address:
        grace, other = (
            requests.get(f"{address}/", headers={"X-Remote-User": name}, timeout=30).text
            for name in ("grace", "mallory")
        )
        assert "grace" in grace
        assert "Run all now" in grace
        assert "mallory (may look)" in other
        assert "Run all now" not in other
        assert requests.get(f"{address}/", timeout=30).status_code == 401


# passwords


def test_the_right_password_opens_and_going_out_closes(closed):
    ada = Reader(closed)
    assert ada.come_in("ada", "correct horse").url == f"{closed}/"
    assert "Overview" in ada.look("/").text
    cookie = next(iter(ada.cookies))
    assert cookie.has_nonstandard_attr("HttpOnly") or "httponly" in {k.lower() for k in cookie._rest}
    ada.do("/logout")
    assert ada.look("/plan").url == f"{closed}/login"


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "correct horse "), ("ada", ""), ("nobody", "x"), ("robot", "open sesame")]
)
def test_anything_else_does_not(closed, name, password):
    reader = Reader(closed)
    answer = reader.come_in(name, password)
    assert answer.status_code == 401
    assert "not the right name and password" in answer.text
    assert reader.look("/plan").url == f"{closed}/login"


def test_whoever_guesses_has_to_wait_and_nobody_else(site):
    site.write("leopard.yaml", SITE + USERS)
    now = [0.0]
    with answering(site.root, patience=Patience(lambda: now[0])) as address:
        for _ in range(TRIES):
            assert Reader(address).come_in("ada", "wrong").status_code == 401
        locked = Reader(address).come_in("ada", "correct horse")
        assert locked.status_code == 429
        assert int(locked.headers["Retry-After"]) >= 30
        now[0] = 31
        assert Reader(address).come_in("ada", "correct horse").status_code == 200


def test_patience_doubles_and_forgives():
    now = [0.0]
    patience = Patience(lambda: now[0])
    for wrong in range(1, TRIES + 3):
        patience.wrong(["name:ada"])
        assert patience.left(["name:ada"]) == (0 if wrong < TRIES else 30 * 2 ** (wrong - TRIES))
    assert patience.left(["name:vera"]) == 0
    patience.right("name:ada")
    assert patience.left(["name:ada"]) == 0
    for number in range(30_000):
        patience.wrong([f"name:{number}"])
    assert len(patience._wrong) <= 10_000


def test_a_session_ends_when_its_user_is_gone(site):
    site.write("leopard.yaml", SITE + USERS)
    ada = Reader("")
    with answering(site.root) as ada.address:
        ada.come_in("ada", "correct horse")
        assert ada.look("/plan").url.endswith("/plan")
        jar = ada.cookies
    site.write("leopard.yaml", SITE + USERS.replace("name: ada", "name: eve"))
    with answering(site.root) as address:
        later = Reader(address)
        later.cookies.update({"leopard": jar["leopard"]})
        assert later.look("/plan").url.endswith("/login")


# acting


def test_a_viewer_looks_and_does_not_act(closed, routes, site):
    vera = Reader(closed)
    vera.come_in("vera", "battery staple")
    page = vera.look("/").text
    assert "Run all now" not in page
    (_, hidden), *_ = vera.forms()
    for path, method in routes:
        if method == "POST" and path not in ("/login", "/logout"):
            answer = vera.post(closed + path, data={**hidden, "channel": "files"}, timeout=30)
            assert answer.status_code == 403, path
    assert acted(site) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_other_page_can_act_for_somebody_here(open_one, routes, site, headers):
    reader = Reader(open_one)
    reader.look("/")
    (_, hidden), *_ = reader.forms()
    forged = {"channel": "files"} if not headers else {**hidden, "channel": "files"}
    for path, method in routes:
        if method == "POST":
            answer = reader.post(open_one + path, data=forged, headers=headers, timeout=30)
            assert answer.status_code in (303, 403) or answer.url.endswith("/"), path
    assert acted(site) == []


def test_the_form_of_another_session_is_not_ours(open_one, site):
    one, other = Reader(open_one), Reader(open_one)
    other.look("/")
    answer = other.post(f"{open_one}/do/pause", data={**one.forms()[-1][1], "channel": "files"}, timeout=30)
    assert answer.status_code == 403
    assert acted(site) == []


def test_a_program_acts_with_its_token(closed, site):
    headers = {"Authorization": "Bearer open sesame"}
    answer = requests.post(f"{closed}/do/pause", data={"channel": "files"}, headers=headers, timeout=30)
    assert answer.status_code == 200
    assert acted(site) == [("robot", "pause", "files")]
    headers = {"Authorization": "Bearer count only"}
    answer = requests.post(f"{closed}/do/resume", data={"channel": "files"}, headers=headers, timeout=30)
    assert answer.status_code == 403


def test_a_form_that_is_too_large_is_refused(open_one, site):
    reader = Reader(open_one)
    fields = {**reader.forms()[-1][1], "channel": "files", "more": "x" * 100_000}
    assert reader.post(f"{open_one}/do/pause", data=fields, timeout=30).status_code == 403
    assert acted(site) == []


def test_every_action_is_done_and_noted(open_one, site):
    reader = Reader(open_one)
    assert "Begun" in reader.do("/do/run").text
    settled(reader)
    assert "Waits for approval" in reader.look("/plan?anew=99").text
    assert "Begun" in reader.do("/do/approve", on="/plan").text
    settled(reader)
    assert (site.root / "public/feed.json").exists()
    site.write("content/pages/two.yaml", "title: Changed\n")
    reader.do("/do/run")
    settled(reader)
    assert "Refused: feed" in reader.do("/do/refuse", on="/plan?anew=99").text
    assert "files is paused" in reader.do("/do/pause", channel="files").text
    assert "paused by" in reader.look("/").text
    reader.do("/do/resume", channel="files")
    runs = reader.look("/runs").text
    assert "1 update" in runs
    newest = next(line for line in runs.splitlines() if 'href="/runs/2' in line)
    run = newest.partition('href="/runs/')[2].partition('"')[0]
    reader.do("/do/rollback", on=f"/runs/{run}")
    settled(reader)
    done = [(action, subject) for _, action, subject in reversed(acted(site))]
    assert done == [
        ("run", "all channels"),
        ("approve", "feed"),
        ("run", "all channels"),
        ("refuse", "feed"),
        ("pause", "files"),
        ("resume", "files"),
        ("roll back", run),
    ]
    log = reader.look("/audit").text
    assert log.count("somebody on this machine") >= len(done)


def test_what_was_not_looked_at_is_not_approved(open_one, site):
    reader = Reader(open_one)
    reader.do("/do/run")
    settled(reader)
    (hidden,) = [hidden for action, hidden in reader.forms("/plan?anew=99") if action == "/do/approve"]
    site.write("content/pages/three.yaml", "title: Three\n")
    reader.do("/do/run")
    settled(reader)
    answer = reader.post(f"{open_one}/do/approve", data=hidden, timeout=30)
    assert "Another plan has taken its place" in answer.text
    assert not (site.root / "public/feed.json").exists()


@pytest.mark.parametrize("channel", ["", "nothing", "../files", "\x00", "f" * 5000])
def test_an_unknown_channel_is_one_sentence(open_one, channel, site):
    reader = Reader(open_one)
    for action in ("pause", "resume", "approve", "refuse"):
        fields = {**reader.forms()[-1][1], "channel": channel}
        answer = reader.post(f"{open_one}/do/{action}", data=fields, timeout=30)
        assert answer.status_code == 200
        assert "There is no channel called" in answer.text
    assert acted(site) == []


# addresses


def test_with_users_other_addresses_may_be_answered():
    with listen("0.0.0.0", 0, let_in=True) as listener:
        assert listener.getsockname()[1]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("users: [{name: ada}]", "give the user a `password`"),
        ("users: [{name: ada, password: secret}]", "password"),
        ("users: [{name: ada, token: secret}]", "does not stand here itself"),
        ("users: [{name: a, token: env:X}, {name: a, token: env:Y}]", "two users called"),
        ("proxy: {header: X-Remote-User}", "addresses"),
        ("proxy: {header: X-Remote-User, addresses: [everywhere]}", "addresses"),
    ],
)
def test_a_mistake_in_the_configuration_is_named(site, written, words):
    site.write("leopard.yaml", f"{SITE}dashboard: {{{written}}}\n")
    with pytest.raises(ConfigError) as caught:
        load(site.root)
    assert words in " ".join(f"{one.message} {one.hint}" for one in caught.value.problems)
    assert "secret" not in str(caught.value.problems[0].message).replace("a secret does", "")
