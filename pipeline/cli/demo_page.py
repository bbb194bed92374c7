"""The page that a demo opens with: every file that its channels have written, in one place."""

import html
from collections.abc import Iterator
from pathlib import Path

from pipeline.config import Project
from pipeline.ledger import Ledger

FEW = 12
"""Records of one channel that are linked; the rest is counted."""
STYLE = """
:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
code { font-size: .9em; } li { margin: .2rem 0; }
"""


def write_page(project: Project, ledger: Ledger) -> Path:
    """Write `index.html` into the project's folder and return its path. Raises OSError."""
    parts = [_channel(project, ledger, name) for name in project.channels]
    title = html.escape(project.site.title)
    text = (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}: what was published</title>\n<style>{STYLE}</style>\n"
        f"<h1>{title}</h1>\n<p>What each channel of this project holds now.</p>\n{''.join(parts)}</html>\n"
    )
    path = project.root / "index.html"
    path.write_text(text, encoding="utf-8")
    return path


def _channel(project: Project, ledger: Ledger, name: str) -> str:
    exporter = project.channels[name]
    told = (type(exporter).__doc__ or "").strip().partition("\n")[0]
    items = "".join(f"<li>{item}</li>\n" for item in _links(project, ledger, name))
    return (
        f"<h2>{html.escape(name)} <small><code>{html.escape(exporter.name)}</code></small></h2>\n"
        f"<p>{html.escape(told)}</p>\n<ul>\n{items}</ul>\n"
    )


def _links(project: Project, ledger: Ledger, name: str) -> Iterator[str]:
    """Documents first, then some of the records' own files."""
    folder = getattr(project.channels[name], "folder", project.root)
    for document in ledger.pages.documents(name):
        yield _link(project, folder / document.path)
    count = 0
    for entry in ledger.pages.all(name):
        path = folder / entry.remote_id
        if not path.is_file():
            continue
        count += 1
        if count <= FEW:
            yield f"{_link(project, path)} {html.escape(entry.title)}"
    if count > FEW:
        yield f"and {count - FEW} more files"


def _link(project: Project, path: Path) -> str:
    shown = html.escape(path.relative_to(project.root).as_posix())
    return f'<a href="{shown}">{shown}</a>'
