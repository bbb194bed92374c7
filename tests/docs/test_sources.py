"""The examples of the pages about sources and importing do what is said of them."""

import re

import pytest
from click.testing import CliRunner

from pipeline.cli import leopard
from pipeline.cli.bring import bring
from pipeline.config import load
from sources.conformance import read_all


def examples(page):
    """Every example of a configuration on a page."""
    return re.findall(r"^```yaml\n(sources:\n.*?)^```", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["docs/sources/html.md", "docs/import.md"])
def test_every_configuration_can_be_loaded(pages, name, tmp_path):
    for text in examples(pages[name]):
        (tmp_path / "leopard.yaml").write_text(
            f'site: {{title: S, url: "https://s.example"}}\n{text}', "utf-8"
        )
        assert load(tmp_path).sources


def test_the_example_of_a_saved_page_gives_blocks(pages, root, tmp_path):
    (text,) = examples(pages["docs/sources/html.md"])
    (tmp_path / "leopard.yaml").write_text(f'site: {{title: S, url: "https://s.example"}}\n{text}', "utf-8")
    (tmp_path / "saved").mkdir()
    saved = (root / "tests" / "sources" / "pages" / "lynxes.html").read_bytes()
    (tmp_path / "saved" / "lynxes.html").write_bytes(saved)
    records, _, outcome = read_all(load(tmp_path).sources["old_pages"])
    kinds = [block["type"] for block in records[0].data["blocks"]]
    assert {"hero", "text", "statistics", "quote", "teasers"} <= set(kinds)
    assert outcome.state == "complete"


def test_the_examples_of_importing_are_those_that_can_be_said(pages):
    (block,) = re.findall(r"^```sh\n(.*?)^```", pages["docs/import.md"], re.MULTILINE | re.DOTALL)
    known = {spelling for param in bring.params for spelling in param.opts}
    for line in block.splitlines():
        assert line.startswith("leopard import ")
        assert set(re.findall(r"--\w+", line)) <= known


def test_the_comment_that_is_shown_is_the_one_that_is_written(pages, tmp_path):
    shown = next(line for line in pages["docs/import.md"].splitlines() if "# error record" in line)
    (tmp_path / "leopard.yaml").write_text('site: {title: S, url: "https://s.example"}\n', "utf-8")
    (tmp_path / "a.yaml").write_text("title: A\nblocks: [{type: text, txt: x}]\n", "utf-8")
    words = ["import", "--use", "yaml", "--set", "path=a.yaml", "--set", "kind=page"]
    CliRunner().invoke(leopard, ["-C", str(tmp_path), *words])
    written = (tmp_path / "content" / "imported" / "page" / "a.yaml").read_text("utf-8")
    assert shown in written.splitlines()
