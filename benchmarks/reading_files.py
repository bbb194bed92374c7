"""The files that reading is measured with: tables, workbooks and exports of any size."""

import csv
import zipfile
from pathlib import Path
from typing import Any

WORDS = "Leopards are counted by their spots, once in a valley and once on a ridge. " * 4


def record(number: int) -> dict[str, Any]:
    return {
        "key": f"article:a{number}",
        "title": f"Counting leopards, part {number}",
        "summary": WORDS[:90],
        "tags": ["leopards", "counting"],
        "published_at": "2024-05-01T09:00:00Z",
        "body": WORDS,
    }


def row(number: int) -> list[str]:
    one = record(number)
    return [one["key"], one["title"], one["summary"], ";".join(one["tags"]), one["published_at"], one["body"]]


HEADER = ["key", "title", "summary", "tags", "published_at", "body"]


def write_xlsx(path: Path, count: int, until: int = 1 << 62) -> int:
    """A workbook with texts in its cells, of so many rows or bytes of its sheet; the rows that it has."""
    start = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    main = "http://schemas.openxmlformats.org"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{main}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{main}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{main}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{main}/spreadsheetml/2006/main" '
        f'xmlns:r="{main}/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{main}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{main}/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
        with packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            size, number = sheet.write(start.encode()), 0
            while number <= count and size < until:
                cells = HEADER if number == 0 else row(number)
                inner = "".join(
                    f'<c r="{letter}{number + 1}" t="inlineStr"><is><t>{cell}</t></is></c>'
                    for letter, cell in zip("ABCDEF", cells, strict=True)
                )
                size += sheet.write(f'<row r="{number + 1}">{inner}</row>'.encode())
                number += 1
            sheet.write(b"</sheetData></worksheet>")
    return number - 1


def write_csv(path: Path, until: int) -> int:
    number = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        while file.tell() < until:
            for number in range(number, number + 1000):  # noqa: B020  # goes on where it was
                writer.writerow(row(number))
            number += 1
    return number


def write_wxr(path: Path, until: int) -> int:
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:wp="http://wordpress.org/export/1.2/">'
        "<channel><title>T</title><link>https://example.org</link><language>en</language>"
        "<wp:wxr_version>1.2</wp:wxr_version><wp:base_site_url>https://example.org</wp:base_site_url>"
    )
    size, number = 0, 0
    with path.open("w", encoding="utf-8") as file:
        size += file.write(head)
        while size < until:
            number += 1
            size += file.write(
                f"<item><title>Part {number}</title><link>https://example.org/?p={number}</link>"
                f"<dc:creator>a</dc:creator><guid>https://example.org/?p={number}</guid>"
                f"<content:encoded><![CDATA[<p>{WORDS * 10}</p>]]></content:encoded>"
                "<excerpt:encoded><![CDATA[]]></excerpt:encoded>"
                f"<wp:post_id>{number}</wp:post_id><wp:post_date_gmt>2024-05-01 09:00:00</wp:post_date_gmt>"
                f"<wp:post_name>part-{number}</wp:post_name><wp:status>publish</wp:status>"
                "<wp:post_type>post</wp:post_type></item>\n"
            )
        file.write("</channel></rss>")
    return number


def page(number: int) -> str:
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>Part {number}</title>"
        f'<meta property="og:title" content="Part {number}"><meta name=description content="{WORDS[:90]}">'
        f"</head><body><nav>Home</nav><article><h1>Part {number}</h1><p>{WORDS}</p></article></body></html>"
    )


def rss_item(number: int) -> str:
    inner = f"<guid>g{number}</guid><title>Part {number}</title><description>{WORDS}</description>"
    return f"<item>{inner}<pubDate>Wed, 01 May 2024 09:00:00 GMT</pubDate></item>"


def oai_page(count: int) -> bytes:
    parts = "".join(
        f"<record><header><identifier>oai:x:{at}</identifier></header><metadata><dc><title>Part {at}</title>"
        f"<creator>Nowell, K.</creator><publisher>P</publisher><date>2016-10</date>"
        f"<description>{WORDS}</description>"
        "<identifier>https://doi.org/10.5555/x</identifier></dc></metadata></record>"
        for at in range(count)
    )
    return f"<OAI-PMH><ListRecords>{parts}</ListRecords></OAI-PMH>".encode()


def crossref_work(number: int) -> dict[str, Any]:
    return {
        "DOI": f"10.5555/{number}",
        "title": [f"Part {number}"],
        "publisher": "P",
        "issued": {"date-parts": [[2016, 10]]},
        "author": [{"given": "K.", "family": "Nowell", "affiliation": [{"name": "Trust"}]}],
        "abstract": f"<jats:p>{WORDS}</jats:p>",
    }
