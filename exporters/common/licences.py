"""Licences by their SPDX identifier (https://spdx.org/licenses/): full name and where they can be read."""

import re
from dataclasses import dataclass

_CREATIVE_COMMONS = re.compile(
    r"CC-(?P<terms>BY(?:-NC)?(?:-ND|-SA)?)-(?P<version>\d\.\d)(?:-(?P<port>[A-Z]+))?"
)
_WORDS = {"BY": "Attribution", "NC": "NonCommercial", "ND": "NoDerivatives", "SA": "ShareAlike"}
_SCOPE = {"4.0": "International", "3.0": "Unported"}
_OTHERS = {
    "CC0-1.0": (
        "Creative Commons Zero v1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/",
    ),
    "ODbL-1.0": ("Open Data Commons Open Database License v1.0", None),
    "ODC-By-1.0": ("Open Data Commons Attribution License v1.0", None),
    "PDDL-1.0": ("Open Data Commons Public Domain Dedication & License 1.0", None),
    "OGL-UK-3.0": ("Open Government Licence v3.0", None),
    "etalab-2.0": ("Etalab Open License 2.0", None),
}


@dataclass(frozen=True)
class Terms:
    """The terms on which a work may be used: a known licence has an `id` and a `url`."""

    words: str
    id: str | None = None
    url: str | None = None


def terms(licence: str, statement: str = "") -> Terms | None:
    """What a licence's identifier, or the words in its place, stand for; else the statement; else None."""
    if found := _CREATIVE_COMMONS.fullmatch(licence):
        words = "-".join(_WORDS[part] for part in found["terms"].split("-"))
        scope = found["port"] or _SCOPE.get(found["version"], "Generic")
        path = "/".join(filter(None, (found["terms"], found["version"], found["port"]))).lower()
        name = f"Creative Commons {words} {found['version']} {scope}"
        return Terms(name, licence, f"https://creativecommons.org/licenses/{path}/")
    if licence in _OTHERS:
        name, url = _OTHERS[licence]
        return Terms(name, licence, url or f"https://spdx.org/licenses/{licence}.html")
    return Terms(licence or statement) if licence or statement else None
