"""
Exporters to content management systems: one session, one mapping that teams can bend, one way to show assets.

A CMS has its file beside the others; what two of them need is here. An exporter to one declares `name`,
`Options` and `capabilities`, maps a record in `mapped`, and implements the verbs of `exporters.base`.
"""

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

from pydantic import Field, JsonValue

from exporters.base import ChannelOptions, Exporter, Fields, Lookup
from exporters.cms.content import Content
from exporters.cms.linked_data import fitted, page_graph
from schemas.errors import AuthError, ConfigError
from schemas.problems import Problem
from schemas.record import Record
from transport.files import inside, read_bytes
from transport.secrets import Secret, reveal
from transport.session import ApiSession, Refusal

_NAMED = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")


class CmsOptions(ChannelOptions):
    """What every CMS is told."""

    url: str = Field(
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="Address of the CMS; without a query, and without a password",
        examples=["https://cms.example.org"],
    )
    mapping: dict[str, dict[str, JsonValue]] = Field(
        {},
        description="Per kind, fields of the CMS that are filled in another way: with a text in which "
        "`{title}` stands for the record's own field, or with any value; null leaves a field to the CMS",
        examples=[{"article": {"excerpt": "{title}: {summary}"}}],
    )


class CmsExporter(Exporter):
    """A CMS behind HTTP. Each worker has one, with a session of its own."""

    class Options(CmsOptions):
        pass

    longest_graph: ClassVar[int] = 250_000
    """Characters of the schema.org graph in a page: a quarter of what most take in one request."""

    options: CmsOptions
    api: ApiSession
    """Open while verbs are called; paths count from the option `url`."""

    @contextmanager
    def session(self) -> Iterator[None]:
        with ApiSession(self.options.url, self.headers(), refusal=self.refusal) as self.api:
            yield

    def headers(self) -> Mapping[str, str]:
        """Those of every request, with the credentials. Raises AuthError if a secret is not there."""
        return {}

    refusal: Refusal | None = None
    """What the CMS means by an answer of 300 and more; None where HTTP says enough."""

    @abstractmethod
    def mapped(self, record: Record, content: Content) -> Fields:
        """The fields for `record`, as this CMS has them, before a team's own mapping. Pure."""

    def content(self, record: Record, lookup: Lookup) -> Content:
        """How records look to the readers of this one; to be extended by what `media` and `relation` give."""
        graph = partial(self._graph, lookup=lookup)
        return Content(self.context.site, lookup, record.locale, graph=graph)

    def _graph(self, record: Record, lookup: Lookup) -> Fields:
        """The schema.org graph of a record; what it is too long for is told."""
        whole = page_graph(record, self.context.site, lookup, record.locale)
        graph, left_out = fitted(whole, self.longest_graph)
        if left_out:
            problem = Problem(
                code="channel.linked_data_too_long",
                message=f"the linked data of {record.key} are published without {', '.join(left_out)}: "
                f"they would have more than {self.longest_graph} characters",
                severity="warning",
                hint="the page itself holds all of it",
                key=record.key,
                locale=record.locale,
            )
            if problem not in self.problems:
                self.problems.append(problem)
        return graph

    def render(self, record: Record, lookup: Lookup) -> Fields:
        content = self.content(record, lookup)
        fields = self.mapped(record, content)
        own = self.options.mapping.get(record.kind)
        return bent(fields, own, content.of(record)) if own else fields

    def secret(self, option: Secret) -> str:
        """The secret that an option names. Raises AuthError."""
        try:
            return reveal(option.get_secret_value(), self.context.root)
        except ConfigError as error:
            raise AuthError(error.message, hint=error.hint) from None

    def bytes_of(self, path: str) -> bytes:
        """The bytes of a file of the project. Raises ContentError."""
        return read_bytes(inside(self.context.root, self.context.root / path), path)


def bent(fields: Fields, own: Mapping[str, JsonValue], known: Fields) -> Fields:
    """`fields` with a team's own mapping; a name with dots leads into an object."""
    done = dict(fields)
    for name, value in own.items():
        done = _put(done, name.split("."), filled(value, known))
    return done


def filled(value: JsonValue, known: Fields) -> Any:
    """A value in which `{name}` stands for a field; a text that is one such name becomes its value."""
    if not isinstance(value, str):
        return value
    whole = _NAMED.fullmatch(value)
    if whole:
        return _at(known, whole[1])
    return _NAMED.sub(lambda found: _text(_at(known, found[1])), value)


def _at(known: Any, path: str) -> Any:
    for name in path.split("."):
        known = known.get(name) if isinstance(known, dict) else None
    return known


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return "" if value is None else str(value)


def _put(fields: Fields, path: list[str], value: Any) -> Fields:
    """A copy of `fields` with `value` at `path`; None takes the field away."""
    name, *rest = path
    if rest:
        inner = fields.get(name)
        return {**fields, name: _put(inner if isinstance(inner, dict) else {}, rest, value)}
    return {**fields, name: value} if value is not None else {k: v for k, v in fields.items() if k != name}
