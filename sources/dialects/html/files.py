"""Saved pages: files of the project."""

from pathlib import Path

from pydantic import Field

from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import Input, Outcome, SourceContext
from sources.common.files import FolderSource, Records
from sources.dialects.html.options import HtmlOptions
from sources.dialects.html.page import Given, PageRecords
from sources.dialects.html.text import decoded, has_end
from transport.files import inside, read_bytes


class SavedPages(FolderSource):
    """The pages of a source `html` that are files."""

    name = "html"
    suffixes = (".html", ".htm", ".xhtml")

    class Options(FolderSource.Options):
        max_size: float = Field(5.0, description="Most megabytes of a page")

    options: Options

    def __init__(self, options: HtmlOptions, context: SourceContext, default_kind: str) -> None:
        told = options.model_dump(include={"path", "kind", "locale", "max_size"})
        super().__init__(self.Options(**told), context)
        self.pages = PageRecords(options, context, default_kind)

    def records(self, path: Path, part: Input) -> Records:
        given = self._given(path, part.name)
        outcome: Outcome = yield from self.pages.read(given)
        if has_end(decoded(given.data, None, given.shown)):
            return outcome
        message = f"{part.name} does not end with </html>, so nobody knows whether its end is missing"
        hint, origin = (
            "save the page again; or write </html> at its end if it is whole",
            Origin(path=part.name),
        )
        yield Problem(code="source.open_end", message=message, hint=hint, origin=origin, severity="warning")
        return outcome.worst(Outcome(state="partial", reason=message))

    def _given(self, path: Path, shown: str) -> Given:
        data = read_bytes(path, shown, limit=int(self.options.max_size * 1_000_000))
        name, locale = self.name_of(Input(name=shown))
        name = name.removesuffix("/index")

        def beside(written: str) -> str | None:
            """An image that was saved with the page, below its folder."""
            if not written or ":" in written or written.startswith(("/", "#", "?")):
                return None
            try:
                real = inside(path.parent, path.parent / written)
                return written if real.is_file() else None
            except (ContentError, OSError, ValueError):
                return None

        return Given(data, shown, name, locale=locale, beside=beside)

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        file = self.context.root / origin.path
        try:
            given = self._given(self._real(file, origin.path), origin.path)
        except ContentError:
            return origin
        return self.pages.locate(given, origin, path)
