"""Languages as other people write them, as language tags."""

import re

from babel.core import get_global

from schemas.base import LOCALE_PATTERN


def language_tag(said: object) -> str | None:
    """The tag for `en`, `eng`, `EN_gb` or `en-GB`; None if it is no language."""
    if not isinstance(said, str):
        return None
    language, _, rest = said.strip().replace("_", "-").partition("-")
    aliases = get_global("language_aliases")
    language = str(aliases.get(language.lower(), language.lower()))
    parts = [part.title() if len(part) == 4 else part.upper() for part in rest.split("-") if part]
    tag = "-".join((language, *parts))
    for known in (tag, language):
        if re.fullmatch(LOCALE_PATTERN, known) and known not in ("und", "mul", "zxx", "mis"):
            return known
    return None


def site_language(said: object, languages: tuple[str, ...] | list[str]) -> str | None:
    """The site's language that is meant; None if it is none of them."""
    tag = language_tag(said)
    known = {one.lower(): one for one in languages}
    return None if tag is None else known.get(tag.lower()) or known.get(tag.partition("-")[0])
