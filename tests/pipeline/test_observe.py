"""What can be seen of a run: metrics, lines of JSON, traces; and that no secret and no content is in them."""

import gzip
import json
import logging
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(Path(__file__).resolve().parent))

import receiver as receivers
from conftest import CONFIGURATION
from test_serve import JOBS, PROGRAM, overdue, serving, until

from pipeline.alerts.watch import watched
from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.observe import embargo, logs
from pipeline.observe.figures import Figures
from pipeline.observe.metrics import Measured
from pipeline.observe.spans import OBSERVERS, Observer, carried, observing, span
from pipeline.observe.tracing import Traced, is_asked_for
from pipeline.run import Sync
from schemas.problems import Origin, Problem

SECRET = "correct-horse-battery-staple"


def parsed(text):
    """Samples by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(samples, name, **labels):
    return samples.get((name, *sorted(labels.items())))


# spans


class Noted(Observer):
    def __init__(self):
        self.seen = []

    def begin(self, span):
        self.seen.append(("begin", span.name))

    def end(self, span):
        self.seen.append(("end", span.name))


def test_with_nobody_there_nothing_is_kept():
    with span("run", run="1") as one, span("read", source="pages") as two:
        pass
    assert (one.parent, two.parent, two.facts) == (None, None, {})


def test_what_is_inside_knows_what_is_around_it_also_in_other_threads():
    found = []
    with observing(Noted()) as _, span("run", run="1"), span("apply", channel="feed") as around:

        def work(key):
            with span("write", key=key) as inner:
                found.append(inner)

        thread = threading.Thread(target=carried(work), args=("page:a@en",))
        thread.start()
        thread.join()
    assert found[0].parent is around
    assert found[0].facts == {"run": "1", "channel": "feed", "key": "page:a@en"}
    assert OBSERVERS == []


def test_an_error_ends_a_span_and_goes_on():
    noted = Noted()
    with pytest.raises(ZeroDivisionError), observing(noted), span("run") as told:
        _ = 1 / 0
    assert noted.seen == [("begin", "run"), ("end", "run")]
    assert isinstance(told.error, ZeroDivisionError)


# metrics


@pytest.fixture
def measured():
    one = Measured()
    with observing(one):
        yield one


def test_what_a_process_does_is_counted(site, measured):
    from prometheus_client import generate_latest

    site.run("sync", "--yes")
    site.run("sync", "--yes")
    found = parsed(generate_latest(measured.registry).decode())
    assert of(found, "leopard_runs_total", outcome="clean") == 1
    assert of(found, "leopard_runs_total", outcome="nothing") == 1
    assert of(found, "leopard_changes_total", channel="feed", action="create") == 4
    assert of(found, "leopard_run_duration_seconds_count", outcome="clean") == 1
    writes = of(found, "leopard_write_duration_seconds_count", channel="files", action="create")
    assert writes == of(found, "leopard_changes_total", channel="files", action="create")


def figures(site, now=None):
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    with Ledger("sqlite:///.leopard/ledger.db", site.root) as ledger:
        registry.register(Figures(load(site.root), ledger, *([lambda: now] if now else [])))
        return parsed(generate_latest(registry).decode())


def test_what_the_ledger_knows_is_there_after_a_restart(site):
    site.write("content/pages/bad.yaml", "titel: no\n")
    began = datetime.now(UTC).timestamp() - 1
    site.run("sync", "--yes")
    found = figures(site)
    assert of(found, "leopard_ledger_up") == 1
    assert of(found, "leopard_records", channel="feed") == 4
    assert of(found, "leopard_quarantine_records", channel="") == 1
    assert of(found, "leopard_quarantine_records", channel="feed") == 0
    assert of(found, "leopard_channel_last_success_timestamp_seconds", channel="feed") > began
    assert of(found, "leopard_ledger_runs_total", outcome="problems") == 1
    assert of(found, "leopard_last_run_changes", channel="feed", action="create") == 4
    assert of(found, "leopard_last_run_timestamp_seconds", outcome="problems") > began
    assert of(found, "leopard_incidents", kind="quarantine") == 1
    assert of(found, "leopard_incidents", kind="failed") == 0


def test_a_run_with_nothing_to_do_is_a_success(site):
    site.run("sync", "--yes")
    name = "leopard_channel_last_success_timestamp_seconds"
    before = of(figures(site), name, channel="feed")
    assert "Nothing to do" in site.run("sync", "--yes").out
    assert of(figures(site), name, channel="feed") > before


def test_a_job_that_is_overdue_is_a_figure(site):
    site.write("leopard.yaml", CONFIGURATION + JOBS)
    overdue(site.root, misses=3, failures=2)
    found = figures(site)
    assert of(found, "leopard_job_overdue", job="nightly") == 1
    assert of(found, "leopard_job_misses", job="nightly") == 3
    assert of(found, "leopard_job_failures", job="nightly") == 2
    assert of(found, "leopard_job_last_success_timestamp_seconds", job="nightly") is None


def test_a_ledger_that_cannot_be_used_is_a_figure(site):
    from prometheus_client import CollectorRegistry, generate_latest

    site.run("sync", "--yes")
    with Ledger("sqlite:///.leopard/ledger.db", site.root) as ledger:
        for path in (site.root / ".leopard").iterdir():
            path.write_bytes(b"x" * 8192)
        ledger.database.engine.dispose()
        registry = CollectorRegistry()
        registry.register(Figures(load(site.root), ledger))
        assert parsed(generate_latest(registry).decode()) == {("leopard_ledger_up",): 0.0}


def test_cron_leaves_a_file_for_the_textfile_collector(site, tmp_path):
    path = tmp_path / "metrics" / "leopard.prom"
    site.run("sync", "--yes", "--metrics", str(path))
    found = parsed(path.read_text())
    assert of(found, "leopard_records", channel="feed") == 4
    assert not [name for name in found if name[0].startswith(("process_", "leopard_changes"))]


def test_the_file_is_written_when_the_run_is_stopped_too(site, tmp_path):
    site.run("sync", "--yes")
    (site.root / "content/articles/first.md").unlink()
    assert site.run("sync", "--yes", "--metrics", str(tmp_path / "leopard.prom")).status == 3
    assert of(parsed((tmp_path / "leopard.prom").read_text()), "leopard_incidents", kind="delete_guard") == 1


def test_a_file_that_cannot_be_written_fails_no_run(site, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    assert site.run("sync", "--yes", "--metrics", str(tmp_path / "file" / "leopard.prom")).status == 0
    assert "the metrics cannot be written" in caplog.text


# embargo lag


def timed_site(site, opens, closes=None):
    """A project with one record that opens, and perhaps ends, at an instant."""
    more = f"expires_at: {closes.isoformat()}\n" if closes else ""
    site.write("content/pages/soon.yaml", f"title: Soon\nembargo_until: {opens.isoformat()}\n{more}")


def run(site, now, names=None):
    measured = Measured()
    with Ledger("sqlite:///.leopard/ledger.db", site.root) as ledger, observing(measured):
        report = watched(Sync(load(site.root), ledger), names, now=now)
        return report, embargo.known(ledger), measured


def test_how_late_a_record_is_published_and_withdrawn_is_measured(site):
    opens = datetime.now(UTC) - timedelta(seconds=90)
    timed_site(site, opens, closes=opens + timedelta(seconds=60))
    _, known, measured = run(site, opens - timedelta(hours=1))
    assert known == {}  # what is there from the beginning is not late
    _, known, measured = run(site, opens + timedelta(seconds=30))
    assert 89 < known["feed"].lag < 150
    count = measured.registry.get_sample_value
    assert count("leopard_embargo_lag_seconds_count", {"channel": "feed"}) == 1
    _, known, _ = run(site, opens + timedelta(seconds=90))
    assert 29 < known["feed"].lag < 89
    found = figures(site)
    assert of(found, "leopard_embargo_last_lag_seconds", channel="feed") == known["feed"].lag
    assert of(found, "leopard_embargo_waiting_seconds", channel="feed") == 0


def test_what_is_only_changed_or_new_is_not_late(site):
    opens = datetime.now(UTC) - timedelta(seconds=90)
    timed_site(site, opens)
    run(site, opens - timedelta(hours=1))
    site.write("content/pages/new.yaml", "title: New\npublished_at: 2020-01-01\n")
    site.edit("content/pages/other.yaml", "Other", "Another")
    _, _, measured = run(site, opens + timedelta(seconds=30))
    count = measured.registry.get_sample_value
    assert count("leopard_changes_total", {"channel": "feed", "action": "create"}) == 2
    assert count("leopard_embargo_lag_seconds_count", {"channel": "feed"}) == 1


def test_a_record_that_is_due_and_not_written_waits_and_its_lag_counts_from_its_instant(site, monkeypatch):
    with receivers.receiving() as hook:
        channel = f'  hook: {{use: webhook, url: "{hook.address}", secret: "env:HOOK_SECRET"}}\n'
        site.write("leopard.yaml", CONFIGURATION + channel)
        monkeypatch.setenv("HOOK_SECRET", SECRET)
        opens = datetime.now(UTC) - timedelta(seconds=300)
        timed_site(site, opens)
        run(site, opens - timedelta(hours=1))
        monkeypatch.delenv("HOOK_SECRET")
        _, known, _ = run(site, opens + timedelta(seconds=1))
        assert list(known["hook"].waiting) == ["page:soon@en"]
        assert known["feed"].waiting == {}
        found = figures(site, opens + timedelta(seconds=120))
        assert of(found, "leopard_embargo_waiting_seconds", channel="hook") == 120
        monkeypatch.setenv("HOOK_SECRET", SECRET)
        _, known, _ = run(site, opens + timedelta(seconds=60))
    assert known["hook"].waiting == {}
    assert known["hook"].lag > 299


# the route


def test_the_route_tells_both_and_names_no_record(site):
    site.write("leopard.yaml", CONFIGURATION + JOBS)
    site.write("content/pages/bad.yaml", "titel: no\n")
    site.run("sync", "--yes")
    with serving(site.root) as (process, address), urlopen(f"{address}/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        text = answer.read().decode()
        process.terminate()
        process.communicate(timeout=60)
    found = parsed(text)
    assert of(found, "leopard_quarantine_records", channel="") == 1
    assert of(found, "leopard_job_overdue", job="nightly") == 0
    assert ("process_start_time_seconds",) in found
    for key in ("page:bad", "page:other", "Other"):
        assert key not in text


# lines of JSON


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_is_told_in_lines(site):
    done = site.run("sync", "--yes", "--log-format", "json", "--format", "json")
    found = lines(done.err)
    for line in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert line["level"] in ("info", "warning", "error")
        assert line["message"]
    assert {line["run"] for line in found if "run" in line} == {done.json["run"]}
    (write,) = [x for x in found if x.get("key") == "page:other@en" and x["channel"] == "feed"]
    assert write.items() >= {"message": "create page:other@en", "action": "create"}.items()
    assert write["duration"] >= 0
    assert found[0]["message"] == "the run begins"
    ended = [line for line in found if line["message"] == "the run has ended"]
    assert [line["outcome"] for line in ended] == ["clean"]
    assert "Leopards" not in done.err  # no title


def test_text_is_what_it_was(site):
    done = site.run("sync", "--yes")
    assert done.err == ""
    assert not logs.is_structured()


def test_problems_are_lines_without_what_they_quote(site):
    site.write("content/pages/bad.yaml", "title: Confidential\nembargo_until: Confidential\n")
    done = site.run("sync", "--yes", "--log-format", "json")
    assert done.status == 1
    (line,) = [line for line in lines(done.err) if line["level"] == "error"]
    assert line["key"] == "page:bad@en"
    assert line["place"].startswith("content/pages/bad.yaml:2:")
    assert line["code"].startswith("record.")
    assert "Confidential" not in done.err


@pytest.mark.parametrize(
    ("words", "status"),
    [(["--channel", "fed"], 2), ([], 3)],
)
def test_what_ends_a_run_is_a_line_too(site, words, status):
    site.run("sync", "--yes")
    (site.root / "content/articles/first.md").unlink()
    done = site.run("sync", "--yes", "--log-format", "json", *words)
    assert done.status == status
    assert [line["level"] for line in lines(done.err)][-1] == "error"
    assert "hint" in lines(done.err)[-1]


def test_a_mistake_in_the_configuration_is_a_line_for_each(site):
    site.write("leopard.yaml", CONFIGURATION + "chanels: {}\nstep: []\n")
    done = site.run("sync", "--yes", "--log-format", "json")
    assert done.status == 2
    assert "did you mean" in lines(done.err)[0]["hint"]
    assert [line.get("place") for line in lines(done.err)] == ["leopard.yaml:10:1", "leopard.yaml:11:1", None]


def test_what_other_libraries_warn_of_is_a_line(capsys):
    with logs.structured():
        logging.getLogger("uvicorn.error").warning("odd \n %s", "request")
        logging.getLogger("urllib3").info("not heard")
    (line,) = lines(capsys.readouterr().err)
    assert (line["logger"], line["message"]) == ("uvicorn.error", "odd \n request")


def test_a_traceback_is_there_only_for_those_who_debug(capsys):
    with logs.structured():
        logs.told_failure(ZeroDivisionError("x"))
        logging.getLogger("leopard").setLevel(logging.DEBUG)
        logs.told_failure(ZeroDivisionError("x"))
    first, second = lines(capsys.readouterr().err)
    assert first["message"] == "something unforeseen happened (ZeroDivisionError)"
    assert "traceback" not in first
    assert second["traceback"].startswith("ZeroDivisionError")


def test_a_problem_of_a_channel_keeps_its_words(capsys):
    with logs.structured():
        logs.told_problem(Problem(code="channel.down", message="cannot connect", hint="wait", channel="feed"))
        logs.told_problem(Problem(code="x.y", message="'Secret'", hint="'Secret'", origin=Origin(path="a")))
    first, second = lines(capsys.readouterr().err)
    assert first.items() >= {"message": "cannot connect", "hint": "wait", "channel": "feed"}.items()
    assert (second["message"], second["code"]) == ("x.y in a", "x.y")


def test_serve_says_everything_in_lines(site):
    site.write("leopard.yaml", CONFIGURATION + JOBS)
    overdue(site.root)
    words = [*PROGRAM, "-C", str(site.root), "serve", "--port", "0", "--log-format", "json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        found = []
        for text in process.stderr:
            found.append(json.loads(text))
            if found[-1].get("job") == "nightly":
                break
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert out == ""
    found += lines(err)
    assert found[-1]["message"] == "Stopped."
    assert any(line["message"].startswith("Answering at http://127.0.0.1:") for line in found)
    assert any(line.get("action") == "create" and line["run"] for line in found)


# secrets


@pytest.mark.parametrize("fault", ["refused", "no answer", "well"])
def test_no_secret_is_in_logs_metrics_traces_or_alerts(site, monkeypatch, tmp_path, fault):
    with receivers.receiving(422 if fault == "refused" else 200) as hook, collecting() as collector:
        channel = f'  hook: {{use: webhook, url: "{hook.address}", secret: "env:HOOK_SECRET"}}\n'
        alerts = 'alerts: [{to: "env:ALERT_URL", secret: "env:ALERT_SECRET"}]\n'
        site.write("leopard.yaml", CONFIGURATION + channel + alerts)
        site.write("content/pages/bad.yaml", "titel: no\n")
        monkeypatch.setenv("HOOK_SECRET", SECRET)
        monkeypatch.setenv("ALERT_SECRET", SECRET)
        address = "http://127.0.0.1:9" if fault == "no answer" else hook.address
        monkeypatch.setenv("ALERT_URL", f"{address}/{SECRET}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
        path = tmp_path / "leopard.prom"
        done = site.run("sync", "--yes", "--log-format", "json", "--metrics", str(path), "--debug")
        assert lines(done.err)
        sent = [(headers, body) for where, headers, body in hook.got]
    assert SECRET not in done.out + done.err + path.read_text() + str(sent)
    assert collector.bodies
    assert all(SECRET.encode() not in body for body in collector.bodies)
    for file in (site.root / ".leopard").iterdir():
        assert SECRET.encode() not in file.read_bytes()


# traces


class Collector:
    """Takes traces by OTLP over HTTP (protobuf)."""

    def __init__(self, address):
        self.address, self.bodies, self.paths = address, [], []

    @property
    def spans(self):
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            (resource.resource, one)
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for one in scope.spans
        ]


@contextmanager
def collecting():
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            collector.bodies.append(gzip.decompress(body) if packed else body)
            collector.paths.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def test_a_run_is_a_trace(site, monkeypatch):
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    provider, memory = TracerProvider(shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    with receivers.receiving() as hook, observing(Traced(provider.get_tracer("leopard"))):
        channel = f'  hook: {{use: webhook, url: "{hook.address}", secret: "env:HOOK_SECRET"}}\n'
        site.write("leopard.yaml", CONFIGURATION + channel)  # it is written to by several threads
        run_id = site.run("sync", "--yes", "--format", "json").json["run"]
    spans = memory.get_finished_spans()
    by_id = {one.context.span_id: one for one in spans}
    (root,) = [one for one in spans if one.parent is None]
    assert (root.name, root.attributes["leopard.outcome"]) == ("run", "clean")
    assert {one.attributes["leopard.run"] for one in spans} == {run_id}
    assert {one.context.trace_id for one in spans} == {root.context.trace_id}
    around = {"read": "run", "plan": "run", "apply": "run", "write": "apply"}
    assert {one.name for one in spans} == {"run", *around}
    for one in spans:
        if one is not root:
            assert by_id[one.parent.span_id].name == around[one.name]
    writes = [one for one in spans if one.name == "write" and one.attributes["leopard.channel"] == "hook"]
    assert {one.attributes["leopard.key"] for one in writes} >= {"page:other@en", "article:first@en"}
    assert {one.attributes["leopard.source"] for one in spans if one.name == "read"} >= {"pages", "images"}


def test_what_fails_is_marked_and_quotes_nobody(site):
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    provider, memory = TracerProvider(shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    site.run("sync", "--yes")
    (site.root / "content/articles/first.md").unlink()
    with observing(Traced(provider.get_tracer("leopard"))):
        assert site.run("sync", "--yes").status == 3
    (root,) = [one for one in memory.get_finished_spans() if one.parent is None]
    assert (root.status.is_ok, root.status.description) == (False, "guard.stop")
    assert not root.events


def test_traces_reach_a_collector_by_the_standard_variables(site):
    with collecting() as collector:
        words = [*PROGRAM, "-C", str(site.root), "sync", "--yes", "--format", "json"]
        environment = {
            **os.environ,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test",
        }
        done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert set(collector.paths) == {"/v1/traces"}
    resource, _ = collector.spans[0]
    known = {one.key: one.value.string_value for one in resource.attributes}
    assert known.items() >= {"service.name": "leopard", "deployment.environment": "test"}.items()
    names = [one.name for _, one in collector.spans]
    assert names.count("run") == 1
    assert names.count("apply") == 2
    runs = {
        a.value.string_value for _, one in collector.spans for a in one.attributes if a.key == "leopard.run"
    }
    assert runs == {json.loads(done.stdout)["run"]}


def test_a_collector_that_is_not_there_fails_no_run(site):
    words = [*PROGRAM, "-C", str(site.root), "sync", "--yes"]
    environment = {
        **os.environ,
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
    }
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "feed: 4 created" in done.stdout


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, False),
    ],
)
def test_the_standard_variables_say_whether(environment, asked):
    assert is_asked_for(environment) is asked


def loaded(site, **environment):
    """Modules that a sync has loaded when it ends."""
    script = (
        "import sys; from pipeline.cli import leopard\n"
        f"leopard.main(['-C', {str(site.root)!r}, 'sync', '--yes'], standalone_mode=False)\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'apprise', 'prometheus'))])"
    )
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1], done.stderr


def test_nothing_is_imported_where_nobody_asks(site):
    assert loaded(site)[0] == "[]"


def test_without_the_extra_it_says_so_and_goes_on(site, tmp_path):
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "opentelemetry.py").write_text("raise ImportError\n")
    path = os.pathsep.join([str(tmp_path / "hidden"), os.environ.get("PYTHONPATH", "")])
    _, err = loaded(site, PYTHONPATH=path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert "leopard-pipeline[otel]" in err


# leopard serve tells


def test_what_was_due_while_nobody_was_there_is_told_at_the_start(site):
    with receivers.receiving() as receiver:
        alerts = 'alerts: [{to: "env:ALERT_URL", secret: "env:ALERT_SECRET"}]\n'
        site.write("leopard.yaml", CONFIGURATION + JOBS + alerts)
        environment = {**os.environ, "ALERT_URL": receiver.address, "ALERT_SECRET": SECRET}
        overdue(site.root, environment)
        with serving(site.root, environment) as (process, _):
            until(lambda: [one for one in receiver.taken if one["state"] == "over"])
            process.terminate()
            process.communicate(timeout=60)
    told = [one for one in receiver.taken if one["subject"] == "nightly"]
    assert {one["kind"] for one in told} == {"overdue"}
    assert [one["state"] for one in told] in (["open", "over"], ["over"])
    assert told[0]["sentence"].startswith("nightly was due at 2")
    with closing(sqlite3.connect(site.root / ".leopard" / "ledger.db")) as ledger:
        rows = ledger.execute("select count(*) from facts where name like 'incident:%'").fetchone()
    assert rows == (0,)


def test_a_configuration_that_breaks_while_it_runs_is_told(site):
    """The alerts of the time when it was whole still count."""
    with receivers.receiving() as receiver:
        alerts = 'alerts: [{to: "env:ALERT_URL", secret: "env:ALERT_SECRET"}]\n'
        whole = CONFIGURATION + JOBS + alerts
        site.write("leopard.yaml", whole)
        environment = {**os.environ, "ALERT_URL": receiver.address, "ALERT_SECRET": SECRET}
        overdue(site.root, environment)
        from pipeline.schedule.lease import Lease
        from pipeline.schedule.timed import Regular
        from pipeline.schedule.work import worker

        begun = load(site.root)
        site.write("leopard.yaml", whole + "chanels: {}\n")
        os.environ.update({"ALERT_URL": receiver.address, "ALERT_SECRET": SECRET})
        try:
            said = []
            work = worker(
                lambda: load(site.root), begun, lambda *_: None, lambda job, error: said.append(error)
            )
            result = work(Regular(begun.written.schedule[0], "UTC"), Lease(None, None))
        finally:
            del os.environ["ALERT_URL"], os.environ["ALERT_SECRET"]
    assert result.outcome == "failed"
    assert len(said) == 1
    assert [one["sentence"] for one in receiver.taken if one["kind"] == "failed"] == [
        "all channels could not be brought up to date: the configuration cannot be used"
    ]
