"""What every channel keeps in a project."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from exporters.base import Exporter
from exporters.conformance import ExporterConformance
from exporters.trial import Foreign
from pipeline.apply import write
from pipeline.trial import Traffic, Trial

PUBLISHED = {f"page:{name}@en": name.title() for name in ("one", "two", "three", "four")}


class ChannelConformance(ExporterConformance):
    """The suite for a channel in a project. Give the fixture `channel`, and others as far as they apply."""

    writes_per_page: ClassVar[int] = 1
    """Requests that one page takes."""

    @pytest.fixture
    def channel(self) -> Mapping[str, Any]:
        raise NotImplementedError("give a fixture `channel`: what leopard.yaml says of it, with `use`")

    @pytest.fixture
    def traffic(self) -> Traffic | None:
        """Counts what reaches the channel."""
        return None

    @pytest.fixture
    def hand_edit(self) -> Callable[[str, str], None] | None:
        """Somebody gives the page with that ident another title, on the channel."""
        return None

    @pytest.fixture
    def trial(
        self, tmp_path: Path, channel: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Trial]:
        monkeypatch.setattr(write, "seconds_until", lambda error, attempt: 0.0)
        trial = Trial(tmp_path, channel)
        yield trial
        trial.close()

    @pytest.fixture
    def exporter(self, trial: Trial) -> Exporter:
        return trial.exporter

    @pytest.fixture
    def published(self, trial: Trial, exporter: Exporter) -> Trial:
        """The project after its first run: a picture, two pages that name each other, and two more."""
        trial.picture()
        trial.page("one", "One", links=["two"], image=True)
        trial.page("two", "Two", links=["one"])
        trial.page("three", "Three")
        trial.page("four", "Four")
        assert trial.run().problems == []
        return trial

    def titles(self, trial: Trial) -> dict[str, str]:
        """What the channel holds: titles of public pages by ident."""
        pages = [one for one in trial.held().values() if not one.key.startswith("asset:")]
        return {one.ident: self.title_of(one.fields) for one in pages if one.state == "published"}

    def skip_unless(self, able: Any, what: str = "it cannot delete") -> None:
        if not able:
            pytest.skip(what)

    # 1. Apply, then plan is empty: nothing is left to do, and doing nothing costs nothing.

    def test_after_a_run_there_is_nothing_to_do(self, published: Trial, traffic: Traffic | None) -> None:
        if published.exporter.capabilities.reads:
            assert self.titles(published) == PUBLISHED
        before = len(traffic.requests) if traffic else 0
        assert not published.plan().changes
        assert published.run().outcome == "nothing"
        assert not traffic or len(traffic.requests) == before
        assert not published.plan(refresh=True).changes
        published.run(refresh=True)
        assert not published.plan(refresh=True).changes

    def test_changes_take_as_many_writes(self, published: Trial, traffic: Traffic | None) -> None:
        before = len(traffic.writes) if traffic else 0
        ids = {page.ident: page.id for page in published.held().values()}
        for name in ("three", "four"):
            published.page(name, f"{name} changed")
        assert published.run().applied[0].done == {"update": 2}
        if traffic:
            most = 2 * self.writes_per_page
            fewest = 1 if published.exporter.capabilities.batch > 1 else most
            assert fewest <= len(traffic.writes) - before <= most
        assert {page.ident: page.id for page in published.held().values()} == ids
        assert not published.plan(refresh=True).changes

    # 2. What goes away in the content goes away on the channel, as the channel is told.

    def test_a_record_that_is_gone(self, published: Trial) -> None:
        published.remove("three")
        report = published.run()
        able = published.exporter.capabilities.delete
        assert {problem.code for problem in report.problems} == (set() if able else {"channel.unsupported"})
        if published.exporter.capabilities.reads:
            assert ("page:three@en" in published.held()) is not able
        if able:
            assert not published.plan(refresh=True).changes

    def test_a_record_that_is_gone_and_is_to_be_hidden(self, published: Trial) -> None:
        published.configure(on_missing="unpublish")
        published.remove("three")
        report = published.run()
        if not published.exporter.capabilities.unpublish:
            assert {problem.code for problem in report.problems} == {"channel.unsupported"}
            return
        hidden = published.held()["page:three@en"]
        assert hidden.state != "published"
        assert not published.plan(refresh=True).changes
        published.page("three", "Three")
        assert published.run().problems == []
        page = published.held()["page:three@en"]
        assert (page.id, page.state) == (hidden.id, "published")
        assert not published.plan(refresh=True).changes

    # 3. What the channel cannot do is said before anything is written.

    def test_another_language(self, published: Trial) -> None:
        published.write("content/pages/one.fr.yaml", {"title": "Un"})
        report = published.run()
        able = published.exporter.capabilities.locales
        assert {problem.code for problem in report.problems} == (set() if able else {"channel.unsupported"})
        if published.exporter.capabilities.reads:
            assert ("page:one@fr" in published.held()) is able
            assert self.titles(published)["page:one@en"] == "One"

    def test_a_picture_that_changes(self, published: Trial) -> None:
        assert ("asset:coat@en" in published.held()) or not (
            published.exporter.capabilities.reads and published.exporter.capabilities.assets
        )
        published.picture(shade=200)
        assert published.run().problems == []
        assert not published.plan(refresh=True).changes

    # 4. Without a memory nothing is made twice, and what others made stays.

    def test_a_lost_ledger(self, published: Trial) -> None:
        before = published.held()
        published.forget()
        assert published.run().problems == []
        after = published.held()
        assert {page.ident: page.id for page in after.values()} == {
            page.ident: page.id for page in before.values()
        }
        assert not published.plan(refresh=True).changes

    def test_what_others_made(self, published: Trial, foreign: Foreign | None) -> None:
        self.skip_unless(foreign, "no fixture `foreign`")
        assert foreign is not None
        before = foreign.look()
        published.page("one", "One, changed")
        published.remove("three")
        published.run(refresh=True)
        assert foreign.look() == before

    # 5. A run can be taken back.

    def test_rollback(self, published: Trial) -> None:
        able = published.exporter.capabilities
        self.skip_unless(able.delete, "it cannot delete what a run has created")
        before = published.held()
        published.page("one", "One, changed", links=["two"], image=True)
        published.page("five", "Five")
        published.remove("three")
        run = published.run()
        back = published.undo(run.id)
        assert not [one for one in (*run.problems, *back.problems) if one.severity == "error"]
        after = published.held()
        assert set(after) == set(before)
        for ident in set(before) - {"page:three@en"}:
            assert (after[ident].id, after[ident].fields) == (before[ident].id, before[ident].fields)
        if published.exporter.capabilities.reads:
            assert after["page:three@en"].fields.keys() == before["page:three@en"].fields.keys()

    # 6. What people change on the channel is seen.

    @pytest.mark.parametrize("policy", ["overwrite", "keep", "ask"])
    def test_an_edit_by_hand(
        self, published: Trial, hand_edit: Callable[[str, str], None] | None, policy: str
    ) -> None:
        self.skip_unless(hand_edit, "no fixture `hand_edit`")
        assert hand_edit is not None
        published.configure(hand_edits=policy)
        hand_edit("page:three@en", "By hand")
        report = published.run(refresh=True)
        codes = {problem.code for problem in report.problems}
        assert codes == ({"channel.conflict"} if policy == "ask" else set())
        assert self.titles(published)["page:three@en"] == ("Three" if policy == "overwrite" else "By hand")
        if policy != "ask":
            assert not published.plan(refresh=True).changes

    def test_an_edit_by_hand_that_nobody_looked_for(
        self, published: Trial, hand_edit: Callable[[str, str], None] | None
    ) -> None:
        able = published.exporter.capabilities
        self.skip_unless(hand_edit and able.conditional and able.lookup, "it would not notice")
        assert hand_edit is not None
        hand_edit("page:three@en", "By hand")
        published.page("three", "Ours")
        assert {problem.code for problem in published.run().problems} == {"channel.conflict"}
        assert self.titles(published)["page:three@en"] == "By hand"
