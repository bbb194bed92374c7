"""leopard init and leopard demo: the first two minutes"""

import json
import shutil
from pathlib import Path
from shlex import quote
from uuid import uuid4

import click

import pipeline
from pipeline.cli.common import command, ledger_of, progress, status_of
from pipeline.cli.demo_page import write_page
from pipeline.cli.sync import print_report
from pipeline.config import FILE, load
from pipeline.json_schema import of_configuration
from pipeline.run import Sync
from schemas.errors import ConfigError

CONFIGURATION = """\
# yaml-language-server: $schema=./leopard.schema.json
# What this file can hold: leopard schema, or any editor that reads the line above.
site:
  title: {title}
  url: "https://example.org"
  id: {id}  # is mixed into the ids of all that is published; never change it
  languages: [en]

# Where content is read from.
sources:
  pages: {{use: yaml, path: content/pages, kind: page}}
  articles: {{use: markdown, path: content/articles, kind: article}}

# Where it is published to. Local files to begin with; each channel has its own page in the docs.
channels:
  files: {{use: json, path: public}}
  feed: {{use: jsonfeed, path: public/feed.json, kinds: [article]}}
"""
ARTICLE = """\
---
title: A first article
published_at: 2026-01-01
---

This is *Markdown*. Change it, then run `leopard plan` and `leopard sync`.
"""
PAGE = """\
title: About us
blocks:
  - type: text
    text: A page is a list of blocks.
"""
IGNORED = ".leopard/\npublic/\n"


@command(["leopard init my-site", "cd my-site && leopard sync"])
@click.argument("folder", metavar="DIR")
def init(folder: str) -> int:
    """Begin a new content project in DIR, ready for an editor that checks leopard.yaml."""
    root = Path(folder)
    if (root / FILE).exists():
        raise ConfigError(f"{root / FILE} exists already", hint="choose another folder")
    title = root.resolve().name.replace("-", " ").replace("_", " ").strip().capitalize() or "My site"
    files = {
        FILE: CONFIGURATION.format(title=json.dumps(title), id=uuid4()),
        "leopard.schema.json": json.dumps(of_configuration(), indent=2) + "\n",
        "content/articles/first.md": ARTICLE,
        "content/pages/about.yaml": PAGE,
        ".gitignore": IGNORED,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(text, encoding="utf-8")
    go = f"cd {quote(str(root))} && " if root.name else ""
    click.echo(f"Made {root if root.name else root.resolve().name}. Next: {go}leopard sync")
    return 0


def bundled() -> Path:
    """The example project: beside the package once installed, in its folder of a checkout."""
    installed = Path(pipeline.__file__).parent / "example"
    return installed if installed.is_dir() else Path(pipeline.__file__).parents[1] / "examples" / "leopards"


@command(["leopard demo", "leopard demo my-demo", "leopard demo --serve"])
@click.argument("folder", metavar="[DIR]", default="leopard-demo")
@click.option("--serve", "go_on", is_flag=True, help="Go on with the dashboard until it is interrupted.")
def demo(folder: str, go_on: bool) -> int:
    """Publish the bundled leopard project to local channels in DIR, and link them on one page."""
    root = Path(folder)
    if root.exists() and any(root.iterdir()) and not (root / FILE).exists():
        raise ConfigError(
            f"{root} is not empty and is no project", hint="name another folder: leopard demo DIR"
        )
    if not (root / FILE).exists():
        ignored = shutil.ignore_patterns(".leopard", "public", "__pycache__", "*.py")
        shutil.copytree(bundled(), root, ignore=ignored, dirs_exist_ok=True)
    project = load(root.resolve())
    with ledger_of(project) as ledger:
        with progress() as tell:
            report = Sync(project, ledger, tell).run()
        page = write_page(project, ledger)
        print_report(report)
        _tell(root, page, served=go_on)
        if go_on:
            from pipeline.cli.serve import PORT, answer_until_stopped
            from pipeline.web.server import listen

            try:
                socket = listen("127.0.0.1", PORT)
            except ConfigError:  # taken
                socket = listen("127.0.0.1", 0)
            with socket:
                answer_until_stopped(project, ledger, socket)
    return status_of(report.problems)


def _tell(root: Path, page: Path, *, served: bool) -> None:
    click.echo(f"\nThe project is in {root}; its content is in {root}/content.")
    click.echo(f"Change a file, then: leopard -C {root} plan; leopard -C {root} sync")
    if not served:
        click.echo(f"With a dashboard: leopard demo {root} --serve")
    click.echo(f"Everything that was published is linked on one page: open {root / page.name} in a browser.")
