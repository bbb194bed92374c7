"""Link the first mention of a species to its record, and set scientific names in italics."""

import re
from functools import partial
from typing import Any, NamedTuple

from pipeline.steps.base import Step, StepContext
from pipeline.steps.languages import base_language
from pipeline.steps.markup import HEADINGS, VERBATIM, key_link, linked_keys, pieces
from schemas.base import Model, RichText
from schemas.record import Path, Record
from schemas.species import Species
from schemas.walk import find, replace

_LONGEST_NAME = 100
_SET_APART = frozenset({"em", "i", "cite", "dfn"})
_WATCHED = HEADINGS | VERBATIM | _SET_APART | {"a"}
_APOSTROPHES = str.maketrans("’ʼ", "''")


class Names(NamedTuple):
    """What species are called in one language."""

    pattern: re.Pattern[str] | None
    keys: dict[str, str | None]
    """None for a name that several species have."""
    scientific: frozenset[str]


class LinkSpecies(Step):
    """Common names are those of the record's language, with or without a plural `s`.

    Each species is linked once a record, never in headings, links and code, and not on its own page. A name
    that more than one species has is not linked.
    """

    name = "link_species"
    remembered = True

    class Options(Model):
        """None: the names are those of the species records."""

    def __init__(self, options: Any, context: StepContext) -> None:
        super().__init__(options, context)
        self._names: dict[str, Names] = {}

    def change(self, record: Record) -> Record:
        names = self._names.get(record.locale)
        if names is None:
            names = self._names[record.locale] = self._collect(record.locale)
        if names.pattern is None:
            return record
        linked = {key for _, rich in find(record, RichText) for key in linked_keys(rich.text)}
        linked.add(record.key)
        return replace(record, RichText, partial(_linked, names, names.pattern, linked))

    def _collect(self, locale: str) -> Names:
        keys: dict[str, str | None] = {}
        scientific = set()
        for species in self.context.index.of_kind("species", locale):
            if not isinstance(species, Species):
                continue
            scientific.add(_normal(species.scientific_name))
            common = species.common_names.get(locale) or species.common_names.get(base_language(locale), ())
            for name in {_normal(name) for name in (species.scientific_name, *common)}:
                if 0 < len(name) <= _LONGEST_NAME:
                    keys[name] = species.key if keys.get(name, species.key) == species.key else None
        pattern = rf"(?<![\w-])(?:{_alternatives(list(keys))})s?(?![\w-])"
        return Names(re.compile(pattern, re.IGNORECASE) if keys else None, keys, frozenset(scientific))


def _linked(names: Names, pattern: re.Pattern[str], linked: set[str], rich: RichText, path: Path) -> RichText:
    row = []
    for piece in pieces(rich.text, _WATCHED):
        if piece.tag or piece.inside - _SET_APART:
            row.append(piece.text)
        else:
            row.append(pattern.sub(partial(_mention, names, linked, bool(piece.inside)), piece.text))
    html = "".join(row)
    return rich if html == rich.text else rich.model_copy(update={"text": html})


def _mention(names: Names, linked: set[str], set_apart: bool, match: re.Match[str]) -> str:
    name, words = _normal(match[0]), match[0]
    name = name if name in names.keys else name.removesuffix("s")
    key = names.keys.get(name)
    if key is None:  # several species, or a letter such as ı, which patterns take for an i
        return words
    if key not in linked:
        linked.add(key)
        words = key_link(key, words)
    return f"<em>{words}</em>" if name in names.scientific and not set_apart else words


def _normal(name: str) -> str:
    return " ".join(name.translate(_APOSTROPHES).lower().split())


def _alternatives(names: list[str]) -> str:
    """One pattern for many names that shares their beginnings, so that it stays fast; the longest wins."""
    tree: dict[str, Any] = {}
    for name in names:
        node = tree
        for sign in name:
            node = node.setdefault(sign, {})
        node[""] = {}
    return _branches(tree)


def _branches(node: dict[str, Any]) -> str:
    rest = [_sign(sign) + _branches(inner) for sign, inner in sorted(node.items()) if sign]
    if not rest:
        return ""
    return f"(?:{'|'.join(rest)}){'?' if '' in node else ''}"


def _sign(sign: str) -> str:
    return {" ": r"\s+", "'": "['’ʼ]"}.get(sign) or re.escape(sign)
