"""Let only harmless HTML through, and say what was taken out."""

import re
from collections import Counter
from collections.abc import Callable
from functools import cache, partial

import nh3

from pipeline.steps.base import Step
from pipeline.steps.markup import LINK_REL, depth, start_tags, to_html
from schemas.base import KEY_PATTERN, SAFE_SCHEMES, Model, RichText
from schemas.plugins import names
from schemas.record import Path, Record
from schemas.walk import replace

_HARMLESS = """
a abbr aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption
figure h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp section small span strong sub
summary sup table tbody td tfoot th thead time tr u ul var wbr
"""
_GONE = """
script style svg math iframe object template noscript noembed noframes textarea select title xmp
"""
TAGS = frozenset(_HARMLESS.split())
GONE_WITH_CONTENT = frozenset(_GONE.split())
ATTRIBUTES = {
    "*": {"lang", "dir", "title", "id"},
    "a": {"href", "hreflang"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "img": {"src", "alt", "width", "height"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed"},
    "q": {"cite"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "time": {"datetime"},
}
_MOST_ROUNDS = 8  # of cleaning; odd nesting takes three
DEEPEST = 200
MOST_ATTRIBUTES = 200
_ADDRESSES = ("href", "src", "cite")
_WEB = re.compile(r"https?://[^\s]")
_FOOTNOTE = re.compile(r"fn(?:ref)?[:_-]?[A-Za-z0-9_-]{1,40}")
_LANGUAGE = re.compile(r"language-[\w+#.-]{1,40}")
_HEADING = re.compile(r"(</?)h1(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""[\s/"']([^\s"'<>/=]+)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>][^\s>]*))?""")

_SPACE = r"[\t\n\f\r ]"
_IN_A_TAG = (
    rf"""(?>(?:{_SPACE}|/)*[^\t\n\f\r />][^\t\n\f\r />=]*"""
    rf"""(?:{_SPACE}*={_SPACE}*(?:"[^"]*"?|'[^']*'?|[^\t\n\f\r >"'][^\t\n\f\r >]*)?)?)"""
)
_CROWDED = re.compile(
    rf"<[a-zA-Z][^\t\n\f\r />]*+(?:{_IN_A_TAG}){{0,{MOST_ATTRIBUTES}}}+(?P<more>{_IN_A_TAG})?"
)
"""A tag as the tokeniser of WHATWG's HTML reads it, closed or not."""
_ORDINARY = re.compile(
    rf"""[^<]*+(?:<(?=[^<>]{{0,{2 * MOST_ATTRIBUTES - 2}}}>)"""
    r"""(?:[^<>"'=]++(?:(?<=[\w:-])=(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'<>=]++(?=[\s>])))?+)*+>[^<]*+)*+"""
)
"""HTML of tags that are short, closed, and clear in their quotes, as most is; told in one go."""
_AFRESH = re.compile("</(?=[a-zA-Z])|-->")
"""Behind these a tag may begin that seems to be inside another one, or inside a comment."""


_REL = f' rel="{LINK_REL}"'
"""What the cleaner adds to each link."""


class Sanitise(Step):
    """Keeps the tags, attributes and schemes on its lists. Only the title is an `h1`: others become `h2`."""

    name = "sanitise"
    remembered = True

    class Options(Model):
        """None: what is harmless is no matter of taste."""

    def change(self, record: Record) -> Record:
        return replace(record, RichText, partial(self._clean, record))

    def _clean(self, record: Record, rich: RichText, path: Path) -> RichText:
        html = _HEADING.sub(r"\1h2", to_html(rich))
        if html.count("<") > DEEPEST and depth(html) > DEEPEST:
            self.context.report(
                record,
                "html.too_deep",
                f"HTML is nested more than {DEEPEST} levels deep",
                path=path,
                hint="close the tags that are opened, or write Markdown",
                severity="error",
            )
            return RichText(format="html", text="")
        if is_crowded(html):
            self.context.report(
                record,
                "html.too_many_attributes",
                f"an HTML tag has more than {MOST_ATTRIBUTES} attributes",
                path=path,
                hint="close the tag that is opened, or write Markdown",
                severity="error",
            )
            return RichText(format="html", text="")
        clean = _cleaner()(html)
        if html.replace(" />", ">") in (clean, clean.replace(_REL, "")):  # as the cleaner writes it
            same = clean == rich.text and rich.format == "html"
            return rich if same else rich.model_copy(update={"format": "html", "text": clean})
        clean = _stable(clean)
        if removed := _removed(html, clean):
            self.context.report(
                record,
                "html.removed",
                f"HTML that may not be published was removed: {', '.join(removed)}",
                path=path,
                hint="use Markdown or the tags listed in docs/steps.md; links may be "
                f"{', '.join(SAFE_SCHEMES)}, a path, or the key of a record",
            )
        if clean == rich.text and rich.format == "html":
            return rich
        return rich.model_copy(update={"format": "html", "text": clean})


def is_crowded(html: str) -> bool:
    """Has a tag so many attributes that cleaning it takes long? (It looks for each among all before it.)"""
    if _ORDINARY.fullmatch(html):
        return False
    texts = (html, *_AFRESH.split(html))
    return any(found["more"] for text in texts for found in _CROWDED.finditer(text))


@cache
def _cleaner() -> Callable[[str], str]:
    kinds = set(names("kinds"))

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute in _ADDRESSES:
            key = value.partition("#")[0]
            symbolic = key.partition(":")[0].strip().lower() in kinds - set(SAFE_SCHEMES)
            if symbolic:
                return value if re.fullmatch(KEY_PATTERN, key) else None
            return value if attribute != "cite" or _WEB.match(value) else None  # not checked by nh3
        if attribute == "id":
            return value if _FOOTNOTE.fullmatch(value) else None
        if attribute == "class":
            return value if _LANGUAGE.fullmatch(value) else None
        return value

    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(GONE_WITH_CONTENT),
        attributes={tag: set(allowed) for tag, allowed in ATTRIBUTES.items()},
        attribute_filter=keep,
        url_schemes=kinds | set(SAFE_SCHEMES),
        link_rel=LINK_REL,
    ).clean


def _stable(html: str) -> str:
    """Clean HTML that cleaning again does not change: a browser reads the same tags as the cleaner did."""
    clean = _cleaner()
    for _ in range(_MOST_ROUNDS):
        before, html = html, clean(html)
        if html == before:
            break
    return html


def _removed(before: str, after: str) -> list[str]:
    """What stands more often in `before`: `<script>`, `onclick of <p>`. Comments are not counted."""
    if "<" not in before:
        return []
    was, now = Counter(start_tags(_without_comments(before))), Counter(start_tags(after))
    lost = _inventory(was - now) - _inventory(now - was)
    tags = {tag for tag, attribute in lost if not attribute}
    attributes = {f"{attribute} of <{tag}>" for tag, attribute in lost if attribute and tag not in tags}
    return [*(f"<{tag}>" for tag in sorted(tags)), *sorted(attributes)]


def _inventory(tags: Counter[str]) -> Counter[tuple[str, str]]:
    """How often each tag, and each attribute of it, stands there."""
    found: Counter[tuple[str, str]] = Counter()
    for written, times in tags.items():
        name = written[1:].split(maxsplit=1)[0].rstrip(">").partition("/")[0].lower()
        found[name, ""] += times
        for attribute in _ATTRIBUTE.findall(written[1 + len(name) :].removesuffix(">")):
            found[name, attribute.lower()] += times
    return found


def _without_comments(html: str) -> str:
    kept, at = [], 0
    while (start := html.find("<!--", at)) >= 0:
        kept.append(html[at:start])
        end = html.find("-->", start)
        at = len(html) if end < 0 else end + 3
    return "".join((*kept, html[at:]))
