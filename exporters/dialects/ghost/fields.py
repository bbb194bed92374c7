"""What Ghost holds for a record, as its Admin API spells it: from the record, and from its answers. Pure."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import PurePosixPath
from typing import Any

from exporters.base import REFERENCE, Fields, State
from exporters.cms.content import Content, instant
from exporters.cms.linked_data import as_text
from exporters.common.links import absolute
from exporters.common.parts import published, title_of
from exporters.dialects.ghost import head as head
from exporters.dialects.ghost.body import Body
from exporters.dialects.ghost.lexical import caption_of, settled
from schemas.asset import Asset
from schemas.errors import Unsupported
from schemas.model import LINKED_DATA
from schemas.record import Record

MARK = "#leopard "
"""The name of the tag by which a post is ours begins like this; its ident follows."""
WITHDRAWN = "#withdrawn"
"""The tag of a post that we have hidden."""
OUR_POSTS = f"tags.name:~^'{MARK}'"
OUR_TAGS = f"name:~^'{MARK}asset:',codeinjection_head:~'<!-- leopard '"
"""Filters (NQL) for all that is ours."""
LONGEST = {
    "title": 255, "slug": 191, "custom_excerpt": 300, "feature_image_alt": 191, "name": 191,
    "description": 500, "canonical_url": 2000, "meta_title": 300, "meta_description": 500, "og_title": 300,
    "og_description": 500, "twitter_title": 300, "twitter_description": 500, "feature_image_caption": 65_535,
    "codeinjection_head": 65_535, "codeinjection_foot": 65_535,
}  # fmt: skip
"""Characters that a field may have (Ghost 6)."""
_SHARED = (
    "slug", "feature_image", "canonical_url", "codeinjection_head", "codeinjection_foot", "meta_title",
    "meta_description", "og_image", "og_title", "og_description", "twitter_image", "twitter_title",
    "twitter_description", "visibility",
)  # fmt: skip
_OF_POST = (
    *_SHARED, "title", "custom_excerpt", "feature_image_alt", "feature_image_caption", "featured",
    "custom_template", "show_title_and_feature_image", "published_at", "email_subject", "frontmatter",
)  # fmt: skip
_OF_TAG = (*_SHARED, "name", "description", "accent_color")
_SPACE = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_SPACE += "\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What JavaScript takes off both ends of a text (ECMA-262, `trim`)."""
_STORED = re.compile(r"(.+-[0-9a-f]{16})(?:-\d+)?(\.\w+)")
_FILES = re.compile(
    r"/content/(?:images|media|files)/[^\s\"\\<>]*?([^\s\"\\<>/]+-[0-9a-f]{16}(?:-\d+)?\.\w+)"
)
"""Files that we sent, by what `asset_fields` calls them, as they stand in a text."""


def post_fields(record: Record, content: Content, *, topics: bool) -> Fields:
    """A page or a post; `topics` says whether topics are tags of their own here, or just words."""
    body = Body(content)
    known = body.fields(record)
    above = body.main_image(known)
    about = known.get("topics", []) if topics else []
    fields = {
        "title": title_of(record).strip(_SPACE) or record.key,
        "slug": record.slug,
        "custom_excerpt": cut(record.summary, LONGEST["custom_excerpt"]),
        "feature_image": above.get("src"),
        "feature_image_alt": above.get("alt"),
        "feature_image_caption": _caption(above),
        "lexical": body.document(record, known),
        "topics": [one["of"] for one in about],
        "tags": _tags(record, known, [one["title"] for one in about]),
        **_graph(known),
    }
    at = instant(published(record, content.links))
    dated = {"published_at": _seconds(at)} if at else {}
    return _named({**fields, **dated})


def topic_fields(record: Record, content: Content) -> Fields:
    """A public tag."""
    known = Body(content).fields(record)
    above = known.get("image") or {}
    fields = {
        "name": title_of(record).strip(_SPACE) or record.key,
        "slug": record.slug,
        "description": cut(record.summary, LONGEST["description"]),
        "feature_image": above.get("src"),
        **_graph(known),
    }
    return _named(fields)


def _named(fields: Fields) -> Fields:
    """Without a slug, if there is none: Ghost makes one of the title."""
    return {name: value for name, value in fields.items() if name != "slug" or value}


def with_files(fields: Fields, content: Content) -> Fields:
    """With the files that are shown: where one changes, so does all that shows it, in the same run."""
    assets = (content.links.asset(ident.rpartition("@")[0]) for ident in _references(fields))
    files = {asset_fields(asset, content)["file"] for asset in assets if asset}
    return {**fields, "files": sorted(file for file in files if _STORED.fullmatch(file))}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and REFERENCE in value:
        yield value[REFERENCE]
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _references(inner)


def asset_fields(asset: Asset, content: Content) -> Fields:
    """The file of an asset, by a name that tells its bytes apart; its words stand where it is shown."""
    if asset.path and asset.digest:
        path = PurePosixPath(asset.path)
        stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:60] or "file"
        return {"file": f"{stem}-{asset.digest[:16]}{path.suffix.lower()}", "digest": asset.digest}
    if asset.url:
        return {"file": absolute(content.site, asset.url)}
    raise Unsupported("its bytes are not at hand", hint="give it a `file` or a `url`")


def _caption(above: Fields) -> str | None:
    known = {name: above.get(name) or "" for name in ("caption", "credit")}
    return caption_of(escape(known["caption"], quote=False), known["credit"]) or None


def _tags(record: Record, known: Fields, taken: Iterable[str]) -> list[str]:
    """Names of tags, each once: what it is about, then internal ones by which themes can tell posts apart."""
    about = [one["title"] for name in ("topics", "species") for one in known.get(name, [])]
    countries = [f"#country-{code.lower()}" for code in known.get("countries", [])]
    kinds = [f"#{name}" for name in (record.kind, known.get("genre")) if name and record.kind != "page"]
    seen = {name.casefold() for name in taken}
    names: list[str] = []
    for word in (*known.get("tags", []), *about, *kinds, *countries):
        name = word.strip(_SPACE).lstrip(",")
        if name and name.casefold() not in seen and not name.startswith((MARK, WITHDRAWN)):
            seen.add(name.casefold())
            names.append(name)
    return names


def _graph(known: Fields) -> Fields:
    return {LINKED_DATA: known[LINKED_DATA]} if LINKED_DATA in known else {}


def cut(words: str, longest: int) -> str | None:
    """A text that is no longer than that, at the end of a word; None if it is empty."""
    words = words.strip(_SPACE)
    if len(words) <= longest:
        return words or None
    return f"{words[: longest - 1].rsplit(None, 1)[0].rstrip(' ,;:.')}…"


def normalised(fields: Fields) -> Fields:
    """Fields as Ghost has them once they were sent: titles trimmed, times in seconds, HTML in one piece."""
    done = {name: settled(value) if name == "lexical" else value for name, value in fields.items()}
    for name, value in done.items():
        if isinstance(value, str) and name == "title":
            done[name] = value.strip(_SPACE)
        if isinstance(value, str) and name == "published_at":
            done[name] = _seconds(value)
        if name == LINKED_DATA:
            done[name] = as_text(value, str)
    if "feature_image" in done and done["feature_image"] is None:
        done |= {name: None for name in ("feature_image_alt", "feature_image_caption") if name in done}
    return done


def _seconds(at: str) -> str:
    """An instant as Ghost has it: UTC, without parts of a second."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return at
    if moment.tzinfo is None:
        return at
    return instant(moment.astimezone(UTC).replace(microsecond=0)) or at


def fields_of_post(item: Fields) -> Fields:
    """What Ghost answers about a post or page, with the names of `post_fields`."""
    tags = item.get("tags") or []
    topics = [f"tags/{tag['id']}" for tag in tags if head.ident_in(tag)]
    names = [tag["name"] for tag in tags if not head.ident_in(tag)]
    return {
        **{name: item.get(name) for name in _OF_POST},
        **head.held(item),
        "lexical": json.loads(item["lexical"]) if item.get("lexical") else None,
        "topics": topics,
        "tags": [name for name in names if not name.startswith(MARK) and name != WITHDRAWN],
        "authors": [author.get("email") for author in item.get("authors") or []],
        "files": _files(item),
    }


def fields_of_tag(item: Fields) -> Fields:
    """What Ghost answers about a tag, with the names of `topic_fields`."""
    return {**{name: item.get(name) for name in _OF_TAG}, **head.held(item), "files": _files(item)}


def _files(item: Fields) -> list[str]:
    shown = " ".join(
        str(item.get(name))
        for name in ("feature_image", "og_image", "twitter_image", "lexical", "codeinjection_head")
    )
    return sorted({file_of(f"/content/{name}") for name in _FILES.findall(shown)})


def file_of(url: str) -> str:
    """The name of an uploaded file, as `asset_fields` gives it; another address is its own name."""
    if "/content/" not in url:
        return url
    name = url.rpartition("/")[2]
    again = _STORED.fullmatch(name)
    return f"{again[1]}{again[2]}" if again else name


def fields_of_asset(item: Fields) -> Fields:
    """What the tag that remembers an asset says of it, with the names of `asset_fields`."""
    digest = (item.get("description") or "").removeprefix(WITHDRAWN).strip()
    return {"file": file_of(item.get("feature_image") or ""), "digest": digest or None}


def fields_of(home: str, item: Fields) -> Fields:
    """What is there, in the words in which it is desired."""
    if home == "tags":
        return fields_of_asset(item) if item["name"].startswith(MARK) else fields_of_tag(item)
    return fields_of_post(item)


def state_of(home: str, item: Fields) -> State:
    """Published, unless it can be seen that it is not."""
    if home == "tags":
        hidden = (item.get("description") or "").startswith(WITHDRAWN) or not _is_shown(item)
        return "withdrawn" if hidden else "published"
    if any(tag["name"] == WITHDRAWN for tag in item.get("tags") or []):
        return "withdrawn"
    states: dict[str, State] = {"draft": "draft", "scheduled": "scheduled"}
    return states.get(item["status"], "published")


def _is_shown(tag: Fields) -> bool:
    return tag.get("visibility") == "public" or tag["name"].startswith(MARK)


# How what is ours is known.


def ident_of(home: str, item: Fields) -> str | None:
    """Whose it is: by a tag of the post, by the name of an asset's tag, by the comment in a topic's."""
    names = [item["name"]] if home == "tags" else [tag["name"] for tag in item.get("tags") or []]
    named = next((name.removeprefix(MARK) for name in names if name.startswith(MARK)), None)
    return named or (head.ident_in(item) if home == "tags" else None)


def query_for(home: str, idents: Iterable[str]) -> str:
    """A filter for what carries these marks. Idents have no quotation marks."""
    if home != "tags":
        names = ",".join(f"'{MARK}{ident}'" for ident in idents)
        return f"tags.name:[{names}]"
    asked = (
        f"name:'{MARK}{ident}'"
        if ident.startswith("asset:")
        else f"codeinjection_head:~'{head.comment(ident)}'"
        for ident in idents
    )
    return ",".join(asked)
