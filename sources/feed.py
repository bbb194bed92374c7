"""A newsfeed as a source: RSS, Atom and JSON Feed, each entry an article."""

from contextlib import closing
from pathlib import Path
from typing import Literal

from pydantic import Field

from schemas import canonical, plugins
from schemas.errors import ConfigError
from schemas.problems import Origin, Problem
from sources.base import COMPLETE, Input, Outcome, Raw, Reading
from sources.common.remote import FOLDER, RemoteSource, printable
from sources.dialects.feed.entries import Entry, entries_of
from sources.dialects.feed.memory import Known, Memory
from sources.dialects.feed.text import decoded
from transport.kept import Kept


class FeedSource(RemoteSource):
    """A newsfeed: RSS (0.9 to 2.0), Atom, or JSON Feed. Each entry is an article, unless `kind` says more.

    Entries keep their keys though their guids are missing or change. A feed lists only its latest entries:
    those that it lists no more stay, unless `gone` says otherwise.
    """

    name = "feed"
    default_kind = "article"
    accept = (
        "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9,"
        " text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
    )
    wanted = "a feed"

    class Options(RemoteSource.Options):
        gone: Literal["keep", "remove"] = Field(
            "keep", description="What becomes of entries that the feed does not list any more"
        )

    options: Options

    def records(self, path: Path, part: Input, kept: Kept) -> Reading:
        text = decoded(path.read_bytes(), kept.charset, part.name)
        entries = entries_of(text, self.options.url, part.name)
        fields, outcome = self._fields(), COMPLETE
        with closing(Memory(self._memory())) as memory:
            named = memory.recognise(entries)
            for entry, known in named:
                found = self._record(entry, known, part, fields)
                if isinstance(found, Problem):
                    outcome = Outcome(state="partial", reason=f"{part.name}: {found.message}")
                yield found
            if self.options.gone == "keep":
                for known in memory.others(known.name for _, known in named):
                    seen_as = printable(known.guid or known.link or known.name)
                    yield self._raw(known, Origin(path=part.name, within=f"entry {seen_as}"), fields)
            memory.remember(known for _, known in named)
        return outcome

    def _record(self, entry: Entry, known: Known, part: Input, fields: set[str] | None) -> Raw | Problem:
        origin = Origin(path=part.name, within=f"entry {entry.number}")
        if "title" not in entry.data:
            message, hint = "an entry has neither a title nor a text", "tell the owner of the feed"
            return Problem(code="feed.empty_entry", message=message, hint=hint, origin=origin)
        return self._raw(known, origin, fields)

    def _raw(self, known: Known, origin: Origin, fields: set[str] | None) -> Raw:
        data = {name: value for name, value in known.data.items() if fields is None or name in fields}
        return Raw(data, origin, known.name, self._locale(known.language))

    def _fields(self) -> set[str] | None:
        """The fields of the kind that the entries become; None where that is unknown."""
        try:
            return set(plugins.find("kinds", self.options.kind or self.default_kind or "").model_fields)
        except ConfigError:
            return None

    def _locale(self, language: str | None) -> str | None:
        """The site's language that the feed means; None if it is none of them."""
        known = {tag.lower(): tag for tag in self.context.site.languages}
        said = (language or "").strip().replace("_", "-").lower()
        return known.get(said) or known.get(said.partition("-")[0])

    def _memory(self) -> Path:
        of = canonical.digest({"uses": self.name, "url": self.options.url})
        return self.context.root / FOLDER / f"{of[:24]}.entries.db"
