import errno
import os

import orjson
import pytest
from pydantic import ValidationError

from exporters.json_files import JsonExporter
from schemas.errors import ChannelDown, NotFound, Rejected
from schemas.record import Record


@pytest.fixture
def exporter(context):
    return JsonExporter(JsonExporter.Options(path="public", url="https://example.org/data/"), context)


@pytest.fixture
def publish(exporter, desire):
    """Everything new on an empty channel, as a run does it; gives the remotes by ident."""

    def run(records, documents=()):
        ordered = sorted(records, key=lambda record: record.kind != "asset")
        remotes = {r.ident: exporter.create(desire(exporter, r, records)) for r in ordered}
        return remotes, list(exporter.publish(remotes.values(), documents))

    return run


def load(context, path):
    return orjson.loads((context.root / "public" / path).read_bytes())


def tree(context):
    found = (context.root / "public").rglob("*")
    return {p.relative_to(context.root / "public").as_posix(): p.read_bytes() for p in found if p.is_file()}


def test_one_file_a_record_an_index_and_the_assets(context, records, publish, make):
    publish(records)

    name = make.asset().digest[:12]
    assert sorted(tree(context)) == sorted(
        [
            "article/2024/amur-count.en.json",
            "asset/amur.en.json",
            f"assets/amur-{name}.jpg",
            "index.json",
            "organisation/specialists.en.json",
            "page/leopards.en.json",
            "page/leopards.fr.json",
            "person/compton.en.json",
            "report/ounce.en.json",
            "species/amur.en.json",
            "statistic/amur-left.en.json",
        ]
    )


def test_a_file_holds_the_whole_record_with_real_addresses(context, records, publish, make):
    publish(records)

    photo = f"https://example.org/data/assets/amur-{make.asset().digest[:12]}.jpg"
    assert load(context, "article/2024/amur-count.en.json") == {
        "_leopard": {"format": 1},
        "key": "article:2024/amur-count",
        "kind": "article",
        "locale": "en",
        "title": "More Amur Leopards counted",
        "slug": "more-amur-leopards-counted",
        "url": "https://example.org/articles/more-amur-leopards-counted",
        "summary": "A count with good news.",
        "status": "published",
        "genre": "news",
        "published_at": "2024-05-01T09:00:00+01:00",
        "tags": ["counts"],
        "species": ["species:amur"],
        "authors": [
            {"person": "person:compton", "given": "James", "family": "Compton", "role": "author"},
        ],
        "body": {
            "format": "html",
            "text": '<p>See <a href="https://example.org/leopards#range">leopards</a>. '
            f'<img src="{photo}" alt="An Amur Leopard in snow"></p>',
        },
        "image": {
            "key": "asset:amur",
            "url": photo,
            "alt": "An Amur Leopard in snow",
            "caption": "Amur Leopard",
            "credit": "© Lynn M. Stone / WWF",
            "media_type": "image/jpeg",
            "width": 1600,
            "height": 900,
        },
        "statistics": [
            {
                "statistic": "statistic:amur-left",
                "figure": {"value": 70, "percent": False},
                "display": "only 70",
                "statement": "Amur Leopards remain",
            }
        ],
    }


def test_the_bytes_are_stable_and_readable(context, records, publish):
    publish(records)

    data = (context.root / "public/organisation/specialists.en.json").read_bytes()
    assert data == (
        b'{\n  "_leopard": {\n    "format": 1\n  },\n  "key": "organisation:specialists",\n'
        b'  "kind": "organisation",\n  "locale": "en",\n  "name": "Specialists",\n  "status": "published",\n'
        b'  "title": "Specialists",\n  "url": "https://example.org/organisations/"\n}\n'
    )


def test_the_index_lists_the_records_in_the_order_given(context, records, publish):
    remotes, (document,) = publish(records)

    index = load(context, "index.json")
    assert [entry["path"] for entry in index["records"]] == [remote.id for remote in remotes.values()]
    assert index["records"][1] == {
        "key": "article:2024/amur-count",
        "kind": "article",
        "locale": "en",
        "title": "More Amur Leopards counted",
        "slug": "more-amur-leopards-counted",
        "url": "https://example.org/articles/more-amur-leopards-counted",
        "path": "article/2024/amur-count.en.json",
        "published_at": "2024-05-01T09:00:00+01:00",
        "digest": remotes["article:2024/amur-count@en"].version,
    }
    assert (document.path, document.size) == (
        "index.json",
        (context.root / "public/index.json").stat().st_size,
    )


def test_an_empty_channel_has_an_empty_index(context, publish):
    publish(())

    assert load(context, "index.json")["records"] == []


def test_a_reports_own_address_and_files_keep_no_path_of_the_project(context, records, publish):
    publish(records)

    report = load(context, "report/ounce.en.json")
    assert report["url"] == "https://example.org/reports/an-ounce-of-prevention"
    assert report["external_url"] == "https://reports.example.org/ounce"
    assert not any(b"private" in data or b"photos/" in data for data in tree(context).values())


def test_what_is_not_public_is_nowhere(context, records, publish, make):
    hidden = records.but("report:ounce", "asset:amur", "statistic:amur-left")

    publish(hidden)

    everything = b"".join(tree(context).values()).lower()
    assert b"ounce" not in everything
    assert b"amur.jpg" not in everything
    assert b"only 70" not in everything


def test_reading_gives_back_what_was_written(exporter, context, records, publish):
    remotes, _ = publish(records)
    (context.root / "public/page/of-others.en.json").write_text('{"key": "page:of-others", "locale": "en"}')
    (context.root / "public/page/copy.json").write_bytes(
        (context.root / "public/page/leopards.en.json").read_bytes()
    )

    assert {remote.ident: remote for remote in exporter.read()} == remotes


def test_a_page_is_found_by_its_key(exporter, context, records, publish):
    remotes, _ = publish(records)
    (context.root / "public/page/of-others.en.json").write_text('{"key": "page:of-others", "locale": "en"}')
    wanted = remotes["page:leopards@fr"]

    assert list(exporter.find([wanted.ident, "page:of-others@en", "page:none@en"])) == [wanted]


def test_reading_an_empty_channel(exporter):
    assert list(exporter.read()) == []


def test_publishing_again_touches_nothing(exporter, context, records, publish):
    def seen():
        paths = (context.root / "public").rglob("*")
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in paths if path.is_file()}

    _, documents = publish(records)
    before = seen()
    publish(records, documents)

    assert seen() == before


def test_an_update_changes_one_file_and_a_new_slug_not_its_path(
    exporter, context, records, publish, desire, make
):
    remotes, _ = publish(records)
    before = tree(context)

    changed = desire(exporter, make.article(slug="other", title="Other"), records)
    now = exporter.update(remotes[changed.ident], changed)

    after = tree(context)
    assert [path for path in after if after[path] != before.get(path)] == ["article/2024/amur-count.en.json"]
    assert now.id == remotes[changed.ident].id
    assert now.version != remotes[changed.ident].version


def test_new_bytes_of_an_asset_get_a_new_address(exporter, context, records, publish, desire, make):
    from hashlib import sha256

    remotes, _ = publish(records)
    (context.root / "photos/amur.jpg").write_bytes(b"retouched")
    digest = sha256(b"retouched").hexdigest()

    exporter.update(remotes["asset:amur@en"], desire(exporter, make.asset(digest=digest), records))

    held = {path: data for path, data in tree(context).items() if path.startswith("assets/")}
    assert held == {f"assets/amur-{digest[:12]}.jpg": b"retouched"}


def test_bytes_that_changed_since_they_were_read_are_refused(exporter, context, records, desire, make):
    (context.root / "photos/amur.jpg").write_bytes(b"changed meanwhile")

    with pytest.raises(Rejected, match="has changed since"):
        exporter.create(desire(exporter, make.asset(), records))
    assert tree(context) == {}


def test_a_missing_photograph_is_refused_in_words(exporter, context, records, desire, make):
    (context.root / "photos/amur.jpg").unlink()

    with pytest.raises(Rejected, match=r"cannot read photos/amur\.jpg: no such file"):
        exporter.create(desire(exporter, make.asset(), records))


def test_a_photograph_outside_the_project_is_not_copied(exporter, context, records, desire, make):
    outside = context.root.parent / f"{context.root.name}-secret.jpg"
    outside.write_bytes(b"secret")

    with pytest.raises(Rejected, match="leads out of"):
        exporter.create(desire(exporter, make.asset(path=f"../{outside.name}"), records))
    assert tree(context) == {}


def test_delete_removes_files_and_the_folders_they_leave_empty(exporter, context, records, publish):
    remotes, _ = publish(records)

    exporter.delete(remotes["article:2024/amur-count@en"])
    exporter.delete(remotes["asset:amur@en"])
    exporter.delete(remotes["page:leopards@fr"])

    left = {
        path.relative_to(context.root / "public").as_posix() for path in (context.root / "public").rglob("*")
    }
    assert not any(path.startswith(("article", "asset")) for path in left)
    assert "page/leopards.en.json" in left
    with pytest.raises(NotFound):
        exporter.delete(remotes["page:leopards@fr"])


def test_updating_what_is_gone_says_so(exporter, records, publish, desire, make):
    remotes, _ = publish(records)
    exporter.delete(remotes["page:leopards@en"])

    with pytest.raises(NotFound):
        exporter.update(remotes["page:leopards@en"], desire(exporter, make.page(), records))


def test_what_was_removed_by_hand_is_seen(exporter, context, records, publish, make):
    remotes, documents = publish(records)
    assert list(exporter.absent(remotes.values(), documents)) == []

    public = context.root / "public"
    (public / "page/leopards.fr.json").unlink()
    (public / f"assets/amur-{make.asset().digest[:12]}.jpg").unlink()
    (public / "species/amur.en.json").write_bytes(b"")
    (public / "index.json").write_bytes(b"{}")

    gone = ["asset:amur@en", "index.json", "page:leopards@fr", "species:amur@en"]
    assert sorted(exporter.absent(remotes.values(), documents)) == gone


def test_creating_again_after_a_lost_receipt_is_harmless(context, records, publish):
    publish(records)
    before = tree(context)
    publish(records)

    assert tree(context) == before


@pytest.mark.parametrize("content", [b"{}", b"not json", b'{"_leopard": {"format": 1}, "key": "page:other"}'])
def test_a_file_that_is_not_ours_is_refused_and_stays(exporter, context, records, desire, make, content):
    path = context.root / "public/page/leopards.en.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)

    with pytest.raises(Rejected, match=r"public/page/leopards\.en\.json is already there") as refused:
        exporter.create(desire(exporter, make.page(), records))
    assert refused.value.hint
    assert path.read_bytes() == content


def test_an_index_that_is_not_ours_is_refused(exporter, context):
    (context.root / "public").mkdir()
    (context.root / "public/index.json").write_text('{"mine": true}')

    with pytest.raises(Rejected, match=r"public/index\.json is already there"):
        list(exporter.publish((), ()))


@pytest.mark.parametrize("target", ["foreign", "like ours", "nothing"])
def test_a_link_in_place_of_a_file_is_neither_followed_nor_replaced(
    exporter, context, records, desire, make, target
):
    treasure = context.root / "treasure.json"
    wanted = desire(exporter, make.page(title="Other"), records)
    if target != "nothing":
        treasure.write_bytes(orjson.dumps(wanted.fields) if target == "like ours" else b"treasure")
    path = context.root / "public/page/leopards.en.json"
    path.parent.mkdir(parents=True)
    path.symlink_to(treasure)
    before = treasure.read_bytes() if treasure.exists() else None

    with pytest.raises(Rejected, match="is already there"):
        exporter.create(wanted)
    assert path.is_symlink()
    assert (treasure.read_bytes() if treasure.exists() else None) == before
    assert list(exporter.read()) == list(exporter.find([wanted.ident])) == []


@pytest.mark.parametrize("inside", [True, False])
def test_a_link_in_place_of_a_folder_is_not_followed(exporter, context, records, desire, make, inside):
    elsewhere = context.root / ("public/elsewhere" if inside else "elsewhere")
    elsewhere.mkdir(parents=True)
    (context.root / "public").mkdir(exist_ok=True)
    (context.root / "public/page").symlink_to(elsewhere)

    with pytest.raises(Rejected, match="does not stay inside public"):
        exporter.create(desire(exporter, make.page(), records))
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    "key",
    [
        "page:../../etc/x",
        "page:/etc/x",
        "../x:y",
        "page:a/../../../x",
        "page:a\0b",
        "page:..\\..\\x",
        "page:a//b",
    ],
)
def test_no_key_leads_out_of_the_folder(exporter, context, records, desire, make, key):
    wanted = desire(exporter, make.page().model_copy(update={"key": key}), records)

    def around():
        """All below the project, and what is beside it; below that, what earlier tests left may still move."""
        return {*context.root.rglob("*"), *context.root.parent.iterdir()}

    before = around()
    with pytest.raises(Rejected, match="does not stay inside public"):
        exporter.create(wanted)
    assert around() == before


def test_no_remembered_path_leads_out_of_the_folder(exporter, context, records, publish):
    remotes, _ = publish(records)
    (context.root / "mine.json").write_text("mine")

    with pytest.raises(Rejected):
        exporter.delete(remotes["page:leopards@en"].model_copy(update={"id": "../mine.json"}))
    assert (context.root / "mine.json").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_disk_stops_the_channel_and_leaves_the_old_file(
    exporter, context, records, publish, desire, make, monkeypatch, number
):
    remotes, documents = publish(records)
    before = tree(context)
    changed = desire(exporter, make.page(title="Other"), records)

    def full(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(ChannelDown, match=r"cannot write public/page/leopards\.en\.json: ") as down:
        exporter.update(remotes[changed.ident], changed)
    assert down.value.hint
    with pytest.raises(ChannelDown, match=r"cannot write public/index\.json: "):
        list(exporter.publish((), documents))
    assert tree(context) == before


def test_a_folder_in_place_of_the_file_is_refused(exporter, context, records, desire, make):
    (context.root / "public/page/leopards.en.json").mkdir(parents=True)

    with pytest.raises(Rejected):
        exporter.create(desire(exporter, make.page(), records))


def test_a_file_in_place_of_the_folder_is_refused(exporter, context, records, desire, make):
    (context.root / "public").mkdir()
    (context.root / "public/page").write_text("mine")

    with pytest.raises(Rejected, match="cannot write"):
        exporter.create(desire(exporter, make.page(), records))
    assert (context.root / "public/page").read_text() == "mine"


def test_what_json_cannot_hold_is_refused_in_words(exporter, records, desire, make):
    wanted = desire(exporter, make.page(), records)

    with pytest.raises(Rejected, match="cannot be written as JSON"):
        exporter.create(wanted.model_copy(update={"fields": {**wanted.fields, "title": "\ud800"}}))


@pytest.mark.parametrize(
    "title", ["a\x00b\x1b[31m", "\u202etfel ot thgir", "豹 🐆 \u200b", '<b>"quoted"</b> & \\', "{{7*7}}"]
)
def test_odd_titles_survive(exporter, context, records, desire, make, title):
    exporter.create(desire(exporter, make.page(title=title), records))

    assert load(context, "page/leopards.en.json")["title"] == title
    assert [remote.fields["title"] for remote in exporter.read()] == [title]


def test_kinds_of_other_teams_are_written_too(exporter, context, records, desire):
    class Expedition(Record):
        kind: str = "expedition"
        camp: str

    exporter.create(
        desire(exporter, Expedition(key="expedition:altai", locale="en", title="A", camp="B"), records)
    )

    assert load(context, "expedition/altai.en.json")["camp"] == "B"


@pytest.mark.parametrize(
    "wrong", [{}, {"path": ""}, {"path": "x", "url": "ftp://x"}, {"path": "x", "pth": "y"}]
)
def test_wrong_options_are_refused(wrong):
    with pytest.raises(ValidationError):
        JsonExporter.Options(**wrong)
