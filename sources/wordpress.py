"""WordPress as a source: by its REST API, or from its export files."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import Input, Inputs, Listing, Raw, Reading, Source, SourceContext
from sources.common.cms import Item
from sources.dialects.wordpress.export import Export
from sources.dialects.wordpress.index import index_of
from sources.dialects.wordpress.mapping import Mapper
from sources.dialects.wordpress.options import WordPressOptions
from sources.dialects.wordpress.rest import Rest


class WordPressSource(Source):
    """A WordPress: posts are articles, pages pages, media assets, categories and tags topics, users persons.

    It is read by its REST API, or from its own export files (WXR).
    """

    name = "wordpress"

    class Options(WordPressOptions):
        pass

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self.reader: Source = Api(options, context) if options.url else Export(options, context)

    def inputs(self) -> Inputs:
        return (yield from self.reader.inputs())

    def listings(self) -> Iterator[Listing] | None:
        return self.reader.listings()

    def read(self, part: Input) -> Reading:
        return (yield from self.reader.read(part))

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        return self.reader.locate(origin, path)


class Api(Rest):
    """By its REST API."""

    name = "wordpress"

    def entries(self, items: Mapping[str, Item]) -> Iterator[Raw | Problem]:
        index = index_of(items, self.options.prefix)
        mapper = Mapper(self.options, index, self.where, self.context.site.default_locale)
        for name, item in items.items():
            yield from mapper.record(name, item)
        if mapper.unknown_authors:
            yield self.problem(
                "wordpress.authors",
                "users",
                f"it does not tell who users {', '.join(sorted(mapper.unknown_authors, key=int))} are",
                "let the user of the source list users (a role with `list_users`)",
                "warning",
            )
