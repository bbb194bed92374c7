"""Records as Directus holds them, its tables, and what its refusals mean. Without a server."""

import json
import os
from pathlib import Path

import pytest
import requests

from exporters.base import Remote
from exporters.dialects.directus.files import LONGEST_TITLE, fields_of_file, file_of
from exporters.dialects.directus.model import asked_depth, asked_fields, table_of
from exporters.dialects.directus.pages import check_unchanged
from exporters.dialects.directus.refusals import TooLong, refusal
from exporters.dialects.directus.rows import fields_of, id_of, row_of, spelt
from exporters.dialects.directus.tables import FOLDER, collections, file_fields, relations
from exporters.directus import LARGEST, DirectusExporter, _portions
from schemas.errors import Ambiguous, AuthError, ChannelDown, Rejected, StaleWrite, Transient, Unsupported
from schemas.plugins import names
from schemas.topic import Topic

GOLDEN = Path(__file__).parent / "golden" / "directus"
WRITING = os.environ.get("LEOPARD_GOLDEN") == "write"
KINDS = tuple(names("kinds"))
FREE = 25
"""Collections that a Directus without a paid licence may have."""


def channel(context, **more):
    options = {"url": "https://cms.example.org", "token": "env:DIRECTUS_TOKEN", **more}
    return DirectusExporter(DirectusExporter.Options(**options), context)


@pytest.fixture
def exporter(context):
    return channel(context)


def golden(name, value):
    path = GOLDEN / f"{name}.json"
    written = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if WRITING:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written, "utf-8")
    assert written == path.read_text("utf-8")


def resolved(value):
    """Ids of Directus in place of references: of a file, or of an item."""
    if isinstance(value, dict) and "$reference" in value:
        ident = value["$reference"]
        return id_of(ident if ident.startswith("asset:") else ident.rpartition("@")[0])
    if isinstance(value, dict):
        return {name: resolved(inner) for name, inner in value.items()}
    return [resolved(inner) for inner in value] if isinstance(value, list) else value


def answered(value):
    """What Directus answers to what it is sent: numbers as texts, lists in an order of its own."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return f"{value:.6f}"
    if isinstance(value, list):
        ordered = sorted(value, key=lambda one: one["id"]) if value and isinstance(value[0], dict) else value
        return [answered(one) for one in ordered]
    plain = ("sort", "linked_data")
    return {name: one if name in plain else answered(one) for name, one in value.items()}


@pytest.fixture
def sent(exporter, records):
    """A record's fields, and the row that is sent for them."""

    def send(record):
        fields = exporter.normalise(resolved(exporter.render(record, records)))
        return fields, row_of(exporter.pages.table(record.kind), fields, id_of(record.ident))

    return send


class TestRecords:
    @pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("asset", "topic")])
    def test_golden(self, exporter, records, sent, kind):
        record = next(one for one in records if one.kind == kind)
        golden(f"{kind}-fields", exporter.render(record, records))
        golden(f"{kind}-row", sent(record)[1])

    def test_what_is_sent_comes_back(self, exporter, records, sent):
        for record in records:
            if record.kind != "asset":
                fields, row = sent(record)
                held = spelt(
                    fields_of(exporter.pages.table(record.kind), answered(row)), exporter.pages.address
                )
                assert held == fields
                assert exporter.normalise(fields) == fields

    def test_what_is_asked_for_is_all_that_is_sent(self, exporter, records, sent):
        for record in records:
            if record.kind != "asset":
                asked = set(asked_fields(exporter.pages.table(record.kind).slots))
                assert set(paths(sent(record)[1])) <= asked

    def test_parts_keep_their_ids(self, exporter, make, sent):
        one, other = (sent(make.page(title=title))[1] for title in ("One", "Other"))
        assert one["blocks"] == other["blocks"]
        assert len({block["id"] for block in one["blocks"]}) == len(one["blocks"])

    def test_a_block_of_another_type_is_another_block(self, make, sent):
        blocks = [{"type": "key_message", "text": "Rare"}], [{"type": "hero", "text": "Rare"}]
        one, other = (sent(make.page(blocks=block))[1]["blocks"][0] for block in blocks)
        assert one["id"] != other["id"]

    def test_what_is_empty_is_emptied(self, make, sent):
        _, row = sent(make.page(blocks=(), slug=None))
        assert (row["slug"], row["blocks"], row["species"], row["rights_holder"]) == (None, [], [], None)

    def test_prose_shows_files_by_their_address(self, exporter, make, records, sent):
        fields, row = sent(make.article())
        assert row["body"] == fields["body"]
        assert f'src="https://cms.example.org/assets/{id_of("asset:amur@en")}"' in row["body"]

    def test_relations_to_kinds_that_are_not_published_have_no_place(self, context, make, records):
        small = channel(context, kinds=["article", "asset"])
        fields = small.render(make.article(), records)
        assert "species" not in fields
        row = row_of(small.pages.table("article"), small.normalise(fields), "row")
        assert "person" not in row["authors"][0]
        assert [slot.way for slot in small.pages.table("article").slots if slot.path == ("image",)] == [
            "file"
        ]

    def test_an_asset_that_is_named_as_a_record_is_declared(self, exporter, make, records):
        page = make.page(blocks=[{"type": "related", "items": ["asset:amur"]}])
        with pytest.raises(Unsupported, match="asset:amur"):
            exporter.render(page, records)

    def test_a_mapping_of_the_team(self, context, make, records):
        mapping = {"article": {"excerpt": "{title}: {summary}", "place": None}}
        own = channel(context, mapping=mapping)
        fields = own.render(make.article(), records)
        assert fields["excerpt"] == "More Amur Leopards counted: A count with good news."
        assert "place" not in row_of(own.pages.table("article"), own.normalise(resolved(fields)), "row")
        assert own.pages.whole("article")["fields"].endswith(",excerpt")
        assert ("leopard_articles", "excerpt") in own._tables().own


def paths(row, lead=""):
    """Columns with a value, as a request asks for them."""
    for name, value in row.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for one in value:
                yield from paths({inner: one[inner] for inner in one if inner != "id"}, f"{lead}{name}.")
        elif value not in (None, []):
            yield lead + name


class TestAssets:
    def test_golden(self, exporter, make, records):
        fields = exporter.render(make.asset(), records)
        golden("asset-fields", fields)
        golden("asset-file", file_of(exporter.normalise(fields), id_of("asset:amur@en")))

    def test_what_is_sent_comes_back(self, exporter, make, records):
        asset = make.asset(size=1234, focal_point={"x": 0.25, "y": 0.5})
        fields = exporter.normalise(exporter.render(asset, records))
        of_the_bytes = {name: fields[name] for name in ("type", "leopard_digest")}
        file = {**file_of(fields, "f"), **of_the_bytes, "filesize": "1234", "focal_point_x": 400}
        assert exporter.normalise(fields_of_file(file)) == fields

    def test_a_long_title_is_cut(self, exporter, make, records):
        title = exporter.render(make.asset(title="é" * 300), records)["title"]
        assert len(title) == LONGEST_TITLE
        assert title.endswith("é…")

    def test_without_its_bytes_it_is_not_taken(self, exporter, make, records, desire):
        away = make.asset(file=None, path=None, url="https://photos.example.org/amur.jpg")
        with pytest.raises(Unsupported, match="not in the project"):
            exporter.accept(desire(exporter, away, records))


class TestAccepting:
    def test_another_language(self, context, make, records, desire):
        english = channel(context, locales=["en"])
        with pytest.raises(Unsupported, match="holds en, and not fr"):
            english.accept(desire(english, make.page(locale="fr"), records))

    def test_too_long_a_text_by_a_mapping(self, context, make, records, desire):
        long = channel(context, mapping={"article": {"slug": "{title} " * 9}})
        with pytest.raises(Unsupported, match=r"slug has 2\d\d characters; Directus holds 120"):
            long.accept(desire(long, make.article(), records))


class TestTables:
    def test_golden(self):
        made = {one["collection"]: one for one in [*collections(KINDS)]}
        golden("tables", {name: _spoken(one.get("fields", ())) for name, one in made.items()})
        golden("files", _spoken(file_fields()))
        golden(
            "relations",
            [f"{one['collection']}.{one['field']} → {one['related_collection']}" for one in relations(KINDS)],
        )

    def test_they_fit_into_a_directus_without_a_licence(self):
        counted = [one for one in collections(KINDS) if one["collection"] != FOLDER]
        assert len(counted) <= FREE - 5

    def test_each_relation_begins_and_ends_at_something(self):
        fields = {
            (one["collection"], field["field"])
            for one in collections(KINDS)
            for field in one.get("fields", ())
        }
        fields |= {("directus_files", one["field"]) for one in file_fields()}
        for one in relations(KINDS):
            assert (one["collection"], one["field"]) in fields
            alias = one["meta"].get("one_field")
            assert alias is None or (one["related_collection"], alias) in fields

    def test_all_parts_are_asked_for_without_a_limit(self):
        deep = asked_depth(table_of("page", KINDS).slots)
        assert deep["blocks"]["statistics_items"] == {"_limit": -1}

    def test_a_column_of_directus_is_not_taken(self, with_kind):
        table = table_of("plan", ("plan",))
        assert [slot.column for slot in table.slots if slot.path == ("sort",)] == ["sort_"]


@pytest.fixture
def with_kind(monkeypatch):
    from schemas import model

    class Plan(Topic):
        sort: str = ""

    model.content_type.cache_clear()
    monkeypatch.setattr(model.plugins, "find", lambda group, name: Plan)
    yield
    model.content_type.cache_clear()
    table_of.cache_clear()


def _spoken(fields):
    return [
        f"{one['field']}: {one['meta'].get('special', [''])[0] if one['type'] == 'alias' else one['type']}"
        for one in fields
    ]


def answer(status, code=None, message="said", headers=None, **extensions):
    found = requests.Response()
    found.status_code = status
    found.headers.update(headers or {})
    errors = [{"message": message, "extensions": {"code": code, **extensions}}]
    found._content = json.dumps({"errors": errors}).encode() if code else b"<html>"
    return found


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "kind", "says"),
        [
            (answer(401, "INVALID_CREDENTIALS"), AuthError, "static token"),
            (answer(401, "TOKEN_EXPIRED"), AuthError, "static token"),
            (answer(403, "INVALID_TOKEN"), AuthError, "static token"),
            (answer(403, "FORBIDDEN"), AuthError, "leopard channel check"),
            (answer(403, "LIMIT_EXCEEDED"), ChannelDown, "licence"),
            (answer(404, "ROUTE_NOT_FOUND"), ChannelDown, "without /admin"),
            (answer(400, "RECORD_NOT_UNIQUE", field="slug"), Rejected, "has that value already"),
            (answer(400, "VALUE_TOO_LONG", collection="leopard_pages"), TooLong, "shorten it"),
            (answer(400, "INVALID_FOREIGN_KEY"), Rejected, "--refresh"),
            (answer(400, "FAILED_VALIDATION"), Rejected, "validation rule"),
            (answer(400, "INVALID_PAYLOAD", "request entity too large"), Rejected, "MAX_PAYLOAD_SIZE"),
            (answer(400, "INVALID_PAYLOAD", "invalid content type"), Rejected, "FILES_MIME_TYPE_ALLOW_LIST"),
            (answer(500, "INTERNAL_SERVER_ERROR", "invalid input syntax for uuid"), Rejected, "another type"),
        ],
    )
    def test_what_to_do(self, given, kind, says):
        error = refusal(given, "POST https://cms.example.org/items/leopard_pages")
        assert type(error) is kind
        assert says in error.hint
        assert "POST https://cms.example.org/items/leopard_pages answered" in error.message

    @pytest.mark.parametrize("field", ["id", "leopard_key"])
    def test_what_is_there_already_is_looked_for(self, field):
        assert isinstance(refusal(answer(400, "RECORD_NOT_UNIQUE", field=field), "POST /"), Ambiguous)

    def test_busy(self):
        error = refusal(answer(503, "UNDER_PRESSURE", headers={"Retry-After": "9"}), "POST /")
        assert isinstance(error, Transient)
        assert error.retry_after == 9

    @pytest.mark.parametrize(
        "given", [answer(502), answer(429, "REQUESTS_EXCEEDED"), answer(413, "CONTENT_TOO_LARGE")]
    )
    def test_http_says_enough(self, given):
        assert refusal(given, "POST /") is None


def test_a_page_that_somebody_changed():
    page = Remote(id="1", key="page:leopards", locale="en", version="2024-05-01T08:00:00.000Z abc")
    check_unchanged(page, {"date_updated": "2024-05-01T08:00:00.000Z", "date_created": "2020"})
    check_unchanged(page.model_copy(update={"version": None}), {"date_updated": "later"})
    with pytest.raises(StaleWrite):
        check_unchanged(page, {"date_updated": "2024-05-01T08:00:00.001Z"})


def test_batches_are_as_large_as_a_request_may_be():
    rows = [(number, {"text": "x" * (LARGEST // 3)}) for number in range(5)]
    assert [len(portion) for portion in _portions(rows)] == [2, 2, 1]
    assert list(_portions([])) == []
