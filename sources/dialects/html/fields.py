"""What selectors take out of a page, and which of it a kind has room for."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from schemas.base import Prose, When
from schemas.record import Record
from sources.dialects.html.metadata import instant, plain, whole
from sources.dialects.html.options import Pick

_ADDRESSES = ("href", "src", "content", "cite")


class Picker:
    """Fills fields of one kind from one page. `base` is what its addresses count from."""

    def __init__(self, model: type[Record] | None, base: str | None, zone: tzinfo) -> None:
        self.model, self.base, self.zone = model, base, zone

    def pick(self, tree: LexborHTMLParser, field: str, pick: Pick) -> Any:
        """What `pick` finds for a field; None if it finds nothing."""
        nodes = tree.css(pick.select)
        values = [self._value(node, field, pick) for node in (nodes if pick.all else nodes[:1])]
        found = [value for value in values if value]
        if not found:
            return None
        if field == "authors":
            return [{"name": value} if isinstance(value, str) else value for value in found]
        return found if pick.all else found[0]

    def _value(self, node: LexborNode, field: str, pick: Pick) -> Any:
        if pick.html or (pick.attribute is None and self._holds(field, Prose)):
            inner = (node.inner_html or "").strip()
            return {"format": "html", "text": inner} if inner else None
        if pick.attribute is None:
            return self._typed(plain(node.text(separator=" ") if node.css("br") else node.text()), field)
        text = plain(node.attributes.get(pick.attribute))
        is_address = pick.attribute in _ADDRESSES and (pick.attribute != "content" or field.endswith("url"))
        return (whole(text, self.base) or text) if is_address and text else self._typed(text, field)

    def _typed(self, text: str, field: str) -> str:
        """A time in the form that records have, where it is one."""
        return (instant(text, self.zone) or text) if self._holds(field, When) else text

    def _holds(self, field: str, wanted: Any) -> bool:
        """Whether the kind's field is prose, or a time."""
        info = self.model.model_fields.get(field) if self.model is not None else None
        metadata = getattr(wanted, "__metadata__", ())
        if info is None or not metadata:
            return False
        return metadata[0] in info.metadata or wanted in getattr(info.annotation, "__args__", ())


def put(data: dict[str, Any], field: str, value: Any) -> None:
    """Fill a field that may lie inside another: `rights.holder`, `authors.0.family`."""
    *path, last = field.split(".")
    inner: Any = data
    for at, part in enumerate(path):
        follows = path[at + 1] if at + 1 < len(path) else last
        fresh: Any = [] if follows.isdecimal() else {}
        inner = _step(inner, part, fresh)
    if isinstance(inner, list):
        inner.append(value)
    elif isinstance(inner, dict):
        inner[last] = value


def _step(inner: Any, part: str, fresh: Any) -> Any:
    if isinstance(inner, list):
        if part.isdecimal() and int(part) < len(inner):
            return inner[int(part)]
        inner.append(fresh)
        return fresh
    if not isinstance(inner.get(part), type(fresh)):
        inner[part] = fresh
    return inner[part]


def of_kind(facts: Mapping[str, Any], model: type[Record] | None) -> dict[str, Any]:
    """Facts of a page as the fields of a kind that has them."""
    known = set(model.model_fields) if model is not None else {"title", "summary", "tags"}
    data = {
        name: facts[name]
        for name in ("title", "summary", "published_at", "updated_at", "tags", "doi")
        if name in facts
    }
    if facts.get("authors"):
        data["authors"] = [{"name": name} for name in facts["authors"]]
    if facts.get("url"):
        data["url"] = facts["url"]
    rights = {name: facts[name] for name in ("holder", "statement") if name in facts}
    if rights:
        data["rights"] = rights
    if "issued" in known and "published_at" in facts:
        data["issued"] = facts["published_at"][:10]
    if "language" in known and facts.get("language"):
        data["language"] = facts["language"].replace("_", "-")
    return {name: value for name, value in data.items() if name in known and value}
