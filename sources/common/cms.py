"""What sources share that read a content management system: its lists, its media, its keys."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode, urljoin

from pydantic import AfterValidator, Field
from slugify import slugify

from schemas.base import NAME_PATTERN
from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from sources.base import COMPLETE, Outcome, Raw, Reading
from sources.common.api import ApiOptions, Harvest, RemoteApi
from sources.common.copies import LOST, Copies, folder_of
from sources.common.json_answers import understood
from transport.addresses import target_of
from transport.fetch import Fetcher

Item = dict[str, Any]


class CmsOptions(ApiOptions):
    """What every source is told that reads a content management system."""

    media: Annotated[str, AfterValidator(folder_of)] | None = Field(
        None,
        description="Folder of the project that media are copied to, which most channels need; no other "
        "source should read it. By default media are just named by their addresses",
        examples=["content/media"],
    )
    prefix: str | None = Field(
        None,
        pattern=rf"^{NAME_PATTERN}$",
        description="What the names of keys begin with: `blog` makes `article:blog/post-7`",
    )


class CmsSource(RemoteApi):
    """A content management system. Items are known by the list they are in and their id: `posts/7`."""

    looks_twice = True
    item_word: ClassVar[str] = "item"

    options: CmsOptions

    def get(
        self, fetcher: Fetcher, path: str, query: Mapping[str, Any] | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        """The data at a path below `url`, and the headers. Raises ContentError."""
        asked = f"?{urlencode(query, safe='[]$,*')}" if query else ""
        answer = fetcher.get(f"{self.options.url.rstrip('/')}/{path}{asked}", b"".join)
        return understood(answer, self.where), answer.headers

    @abstractmethod
    def entries(self, items: Mapping[str, Item]) -> Iterator[Raw | Problem]:
        """The records of all items; a problem for one that is left out, or lacks something."""

    def media_in(self, name: str, item: Item) -> tuple[str, str] | None:
        """The address of the bytes of an item that is media, and what changes when they do."""
        return None

    def absolute(self, address: str) -> str:
        """An address that may be a path of the system."""
        return urljoin(f"{self.options.url.rstrip('/')}/", address)

    def records(self, harvest: Harvest) -> Reading:
        outcome = COMPLETE
        for found in self.entries(harvest.items):
            if isinstance(found, Problem) and found.severity == "error":
                outcome = Outcome(state="partial", reason=f"{self.where}: {found.message}")
            yield found
        for name, item in harvest.items.items():
            if LOST in item:
                yield self.problem("source.media", name, item[LOST], "see that the file is there; run again")
                outcome = Outcome(state="partial", reason=f"{self.where}: {item[LOST]}")
        return outcome

    def settled(self, fetcher: Fetcher, items: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        folder = self.options.media
        if folder is None:
            return items
        copies = Copies(self.context.root, folder, fetcher, self.options.timeout)
        done = dict(items)
        for name, item in items.items():
            if place := self.media_in(name, item):
                of = self.named_key("asset", name).partition(":")[2]
                done[name] = copies.copied(item, known.get(name, {}), *place, of)
        return done

    def named_key(self, kind: str, name: str) -> str:
        """The key of an item that has none of ours."""
        whole = f"{self.options.prefix}/{slugify(name)}" if self.options.prefix else slugify(name)
        return f"{kind}:{whole}"

    def origin(self, name: str) -> Origin:
        return Origin(path=self.where, within=name)

    def problem(self, code: str, name: str, message: str, hint: str, severity: Any = "error") -> Problem:
        return Problem(code=code, message=message, hint=hint, severity=severity, origin=self.origin(name))

    def short(self, what: str, told: object, given: int) -> ContentError:
        """The error where a list is not as long as it says."""
        message = f"it says that there are {told} {what}, and gave {given}"
        return self.error("api.short", message, "try again; the list may have changed meanwhile")

    def is_home(self, address: str) -> bool:
        """Whether an address is of this very system."""
        try:
            return target_of(address) == target_of(self.options.url)
        except ContentError:
            return False
