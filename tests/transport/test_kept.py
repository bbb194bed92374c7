"""What the web answered is asked for again politely, and the last good answer outlives every failure."""

import os
import time
from datetime import timedelta

import pytest

from schemas.errors import ContentError
from transport.fetch import Fetcher
from transport.kept import Shelf


@pytest.fixture
def shelf(web, tmp_path):
    """Of /a; each call is another process."""
    web.put("/a", "one", Content_Type='Text/CSV; charset="utf-8"')

    def make():
        return Shelf(tmp_path / "kept", web.address + "/a")

    return make


def ask(shelf):
    return shelf.ask(Fetcher(shelf.url, sleep=lambda _: None))


def text(shelf, kept):
    return shelf.path(kept).read_text()


def test_an_answer_is_kept_and_asked_for_on_conditions(web, shelf):
    first = ask(shelf())
    assert text(shelf(), first) == "one"
    assert (first.media_type, first.charset, first.size, first.is_whole) == ("text/csv", "utf-8", 3, True)
    second = ask(shelf())
    assert [one.headers.get("if-none-match") for one in web.seen] == [None, first.etag]
    assert (second.digest, second.came, second.body) == (first.digest, first.came, first.body)
    assert second.asked > first.asked


def test_a_date_is_a_condition_too(web, shelf):
    web.put("/a", "one", ETag="", Last_Modified="Sat, 01 Jun 2024 00:00:00 GMT")
    ask(shelf())
    ask(shelf())
    assert web.seen[1].headers["if-modified-since"] == "Sat, 01 Jun 2024 00:00:00 GMT"


def test_a_new_answer_takes_the_place_of_the_old_one(web, shelf):
    first = ask(shelf())
    web.put("/a", "two")
    second = ask(shelf())
    assert text(shelf(), second) == "two"
    assert second.digest != first.digest
    assert not shelf().path(first).exists()
    assert shelf().latest == second


def test_the_same_bytes_under_another_etag_are_no_change(web, shelf):
    first = ask(shelf())
    web.put("/a", "one", ETag='"other"')
    second = ask(shelf())
    assert (second.digest, second.came) == (first.digest, first.came)


@pytest.mark.parametrize("status", [404, 500])
def test_a_failure_leaves_all_as_it_was(web, shelf, status):
    first = ask(shelf())
    shelf().approve(first)
    web.put("/a", "gone", status)
    with pytest.raises(ContentError):
        ask(shelf())
    assert shelf().good == first
    assert text(shelf(), first) == "one"


def test_the_last_good_answer_stays_beside_a_bad_one(web, shelf):
    good = ask(shelf())
    shelf().approve(good)
    for body in ("bad", "worse"):
        web.put("/a", body)
        ask(shelf())
    assert (text(shelf(), shelf().good), text(shelf(), shelf().latest)) == ("one", "worse")
    assert len(list(shelf().folder.glob("*.body"))) == 2


def test_a_server_that_asks_for_patience_gets_it(web, shelf):
    web.put("/a", "one", Cache_Control="public, max-age=600")
    first = ask(shelf())
    assert ask(shelf()) == first
    assert len(web.seen) == 1
    later = first.model_copy(update={"asked": first.asked - timedelta(seconds=601)})
    shelf()._save(shelf()._load().model_copy(update={"latest": later}))
    ask(shelf())
    assert len(web.seen) == 2


@pytest.mark.parametrize(
    "said", ["no-cache, max-age=600", "max-age=600, no-store", "max-age=x", "max-age=-1", ""]
)
def test_a_server_that_does_not_ask_for_patience(web, shelf, said):
    web.put("/a", "one", Cache_Control=said)
    assert ask(shelf()).fresh == 0.0


def test_nobody_makes_us_wait_for_a_year(web, shelf):
    web.put("/a", "one", Cache_Control="max-age=31536000")
    assert ask(shelf()).fresh == 3600.0


@pytest.mark.parametrize("name", ["*.body", "*.json"])
@pytest.mark.parametrize("damage", [b"", b"\x00damaged", None])
def test_damage_is_not_taken_for_an_answer(web, shelf, name, damage):
    shelf().approve(ask(shelf()))
    (path,) = shelf().folder.glob(name)
    path.unlink() if damage is None else path.write_bytes(damage)
    assert shelf().good is None
    assert text(shelf(), ask(shelf())) == "one"
    assert "if-none-match" not in web.seen[-1].headers


def test_nobody_else_can_look_into_the_folder_and_old_drafts_go(web, shelf):
    ask(shelf())
    folder = shelf().folder
    assert folder.stat().st_mode & 0o077 == 0
    draft = folder / "x-1.new"
    draft.write_text("x")
    ask(shelf())
    assert draft.exists()
    os.utime(draft, (0, time.time() - 100_000))
    ask(shelf())
    assert not draft.exists()


def test_no_room_is_a_problem_with_words(web, shelf, tmp_path):
    (tmp_path / "kept").write_text("a file where the folder should be")
    with pytest.raises(ContentError, match="cannot be kept in kept: "):
        ask(shelf())


def test_nothing_that_is_kept_holds_the_query(web, tmp_path):
    url = web.put("/a?token=s3cret", "one")
    ask(Shelf(tmp_path, url))
    assert all(
        b"s3cret" not in path.read_bytes() and "s3cret" not in path.name for path in tmp_path.iterdir()
    )
