"""What can be read of a record's metadata, as HTML lines: authors, publisher, identifiers and more. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from babel import Locale, UnknownLocaleError

from exporters.base import Fields
from exporters.dialects.wordpress import markup as markup

TYPES = {"article": "post", "topic": "category"}
"""What WordPress calls a kind, where that is not the kind's own name."""
RELATED = {"en": "Related", "fr": "À lire aussi", "de": "Siehe auch", "es": "Véase también"}
"""Per language, the heading above related records."""
_WORDS = {
    "en": "Authors|Publisher|Published|Series|Edition|Pages|Language|Countries|Licence",
    "fr": "Auteurs|Éditeur|Publié|Collection|Édition|Pages|Langue|Pays|Licence",
    "de": "Autoren|Herausgeber|Erschienen|Reihe|Auflage|Seiten|Sprache|Länder|Lizenz",
    "es": "Autores|Editor|Publicado|Serie|Edición|Páginas|Idioma|Países|Licencia",
}


def name_of(person: Fields) -> str:
    """An author's name, as it is read."""
    whole = " ".join(filter(None, (person.get("given"), person.get("family"))))
    return whole or person.get("name") or title_of(person.get("person") or person.get("organisation"))


def title_of(to: Fields | None) -> str:
    return str((to or {}).get("title", ""))


def names_of(fields: Fields) -> str:
    return _row(*map(name_of, fields.get("authors", ())))


def linked(words: str, url: str | None, to: Fields | None = None) -> str:
    """Words that lead somewhere; to a page of the channel as links of its editor do."""
    if not url:
        return markup.text(words)
    kind = to["key"].partition(":")[0] if to and to.get("id") else ""
    here = markup.place(f"link:{TYPES.get(kind, kind)}", to["id"]) if to and kind else ""
    return f'<a href="{markup.text(url)}"{here}>{markup.text(words)}</a>'


def of_report(fields: Fields, locale: str) -> Iterator[str]:
    """Who wrote and issued a report, when and where, and how it is identified."""
    series = fields.get("series") or {}
    language = fields.get("language")
    known = (
        names_of(fields),
        _row(title_of(fields.get("publisher")), fields.get("publication_place")),
        fields.get("issued"),
        _row(series.get("title"), series.get("number")),
        fields.get("edition"),
        fields.get("pages"),
        _named("languages", [language] if language else [], locale),
        _named("territories", fields.get("countries", ()), locale),
        fields.get("licence"),
    )
    words = _WORDS.get(locale.partition("-")[0], _WORDS["en"]).split("|")
    yield from (_fact(word, markup.text(str(said))) for word, said in zip(words, known, strict=True) if said)
    if fields.get("doi"):
        yield _fact("DOI", linked(fields["doi"], f"https://doi.org/{fields['doi']}"))
    yield from (_fact("ISBN", markup.text(number)) for number in fields.get("isbn", ()))


def of_species(fields: Fields) -> Iterator[str]:
    """Scientific name and protection."""
    named = " ".join(filter(None, (fields.get("scientific_name"), fields.get("authority"))))
    yield f"<em>{markup.text(named)}</em>"
    listed = fields.get("iucn")
    if listed:
        year = f" ({listed['year']})" if listed.get("year") else ""
        yield _fact("IUCN", linked(f"{listed['category']}{year}", listed.get("url")))
    if fields.get("cites"):
        yield _fact("CITES", markup.text(fields["cites"]))


def _fact(word: str, html: str) -> str:
    return f"<strong>{markup.text(word)}:</strong> {html}"


def _row(*words: Any) -> str:
    return ", ".join(str(word) for word in words if word)


def _named(what: str, codes: Iterable[str], locale: str) -> str:
    """`languages` or `territories` by their names."""
    try:
        known = Locale.parse(locale, sep="-")
    except (ValueError, UnknownLocaleError):
        known = Locale.parse("en")
    names = getattr(known, what)
    return _row(*(names.get(code.partition("-")[0], code) for code in codes))
