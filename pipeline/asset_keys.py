"""Which assets a record shows: in its fields, and inside its prose."""

import re
from collections.abc import Iterator

from schemas.base import RichText
from schemas.record import Path, Record, references
from schemas.walk import replace

SYMBOLIC = re.compile(r'src="(asset:[^"]+)"')


def asset_keys(record: Record) -> Iterator[str]:
    """Keys of all assets a record shows, in fields and in its prose."""
    for _, _, key in references(record):
        if key.startswith("asset:"):
            yield key
    yield from prose_assets(record)


def prose_assets(record: Record) -> Iterator[str]:
    """Keys of assets inside the record's HTML, where steps leave them as `src="asset:…"`."""
    found: list[str] = []

    def look(prose: RichText, path: Path) -> RichText:
        if '"asset:' in prose.text:
            found.extend(SYMBOLIC.findall(prose.text))
        return prose

    replace(record, RichText, look)
    return iter(found)
