"""Export files of WordPress (WXR 1.2): streamed, whatever their size; a truncated one is partial."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.errors import ContentError
from schemas.model import MARKER
from schemas.problems import Origin, Problem
from sources.base import COMPLETE, Input, Raw
from sources.common.files import FolderSource, Records
from sources.common.html_text import plain
from sources.common.xml_stream import Node, elements
from sources.dialects.wordpress.index import Index, ident_in
from sources.dialects.wordpress.mapping import Mapper
from sources.dialects.wordpress.options import WordPressOptions

VERSION = "wp:wxr_version"
WANTED = {VERSION, "item", "wp:author", "wp:category", "wp:tag"}
TYPES = {"post": "posts", "page": "pages", "attachment": "media"}
UNSEEN = frozenset({"trash", "auto-draft"})
SYSTEM = frozenset(
    {"nav_menu_item", "revision", "custom_css", "customize_changeset", "oembed_cache", "user_request"}
    | {"wp_block", "wp_template", "wp_template_part", "wp_global_styles", "wp_navigation", "wp_font_family"}
)
"""Types that hold how a site looks, and nothing that it says."""

Item = dict[str, Any]


class Export(FolderSource):
    """Reads each file twice: for what there is, and for what it says."""

    name = "wordpress"
    suffixes = (".xml",)

    options: WordPressOptions  # type: ignore[assignment]  # their `path` is there when this is used

    _index: tuple[tuple[Input, ...], Index, "Names"] | None = None

    def records(self, path: Path, part: Input) -> Records:
        index, names = self._indexed(part)
        mapper = Mapper(self.options, index, part.name, self.context.site.default_locale)
        others: Counter[str] = Counter()
        is_export = False
        for node in elements(path, WANTED, part.name):
            is_export = is_export or node.name == VERSION
            found = names.item(node)
            if found is None:
                others[node.said("wp:post_type") if node.name == "item" else ""] += 1
                continue
            name, item = found
            for one in mapper.record(name, item, Origin(path=part.name, line=node.line, within=name)):
                if isinstance(one, Raw) and node.name != "item":
                    one = Raw(one.data, one.origin, one.name, one.locale, implied=True)
                yield one
        if not is_export:
            message = "it is no export of WordPress, for it does not say of which version it is"
            hint = "export it under Tools, Export"
            raise ContentError(message, code="wordpress.no_export", hint=hint, origin=Origin(path=part.name))
        yield from _left_out(others, part.name)
        return COMPLETE

    def _indexed(self, part: Input) -> "tuple[Index, Names]":
        """What is in all files, for they may name each other's items."""
        parts = tuple(one for one in self.inputs() if isinstance(one, Input)) or (part,)
        if self._index is None or self._index[0] != parts:
            index, names = Index(self.options.prefix), Names()
            for one in parts:
                try:
                    for node in elements(self.context.root / one.name, WANTED, one.name):
                        names.learn(node)
                        if found := names.item(node):
                            name, item = found
                            index.add(name, ident_in(item), item.get("source_url", ""), item.get("link", ""))
                            if name.startswith("tags/"):
                                index.words[name] = plain(item["name"])
                except ContentError:
                    continue  # it is told where the file itself is read
            self._index = parts, index, names
        return self._index[1], self._index[2]


class Names:
    """The numbers of users and terms, which items name by other words."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        self.terms: dict[tuple[str, str], str] = {}

    def learn(self, node: Node) -> None:
        match node.name:
            case "wp:author":
                self.users[node.said("wp:author_login")] = node.said("wp:author_id")
            case "wp:category":
                self.terms["category", node.said("wp:category_nicename")] = node.said("wp:term_id")
            case "wp:tag":
                self.terms["post_tag", node.said("wp:tag_slug")] = node.said("wp:term_id")

    def item(self, node: Node) -> tuple[str, Item] | None:
        """The name of an item and the item as the REST API has it; None for what is not read."""
        match node.name:
            case "wp:author":
                return f"users/{node.said('wp:author_id')}", _author(node)
            case "wp:category":
                return f"categories/{node.said('wp:term_id')}", self._category(node)
            case "wp:tag":
                return f"tags/{node.said('wp:term_id')}", _tag(node)
            case "item":
                route = TYPES.get(node.said("wp:post_type"))
                if route is None or node.said("wp:status") in UNSEEN:
                    return None
                return f"{route}/{node.said('wp:post_id')}", self._post(node, route)
        return None

    def _category(self, node: Node) -> Item:
        parent = node.said("wp:category_parent")
        return {
            "name": node.said("wp:cat_name"),
            "slug": node.said("wp:category_nicename"),
            "description": node.said("wp:category_description"),
            "parent": self.terms.get(("category", parent), parent) if parent else 0,
        }

    def _post(self, node: Node, route: str) -> Item:
        meta = {one.said("wp:meta_key"): one.said("wp:meta_value") for one in node.all("wp:postmeta")}
        login = node.said("dc:creator")
        kinds = [one.attributes for one in node.all("category")]
        filed = [(one.get("domain", ""), one.get("nicename", "")) for one in kinds]
        item: Item = {
            "status": node.said("wp:status"),
            "slug": node.said("wp:post_name"),
            "link": node.said("link"),
            "date_gmt": node.said("wp:post_date_gmt"),
            "modified_gmt": node.said("wp:post_modified_gmt"),
            "title": {"raw": node.said("title")},
            "author": self.users.get(login, login) or 0,
            "parent": node.said("wp:post_parent") or 0,
            "meta": {MARKER: meta[MARKER]} if MARKER in meta else {},
        }
        if route == "media":
            words = {"caption": {"raw": node.said("excerpt:encoded")}}
            alt, url = meta.get("_wp_attachment_image_alt", ""), node.said("wp:attachment_url")
            return {**item, **words, "alt_text": alt, "source_url": url}
        return {
            **item,
            "content": {"raw": node.said("content:encoded")},
            "excerpt": {"raw": node.said("excerpt:encoded")},
            "password": node.said("wp:post_password"),
            "featured_media": meta.get("_thumbnail_id") or 0,
            "categories": [self.terms.get(one, one[1]) for one in filed if one[0] == "category"],
            "tags": [self.terms.get(one, one[1]) for one in filed if one[0] == "post_tag"],
        }


def _author(node: Node) -> Item:
    return {
        "name": node.said("wp:author_display_name"),
        "first_name": node.said("wp:author_first_name"),
        "last_name": node.said("wp:author_last_name"),
        "slug": node.said("wp:author_login"),
    }


def _tag(node: Node) -> Item:
    words = {"name": node.said("wp:tag_name"), "description": node.said("wp:tag_description")}
    return {**words, "slug": node.said("wp:tag_slug")}


def _left_out(others: Counter[str], shown: str) -> Iterator[Problem]:
    """Types that no kind stands for."""
    for kind, count in sorted(others.items()):
        if kind and kind not in SYSTEM and kind not in TYPES:
            yield Problem(
                code="wordpress.type",
                severity="warning",
                message=f"{count} items of the type {kind[:40]!r} are not read",
                hint="export them apart, and read that with a source of your own",
                origin=Origin(path=shown),
            )
