"""Strapi's media library: one file an asset, known by its name, which is our key."""

import json
import mimetypes
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin

from exporters.base import Fields, Remote
from exporters.cms.media import address_of, media_id, number_of
from schemas import canonical
from schemas.asset import Asset
from transport.session import ApiSession

MARK = "asset:"
"""What the names of our files begin with; Strapi has no other field for a key."""
AT_ONCE = 100
"""Files asked for at once."""
HELD = ("name", "alternativeText", "caption", "focalPoint")


def file_fields(asset: Asset, words: Fields) -> Fields:
    """What should be there of an asset. Strapi has no place for a credit and a licence but the caption."""
    said = (words.get(name) for name in ("caption", "credit", "licence"))
    point = asset.focal_point
    return {
        "name": asset.key,
        "alternativeText": words.get("alt"),
        "caption": " · ".join(filter(None, said)) or None,
        "focalPoint": {"x": point.x * 100, "y": point.y * 100} if point else None,
        "digest": asset.digest,
    }


def file_held(file: Mapping[str, Any]) -> Fields:
    """What Strapi holds of those fields; of the bytes it tells nothing."""
    return {name: file.get(name) or None for name in HELD}


def public_at(url: str) -> Callable[[str], str]:
    """Where anybody can get the bytes of a file, by its id: Strapi tells a path, if they lie with it."""

    def address(page: str) -> str:
        path = address_of(page)
        return urljoin(f"{url}/", path) if path else ""

    return address


class Library:
    """The files of ours. For one thread, as the session is."""

    def __init__(self, api: ApiSession, locale: str) -> None:
        self.api, self.locale = api, locale

    def files(self, filters: Mapping[str, str]) -> Iterator[Remote]:
        """Those that match, the oldest first."""
        start, more = 0, True
        while more:
            query = {**filters, "sort[0]": "id:asc", "start": str(start), "limit": str(AT_ONCE)}
            found = self.api.call("GET", "/api/upload/files", params=query)
            yield from (self._remote(file) for file in found)
            start, more = start + len(found), len(found) == AT_ONCE

    def file(self, page: str, key: str) -> Remote:
        """Any file, as if it were ours. Raises NotFound."""
        found = self.api.call("GET", f"/api/upload/files/{number_of(page)}")
        return self._remote(found).model_copy(update={"key": key})

    def describe(self, page: str, fields: Fields) -> Remote:
        """Give a file other words. Raises NotFound."""
        sent = {"fileInfo": _info(fields)}
        return self._remote(self.api.call("POST", "/api/upload", params={"id": number_of(page)}, json=sent))

    def upload(self, page: str | None, path: str, data: bytes, fields: Fields) -> Remote:
        """Add a file, or put these bytes in the place of another's, whose id and address stay."""
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        answer = self.api.call(
            "POST",
            "/api/upload",
            params={"id": number_of(page)} if page else {},
            files={"files": (PurePosixPath(path).name, data, kind)},
            data={"fileInfo": json.dumps(_info(fields))},
        )
        return self._remote(answer if page else answer[0])

    def delete(self, page: str) -> None:
        """Raises NotFound."""
        self.api.call("DELETE", f"/api/upload/files/{number_of(page)}")

    def _remote(self, file: Mapping[str, Any]) -> Remote:
        fields = file_held(file)
        return Remote(
            id=media_id(file["id"], file["url"]),
            key=file["name"],
            locale=self.locale,
            fields=fields,
            version=canonical.digest([fields, file["updatedAt"]]),
        )


def _info(fields: Fields) -> Fields:
    """The words as Strapi is told them: None would leave in place what is there."""
    return {name: fields.get(name) or (None if name == "focalPoint" else "") for name in HELD}
