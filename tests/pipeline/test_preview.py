"""`leopard preview`: a real server on loopback shows records as channels would, anew when a file is saved."""

import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import pytest

from pipeline.web.headers import HEADERS
from pipeline.web.preview.allowed import Allowed
from pipeline.web.preview.app import Preview
from pipeline.web.preview.desk import Desk
from pipeline.web.server import listen, serving

PATIENCE = 60
IDENT = "article:first@en"


class Answer:
    def __init__(self, found):
        self.status, self.headers = found.status, {name.lower(): value for name, value in found.getheaders()}
        self.bytes = found.read()

    @property
    def text(self):
        return self.bytes.decode()

    @property
    def words(self):
        """What is read of it: without tags, on one line."""
        return " ".join(unescape(re.sub("<[^>]*>", " ", self.text)).split())


class Reader:
    """Asks a preview of a project, and hears of what is new."""

    def __init__(self, desk, port):
        self.desk, self.port = desk, port

    def ask(self, path, method="GET", **headers):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers=headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def record(self, ident=IDENT, channel="feed"):
        return self.ask(f"/records/{ident}?channel={channel}")

    def page(self, ident=IDENT, channel="feed"):
        return self.ask(f"/pages/{channel}/{ident}")

    @contextmanager
    def events(self):
        """Yields a function that waits for the next event and gives its version."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", "/events")
        answer = connection.getresponse()
        assert answer.headers["content-type"].startswith("text/event-stream")

        def heard():
            while True:
                line = answer.readline().decode()
                assert line, "the stream has ended"
                if line.startswith("data: "):
                    return line.removeprefix("data: ").strip()

        try:
            yield heard
        finally:
            connection.close()


@contextmanager
def previewing(root, allowed=Allowed(), *, watched=False):  # noqa: B008
    desk, stop = Desk(root, allowed), threading.Event()
    thread = threading.Thread(target=desk.watch, args=(stop,))
    with listen("127.0.0.1", 0) as listener, serving(Preview(desk).application(), listener):
        if watched:
            thread.start()
        try:
            yield Reader(desk, listener.getsockname()[1])
        finally:
            stop.set()
            desk.bell.end()
            if watched:
                thread.join()


@pytest.fixture
def reader(site):
    with previewing(site.root) as one:
        yield one


@pytest.fixture
def watching(site):
    with previewing(site.root, watched=True) as one:
        yield one


def soon(**since):
    return (datetime.now(UTC) + timedelta(**since)).isoformat()


# the list


def test_every_record_is_listed_with_its_title_and_its_problems(site, reader):
    words = reader.ask("/").words
    for ident in ("page:leopards@en", "article:first@en", "statistic:killed@en", "asset:coat@en"):
        assert ident in words
    site.write("content/articles/bad.md", "---\ntitle: Bad\nimage: asset:nothing\n---\n\nWords.\n")
    reader.desk.refresh()
    assert (
        "article:bad@en broken 1: article:bad refers to asset:nothing, which does not exist"
        in reader.ask("/").words
    )


def test_what_is_asked_for_is_found_by_key_and_by_title(reader):
    for asked in ("first", "ARTICLE:fir", "firs art"):
        words = reader.ask(f"/?q={quote(asked)}").words
        assert "article:first@en" in words
        assert "page:leopards@en" not in words
    assert "No record has “nothing at all”" in reader.ask("/?q=nothing+at+all").words


def test_an_empty_project_says_so(empty):
    with previewing(empty().root) as reader:
        words = reader.ask("/").words
    assert "The project has no content yet." in words
    assert "content/pages does not exist" in words


# a record


def test_a_record_is_shown_as_each_channel_would_publish_it(reader):
    answer = reader.record()
    assert answer.status == 200
    assert "article:first@en from content/articles/first.md" in answer.words
    assert '<iframe sandbox src="/pages/feed/article:first@en"' in answer.text
    assert "content_html <p>221–450 a year.</p>" in answer.words
    assert "221–450 a year." in reader.page().words
    assert '"key": "article:first"' in reader.record(channel="files").words


def test_it_is_exactly_what_a_sync_then_publishes(site, reader):
    piece = re.search(
        'aria-label="As it is written">(.*?)</pre>', reader.record(channel="files").text, re.DOTALL
    )
    assert site.run("sync", "--yes").status == 0
    assert unescape(piece[1]) == (site.root / "public/article/first.en.json").read_text().rstrip("\n")


def test_a_channel_that_does_not_publish_it_says_why(reader):
    words = reader.record("statistic:killed@en").words
    assert "This channel does not publish it. It publishes other kinds: article, page." in words
    assert "It publishes other kinds" not in reader.record("statistic:killed@en", "files").words


def test_what_a_channel_cannot_take_is_said_in_its_words(empty):
    site = empty(
        "site: {title: Spots, url: 'https://spots.example', languages: [en, fr]}\n"
        "sources: {pages: {use: yaml, path: content}}\n"
        "channels: {cards: {use: memory, store: preview, without: [locales]}}\n"
    )
    site.write("content/a.fr.yaml", "title: Un\n")
    with previewing(site.root) as reader:
        assert (
            "cards cannot take page:a: memory holds one language, en"
            in reader.record("page:a@fr", "cards").words
        )


def test_other_languages_are_a_link_away_and_a_key_alone_is_enough(site, reader):
    site.write("content/pages/leopards.fr.yaml", "title: Panthères\n")
    reader.desk.refresh()
    assert '<a href="/records/page:leopards@fr">fr</a>' in reader.record("page:leopards").text
    assert '<html lang="fr">' not in reader.page("page:leopards@fr").text  # there is no HTML in it
    assert "Panthères" in reader.record("page:leopards@fr").words


def test_what_is_not_there_is_named_with_the_nearest(reader):
    answer = reader.ask("/records/page:leopard@en")
    assert answer.status == 404
    assert "There is no record page:leopard@en" in answer.words
    assert "Did you mean 'page:leopards@en'?" in answer.words


@pytest.mark.parametrize(
    "path",
    [
        "/pages/feed/page:no@en",
        "/pages/no/article:first@en",
        "/pages/feed/",
        "/pages/feed/statistic:killed@en",
        "/static/leopard.css",
        "/static/../app.py",
        "/static/%2e%2e%2fapp.py",
        "/nothing",
    ],
)
def test_there_is_nothing_else(reader, path):
    assert reader.ask(path).status == 404


# images


def pictures(answer):
    return re.findall(r'src="([^"]*/media/[^"]*)"', answer.text)


@pytest.fixture
def illustrated(site):
    site.write(
        "content/articles/first.md",
        "# First\n\n![A coat](asset:coat)\n\n![x](https://elsewhere.example/a.png)\n",
    )
    with previewing(site.root) as one:
        yield one


def test_images_of_the_project_come_from_its_folder_and_others_are_not_fetched(site, illustrated):
    answer = illustrated.page()
    (address,) = pictures(answer)
    found = illustrated.ask(urlsplit(address).path)
    assert found.bytes == (site.root / "content/images/coat.png").read_bytes()
    assert found.headers["content-type"] == "image/png"
    assert "elsewhere.example" not in answer.text
    assert '<img alt="x">' in answer.text


def test_an_asset_is_shown_itself(illustrated):
    (address,) = pictures(illustrated.record("asset:coat@en", "files"))
    assert illustrated.ask(address).status == 200


@pytest.mark.parametrize(
    "ident",
    [
        "article:first@en",
        "asset:none@en",
        "../leopard.yaml",
        "..%2F..%2Fleopard.yaml",
        "content/images/coat.png",
        "asset:coat@en/../../leopard.yaml",
        "/etc/passwd",
        "",
    ],
)
def test_no_address_leads_to_another_file(illustrated, ident):
    assert illustrated.ask(f"/media/{illustrated.desk.token}/{ident}").status == 404


def test_an_image_has_no_address_that_others_can_guess(illustrated):
    assert illustrated.ask("/media/token/asset:coat@en").status == 404


def test_an_image_that_has_become_a_link_out_of_the_project_is_not_followed(site, illustrated, tmp_path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    (site.root / "content/images/coat.png").unlink()
    (site.root / "content/images/coat.png").symlink_to(tmp_path / "secret.png")
    answer = illustrated.ask(f"/media/{illustrated.desk.token}/asset:coat@en")
    assert answer.status == 404
    assert b"secret" not in answer.bytes


# never early

HIDDEN = {
    "draft": "status: draft",
    "later": f"published_at: {soon(days=2)}",
    "secret": f"embargo_until: {soon(days=3)}",
    "gone": "status: withdrawn",
    "over": "expires_at: 2020-01-01",
}
SEEN = {
    Allowed(): set(),
    Allowed(drafts=True): {"draft", "later"},
    Allowed(embargoed=True): {"secret"},
    Allowed(drafts=True, embargoed=True): {"draft", "later", "secret"},
}


@pytest.fixture
def hiding(site):
    for name, line in HIDDEN.items():
        site.write(
            f"content/articles/{name}.md",
            f"---\ntitle: The {name} title\n{line}\nimage: {name}\n---\n\nThe {name} words.\n",
        )
        site.write(
            f"content/images/{name}.yaml",
            f"file: coat.png\nalt: The {name} alt\ncredit: us\nlicence: CC0-1.0\n{line}\n",
        )
    site.edit(
        "content/articles/first.md", "a year.", "a year. See [it](article:secret) and [that](article:draft)."
    )
    return site


@pytest.mark.parametrize("allowed", SEEN, ids=str)
def test_what_is_not_public_is_nowhere_unless_its_author_says_so(hiding, allowed):
    with previewing(hiding.root, allowed) as reader:
        for name in HIDDEN:
            ident, asset = f"article:{name}@en", f"asset:{name}@en"
            answers = [
                reader.ask(path)
                for path in ("/", "/?q=words", f"/?q=The+{name}+title", "/records/article:first@en")
            ]
            answers += [
                reader.record(one, channel) for one in (ident, asset) for channel in ("files", "feed")
            ]
            answers += [reader.page(ident), reader.page()]
            bytes_ = reader.ask(f"/media/{reader.desk.token}/{asset}")
            if name in SEEN[allowed]:
                assert f"The {name} title" in answers[0].words
                assert f"The {name} words" in reader.page(ident).words
                assert "Only you see this." in reader.record(ident).words
                assert bytes_.status == 200
                continue
            shown = [one.words.replace(f"has “The {name} title” in its key", "") for one in answers]
            assert not [one for one in shown if re.search(f"The {name} (title|words|alt)", one)]
            assert bytes_.status == 404
            assert "This record is not shown." in reader.record(ident).words


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("draft", "It is a draft: it becomes public when its status is `published`."),
        ("later", r"It becomes public on \d+ \w+ \d{4} at \d\d:\d\d(:\d\d)? \(UTC\)\."),
        ("secret", r"It is under embargo, and becomes public on \d+ \w+ \d{4} at "),
        ("gone", "It is withdrawn, so it is not public."),
        ("over", r"It has not been public since 1 January 2020 at 00:00 \(UTC\)\."),
    ],
)
def test_it_is_said_when_a_record_becomes_public(hiding, name, sentence):
    with previewing(hiding.root) as reader:
        assert re.search(sentence, reader.record(f"article:{name}@en").words)
        assert re.search(sentence, reader.ask("/").words)


def test_a_draft_that_quotes_what_is_under_embargo_waits_for_it(site):
    site.write(
        "content/statistics/new.yaml", f"figure: 7777\nstatement: are left\nembargo_until: {soon(days=1)}\n"
    )
    site.write(
        "content/articles/draft.md", "---\ntitle: Draft\nstatus: draft\n---\n\n[[statistic:new]] now.\n"
    )
    with previewing(site.root, Allowed(drafts=True)) as reader:
        answer = reader.record("article:draft@en")
        assert "It needs another record that is not public." in answer.words
        assert "7,777" not in answer.words
        assert "7777" not in answer.words


def test_the_end_of_an_embargo_is_seen_without_saving_anything(site):
    site.write(
        "content/articles/soon.md", f"---\ntitle: Soon\nembargo_until: {soon(seconds=4)}\n---\n\nThe words.\n"
    )
    with previewing(site.root, watched=True) as reader, reader.events() as heard:
        assert "under embargo" in reader.record("article:soon@en").words
        first = heard()
        assert heard() != first
        assert "The words" in reader.page("article:soon@en").words


def test_what_expires_is_not_shown_an_instant_longer(site):
    site.write(
        "content/articles/short.md", f"---\ntitle: Short\nexpires_at: {soon(seconds=3)}\n---\n\nThe words.\n"
    )
    with previewing(site.root) as reader:
        assert "The words" in reader.page("article:short@en").words
        threading.Event().wait(3.1)
        assert reader.page("article:short@en").status == 404


def test_a_broken_file_that_speaks_of_an_embargo_is_not_quoted(site):
    site.write(
        "content/articles/secret.md",
        f"---\nembargo_until: {soon(days=1)}\ntitle: [The, secret]\n---\n\nWords.\n",
    )
    site.write("content/pages/secret.yaml", f"embargo_until: {soon(days=1)}\ntitle: The secret: of it\n")
    with previewing(site.root) as reader:
        for path in ("/", "/records/article:secret@en"):
            answer = reader.ask(path)
            assert "secret]" not in answer.text
            assert "The secret" not in answer.text
            assert "this file speaks of an embargo" in answer.words
    with previewing(site.root, Allowed(embargoed=True)) as reader:
        assert "title: [The, secret]" in reader.ask("/records/article:secret@en").words


# saved files


def test_what_is_saved_is_heard_of_and_shown(site, watching):
    with watching.events() as heard:
        first = heard()
        assert f'data-version="{first}"' in watching.record().text
        site.edit("content/articles/first.md", "a year", "every single year")
        second = heard()
        assert second != first
        assert f'data-version="{second}"' in watching.record().text
        assert "every single year" in watching.page().words
        site.edit("content/statistics/killed.yaml", "221–450", "230–460")
        assert heard() not in (first, second)
        assert "230–460" in watching.page().words


def test_a_new_folder_a_new_image_and_another_configuration_are_seen(site, watching):
    with watching.events() as heard:
        heard()
        site.write("content/articles/2024/new.md", "# New\n\nWords.\n")
        until(heard, lambda: "Words." in watching.page("article:2024/new@en").words)
        site.edit("leopard.yaml", "title: Spots", "title: More spots")
        until(heard, lambda: "More spots" in watching.ask("/").words)
        site.edit("leopard.yaml", "channels:\n", "channels:\n  more: {use: json, path: public/more}\n")
        until(heard, lambda: "more" in watching.record(channel="more").words)
        assert watching.page(channel="more").status == 200


def until(heard, condition):
    while not condition():
        heard()


def test_drafts_of_editors_and_hidden_files_are_no_news(site, watching):
    with watching.events() as heard:
        first = heard()
        for name in (".first.md.swp", "first.md~", ".git/index", ".hidden/x.md"):
            site.write(f"content/articles/{name}", "x")
        threading.Event().wait(1.5)
        assert watching.desk.version == first
        site.edit("content/articles/first.md", "a year", "each year")
        assert heard() != first


BROKEN = [
    ("article:first@en", "content/articles/first.md", "---\ntitle: [First\n---\n\nNew words.\n"),
    (
        "article:first@en",
        "content/articles/first.md",
        "---\ntitle: First\nimage: asset:none\n---\n\nNew words.\n",
    ),
    ("article:first@en", "content/articles/first.md", "---\ntitle: First\nnonsense: 1\n---\n\nNew words.\n"),
    ("page:other@en", "content/pages/other.yaml", "title: Other\n  blocks: 7\n"),
]


@pytest.mark.parametrize(("ident", "path", "text"), BROKEN)
def test_a_broken_file_shows_what_is_wrong_and_beneath_it_the_last_good_state(
    site, reader, ident, path, text
):
    before = reader.page(ident).text
    good = (site.root / path).read_text()
    site.write(path, text)
    reader.desk.refresh()
    answer = reader.record(ident)
    assert "This record cannot be published" in answer.words
    assert re.search(rf"<code>{re.escape(path)}:\d+", answer.text)
    assert 'aria-label="The line"' in answer.text
    assert "Below is how it was when it was last in order." in answer.words
    assert "New words" not in answer.words
    assert reader.page(ident).text == before
    assert f"{ident} {'First' if 'first' in ident else 'Other'} broken" in reader.ask("/").words
    reader.desk.refresh()  # and it stays so
    assert reader.page(ident).text == before
    site.write(path, good.replace("No figure here", "Mended").replace("a year", "Mended"))
    reader.desk.refresh()
    assert "Mended" in reader.page(ident).words
    assert "This record cannot be published" not in reader.record(ident).words


def test_a_record_that_is_removed_is_gone(site, reader):
    (site.root / "content/articles/first.md").unlink()
    reader.desk.refresh()
    assert reader.record().status == 404
    assert reader.page().status == 404


def test_a_broken_configuration_is_shown_and_the_last_one_holds(site, watching):
    with watching.events() as heard:
        heard()
        site.edit("leopard.yaml", "use: jsonfeed", "use: jsonfed")
        until(heard, lambda: "leopard.yaml cannot be used" in watching.record().words)
        answer = watching.record()
        assert "did you mean 'jsonfeed'" in answer.words
        assert re.search(r"leopard\.yaml:\d+:\d+", answer.words)
        assert "221–450" in watching.page().words
        site.edit("leopard.yaml", "use: jsonfed", "use: jsonfeed")
        until(heard, lambda: "cannot be used" not in watching.record().words)


def test_only_what_was_saved_is_read_again(site, reader, monkeypatch):
    read = []
    for source in reader.desk._project.sources.values():
        real = source.source.read
        monkeypatch.setattr(
            source.source, "read", lambda part, real=real: (read.append(part.name), real(part))[1]
        )
    reader.desk.refresh()
    assert read == []
    site.edit("content/articles/first.md", "a year", "each year")
    reader.desk.refresh()
    assert read == ["content/articles/first.md"]


def test_many_may_watch_and_leave(site, watching):
    with watching.events() as one, watching.events() as other:
        assert one() == other()
        with watching.events() as gone:
            gone()
        site.edit("content/articles/first.md", "a year", "each year")
        assert one() == other()


# accessibility

BARRIER = "---\ntitle: First\n---\n\nOne.\n\n#### Deep\n\nSee [click here](https://a.example/) and ![](asset:coat).\n"


def test_what_stands_in_the_way_is_said_with_its_place_and_its_criterion(site, reader):
    site.write("content/articles/first.md", BARRIER)
    reader.desk.refresh()
    answer = reader.record()
    assert "the words of the link “click here” do not say where it leads" in answer.words
    assert "(WCAG 2.2, 2.4.4 Link Purpose (In Context))" in answer.words
    assert "the heading “Deep” is an h4 below an h1" in answer.words
    assert "<code>content/articles/first.md:5:1</code>" in answer.text
    assert "feed 2 to mend" in answer.words


def test_check_says_it_too_when_it_is_asked(site):
    site.write("content/articles/first.md", BARRIER)
    site.edit("content/images/coat.yaml", "en: A coat", "en: IMG_0042.JPG")
    assert "accessibility" not in site.run("check").out
    done = site.run("check", "--accessibility", "--format", "json")
    found = {one["code"]: one for one in done.json if one["code"].startswith("accessibility.")}
    assert done.status == 0
    assert len(done.json) == len(found)  # once for both channels
    vague = found["accessibility.vague_link"]
    assert (vague["key"], vague["field"], vague["severity"]) == ("article:first", "body", "warning")
    assert vague["origin"] == {"path": "content/articles/first.md", "line": 5, "column": 1}
    named = found["accessibility.alt_is_file_name"]
    assert (named["key"], named["field"]) == ("asset:coat", "alt.en")
    assert named["origin"]["path"] == "content/images/coat.yaml"


# strangers

PATHS = [
    "/",
    "/records/article:first@en",
    "/pages/feed/article:first@en",
    "/media/x/asset:coat@en",
    "/events",
    "/static/preview.css",
]


def test_these_are_all_routes(reader):
    routes = {route.path for route in Preview(reader.desk).application().routes}
    assert routes == {
        "/",
        "/records/{ident:path}",
        "/pages/{channel}/{ident:path}",
        "/media/{token}/{ident:path}",
        "/events",
        "/static/{name}",
    }


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
@pytest.mark.parametrize(
    "host", ["evil.example", "spots.example", "127.0.0.1.evil.example", "", "a b", "169.254.169.254"]
)
def test_whoever_comes_under_another_name_is_refused(reader, path, host):
    answer = reader.ask(path, Host=host)
    assert answer.status == 400
    assert len(answer.bytes) < 100


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/events"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_every_answer_is_strict(reader, path, method):
    answer = reader.ask(path, method)
    assert answer.status in ((200, 404) if method in ("GET", "HEAD") else (405,))
    loose = ("content-security-policy", "x-frame-options", "cross-origin-resource-policy")
    for name, value in HEADERS.items():
        assert answer.headers[name.lower()] == value or name.lower() in loose
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe-inline" not in answer.headers["content-security-policy"].replace(
        "style-src-attr 'unsafe-inline'", ""
    )
    assert "server" not in answer.headers


def test_pages_have_no_script_or_style_of_their_own(site, reader):
    site.write("content/articles/first.md", BARRIER)
    reader.desk.refresh()
    for path in ("/", "/records/article:first@en", "/records/nothing"):
        text = reader.ask(path).text
        assert re.findall(r"<script[^>]*>", text) == ['<script src="/static/preview.js" defer>']
        assert "<style" not in text
        assert not re.search(r"\s(on\w+|style)=", text)
        assert not re.search(r'(src|href)="(https?:)?//', text)


EVIL = "<script>alert(1)</script>"
FORMS = {
    "title": f"---\ntitle: '{EVIL}'\n---\n\nWords.\n",
    "body": f"---\ntitle: T\n---\n\nWords {EVIL} <img src=x onerror=alert(1)>\n",
    "link": "---\ntitle: T\n---\n\n[x](javascript:alert(1)) <a href='JaVaScRiPt:alert(1)'>y</a> <iframe src=//a.example></iframe>\n",
    "frame": "---\ntitle: T\n---\n\n</body></html><base href=//a.example><meta http-equiv=refresh content='0;url=//a.example'><form action=//a.example><button>x</button></form>\n",
    "field": f"---\ntitle: T\n'{EVIL}': 1\n---\n\nWords.\n",
    "syntax": f"---\ntitle: [{EVIL}\n---\n",
    "tag": f"---\ntitle: T\ntags: ['{EVIL}', '\"><script>alert(1)</script>']\nsummary: '{EVIL}'\n---\n\nWords.\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_what_a_text_brings_along_is_harmless(site, reader, form):
    site.write("content/articles/first.md", FORMS[form])
    site.write("content/articles/evil.md", FORMS[form])
    reader.desk.refresh()
    for ident in ("article:first@en", "article:evil@en"):
        for channel in ("files", "feed"):
            for answer in (reader.record(ident, channel), reader.ask("/"), reader.ask(f"/?q={quote(EVIL)}")):
                assert len(re.findall("<script", answer.text)) == 1
                assert not re.search(r"<[^>]*(onerror|javascript:)", answer.text)
            page = reader.page(ident, channel)
            assert "<script" not in page.text
            assert not re.search("<(base href|meta http-equiv|form|iframe)", page.text)
            assert page.status == 404 or page.headers["content-security-policy"].endswith("; sandbox")


def test_a_key_in_the_address_is_harmless(reader):
    answer = reader.ask(f"/records/{quote(EVIL)}?channel={quote(EVIL)}")
    assert answer.status == 404
    assert len(re.findall("<script", answer.text)) == 1
    assert reader.ask(f"/records/article:first@en?channel={quote(EVIL)}").status == 200


def test_what_is_unforeseen_is_one_strict_sentence(reader, monkeypatch):
    monkeypatch.setattr("pipeline.web.preview.views.listed", lambda look, asked: 1 / 0)
    answer = reader.ask("/")
    assert (answer.status, answer.bytes) == (500, b"Something unforeseen happened.\n")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_nothing_is_written_and_nothing_published(site, reader):
    before = sorted(path for path in site.root.rglob("*"))
    for path in PATHS[:-2]:
        reader.ask(path)
    assert sorted(path for path in site.root.rglob("*")) == before
