"""Alerts, from what goes wrong in a project to what arrives: once, with the recovery, and no content in it."""

import base64
import hmac
import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import receiver as receivers
from conftest import CONFIGURATION

from pipeline.alerts.credentials import expiry_of_token
from pipeline.alerts.lookout import Lookout
from pipeline.alerts.model import KINDS
from pipeline.alerts.words import WELL, why
from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger.incidents import Incidents
from pipeline.ledger.jobs import Jobs
from pipeline.schedule.timed import timed
from schemas.errors import AuthError, ChannelDown, ConfigError, ContentError, GuardStop, LedgerError

ALERTS = 'alerts:\n  - {to: "env:ALERT_URL"}\n'
SECRET = "correct-horse-battery-staple"


@pytest.fixture
def receiver():
    with receivers.receiving() as one:
        yield one


@pytest.fixture
def hook():
    """Where the channel `hook` is published to."""
    with receivers.receiving() as one:
        yield one


@pytest.fixture
def watched(site, receiver, hook, monkeypatch):
    """A project that publishes to a webhook, too, and tells of its incidents."""
    channel = f'  hook: {{use: webhook, url: "{hook.address}", secret: "env:HOOK_SECRET"}}\n'
    site.write("leopard.yaml", CONFIGURATION + channel + ALERTS)
    monkeypatch.setenv("ALERT_URL", receiver.apprise)
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    assert site.run("sync", "--yes").status == 0
    assert receiver.got == []
    return site


def break_hook(site, monkeypatch):
    """The channel's secret is gone, and there is something to publish."""
    monkeypatch.delenv("HOOK_SECRET")
    site.edit("content/pages/other.yaml", "Other", "Another")


def open_now(site):
    return [(one["kind"], one["subject"]) for one in site.run("alerts", "--format", "json").json]


def test_a_channel_that_fails_is_told_once_and_its_recovery_once(watched, receiver, monkeypatch):
    break_hook(watched, monkeypatch)
    for _ in range(3):
        assert watched.run("sync", "--yes").status == 1
    told = "Spots: hook could not be brought up to date: it did not accept our credentials"
    assert receiver.titles == [told]
    message = receiver.taken[0]["message"]
    assert "Since 2" in message
    assert "See why: leopard problems --run 2" in message
    assert open_now(watched) == [("failed", "hook")]
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    for _ in range(3):
        assert watched.run("sync", "--yes").status == 0
    assert receiver.titles == [told, "Spots: hook can be brought up to date again"]
    assert [one["type"] for one in receiver.taken] == ["failure", "success"]
    assert open_now(watched) == []


def test_the_same_incident_has_the_same_id_in_both_messages(watched, receiver, monkeypatch):
    break_hook(watched, monkeypatch)
    watched.run("sync", "--yes")
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    watched.run("sync", "--yes")
    first, second = [one["message"].splitlines()[-1] for one in receiver.taken]
    assert first.startswith("Incident ")
    assert first == second


def test_a_failure_after_the_recovery_is_told_again(watched, receiver, monkeypatch):
    for text in ("Another", "Yet another"):
        monkeypatch.delenv("HOOK_SECRET")
        watched.write("content/pages/other.yaml", f"title: {text}\n")
        watched.run("sync", "--yes")
        monkeypatch.setenv("HOOK_SECRET", SECRET)
        watched.run("sync", "--yes")
    assert len(receiver.titles) == 4
    assert len({one["message"].splitlines()[-1] for one in receiver.taken}) == 2


def test_what_a_channel_refuses_is_partial_until_it_takes_it(watched, receiver, hook):
    hook.status = 422
    watched.edit("content/pages/other.yaml", "Other", "Another")
    assert watched.run("sync", "--yes").status == 1
    assert receiver.titles == ["Spots: not all was written to hook: page:other@en"]
    watched.run("sync", "--yes")  # it waits, and is not tried again at once: that is no recovery
    assert len(receiver.titles) == 1
    hook.status = 200
    assert watched.run("sync", "--yes", "--retry").status == 0
    assert receiver.titles[1:] == ["Spots: all is written to hook again"]


def test_a_guard_is_told_with_the_word_that_goes_on(watched, receiver):
    for number in range(12):
        watched.write(f"content/pages/p{number}.yaml", f"title: Page {number}\n")
    assert watched.run("sync", "--yes").status == 0
    for number in range(12):
        (watched.root / f"content/pages/p{number}.yaml").unlink()
    assert watched.run("sync", "--yes").status == 3
    (told,) = receiver.taken
    assert "would lose 12 of its" in told["title"]
    assert "--allow-deletes files" in told["message"]
    assert open_now(watched) == [("delete_guard", "files")]
    allowed = [word for name in ("files", "feed", "hook") for word in ("--allow-deletes", name)]
    assert watched.run("sync", "--yes", *allowed).status == 0
    assert receiver.titles[1:] == ["Spots: files does not stop the run any more"]


def last_run(site):
    return site.run("runs", "--format", "json").json[0]["id"]


def test_a_rollback_in_part_is_told_once_until_the_content_is_followed_again(watched, receiver):
    watched.edit("content/pages/other.yaml", "Other", "Another")
    assert watched.run("sync", "--yes").status == 0
    run = last_run(watched)
    page = next((watched.root / "public").rglob("other*.json"))
    page.write_text(page.read_text().replace("Another", "Confidential"))
    for _ in range(2):
        assert watched.run("rollback", run, "--yes").status == 1
    (told,) = receiver.taken
    assert told["title"].startswith(f"Spots: only a part of the run {run} was taken back: page:other@en")
    assert f"leopard rollback {run}" in told["message"]
    assert open_now(watched) == [("rollback", run)]
    assert watched.run("sync", "--yes").status == 0
    assert receiver.titles[1:] == [
        f"Spots: what the run {run} did is taken back, or the channels follow the content again"
    ]
    assert open_now(watched) == []
    assert "Confidential" not in str(receiver.taken)


def test_a_rollback_that_fails_is_told_once_and_that_it_is_made_good(watched, receiver, monkeypatch):
    watched.edit("content/pages/other.yaml", "Other", "Another")
    assert watched.run("sync", "--yes").status == 0
    run = last_run(watched)
    monkeypatch.delenv("HOOK_SECRET")
    for _ in range(2):
        assert watched.run("rollback", run, "--yes").status != 0
    assert len(receiver.titles) == 1
    assert f"the run {run}" in receiver.titles[0]
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    assert watched.run("rollback", run, "--yes").status == 0
    assert len(receiver.titles) == 2
    assert "is taken back" in receiver.titles[1]
    assert open_now(watched) == []


def test_a_rollback_that_nobody_approved_or_that_is_whole_is_no_incident(watched, receiver):
    watched.edit("content/pages/other.yaml", "Other", "Another")
    assert watched.run("sync", "--yes").status == 0
    run = last_run(watched)
    assert watched.run("rollback", run).status == 3
    assert watched.run("rollback", "none", "--yes").status == 2
    assert watched.run("rollback", run, "--yes").status == 0
    assert receiver.taken == []


def test_an_empty_source_is_told_too(watched, receiver):
    (watched.root / "content/articles/first.md").unlink()
    assert watched.run("sync", "--yes").status == 3
    assert receiver.titles == ["Spots: the source articles is empty; the last time it gave 1 records"]
    assert watched.run("sync", "--yes", "--allow-empty", "articles").status == 0
    assert receiver.titles[1:] == ["Spots: articles does not stop the run any more"]


def test_each_growth_of_the_quarantine_is_told_once_and_its_end(watched, receiver):
    watched.write("content/pages/bad.yaml", "titel: Confidential\n")
    watched.run("sync", "--yes")
    watched.run("sync", "--yes")
    assert receiver.titles == ["Spots: a record is held back by errors: page:bad@en"]
    watched.write("content/pages/worse.yaml", "titel: Confidential\n")
    watched.run("sync", "--yes")
    assert receiver.titles[1:] == ["Spots: a record is held back by errors: page:worse@en"]
    watched.write("content/pages/bad.yaml", "title: Confidential\n")
    watched.run("sync", "--yes")
    assert receiver.titles[2:] == ["Spots: none of the records is held back any more"]
    assert open_now(watched) == [("quarantine", "page:worse@en")]
    assert "Confidential" not in str(receiver.taken)


def test_what_people_change_is_told_until_it_is_as_we_left_it(watched, receiver):
    page = next((watched.root / "public").rglob("other*.json"))
    before = page.read_text()
    page.write_text(before.replace("Other", "Confidential"))
    assert watched.run("drift", "--channel", "files").status == 0
    watched.run("drift", "--channel", "files")
    assert receiver.titles == ["Spots: people changed a page on files: page:other@en"]
    assert "leopard drift --channel files" in receiver.taken[0]["message"]
    watched.run("sync", "--yes", "--channel", "feed")  # of the files nothing new is known
    assert len(receiver.titles) == 1
    page.write_text(before)
    watched.run("drift", "--channel", "files")
    assert receiver.titles[1:] == ["Spots: files holds nothing any more that people changed there"]
    assert "Confidential" not in str(receiver.taken)


def test_a_conflict_is_drift_and_ends_when_it_is_overwritten(watched, receiver):
    page = next((watched.root / "public").rglob("other*.json"))
    page.write_text(page.read_text().replace("Other", "Confidential"))
    watched.run("sync", "--yes", "--refresh", "--channel", "files")
    assert receiver.titles == ["Spots: people changed a page on files: page:other@en"]
    watched.run("sync", "--yes", "--overwrite", "page:other", "--channel", "files")
    assert receiver.titles[1:] == ["Spots: files holds nothing any more that people changed there"]


def test_a_broken_ledger_address_or_a_slip_of_the_hand_is_no_incident(watched, receiver):
    assert watched.run("sync", "--yes", "--channel", "wbsite").status == 2
    assert watched.run("sync").status in (0, 3)
    assert open_now(watched) == []


def test_a_run_of_other_channels_ends_nothing(watched, receiver, monkeypatch):
    break_hook(watched, monkeypatch)
    watched.run("sync", "--yes")
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    watched.run("sync", "--yes", "--channel", "feed")
    assert len(receiver.titles) == 1
    assert open_now(watched) == [("failed", "hook")]


def test_of_a_channel_that_is_gone_nothing_is_wrong(watched, receiver, monkeypatch):
    break_hook(watched, monkeypatch)
    watched.run("sync", "--yes")
    watched.write("leopard.yaml", CONFIGURATION + ALERTS)
    watched.run("sync", "--yes")
    assert open_now(watched) == []


# overdue


def plant_overdue(site, job="nightly"):
    """The job was due an hour ago, as the ledger knows it, and nobody was there."""
    site.write("leopard.yaml", (site.root / "leopard.yaml").read_text() + JOBS)
    with Ledger("sqlite:///.leopard/ledger.db", site.root) as ledger:
        (one,) = [one for one in timed(load(site.root), ledger.lineage, lambda: None) if one.name == job]
        now = datetime.now(UTC)
        past = one.arranged(None, now, now).model_copy(
            update={"due": now - timedelta(hours=1), "slot": now - timedelta(hours=1)}
        )
        Jobs(ledger.database).change(job, lambda known: past)


JOBS = "schedule:\n  - {sync: [feed], every: day, at: '04:00', name: nightly}\n"


def test_a_job_that_did_not_begin_is_told_by_whoever_runs_next(watched, receiver):
    plant_overdue(watched)
    watched.run("sync", "--yes", "--channel", "files")
    watched.run("sync", "--yes", "--channel", "files")
    (told,) = receiver.taken
    assert told["title"].startswith("Spots: nightly was due at 2")
    assert "leopard schedule next" in told["message"]
    with closing(sqlite3.connect(watched.root / ".leopard/ledger.db")) as ledger:
        ledger.execute("delete from facts where name like 'job:%'")
        ledger.commit()
    watched.run("sync", "--yes", "--channel", "files")
    assert receiver.titles[1:] == ["Spots: nightly is on time again"]


def test_what_is_overdue_is_seen_before_the_schedule_begins(watched, monkeypatch):
    plant_overdue(watched)
    monkeypatch.setattr(Lookout, "once", lambda self: None)
    project = load(watched.root)
    with (
        Ledger("sqlite:///.leopard/ledger.db", watched.root) as ledger,
        Lookout(lambda: project, ledger, lambda words, error: None).kept(),
    ):
        found = Incidents(ledger.database).lasting()
    assert [(one.kind, one.subject) for one in found] == [("overdue", "nightly")]


def test_the_lookout_says_once_what_it_cannot_tell(watched, receiver):
    receiver.status, said = 500, []
    project = load(watched.root)
    with Ledger("sqlite:///.leopard/ledger.db", watched.root) as ledger:
        Incidents(ledger.database).open("failed", "feed", "it is down")
        lookout = Lookout(lambda: project, ledger, lambda words, error: said.append(words))
        for _ in range(3):
            lookout.once()
        assert len(said) == 1
        assert "could not be sent to env:ALERT_URL" in said[0]
        for path in (watched.root / ".leopard").iterdir():
            path.write_bytes(b"x" * 8192)
        ledger.database.engine.dispose()
        lookout.once()
    assert said[1:] == ["what is wrong cannot be looked at"]


# credentials


def token(claims):
    parts = [
        base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=")
        for one in ({"alg": "HS256"}, claims)
    ]
    return ".".join([*parts, "c2lnbmF0dXJl"])


def test_a_token_that_says_when_it_expires_is_told_two_weeks_before(watched, receiver, monkeypatch):
    soon = datetime.now(UTC) + timedelta(days=13)
    monkeypatch.setenv("HOOK_SECRET", token({"exp": soon.timestamp()}))
    watched.run("sync", "--yes")
    watched.run("sync", "--yes")
    assert receiver.titles == [f"Spots: the credentials of hook expire at {soon:%Y-%m-%d %H:%M} UTC"]
    assert "leopard channel check hook" in receiver.taken[0]["message"]
    monkeypatch.setenv("HOOK_SECRET", token({"exp": (soon + timedelta(days=30)).timestamp()}))
    watched.run("sync", "--yes")
    assert receiver.titles[1:] == ["Spots: what hook is opened with does not expire soon any more"]


def test_a_date_in_the_configuration_counts_and_writes_nothing_again(watched, receiver):
    before = watched.outputs()
    watched.edit("leopard.yaml", "use: json, path", "use: json, credentials_expire: 2020-01-01, path")
    assert watched.run("sync", "--yes").status == 0
    assert receiver.titles == ["Spots: the credentials of files expired at 2020-01-01 00:00 UTC"]
    assert watched.outputs() == before


@pytest.mark.parametrize(
    "text",
    ["", "a.b.c", SECRET, "a.b", token({}), token({"exp": "soon"}), token({"exp": 1e300}), token([]), token({"exp": None}), "é.é.é"],
)  # fmt: skip
def test_what_is_no_token_has_no_end(text):
    assert expiry_of_token(text) is None


# who is told what


def test_who_is_told_can_be_said_by_kind_and_by_channel(watched, receiver, monkeypatch):
    with receivers.receiving() as other:
        monkeypatch.setenv("OTHER_URL", other.apprise)
        alerts = (
            'alerts:\n  - {to: "env:ALERT_URL", when: [failed], channels: [feed]}\n'
            '  - {to: "env:OTHER_URL", when: [quarantine, failed], channels: [hook]}\n'
        )
        watched.edit("leopard.yaml", ALERTS, alerts)
        break_hook(watched, monkeypatch)
        watched.write("content/pages/bad.yaml", "titel: no\n")
        watched.run("sync", "--yes")
    assert receiver.titles == []
    assert sorted(other.titles) == [
        "Spots: a record is held back by errors: page:bad@en",
        "Spots: hook could not be brought up to date: it did not accept our credentials",
    ]


def test_one_address_in_two_entries_is_told_once(watched, receiver, monkeypatch):
    watched.edit("leopard.yaml", ALERTS, ALERTS + '  - {to: "env:ALERT_URL", when: [failed]}\n')
    break_hook(watched, monkeypatch)
    watched.run("sync", "--yes")
    assert len(receiver.got) == 1


def test_a_webhook_is_signed_and_carries_a_stable_id(watched, receiver, monkeypatch):
    watched.edit("leopard.yaml", ALERTS, 'alerts:\n  - {to: "env:ALERT_URL", secret: "env:ALERT_SECRET"}\n')
    monkeypatch.setenv("ALERT_URL", receiver.address)
    monkeypatch.setenv("ALERT_SECRET", "wire")
    break_hook(watched, monkeypatch)
    watched.run("sync", "--yes")
    ((_, headers, body),) = receiver.got
    signed = b"%s.%s" % (headers["X-Leopard-Timestamp"].encode(), body)
    assert headers["X-Leopard-Signature"] == "sha256=" + hmac.new(b"wire", signed, sha256).hexdigest()
    told = json.loads(body)
    assert headers["X-Leopard-Delivery"] == f"{told['id']}.open"
    assert (
        told.items()
        >= {
            "kind": "failed",
            "subject": "hook",
            "state": "open",
            "channels": ["hook"],
            "until": None,
            "site": "Spots",
            "sentence": "hook could not be brought up to date: it did not accept our credentials",
        }.items()
    )
    assert told["message"].startswith("Hook could not be")


# what cannot be sent


@pytest.mark.parametrize("how", ["refused", "lost", "nobody", "no secret", "no address"])
def test_what_cannot_be_sent_is_a_warning_and_is_tried_again(watched, receiver, monkeypatch, how):
    url, status = receiver.apprise, receiver.status
    if how in ("refused", "lost"):
        receiver.status = 500 if how == "refused" else None
    elif how == "nobody":
        monkeypatch.setenv("ALERT_URL", "json://127.0.0.1:9/")
    elif how == "no secret":
        monkeypatch.delenv("ALERT_URL")
    else:
        monkeypatch.setenv("ALERT_URL", f"nothing://{SECRET}")
    watched.write("content/pages/bad.yaml", "titel: no\n")
    done = watched.run("sync", "--yes", "--format", "json")
    (problem,) = [one for one in done.json["problems"] if one["code"] == "alert.unsent"]
    assert problem["severity"] == "warning"
    assert "env:ALERT_URL" in problem["message"]
    assert SECRET not in done.out + done.err
    kept = watched.run("problems", "--format", "json").json
    assert [one["code"] for one in kept].count("alert.unsent") == 1
    assert open_now(watched) == [("quarantine", "page:bad@en")]
    assert "Not told yet: env:ALERT_URL" in watched.run("alerts").out
    # well again, after a while
    receiver.status, sent = status, len(receiver.got)
    monkeypatch.setenv("ALERT_URL", url)
    rest(watched)
    assert "alert.unsent" not in watched.run("sync", "--yes", "--format", "json").out
    assert len(receiver.got) == sent + 1
    assert "Told: env:ALERT_URL" in watched.run("alerts").out


def rest(site):
    """The wait after a failure is over."""
    with closing(sqlite3.connect(site.root / ".leopard/ledger.db")) as ledger:
        changed = ledger.execute(
            "update facts set value = json_remove(value, '$.next_try') where name like 'line:%'"
        ).rowcount
        ledger.commit()
    assert changed == 1


def test_an_alert_that_cannot_be_sent_fails_no_run(watched, receiver):
    receiver.status = 500
    watched.edit("leopard.yaml", "use: json, path", "use: json, credentials_expire: 2020-01-01, path")
    done = watched.run("sync", "--yes")
    assert done.status == 0
    assert "could not be sent" in done.err


def test_what_began_and_ended_unheard_is_told_in_one_message(watched, receiver, monkeypatch):
    receiver.status = 500
    break_hook(watched, monkeypatch)
    watched.run("sync", "--yes")
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    watched.run("sync", "--yes")
    receiver.status = 200
    rest(watched)
    watched.run("sync", "--yes")
    (told,) = receiver.taken
    assert told["title"] == "Spots: hook can be brought up to date again"
    assert "it did not accept our credentials" in told["message"]


# leopard alerts


def test_without_anything_wrong_it_says_so(watched):
    done = watched.run("alerts")
    assert (done.status, done.out) == (0, "Nothing is wrong.\n")


def test_what_is_wrong_is_listed(watched, receiver, monkeypatch):
    break_hook(watched, monkeypatch)
    watched.run("sync", "--yes")
    done = watched.run("alerts")
    assert done.status == 1
    assert "Hook could not be brought up to date" in done.out
    assert "Told: env:ALERT_URL" in done.out
    assert done.out.endswith("1 incident open.\n")
    (one,) = watched.run("alerts", "--format", "json").json
    assert set(one) == {"id", "kind", "subject", "sentence", "hint", "channels", "about", "since", "told"}
    assert one["told"] == {"env:ALERT_URL": "open"}


def test_a_test_message_shows_that_messages_arrive(watched, receiver, monkeypatch):
    with receivers.receiving() as other:
        monkeypatch.setenv("OTHER_URL", other.address)
        monkeypatch.setenv("OTHER_SECRET", "wire")
        watched.edit(
            "leopard.yaml", ALERTS, ALERTS + '  - {to: "env:OTHER_URL", secret: "env:OTHER_SECRET"}\n'
        )
        done = watched.run("alerts", "test")
        assert (done.status, done.out) == (0, "env:ALERT_URL: sent\nenv:OTHER_URL: sent\n")
        assert receiver.titles == ["Spots: this is a test; nothing is wrong"]
        assert other.taken[0]["state"] == "test"
        receiver.status = 500
        done = watched.run("alerts", "test", "--format", "json")
    assert done.status == 1
    assert done.json == [
        {"to": "env:ALERT_URL", "sent": False, "error": "the receiver did not take it"},
        {"to": "env:OTHER_URL", "sent": True, "error": None},
    ]
    assert open_now(watched) == []


def test_a_test_with_nobody_to_tell_says_how_to_begin(site):
    done = site.run("alerts", "test")
    assert done.status == 0
    assert "add `alerts:" in done.out


@pytest.mark.parametrize(
    ("alerts", "told"),
    [
        ('[{to: "https://hooks.example/T/SECRET"}]', "a secret does not stand here itself"),
        ('[{to: "env:A", when: [faild]}]', "`alerts.0.when"),
        ('[{to: "env:A", channels: [fed]}]', "names the channel 'fed'"),
        ("[{when: [failed]}]", "`alerts.0.to` is missing"),
    ],
)
def test_mistakes_in_the_configuration_are_named(site, alerts, told):
    site.write("leopard.yaml", CONFIGURATION + f"alerts: {alerts}\n")
    done = site.run("check")
    assert done.status == 2
    assert "leopard.yaml:" in done.err
    assert told in done.err
    assert "SECRET" not in done.err.replace("LEOPARD_SECRET", "")


# words


def test_there_are_words_for_every_kind():
    assert set(WELL) == set(KINDS)


@pytest.mark.parametrize(
    "error", [AuthError, ChannelDown, ConfigError, ContentError, LedgerError, ValueError]
)
def test_what_others_say_is_not_repeated(error):
    assert "Confidential" not in why(error("the title 'Confidential' is too long"))


def test_what_our_guards_say_is():
    assert why(GuardStop("nobody is here")) == "nobody is here"


def test_messages_hold_no_secret(watched, receiver, monkeypatch):
    break_hook(watched, monkeypatch)
    watched.run("sync", "--yes")
    assert SECRET not in str(receiver.got)
    for path in (watched.root / ".leopard").iterdir():
        assert SECRET.encode() not in path.read_bytes()
        assert receiver.apprise.encode() not in path.read_bytes()


# approval


def test_a_plan_that_waits_is_told_until_somebody_decides(watched, receiver):
    watched.edit("leopard.yaml", "use: jsonfeed, path", "use: jsonfeed, approval: required, path")
    watched.edit("content/pages/other.yaml", "Other", "Confidential")
    for _ in range(2):
        watched.run("sync", "--yes")
    (told,) = receiver.taken
    assert told["title"] == "Spots: one change waits for approval on feed"
    assert "leopard approve feed" in told["message"]
    assert "Confidential" not in str(told)
    assert open_now(watched) == [("approval", "feed")]
    assert watched.run("approve", "feed").status == 0
    assert receiver.titles[1:] == ["Spots: feed does not wait for approval any more"]
    watched.edit("content/pages/other.yaml", "Confidential", "Other")
    watched.run("sync", "--yes")
    assert len(receiver.titles) == 3
    watched.run("refuse", "feed")
    watched.run("sync", "--yes")
    assert receiver.titles[3:] == ["Spots: feed does not wait for approval any more"]


def test_what_waits_or_rests_ends_nothing(watched, receiver, monkeypatch):
    break_hook(watched, monkeypatch)
    watched.run("sync", "--yes")
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    watched.run("pause", "hook")
    watched.run("sync", "--yes")
    assert open_now(watched) == [("failed", "hook")]
    watched.run("resume", "hook")
    watched.edit("leopard.yaml", "use: webhook,", "use: webhook, approval: required,")
    watched.run("sync", "--yes")
    assert ("failed", "hook") in open_now(watched)
    watched.run("approve", "hook")
    assert open_now(watched) == []
