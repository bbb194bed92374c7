"""What the pages show is what comes out: their commands are run in a fresh folder."""

import re

import pytest

EXECUTED = (
    "README.md",
    "docs/getting-started.md",
    "docs/content.md",
    "docs/json.md",
    "docs/adding-a-kind.md",
)


def said_and_done(console, text):
    found = console.run(text)
    assert found
    assert len(found) == sum(isinstance(one, console.Command) for one in console.commands(text))
    wrong = [(one, real) for one, real in found if not console.agrees(one.output, real)]
    return "\n".join(f"$ {one.typed}\nsays:\n{one.output}\nis:\n{real}\n" for one, real in wrong)


@pytest.mark.parametrize("name", EXECUTED)
def test_commands_print_what_the_page_says(console, pages, name):
    assert said_and_done(console, pages[name]) == "", "see CONTRIBUTING.md: python docs/console.py"


def test_no_page_with_commands_is_forgotten(console, root):
    assert sorted(page.relative_to(root).as_posix() for page in console.shown()) == sorted(EXECUTED)


def test_the_readme_begins_with_the_two_commands(pages):
    first = next(body for language, body in fences(pages["README.md"]) if language == "sh")
    assert first == "make demo\nmake test\n"


def fences(text):
    return re.findall(r"^```(\S*)[^\n]*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("said", "real", "same"),
    [
        ("a\n", "a", True),
        ("a\n", "b", False),
        ("a\n[…]\nz\n", "a\nb\nc\nz", True),
        ("a\n[…]\nz\n", "a\nz", True),
        ("a\n[…]\nz\n", "a\nb", False),
        ("[…]\nz\n", "y\nz", True),
        ("a\n[…]\n", "a\nb", True),
        ("", "a", False),
        (
            "Last run: 20260102T030405Z-ffffffff, clean.\n",
            "Last run: 20260501T090000Z-1a2b3c4d, clean.",
            True,
        ),
        ('  "since": "2026-01-02T03:04:05.000006Z",\n', '  "since": "2026-05-01T09:00:00Z",', True),
    ],
)
def test_what_counts_as_the_same(console, said, real, same):
    assert console.agrees(said, console.normal(real)) is same
