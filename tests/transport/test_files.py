"""Files are read within bounds, written all at once, and never outside their folder."""

import os

import pytest

from schemas.errors import ContentError
from transport.files import (
    decode,
    digest_of,
    file_digest,
    inside,
    read_bytes,
    read_lines,
    read_text,
    write_atomic,
)

CASES = {
    "plain": (b"a\nb", "a\nb"),
    "bom": (b"\xef\xbb\xbfa\n\xef\xbb\xbfb", "a\n\ufeffb"),
    "crlf": (b"a\r\nb\r\n\r\n", "a\nb\n\n"),
    "cr": (b"a\rb\r", "a\nb\n"),
    "mixed": (b"a\rb\r\nc\n\rd", "a\nb\nc\n\nd"),
    "utf-16-le": ("\ufeffaé\r\nb".encode("utf-16-le"), "aé\nb"),
    "utf-16-be": ("\ufeffaé\nb".encode("utf-16-be"), "aé\nb"),
    "empty": (b"", ""),
    "four bytes": ("a🐆\nb".encode(), "a🐆\nb"),
}


@pytest.mark.parametrize(("data", "text"), CASES.values(), ids=CASES)
def test_text_however_it_is_encoded(tmp_path, data, text):
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    assert read_text(path, "a.txt") == text
    assert "".join(read_lines(path, "a.txt")) == text
    assert [line.count("\n") for line in read_lines(path, "a.txt")][:-1] == [1] * (len(text.splitlines()) - 1)


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"ab\ncd\xffe", "byte 5 is not valid UTF-8", 2),
        (b"\xef\xbb\xbfab\n\xe9t\xe9", "byte 6 is not valid UTF-8", 2),
        (b"caf\xc3", "byte 3 is not valid UTF-8", 1),
        (b"\xed\xa0\x80", "byte 0 is not valid UTF-8", 1),
        (b"\xff\xfea\x00\n\x00\x00\xd8a\x00", "byte 6 is not valid UTF-16", 2),
        (b"\xff\xfea", "byte 2 is not valid UTF-16", 1),
    ],
)
def test_what_is_not_text_names_the_byte(data, message, line):
    with pytest.raises(ContentError) as caught:
        decode(data, "a.txt")
    assert (caught.value.code, caught.value.message) == ("file.encoding", message)
    assert (caught.value.origin.path, caught.value.origin.line) == ("a.txt", line)
    assert caught.value.hint


def test_nul_is_not_text(tmp_path):
    with pytest.raises(ContentError) as caught:
        decode(b"a\nb\0", "a.txt")
    assert (caught.value.code, caught.value.origin.line) == ("file.binary", 2)
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "a").write_bytes("a\nb\0\nc".encode(encoding))
        first, second, third = read_lines(tmp_path / "a", "a.txt")
        assert (first, second.code, second.origin.line, third) == ("a\n", "file.binary", 2, "c")


def test_a_limit_is_the_largest_size(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 10)
    assert read_bytes(path, "a.txt", limit=10) == b"x" * 10
    with pytest.raises(ContentError) as caught:
        read_bytes(path, "a.txt", limit=9)
    assert caught.value.code == "file.too_large"


@pytest.mark.parametrize("size", [0, 1, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, 1 << 18])
def test_all_is_read_however_many_pieces_it_has(tmp_path, size):
    path, data = tmp_path / "a.txt", (b"0123456789" * (size // 10 + 1))[:size]
    path.write_bytes(data)
    assert read_bytes(path, "a.txt") == read_bytes(path, "a.txt", limit=size) == data
    with pytest.raises(ContentError):
        read_bytes(path, "a.txt", limit=size - 1)


def test_what_cannot_be_opened_says_why(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        for read in (read_text, lambda *args: list(read_lines(*args))):
            with pytest.raises(ContentError) as caught:
                read(path, "a.txt")
            assert caught.value.code == "file.unreadable"
            assert str(tmp_path) not in caught.value.message


def test_lines_go_on_behind_a_bad_one(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"\xef\xbb\xbfone\nt\xffo\n" + b"x" * 30 + b"\nfo\xffur\nfive")
    one, two, three, four, five = read_lines(path, "a.txt", limit=20)
    assert (one, five) == ("one\n", "five")
    assert (two.message, two.origin.line) == ("byte 8 is not valid UTF-8", 2)
    assert (three.code, three.origin.line) == ("file.too_large", 3)
    assert (four.message, four.origin.line) == ("byte 44 is not valid UTF-8", 4)


@pytest.mark.parametrize("size", [19, 20, 21])
def test_the_limit_of_a_line_does_not_count_its_end(tmp_path, size):
    (tmp_path / "a").write_bytes(b"x" * size + b"\ny")
    first, last = read_lines(tmp_path / "a", "a.txt", limit=20)
    assert isinstance(first, str) == (size <= 20)
    assert last == "y"
    (tmp_path / "a").write_bytes(b"y\n" + b"x" * size)
    first, last = read_lines(tmp_path / "a", "a.txt", limit=20)
    assert isinstance(last, str) == (size <= 20)


def test_wide_lines_end_with_the_first_bad_one(tmp_path):
    (tmp_path / "a").write_bytes("one\ntwo".encode("utf-16") + b"\x00\xd8a\x00")
    *_, last = read_lines(tmp_path / "a", "a.txt")
    assert last.code == "file.encoding"
    (tmp_path / "a").write_bytes(("x" * 30).encode("utf-16"))
    (only,) = read_lines(tmp_path / "a", "a.txt", limit=20)
    assert only.code == "file.too_large"


def test_reading_lines_does_not_read_the_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x\n" * 10)
    lines = read_lines(path, "a.txt")
    path.write_bytes(b"y\n")
    assert list(lines) == ["y\n"]


def test_inside(tmp_path):
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "in").symlink_to(root / "a")
    (root / "out").symlink_to(tmp_path)
    (root / "loop").symlink_to(root / "loop")
    (tmp_path / "rooted").mkdir()
    assert inside(root, root / "in" / "x") == (root / "a" / "x").resolve()
    for path, code in (
        (root / "out" / "x", "file.outside"),
        (root / ".." / "x", "file.outside"),
        (tmp_path / "rooted", "file.outside"),
        (root / "loop", "file.link_loop"),
    ):
        with pytest.raises(ContentError) as caught:
            inside(root, path)
        assert caught.value.code == code


def test_write_atomic_replaces_all_or_nothing(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    digest, size = write_atomic(path, [b"one", b"two"])
    assert (path.read_bytes(), size) == (b"onetwo", 6)
    assert (digest, size) == file_digest(path) == digest_of([b"onetwo"])

    def breaks():
        yield b"half"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_atomic(path, breaks())
    assert [entry.name for entry in path.parent.iterdir()] == ["a.txt"]
    assert path.read_bytes() == b"onetwo"


def test_write_atomic_leaves_what_would_not_change(tmp_path):
    path = tmp_path / "a.txt"
    write_atomic(path, [b"same"])
    os.utime(path, ns=(1, 1))
    write_atomic(path, [b"sa", b"me"])
    assert path.stat().st_mtime_ns == 1
    write_atomic(path, [b"emas"])
    assert path.stat().st_mtime_ns != 1


def test_write_atomic_does_not_follow_a_link(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"same")
    link.symlink_to(target)
    write_atomic(link, [b"same"])
    write_atomic(tmp_path / "other", [b"new"])
    assert not link.is_symlink()
    assert target.read_bytes() == b"same"


def test_a_very_long_name_can_be_written(tmp_path):
    path = tmp_path / ("x" * 250)
    write_atomic(path, [b"a"])
    assert path.read_bytes() == b"a"
