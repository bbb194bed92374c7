"""Every kind of mistake in leopard.yaml: all in one report, with line and column, and nothing is started."""

import pytest

from exporters.base import ChannelOptions
from pipeline import config
from pipeline.config import load
from schemas.errors import ConfigError

SITE = 'site: {title: S, url: "https://s.example"}\n'

# what is written, the code, the place and words of the one problem there is
MISTAKES = {
    "empty": ("", "config.missing_field", "1:1", "add `site: …`"),
    "a comment": ("# hello\n", "config.missing_field", "1:1", "`site` is missing"),
    "a list": ("- a\n", "config.wrong_type", "1:1", "write `name: value`"),
    "a text": ("hello\n", "config.wrong_type", "1:1", "is not a mapping"),
    "a tab": ("site:\n\ttitle: x\n", "yaml.syntax", "2:1", "indent with spaces"),
    "not closed": ("site: {title: a\n", "yaml.syntax", "1:7", "close it with }"),
    "twice": (SITE + "steps: []\nsteps: []\n", "yaml.duplicate_key", "3:1", "leopard.yaml:2:1"),
    "twice inside": (SITE + "sources:\n  a: {use: yaml, use: csv}\n", "yaml.duplicate_key", "3:18", "twice"),
    "bytes": (b"site: {title: caf\xe9}", "file.encoding", "1", "byte 17 is not valid UTF-8"),
    "unknown": (SITE + "sorces: {}\n", "config.unknown_field", "2:1", "did you mean 'sources'?"),
    "unknown of the site": (
        'site: {title: S, url: "https://s.example", timezon: UTC}\n',
        "config.unknown_field",
        "1:44",
        "`timezon` is not a field of `site` did you mean 'timezone'?",
    ),
    "unknown option": (
        SITE + "sources:\n  a: {use: yaml, path: x, knd: page}\n",
        "config.unknown_field",
        "3:27",
        "`knd` is not a field of `sources.a` did you mean 'kind'?",
    ),
    "misspelt option": (
        SITE + "channels:\n  a: {use: json, paht: x}\n",
        "config.unknown_field",
        "3:18",
        "did you mean 'path'?",
    ),
    "missing option": (
        SITE + "channels:\n  a: {use: json}\n",
        "config.missing_field",
        "3:3",
        "`channels.a.path` is missing",
    ),
    "step without options": (
        SITE + "steps:\n  - {use: credits, words: 5}\n",
        "config.unknown_field",
        "3:20",
        "`words` is not a field of `steps.0`",
    ),
    "unknown source": (
        SITE + "sources:\n  a: {use: yamll, path: x}\n",
        "config.invalid",
        "3:7",
        "did you mean 'yaml'?",
    ),
    "unknown exporter": (SITE + "channels: {a: {use: jsom}}\n", "config.invalid", "2:16", "'json'"),
    "unknown step": (SITE + "steps: [typografy]\n", "config.invalid", "2:9", "did you mean 'typography'?"),
    "no use": (SITE + "sources:\n  a: {path: x}\n", "config.invalid", "3:3", "add `use: …`"),
    "use is a list": (SITE + "sources: {a: {use: [yaml]}}\n", "config.invalid", "2:11", "add `use: …`"),
    "use is nothing": (SITE + "steps: [{use: }]\n", "config.invalid", "2:9", "add `use: …`"),
    "source is a text": (SITE + "sources: {a: yaml}\n", "config.wrong_type", "2:11", "is not a mapping"),
    "source is nothing": (SITE + "sources: {a: }\n", "config.wrong_type", "2:11", "`sources.a` is empty"),
    "sources are a list": (SITE + "sources: [a]\n", "config.wrong_type", "2:1", "is not a mapping"),
    "steps are a text": (SITE + "steps: credits\n", "config.wrong_type", "2:1", "is not a list"),
    "step is a list": (
        SITE + "steps: [[a]]\n",
        "config.wrong_type",
        "2:9",
        "is not a text and is not a mapping",
    ),
    "option of another type": (
        SITE + "sources: {a: {use: yaml, path: [x]}}\n",
        "config.wrong_type",
        "2:26",
        "`sources.a.path` is not a text",
    ),
    "name of a source": (
        SITE + "sources: {A b: {use: yaml, path: x}}\n",
        "config.invalid",
        "2:11",
        "lower-case letters",
    ),
    "address": ('site: {title: S, url: "s.example"}\n', "config.wrong_value", "1:18", "https://example.org"),
    "address that runs": ('site: {title: S, url: "javascript:x"}\n', "config.wrong_value", "1:18", "like"),
    "time zone": (
        'site: {title: S, url: "https://s.example", timezone: Europe/Londn}\n',
        "config.wrong_value",
        "1:44",
        "such as Europe/London",
    ),
    "time zone that is a path": (
        'site: {title: S, url: "https://s.example", timezone: ../../etc/passwd}\n',
        "config.wrong_value",
        "1:44",
        "is not an IANA time zone",
    ),
    "languages are a text": (
        'site: {title: S, url: "https://s.example", languages: en}\n',
        "config.wrong_type",
        "1:44",
        "is not a list",
    ),
    "no language tag": (
        'site: {title: S, url: "https://s.example", languages: [en_GB]}\n',
        "config.wrong_value",
        "1:56",
        "it looks like en, pt-BR",
    ),
    "language twice": (
        'site: {title: S, url: "https://s.example", languages: [en, en]}\n',
        "config.wrong_value",
        "1:44",
        "en stands twice",
    ),
    "path without slug": (
        'site: {title: S, url: "https://s.example", paths: {article: /news}}\n',
        "config.wrong_value",
        "1:44",
        "hold {slug}",
    ),
    "engine": (SITE + "engine: warp\n", "config.wrong_value", "2:1", "write 'local', 'processes' or 'dask'"),
    "engine misspelt": (SITE + "engine: dusk\n", "config.wrong_value", "2:1", "did you mean 'dask'?"),
    "unknown kind of a source": (
        SITE + "sources: {a: {use: yaml, path: x, kind: pgae}}\n",
        "config.invalid",
        "2:35",
        "did you mean 'page'?",
    ),
    "unknown kind of a channel": (
        SITE + "channels: {a: {use: json, path: x, kinds: [page, artcle]}}\n",
        "config.invalid",
        "2:50",
        "did you mean 'article'?",
    ),
    "language the site has not": (
        SITE + "channels: {a: {use: json, path: x, locales: [en, fr]}}\n",
        "config.invalid",
        "2:36",
        "it has en",
    ),
    "two channels in one place": (
        SITE + "channels:\n  a: {use: json, path: public}\n  b: {use: json, path: ./public/}\n",
        "config.invalid",
        "4:18",
        "the channels 'a' and 'b' both publish to",
    ),
    "schedule for nobody": (
        SITE + "channels: {feed: {use: jsonfeed, path: f.json}}\nschedule:\n  - {sync: [fed], every: day}\n",
        "config.invalid",
        "4:6",
        "did you mean 'feed'?",
    ),
    "sync what": (SITE + "schedule: [{sync: al, every: day}]\n", "config.wrong_value", "2:13", "'all'?"),
    "every what": (
        SITE + "schedule: [{sync: all, every: dya}]\n",
        "config.wrong_value",
        "2:24",
        "15 minutes",
    ),
    "every 0": (
        SITE + "schedule: [{sync: all, every: 0 days}]\n",
        "config.wrong_value",
        "2:24",
        "15 minutes",
    ),
    "at what": (
        SITE + "schedule: [{sync: all, every: day, at: '24:00'}]\n",
        "config.wrong_value",
        "2:36",
        "it looks like 02:00",
    ),
    "at an hour": (
        SITE + "schedule: [{sync: all, every: hour, at: '02:00'}]\n",
        "config.wrong_value",
        "2:12",
        "`at` goes with days",
    ),
    "time zone of a job": (
        SITE + "schedule: [{sync: all, every: day, timezone: Mars}]\n",
        "config.wrong_value",
        "2:36",
        "such as Europe/London",
    ),
    "jitter that is too long": (
        SITE + "schedule: [{sync: all, every: 5 minutes, jitter: 1 hour}]\n",
        "config.wrong_value",
        "2:12",
        "`jitter` must be shorter",
    ),
    "two jobs that are one": (
        SITE + "schedule:\n  - {sync: all, every: day}\n  - {sync: all, every: day}\n",
        "config.invalid",
        "4:5",
        "two jobs 'all every day'",
    ),
    "freeze for nobody": (
        SITE + "channels: {feed: {use: jsonfeed, path: f.json}}\n"
        "freeze:\n  - {channels: [fed], every: day, at: '01:00', lasts: 1 hour}\n",
        "config.invalid",
        "4:6",
        "did you mean 'feed'?",
    ),
    "half a freeze": (
        SITE + "freeze: [{channels: all, since: '2026-12-20'}]\n",
        "config.wrong_value",
        "2:10",
        "either `since` and `until`",
    ),
    "job is a text": (SITE + "schedule: [daily]\n", "config.wrong_type", "2:12", "is not a mapping"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_named_with_its_place_and_a_way_out(empty, case):
    text, code, place, words = MISTAKES[case]
    site = empty()
    site.write("leopard.yaml", text)
    with pytest.raises(ConfigError) as caught:
        load(site.root)

    (problem,) = caught.value.problems
    assert (problem.code, str(problem.origin)) == (code, f"leopard.yaml:{place}")
    assert words in f"{problem.message} {problem.hint}"


def test_nothing_is_started_and_the_status_is_2(empty):
    site = empty(SITE + "sorces: {}\n")
    for command in (("check",), ("plan",), ("sync", "--yes"), ("status",), ("check", "--format", "json")):
        done = site.run(*command)
        assert done.status == 2
        assert done.out == ""
        assert "leopard.yaml:2:1  `sorces` is not a field of leopard.yaml" in done.err
        assert "did you mean 'sources'?" in done.err
        assert "Error: leopard.yaml has one problem." in done.err
    assert {path.name for path in site.root.iterdir()} == {"leopard.yaml"}


def test_all_mistakes_come_in_one_report(empty):
    site = empty(
        'site: {title: "", url: x, timezon: y}\n'
        "engine: dusk\n"
        "sources:\n"
        "  a: {use: yamll, path: x}\n"
        "  b: {use: yaml, paht: x}\n"
        "  c: text\n"
        "channels:\n"
        "  d: {path: x}\n"
        "  e: {use: json, path: y, kinds: [pgae]}\n"
        "steps: [nope, credits, {use: summarise, wrds: 4}]\n"
        "schedule: [{sync: [f], every: day}]\n"
    )
    with pytest.raises(ConfigError) as caught:
        load(site.root)
    assert [(problem.origin.line, problem.origin.column) for problem in caught.value.problems] == [
        (1, 8),
        (1, 19),
        (1, 27),
        (2, 1),
        (6, 3),
        (4, 7),
        (5, 18),
        (8, 3),
        (9, 35),
        (10, 9),
        (10, 41),
        (11, 13),
    ]
    assert caught.value.message == "leopard.yaml has 12 problems"


def test_without_a_project_the_way_to_one_is_told(empty):
    site = empty()
    (site.root / "leopard.yaml").unlink()
    done = site.run("check")
    assert done.status == 2
    assert f"there is no leopard.yaml in {site.root}" in done.err
    assert "leopard init DIR" in done.err


def test_a_folder_instead_of_the_file(empty):
    site = empty()
    (site.root / "leopard.yaml").unlink()
    (site.root / "leopard.yaml").mkdir()
    done = site.run("check")
    assert done.status == 2
    assert "is a directory" in done.err


def test_an_optional_part_may_be_left_out(empty):
    site = empty(b"\xef\xbb\xbf".decode() + SITE.replace("\n", "\r\n"))
    project = load(site.root)
    assert [name for name, _ in project.steps] == list(config.DEFAULT_STEPS)
    assert project.site.timezone == "UTC"
    assert not project.sources
    assert not project.channels


def test_a_secret_of_the_wrong_type_is_not_shown(empty, monkeypatch):
    from pydantic import SecretStr

    from schemas import plugins

    class Options(ChannelOptions):
        password: SecretStr

    class Exporter:
        pass

    Exporter.Options = Options
    monkeypatch.setattr(plugins, "find", lambda group, name: Exporter)
    site = empty(SITE + "channels:\n  a: {use: x, password: [hunter2]}\n")
    done = site.run("check")
    assert done.status == 2
    assert "`channels.a.password` is not a text" in done.err
    assert "hunter2" not in done.err


def test_the_fingerprint_changes_with_what_is_configured(site):
    before = load(site.root).fingerprint()
    assert load(site.root).fingerprint() == before
    site.edit("leopard.yaml", "kinds: [article, page]", "kinds: [article]")
    assert load(site.root).fingerprint() != before
