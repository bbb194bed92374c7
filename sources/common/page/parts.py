"""The small grammar of a captured page: its lines, credits, figures and names, one at a time."""

import re
from dataclasses import dataclass
from typing import Any, get_args

from schemas.statistic import Qualifier, parse_figure

SHORT = 200
"""Characters; what is longer is prose, whatever it ends with."""

_INVISIBLE = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))
_AUXILIARY = "is|are|was|were|has|have|had|can|could|will|would|may|might|must"
_PRESENT = "remains?|occurs?|lives?|survives?|dies?|comes?|goes|takes?|makes?|involves?|faces?|loses?|ends?"
_PAST = r"[a-z]\w+[^\We]ed|lost|sold|shot|caught|taken|left|seen|born|made|held|kept|found|fell|rose"
_VERB = re.compile(rf"\b(?:{_AUXILIARY}|{_PRESENT}|{_PAST})\b")
_PREPOSITION = re.compile(r"\b(?:in|on|at|from|between|since|during|per|each|every|across|worldwide)\b")
_QUESTION = re.compile(r"(?:how|what|where|when|why|who|which)\b", re.IGNORECASE)
_CATEGORY = re.compile(r"(?:(?:critically )?endangered|vulnerable|near threatened)\s+", re.IGNORECASE)
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_PLACE_NAME = rf"(?!{_MONTH})[^\W\d_a-z][\w’'-]*(?: (?:of |the )?[^\W\d_a-z][\w’'-]*)*"
_PLACE = re.compile(rf"{_VERB.pattern} in ((?:the )?{_PLACE_NAME}(?:(?:, (?:and )?| and ){_PLACE_NAME})*)")
_SPAN = re.compile(r"\b(?:between|from) (\d{4}) ?(?:[-–—]|and|to) ?(\d{4})\b|\bsince (\d{4})\b")

_SYNONYMS: dict[str, Qualifier] = {
    **{word: word for word in get_args(Qualifier)},
    "about": "approximately",
    "around": "approximately",
    "roughly": "approximately",
    "some": "approximately",
    "just": "only",
    "over": "more than",
    "under": "fewer than",
    "less than": "fewer than",
    "no more than": "at most",
    "as many as": "up to",
    "almost": "nearly",
    "estimated": "an estimated",
}
_QUALIFIERS = "|".join(sorted(_SYNONYMS, key=len, reverse=True))
_QUALIFIED = re.compile(rf"({_QUALIFIERS}) (?:({_QUALIFIERS}) )?(?=\S*\d)", re.IGNORECASE)
_SIGNS = ((r"[~≈] ?", "approximately "), (r"> ?", "more than "), (r"< ?", "fewer than "))
_NUMERIC = re.compile(r"\W*(?:[A-Z]{1,3}(?=[$€£¥]))?\W?\d")
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_PARTICLES = {
    "al",
    "bin",
    "da",
    "de",
    "del",
    "della",
    "den",
    "der",
    "di",
    "dos",
    "du",
    "la",
    "le",
    "van",
    "von",
}
_HONORIFICS = {"dr", "prof", "professor", "mr", "mrs", "ms", "sir", "dame"}


@dataclass(frozen=True, slots=True)
class Credit:
    """An image's caption, and whom it is to be credited to."""

    caption: str
    credit: str | None
    photographer: str | None
    agency: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """An image where the page itself says so: its address, what it shows, and its words."""

    url: str | None
    alt: str
    words: Credit


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty: its text with single spaces, its number, and how it stands in the file."""

    text: str
    number: int
    raw: str
    is_heading: bool = False
    """True where the page marks it as one."""
    html: str | None = None
    """The same with its marks, where it has any."""
    is_list: bool = False
    """True for a list or a table, which is text however it ends."""
    picture: Picture | None = None

    @property
    def credit(self) -> Credit | None:
        """The words of the image that this line stands for; None for any other line."""
        if self.picture is not None:
            return self.picture.words if self.picture.words.caption or self.picture.words.credit else None
        return None if self.is_heading else credit_of(self.text)

    @property
    def is_text(self) -> bool:
        """Whether it is a paragraph: by what the page says, else by how it ends."""
        return self.is_list or (not self.is_heading and self.picture is None and is_prose(self.text))


def lines_of(text: str) -> list[Line]:
    """The lines that say something; non-breaking and invisible characters of the web page are evened out."""
    evened = (
        (at, raw, " ".join(raw.translate(_INVISIBLE).split())) for at, raw in enumerate(text.split("\n"), 1)
    )
    return [Line(line, at, raw) for at, raw, line in evened if line]


def is_prose(text: str) -> bool:
    """Whole sentences, by their end or their length; a question that can only be a heading is none."""
    if _QUESTION.match(text) and text.endswith("?") and len(text) <= SHORT / 2:
        return False
    return len(text) > SHORT or text.rstrip("\"'”’»)]").endswith((".", "!", "?", "…", ":"))


def is_statement(text: str) -> bool:
    """True if the words tell of somebody doing or being something: a verb stands behind the first."""
    first, _, rest = text.partition(" ")
    participle = first.islower() and first.endswith(("ing", "ed"))
    return not participle and not _QUESTION.match(text) and _VERB.search(rest) is not None


def starts_lower(text: str) -> bool:
    """True if the first letter is a small one."""
    return next((letter.islower() for letter in text if letter.isalpha()), False)


def related_subject(text: str) -> str | None:
    """What `related reports to lynxes` is about; empty if it does not say, None for any other line."""
    if is_prose(text) or not re.match(r"related\b", text, re.IGNORECASE):
        return None
    return text.partition(" to ")[2]


def is_notice(text: str) -> bool:
    """True for the copyright notice of a page: the sign comes first, and a year, but no photographer."""
    found = re.match(r"(?:©|\(c\)|copyright)\W.*\b(?:1[5-9]|20)\d\d\b", text[:SHORT], re.IGNORECASE)
    return found is not None and len(text) <= SHORT and "/" not in text


def credit_of(text: str) -> Credit | None:
    """`Caption © / Photographer / Agency`, divided; who a single name is, is not guessed. None for others."""
    caption, mark, owners = text.partition("©")
    names = [name.strip() for name in re.split(r"\s*[/|]\s*", owners) if name.strip()]
    if not mark or not names or len(text) > SHORT or is_notice(text):
        return None
    photographer, agency = (names[0], " / ".join(names[1:])) if len(names) > 1 else (None, None)
    return Credit(caption.strip(" /|,–-"), f"© {' / '.join(names)}", photographer, agency)


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure (the fields of a Figure; None if it cannot be read), its qualifier, the words behind it."""

    figure: dict[str, Any] | None
    qualifier: Qualifier | None
    rest: str


def figure_of(text: str) -> FigureLine | None:
    """`approximately 4,000`, `90% of trade`, `1.5 million`; None if the line does not begin with a figure."""
    if is_prose(text):
        return None
    for sign, word in _SIGNS:
        text = re.sub(rf"^{sign}(?=\d)", word, text)
    text = re.sub(r"^(\S*\d)\+", r"at least \1", text)
    found = _QUALIFIED.match(text)
    words = text[found.end() if found else 0 :].split()
    if not words or not _NUMERIC.match(words[0]):
        return None
    if not found and _YEAR.fullmatch(words[0]) and len(words) > 1:
        return None
    qualifier = _SYNONYMS[found[1].lower()] if found else None
    figure, rest = (None, words[1:]) if found and found[2] else _number(words)
    return FigureLine(figure, qualifier, " ".join(rest))


def _number(words: list[str]) -> tuple[dict[str, Any] | None, list[str]]:
    """The longest figure that the words begin with, and the words behind it."""
    for count in range(min(len(words), 6), 0, -1):
        fields = parse_figure(" ".join(words[:count]))
        if fields is None:
            continue
        if fields.get("low", 0) > fields.get("high", 0):
            break
        scale = _SCALES.get(words[count].lower()) if len(words) > count else None
        return (_scaled(fields, scale), words[count + 1 :]) if scale else (fields, words[count:])
    return None, words[1:]


def _scaled(fields: dict[str, Any], scale: int) -> dict[str, Any]:
    bigger = {name: round(fields[name] * scale, 6) for name in ("value", "low", "high") if name in fields}
    fields.update({name: int(value) if value == int(value) else value for name, value in bigger.items()})
    return fields


def claim(line: FigureLine, statement: str) -> dict[str, Any]:
    """The fields of a statistic: its figure, and unit, place and period as far as the statement has them."""
    fields: dict[str, Any] = {"figure": line.figure, "qualifier": line.qualifier, "unit": _unit(statement)}
    place, span = _PLACE.search(statement), _SPAN.search(statement)
    fields |= {"statement": statement, "place": place[1] if place else None}
    if span and not (span[1] and span[1] > span[2]):
        fields["period"] = {"start": span[1] or span[3], "end": span[2]}
    return {name: value for name, value in fields.items() if value is not None}


def _unit(statement: str) -> str | None:
    """The words before the first verb, preposition or second `of`, if they are few: `Snow Leopards`."""
    ends = [found.start() for word in (_VERB, _PREPOSITION) if (found := word.search(statement))]
    second = statement.find(" of ", 3) if statement.startswith("of ") else -1
    if second > 0:
        ends.append(second)
    unit = _CATEGORY.sub("", statement[: min(ends, default=0)], count=1).strip(" ,")
    return unit if 0 < len(unit.split()) <= 5 else None


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who is quoted: the name as it is printed, divided, and the role."""

    name: str
    given: str
    family: str
    role: str | None


def person_of(text: str) -> Speaker | None:
    """`Name, Role` or a name alone, of two to six words; None if it does not look like one."""
    if len(text) > SHORT:
        return None
    name, *role = re.split(r",\s+|\s+[–—|-]\s+", text, maxsplit=1)
    words = name.split()
    titled = words[1:] if words and words[0].rstrip(".").lower() in _HONORIFICS else words
    if not 2 <= len(titled) <= 6 or not all(_is_name(word) for word in titled):
        return None
    at = next((at for at, word in enumerate(titled) if at and word.lower() in _PARTICLES), len(titled) - 1)
    return Speaker(name, " ".join(titled[:at]), " ".join(titled[at:]), "".join(role) or None)


def _is_name(word: str) -> bool:
    letters = word.replace("-", "").replace("'", "").replace("’", "").replace(".", "")
    return letters.isalpha() and (letters[0].isupper() or word in _PARTICLES)


def unquoted(text: str) -> str | None:
    """The text without the quotation marks around it; None if there are none."""
    found = re.fullmatch(r"[\"“„«‘]\s*(.+?)\s*[\"”“»’]", text)
    return found[1] if found else None
