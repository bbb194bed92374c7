"""The REST API of one WordPress: lists, look-ups, tags, and pages as they come back."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from exporters.base import Desired, Fields, Remote, State
from exporters.cms.media import media_id
from exporters.dialects.wordpress.fields import held
from exporters.dialects.wordpress.marks import OPENING, unmarked, word
from exporters.dialects.wordpress.tags import Tags
from schemas.model import MARKER
from schemas.problems import Problem
from transport.session import ApiSession

API = "/wp-json/wp/v2"
A_PAGE = 100
"""Most items in a list."""
AT_ONCE = 40
"""Keys in one look-up, so that its address stays short enough."""
ONE_BY_ONE = 4
"""So many keys are searched for each by itself, where no plug-in looks them up together."""
STATES: dict[str, State] = {
    "publish": "published",
    "future": "scheduled",
    "draft": "draft",
    "pending": "draft",
}
STATUS: dict[State, str] = {
    "published": "publish", "draft": "draft", "scheduled": "future", "withdrawn": "private",
}  # fmt: skip
EVERY_STATE = "publish,future,draft,pending,private,trash"
POST = (
    *("status", "slug", "date_gmt", "title.raw", "content.raw", "excerpt.raw"),
    *("featured_media", "parent", "categories", "tags"),
)
OTHER = {
    "media": ("source_url", "title.raw", "alt_text", "caption", "description"),
    "categories": ("name", "slug", "description", "parent"),
}
"""Routes of what is no post: it has no drafts, and its text is its description."""


def _copied(copy: Remote, first: Remote) -> Problem:
    message = f"{copy.url} carries the key of {first.key}, which is {first.url}; it is left alone"
    hint = f"take {MARKER}, or the comment at the end of the text, out of the copy"
    known = {"severity": "warning", "hint": hint, "key": first.key, "locale": first.locale}
    return Problem(code="channel.duplicate", message=message, **known)


def status_of(desired: Desired, date: str | None) -> str:
    """What is due within a minute WordPress would show at once: it waits as a draft for the next run."""
    soon = datetime.now(UTC) + timedelta(seconds=90)
    if desired.state == "scheduled" and (not date or datetime.fromisoformat(f"{date}+00:00") < soon):
        return STATUS["draft"]
    return STATUS[desired.state]


class WordPressApi:
    """Asks one WordPress, for one worker. `more` are fields that a team fills in by a mapping of its own."""

    def __init__(self, http: ApiSession, *, plugin: bool, more: Iterable[str] = ()) -> None:
        self.http, self.plugin = http, plugin
        self.problems: list[Problem] = []
        """Copies that people made of our pages, marks included."""
        known = {name.partition(".")[0] for name in (*POST, *OTHER["media"], *OTHER["categories"], "meta")}
        self.more = sorted(set(more) - known)
        self.tags = Tags(http, API)
        self._usual: str | None = None

    def about(self) -> Fields:
        """What our plug-in says of itself, and which types hold anything of ours; nothing without it."""
        known: Fields = self.http.call("GET", "/wp-json/leopard/v1/about") if self.plugin else {}
        return known

    def asked(self, route: str) -> dict[str, str]:
        """The query for what we need of an answer; the page itself need not be rendered for it."""
        fields = ("id", "link", "meta", *OTHER.get(route, POST), *self.more)
        return {"context": "edit", "_fields": ",".join(fields)}

    def listed(self, route: str, idents: Collection[str] | None = None) -> Iterator[Remote]:
        """Ours among the pages of a route, with these idents or all; each ident once, whatever its state."""
        seen: dict[str, Remote] = {}
        for remote in self._ours(route, idents):
            first = seen.setdefault(remote.ident, remote)
            if first is remote:
                yield remote
            elif route != "media":
                self.problems.append(_copied(remote, first))

    def copies(self, route: str, ident: str) -> list[Remote]:
        """All that carry one ident: more than one while media are being replaced."""
        return list(self._ours(route, {ident}))

    def _ours(self, route: str, idents: Collection[str] | None) -> Iterator[Remote]:
        for query in self._queries(idents):
            for answers in self._pages(route, query):
                found = self.remotes(route, answers)
                yield from (one for one in found if idents is None or one.ident in idents)

    def _queries(self, idents: Collection[str] | None) -> Iterator[dict[str, str]]:
        wanted = sorted(idents) if idents is not None else []
        if self.plugin and idents is not None:
            yield from (
                {MARKER: ",".join(wanted[at : at + AT_ONCE])} for at in range(0, len(wanted), AT_ONCE)
            )
        elif self.plugin:
            yield {MARKER: "*"}
        elif idents is not None and len(wanted) <= ONE_BY_ONE:
            yield from ({"search": word(ident)} for ident in wanted)
        else:
            yield {"search": OPENING}

    def _pages(self, route: str, query: dict[str, str]) -> Iterator[list[Fields]]:
        """A list, page by page. Of media the newest come first: they are what has replaced the others."""
        order = {"orderby": "id", "order": "desc" if route == "media" else "asc", "per_page": A_PAGE}
        state = {} if route in OTHER else {"status": EVERY_STATE}
        if route == "categories":  # their descriptions cannot be searched
            query = {name: value for name, value in query.items() if name != "search"}
        page, pages = 1, 1
        while page <= pages:
            sent = {**self.asked(route), **query, **order, **state, "page": page}
            answers, headers = self.http.ask("GET", f"{API}/{route}", params=sent)
            page, pages = page + 1, int(headers.get("X-WP-TotalPages", 1))
            yield answers

    def remotes(self, route: str, answers: list[Fields]) -> Iterator[Remote]:
        """Those among some answers that are ours."""
        self.tags.learn(tag for one in answers for tag in one.get("tags", ()))
        for answer in answers:
            ident, plain = self._read(route, answer)
            if ident:
                yield self._remote(route, plain, ident)

    def as_if(self, route: str, answer: Fields, ident: str) -> Remote:
        """A page, as if it carried that ident."""
        self.tags.learn(answer.get("tags", ()))
        return self._remote(route, self._read(route, answer)[1], ident)

    def _read(self, route: str, answer: Fields) -> tuple[str | None, Fields]:
        """The ident that a page carries, if it does, and the page without our mark in its text."""
        name = "description" if route in OTHER else "content"
        said = answer.get(name) or ""
        ident, text = unmarked(said["raw"] if isinstance(said, dict) else said)
        if self.plugin:
            meta = answer.get("meta")
            ident = meta.get(MARKER) if isinstance(meta, dict) else None
        return ident or None, {**answer, name: text}

    def _remote(self, route: str, answer: Fields, ident: str) -> Remote:
        key, _, locale = ident.rpartition("@")
        number, address = answer["id"], answer.get("source_url")
        return Remote(
            id=media_id(number, address) if address else str(number),
            key=key,
            locale=locale,
            fields=held(self._filed(route, answer), self.more, self.tags.names),
            state="published" if route in OTHER else STATES.get(answer["status"], "withdrawn"),
            url=answer.get("link"),
        )

    def _filed(self, route: str, answer: Fields) -> Fields:
        """Without the category that WordPress gives a post which has none."""
        filed = answer.get("categories") or []
        if route != "posts" or len(filed) != 1:
            return answer
        if self._usual is None:
            self._usual = str(self.about().get("category", 1))  # a new WordPress makes the first one for that
        return {**answer, "categories": []} if str(filed[0]) == self._usual else answer
