"""The pages and the program say the same: nothing is missing or out of date, every link leads somewhere."""

import json
import re
import tomllib

import click
import pytest
from jsonschema import Draft202012Validator

import pipeline.cli as cli
from pipeline.json_schema import of_configuration
from schemas import plugins
from sources.common import yaml_text

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def test_generated_parts_are_up_to_date(generate):
    assert [path.name for path, _ in generate.outdated()] == [], "run: python docs/generate.py"


def test_every_generated_part_has_its_page(generate, pages):
    used = {name for text in pages.values() for _, name, _ in generate.BLOCK.findall(text)}
    assert used == set(generate.SECTIONS)


def every_command():
    """Each command with its whole name, those inside groups too."""
    for name in cli.COMMANDS:
        command = cli.leopard.get_command(click.Context(cli.leopard), name)
        yield name, command
        for inner, one in getattr(command, "commands", {}).items():
            yield f"{name} {inner}", one


def test_every_command_and_option_is_described(pages):
    page = pages["docs/cli.md"]
    for name, command in every_command():
        section = page.partition(f"### leopard {name}\n")[2].partition("\n### ")[0]
        assert section, name
        for option in (param for param in command.params if isinstance(param, click.Option)):
            assert all(spelling in section for spelling in option.opts), (name, option.opts)


@pytest.mark.parametrize(
    ("group", "word"), [("sources", "Source"), ("steps", "Step"), ("exporters", "Channel")]
)
def test_every_plugin_has_its_section(pages, group, word):
    for name in plugins.names(group):
        assert f"### {word} `{name}`\n" in pages["docs/configuration.md"]


def test_every_kind_has_its_section(pages, generate):
    ours = [name for name in plugins.names("kinds") if generate.is_ours(plugins.find("kinds", name))]
    assert ours
    for name in ours:
        assert f"### Kind `{name}`\n" in pages["docs/content.md"]


def test_every_json_answer_is_described(pages):
    text = pages["docs/json.md"]
    headings = {word.strip() for heading in HEADING.findall(text) for word in heading.split(",")}
    for name, command in every_command():
        formats = next((param for param in command.params if "--format" in param.opts), None)
        if formats is not None and "json" in formats.type.choices:
            assert name in headings


def test_every_link_leads_somewhere(pages, root):
    broken = []
    for name, text in pages.items():
        for target in LINK.findall(CODE.sub("", text)):
            if re.match(r"https?:", target):
                continue
            path, _, anchor = target.partition("#")
            place = (root / name).parent / path if path else root / name
            there = place.exists()
            if there and anchor:
                there = anchor in anchors(place.read_text(encoding="utf-8"))
            if not there:
                broken.append((name, target))
    assert broken == []


def anchors(text):
    """Headings as GitHub makes anchors of them."""
    plain = (heading.lower().replace("`", "") for heading in HEADING.findall(text))
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


def test_every_page_is_on_the_map(pages, root):
    index = {(root / "docs" / target).resolve() for target in LINK.findall(pages["docs/index.md"])}
    for name in pages:
        if name.startswith("docs/") and name != "docs/index.md":
            assert (root / name).resolve() in index, name


@pytest.mark.parametrize("word", ["/home/", "/root/", "/work/", "/Users/", "/tmp/"])
def test_no_page_names_a_place_on_a_machine(pages, word):
    assert [name for name, text in pages.items() if word in text] == []


def test_the_example_project_fits_the_schema(root):
    folder = root / "examples" / "leopards"
    schema = json.loads((folder / "leopard.schema.json").read_text(encoding="utf-8"))
    assert schema == of_configuration()
    Draft202012Validator.check_schema(schema)
    text = (folder / "leopard.yaml").read_text(encoding="utf-8")
    Draft202012Validator(schema).validate(yaml_text.load(text, "leopard.yaml"))


def test_the_configuration_that_is_shown_is_valid(pages):
    text = pages["docs/configuration.md"].partition("```yaml\n")[2].partition("```")[0]
    Draft202012Validator(of_configuration()).validate(yaml_text.load(text, "leopard.yaml"))


@pytest.mark.parametrize(("heading", "group"), [("## To run", None), ("## To develop", "dev")])
def test_every_dependency_has_its_reason(pages, root, heading, group):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["optional-dependencies"][group] if group else project["dependencies"]
    section = pages["docs/dependencies.md"].partition(heading)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| \S", section, re.MULTILINE)
    assert sorted(rows) == sorted(re.match(r"[\w.-]+", one)[0] for one in wanted)


def test_every_test_that_a_promise_names_exists(pages, root):
    named = re.findall(r"`(tests/\S+?\.py)(?:::(\w+))?`", pages["docs/architecture.md"])
    assert len(named) > 10
    for path, function in named:
        assert not function or f"def {function}(" in (root / path).read_text(encoding="utf-8"), function
        assert (root / path).exists()
