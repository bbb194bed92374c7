"""Set texts as a printer would: quotation marks, dashes, ellipses and spaces of each language."""

import re
from functools import partial
from html import unescape
from typing import Any, NamedTuple

from pydantic import Field

from pipeline.steps.base import Step
from pipeline.steps.languages import base_language
from pipeline.steps.markup import VERBATIM, escape_text, pieces
from pipeline.steps.prose import change_plain
from schemas.base import Model, RichText
from schemas.record import Path, Record
from schemas.walk import replace


class Quotes(NamedTuple):
    """The pair of quotation marks, and the pair inside a quotation."""

    open: str
    close: str
    inner_open: str
    inner_close: str


QUOTES = {
    "en": Quotes("“", "”", "‘", "’"),
    "fr": Quotes("«\u202f", "\u202f»", "“", "”"),
    "de": Quotes("„", "“", "‚", "‘"),
    "es": Quotes("«", "»", "“", "”"),
    "pt": Quotes("“", "”", "‘", "’"),
}

_TO_BE_SET = re.compile(r"[\"'\d;-]|\.\.\.")
_MAY_HOLD_ADDRESS = re.compile(r"://|www\.|@|\[\[")
_ADDRESS = re.compile(r"((?<!\S)\S*(?:://|www\.|@|\[\[)\S*)")
_RANGE = re.compile(r"""(?<![^\s(\[“”„«»‘’"'])([1-9]\d{0,8})-([1-9]\d{0,8})(?![\w/-]|[.,:]\w)""")
_DASHES = re.compile(r"(?<!-)(--|---)(?!-)")
_ELLIPSIS = re.compile(r"(?<!\.)\.\.\.(?!\.)")
_FRENCH_UNIT = re.compile(r"(?<=\d)[ \xa0]?(?=[%‰€])|(?<=\d) (?=(?:[kcm]?m[²³]?|[km]?g|ha|t|h|°C)(?!\w))")
_LONGEST_INNER = 300
_OPENS = "([{–—/“„«‘‚\u202f-"


class Typography(Step):
    """Edits words only: never tags, code, or addresses. Unknown languages keep their quotation marks."""

    name = "typography"
    remembered = True

    class Options(Model):
        quotes: bool = Field(
            True, description="Whether straight quotation marks become those of the language"
        )

    options: Any

    def change(self, record: Record) -> Record:
        record = replace(record, RichText, partial(self._prose, record.locale))
        return change_plain(record, partial(self._plain, record.locale))

    def _plain(self, locale: str, text: str, path: Path) -> str:
        return self._setter(locale).set(text)

    def _prose(self, locale: str, rich: RichText, path: Path) -> RichText:
        setter, row = self._setter(locale), []
        for piece in pieces(rich.text, VERBATIM):
            if piece.breaks:
                setter.start()
            text = piece.text
            if not piece.tag:
                asks = not piece.inside and _TO_BE_SET.search(text)
                text = escape_text(setter.set(unescape(text))) if asks else setter.skip(text)
            row.append(text)
        html = "".join(row)
        return rich if html == rich.text else rich.model_copy(update={"text": html})

    def _setter(self, locale: str) -> "_Setter":
        language = base_language(locale)
        return _Setter(language, QUOTES.get(language) if self.options.quotes else None)


class _Setter:
    """Sets one text after another; remembers which quotations are open within a paragraph."""

    def __init__(self, language: str, quotes: Quotes | None) -> None:
        self.language, self.quotes = language, quotes
        self.start()

    def start(self) -> None:
        """A new paragraph."""
        self.before = ""
        self.opened = False
        self.depth = self.inner = 0

    def skip(self, text: str) -> str:
        """Text that stays as it is."""
        self.before = text[-1:] or self.before
        return text

    def set(self, text: str) -> str:
        if not _MAY_HOLD_ADDRESS.search(text):
            return self._words(text)
        parts = _ADDRESS.split(text)
        return "".join(self.skip(part) if at % 2 else self._words(part) for at, part in enumerate(parts))

    def _words(self, text: str) -> str:
        if not text:
            return text
        before, self.before = self.before, text[-1]
        if self.quotes:
            text = re.sub(r"[\"']", partial(self._quote, self.quotes, before), text)
        if "-" in text:
            text = _DASHES.sub(lambda dashes: "–" if len(dashes[0]) == 2 else "—", text)
            text = _RANGE.sub(_dashed, text)
        text = _ELLIPSIS.sub("…", text)
        return _FRENCH_UNIT.sub("\u202f", text) if self.language == "fr" else text

    def _quote(self, quotes: Quotes, before: str, sign: re.Match[str]) -> str:
        text, at = sign.string, sign.start()
        last = text[at - 1] if at else before
        following = text[at + 1 : at + 2]
        begins = self.opened if last in "\"'" and last else not last or last.isspace() or last in _OPENS
        if sign[0] == "'":
            return self._single(quotes, begins, last, following, text[at + 1 : at + _LONGEST_INNER])
        self.opened = begins and not (self.depth and (not following or following.isspace()))
        self.depth = max(0, self.depth + (1 if self.opened else -1))
        return quotes.open if self.opened else quotes.close

    def _single(self, quotes: Quotes, begins: bool, last: str, following: str, rest: str) -> str:
        if begins and following.isalpha() and re.search(r"\S'(?!\w)", rest):
            self.opened = True
            self.inner += 1
            return quotes.inner_open
        self.opened = False
        if self.inner and last and not last.isspace() and not following.isalnum():
            self.inner -= 1
            return quotes.inner_close
        return "’"


def _dashed(numbers: re.Match[str]) -> str:
    low, high = numbers.groups()
    return f"{low}–{high}" if int(low) < int(high) else numbers[0]
