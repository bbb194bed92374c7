"""What Leopard has written into WordPress, as the record that it was. Pure."""

from collections.abc import Mapping
from typing import Any

from sources.common.own import unrelated

PREFIX = "leopard_"
_OURS = {"leopard_key", "leopard_linked_data"}


def own_record(ident: str, data: dict[str, Any], item: Mapping[str, Any], first: str) -> dict[str, Any]:
    """The data with what the channel's plug-in keeps in meta; `first` is the language without a suffix."""
    key, _, locale = ident.rpartition("@")
    kind = key.partition(":")[0]
    meta = item.get("meta")
    found = {
        name.removeprefix(PREFIX): value
        for name, value in (meta if isinstance(meta, dict) else {}).items()
        if name.startswith(PREFIX) and name not in _OURS
    }
    if locale != first and data.get("slug", "").endswith(f"-{locale.lower()}"):
        data = {**data, "slug": data["slug"].removesuffix(f"-{locale.lower()}")}
    return {**data, **unrelated(found, kind), "kind": kind, "key": key}
