"""What can be said of a channel to the conformance suite: attributes, fixtures, and makers of records."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest

from exporters.base import Exporter, Fields, Remote
from exporters.trial import ODD_TEXTS, SITE, Desk, Foreign, html
from schemas.page import Page
from schemas.record import Record


class Trying:
    """What the tests of an exporter work with."""

    notices_vanished: ClassVar[bool] = True
    """Is a write to a page that is gone refused?"""
    no_such_id: ClassVar[str] = "999999999"
    """An id that no page has."""
    longest_title: ClassVar[int] = 255
    longest_text: ClassVar[int] = 65_536
    """Characters."""
    odd_texts: ClassVar[dict[str, str]] = ODD_TEXTS
    many: ClassVar[int] = 12
    """Pages; more than the channel lists at once."""

    @pytest.fixture
    def exporter(self) -> Exporter:
        raise NotImplementedError("give a fixture `exporter`: one whose channel is empty")

    @pytest.fixture
    def foreign(self, exporter: Exporter) -> Foreign | None:
        """A page that somebody made by hand."""
        return None

    @pytest.fixture
    def media(self) -> Callable[[Remote], bytes] | None:
        """The bytes that the page of an asset leads to."""
        return None

    @pytest.fixture
    def desk(self, exporter: Exporter) -> Iterator[Desk]:
        with Desk(exporter).open() as desk:
            yield desk

    def record(self, name: str = "leopards", text: str = "Under threat", **more: Any) -> Record:
        """A record of a kind that the channel takes."""
        blocks = [{"type": "text", "text": html(text)}, *more.pop("blocks", ())]
        known = {"key": f"page:{name}", "locale": SITE.default_locale, "title": name.title(), "slug": name}
        return Page(**{**known, "blocks": blocks, **more})

    def linking(self, name: str, *to: Record) -> Record:
        """A record that names others."""
        return self.record(name, blocks=[{"type": "related", "items": [one.key for one in to]}])

    def showing(self, asset: Record) -> Record:
        """A record that shows an asset."""
        return self.record("shown", blocks=[{"type": "image", "image": asset.key}])

    def title_of(self, fields: Fields) -> str:
        """The title as the channel holds it."""
        title: str = fields["title"]
        return title

    def check_held(self, desk: Desk, record: Record, *others: Record) -> Remote:
        """The page of `record`, which must hold what was sent, as the exporter says it is spelt there."""
        page = desk.held()[record.ident]
        sent = desk.exporter.normalise(desk.desired(record, *others).fields)
        assert {name: page.fields.get(name) for name in sent} == sent
        return page
