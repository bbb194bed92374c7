"""One page as records: a structured page, or a record of another kind with its body and images."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborHTMLParser, LexborNode

from schemas import plugins
from schemas.errors import ConfigError, ContentError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from schemas.record import Record
from sources.base import COMPLETE, Outcome, Raw, Reading, SourceContext
from sources.common.page.draft import Found, slug_of
from sources.common.page.parts import Credit, Picture
from sources.common.page.reader import PageReader
from sources.common.places import nearest
from sources.dialects.html.body import main_content, needs_library, placed
from sources.dialects.html.fields import Picker, of_kind, put
from sources.dialects.html.images import Resolve, asset_of, name_of, picture_of
from sources.dialects.html.lines import LineReader, Selectors, headed_by
from sources.dialects.html.metadata import about, language_of, whole
from sources.dialects.html.options import HtmlOptions
from sources.dialects.html.text import check_bounds, decoded
from sources.dialects.html.wrong import check_meant

LOUD = "script, style, noscript, template"
_NO_WORDS = Credit("", None, None, None)
_MAIN = ("main", '[role="main"]', "article", "body")


@dataclass
class Given:
    """One page as it came. `name` is what its key is made of, `address` where it came from on the web."""

    data: bytes
    shown: str
    name: str
    charset: str | None = None
    address: str | None = None
    locale: str | None = None
    beside: "Resolve" = field(default=lambda written: None)
    """The path of an image that lies beside a saved page; None for any other."""


class PageRecords:
    """Makes records of pages, as a source is configured."""

    def __init__(self, options: HtmlOptions, context: SourceContext, default_kind: str) -> None:
        self.options, self.context = options, context
        self.kind = options.kind or default_kind
        self.zone = ZoneInfo(context.site.timezone)
        try:
            self.model: type[Record] | None = plugins.find("kinds", self.kind)
        except ConfigError:
            self.model = None
        self._known: tuple[Any, dict[str, dict[FieldPath, str]]] = (None, {})
        """The places of the page that was asked about last."""
        self.has_blocks = self.model is not None and "blocks" in self.model.model_fields
        self.seeks_body = not self.has_blocks and self._has("body") and "body" not in options.fields
        if self.seeks_body:
            needs_library()

    def _has(self, name: str) -> bool:
        return self.model is None or name in self.model.model_fields

    def read(self, given: Given) -> Reading:
        """The record of a page, and of what it names. Raises ContentError if it is no page that was meant."""
        page = _Page(self, given)
        yield from page.problems
        yield from page.raws
        return Outcome(state="partial", reason=page.lacking) if page.lacking else COMPLETE

    def locate(self, given: Given, origin: Origin, path: FieldPath) -> Origin:
        """The place of a field: the selector or the metadata that it was taken from."""
        of = given.shown, sha256(given.data).digest()
        if self._known[0] != of:
            try:
                self._known = of, _Page(self, given).places
            except ContentError:
                self._known = of, {}
        places = self._known[1].get(origin.within or "", {})
        return origin.model_copy(update={"within": nearest(places, path) or origin.within})


class _Page:
    """One page that was understood. Raises ContentError if it is none."""

    def __init__(self, of: PageRecords, given: Given) -> None:
        self.of, self.given = of, given
        self.text = decoded(given.data, given.charset, given.shown)
        check_bounds(self.text, given.shown)
        self.tree = LexborHTMLParser(self.text)
        self.about = about(self.tree, given.address, of.zone)
        for node in self.tree.css(LOUD):
            node.decompose()
        check_meant(self.tree, given.shown)
        self.base = self._base()
        self.name = "/".join(filter(None, map(slug_of, given.name.split("/")))) or "page"
        self.locale = given.locale or language_of(self.about.facts.get("language"), of.context.site.languages)
        self.problems: list[Problem] = []
        self.raws: list[Raw] = []
        self.places: dict[str, dict[FieldPath, str]] = {"": {}}
        """Per record (by its own place; empty for the page), the places of its fields."""
        self.lacking: str | None = None
        self.selectors = Selectors()
        self.assets: dict[str, str] = {}
        """Keys of images by their addresses."""
        data, others = self._structured() if of.has_blocks else self._with_body()
        if self.lacking is not None:
            return
        self._select(data)
        self.raws = [Raw(data, Origin(path=given.shown), given.name, self.locale), *others]

    def _base(self) -> str | None:
        """What relative addresses count from."""
        found = self.tree.css_first("base[href]")
        own = self.given.address or self.about.facts.get("url")
        return whole(found.attributes.get("href"), own) or own if found is not None else own

    def resolve(self, written: str) -> str | None:
        """Of an image: the path of the file beside a saved page, else its address in full."""
        return self.given.beside(written) or whole(written, self.base)

    def link(self, written: str) -> str | None:
        """Of a link: in full where that can be; what a browser would run is none."""
        scheme = written.partition(":")[0].lower() if ":" in written.partition("/")[0] else ""
        if scheme in ("mailto", "tel"):
            return written
        return whole(written, self.base) or (written if not scheme and self.base is None else None)

    def _mend(self, html: str) -> str:
        """HTML of a paragraph with its addresses in full."""
        return placed(html, lambda source, alt: self.resolve(source), self.link)

    def _facts(self) -> dict[str, Any]:
        data = of_kind(self.about.facts, self.of.model)
        self.places[""] |= {
            (name,): self.about.places.get(name, "") for name in data if name in self.about.places
        }
        if self.of.kind != self.of.options.kind:
            data["kind"] = self.of.kind
        return data

    # A page of blocks

    def _structured(self) -> tuple[dict[str, Any], list[Raw]]:
        main = next((node for name in _MAIN if (node := self.tree.css_first(name)) is not None), None)
        lines = LineReader(self.resolve, self._mend)
        if main is not None:
            lines.read(main)
        facts = self._facts()
        headed = headed_by(lines, facts.get("title", ""))
        reader = PageReader(headed, self.given.shown, self.given.name)
        found = reader.read()
        self.problems += [self._problem(one, lines.nodes) for one in found.draft.problems]
        if found.page is None:
            self.lacking = f"{self.given.shown}: no title"
            return facts, []
        title_at = lines.nodes[found.page.line - 1] if 0 < found.page.line <= len(lines.nodes) else None
        self._places(found.page, "", lines.nodes)
        data = {**facts, **found.page.data}
        others = [self._other(key, one, lines.nodes) for key, one in found.draft.others.items()]
        if title_at is not None:
            self.places[""][("title",)] = self.selectors.of(title_at)
        return data, others

    def _problem(self, problem: Problem, nodes: list[LexborNode]) -> Problem:
        line = problem.origin.line if problem.origin is not None else None
        within = self.selectors.of(nodes[line - 1]) if line and line <= len(nodes) else None
        hint = (
            problem.hint
            if problem.code != "capture.unplaced"
            else "say under `fields` what fills which field"
        )
        origin = Origin(path=self.given.shown, within=within or None)
        return problem.model_copy(update={"origin": origin, "excerpt": None, "hint": hint})

    def _places(self, found: Found, own: str, nodes: list[LexborNode]) -> None:
        known = self.places.setdefault(own, {})
        for path, line in found.lines.items():
            if 0 < line <= len(nodes):
                known[path] = self.selectors.of(nodes[line - 1])

    def _other(self, key: str, found: Found, nodes: list[LexborNode]) -> Raw:
        within = self.selectors.of(nodes[found.line - 1]) if 0 < found.line <= len(nodes) else ""
        self._places(found, within, nodes)
        data = {name: value for name, value in found.data.items() if value is not None}
        if "url" in data and "://" not in data["url"]:
            data["file"] = data.pop("url")
        origin = Origin(path=self.given.shown, within=within or None)
        return Raw(data, origin, key.partition(":")[2], self.locale, implied=True)

    # A record of another kind

    def _with_body(self) -> tuple[dict[str, Any], list[Raw]]:
        data, others = self._facts(), list[Raw]()
        pictures: dict[str, tuple[Picture, LexborNode]] = {}
        for node in self.tree.css("img"):
            picture = picture_of(node, self.resolve)
            if picture.url is not None:
                pictures.setdefault(picture.url, (picture, node))
        if self.of.seeks_body:
            html = main_content(self.text, data.get("title", ""), self.given.shown)
            self._body(data, "body", html, pictures, others)
        for name, pick in self.of.options.fields.items():
            found = Picker(self.of.model, self.base, self.of.zone).pick(self.tree, name, pick)
            if isinstance(found, dict) and found.get("format") == "html":
                self._body(data, name, found["text"], pictures, others)
        lead = self._lead(pictures)
        if lead is not None and self._is_free(data, "image") and self.of._has("image"):
            data["image"] = self._asset(lead, "lead", None, others)
        return data, others

    def _is_free(self, data: dict[str, Any], name: str) -> bool:
        return name not in data and name not in self.of.options.fields

    def _body(self, data: dict[str, Any], name: str, html: str, pictures: Any, others: list[Raw]) -> None:
        def image(source: str, alt: str) -> str | None:
            url = self.resolve(source)
            if url is None:
                return None
            picture, node = pictures.get(url) or (Picture(url, alt, _NO_WORDS), None)
            return self._asset(picture, None, node, others)

        text = placed(html, image, self.link)
        if text:
            put(data, name, {"format": "html", "text": text})
            self.places[""].setdefault((name,), "main content")

    def _lead(self, pictures: dict[str, tuple[Picture, LexborNode]]) -> Picture | None:
        """The image that the page says is its own, with the words that stand under it."""
        said = self.about.facts.get("image")
        if not said:
            return None
        seen = pictures.get(said["url"])
        words = seen[0].words if seen else _NO_WORDS
        caption = words.caption or said.get("caption", "")
        credit = words.credit or said.get("credit")
        made = Credit(caption, credit, words.photographer or said.get("photographer"), words.agency)
        return Picture(said["url"], (seen[0].alt if seen else "") or said.get("alt", ""), made)

    def _asset(self, picture: Picture, name: str | None, node: LexborNode | None, others: list[Raw]) -> str:
        """The key of an image, which becomes a record of its own."""
        url = picture.url or ""
        if url not in self.assets:
            own = name_of(picture) if name is None or name_of(picture) != "image" else name
            key = f"asset:{self.name}/{own}"
            while key in self.assets.values():
                key += "-again"
            self.assets[url] = key
            within = self.selectors.of(node) if node is not None else self.about.places.get("image")
            origin = Origin(path=self.given.shown, within=within or None)
            others.append(
                Raw(asset_of(picture, key), origin, key.partition(":")[2], self.locale, implied=True)
            )
        return self.assets[url]

    def _select(self, data: dict[str, Any]) -> None:
        """Fill what the configuration selects, over everything else."""
        picker = Picker(self.of.model, self.base, self.of.zone)
        for name, pick in self.of.options.fields.items():
            found = picker.pick(self.tree, name, pick)
            if found is None:
                data.pop(name, None)
                self.problems.append(self._missed(name, pick.select))
                continue
            self.places[""] = {p: w for p, w in self.places[""].items() if p[:1] != (name,)}
            self.places[""][tuple(int(p) if p.isdecimal() else p for p in name.split("."))] = pick.select
            if not (isinstance(found, dict) and found.get("format") == "html" and not self.of.has_blocks):
                put(data, name, found)

    def _missed(self, name: str, selector: str) -> Problem:
        return Problem(
            code="html.no_match",
            severity="warning",
            message=f"`{selector}` matches nothing here, so `{name}` stays empty",
            hint="correct the selector under `fields` of the source, if the page has it",
            origin=Origin(path=self.given.shown, within=selector),
        )
