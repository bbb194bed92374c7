"""Assets as files of Directus: its own fields, and those that `leopard channel setup` adds. Pure."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from exporters.base import Fields
from exporters.cms.content import Content
from exporters.dialects.directus.model import DIGEST, FILE_STATUS, FILE_WORDS
from exporters.dialects.directus.rows import decimal, id_of
from schemas.asset import Asset
from schemas.base import in_language
from schemas.model import MARKER

LONGEST_TITLE = 255
TEXTS = ("alt", "credit", "photographer", "agency", "licence")
WORDS = ("title", "description", *TEXTS, "rights_expire", "focal_point_x", "focal_point_y")
"""Columns that people may write to."""
NUMBERS = ("focal_point_x", "focal_point_y", "filesize")
OF_THE_BYTES = ("filesize", "type", DIGEST)
"""Columns that an upload sets."""
COLUMNS = (*WORDS, "filename_download", *OF_THE_BYTES)
ASKED = (
    "id", MARKER, FILE_STATUS, "modified_on", *COLUMNS,
    f"{FILE_WORDS}.languages_code", f"{FILE_WORDS}.alt", f"{FILE_WORDS}.description",
)  # fmt: skip
"""What to ask for so that one answer holds a file and its words."""
DEPTH = {FILE_WORDS: {"_limit": -1}}


def fields_of_asset(asset: Asset, content: Content, locales: Iterable[str]) -> Fields:
    """The fields of a file; `locales` are the languages of the channel."""
    words, point = content.words_of(asset), asset.focal_point
    known = {
        **{name: words.get(name) for name in ("title", *TEXTS, "rights_expire")},
        "title": _cut(words.get("title", "")),
        "description": words.get("caption"),
        "focal_point_x": round(point.x * asset.width) if point and asset.width else None,
        "focal_point_y": round(point.y * asset.height) if point and asset.height else None,
        "filename_download": PurePosixPath(asset.path).name if asset.path else None,
        "filesize": asset.size,
        "type": asset.media_type,
        DIGEST: asset.digest,
    }
    return {**known, FILE_WORDS: {tag: said for tag in locales if (said := _said(asset, tag))}}


def _cut(title: str) -> str:
    """Directus holds 255 characters of a file's title; titles are often made of a longer caption."""
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"


def _said(asset: Asset, locale: str) -> Fields:
    alt = None if asset.decorative else in_language(asset.alt, locale)
    words = {"alt": alt, "description": in_language(asset.caption, locale)}
    return {name: text for name, text in words.items() if text}


def file_of(fields: Fields, file: str) -> Fields:
    """What is sent for a file beside its bytes; `file` is its id."""
    sent = {name: value for name, value in fields.items() if name not in OF_THE_BYTES}
    if FILE_WORDS in sent:
        said = (sent[FILE_WORDS] or {}).items()
        sent[FILE_WORDS] = [
            {"id": id_of(f"{file}/{tag}"), "languages_code": tag, "alt": None, "description": None, **words}
            for tag, words in said
        ]
    return sent


def fields_of_file(file: Fields, more: Iterable[str] = ()) -> Fields:
    """The fields that a file holds; `more` are further columns."""
    found = {name: file.get(name) for name in (*COLUMNS, *more)}
    numbers = {name: decimal(found[name]) for name in NUMBERS if found[name] is not None}
    said = {
        one["languages_code"]: {name: one[name] for name in ("alt", "description") if one[name]}
        for one in file.get(FILE_WORDS) or ()
    }
    return {**found, **numbers, FILE_WORDS: {tag: words for tag, words in said.items() if words}}
