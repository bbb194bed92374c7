import json
import shutil
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from pydantic import ValidationError

from exporters.conformance import ExporterConformance
from exporters.jsonld import JsonLdExporter
from exporters.trial import context as trial_context
from pipeline.cli import main
from schemas.errors import NotFound, Rejected

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "leopards"


class TestJsonLd(ExporterConformance):
    readable = False
    longest_text = 1_000

    def record(self, name="leopards", text="Under threat", **more):
        """A graph holds a record's summary, and not all of its text."""
        return super().record(name, text, **{"summary": text, **more})

    @pytest.fixture
    def exporter(self, tmp_path):
        return JsonLdExporter(JsonLdExporter.Options(path="out/graph.jsonld"), trial_context(tmp_path))

    def title_of(self, fields):
        return fields["name"]


@pytest.fixture
def exporter(context):
    return JsonLdExporter(JsonLdExporter.Options(path="public/ld/graph.jsonld"), context)


def publish(exporter, desire, records, documents=()):
    ordered = sorted(records, key=lambda record: record.kind != "asset")
    remotes = {r.ident: exporter.create(desire(exporter, r, records)) for r in ordered}
    return remotes, list(exporter.publish(iter(remotes.values()), documents))


def load(context, name="graph.jsonld"):
    return json.loads((context.root / "public" / "ld" / name).read_text(encoding="utf-8"))


def seen(context):
    paths = (context.root / "public").rglob("*")
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in paths if path.is_file()}


def test_one_file_a_record_and_one_graph_of_all(exporter, context, records, desire):
    remotes, (document,) = publish(exporter, desire, records)

    assert document.path == "graph.jsonld"
    whole = load(context)
    assert whole["@context"] == ["https://schema.org", {"leopard": "urn:leopard:jsonld:1"}]
    own = [load(context, f"{key}.jsonld") for key in ("article/2024/amur-count.en", "page/leopards.fr")]
    assert all(one.pop("@context") == "https://schema.org" for one in own)
    assert all(one in whole["@graph"] for one in own)
    assert len(whole["@graph"]) == len([one for one in remotes if not one.startswith("asset:")]) == 8
    photo = own[0]["image"][0]["contentUrl"].rpartition("/")[2]
    assert (context.root / "public/ld/graph-assets" / photo).is_file()
    assert remotes["page:leopards@fr"].url == "https://example.org/page/leopards.fr.jsonld"


def test_publishing_again_touches_nothing(exporter, context, records, desire):
    _, documents = publish(exporter, desire, records)
    before = seen(context)
    publish(exporter, desire, records, documents)

    assert seen(context) == before
    assert len(before) == 10


def test_a_change_writes_one_file_and_the_graph(exporter, context, records, desire, make):
    remotes, documents = publish(exporter, desire, records)
    before = seen(context)
    changed = make.article(title="Other", slug="other")
    remotes[changed.ident] = exporter.update(remotes[changed.ident], desire(exporter, changed, records))
    list(exporter.publish(iter(remotes.values()), documents))

    written = {path.name for path, state in seen(context).items() if before[path] != state}
    assert written == {"amur-count.en.jsonld", "graph.jsonld"}


def test_a_record_that_is_gone_leaves_nothing(exporter, context, records, desire):
    remotes, documents = publish(exporter, desire, records)
    gone = remotes.pop("article:2024/amur-count@en")
    exporter.delete(gone)
    list(exporter.publish(iter(remotes.values()), documents))

    assert not (context.root / "public/ld/article").exists()
    assert "More Amur" not in (context.root / "public/ld/graph.jsonld").read_text()
    with pytest.raises(NotFound):
        exporter.delete(gone)


def test_a_missing_file_is_missed(exporter, context, records, desire):
    remotes, documents = publish(exporter, desire, records)
    (context.root / "public/ld/page/leopards.fr.jsonld").unlink()
    assert list(exporter.absent(remotes.values(), documents)) == ["page:leopards@fr"]


@pytest.mark.parametrize("held", ["{}", "[]", "not JSON", '{"@id": "urn:uuid:0"}', '{"@graph": []}'])
def test_files_of_others_are_refused_and_stay(exporter, context, records, desire, make, held):
    for name in ("page/leopards.en.jsonld", "graph.jsonld"):
        path = context.root / "public/ld" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(held)

    with pytest.raises(Rejected, match=r"leopards\.en\.jsonld is already there"):
        exporter.create(desire(exporter, make.page(), records))
    with pytest.raises(Rejected, match=r"graph\.jsonld is already there"):
        list(exporter.publish((), ()))
    assert path.read_text() == held


def test_files_of_ours_are_known_again(exporter, context, records, desire):
    """As after a run that was killed before it was remembered."""
    publish(exporter, desire, records)
    before = seen(context)
    publish(exporter, desire, records)
    assert seen(context) == before


@pytest.mark.parametrize("path", ["graph.json", "public/", "", "public/.jsonld"])
def test_the_path_must_be_a_jsonld_file(path):
    with pytest.raises(ValidationError):
        JsonLdExporter.Options(path=path)


def test_the_example_project_is_valid_and_reads_back(tmp_path, monkeypatch):
    spec = spec_from_file_location("vocabulary", Path(__file__).with_name("vocabulary.py"))
    vocabulary = module_from_spec(spec)
    spec.loader.exec_module(vocabulary)
    shutil.copytree(EXAMPLE, tmp_path / "p", ignore=shutil.ignore_patterns("public", ".leopard"))
    config = tmp_path / "p/leopard.yaml"
    text = config.read_text(encoding="utf-8").partition("\nchannels:")[0]
    channel = "graph: {use: jsonld, path: public/ld/graph.jsonld}"
    config.write_text(f"{text}\nchannels:\n  {channel}\n", encoding="utf-8")
    monkeypatch.setattr(
        "sys.argv", ["leopard", "-C", str(tmp_path / "p"), "sync", "--yes", "--channel", "graph"]
    )

    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    nodes = json.loads((tmp_path / "p/public/ld/graph.jsonld").read_text(encoding="utf-8"))["@graph"]
    assert len(nodes) > 50
    for node in nodes:
        vocabulary.validate(node)
    single = [json.loads(path.read_text()) for path in (tmp_path / "p/public/ld").glob("*/*.jsonld")]
    assert sorted(one["@id"] for one in single) == sorted(node["@id"] for node in nodes)
