"""What the suite catches: exporters that break one promise each, and the test that must fail for it."""

from itertools import count, islice

import pytest
from pydantic import ConfigDict

from exporters import memory
from exporters.conformance import ExporterConformance
from exporters.memory import MemoryExporter
from exporters.trial import Desk, Foreign, context
from schemas.errors import LeopardError


class ReadsOneScreen(MemoryExporter):
    def read(self):
        return islice(super().read(), 10)


class ReadsWhatIsNotOurs(MemoryExporter):
    def read(self):
        yield from super().read()
        for page in self.store.foreign:
            yield self.get(page, "page:theirs", "en")


class CutsTitles(MemoryExporter):
    def create(self, desired):
        title = desired.fields["title"][:200]
        return super().create(desired.model_copy(update={"fields": {**desired.fields, "title": title}}))


class LosesFields(MemoryExporter):
    def normalise(self, fields):
        return {name: value for name, value in fields.items() if name != "blocks"}


class MakesAnotherPage(MemoryExporter):
    def update(self, remote, desired):
        return self.create(desired)


class BringsBackWhatIsGone(MemoryExporter):
    def update(self, remote, desired):
        try:
            return super().update(remote, desired)
        except LeopardError:
            return self.create(desired)


class OverwritesUnseen(MemoryExporter):
    def update(self, remote, desired):
        return super().update(remote.model_copy(update={"version": None}), desired)


class FindsOnlyWhatIsPublic(MemoryExporter):
    def find(self, idents):
        return (page for page in super().find(idents) if page.state == "published")


class FindsEverything(MemoryExporter):
    def find(self, idents):
        return self.read()


class PublishesDrafts(MemoryExporter):
    def create(self, desired):
        return super().create(desired.model_copy(update={"state": "published"}))


class HidesByRemoving(MemoryExporter):
    def unpublish(self, remote):
        hidden = super().unpublish(remote)
        self.delete(hidden)
        return hidden


class RemovesNothing(MemoryExporter):
    def delete(self, remote):
        pass


class AnswersByPosition(MemoryExporter):
    def write_many(self, writes):
        batch = list(writes)
        answers = super().write_many(batch).values()
        return {one.desired.ident: answer for one, answer in zip(batch, answers, strict=True)}


class GivesUpABatch(MemoryExporter):
    def write_many(self, writes):
        outcomes = super().write_many(writes)
        error = next((one for one in outcomes.values() if isinstance(one, LeopardError)), None)
        return dict.fromkeys(outcomes, error) if error else outcomes


class ForgetsCredits(MemoryExporter):
    def render(self, record, lookup):
        return {name: value for name, value in super().render(record, lookup).items() if name != "credit"}


class NamesKeys(MemoryExporter):
    def render(self, record, lookup):
        return {name: value for name, value in super().render(record, lookup).items() if name != "links"}


class OneLanguage(MemoryExporter):
    def create(self, desired):
        return super().create(desired.model_copy(update={"locale": "en"}))


class SaysTheTime(MemoryExporter):
    ticks = count()

    def render(self, record, lookup):
        return super().render(record, lookup) | {"rendered": next(self.ticks)}


class NormalisesOnAndOn(MemoryExporter):
    def normalise(self, fields):
        return {**fields, "title": f"{fields['title']}!"}


class PromisesMore(MemoryExporter):
    def __init__(self, options, context):
        super().__init__(options, context)
        self.capabilities = self.capabilities.model_copy(update={"atomic_batch": True})


class KeepsItToItself(MemoryExporter):
    @property
    def store(self):
        return self.__dict__.setdefault("own", memory.Store())


class Unexplained(MemoryExporter):
    class Options(MemoryExporter.Options):
        model_config = ConfigDict(extra="ignore")
        colour: str = "spotted"


CAUGHT = [
    (ReadsOneScreen, "many_pages_are_all_read"),
    (ReadsWhatIsNotOurs, "pages_of_others_stay_as_they_are"),
    (CutsTitles, "long_texts_survive"),
    (LosesFields, "long_texts_survive"),
    (MakesAnotherPage, "an_update_changes_one_page_and_keeps_its_id"),
    (BringsBackWhatIsGone, "a_page_that_is_gone_is_not_found"),
    (OverwritesUnseen, "a_stale_write"),
    (FindsOnlyWhatIsPublic, "what_is_not_published_yet"),
    (FindsEverything, "find"),
    (PublishesDrafts, "what_is_not_published_yet"),
    (HidesByRemoving, "unpublish_hides_a_page_and_keeps_it"),
    (RemovesNothing, "delete_removes_one_page"),
    (AnswersByPosition, "a_batch"),
    (GivesUpABatch, "a_batch_with_one_bad_write"),
    (ForgetsCredits, "an_asset_keeps_its_words_and_its_credit"),
    (NamesKeys, "references_are_ids_of_the_channel"),
    (OneLanguage, "languages_are_pages_of_their_own"),
    (SaysTheTime, "rendering_twice_gives_the_same"),
    (NormalisesOnAndOn, "normalising_twice_is_normalising_once"),
    (PromisesMore, "no_instance_promises_more_than_its_class"),
    (KeepsItToItself, "every_worker_sees_the_same_channel"),
    (Unexplained, "each_option_is_described"),
    (Unexplained, "a_misspelt_option_is_refused"),
]


def fails(bad, test, root):
    """Does the suite's test fail on this exporter?"""
    exporter = bad(bad.Options(), context(root))
    page = exporter.store.add_foreign({"title": "Theirs"})
    given = {
        "exporter": exporter,
        "desk": Desk(exporter),
        "foreign": Foreign(page, lambda: exporter.store.foreign[page]),
        "media": None,
        "ability": "drafts",
        "state": "draft",
    }
    method = getattr(ExporterConformance(), f"test_{test}")
    wanted = method.__func__.__code__.co_varnames[1 : method.__func__.__code__.co_argcount]
    try:
        method(**{name: given[name] for name in wanted})
    except (AssertionError, LookupError, ValueError, LeopardError, pytest.fail.Exception):
        return True
    return False


@pytest.mark.parametrize(("bad", "test"), CAUGHT, ids=lambda one: getattr(one, "__name__", one))
def test_a_broken_promise_is_caught(bad, test, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "STORES", {})
    assert fails(bad, test, tmp_path)
    monkeypatch.setattr(memory, "STORES", {})
    assert not fails(MemoryExporter, test, tmp_path)
