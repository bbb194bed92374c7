"""`leopard preview` shows records as channels would publish them."""

import re
import sys
from html import unescape
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from onlooker import BARRIER, previewing

from pipeline.web.server import listen


@pytest.fixture
def reader(site):
    with previewing(site.root) as one:
        yield one


@pytest.fixture
def watching(site):
    with previewing(site.root, watched=True) as one:
        yield one


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


NOTHING = [
    "/pages/feed/page:no@en",
    "/pages/no/article:first@en",
    "/pages/feed/",
    "/pages/feed/statistic:killed@en",
    "/static/leopard.css",
    "/static/../app.py",
    "/static/%2e%2e%2fapp.py",
    "/nothing",
]


def test_there_is_nothing_else(reader):
    assert [path for path in NOTHING if reader.ask(path).status != 404] == []


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


ASTRAY = [
    "article:first@en",
    "asset:none@en",
    "../leopard.yaml",
    "..%2F..%2Fleopard.yaml",
    "content/images/coat.png",
    "asset:coat@en/../../leopard.yaml",
    "/etc/passwd",
    "",
]


def test_no_address_leads_to_another_file(illustrated):
    addresses = [f"/media/{illustrated.desk.token}/{ident}" for ident in ASTRAY]
    assert [address for address in addresses if illustrated.ask(address).status != 404] == []


def test_an_image_has_no_address_that_others_can_guess(illustrated):
    assert illustrated.ask("/media/token/asset:coat@en").status == 404


def test_an_image_that_has_become_a_link_out_of_the_project_is_not_followed(site, illustrated, tmp_path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    (site.root / "content/images/coat.png").unlink()
    (site.root / "content/images/coat.png").symlink_to(tmp_path / "secret.png")
    answer = illustrated.ask(f"/media/{illustrated.desk.token}/asset:coat@en")
    assert answer.status == 404
    assert b"secret" not in answer.bytes


# accessibility


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


# the command


def test_a_key_that_does_not_exist_is_refused_with_the_nearest(site):
    done = site.run("preview", "page:leopard@en")
    assert done.status == 2
    assert "There is no record page:leopard@en; did you mean 'page:leopards@en'?" in done.err


def test_a_port_that_is_taken_is_named(site):
    with listen("127.0.0.1", 0) as taken:
        done = site.run("preview", "--port", str(taken.getsockname()[1]))
    assert done.status == 2
    assert "address already in use" in done.err
    assert "--port 0" in done.err


def test_without_a_project_it_does_not_begin(tmp_path, site):
    site.root = tmp_path / "other"
    site.root.mkdir()
    assert "there is no leopard.yaml" in site.run("preview").err
