"""What the page shows is what `leopard new` writes, and works: over files and over HTTP."""

import re

import pytest

from exporters.base import Capabilities
from exporters.conformance import ExporterConformance
from exporters.trial import Desk, context
from pipeline.conformance import WireConformance
from pipeline.skeletons import SKELETONS
from pipeline.trial import Trial
from schemas import errors, plugins


@pytest.fixture
def page(pages):
    return pages["docs/adding-an-exporter.md"]


@pytest.fixture
def blocks(page, console):
    """The files of the page by path."""
    return {path: body for _, path, body in console.FENCE.findall(page) if path}


def defined(code):
    names = {"__name__": "leopard_intranet"}
    exec(compile(code, "leopard_intranet.py", "exec"), names)
    return names


def test_the_page_shows_the_skeleton(blocks):
    written = SKELETONS["exporter"]("intranet")
    shown = {path.partition("/")[2]: body for path, body in blocks.items() if path.startswith("leopard-")}
    assert shown == {path: body for path, body in written.items() if path != "README.md"}


@pytest.mark.parametrize("path", ["leopard-intranet/leopard_intranet.py", "http/leopard_intranet.py"])
def test_one_file_of_about_sixty_lines(blocks, path):
    assert len(blocks[path].splitlines()) < 80
    assert len([line for line in blocks[path].splitlines() if line.strip()]) < 65


def test_the_exporter_of_the_page_publishes(blocks, tmp_path, monkeypatch):
    exporter = defined(blocks["leopard-intranet/leopard_intranet.py"])["IntranetExporter"]
    find = plugins.find
    monkeypatch.setattr(
        plugins, "find", lambda group, name: exporter if name == "intranet" else find(group, name)
    )
    trial = Trial(tmp_path, {"use": "intranet", "path": "public"})
    trial.page("leopards", "Leopards")
    assert trial.run().problems == []
    assert [page.fields["title"] for page in trial.held().values()] == ["Leopards"]
    assert not trial.plan(refresh=True).changes
    trial.close()


HTTP = [
    "it_starts_empty",
    "what_is_created_can_be_read_back",
    "long_texts_survive",
    "many_pages_are_all_read",
    "an_update_changes_one_page_and_keeps_its_id",
    "a_page_that_is_gone_is_not_found",
    "a_stale_write",
    "find",
    "delete_removes_one_page",
    "languages_are_pages_of_their_own",
    "two_pages_name_each_other",
    "unpublish_hides_a_page_and_keeps_it",
    "a_batch",
]


@pytest.mark.parametrize("test", HTTP)
def test_the_exporter_over_http_keeps_the_suite(blocks, tmp_path, loopback, test):
    exporter = defined(blocks["http/leopard_intranet.py"])["IntranetExporter"]
    options = exporter.Options(url=loopback.address)
    with Desk(exporter(options, context(tmp_path))).open() as desk:
        getattr(ExporterConformance(), f"test_{test}")(desk)


def test_the_test_over_http_is_one_of_the_wire(blocks):
    assert issubclass(defined(blocks["http/test_leopard_intranet.py"])["TestIntranet"], WireConformance)


def test_every_capability_is_described(page):
    table = page.partition("## What a channel can promise")[2]
    named = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)))
    assert set(named) == set(Capabilities.model_fields)


def test_every_error_that_is_named_exists(page):
    rows = re.findall(r"^\| (`[A-Z]\w+`(?:, `\w+`)*) \|", page, re.MULTILINE)
    named = re.findall(r"`(\w+)`", " ".join(rows))
    assert len(named) > 5
    assert all(issubclass(getattr(errors, name), errors.LeopardError) for name in named)
