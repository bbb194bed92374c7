"""Never early: what is not public is in no file of any channel, whatever the records and the clock say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config import load
from pipeline.desire import desires
from pipeline.ledger import Ledger
from pipeline.prepare import Preparation
from pipeline.run import Sync
from schemas import canonical
from schemas.record import is_public

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example", languages: [en, fr]}
sources: {all: {use: yaml, path: content, kind: page}}
channels:
  files: {use: json, path: public/files}
  feed: {use: jsonfeed, path: public/feed/feed.json}
"""
KINDS = ("page", "article", "report", "person", "organisation", "topic", "species", "statistic", "asset")
NAMES = {kind: [f"{kind}{n}" for n in range(2)] for kind in KINDS}


def at(hours):
    return (NOON + timedelta(hours=hours)).isoformat()


TIMES = st.none() | st.integers(-3, 3).map(at)


@st.composite
def projects(draw):
    """Records of every kind that name each other in every way, each with its own time."""
    records = {}
    for kind in KINDS:
        for name in NAMES[kind]:
            body = BODIES[kind](name, draw)
            times = {one: draw(TIMES) for one in ("published_at", "embargo_until", "expires_at")}
            if kind == "asset":
                times["rights_expire"] = draw(TIMES)
            times["status"] = draw(
                st.sampled_from(["published", "published", "published", "draft", "withdrawn"])
            )
            record = {"kind": kind, "key": name, **body, **{k: v for k, v in times.items() if v}}
            if draw(st.booleans()) and kind in ("page", "article"):
                hidden = {"title": f"SECRET-{name}-fr", "embargo_until": draw(st.integers(-3, 3).map(at))}
                record["translations"] = {"fr": hidden}
            records[name] = record
    return records


def one_of(kind, draw):
    return draw(st.sampled_from(NAMES[kind]))


def prose(name, draw):
    target = draw(st.sampled_from([f"{kind}:{other}" for kind in KINDS for other in NAMES[kind]]))
    parts = (
        f"[words]({target})",
        f"![SECRET-{name}-image](asset:{one_of('asset', draw)})",
        f"[[statistic:{one_of('statistic', draw)}]]",
        f"[[cite:report:{one_of('report', draw)}]]",
        "Panthera a and Panthera b",
    )
    return " ".join([f"SECRET-{name}-body", *draw(st.lists(st.sampled_from(parts), max_size=2))])


def named(name, **more):
    return {"title": f"SECRET-{name}-title", "summary": f"SECRET-{name}-summary", **more}


BODIES: dict[str, Any] = {
    "page": lambda name, draw: named(
        name,
        image=one_of("asset", draw),
        species=[one_of("species", draw)],
        topics=[one_of("topic", draw)],
        **({"parent": "page0"} if name != "page0" else {}),
        blocks=[
            {"type": "hero", "heading": f"SECRET-{name}-hero", "image": one_of("asset", draw)},
            {"type": "text", "text": prose(name, draw)},
            {"type": "statistics", "items": [one_of("statistic", draw)]},
            {"type": "quote", "text": f"SECRET-{name}-quote", "person": one_of("person", draw)},
            {"type": "teasers", "items": [{"link": f"report:{one_of('report', draw)}"}]},
            {
                "type": "related",
                "items": [f"article:{one_of('article', draw)}", f"page:{one_of('page', draw)}"],
            },
            {"type": "image", "image": one_of("asset", draw)},
        ],
    ),
    "article": lambda name, draw: named(
        name,
        body=prose(name, draw),
        authors=[{"person": one_of("person", draw)}],
        reports=[one_of("report", draw)],
        statistics=[one_of("statistic", draw)],
    ),
    "report": lambda name, draw: named(
        name,
        issued="2016",
        publisher=one_of("organisation", draw),
        authors=[{"person": one_of("person", draw)}],
        abstract=prose(name, draw),
    ),
    "person": lambda name, draw: {
        "given": "A",
        "family": f"SECRET-{name}-family",
        "organisation": one_of("organisation", draw),
    },
    "organisation": lambda name, draw: {"name": f"SECRET-{name}-name"},
    "topic": lambda name, draw: named(name, body=prose(name, draw)),
    "species": lambda name, draw: {
        "scientific_name": f"Panthera {'ab'[int(name[-1])]}",
        "common_names": {"en": [f"SECRET-{name}-common"]},
    },
    "statistic": lambda name, draw: {
        "figure": 4000,
        "statement": f"SECRET-{name}-statement",
        "citation": f"report:{one_of('report', draw)}",
    },
    "asset": lambda name, draw: {
        "file": f"../{name}.txt",
        "alt": f"SECRET-{name}-alt",
        "caption": f"SECRET-{name}-caption",
        "credit": f"SECRET-{name}-credit",
        "licence": "CC0-1.0",
    },
}


def written(site, records):
    for name, record in records.items():
        text = yaml.safe_dump(record, allow_unicode=True)
        site.write(f"content/{name}.yaml", text)
    for name in NAMES["asset"]:
        site.write(f"{name}.txt", f"SECRET-{name}-bytes")
    return load(site.root)


def check_files(files, records, now):
    in_french = {r.key for r in records.values() if r.locale == "fr"}
    shown_somewhere = {r.key for r in records.values() if is_public(r, now)}
    for ident, record in records.items():
        if is_public(record, now):
            continue
        name = record.key.partition(":")[2]
        if record.key in shown_somewhere:  # its other language may be shown, and shares most words
            words = [f"SECRET-{name}-fr"] if record.locale == "fr" else []
            if record.locale == "en" and record.key in in_french:
                words = [f"SECRET-{name}-title"]
        else:
            words = [f"SECRET-{name}-", f"{record.key}@", f'"{record.key}"']
        for path, data in files.items():
            assert not [word for word in words if word.encode() in data], (ident, path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(projects(), st.integers(-4, 4))
def test_what_is_not_public_is_rendered_for_no_channel(empty, records, hour):
    now = NOON + timedelta(hours=hour)
    project = written(empty(CONFIGURATION), records)
    preparation = Preparation(project)
    prepared = preparation.prepare(now)
    files = {}
    for name, exporter in project.channels.items():
        for desired in desires(exporter, prepared.transformed.public, prepared.findings, preparation.place):
            assert is_public(prepared.content.records[desired.ident], now)
            files[f"{name} {desired.ident}"] = canonical.dump(desired.model_dump(mode="json"))
    check_files(files, prepared.content.records, now)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(projects(), st.lists(st.integers(-4, 4), min_size=3, max_size=3).map(sorted))
def test_what_is_not_public_is_in_no_file_whatever_was_before(empty, tmp_path_factory, records, hours):
    site = empty(CONFIGURATION)
    site.root = tmp_path_factory.mktemp("site")
    site.write("leopard.yaml", CONFIGURATION)
    project = written(site, records)
    with Ledger(project.written.ledger, project.root) as ledger:
        for hour in hours:
            now = NOON + timedelta(hours=hour)
            report = Sync(project, ledger).run(now=now, allowed=["files", "feed"])
            if not report.held:  # what is held back stays as it was, with the words it holds of others
                records_now = Preparation(project).prepare(now).content.records
                files = {name: name.encode() + data for name, (data, _) in site.outputs().items()}
                check_files(files, records_now, now)
