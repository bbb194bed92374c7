"""Hostile and careless content: a clear sentence with its place and a way out; the rest goes on."""

import json

import pytest

BAD = "content/pages/bad.yaml"
NOTE = "content/articles/bad.md"
IMAGE = "content/images/bad.yaml"
DATA = "content/data/bad.json"

ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

# file, what is in it, code and place of the problem, some words of its sentence or hint
CASES = {
    "unknown key": (BAD, "titel: x\n", "record.unknown_field", ":1:1", "did you mean 'title'?"),
    "unknown key, none near": (BAD, "title: a\nxyz: 1\n", "record.unknown_field", ":2:1", "there are: "),
    "list for a text": (BAD, "title: [a]\n", "record.wrong_type", ":1:1", "is not a text"),
    "text for a list": (BAD, "title: a\ntags: b\n", "record.wrong_type", ":2:1", "write [a, b]"),
    "number for blocks": (BAD, "title: a\nblocks: 5\n", "record.wrong_type", ":2:1", "is not a list"),
    "nothing for a text": (BAD, "title: a\nstatus:\n", "record.wrong_value", ":2:1", "cannot be nothing"),
    "no title": (BAD, "slug: a\n", "record.missing_field", ":1:1", "add `title: …`"),
    "invalid UTF-8": (BAD, b"title: caf\xe9\n", "file.encoding", ":1", "byte 10 is not valid UTF-8"),
    "invalid UTF-8, line 3": (BAD, b"title: a\n# b\nslug: \xff\n", "file.encoding", ":3", "byte 19"),
    "BOM": (BAD, b"\xef\xbb\xbftitle: a\ntitel: b\n", "record.unknown_field", ":2:1", "titel"),
    "CRLF": (BAD, b"title: a\r\ntitel: b\r\n", "record.unknown_field", ":2:1", "titel"),
    "CR": (BAD, b"title: a\rtitel: b\r", "record.unknown_field", ":2:1", "titel"),
    "UTF-16": (BAD, "title: a\ntitel: b\n".encode("utf-16"), "record.unknown_field", ":2:1", "titel"),
    "broken UTF-16": (BAD, b"\xff\xfet\x00i\xd8", "file.encoding", ":1", "UTF-16"),
    "NUL": (BAD, b"title: a\0b\n", "file.binary", ":1", "not a text"),
    "control character": (BAD, b"title: a\x07b\n", "yaml.character", ":1:9", "U+0007"),
    "line separator": (BAD, 'title: "a\u2028b"\nx: 1\n', "record.unknown_field", ":", "`x`"),
    "duplicate YAML key": (BAD, "title: a\nslug: b\ntitle: c\n", "yaml.duplicate_key", ":3:1", f"{BAD}:1:1"),
    "duplicate JSON key": (DATA, '{"title": "a",\n "title": 1}', "json.duplicate_key", ":2:2", f"{DATA}:1:2"),
    "broken YAML": (BAD, "title: [a\nslug: b\n", "yaml.syntax", ":1:8", "close it with ]"),
    "tab": (BAD, "title: a\nrights:\n\tholder: b\n", "yaml.syntax", ":3:1", "indent with spaces"),
    "YAML tag": (BAD, "title: !!python/object/apply:os.system [ls]\n", "yaml.tag", ":1:8", "not allowed"),
    "two documents": (BAD, "title: a\n---\ntitle: b\n", "yaml.many_documents", ":2:1", "several files"),
    "alias bomb": (BAD, ALIASES, "yaml.too_many_aliases", ":5:8", "write the values out"),
    "deep YAML": (BAD, "title: " + "[" * 10_000 + "]" * 10_000, "yaml.too_deep", ":1:107", "flatter"),
    "deep YAML, open": (BAD, "title: " + "{a: " * 10_000, "yaml.too_deep", ":1:", "flatter"),
    "deep JSON": (DATA, "[" * 100_000 + "]" * 100_000, "json.too_deep", ":1:101", "flatter"),
    "deep JSON, open": (DATA, '{"a":' * 100_000, "json.too_deep", ":1:501", "flatter"),
    "deep HTML": (NOTE, "# T\n\n" + "<div>" * 10_000 + "x", "html.too_deep", ":3:1", "close the tags"),
    "deep quotes": (NOTE, "# T\n\n" + "> " * 10_000 + "x", "html.too_deep", ":3:1", "nested"),
    "deep lists": (NOTE, "# T\n\n" + "- " * 10_000 + "x", "html.too_deep", ":3:1", "nested"),
    "10 MB": (BAD, "title: " + "a" * 10_000_000, "file.too_large", "", "larger than 5 MB"),
    "1 MB title": (BAD, "title: " + "a" * 1_000_000, "record.too_long", ":1:1", "300 characters"),
    "1 MB slug": (BAD, "title: a\nslug: " + "A" * 1_000_000, "record.too_long", ":2:1", "120 characters"),
    "empty file": (BAD, "", "yaml.empty", ":1:1", "write a `title`, or remove the file"),
    "a comment": (BAD, "# nothing\n", "yaml.empty", ":1:1", "nothing in it"),
    "a text": (BAD, "hello\n", "yaml.shape", ":1:1", "only 'hello'"),
    "list without names": (BAD, "- {slug: a}\n", "source.no_key", ":1:3", "add a `key`"),
    "slug out": (BAD, "title: a\nslug: ../../x\n", "record.wrong_value", ":2:1", "snow-leopard"),
    "key out": (BAD, "title: a\nkey: ../../etc/passwd\n", "record.wrong_value", ":2:1", "page:leopards"),
    "absolute key": (BAD, "title: a\nkey: page:/etc/passwd\n", "record.wrong_value", ":2:1", "looks like"),
    "upper-case key": (BAD, "title: a\nkey: Leopards\n", "record.wrong_value", ":2:1", "page:leopards"),
    "key of another kind": (BAD, "title: a\nkey: report:a\n", "record.wrong_key", ":2:1", "page:"),
    "list as key": (BAD, "title: a\nkey: [a]\n", "record.wrong_type", ":2:1", "is not a text"),
    "forged key": (BAD, 'title: a\nkey: "a\\nerror"\n', "record.wrong_value", ":2:1", "cannot be"),
    "no key": ("content/pages/🐆.yaml", "title: a\n", "record.wrong_value", ":1:1", "rename the file"),
    "unknown kind": (BAD, "title: a\nkind: pgae\n", "record.unknown_kind", ":2:1", "did you mean 'page'?"),
    "list as kind": (BAD, "title: a\nkind: [page]\n", "record.no_kind", ":2:1", "add `kind:`"),
    "unknown locale": (BAD, "title: a\nlocale: de\n", "record.unknown_language", ":2:1", "it has en, fr"),
    "no locale": (BAD, "title: a\nlocale: en_GB\n", "record.wrong_value", ":2:1", "looks like en, pt-BR"),
    "list as locale": (BAD, "title: a\nlocale: [en]\n", "record.wrong_type", ":2:1", "is not a text"),
    "naive time": (BAD, "title: a\npublished_at: 2024-05-01T10:00\n", "record.wrong_value", ":2:1", "zone"),
    "year 0": (BAD, "title: a\npublished_at: 0000-00-00\n", "record.wrong_value", ":2:1", "is no date"),
    "year 10000": (BAD, "title: a\nexpires_at: 10000-01-01\n", "record.wrong_value", ":2:1", "is no date"),
    "before UTC's first day": (
        BAD,
        "title: a\npublished_at: 0001-01-01T00:00:00+14:00\n",
        "record.wrong_value",
        ":2:1",
        "years 1 and 9999",
    ),
    "figure in words": (
        BAD,
        "kind: statistic\nstatement: a\nfigure: many\n",
        "record.wrong_value",
        ":3:1",
        "90%",
    ),
    "infinite figure": (
        BAD,
        "kind: statistic\nstatement: a\nfigure: {value: 1e400}\n",
        "record.wrong_value",
        ":3:10",
        "cannot be more than",
    ),
    "no number": (
        DATA,
        '{"kind": "statistic", "statement": "a", "figure": {"value": "nan"}}',
        "record.wrong_value",
        ":1:52",
        "figure.value",
    ),
    "range turned round": (
        BAD,
        "kind: statistic\nstatement: a\nfigure: 9-4\n",
        "record.wrong_value",
        ":3:1",
        "smaller",
    ),
    "NaN": (DATA, '{"title": NaN}', "json.number", ":1:11", "write null"),
    "lone surrogate": (DATA, '{"title": "\\ud800"}', "json.character", ":1:12", "half a character"),
    "escaped NUL": (DATA, '{"title": "a\\u0000"}', "json.character", ":1:13", "NUL"),
    "script address": (
        BAD,
        "title: a\nblocks:\n- type: teasers\n  items:\n  - {title: b, url: 'java\tscript:alert(1)'}\n",
        "record.wrong_value",
        ":5:16",
        "not javascript:",
    ),
    "unknown block": (BAD, "title: a\nblocks: [{type: heroe}]\n", "record.unknown_type", ":2:10", "'hero'"),
    "unclosed front matter": (NOTE, "---\ntitle: a\n", "markdown.unclosed", ":1:1", "put a line `---`"),
    "empty front matter": (NOTE, "---\n---\nWords.\n", "record.missing_field", ":1:1", "add `title: …`"),
    "front matter is a list": (NOTE, "---\n- a\n---\n", "markdown.front_matter", ":2", "write `name: value`"),
    "translation is a text": (
        BAD,
        "title: a\ntranslations: {fr: b}\n",
        "record.wrong_type",
        ":2:16",
        "mapping",
    ),
    "translation, misspelt": (
        BAD,
        "title: a\ntranslations:\n  fr:\n    titel: b\n",
        "record.unknown_field",
        ":4:5",
        "did you mean 'title'?",
    ),
    "translation, no language": (
        BAD,
        "title: a\ntranslations:\n  und: {title: b}\n",
        "record.unknown_language",
        ":3:3",
        "it has en, fr",
    ),
    "translation into itself": (
        BAD,
        "title: a\ntranslations: {en: {title: b}}\n",
        "record.duplicate_key",
        ":1:1",
        "that very language",
    ),
    "translation in a translation": (
        BAD,
        "title: a\ntranslations: {fr: {translations: {en: {}}}}\n",
        "record.wrong_value",
        ":2:21",
        "no translations of its own",
    ),
    "missing asset file": (IMAGE, "file: no.png\ncredit: a\n", "file.missing", ":1:1", "letter case"),
    "a folder as asset": (IMAGE, "file: .\ncredit: a\n", "file.missing", ":1:1", "is a directory"),
    "asset file out": (IMAGE, "file: ../../../../etc/passwd\ncredit: a\n", "file.outside", ":1:1", "outside"),
    "absolute asset file": (IMAGE, "file: /etc/passwd\ncredit: a\n", "file.outside", ":1:1", "outside"),
    "the configuration": (
        IMAGE,
        "file: ../../leopard.yaml\ncredit: a\n",
        "file.private",
        ":1:1",
        "not content",
    ),
    "missing report file": (
        BAD,
        "kind: report\ntitle: R\nissued: 2016\npublisher: x\nauthors: [{name: A}]\nfiles: [{file: no.pdf}]\n",
        "file.missing",
        ":6:10",
        "no.pdf",
    ),
    "no day of the calendar": (
        BAD,
        "kind: report\ntitle: R\nissued: 2015-02-29\npublisher: x\nauthors: [{name: A}]\n",
        "record.wrong_value",
        ":3:1",
        "not in the calendar",
    ),
    "a name nobody can see": ("content/pages/a\nb.yaml", "title: a\n", "file.name", "", "rename it"),
    "dangling reference": (BAD, "title: a\nimage: caot\n", "reference.dangling", ":2:1", "'asset:coat'"),
    "reference of another kind": (
        BAD,
        "title: a\nimage: page:other\n",
        "record.wrong_value",
        ":2:1",
        "asset",
    ),
}


def harmless(done):
    """No failure that nobody foresaw."""
    assert "Traceback" not in done.err
    assert "unforeseen" not in done.err
    return done


def found(site):
    """The problems that `check` finds, and that they are errors."""
    done = harmless(site.run("check", "--format", "json"))
    assert done.status == 1, done.err
    return done.json


def place(problem):
    origin = problem["origin"]
    return ":".join(str(origin[part]) for part in ("path", "line", "column") if part in origin)


@pytest.fixture
def wide(site):
    """The project with a folder of JSON besides."""
    site.edit("leopard.yaml", "channels:", "  data: {use: json, path: content/data, kind: page}\nchannels:")
    site.write("content/data/good.json", '{"title": "Good"}')
    return site


@pytest.mark.parametrize("case", CASES)
def test_bad_content_is_named_with_its_place_and_a_way_out(wide, case):
    path, text, code, at, words = CASES[case]
    wide.write(path, text)
    problems = [one for one in found(wide) if one["code"] == code]

    assert problems, f"no {code}"
    shown = path.encode("unicode_escape").decode() if "\n" in path else path
    assert place(problems[0]).startswith(shown + at)
    assert words in f"{problems[0]['message']} {problems[0].get('hint', '')}"
    assert len(problems[0]["message"]) < 300


def test_all_of_it_at_once_and_the_others_are_published(wide):
    wide.run("sync", "--yes")
    good = wide.outputs()
    for number, (path, text, _, _, _) in enumerate(CASES.values()):
        folder, _, name = path.rpartition("/")
        wide.write(f"{folder}/n{number}-{name}", text)
    wide.edit("content/pages/other.yaml", "title: Other", "title: Another")
    done = harmless(wide.run("sync", "--yes"))

    assert done.status == 1
    now = wide.outputs()
    assert set(good) <= set(now)
    assert b"Another" in now["public/page/other.en.json"][0]
    changed = {name for name in good if now[name][0] != good[name][0]}
    assert changed == {"public/page/other.en.json", "public/index.json", "public/feed.json"}
    assert not [name for name in now if name.endswith(".tmp")]
    assert not [name for name, (data, _) in now.items() if b"passwd" in data or b"root:" in data]


HARMLESS = {
    "BOM": b"\xef\xbb\xbftitle: Fine\n",
    "CRLF": b"title: Fine\r\nsummary: >-\r\n  a\r\n  b\r\n",
    "UTF-16": "title: Fine\n".encode("utf-16"),
    "bidi overrides": 'title: "Fine \u202eenif"\n'.encode(),
    "emoji": "title: 🐆\n".encode(),
    "markup in the title": b"title: <script>alert(1)</script>\n",
    "signs only": b"title: '!!!'\n",
    "100,000 tags": b"title: Fine\ntags: [" + b", ".join(b"t%d" % n for n in range(100_000)) + b"]\n",
    "a number as title": b"title: 5\n",
    "Norway": b"title: NO\n",
}


@pytest.mark.parametrize("case", HARMLESS)
def test_odd_but_harmless_content_is_published(site, case):
    site.write(BAD, HARMLESS[case])
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 0, done.err
    data = site.outputs()["public/page/bad.en.json"][0]
    assert b"\r" not in data
    assert b"\xff\xfe" not in data


def test_scripts_are_taken_out_of_every_output(site):
    site.write(
        NOTE,
        "---\ntitle: <script>alert(1)</script>\nsummary: <img src=x onerror=alert(2)>\n---\n\n"
        "[a](javascript:alert(3)) <script>alert(4)</script> <p onclick=alert(5)>b</p>\n"
        "![<b>](data:text/html;base64,PHN2Zz4=)\n",
    )
    assert site.run("sync", "--yes").status == 0
    feed = json.loads(site.outputs()["public/feed.json"][0])
    html = next(item["content_html"] for item in feed["items"] if "alert(1)" in item["title"])
    for sign in ("<script", "onclick", "javascript:", "onerror", "data:text"):
        assert sign not in html
