"""Export files of WordPress: as the API says it, streamed, with what is missing said, and nothing dangerous read."""

import json
import tracemalloc
from pathlib import Path

import pytest

from sources.base import COMPLETE
from sources.conformance import SourceConformance
from sources.wordpress import WordPressSource

GOLDEN = Path(__file__).parent / "golden" / "wordpress"
EXPORT = (GOLDEN / "export.xml").read_text()
HEAD, TAIL = EXPORT[: EXPORT.index("\t<item>")], "</channel>\n</rss>\n"


class TestExport(SourceConformance):
    tells_its_end = True

    @pytest.fixture
    def source(self, folder):
        folder.write("old.xml", EXPORT)
        return folder.source(WordPressSource)

    @pytest.fixture
    def file(self, folder, source):
        return folder.root / "content" / "old.xml"


def item(number, kind="post", **fields):
    told = {"status": "publish", "post_name": f"p{number}", "post_date_gmt": "2024-01-01 00:00:00", **fields}
    more = "".join(
        f"<wp:{name}><![CDATA[{value}]]></wp:{name}>" for name, value in told.items() if name != "content"
    )
    content = told.get("content", "<p>x</p>")
    return (
        f"<item><title>T{number}</title><content:encoded><![CDATA[{content}]]></content:encoded>{more}"
        f"<wp:post_id>{number}</wp:post_id><wp:post_type>{kind}</wp:post_type></item>\n"
    )


def codes(result):
    return [one.code for one in result[1]], result[2].state


def test_an_export_says_what_the_api_says(folder):
    folder.write("old.xml", EXPORT)
    records, problems, outcome = folder.read(WordPressSource, path="content/old.xml")
    assert (problems, outcome) == ([], COMPLETE)
    found = [{"name": raw.name, "line": raw.origin.line, **raw.data} for raw in records]
    assert (
        json.dumps(found, indent=1, ensure_ascii=False) + "\n" == (GOLDEN / "export.records.json").read_text()
    )


def test_a_truncated_export_is_partial_and_says_so(folder):
    folder.write("old.xml", EXPORT[: EXPORT.index("Classic text")])
    result = folder.read(WordPressSource)
    assert codes(result) == (["wordpress.unknown", "xml.syntax"], "partial")
    assert "article:post-7" in {raw.data["key"] for raw in result[0]}


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_document_types_are_refused(folder, doctype):
    folder.write("old.xml", EXPORT.replace("<rss ", f"{doctype}\n<rss ", 1))
    result = folder.read(WordPressSource)
    assert codes(result) == (["xml.entities"], "partial")
    assert not result[0]


def test_what_is_no_export(folder):
    folder.write("feed.xml", "<rss version='2.0'><channel><item><title>News</title></item></channel></rss>")
    assert codes(folder.read(WordPressSource)) == (["wordpress.no_export"], "partial")
    folder.write("feed.xml", "<a>" * 200 + "</a>" * 200)
    assert codes(folder.read(WordPressSource)) == (["xml.too_deep"], "partial")


def test_an_export_in_several_files_is_one(folder):
    folder.write("a.xml", HEAD + item(1, content='<img src="x" class="wp-image-9"/>') + TAIL)
    folder.write("b.xml", HEAD + item(9, "attachment", attachment_url="https://old.example.org/x.jpg") + TAIL)
    records, problems, outcome = folder.read(WordPressSource)
    assert (problems, outcome) == ([], COMPLETE)
    article = next(raw.data for raw in records if raw.data["kind"] == "article")
    assert 'src="asset:media-9"' in article["body"]["text"]
    assert all(raw.implied for raw in records if raw.data["kind"] in ("topic", "person")), (
        "they stand in both"
    )


def test_types_of_others_are_named(folder):
    folder.write("old.xml", HEAD + item(1, "product") + item(2, "product") + item(3, "revision") + TAIL)
    _, (problem,), outcome = folder.read(WordPressSource)
    assert (problem.code, problem.severity, outcome) == ("wordpress.type", "warning", COMPLETE)
    assert "2 items" in problem.message


def test_what_only_wordpress_can_draw_is_told(folder):
    folder.write("old.xml", HEAD + item(1, content="Look:\n\n[gallery ids='1,2']") + TAIL)
    records, (problem,), _ = folder.read(WordPressSource)
    assert (problem.code, "gallery" in problem.message) == ("wordpress.drawn", True)
    assert records[-1].data["body"]["text"] == "<p>Look:</p>\n\n<p>[gallery ids='1,2']</p>"


def test_trash_is_not_read_and_what_has_a_password_is_not_public(folder):
    folder.write("old.xml", HEAD + item(1, status="trash") + item(2, post_password="x") + TAIL)
    records, problems, _ = folder.read(WordPressSource)
    articles = [raw.data for raw in records if raw.data["kind"] == "article"]
    assert [(one["key"], one["status"]) for one in articles] == [("article:post-2", "draft")]
    assert not problems


def test_memory_does_not_grow_with_the_texts(folder):
    def peak(words):
        text = "<p>" + "leopard " * words + "</p>"
        folder.write("old.xml", HEAD + "".join(item(number, content=text) for number in range(300)) + TAIL)
        source = folder.source(WordPressSource)
        tracemalloc.start()
        for part in source.inputs():
            for _ in source.read(part):
                pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(5000) < peak(50) + 2_000_000, "12 MB of text more, and not two of memory"


@pytest.mark.parametrize("encoding", ["utf-7", "no-such", "utf-16"])
def test_an_encoding_that_no_xml_has(folder, encoding):
    body = EXPORT.partition("?>")[2]
    folder.write("old.xml", f'<?xml version="1.0" encoding="{encoding}"?>{body}')
    result = folder.read(WordPressSource)
    assert codes(result) == (["xml.syntax"], "partial")
