"""Tags of one WordPress: their numbers by name, and their names by number."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from html import escape, unescape
from typing import Any

from exporters.base import Fields
from exporters.dialects.wordpress.answers import TermExists, in_batch
from exporters.dialects.wordpress.fields import tag_name
from schemas.errors import Ambiguous, LeopardError, Rejected
from transport.session import ApiSession

BATCH = 25
"""Most writes in one request to /batch/v1."""
LISTED = 100
"""Most items in a list."""


class Tags:
    """For one worker, which remembers them."""

    def __init__(self, http: ApiSession, api: str) -> None:
        self.http, self.api = http, api
        self.names: dict[int, str] = {}
        self._ids: dict[str, int] = {}

    def ids(self, words: Iterable[str]) -> list[int]:
        """Numbers of tags, which are made where they are missing. Raises what WordPress refuses."""
        names = list(map(tag_name, words))
        for error in self._known(names).values():
            raise error
        return sorted({self._ids[name.casefold()] for name in names})

    def prepare(self, words: Iterable[str]) -> None:
        """Have the numbers of all tags that several records need, in few requests.

        What comes to nothing here is tried again for the record that needs it, and told there.
        """
        with suppress(Ambiguous, Rejected):  # to make a tag twice changes nothing
            self._known(map(tag_name, words))

    def learn(self, numbers: Iterable[int]) -> None:
        """The names of tags that are known by their numbers."""
        unknown = sorted(set(numbers) - self.names.keys())
        for some in _portions(unknown, LISTED):
            query: dict[str, Any] = {"per_page": LISTED, "_fields": "id,name"}
            query["include"] = ",".join(map(str, some))
            listed = self.http.call("GET", f"{self.api}/tags", params=query)
            self.names |= {int(one["id"]): unescape(one["name"]) for one in listed}

    def _known(self, names: Iterable[str]) -> dict[str, LeopardError]:
        """Makes what is missing; why it cannot, by name."""
        missing = {name.casefold(): name for name in names if name.casefold() not in self._ids}
        refused: dict[str, LeopardError] = {}
        for some in _portions(list(missing.values()), BATCH):
            for name, outcome in zip(some, self._made(some), strict=True):
                if isinstance(outcome, TermExists):
                    self._ids[name.casefold()] = outcome.term
                elif isinstance(outcome, LeopardError):
                    refused[name] = outcome
                else:
                    self._ids[name.casefold()] = number = int(outcome["id"])
                    self.names[number] = unescape(outcome["name"])
        return refused

    def _made(self, names: Collection[str]) -> Iterable[Fields | LeopardError]:
        sent = [
            {
                "method": "POST",
                "path": "/wp/v2/tags?_fields=id,name",
                "body": {"name": escape(name, quote=False)},
            }
            for name in names
        ]
        answers = self.http.call("POST", "/wp-json/batch/v1", json={"requests": sent})["responses"]
        for answer in answers:
            status, body = answer["status"], answer["body"]
            yield body if status < 300 else in_batch(status, body, "POST /wp/v2/tags in a batch")


def _portions(items: list[Any], size: int) -> Iterable[list[Any]]:
    return (items[at : at + size] for at in range(0, len(items), size))
