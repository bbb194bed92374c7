"""
The whole core against a world that does what worlds do: content changes, sources fail, people edit, processes die.

`LEOPARD_EXAMPLES` says how many lives are tried; without it, a few that are always the same. `LEOPARD_SHRINK`
makes a life that fails as short as can be, which takes minutes.
"""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

sys.path.insert(0, str(Path(__file__).resolve().parent))

from events import KEYS, faults, keys, lists_of, records, shelves, words
from world import CHANNEL, World, leave

from pipeline import spool
from pipeline.ledger.lock import locked
from schemas.errors import GuardStop, LeopardError


class Core(RuleBasedStateMachine):
    """Lives of a project with one channel."""

    def __init__(self):
        super().__init__()
        self.patch = pytest.MonkeyPatch()
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
        written=st.lists(records(), min_size=8, max_size=20),
        published=st.sampled_from([True, True, False]),
        kept=st.sampled_from([1, 1_000]),
    )
    def begin(self, without, documents, hand_edits, on_missing, written, published, kept):
        self.patch.setattr(spool, "KEPT", kept)
        if "unpublish" in without or documents:
            on_missing = "delete"
        self.world = World(without, documents, hand_edits=hand_edits, on_missing=on_missing)
        self.policy, self.on_missing = hand_edits, on_missing
        self.careful = self.world.exporter.capabilities.conditional
        self.foreign = {}
        self.edits = {}
        self.orphans = set()
        self.last = None
        self.write(written)
        if published:
            self.sync(allow=True)

    # content

    @rule(wanted=st.lists(records(), min_size=1, max_size=4))
    def write(self, wanted):
        for one in wanted:
            self.put(**one)

    def put(self, key, title, shelf, to, image, how):
        """Write one record down; what it refers to is there unless the record is meant to be broken."""
        kind, _, name = key.partition(":")
        data = {"key": key, "kind": kind, "title": title, "slug": name, "shelf": shelf}
        truth = self.world.truth
        if kind == "page":
            to, image = [one for one in to if one in truth], image if image in truth else None
            data |= {"blocks": [{"type": "related", "items": to}], "image": image}
        if kind == "asset":
            data |= {"file": f"{len(title) % 2}.png", "alt": {"en": "Coat", "fr": "Robe"}}
            data |= {"credit": "us", "licence": "CC0-1.0"}
        if how == "draft":
            data["status"] = "draft"
        if how == "translated" and kind == "page":
            data["translations"] = {"fr": {"title": f"{title} en français"}}
        if how == "broken":
            data["slug"] = "No Slug"
        known = truth.get(key)
        if known and known["shelf"] != shelf and kind not in self.kinds_of(shelf):
            data["shelf"] = known[
                "shelf"
            ]  # that a failing source may have what it never had, nobody can know
        truth[key] = data

    def kinds_of(self, shelf):
        return (self.world.ledger.fact(f"kinds:{shelf}") or "").split()

    @rule(gone=st.lists(keys, min_size=1, max_size=3), everything=st.sampled_from([False] * 5 + [True]))
    def take_away(self, gone, everything):
        for key in list(self.world.truth) if everything else gone:
            self.world.truth.pop(key, None)

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
            self.edits[ident] = [f"{title}, by hand".strip(), self.careful]

    @precondition(lambda self: self.world.store.pages and not self.world.exporter.capabilities.document)
    @rule(data=st.data())
    def hand_removal(self, data):
        page = data.draw(st.sampled_from(sorted(self.world.store.pages)))
        self.edits.pop(self.world.store.pages.pop(page).ident, None)

    @rule(what=st.sampled_from(["others", "lost", "lost", "rebuilt", "two at once", "cache"]), key=keys)
    def accident(self, what, key):
        match what:
            case "others":
                self.foreign[self.world.store.add_foreign({"title": key})] = {"title": key}
            case "lost":
                self.orphans |= set(self.world.pages())
                self.edits.clear()
                self.world.lose_ledger()
            case "rebuilt":
                self.world.heal()  # whatever is missing while the ledger is made anew, nobody can miss later
                self.world.rebuild_ledger()
                self.edits.clear()
            case "two at once":
                self.world.ledger.set_fact("settled", None)
                with locked(self.world.ledger, "first"):
                    before = list(self.world.store.calls)
                    assert isinstance(self.world.run(), GuardStop)
                    assert self.world.store.calls == before
            case "cache" if self.careful:
                self.world.heal()
                self.world.run((CHANNEL,), retry=True)
                if not self.world.doubted() and self.world.ledger.fact(f"known:{CHANNEL}"):
                    self.world.store.freeze_reads()
                    self.sync(refresh=False)
                    self.world.store.stale = None

    @rule(key=keys)
    def detach_and_attach(self, key):
        pages, before = self.world.ledger.pages, self.world.pages()
        pages.detach(CHANNEL, key)
        self.world.ledger.set_fact("settled", None)
        self.sync()
        same = {ident: page for ident, page in before.items() if ident.startswith(f"{key}@")}
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
        held = self.world.held()
        open_ = {one for one in self.world.doubted() - held if not (held and one.startswith("asset:"))}
        assert not (open_ & self.wanted() if self.on_missing == "keep" else open_), open_
        self.compare()
        before = len(self.world.store.calls)
        self.world.run()
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
        found = (page.fields["title"], page.state)
        assert found == (title.strip(), "published"), f"{ident}: {found} and not {title!r}"
        links = [ids.get(to) for to in page.fields.get("links", ())]
        assert None not in links, f"{ident} links to pages that are not there: {page.fields['links']}"
        if locale == "en" and self.world.exporter.capabilities.references:
            named = {f"{to}@en" for block in data.get("blocks", ()) for to in block["items"]}
            named |= {f"{data['image']}@en"} if data.get("image") else set()
            missing, other = (named & self.wanted()) - set(links), set(links) - named
            assert not missing, f"{ident} does not link to {missing}"
            assert all(to.startswith("asset:") for to in other), f"{ident} links to {other}"

    def teardown(self):
        self.patch.undo()
        if self.world:
            self.all_is_well_in_the_end()


EXAMPLES = os.environ.get("LEOPARD_EXAMPLES")
SETTINGS = settings(
    max_examples=int(EXAMPLES or 50),
    stateful_step_count=12,
    derandomize=EXAMPLES is None or "CI" in os.environ,
    database=None,
    deadline=None,
    phases=[Phase.generate, *([Phase.shrink] if "LEOPARD_SHRINK" in os.environ else [])],
    suppress_health_check=list(HealthCheck),
)


class TestCore(Core.TestCase):
    settings = SETTINGS


class TestCoreOnPostgres(Core.TestCase):
    """Fewer of the same lives with a ledger on a server."""

    settings = settings(SETTINGS, max_examples=max(8, int(EXAMPLES or 0) // 10))

    @pytest.fixture(autouse=True)
    def ledger(self, postgres_server, monkeypatch):
        address = postgres_server.schema()
        monkeypatch.setattr("world.LEDGER", address)
        yield
        leave(address)
