"""Every problem code of the code base is on its page, and the page lists no other."""

import ast
import re

import pytest

from schemas import plugins

ROOMS = ("schemas", "transport", "sources", "exporters", "pipeline")
CODE = re.compile(r"[a-z]+\.[a-z_]+")
FILE = re.compile(
    r".*\.(yaml|json|md|db|py|html|txt|toml|csv|png|jpg|jpeg|svg|pdf|xml|xlsx|bib|ris|rdf|sqlite|php|raw)"
)
PATTERN = re.compile(r"(\{\w*\}|[a-z]+)\.(\{\w*\}|[a-z_]+)")


@pytest.fixture(scope="module")
def trees(root):
    """Every module of ours, by its path."""
    files = [path for room in ROOMS for path in sorted((root / room).rglob("*.py"))]
    return {path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def test_the_page_lists_every_code_and_no_other(trees, pages):
    listed = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", pages["docs/problems.md"], re.MULTILINE)
    assert len(listed) == len(set(listed))
    codes = set().union(*(codes_in(path, tree) for path, tree in trees.items()))
    assert len(codes) > 50
    assert {"missing": sorted(codes - set(listed)), "unknown": sorted(set(listed) - codes)} == {
        "missing": [],
        "unknown": [],
    }


def codes_in(path, tree):
    """Codes that are written out, and those that are put together."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if CODE.fullmatch(text) and not FILE.fullmatch(text) and text not in WORDS_OF_OTHERS:
                yield node.value
        elif not path.startswith("exporters/") and is_code(node):  # there, f-strings are paths and fields
            pattern = shape(node)
            assert pattern in MADE, f"{path}:{node.lineno} makes codes {pattern}; say here which"
            yield from MADE[pattern](tree)


def is_code(node):
    """Is it `code=f"…"`, or the second argument of a report?"""
    if not isinstance(node, ast.JoinedStr) or FILE.fullmatch(shape(node)):
        return False
    return PATTERN.fullmatch(shape(node)) and shape(node) not in NO_CODES


def shape(node):
    return "".join(
        part.value if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value).split('.')[-1]}}}"
        for part in node.values
    )


def first_words(tree, *functions):
    """Texts that stand first in a call of one of these functions, or first in a tuple they return."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in functions:
            texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
            yield from texts[:1]
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Tuple) and inner.elts and isinstance(inner.elts[0], ast.Constant):
                    yield inner.elts[0].value


def name_of(function):
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def explained(tree):
    found = {word for word in first_words(tree, "_words", "_structure", "_value") if word.isidentifier()}
    return {f"{area}.{word}" for area in ("record", "config") for word in found}


MADE = {
    "{area}.{code}": explained,
    "{what}.dangling": lambda tree: {f"{word}.dangling" for word in first_words(tree, "_dangling")},
    "capture.{code}": lambda tree: {
        f"capture.{word}" for word in (*first_words(tree, "problem"), "no_title")
    },
    "{name}.empty": lambda tree: {f"{name}.empty" for name in DOCUMENTS},
    "{name}.shape": lambda tree: {f"{name}.shape" for name in DOCUMENTS},
}
NO_TITLE = "capture.no_title"
"""Given by another module than the one that puts the code together."""
DOCUMENTS = ("yaml", "json")
WORDS_OF_OTHERS = {
    "c.ident",
    "pydantic.fields",
    "pydantic.networks",
    "pydantic.types",
    *(f"dc.{name}" for name in ("creator", "date", "description", "language", "rights", "title")),
    *(f"dcterms.{name}" for name in ("issued", "modified", "rights", "rightsholder", "title")),
    "core.fsmonitor",
    "credential.helper",
    "exporters.conformance",
    "gc.auto",
    "hub.mode",
    "hub.url",
    "pipeline.conformance",
    "protocol.allow",
    "safe.directory",
    "sources.conformance.all",
    "submodule.recurse",
    "wsgi.input",
}
"""Names of modules, and words of standards, that look like codes."""
NO_CODES = {
    "{path}.{name}",
    "{path}.{at}",
    "leopard.{group}",
    "leopard.{name}",
    "{id}.{said}",
    "{number}.test",
}


def test_documents_are_those_that_share_their_codes():
    shared = [name for name in plugins.names("sources") if is_document(plugins.find("sources", name))]
    assert sorted(DOCUMENTS) == shared


def is_document(source):
    return any(base.__name__ == "DocumentSource" for base in source.__mro__)
