"""A page as it is shown in a frame: with images of the project, nothing from elsewhere, nothing that runs."""

from collections.abc import Iterator, Mapping

from selectolax.lexbor import LexborHTMLParser

from exporters.base import Exporter
from exporters.common.folder import FolderExporter
from exporters.common.links import absolute
from pipeline.asset_keys import asset_keys
from pipeline.cache.records import RecordIndex
from schemas.asset import Asset
from schemas.errors import Unsupported
from schemas.record import Record

LOADING = "img, input, source, video, audio, track, embed, iframe, frame, object"
"""Elements that fetch something by themselves."""
FETCHED = ("src", "srcset", "poster", "data", "srcdoc")
OURS = "meta, base, link, title"
"""What a text could change of the page around it."""


def framed(page: str, pictures: Mapping[str, str], style: str) -> str:
    """The page with the addresses of `pictures` in place of theirs. Links lead nowhere from in there."""
    tree = LexborHTMLParser(page)
    title, language = tree.css_first("title"), tree.css_first("html")
    head = title.html if title is not None else ""
    lang = language.attributes.get("lang") if language is not None else None
    body = tree.body
    if body is None:
        return ""
    for node in body.css(OURS):
        node.decompose()
    for node in body.css(LOADING):
        here = pictures.get(node.attributes.get("src") or "") if node.tag == "img" else None
        for name in FETCHED:
            if name in node.attributes:
                del node.attrs[name]
        if here is not None:
            node.attrs["src"] = here
    return (
        f'<!doctype html>\n<html lang="{lang or "und"}">\n<head>\n<meta charset="utf-8">\n{head}\n'
        f'<base target="_blank">\n<link rel="stylesheet" href="{style}">\n</head>\n{body.html}\n</html>\n'
    )


def assets_in(record: Record, public: RecordIndex, exporter: Exporter) -> Iterator[tuple[str, Asset]]:
    """How the images that a record shows are named in what this channel holds of it."""
    for key in dict.fromkeys(asset_keys(record)):
        asset = public.get(key, record.locale)
        if not isinstance(asset, Asset):
            continue
        yield asset.key, asset
        if asset.url:
            yield absolute(exporter.context.site, asset.url), asset
        if isinstance(exporter, FolderExporter):
            try:
                url = exporter.asset_url(asset)
            except Unsupported:
                continue
            if url:
                yield url, asset
