"""Where records and assets are on one channel, and prose whose links lead there."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape

from exporters.base import Lookup
from schemas.asset import Asset
from schemas.base import KEY_PATTERN, SAFE_SCHEMES, RichText, in_language
from schemas.record import Record
from schemas.report import ReportFile
from schemas.site import Site

_KEY = re.compile(KEY_PATTERN)
_UNSEEN = re.compile("[\x00-\x20]")
_SCHEME = re.compile("([A-Za-z][A-Za-z0-9+.-]*):")
_MAY_LEAD = re.compile(r"\b(?:href|src)\s*=", re.IGNORECASE)
_INSIDE = r"""(?:[^<>"']|"[^"]*"|'[^']*')*+>"""
_TAG = re.compile(
    r"<(?:!--.*?(?:-->|\Z)|(?P<end>/[aA]\s*>)"
    rf"|(?P<name>[aA]|[iI][mM][gG])(?=[\s/>])(?P<attributes>{_INSIDE})|[a-zA-Z][^\s<>]*\s{_INSIDE})",
    re.DOTALL,
)
"""Comments, tags that lead somewhere, and other tags with attributes, in which those may seem to be."""
_AWAY = re.compile(
    r"""[^<]*+(?:<(?:/?[a-z][a-z0-9]*+|a href="https?://[^"<>]*+"(?: rel="[a-z ]*+")?"""
    r"""|img src="https?://[^"<>]*+" alt="[^"<>&]++"(?: [a-z]++="[^"<>]*+")*+)>[^<]*+)*+"""
)
"""HTML whose links and images all lead to the web already, in plain tags: as it is, it is right anywhere."""
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?""")


@dataclass(frozen=True)
class Links:
    """The addresses of one channel, for readers of one language. Only public records have one."""

    site: Site
    lookup: Lookup
    locale: str
    asset_url: Callable[[Asset], str | None]

    def record(self, key: str) -> Record | None:
        """The record, in the reader's language if it exists in it."""
        return self.lookup.get(key, self.locale)

    def asset(self, key: str | None) -> Asset | None:
        found = self.record(key) if key else None
        return found if isinstance(found, Asset) else None

    def file(self, one: ReportFile) -> ReportFile:
        """A report's file with the address that it has here, and what is known of it.

        What is an asset without an address stays one.
        """
        asset = self.asset(one.asset)
        if asset is None:
            return one
        known = {
            "label": one.label or asset.title,
            "media_type": one.media_type or asset.media_type,
            "size": one.size or asset.size,
            "checksum": one.checksum or asset.digest,
        }
        url = self.asset_url(asset)
        return one.model_copy(update={**known, **({"url": url, "asset": None} if url else {})})

    def url(self, key: str) -> str | None:
        """The absolute address of a record, or of an asset's bytes; None if it has none to be shown."""
        found = self.record(key)
        if isinstance(found, Asset):
            return self.asset_url(found)
        return self.site.url_of(found) if found else None

    def absolute(self, address: str) -> str:
        """An address as it can be used away from the site."""
        return absolute(self.site, address)

    def target(self, written: str) -> str | None:
        """What an `href` or `src` stands for: a key such as `page:leopards#range`, or any safe address."""
        key, mark, fragment = written.partition("#")
        if not _KEY.match(key) or key.partition(":")[0] in SAFE_SCHEMES:
            return self.absolute(written) if is_safe(written) else None
        url = self.url(key)
        return f"{url}{mark}{fragment}" if url else None

    def alt(self, asset: Asset) -> str:
        """The words for those who do not see the image; empty for decoration."""
        return "" if asset.decorative else self.words(asset.alt) or ""

    def words(self, texts: dict[str, str]) -> str | None:
        """A text in the reader's language, else in the site's first."""
        return in_language(texts, self.locale, self.site.default_locale)

    def html(self, text: str) -> str:
        """HTML with real addresses. A link to what cannot be shown leaves its words, an image goes."""
        return text if _AWAY.fullmatch(text) or not _MAY_LEAD.search(text) else self._rewritten(text)

    def _rewritten(self, text: str) -> str:
        parts: list[str] = []
        kept: list[bool] = []
        done = 0
        for found in _TAG.finditer(text):
            if (new := self._tag(found, kept)) is not None:
                parts += (text[done : found.start()], new)
                done = found.end()
        return "".join((*parts, text[done:]))

    def _tag(self, found: re.Match[str], kept: list[bool]) -> str | None:
        """What a tag becomes, None for itself; `kept` says of each open link whether it is one."""
        if found["end"]:
            return "" if kept and not kept.pop() else None
        name = (found["name"] or "").lower()
        attributes = _attributes(found["attributes"]) if name else {}
        leads = "href" if name == "a" else "src"
        written = attributes.get(leads)
        target = self.target(written) if written is not None else None
        if name == "a":
            kept.append(written is None or target is not None)
        if written is None:
            return None
        new = attributes | {leads: target}
        if name == "img" and not attributes.get("alt") and (asset := self.asset(written)):
            new["alt"] = self.alt(asset)
        return None if new == attributes else tag(name, new) if target else ""

    def prose(self, rich: RichText) -> RichText:
        """Prose with real addresses; what is not HTML has none."""
        if rich.format != "html":
            return rich
        text = self.html(rich.text)
        return rich if text == rich.text else rich.model_copy(update={"text": text})


def is_safe(address: str) -> bool:
    """False for an address that a browser may run, or that has another scheme that is not on our list.

    Browsers overlook controls in it and spaces before it (WHATWG, URL standard), and so does this.
    """
    scheme = _SCHEME.match(_UNSEEN.sub("", address))
    return scheme is None or scheme[1].lower() in SAFE_SCHEMES


def absolute(site: Site, address: str) -> str:
    """An address as it can be used away from the site: paths get the site's address before them."""
    if not address or address.startswith("#") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address):
        return address
    if address.startswith("//"):
        return f"https:{address}"
    return f"{site.url.rstrip('/')}/{address.lstrip('/')}"


def tag(name: str, attributes: dict[str, str | None]) -> str:
    """A start tag; attributes that are None have no value."""
    inner = (f" {key}" if value is None else f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{''.join(inner)}>"


def _attributes(written: str) -> dict[str, str | None]:
    """The attributes of a tag; of those that stand twice the first counts, as in browsers."""
    found: dict[str, str | None] = {}
    for one in _ATTRIBUTE.finditer(written):
        value = next((text for text in one.groups()[1:] if text is not None), None)
        found.setdefault(one[1].lower(), None if value is None else unescape(value))
    return found
