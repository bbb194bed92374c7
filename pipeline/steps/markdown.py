"""Turn prose into HTML, and see that its links to other records lead somewhere."""

from functools import partial

from pipeline.steps.base import Step
from pipeline.steps.marks import nearest
from pipeline.steps.markup import linked_keys, to_html
from schemas.base import Model, RichText
from schemas.record import Path, Record
from schemas.walk import replace


class Markdown(Step):
    """Markdown is CommonMark with tables and ~~strikethrough~~; plain text becomes paragraphs.

    Links and images may name a record by its key, `[text](page:leopards)`; they stay symbolic, because only
    a channel knows its addresses.
    """

    name = "markdown"
    remembered = True

    class Options(Model):
        """None: the `format` of each text says what it is."""

    def change(self, record: Record) -> Record:
        return replace(record, RichText, partial(self._html, record))

    def _html(self, record: Record, rich: RichText, path: Path) -> RichText:
        html = to_html(rich)
        for target in dict.fromkeys(linked_keys(html)):
            self._check(record, target.partition("#")[0], path)
        if rich.format == "html":
            return rich
        return rich.model_copy(update={"format": "html", "text": html})

    def _check(self, record: Record, key: str, path: Path) -> None:
        if self.context.index.get(key, record.locale) is None:
            self.context.report(
                record,
                "link.dangling",
                f"the text links to {key}, which does not exist or may not be shown yet",
                path=path,
                hint=nearest(self.context, key, key.partition(":")[0], record.locale)
                or "correct the key, or add the record it names; until then the link's words stand alone",
            )
