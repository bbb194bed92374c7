"""The decision table and the order of changes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.base import Desired, Remote
from pipeline.change import ChannelPlan
from pipeline.joined import joined
from pipeline.ledger import Entry
from pipeline.order import in_order
from pipeline.plan import Rules, changes, decide
from pipeline.spool import Spool


def desired(key, fields=None, references=()):
    fields = fields or {"title": key}
    return Desired(
        key=f"page:{key}",
        locale="en",
        kind="page",
        title=key,
        fields=fields,
        digest=str(fields),
        references=tuple(f"page:{to}@en" for to in references),
    )


def entry(key, fields=None, **more):
    wanted = desired(key, fields)
    return Entry.of(wanted, Remote(id=f"r-{key}", key=wanted.key, locale="en")).model_copy(update=more)


RULES = Rules("channel")


def test_new_record_is_created():
    assert decide(desired("a"), None, RULES).action == "create"


def test_same_digest_is_nothing():
    assert decide(desired("a"), entry("a"), RULES) is None


def test_other_digest_is_an_update():
    assert decide(desired("a", {"title": "new"}), entry("a"), RULES).action == "update"


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "waits"), [(1, True), (60, False)])
def test_what_is_due_too_soon_to_be_scheduled_waits_as_a_draft(minutes, waits):
    due = (NOON + timedelta(minutes=minutes)).isoformat()
    wanted = desired("a").model_copy(update={"state": "scheduled", "sort_key": due})
    change = decide(wanted, entry("a", state="draft"), Rules("c", now=NOON))
    assert (change is None) is waits
    assert decide(desired("a"), entry("a", state="draft"), Rules("c", now=NOON)).action == "update"


@pytest.mark.parametrize(("live", "action"), [("published", None), ("scheduled", "update"), (None, "update")])
def test_what_has_come_out_by_itself_is_left_as_it_is(live, action):
    page = Remote(id="r-a", key="page:a", locale="en", fields={"title": "a"}, state=live or "draft")
    change = decide(
        desired("a"), entry("a", state="scheduled"), Rules("c", looked={page.ident: page} if live else {})
    )
    assert (change and change.action) == action


def test_vanished_page_is_created_again():
    assert decide(desired("a"), entry("a"), Rules("c", gone=frozenset({"page:a@en"}))).action == "create"


def test_missing_record_is_deleted_unpublished_or_kept():
    assert decide(None, entry("a"), RULES).action == "delete"
    assert decide(None, entry("a"), Rules("c", "unpublish")).action == "unpublish"
    assert decide(None, entry("a", state="withdrawn"), Rules("c", "unpublish")) is None
    assert decide(None, entry("a"), Rules("c", "keep")) is None


def test_nothing_is_deleted_whose_absence_is_not_proven():
    assert decide(None, entry("a"), Rules("c", kept={"page:a@en": "held back"})) is None
    assert decide(None, entry("a"), Rules("c", kept={"page:*": "source is partial"})) is None
    assert decide(None, entry("a"), Rules("c", kept={"article:*": "source is partial"})).action == "delete"


def test_gone_on_both_sides_is_forgotten():
    assert decide(None, entry("a"), Rules("c", gone=frozenset({"page:a@en"}))).action == "forget"


names = st.sets(st.sampled_from("abcdefgh"))


@given(names, names)
def test_joining_finds_each_key_once(wanted, known):
    found = {
        c.ident: c.action
        for c in changes(joined(map(desired, sorted(wanted)), map(entry, sorted(known))), RULES)
    }
    assert found == {f"page:{k}@en": "create" for k in wanted - known} | {
        f"page:{k}@en": "delete" for k in known - wanted
    }


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=3)),
    st.sampled_from([tuple, Spool]),
)
def test_order_puts_references_first_unless_they_make_a_circle(graph, kind):
    planned = kind(changes(((desired(k, references=v), None) for k, v in sorted(graph.items())), RULES))
    ordered = [change.ident[5:-3] for change in in_order(planned)]
    assert sorted(ordered) == sorted(graph)

    def reach(start):
        seen, todo = set(), list(graph.get(start, ()))
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo.extend(graph.get(at, ()))
        return seen

    for source, targets in graph.items():
        for target in targets:
            if target in graph and source not in reach(target):
                assert ordered.index(target) < ordered.index(source)


def test_removals_come_last():
    planned = [*changes([(None, entry("a")), (desired("b"), None)], RULES)]
    assert [change.action for change in in_order(planned)] == ["create", "delete"]


def test_counts():
    planned = ChannelPlan(
        channel="c", changes=tuple(changes([(None, entry("a")), (desired("b"), None)], RULES))
    )
    assert planned.counts == {"create": 1, "delete": 1}
