"""
The whole core against a world that does what worlds do: content changes, sources fail, people edit, processes die.

`LEOPARD_EXAMPLES` says how many lives are tried; without it, a few that are always the same. `LEOPARD_SHRINK`
makes a life that fails as short as can be, which takes minutes.
"""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

sys.path.insert(0, str(Path(__file__).resolve().parent))

from world import CHANNEL, World

from exporters.memory import Fault
from pipeline.ledger.lock import locked
from schemas.errors import Ambiguous, ChannelDown, GuardStop, LeopardError, Rejected, Transient

KEYS = [*(f"page:p{n}" for n in range(6)), *(f"topic:t{n}" for n in range(4)), "asset:coat", "asset:ear"]
WRITES = ("create", "update", "delete", "unpublish", "write_many")
keys = st.sampled_from(KEYS)
shelves = st.sampled_from("ab")
words = st.sampled_from(["One", "Two", " Three ", "Four"])
lists_of = lambda some: st.lists(some, max_size=3, unique=True)  # noqa: E731


@st.composite
def faults(draw):
    """One or several things that go wrong at a verb."""
    verb = draw(st.sampled_from([*WRITES, *WRITES, "find", "read"]))
    phase = draw(st.sampled_from(["before", "after"]))
    errors = [Ambiguous("lost")]
    if phase == "before":
        errors += [Transient("busy", retry_after=0.0), Rejected("no"), ChannelDown("down")]
    elif verb not in ("create", "write_many"):
        errors += [Transient("lost", retry_after=0.0)]
    if verb in ("find", "read"):
        errors = [Transient("busy", retry_after=0.0), ChannelDown("down")]
    error, skip = draw(st.sampled_from(errors)), draw(st.integers(0, 3))
    return [Fault(verb, phase, error, skip=skip) for _ in range(draw(st.sampled_from([1, 1, 2, 6])))]


def told(fault):
    return f"{fault.verb}:{fault.phase}:{type(fault.error).__name__}:{fault.skip}"


Fault.__repr__ = told  # short enough to be read in a life that fails


class Core(RuleBasedStateMachine):
    """Lives of a project with one channel."""

    def __init__(self):
        super().__init__()
        self.world = None

    @initialize(
        without=lists_of(
            st.sampled_from(
                ["unpublish", "conditional", "lookup", "references", "batch", "assets", "locales"]
            )
        ),
        documents=st.sampled_from([False, False, False, True]),
        hand_edits=st.sampled_from(["overwrite", "keep", "ask"]),
        on_missing=st.sampled_from(["delete", "delete", "unpublish", "keep"]),
        several=st.integers(0, 8),
    )
    def begin(self, without, documents, hand_edits, on_missing, several):
        if "unpublish" in without or documents:
            on_missing = "delete"
        self.world = World(without, documents, hand_edits=hand_edits, on_missing=on_missing)
        self.policy, self.on_missing = hand_edits, on_missing
        self.careful = self.world.exporter.capabilities.conditional
        self.foreign = {}
        self.edits = {}
        self.orphans = set()
        self.last = None
        for key in KEYS[:several]:
            self.write(key, "One", "a", [], None, "fine")

    # content

    @rule(
        key=keys,
        title=words,
        shelf=shelves,
        to=lists_of(keys),
        image=st.sampled_from([None, None, "asset:coat", "asset:ear"]),
        how=st.sampled_from(["fine", "fine", "fine", "fine", "translated", "draft", "broken"]),
    )
    def write(self, key, title, shelf, to, image, how):
        kind, _, name = key.partition(":")
        data = {"key": key, "kind": kind, "title": title, "slug": name, "shelf": shelf}
        if kind == "page":
            named = [one for one in to if not one.startswith("asset:")]
            data |= {"blocks": [{"type": "related", "items": named}], "image": image}
        if kind == "asset":
            data |= {"file": f"{len(title) % 2}.png", "alt": {"en": "Coat", "fr": "Robe"}}
            data |= {"credit": "us", "licence": "CC0-1.0"}
        if how == "draft":
            data["status"] = "draft"
        if how == "translated" and kind == "page":
            data["translations"] = {"fr": {"title": f"{title} en français"}}
        if how == "broken":
            data["slug"] = "No Slug"
        known = self.world.truth.get(key)
        if known and known["shelf"] != shelf and kind not in self.kinds_of(shelf):
            data["shelf"] = known[
                "shelf"
            ]  # that a failing source may have what it never had, nobody can know
        self.world.truth[key] = data

    def kinds_of(self, shelf):
        return (self.world.ledger.fact(f"kinds:{shelf}") or "").split()

    @rule(key=keys)
    def take_away(self, key):
        self.world.truth.pop(key, None)

    @rule()
    def take_all_away(self):
        self.world.truth.clear()

    @rule(shelf=shelves, state=st.sampled_from(["partial", "failed", "empty"]), hidden=lists_of(keys))
    def source_fails(self, shelf, state, hidden):
        self.world.state[shelf], self.world.hidden = state, set(hidden)

    @rule()
    def sources_recover(self):
        self.world.state = dict.fromkeys(self.world.state, "complete")

    # people and accidents

    @precondition(lambda self: self.world.store.pages)
    @rule(data=st.data(), title=words)
    def hand_edit(self, data, title):
        ident = data.draw(st.sampled_from(sorted(self.world.pages())))
        self.world.store.hand_edit(ident, {"title": f"{title}, by hand"})
        entry = self.world.ledger.pages.get(CHANNEL, ident)
        protected = self.policy == "keep" or (self.policy == "ask" and self.careful)
        if entry and self.policy != "overwrite" and protected and ident not in self.world.doubted():
            self.edits[ident] = [f"{title}, by hand", self.careful]

    @precondition(lambda self: self.world.store.pages and not self.world.exporter.capabilities.document)
    @rule(data=st.data())
    def hand_removal(self, data):
        page = data.draw(st.sampled_from(sorted(self.world.store.pages)))
        self.edits.pop(self.world.store.pages.pop(page).ident, None)

    @rule(title=words)
    def page_of_others(self, title):
        self.foreign[self.world.store.add_foreign({"title": title})] = {"title": title}

    @rule()
    def ledger_is_lost(self):
        self.orphans |= set(self.world.pages())
        self.edits.clear()
        self.world.lose_ledger()

    @rule()
    def ledger_is_rebuilt(self):
        self.world.heal()  # whatever is missing while the ledger is made anew, nobody can miss later
        self.world.rebuild_ledger()
        self.edits.clear()

    @rule(detached=st.booleans(), key=keys)
    def detach_and_attach(self, detached, key):
        pages = self.world.ledger.pages
        pages.detach(CHANNEL, key)
        if detached:
            before = self.world.pages()
            self.sync()
            same = {i: p for i, p in before.items() if i.startswith(f"{key}@")}
            assert {i: p for i, p in self.world.pages().items() if i.startswith(f"{key}@")} == same
        pages.attach(CHANNEL, key)
        self.world.ledger.set_fact("settled", None)

    # runs

    @rule(allow=st.booleans(), later=st.booleans(), refresh=st.booleans(), retry=st.booleans())
    def sync(self, allow=False, later=True, refresh=False, retry=False):
        self.watched(allow, lambda allowed: self.world.run(allowed, later, refresh=refresh, retry=retry))
        if refresh:
            for edit in self.edits.values():
                edit[1] = True

    @rule(arranged=st.lists(faults(), min_size=1, max_size=3), allow=st.booleans())
    def sync_with_faults(self, arranged, allow):
        self.world.store.faults = [fault for several in arranged for fault in several]
        self.watched(allow, self.world.run)
        self.world.store.faults.clear()

    @rule(point=st.integers(1, 40), allow=st.booleans(), refresh=st.booleans())
    def sync_dies(self, point, allow, refresh):
        with self.world.fatal(point):
            self.watched(allow, lambda allowed: self.world.run(allowed, refresh=refresh))

    @rule()
    def two_at_once(self):
        self.world.ledger.set_fact("settled", None)
        with locked(self.world.ledger, "first"):
            before = list(self.world.store.calls)
            assert isinstance(self.world.run(), GuardStop)
            assert self.world.store.calls == before

    @precondition(lambda self: self.careful)
    @rule()
    def sync_through_a_cache(self):
        self.world.heal()
        self.world.run((CHANNEL,), retry=True)
        if not self.world.doubted() and self.world.ledger.fact(f"known:{CHANNEL}"):
            self.world.store.freeze_reads()
            self.sync(refresh=False)
            self.world.store.stale = None

    @precondition(lambda self: self.last)
    @rule(dies=st.sampled_from([None, None, 3, 9]))
    def roll_back(self, dies):
        self.edits.clear()
        if dies:
            with self.world.fatal(dies):
                self.world.roll_back(self.last)
        else:
            self.world.roll_back(self.last)

    def watched(self, allow, work):
        """Run, and look at what it removed."""
        at, held = len(self.world.store.calls), len(self.world.store.pages)
        kept = {ident: edit for ident, edit in self.edits.items() if edit[1] and ident in self.world.pages()}
        before = self.world.pages()
        try:
            report = work((CHANNEL,) if allow else ())
            if not isinstance(report, LeopardError) and report.applied:
                self.last = report.id
        finally:
            called = [call.split() for call in self.world.store.calls[at:]]
            gone = {call[1] for call in called if call[0] in ("delete", "unpublish")}
            wanted = self.wanted()
            assert not gone & wanted, f"removed although their records exist: {sorted(gone & wanted)}"
            assert allow or len(gone) <= max(5, held / 10), f"{len(gone)} of {held} were removed unasked"
            for ident, (title, _) in kept.items():
                page = self.world.pages().get(ident)
                if page is None:
                    assert ident not in wanted and self.policy != "ask", f"{ident} was edited and is gone"
                elif page[0].id == before[ident][0].id:
                    assert page[0].fields["title"] == title, f"the title by hand of {ident} is lost"

    def wanted(self, held=frozenset()):
        """Idents whose records are there and public, wherever their sources are, and the pictures they show."""
        truth = self.world.truth.items()
        public = {k: data for k, data in truth if data.get("status") != "draft" and f"{k}@en" not in held}
        shown = {data["image"] for data in public.values() if data.get("image")}
        found = set()
        for key, data in public.items():
            if key.startswith("asset:") and not (key in shown and self.world.exporter.capabilities.assets):
                continue
            found |= {f"{key}@{locale}" for locale in ("en", *data.get("translations", ()))}
        return found

    # what always holds

    @invariant()
    def nothing_is_there_twice(self):
        if self.world:
            twice = sorted(ident for ident, pages in self.world.pages().items() if len(pages) > 1)
            assert not twice, f"more than one page: {twice}"

    @invariant()
    def pages_of_others_are_as_they_were(self):
        if self.world:
            assert self.world.store.foreign == self.foreign

    @rule()
    def all_is_well_in_the_end(self):
        """Once everybody behaves, a few runs bring the channel to what the content asks for."""
        self.world.heal()
        self.edits.clear()
        for wishes in ({"refresh": True, "overwrite": frozenset(KEYS), "retry": True}, {"retry": True}, {}):
            report = self.world.run((CHANNEL, "a", "b"), **wishes)
            assert not isinstance(report, LeopardError), report
        assert self.world.plan().is_empty, [c.reason for c in self.world.plan().channels[0].changes]
        open_ = self.world.doubted() - self.world.held()
        assert not (open_ & self.wanted() if self.on_missing == "keep" else open_), open_
        self.compare()
        before = len(self.world.store.calls)
        self.world.run()
        held = self.world.held()
        assert held or len(self.world.store.calls) == before

    def compare(self):
        held, pages = self.world.held(), self.world.pages()
        wanted = self.wanted(held) - held
        ids = {page[0].id: ident for ident, page in pages.items()}
        for ident in wanted:
            assert ident in pages, f"{ident} is lost"
            self.compare_page(ident, pages[ident][0], ids)
        for ident in set(pages) - self.wanted() - held - self.orphans:
            state = pages[ident][0].state
            if held and ident.startswith("asset:"):  # what is held back may show it
                continue
            assert self.on_missing == "keep" or (self.on_missing, state) == ("unpublish", "withdrawn"), ident

    def compare_page(self, ident, page, ids):
        key, _, locale = ident.rpartition("@")
        data = self.world.truth[key]
        title = data.get("translations", {}).get(locale, data)["title"]
        assert (page.fields["title"], page.state) == (title.strip(), "published")
        for to in page.fields.get("links", ()):
            assert to in ids, f"{ident} links to {to}, which is not there"

    def teardown(self):
        if self.world:
            self.all_is_well_in_the_end()


EXAMPLES = os.environ.get("LEOPARD_EXAMPLES")
TestCore = Core.TestCase
TestCore.settings = settings(
    max_examples=int(EXAMPLES or 50),
    stateful_step_count=12,
    derandomize=EXAMPLES is None,
    database=None,
    deadline=None,
    phases=[Phase.generate, *([Phase.shrink] if "LEOPARD_SHRINK" in os.environ else [])],
    suppress_health_check=list(HealthCheck),
)
