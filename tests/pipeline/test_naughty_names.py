"""No name that content has, wherever it comes from, leads a file out of the project or its channels."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "servers"))

from spellings import NAUGHTY

MARK = "what nobody may publish"
CONFIGURATION = """\
site: {{title: Spots, url: "https://spots.example", languages: [en]}}
sources:
  yaml: {{use: yaml, path: content/yaml, kind: article}}
  lines: {{use: json, path: content/lines, kind: article}}
  markdown: {{use: markdown, path: content/markdown}}
  csv: {{use: csv, path: content/csv, kind: article}}
  capture: {{use: capture, path: content/capture}}
  sheet: {{use: sheet, url: "{0}/sheet", kind: article}}
  feed: {{use: feed, url: "{0}/feed"}}
  http: {{use: http, url: "{0}/http", kind: article, rate: 1000}}
  oaipmh: {{use: oaipmh, url: "{0}/oai", rate: 1000}}
  crossref: {{use: crossref, url: "{0}/crossref", query: x, mailto: a@example.org, rate: 1000}}
channels:
  json: {{use: json, path: public/json}}
  markdown: {{use: markdown, path: public/markdown}}
  feed: {{use: jsonfeed, path: public/feed.json, kinds: [article]}}
  library: {{use: oaipmh, path: public/oai, namespace: spots.example, admin_email: a@spots.example}}
"""
OAI = "<OAI-PMH><responseDate>2024-01-01T00:00:00Z</responseDate>{}</OAI-PMH>"


def texts():
    """The names as text that UTF-8 can hold."""
    return [name.encode("utf-8", "replace").decode() for name in NAUGHTY]


def escaped(text):
    plain = "".join(mark if mark in "\t\n" or ord(mark) >= 32 else "?" for mark in text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def everything_below(folder, *but):
    """Bytes by path of all files; without folders that are to be written to."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and not any(path.is_relative_to(one) for one in but):
            found[path] = path.read_bytes()
    return found


@pytest.fixture
def naughty(empty, web, tmp_path):
    """A project in which every source gives every naughty name."""
    project = empty(CONFIGURATION.format(web.address))
    (tmp_path / "x").write_text(MARK)
    listed = [{"key": name, "title": name or "T", "slug": name, "image": name} for name in texts()]
    listed += [{"title": name or "T"} for name in texts()]
    listed += [
        {"kind": "asset", "key": f"asset:a{at}", "title": "A", "file": name}
        for at, name in enumerate(texts())
    ]
    for at, one in enumerate(listed):
        project.write(f"content/yaml/f{at}.yaml", json.dumps(one, ensure_ascii=True))
    project.write("content/lines/all.ndjson", "\n".join(map(json.dumps, listed)))
    rows = [f'"{name.replace(chr(34), chr(34) * 2)}","T"' for name in texts() if "\0" not in name]
    table = "key,title\n" + "\n".join(rows) + "\n"
    project.write("content/csv/all.csv", table)
    web.put("/sheet", table)
    for name in texts():
        file = "".join(mark for mark in name if mark not in "/\0")[:100]
        for folder, suffix, text in (("markdown", ".md", "# T\n"), ("capture", ".txt", "T\n\nWords.\n")):
            project.write(f"content/{folder}/{file}{suffix}", text)
    entries = "".join(
        f"<item><guid>{escaped(name)}</guid><link>{escaped(name)}</link><title>T</title></item>"
        for name in texts()
    )
    web.put("/feed", f"<rss version='2.0'><channel>{entries}</channel></rss>")
    web.put(
        "/http",
        json.dumps(
            [{"id": name or "0", "key": f"article:{name}", "title": "T", "slug": name} for name in texts()]
        ),
    )
    records = "".join(
        f"<record><header><identifier>{escaped(name) or 'e'}</identifier></header><metadata><dc><title>T</title>"
        f"<creator>{escaped(name)}</creator><publisher>{escaped(name)}</publisher><date>2016</date></dc></metadata></record>"
        for name in texts()
    )
    web.put("/oai", OAI.format(f"<ListRecords>{records}</ListRecords>"))
    web.put("/oai?verb=Identify", OAI.format("<Identify><deletedRecord>no</deletedRecord></Identify>"))
    works = [
        {
            "DOI": f"10.5555/{name}",
            "title": ["T"],
            "publisher": name or "P",
            "issued": {"date-parts": [[2016]]},
        }
        for name in texts()
    ]
    web.put(
        "/crossref/works",
        json.dumps({"status": "ok", "message": {"items": works, "total-results": len(works)}}),
    )
    return project


def test_no_name_leads_out(naughty, tmp_path):
    ours = naughty.root / "public", naughty.root / ".leopard"
    before = everything_below(tmp_path, *ours)
    done = naughty.run("sync", "--yes")
    assert done.status == 1, "there are problems"
    assert "Traceback" not in done.out + done.err
    assert everything_below(tmp_path, *ours) == before
    written = everything_below(ours[0])
    assert len(written) > 100, "much is published all the same"
    for path, body in written.items():
        assert MARK.encode() not in body
        assert path.resolve().is_relative_to(ours[0].resolve())
        assert not any(part in ("..", "") or ord(mark) < 33 for part in path.parts[1:] for mark in part)
    kept = everything_below(ours[1])
    assert all(path.resolve().is_relative_to(ours[1].resolve()) for path in kept)
