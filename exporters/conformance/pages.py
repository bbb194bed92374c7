"""What every exporter keeps of one page: the first half of the tour."""

import pytest
from pydantic import ValidationError

from exporters.base import Exporter
from exporters.trial import ODD_TEXTS, Desk, Records, plain, texts
from exporters.trying import Trying
from schemas.errors import NotFound, StaleWrite, Unsupported


class PageConformance(Trying):
    """From what an exporter says of itself to a page that is removed."""

    # 1. It says what it can do, and what it can be told.

    def test_each_option_is_described(self, exporter: Exporter) -> None:
        for name, option in exporter.Options.model_fields.items():
            assert option.description, f"the option {name} lacks a description"

    def test_a_misspelt_option_is_refused(self, exporter: Exporter) -> None:
        with pytest.raises(ValidationError):
            exporter.Options.model_validate({**exporter.options.model_dump(), "no_such_option": 1})

    def test_no_instance_promises_more_than_its_class(self, exporter: Exporter) -> None:
        whole = type(exporter).capabilities.model_dump()
        for name, promised in exporter.capabilities.model_dump().items():
            assert promised <= whole[name], f"{name} is promised by the instance and not by the class"

    # 2. Rendering and normalising are pure: same input, same answer.

    def test_rendering_twice_gives_the_same(self, exporter: Exporter) -> None:
        record = self.record()
        before = record.model_copy(deep=True)
        first, second = (exporter.render(record, Records([record])) for _ in range(2))
        assert first == second
        assert first is not second
        assert record == before

    def test_normalising_twice_is_normalising_once(self, exporter: Exporter) -> None:
        record = self.record(title="  Leopards  ", text=" padded ")
        fields = exporter.render(record, Records([record]))
        once = exporter.normalise(fields)
        assert exporter.normalise(once) == once
        assert fields == exporter.render(record, Records([record])), "its argument was changed"

    # 3. A channel starts empty. What is created can be read back, as it was sent.

    def test_it_starts_empty(self, desk: Desk) -> None:
        assert list(desk.exporter.read()) == []

    def test_what_cannot_be_read_back_gives_nothing(self, desk: Desk) -> None:
        made = desk.create(self.record())
        desk.publish()
        found = [page.ident for page in desk.exporter.read()]
        assert found == ([made.ident] if desk.exporter.capabilities.reads else [])

    def test_what_is_created_can_be_read_back(self, desk: Desk) -> None:
        made = desk.create(self.record())
        page = self.check_held(desk, self.record())
        assert (page.id, page.key, page.locale) == (made.id, "page:leopards", "en")
        assert (page.state, page.version, page.url) == ("published", made.version, made.url)
        assert plain(self.title_of(page.fields)) == "Leopards"

    @pytest.mark.parametrize("name", ODD_TEXTS)
    def test_odd_texts_survive(self, desk: Desk, name: str) -> None:
        odd = self.odd_texts[name]
        record = self.record(title=odd, text=odd)
        desk.create(record)
        page = self.check_held(desk, record)
        assert plain(self.title_of(page.fields)) == plain(odd)
        assert any(plain(odd) in plain(text) for text in texts(page.fields))

    def test_long_texts_survive(self, desk: Desk) -> None:
        title, text = "é" * self.longest_title, "豹 leopard " * (self.longest_text // 10)
        record = self.record(title=title, text=text)
        desk.create(record)
        page = self.check_held(desk, record)
        assert self.title_of(page.fields) == title
        assert any(text.strip() in inner for inner in texts(page.fields))

    def test_many_pages_are_all_read(self, desk: Desk) -> None:
        records = [self.record(f"n-{at}") for at in range(self.many)]
        for record in records:
            desk.create(record)
        assert set(desk.held()) == {record.ident for record in records}

    # 4. An update touches one page, which keeps its id.

    def test_an_update_changes_one_page_and_keeps_its_id(self, desk: Desk) -> None:
        first, other = desk.create(self.record()), desk.create(self.record("other"))
        changed = desk.update(self.record(title="Snow leopards", text="Now other"))
        assert changed.id == first.id
        page = self.check_held(desk, self.record(title="Snow leopards", text="Now other"))
        assert (page.id, page.version) == (first.id, changed.version)
        assert desk.held()[other.ident].version == other.version
        self.check_held(desk, self.record("other"))

    def test_an_update_repeated_changes_nothing_more(self, desk: Desk) -> None:
        desk.create(self.record())
        for _ in range(2):
            desk.update(self.record(title="Changed"))
        assert len(desk.held()) == 1
        self.check_held(desk, self.record(title="Changed"))

    def test_a_page_that_is_gone_is_not_found(self, desk: Desk) -> None:
        if not self.notices_vanished:
            pytest.skip("the channel does not notice")
        made = desk.create(self.record())
        desk.keep(made.model_copy(update={"id": self.no_such_id}))
        with pytest.raises(NotFound):
            desk.update(self.record(title="Changed"))
        desk.keep(made)
        assert len(desk.held()) == 1

    def test_every_worker_sees_the_same_channel(self, desk: Desk) -> None:
        desk.create(self.record())
        again = type(desk.exporter)(desk.exporter.options, desk.exporter.context)
        with again.session():
            desk.keep(again.update(desk.remotes[self.record().ident], desk.desired(self.record(title="New"))))
        self.check_held(desk, self.record(title="New"))

    # 5. A page that somebody changed is not overwritten unseen, where the channel can tell.

    def test_a_stale_write(self, desk: Desk) -> None:
        old = desk.create(self.record())
        desk.update(self.record(title="By somebody else"))
        ours = desk.desired(self.record(title="Ours"))
        if desk.exporter.capabilities.conditional:
            with pytest.raises(StaleWrite):
                desk.exporter.update(old, ours)
            self.check_held(desk, self.record(title="By somebody else"))
        else:
            desk.keep(desk.exporter.update(old, ours))
            self.check_held(desk, self.record(title="Ours"))

    # 6. Pages are found by our key, drafts included.

    def test_find(self, desk: Desk) -> None:
        page = desk.create(self.record())
        desk.create(self.record("other"))
        if not desk.exporter.capabilities.lookup:
            with pytest.raises(Unsupported):
                list(desk.exporter.find([page.ident]))
            return
        desk.publish()
        (found,) = desk.exporter.find([page.ident, "page:no-such@en"])
        assert (found.id, found.ident, found.version) == (page.id, page.ident, page.version)
        assert {one.ident for one in desk.exporter.find([page.ident, "page:other@en"])} == set(desk.remotes)
        assert list(desk.exporter.find([])) == []

    # 7. Drafts, times to come, hiding and removing.

    @pytest.mark.parametrize(("ability", "state"), [("drafts", "draft"), ("scheduling", "scheduled")])
    def test_what_is_not_published_yet(self, desk: Desk, ability: str, state: str) -> None:
        record = self.record(published_at="2999-01-01" if state == "scheduled" else None)
        if not getattr(desk.exporter.capabilities, ability):
            with pytest.raises(Unsupported):
                desk.exporter.accept(desk.desired(record, state=state))
            return
        made = desk.create(record, state=state)
        assert desk.held()[record.ident].state == state
        if desk.exporter.capabilities.lookup:
            assert [one.id for one in desk.exporter.find([record.ident])] == [made.id]
        desk.update(self.record(), state="published")
        page = desk.held()[record.ident]
        assert (page.id, page.state) == (made.id, "published")

    def test_unpublish_hides_a_page_and_keeps_it(self, desk: Desk) -> None:
        made = desk.create(self.record())
        if not desk.exporter.capabilities.unpublish:
            with pytest.raises(Unsupported):
                desk.exporter.unpublish(made)
            with pytest.raises(Unsupported):
                desk.exporter.accept(desk.desired(self.record(), state="withdrawn"))
            return
        hidden = desk.keep(desk.exporter.unpublish(made))
        page = desk.held()[made.ident]
        assert (page.id, page.version, page.state) == (made.id, hidden.version, hidden.state)
        assert page.state != "published"
        self.check_held(desk, self.record())
        desk.update(self.record(), state="published")
        assert desk.held()[made.ident].state == "published"

    def test_delete_removes_one_page(self, desk: Desk) -> None:
        page, other = desk.create(self.record()), desk.create(self.record("other"))
        if not desk.exporter.capabilities.delete:
            with pytest.raises(Unsupported):
                desk.exporter.delete(page)
            assert set(desk.held()) == {page.ident, other.ident}
            return
        desk.delete(page)
        assert set(desk.held()) == {other.ident}
        if self.notices_vanished:
            with pytest.raises(NotFound):
                desk.exporter.delete(page)
