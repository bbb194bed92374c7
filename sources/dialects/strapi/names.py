"""What things are called in a Strapi whose content types a channel of Leopard has set up."""

import re
from collections.abc import Iterable, Iterator

from schemas import plugins
from schemas.model import MARKER, FieldModel, content_type

RENAMED = {
    "published_at": "publication_time",
    "updated_at": "update_time",
    "created_at": "creation_time",
    "id": "identifier",
    "document_id": "document_identifier",
    "locale": "language_tag",
    "localizations": "language_versions",
    "status": "record_status",
    "meta": "metadata",
}
"""Fields of ours whose names Strapi keeps for itself."""
STATE = "leopard_state"
ASSET = "asset:"
"""What the names of files of ours begin with: they are their keys."""
BLOCK = "leopard."


def named(field: str) -> str:
    return RENAMED.get(field, field)


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", "-", name).lower()


def plural(kind: str) -> str:
    """The last part of a content type's address."""
    many = content_type(kind).plural
    return f"leopard-{kebab(many)}" + ("-list" if many == kind else "")


def own_kinds() -> list[str]:
    return [kind for kind in plugins.names("kinds") if kind != "asset"]


def populate(
    models: Iterable[FieldModel], kinds: Iterable[str], path: str = "populate"
) -> Iterator[tuple[str, str]]:
    """The query that makes Strapi answer with all that an entry holds, as deep as the kind's model goes."""
    kinds = tuple(kinds)
    for one in models:
        here = f"{path}[{named(one.name)}]"
        match one.type:
            case "media":
                yield f"{here}[fields][0]", "name"
            case "relation" if len(one.kinds) == 1:
                if one.kinds[0] in kinds:
                    yield f"{here}[fields][0]", MARKER
            case "relation":
                for kind in kinds:
                    yield f"{here}[populate][{kind}][fields][0]", MARKER
            case "group" | "list":
                yield from _inside(one.fields, kinds, here)
            case "blocks":
                for block in one.blocks:
                    yield from _inside(block.fields, kinds, f"{here}[on][{BLOCK}{kebab(block.name)}]")


def _inside(models: Iterable[FieldModel], kinds: tuple[str, ...], path: str) -> Iterator[tuple[str, str]]:
    deeper = list(populate(models, kinds, f"{path}[populate]"))
    yield from deeper or [(path, "true")]
