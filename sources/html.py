"""Web pages: saved ones, those that a sitemap lists, or addresses; each becomes a record of any kind."""

from collections.abc import Iterator
from typing import Any

from schemas.problems import Origin
from schemas.record import Path as FieldPath
from sources.base import Input, Inputs, Listing, Reading, Source, SourceContext
from sources.dialects.html.files import SavedPages
from sources.dialects.html.options import HtmlOptions
from sources.dialects.html.web import WebPages


class HtmlSource(Source):
    """Web pages (.html, .htm, .xhtml), from `path`, `sitemap` or `urls`.

    With `kind: page` a page becomes blocks, its images, the people it quotes and its topics. Any other kind
    is filled from what the page says of itself, from its main content, and from what `fields` selects.
    """

    name = "html"
    default_kind = "article"

    class Options(HtmlOptions):
        pass

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        made = SavedPages if self.options.path else WebPages
        self.pages: SavedPages | WebPages = made(self.options, context, self.default_kind)

    def inputs(self) -> Inputs:
        return (yield from self.pages.inputs())

    def listings(self) -> Iterator[Listing] | None:
        return self.pages.listings()

    def read(self, part: Input) -> Reading:
        return (yield from self.pages.read(part))

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        return self.pages.locate(origin, path)
