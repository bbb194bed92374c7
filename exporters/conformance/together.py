"""What every exporter keeps of several pages, of languages, assets, other people's pages and documents."""

from collections.abc import Callable

import pytest

from exporters.base import Remote, Write
from exporters.trial import Desk, Foreign, Records, picture, plain, symbols, texts
from exporters.trying import Trying
from schemas.errors import LeopardError, Unsupported
from schemas.record import Record


class TogetherConformance(Trying):
    """From several writes in one request to whole documents."""

    # 8. Several writes in one request; each answer is told by its key.

    def batch(self, desk: Desk, *records: Record) -> list[Write]:
        return [Write(desired=desk.desired(one), remote=desk.remotes.get(one.ident)) for one in records]

    def test_a_batch(self, desk: Desk) -> None:
        desk.create(self.record("old"))
        size = desk.exporter.capabilities.batch
        records = [self.record("old", title="Changed")]
        records += [self.record(f"new-{at}", text=f"Text {at}") for at in range(size - 1)]
        if size == 1:
            with pytest.raises(Unsupported):
                desk.exporter.write_many(self.batch(desk, *records))
            return
        outcomes = desk.exporter.write_many(self.batch(desk, *records))
        assert set(outcomes) == {record.ident for record in records}
        for record in records:
            answer = outcomes[record.ident]
            assert isinstance(answer, Remote), answer
            assert answer.ident == record.ident
            page = self.check_held(desk, record)
            assert (page.id, page.version) == (answer.id, answer.version)
        assert len(desk.held()) == len(records)

    def test_a_batch_with_one_bad_write(self, desk: Desk) -> None:
        abilities = desk.exporter.capabilities
        if abilities.batch < 3 or not self.notices_vanished:
            pytest.skip("it has no batches of three, or nothing that would be refused in one")
        gone = desk.create(self.record("gone")).model_copy(update={"id": self.no_such_id})
        desk.keep(gone)
        records = [self.record("first"), self.record("gone", title="Changed"), self.record("last")]
        outcomes = desk.exporter.write_many(self.batch(desk, *records))
        assert isinstance(outcomes[gone.ident], LeopardError)
        good = {"page:first@en", "page:last@en"}
        done = {ident for ident in good if isinstance(outcomes[ident], Remote)}
        assert done == (set() if abilities.atomic_batch else good)
        assert set(desk.held()) == {gone.ident} | done

    # 9. Pages that name each other; languages; pictures with all that belongs to them.

    def test_references_are_ids_of_the_channel(self, desk: Desk) -> None:
        to = self.record("to")
        linking = self.linking("from", to)
        named = set(symbols(desk.exporter.render(linking, Records([linking, to]))))
        assert named == ({to.ident} if desk.exporter.capabilities.references else set())
        target = desk.create(to)
        desk.create(linking, to)
        page = self.check_held(desk, linking, to)
        if named:
            assert target.id in str(page.fields)

    def test_two_pages_name_each_other(self, desk: Desk) -> None:
        one, other = self.linking("one", self.record("other")), self.linking("other", self.record("one"))
        desk.create(one, other)
        desk.create(other, one)
        desk.update(one, other)
        self.check_held(desk, one, other)
        self.check_held(desk, other, one)

    def test_languages_are_pages_of_their_own(self, desk: Desk) -> None:
        english, french = self.record(), self.record(title="Léopards", locale="fr", text="Menacés")
        if not desk.exporter.capabilities.locales:
            with pytest.raises(Unsupported):
                desk.exporter.accept(desk.desired(french, english))
            return
        desk.create(english, french)
        desk.create(french, english)
        desk.update(self.record(title="Changed"), french)
        assert set(desk.held()) == {english.ident, french.ident}
        self.check_held(desk, french, english)

    def test_an_asset_keeps_its_words_and_its_credit(
        self, desk: Desk, media: Callable[[Remote], bytes] | None
    ) -> None:
        asset = picture(desk.exporter.context.root)
        if not desk.exporter.capabilities.assets:
            with pytest.raises(Unsupported):
                desk.exporter.accept(desk.desired(asset))
            return
        made, shown = desk.create(asset), self.showing(asset)
        desk.create(shown, asset)
        held = desk.held()
        said = plain(" ".join(texts([held[asset.ident].fields, held[shown.ident].fields])))
        for words in (asset.alt["en"], asset.caption["en"], asset.credit):
            assert plain(words or "") in said
        if media:
            data = (desk.exporter.context.root / "pictures" / "coat.png").read_bytes()
            assert media(made) == data
            other = picture(desk.exporter.context.root, shade=200)
            assert media(desk.update(other)) != data

    # 10. What others made is neither read nor touched, unless it is taken over.

    def test_pages_of_others_stay_as_they_are(self, desk: Desk, foreign: Foreign | None) -> None:
        if foreign is None:
            pytest.skip("no fixture `foreign`")
        before = foreign.look()
        page = desk.create(self.record())
        desk.update(self.record(title="Changed"))
        assert foreign.id not in {one.id for one in desk.held().values()}
        if desk.exporter.capabilities.delete:
            desk.delete(desk.remotes[page.ident])
            desk.publish()
        assert foreign.look() == before

    def test_a_page_that_people_made_can_become_ours(self, desk: Desk, foreign: Foreign | None) -> None:
        if not desk.exporter.capabilities.adopt:
            with pytest.raises(Unsupported):
                desk.exporter.get(self.no_such_id, "page:leopards", "en")
            return
        assert desk.exporter.get(self.no_such_id, "page:leopards", "en") is None
        if foreign is None:
            pytest.skip("no fixture `foreign`")
        found = desk.exporter.get(foreign.id, "page:leopards", "en")
        assert found is not None
        assert (found.id, found.ident) == (foreign.id, "page:leopards@en")
        desk.keep(found)
        desk.update(self.record())
        assert self.check_held(desk, self.record()).id == foreign.id

    # 11. Whole documents are written when all is known, and left alone when nothing changes.

    def test_documents(self, desk: Desk) -> None:
        desk.create(self.record())
        first = desk.publish()
        assert bool(first) == desk.exporter.capabilities.document
        assert desk.publish() == first
        assert list(desk.exporter.absent(desk.remotes.values(), first)) == []
        if first:
            desk.update(self.record(title="Changed"))
            assert desk.publish() != first
