"""What nobody knows for certain is looked up, remembered and never guessed: one small world for each way."""

import sys
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import world as world_module
from ledger_place import ON_BOTH
from world import CHANNEL, Dead, World, leave

from exporters.common.folder import FolderExporter
from exporters.memory import Fault
from schemas.errors import Ambiguous, ChannelDown, LeopardError, Rejected

pytestmark = ON_BOTH
LOST = Ambiguous("lost")
ONE_BY_ONE = ("batch",)


def page(world, name, title="One", to=(), kind="page", **more):
    data = {"key": f"{kind}:{name}", "kind": kind, "title": title, "slug": name, "shelf": "a", **more}
    if to:
        data["blocks"] = [{"type": "related", "items": [f"page:{one}" for one in to]}]
    world.truth[data["key"]] = data


def world(*names, without=ONE_BY_ONE, **options):
    made = World(without, **options)
    for name in names:
        page(made, name)
    return made


def published(*names, **options):
    made = world(*names, **options)
    clean(made)
    return made


def clean(one, **wishes):
    report = one.run((CHANNEL,), **wishes)
    assert not isinstance(report, LeopardError), report
    assert not [p for p in report.problems if p.severity == "error"], report.problems
    return report


def titles(one):
    """The titles on the channel, by key; each page once."""
    assert all(len(pages) == 1 for pages in one.pages().values()), "a page is there twice"
    return {p.key.partition(":")[2]: p.fields["title"] for p in one.store.pages.values()}


def points():
    """Where to die: everywhere, but on a server, where each life takes longer, at some of the points."""
    return count(1, 4 if world_module.LEDGER.startswith("postgresql") else 1)


def deaths(make, run=lambda one: one.run((CHANNEL,))):
    """The world that `make` makes, once for each point at which `run` may die in it."""
    for point in points():
        one = make()
        with one.fatal(point):
            run(one)
        if not one.died:
            return
        yield one


@pytest.fixture(autouse=True)
def ledger(ledger_address, monkeypatch):
    """Every world that a test makes remembers there."""
    if ledger_address is not None:
        monkeypatch.setattr("world.LEDGER", ledger_address)
    yield
    leave(ledger_address)


@pytest.fixture(params=[False, True], ids=["pages", "documents"])
def documents(request):
    return request.param


# dying


def test_content_that_is_taken_back_after_a_death_is_what_counts(documents):
    def make():
        one = published("a", "b", documents=documents)
        clean(one)
        page(one, "a", "Two")
        page(one, "b", "Two")
        return one

    for one in deaths(make):
        page(one, "a")
        page(one, "b")
        clean(one)
        assert titles(one) == {"a": "One", "b": "One"}
        assert not one.doubted()


def test_a_record_that_is_taken_back_after_a_death_leaves_no_page(documents):
    def make():
        one = published("a", documents=documents)
        page(one, "b")
        return one

    for one in deaths(make):
        del one.truth["page:b"]
        clean(one)
        assert titles(one) == {"a": "One"}
        assert not one.doubted()


def test_a_second_death_forgets_no_doubt():
    for point in points():
        one = world("a", "b", "c")
        one.store.faults = [Fault("create", "after", LOST), *(Fault("find", "before", LOST) for _ in "ab")]
        one.run()
        one.store.faults.clear()
        with one.fatal(point):
            one.run()
        clean(one)
        assert titles(one) == {"a": "One", "b": "One", "c": "One"}
        if not one.died:
            break


def test_what_a_dead_first_run_read_is_known_when_the_source_fails():
    for one in deaths(lambda: world("a", "b")):
        page(one, "c", shelf="b")
        page(one, "t", shelf="b", kind="topic")
        clean(one)
        one.state["b"] = "failed"
        one.run((CHANNEL,))
        assert set(titles(one)) == {"a", "b", "c", "t"}


def test_kinds_are_known_before_the_first_write():
    def make():
        one = world("a")
        page(one, "t", kind="topic")
        return one

    for one in deaths(make):
        one.state["a"] = "partial"
        one.hidden = {"topic:t"}
        before = set(titles(one))
        one.run((CHANNEL,))
        assert before <= set(titles(one))


def test_the_old_bytes_of_a_picture_go_though_a_run_died_before(site, monkeypatch):
    site.run("sync", "--yes")
    (old,) = (site.root / "public/assets").iterdir()
    site.write("content/images/coat.png", old.read_bytes() + b"other")

    def dies(*_):
        raise Dead

    with monkeypatch.context() as dying, pytest.raises(Dead):
        dying.setattr(FolderExporter, "discard", dies)
        site.run("sync", "--yes")
    (new,) = set((site.root / "public/assets").iterdir()) - {old}
    assert site.run("sync", "--yes").status == 0
    assert list((site.root / "public/assets").iterdir()) == [new]


# a ledger that is lost


def test_a_death_after_the_ledger_was_lost_makes_no_page_twice():
    def make():
        one = published("a", "b", "c")
        one.lose_ledger()
        return one

    for one in deaths(make):
        clean(one)
        assert titles(one) == {"a": "One", "b": "One", "c": "One"}


def test_what_is_held_back_while_the_ledger_is_lost_is_not_made_again():
    one = published("a", "b")
    page(one, "b", slug="No Slug")
    one.lose_ledger()
    one.run()
    page(one, "b", "Two")
    clean(one)
    assert titles(one) == {"a": "One", "b": "Two"}


def test_what_a_source_does_not_give_while_the_ledger_is_lost_is_not_made_again():
    one = published("a", "b")
    page(one, "c", shelf="b")
    clean(one)
    one.state["b"] = "failed"
    one.lose_ledger()
    one.run()
    one.heal()
    clean(one)
    assert titles(one) == {"a": "One", "b": "One", "c": "One"}


def test_a_channel_without_look_up_is_read_instead():
    one = published("a", "b", without=("lookup", "batch"))
    one.store.faults = [Fault("create", "after", LOST)]
    page(one, "c")
    one.run()
    clean(one)
    one.lose_ledger()
    clean(one)
    assert titles(one) == {"a": "One", "b": "One", "c": "One"}


def test_after_a_rebuild_a_failing_source_loses_nothing():
    one = published("a")
    page(one, "t", kind="topic")
    clean(one)
    one.rebuild_ledger()
    one.state["a"] = "failed"
    one.run((CHANNEL,))
    assert set(titles(one)) == {"a", "t"}


def test_a_source_that_was_only_ever_partial_is_not_believed_to_be_empty():
    one = world("a", "b")
    one.state["a"] = "partial"
    one.run()
    one.state["a"] = "empty"
    one.run((CHANNEL,))
    assert set(titles(one)) == {"a", "b"}


# writes without an answer


def test_a_page_in_doubt_is_not_removed_while_its_source_fails():
    one = published("a", "b")
    page(one, "a", "Two")
    one.store.faults = [Fault("update", "after", ChannelDown("gone"))]
    one.run()
    assert one.doubted() == {"page:a@en"}
    one.state["a"] = "failed"
    one.run((CHANNEL,))
    assert set(titles(one)) == {"a", "b"}


@pytest.mark.parametrize(
    ("on_missing", "left"), [("delete", {"a"}), ("unpublish", {"a", "b"}), ("keep", {"a", "b"})]
)
def test_a_page_in_doubt_whose_record_is_gone_goes_by_the_policy(on_missing, left):
    one = published("a", on_missing=on_missing)
    page(one, "b")
    one.store.faults = [Fault("create", "after", ChannelDown("gone"))]
    one.run()
    del one.truth["page:b"]
    clean(one)
    assert set(titles(one)) == left
    page(one, "b", "Two")
    clean(one)
    assert titles(one) == {"a": "One", "b": "Two"}


def test_giving_up_a_channel_settles_no_doubt():
    one = world(*"abcdef")
    one.store.faults = [Fault("create", "after", LOST) for _ in range(5)]
    one.store.faults += [Fault("find", "before", LOST) for _ in range(5)]
    one.run()
    one.store.faults.clear()
    clean(one)
    assert set(titles(one)) == set("abcdef")


def picture(one, name):
    words = {"alt": {"en": "Coat", "fr": "Robe"}, "credit": "us", "licence": "CC0-1.0"}
    page(one, name, kind="asset", file="0.png", **words)
    page(one, f"of-{name}", image=f"asset:{name}")


def test_a_picture_that_was_found_after_a_batch_and_then_refused_is_not_made_again():
    one = world(without=())
    for name in ("coat", "ear"):
        picture(one, name)
    one.store.faults = [Fault("write_many", "after", LOST)]
    one.store.faults += [Fault("update", "before", Rejected("no")) for _ in range(2)]
    one.run()
    clean(one)
    assert set(titles(one)) == {"coat", "ear", "of-coat", "of-ear"}


def test_a_picture_that_was_found_and_then_refused_is_not_made_again():
    one = world()
    picture(one, "coat")
    one.store.faults = [Fault("create", "after", LOST), Fault("update", "before", Rejected("no"))]
    one.run()
    clean(one)
    assert set(titles(one)) == {"of-coat", "coat"}


def test_a_page_that_was_found_by_the_next_run_and_then_refused_is_not_made_again():
    one = world("a")
    one.store.faults = [Fault("create", "after", LOST), Fault("find", "before", LOST)]
    one.run()
    page(one, "a", "Two")
    one.store.faults = [Fault("update", "before", Rejected("no"))]
    one.run()
    clean(one)
    assert titles(one) == {"a": "Two"}


def test_a_page_that_vanished_is_made_again_once():
    one = published("a", "b", without=("conditional", "batch"))
    del one.store.pages[one.pages()["page:a@en"][0].id]
    page(one, "a", "Two")
    one.store.faults = [Fault("create", "after", LOST)]
    clean(one)
    assert titles(one) == {"a": "Two", "b": "One"}


def test_a_page_that_vanished_from_a_batch_is_made_again_too():
    one = published("a", "b", without=())
    del one.store.pages[one.pages()["page:a@en"][0].id]
    page(one, "a", "Two")
    page(one, "b", "Two")
    clean(one)
    assert titles(one) == {"a": "Two", "b": "Two"}


def test_hiding_a_page_that_vanished_is_done():
    one = published("a", "b", on_missing="unpublish")
    del one.store.pages[one.pages()["page:a@en"][0].id]
    del one.truth["page:a"]
    clean(one)
    assert one.plan().is_empty
    assert titles(one) == {"b": "One"}


def test_what_people_keep_survives_a_write_in_doubt():
    one = published("a", hand_edits="keep")
    one.store.hand_edit("page:a@en", {"title": "By hand"})
    clean(one, refresh=True)
    page(one, "a", "Two", summary="New.")
    one.store.faults = [Fault("update", "before", ChannelDown("gone"))]
    one.run()
    clean(one)
    assert titles(one) == {"a": "By hand"}


# pages that have become others


def links(one, name):
    """Names of the pages that a page links to; None for one that is not there."""
    names = {p.id: p.key.partition(":")[2] for p in one.store.pages.values()}
    return [names.get(to) for to in one.pages()[f"page:{name}@en"][0].fields["links"]]


def circle():
    one = world()
    page(one, "a", to=["b"])
    page(one, "b", to=["a"])
    page(one, "c", to=["a", "b"])
    clean(one)
    return one


def test_who_refers_to_a_page_that_was_made_anew_is_written_again():
    one = circle()
    del one.store.pages[one.pages()["page:b@en"][0].id]
    clean(one, refresh=True, overwrite=frozenset({"page:b"}))
    assert (links(one, "a"), links(one, "b"), links(one, "c")) == (["b"], ["a"], ["a", "b"])


def test_a_page_that_was_made_anew_unforeseen_is_followed_by_the_next_run():
    one = circle()
    del one.store.pages[one.pages()["page:b@en"][0].id]
    page(one, "b", to=["a"], tags=["new"])  # which nobody shows who refers to it
    clean(one)
    clean(one)
    assert (links(one, "a"), links(one, "c")) == (["b"], ["a", "b"])
    assert one.plan().is_empty


def test_a_circle_that_was_half_removed_closes_again():
    def make():
        one = circle()
        one.truth.pop("page:a")
        page(one, "b")
        page(one, "c")
        return one

    for one in deaths(make):
        page(one, "a", to=["b"])
        page(one, "b", to=["a"])
        page(one, "c", to=["a", "b"])
        clean(one)
        assert (links(one, "a"), links(one, "b"), links(one, "c")) == (["b"], ["a"], ["a", "b"])
        assert one.plan().is_empty


def test_who_refers_to_a_page_that_waits_is_not_sent():
    one = world("b")
    page(one, "a", to=["b"])
    one.store.faults = [Fault("create", "before", Rejected("no"))]
    one.run(later=False)
    before = list(one.store.calls)
    one.run(later=False)
    assert [call for call in one.store.calls[len(before) :] if not call.startswith("read")] == []
    assert titles(one) == {}
    clean(one)
    assert links(one, "a") == ["b"]
