"""Collections of a team's own, and what of them becomes which field of which kind."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from schemas.base import KIND_PATTERN, Model
from sources.common.shapes import path_at

PATH = r"^[^.\s]+(\.[^.\s]+)*$"


class Collection(Model):
    """One collection, and the records that its items become."""

    kind: str = Field(pattern=rf"^{KIND_PATTERN}$", description="What its items become")
    fields: dict[str, str] = Field(
        {},
        description="Per field of ours, the path of theirs (`seo.description`); equal names need none",
    )
    prose: Literal["markdown", "html", "text"] = Field(
        "markdown", description="How texts are written that hold no blocks of the system"
    )

    def values(self, item: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        """What an item says, by the names of our fields."""
        found = {name: item.get(name) for name in names if name in item}
        return found | {name: path_at(item, path) for name, path in self.fields.items()}


Collections = dict[str, Collection]
