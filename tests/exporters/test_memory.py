import pytest
from pydantic import ValidationError

from exporters import memory
from exporters.base import Write
from exporters.memory import Fault, MemoryExporter
from schemas.errors import Ambiguous, NotFound, Rejected, StaleWrite, Transient, Unsupported


@pytest.fixture
def exporter(context, monkeypatch):
    monkeypatch.setattr(memory, "STORES", {})
    return MemoryExporter(MemoryExporter.Options(), context)


@pytest.fixture
def desire(desire):
    """As the core leaves it while the pages it refers to are not there yet."""

    def without_links(exporter, record, lookup):
        wanted = desire(exporter, record, lookup)
        links = {"links": []} if "links" in wanted.fields else {}
        return wanted.model_copy(update={"fields": {**wanted.fields, **links}})

    return without_links


def test_a_created_page_reads_back(exporter, records, desire, make):
    created = exporter.create(desire(exporter, make.article(), records))

    assert list(exporter.read()) == [created]
    assert created.ident == "article:2024/amur-count@en"
    assert created.fields["url"] == created.url == "https://example.org/articles/more-amur-leopards-counted"


def test_update_keeps_the_id_and_touches_one_page(exporter, records, desire, make):
    first = exporter.create(desire(exporter, make.article(), records))
    other = exporter.create(desire(exporter, make.page(), records))

    updated = exporter.update(first, desire(exporter, make.article(title="Other"), records))

    assert updated.id == first.id
    assert updated.version != first.version
    assert list(exporter.read()) == [updated, other]


def test_creating_twice_makes_two_pages(exporter, records, desire, make):
    wanted = desire(exporter, make.article(), records)

    assert exporter.create(wanted).id != exporter.create(wanted).id


def test_delete_and_unpublish(exporter, records, desire, make):
    first = exporter.create(desire(exporter, make.article(), records))

    hidden = exporter.unpublish(first)
    assert (hidden.state, hidden.id) == ("withdrawn", first.id)
    assert list(exporter.read()) == [hidden]
    exporter.delete(hidden)
    assert list(exporter.read()) == []


def test_what_is_gone_is_not_found(exporter, records, desire, make):
    wanted = desire(exporter, make.article(), records)
    gone = exporter.create(wanted)
    exporter.delete(gone)

    for call in (
        lambda: exporter.update(gone, wanted),
        lambda: exporter.delete(gone),
        lambda: exporter.unpublish(gone),
    ):
        with pytest.raises(NotFound):
            call()


def test_a_page_that_somebody_edited_is_not_overwritten(exporter, records, desire, make):
    wanted = desire(exporter, make.article(), records)
    page = exporter.create(wanted)
    exporter.store.hand_edit(page.ident, {"title": "By hand"})

    for call in (lambda: exporter.update(page, wanted), lambda: exporter.delete(page)):
        with pytest.raises(StaleWrite):
            call()
    (live,) = exporter.read()
    assert live.fields["title"] == "By hand"
    assert exporter.update(live, wanted).fields == page.fields


def test_pages_of_others_are_neither_read_nor_touched(exporter, records, desire, make):
    theirs = exporter.store.add_foreign({"title": "Theirs"})
    page = exporter.create(desire(exporter, make.article(), records))

    assert [remote.id for remote in exporter.read()] == [page.id]
    with pytest.raises(Rejected, match="not ours"):
        exporter.delete(page.model_copy(update={"id": theirs}))
    assert exporter.store.foreign == {theirs: {"title": "Theirs"}}


def test_the_channel_normalises_as_it_says(exporter, records, desire, make):
    wanted = desire(exporter, make.article(title=" padded "), records)

    page = exporter.create(wanted)

    assert page.fields["title"] == "padded"
    assert page.fields == exporter.normalise(wanted.fields)


def test_states_languages_and_bytes_are_kept(exporter, context, records, desire, make):
    photo = exporter.create(desire(exporter, make.asset(), records))
    french = desire(exporter, make.page(locale="fr"), records)

    page = exporter.create(french.model_copy(update={"state": "scheduled"}))

    assert (page.state, page.locale) == ("scheduled", "fr")
    assert exporter.store.files == {photo.id: (context.root / "photos/amur.jpg").read_bytes()}


def test_a_link_to_a_page_that_does_not_exist_is_refused(exporter, records, desire, make):
    wanted = desire(exporter, make.page(), records)

    with pytest.raises(Rejected, match="no page m7"):
        exporter.create(wanted.model_copy(update={"fields": {**wanted.fields, "links": ["m7"]}}))


def test_documents_are_written_only_where_they_are_asked_for(exporter, context, records, desire, make):
    page = exporter.create(desire(exporter, make.article(), records))
    assert list(exporter.publish([page], ())) == []

    documents = MemoryExporter(MemoryExporter.Options(store="documents", documents=True), context)
    wanted = desire(documents, make.article(), records)
    assert documents.create(wanted).id == documents.create(wanted).id == wanted.ident
    (document,) = documents.publish([page], ())

    data = documents.store.documents[document.path]
    assert document.size == len(data)
    assert b"More Amur Leopards counted" in data


def test_a_batch_answers_by_ident_in_another_order(exporter, records, desire, make):
    wanted = [desire(exporter, one, records) for one in (make.article(), make.page())]
    exporter.store.faults.append(Fault("create", error=Rejected("too odd")))

    outcomes = exporter.write_many([Write(desired=one) for one in wanted])

    assert list(outcomes) == [one.ident for one in reversed(wanted)]
    assert isinstance(outcomes["page:leopards@en"], Rejected)
    assert [page.ident for page in exporter.read()] == ["article:2024/amur-count@en"]
    assert exporter.store.calls == ["write_many article:2024/amur-count@en page:leopards@en", "read"]


def test_what_it_was_told_to_do_without_is_refused(context, records, desire, make):
    options = MemoryExporter.Options(without=("delete", "batch", "references"))
    exporter = MemoryExporter(options, context)
    page = exporter.create(desire(exporter, make.page(), records))

    assert (exporter.capabilities.delete, exporter.capabilities.batch) == (False, 1)
    assert MemoryExporter.capabilities.delete
    assert "links" not in page.fields
    with pytest.raises(Unsupported, match="without delete"):
        exporter.delete(page)
    with pytest.raises(ValidationError):
        MemoryExporter.Options(without=("flying",))


def test_pages_outlive_the_exporter_but_not_other_stores(exporter, context, records, desire, make):
    exporter.create(desire(exporter, make.article(), records))

    assert len(list(MemoryExporter(MemoryExporter.Options(), context).read())) == 1
    assert list(MemoryExporter(MemoryExporter.Options(store="other"), context).read()) == []


def test_calls_are_counted(exporter, records, desire, make):
    page = exporter.create(desire(exporter, make.article(), records))
    list(exporter.read())
    exporter.delete(page)

    assert exporter.store.calls == [
        "create article:2024/amur-count@en",
        "read",
        "delete article:2024/amur-count@en",
    ]


def test_an_error_before_has_no_effect_and_one_after_has(exporter, records, desire, make):
    wanted = desire(exporter, make.article(), records)
    exporter.store.faults += [
        Fault("create", error=Transient("busy")),
        Fault("create", "after", Ambiguous("the answer was lost"), skip=1),
    ]

    with pytest.raises(Transient):
        exporter.create(wanted)
    assert exporter.store.pages == {}
    exporter.create(wanted)
    with pytest.raises(Ambiguous):
        exporter.create(wanted)
    assert len(exporter.store.pages) == 2
    assert exporter.store.faults == []


def test_a_hook_is_told_of_every_call(exporter, records, desire, make):
    seen = []
    exporter.store.on_call = lambda verb, phase: seen.append((verb, phase))

    exporter.create(desire(exporter, make.article(), records))

    assert seen == [("create", "before"), ("create", "after")]


def test_a_stale_read_answers_what_was(exporter, records, desire, make):
    exporter.store.freeze_reads()
    page = exporter.create(desire(exporter, make.article(), records))
    assert list(exporter.read()) == list(exporter.find([page.ident])) == []

    exporter.store.stale = None
    assert len(list(exporter.read())) == 1


def test_pages_are_found_by_their_key(exporter, records, desire, make):
    page = exporter.unpublish(exporter.create(desire(exporter, make.page(), records)))
    exporter.create(desire(exporter, make.article(), records))

    assert list(exporter.find([page.ident, "page:none@en"])) == [page]
    assert exporter.store.calls[-1] == "find page:leopards@en page:none@en"


def test_what_is_not_public_is_not_rendered(exporter, records, make):
    assert "Ounce" not in str(exporter.render(make.page(), records.but("report:ounce")))
