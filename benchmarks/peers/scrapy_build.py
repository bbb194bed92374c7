"""Scrapy does all that the floor does: `scrapy_build.py FOLDER OUT`; its spider reads files."""

import os
import shutil
import sys
from collections.abc import AsyncIterator
from typing import Any

import nh3
import orjson
import pyromark
import scrapy
from build import feed_item, walk
from events import loads
from model import Document
from scrapy.crawler import CrawlerProcess

FOLDER, OUT = sys.argv[1:3]
clean = nh3.Cleaner().clean


class Publish:
    def process_item(self, fields: dict[str, Any]) -> dict[str, Any]:
        one = Document.model_validate(fields)
        html = clean(pyromark.html(one.body_markdown))
        made = {**one.model_dump(exclude={"body_markdown"}), "body_html": html}
        with open(f"{OUT}/items/{one.slug}.json", "wb") as file:
            file.write(orjson.dumps(made, default=str))
        return feed_item(one, html)


class Documents(scrapy.Spider):
    name = "documents"
    custom_settings = {  # noqa: RUF012
        "ITEM_PIPELINES": {Publish: 1},
        "FEEDS": {f"file://{os.path.abspath(OUT)}/feed.json": {"format": "json", "encoding": "utf8"}},
        "LOG_LEVEL": "ERROR",
        "TELNETCONSOLE_ENABLED": False,
    }

    async def start(self) -> AsyncIterator[dict[str, Any]]:
        for path in walk(FOLDER):
            with open(path, "rb") as file:
                text = file.read()
            end = text.index(b"\n---\n", 3)
            yield {**loads(text[4 : end + 1].decode()), "body_markdown": text[end + 5 :].decode()}


shutil.rmtree(OUT, ignore_errors=True)
os.makedirs(f"{OUT}/items")
process = CrawlerProcess()
process.crawl(Documents)
process.start()
