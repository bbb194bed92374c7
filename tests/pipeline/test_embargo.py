"""Never early: what is not public is in no file of any channel, whatever the records and the clock say."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporters.atom import AtomExporter
from exporters.common.parts import urn_of
from exporters.memory import STORES, Store
from exporters.oaipmh import OaiPmhExporter
from pipeline.config import load
from pipeline.desire import desires
from pipeline.ledger import Ledger
from pipeline.prepare import Preparation
from pipeline.run import Sync
from pipeline.settled import Settled
from schemas import canonical, plugins
from schemas.record import is_public, next_turn
from schemas.site import Site

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
KINDS_OF_WORK = ["report", "article"]
SITE = Site(title="Spots", url="https://spots.example", languages=("en", "fr"))
CHANNELS: dict[str, dict[str, Any]] = {
    "json": {"path": "public/files"},
    "jsonfeed": {"path": "public/jsonfeed/feed.json", "kinds": None, "page_size": 3},
    "rss": {"path": "public/rss/rss.xml", "kinds": None},
    "atom": {"path": "public/atom/atom.xml", "kinds": None},
    "jsonld": {"path": "public/jsonld/all.jsonld"},
    "datacite": {"path": "public/datacite", "format": "both"},
    "csl": {"path": "public/csl/works.json", "kinds": KINDS_OF_WORK},
    "bibtex": {"path": "public/bibtex/works.bib", "kinds": KINDS_OF_WORK},
    "ris": {"path": "public/ris/works.ris", "kinds": KINDS_OF_WORK},
    "dublincore": {"path": "public/dublincore/works.xml", "kinds": KINDS_OF_WORK},
    "oaipmh": {"path": "public/oaipmh", "namespace": "spots.example", "admin_email": "oai@spots.example"},
    "sitemap": {"path": "public/sitemap/sitemap.xml", "images": "https://spots.example/i", "news": True},
    "markdown": {"path": "public/markdown", "flavour": "hugo"},
    "csv": {"path": "public/csv/all.csv"},
    "xlsx": {"path": "public/xlsx/all.xlsx"},
    "memory": {"store": "never-early"},
}
"""Every channel that writes where we can look."""
ELSEWHERE = {"webhook", "wordpress", "strapi", "directus", "ghost", "payload"}
"""Channels behind HTTP."""
KINDS = ("page", "article", "report", "person", "organisation", "topic", "species", "statistic", "asset")
for one in ("csv", "xlsx"):
    CHANNELS[one]["kinds"] = list(KINDS)
CONFIGURATION = yaml.safe_dump(
    {
        "site": SITE.model_dump(exclude_defaults=True) | {"languages": ["en", "fr"]},
        "sources": {"all": {"use": "yaml", "path": "content", "kind": "page"}},
        "channels": {name: {"use": name, **told} for name, told in CHANNELS.items()},
    }
)
NAMES = {kind: [f"{kind}{n}" for n in range(2)] for kind in KINDS}


def at(hours):
    return (NOON + timedelta(hours=hours)).isoformat()


TIMES = st.sampled_from([*[None] * 40, *map(at, range(-3, 4))])
"""Mostly none: records that name each other are seldom all public."""
STATUS = st.sampled_from([*["published"] * 8, "draft", "withdrawn"])


@st.composite
def projects(draw, times=TIMES, status=STATUS):
    """Records of every kind that name each other in every way, each with its own time."""
    records = {}
    for kind in KINDS:
        for name in NAMES[kind]:
            body = BODIES[kind](name, draw)
            when = {one: draw(times) for one in ("published_at", "embargo_until", "expires_at")}
            if kind == "asset":
                when["rights_expire"] = draw(times)
            when["status"] = draw(status)
            record = {"kind": kind, "key": name, **body, **{k: v for k, v in when.items() if v}}
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
        doi=f"10.1234/secret-{name}-doi",
        tags=[f"SECRET-{name}-tag"],
        topics=[one_of("topic", draw)],
        related=[f"report{draw(st.integers(0, 1))}"],
        files=[{"file": f"../{name}.pdf", "label": f"SECRET-{name}-file"}],
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
    site.write("leopard.yaml", CONFIGURATION)
    for name, record in records.items():
        text = yaml.safe_dump(record, allow_unicode=True)
        site.write(f"content/{name}.yaml", text)
    for name in NAMES["asset"]:
        site.write(f"{name}.txt", f"SECRET-{name}-bytes")
    for name in NAMES["report"]:
        site.write(f"{name}.pdf", f"SECRET-{name}-bytes")
    return load(site.root)


def unpacked(data):
    """The bytes of a file, and of those inside it."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"\n".join(name.encode() + b"\n" + archive.read(name) for name in archive.namelist())
    return data


def all_files(site):
    """Name and bytes of every file that was written, and of all that is in memory."""
    files = {name: name.encode() + unpacked(data) for name, (data, _) in site.outputs().items()}
    store = STORES.get("never-early", Store())
    pages = {page.ident: canonical.dump(page.model_dump(mode="json")) for page in store.pages.values()}
    return files | {f"memory {name}": data for name, data in (*pages.items(), *store.files.items())}


def tell_tale(record, records, shown_somewhere):
    """Words by which a record that is not public would be known; lower case."""
    name = record.key.partition(":")[2]
    words = [urn_of(record.ident, SITE).removeprefix("urn:uuid:")]
    if record.key not in shown_somewhere:
        words += [f"secret-{name}-", record.key, f"{record.key.replace(':', '/')}.", f"/{name}-"]
    elif record.locale == "fr":  # its other language may be shown, and shares most words
        words += [f"secret-{name}-fr", f"{record.key}@fr"]
    elif f"{record.key}@fr" in records:
        words += [f"secret-{name}-title", f"{record.key}@en"]
    return [word.encode() for word in words]


def test_the_files_of_a_report_are_public_exactly_while_it_is(empty, clock):
    """The channels that hold media have them then, so that the tests below can fail."""
    STORES.clear()
    site = empty(CONFIGURATION)
    report = named("report0", issued="2016", publisher="organisation0", authors=[{"name": "A"}])
    report["files"] = [{"file": "../report0.pdf"}]
    when = {"embargo_until": at(1), "expires_at": at(3)}
    records = {"report0": {"kind": "report", "key": "report0", **report, **when}}
    records["organisation0"] = {"kind": "organisation", "key": "organisation0", "name": "B"}
    project = written(site, records)
    seen = {}
    with Ledger(project.written.ledger, project.root) as ledger:
        for hour in range(5):
            clock(NOON + timedelta(hours=hour))
            Sync(project, ledger).run(now=NOON + timedelta(hours=hour), allowed=CHANNELS)
            held = [name for name, data in all_files(site).items() if b"SECRET-report0-bytes" in data]
            seen[hour] = {name.split("/")[1] if "/" in name else "memory" for name in held}
    media = {"files", "jsonfeed", "rss", "atom", "jsonld", "markdown", "memory"}
    assert seen == {0: set(), 1: media, 2: media, 3: set(), 4: set()}


def check_files(files, records, now, gone=frozenset()):
    """`gone`: idents of records that were public before, which a tombstone may name."""
    shown_somewhere = {r.key for r in records.values() if is_public(r, now)}
    files = {path: data.lower() for path, data in files.items()}
    for ident, record in records.items():
        if is_public(record, now):
            continue
        words = tell_tale(record, records, shown_somewhere)
        for path, data in files.items():
            found = [word for word in words if word in data]
            assert not found or (ident in gone and is_tombstone(path, record, found)), (ident, path, found)


def is_tombstone(path, record, found):
    """OAI-PMH keeps the identifiers of deleted records and the sets that they were in; Atom keeps ids."""
    if path.startswith("public/atom/"):
        return found == [urn_of(record.ident, SITE).removeprefix("urn:uuid:").encode()]
    named = {record.key, f"{record.key}@{record.locale}", f"{record.key.replace(':', '/')}."}
    return path.startswith("public/oaipmh/") and set(found) <= {word.encode() for word in named}


def test_every_channel_is_tried():
    assert {*CHANNELS, *ELSEWHERE} == set(plugins.names("exporters"))


SLOW = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@settings(SLOW, max_examples=30)
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
            sent = desired.model_dump(mode="json", exclude={"made_of"})
            files[f"{name} {desired.ident}"] = canonical.dump(sent)
    check_files(files, prepared.content.records, now)


@pytest.fixture
def clock(monkeypatch):
    """Sets the time of those channels that look at the clock."""

    def set_to(now):
        for exporter in (OaiPmhExporter, AtomExporter):
            monkeypatch.setattr(exporter, "clock", staticmethod(lambda: now))

    return set_to


@settings(SLOW, max_examples=6)
@given(projects(), st.lists(st.integers(-4, 4), min_size=3, max_size=3).map(sorted))
def test_what_is_not_public_is_in_no_file_whatever_was_before(empty, clock, tmp_path_factory, records, hours):
    site = empty(CONFIGURATION)
    site.root = tmp_path_factory.mktemp("site")
    project = written(site, records)
    run_at(site, project, clock, [NOON + timedelta(hours=hour) for hour in hours])


def run_at(site, project, clock, instants):
    """Sync at each instant; at none may anything be seen that is not public then."""
    STORES.clear()
    gone = set()
    with Ledger(project.written.ledger, project.root) as ledger:
        for now in instants:
            clock(now)
            report = Sync(project, ledger).run(now=now, allowed=CHANNELS)
            content = Preparation(project).prepare(now).content
            if not report.held:  # what is held back stays as it was, with the words it holds of others
                check_files(all_files(site), content.records, now, gone)
            gone |= {ident for ident, record in content.records.items() if is_public(record, now)}
            if (known := ledger.fact("settled")) is not None:
                turns = [turn for r in content.records.values() if (turn := next_turn(r, now))]
                assert Settled.model_validate_json(known).until == min(turns, default=None)


@settings(SLOW, max_examples=2)
@given(st.data())
def test_what_comes_and_goes_record_by_record_is_never_seen_outside_its_time(
    empty, clock, tmp_path_factory, data
):
    records = data.draw(projects(st.none(), st.just("published")))
    coming, going = (data.draw(st.permutations(list(records))) for _ in range(2))
    for name, record in records.items():
        record["embargo_until"], record["expires_at"] = (
            at(coming.index(name)),
            at(len(records) + going.index(name)),
        )
    site = empty(CONFIGURATION)
    site.root = tmp_path_factory.mktemp("site")
    project = written(site, records)
    run_at(site, project, clock, [NOON + timedelta(hours=hour) for hour in range(-1, 2 * len(records), 2)])
    assert not [path for path, data in all_files(site).items() if b"SECRET" in data]


@settings(SLOW, max_examples=2)
@given(projects(st.none(), st.just("published")), st.sampled_from(["embargo_until", "status"]))
def test_what_is_not_public_is_not_even_counted(empty, clock, tmp_path_factory, records, why):
    hidden = {"embargo_until": at(1)} if why == "embargo_until" else {"status": "draft"}
    more = {f"{name}9": {**record, "key": f"{name}9", **hidden} for name, record in records.items()}
    for record in more.values():
        record.pop("translations", None)  # they have times of their own
    seen = []
    for content in (records, {**records, **more}):
        STORES.clear()
        site = empty(CONFIGURATION)
        site.root = tmp_path_factory.mktemp("site")
        project = written(site, content)
        clock(NOON)
        with Ledger(project.written.ledger, project.root) as ledger:
            Sync(project, ledger).run(now=NOON, allowed=CHANNELS)
        seen.append(all_files(site))
    assert seen[0] == seen[1]
