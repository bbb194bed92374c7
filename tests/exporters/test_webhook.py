import hmac
import json
import threading
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exporters.base import Remote
from exporters.conformance import ExporterConformance
from exporters.trial import context as trial_context
from exporters.webhook import WebhookExporter
from pipeline.apply import write
from pipeline.trial import Trial
from schemas.errors import AuthError, ChannelDown, Rejected, Transient

SECRET = "canary-7c0ffee"
VARIABLE = "LEOPARD_TEST_WEBHOOK"


class Receiver(ThreadingHTTPServer):
    """Takes deliveries, and answers as it is told to; `None` is an answer that gets lost."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.taken, self.answers, self.lock = [], [], threading.Lock()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/hook"

    @property
    def bodies(self):
        return [json.loads(body) for _, _, body in self.taken]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.taken.append((self.path, self.headers, body))
            answer = self.server.answers.pop(0) if self.server.answers else (204, {}, b"")
        if answer is None:
            self.close_connection = True
            return
        status, headers, said = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver(monkeypatch):
    monkeypatch.setenv(VARIABLE, SECRET)
    with running() as server:
        yield server


@contextmanager
def running():
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def webhook(receiver, context, **more):
    options = WebhookExporter.Options(url=receiver.address, secret=f"env:{VARIABLE}", **more)
    return WebhookExporter(options, context)


@pytest.fixture
def exporter(receiver, context):
    exporter = webhook(receiver, context)
    with exporter.session():
        yield exporter


class TestWebhook(ExporterConformance):
    readable = False
    notices_vanished = False

    @pytest.fixture
    def exporter(self, receiver, tmp_path):
        return webhook(receiver, trial_context(tmp_path))

    def title_of(self, fields):
        return fields["title"]


def test_a_delivery_says_what_happened(exporter, receiver, records, desire, make):
    wanted = desire(exporter, make.article(), records)
    made = exporter.create(wanted)

    ((path, headers, _),) = receiver.taken
    (body,) = receiver.bodies
    assert path == "/hook"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Leopard-Delivery"] == body["delivery"] == made.version
    assert {name: value for name, value in body.items() if name not in ("delivery", "record")} == {
        "channel": "test",
        "action": "create",
        "key": "article:2024/amur-count",
        "locale": "en",
        "kind": "article",
        "title": "More Amur Leopards counted",
    }
    assert body["record"] == wanted.fields
    assert body["record"]["url"] == "https://example.org/articles/more-amur-leopards-counted"
    assert body["record"]["image"]["credit"] == "© Lynn M. Stone / WWF"
    assert "private" not in json.dumps(body)


def test_a_receiver_can_verify_the_signature(exporter, receiver, records, desire, make):
    exporter.create(desire(exporter, make.page(), records))

    ((_, headers, body),) = receiver.taken
    signed = headers["X-Leopard-Timestamp"].encode() + b"." + body
    expected = "sha256=" + hmac.new(SECRET.encode(), signed, sha256).hexdigest()
    assert hmac.compare_digest(headers["X-Leopard-Signature"], expected)
    assert headers["X-Leopard-Timestamp"].isdigit()


def test_the_same_change_has_the_same_id_and_no_other_has(exporter, receiver, records, desire, make):
    first, other = make.page(), make.page(title="Other")
    created = exporter.create(desire(exporter, first, records))
    assert exporter.create(desire(exporter, first, records)).version == created.version

    updated = exporter.update(created, desire(exporter, other, records))
    back = exporter.update(updated, desire(exporter, first, records))
    again = exporter.update(back, desire(exporter, other, records))
    exporter.delete(again)
    exporter.create(desire(exporter, make.page(locale="fr"), records))

    ids = [body["delivery"] for body in receiver.bodies]
    assert ids[0] == ids[1]
    assert len(set(ids)) == len(ids) - 1


def test_a_removal_says_what_is_gone_and_nothing_of_it(exporter, receiver):
    fields = {"title": "Was public once"}
    exporter.delete(Remote(id="x", key="page:leopards", locale="fr", fields=fields, version="v"))

    (body,) = receiver.bodies
    assert body.pop("delivery")
    assert body == {
        "channel": "test",
        "action": "delete",
        "key": "page:leopards",
        "locale": "fr",
        "kind": "page",
    }


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_will_do(exporter, receiver, records, desire, make, status):
    receiver.answers = [(status, {"Content-Type": "text/html"}, b"" if status == 204 else b"<p>thanks")]

    assert exporter.create(desire(exporter, make.page(), records)).ident == "page:leopards@en"


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (302, {"Location": "http://127.0.0.1:9/secret"}, ChannelDown),
        (400, {}, Rejected),
        (422, {}, Rejected),
        (401, {}, AuthError),
        (403, {}, AuthError),
        (404, {}, ChannelDown),
        (410, {}, ChannelDown),
        (408, {}, Transient),
        (500, {}, Transient),
        (503, {}, Transient),
    ],
)
def test_other_answers(exporter, receiver, records, desire, make, status, headers, error):
    receiver.answers = [(status, headers, b"the field\n'x' is missing")]

    with pytest.raises(error, match=rf"/hook answered {status}: the field 'x' is missing") as raised:
        exporter.create(desire(exporter, make.page(), records))
    assert type(raised.value) is error
    assert len(receiver.taken) == 1


def test_a_receiver_that_wants_to_be_left_alone(exporter, receiver, records, desire, make):
    receiver.answers = [(429, {"Retry-After": "7"}, b"")]

    with pytest.raises(Transient) as raised:
        exporter.create(desire(exporter, make.page(), records))
    assert raised.value.retry_after == 7


def test_a_lost_answer_is_sent_again_with_the_same_id(exporter, receiver, records, desire, make):
    receiver.answers = [None]
    wanted = desire(exporter, make.page(), records)

    with pytest.raises(Transient, match="gave no answer"):
        exporter.create(wanted)
    exporter.create(wanted)
    first, second = receiver.bodies
    assert first == second


def test_a_receiver_that_is_not_there(context, receiver, records, desire, make):
    gone = webhook(receiver, context)
    receiver.server_close()
    with gone.session(), pytest.raises(Transient, match="gave no answer"):
        gone.create(desire(gone, make.page(), records))


def test_no_secret_no_session(context, receiver, monkeypatch):
    monkeypatch.delenv(VARIABLE)

    with (
        pytest.raises(AuthError, match=VARIABLE) as down,
        webhook(receiver, context).session(),
    ):
        pass
    assert down.value.hint


def test_the_secret_is_nowhere(exporter, receiver, records, desire, make):
    receiver.answers = [(500, {}, b"")]
    shown = [repr(exporter), repr(exporter.options), repr(vars(exporter)), exporter.options.model_dump_json()]
    with pytest.raises(Transient) as raised:
        exporter.create(desire(exporter, make.page(), records))
    made = exporter.create(desire(exporter, make.page(), records))

    assert not any(SECRET in text for text in (*shown, repr(raised.value), made.model_dump_json()))
    assert not any(SECRET.encode() in body for _, _, body in receiver.taken)
    assert not any(SECRET in str(headers) for _, headers, _ in receiver.taken)


@pytest.mark.parametrize(
    "url",
    ["ftp://x", "https://u:p@example.org/", "https://example.org/?token=1", "https://example.org/#x", "x"],
)
def test_addresses_with_secrets_are_refused(url):
    with pytest.raises(ValidationError):
        WebhookExporter.Options(url=url, secret="env:X")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(st.characters(exclude_categories=()), min_size=1, max_size=30))
def test_any_text_can_be_sent(exporter, receiver, desire, make, title):
    receiver.taken.clear()
    article = make.article(title="x").model_copy(update={"title": title, "summary": title})

    exporter.create(desire(exporter, article, make.records(article)))
    assert receiver.bodies[0]["locale"] == "en"


@pytest.fixture
def trial(receiver, tmp_path, monkeypatch):
    monkeypatch.setattr(write, "seconds_until", lambda error, attempt: 0.0)
    trial = Trial(tmp_path, {"use": "webhook", "url": receiver.address, "secret": f"env:{VARIABLE}"})
    yield trial
    trial.close()


def told(receiver):
    return sorted((body["action"], f"{body['key']}@{body['locale']}") for body in receiver.bodies)


def test_a_project_tells_every_change_once(trial, receiver):
    trial.picture()
    trial.page("one", "One", image=True)
    trial.page("two", "Two")
    assert trial.run().problems == []
    assert told(receiver) == [("create", "page:one@en"), ("create", "page:two@en")]
    assert trial.run().outcome == "nothing"

    receiver.taken.clear()
    trial.page("one", "One, changed")
    trial.remove("two")
    assert trial.run().problems == []
    assert told(receiver) == [("delete", "page:two@en"), ("update", "page:one@en")]
    written = b"".join(path.read_bytes() for path in trial.root.rglob("*") if path.is_file())
    assert SECRET.encode() not in written


def test_a_project_delivers_what_failed_at_first(trial, receiver):
    receiver.answers = [(503, {"Retry-After": "0"}, b""), None, (500, {}, b"")]
    trial.page("one", "One")
    assert trial.run().problems == []

    assert len({body["delivery"] for body in receiver.bodies}) == 1
    assert len(receiver.bodies) == 4
