"""The page that a demo opens with: every file that its channels have written, and one page of its content."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import quote

from exporters.common.folder import FolderExporter
from pipeline.cli.demo_story import picture, story
from pipeline.cli.demo_style import STYLE
from pipeline.cli.demo_words import GROUPS, OTHERS, WORDS
from pipeline.config import FILE, Project
from pipeline.ledger import Entry, Ledger

FEW = 3
SHOWN = 1_200
"""Characters of a file that are shown."""
FOOT = """Made by <code>leopard demo</code>. Change a file below <code>content</code>:
<code>leopard plan</code> shows what that would change here, and <code>leopard sync</code> does it."""
INTRO = """This is the example project, as Leopard has published it. Its content is written once,
in the folder <code>content</code>; everything below is made of it."""
READABLE = {".json", ".jsonld", ".xml", ".rdf", ".bib", ".ris", ".csv", ".md"}


@dataclass
class Output:
    """What one channel holds now."""

    name: str
    uses: str
    title: str
    told: str
    records: Counter[str] = field(default_factory=Counter)
    """How many, by language."""
    files: list[Path] = field(default_factory=list)
    """Documents, then the files of single records."""
    first: int = FEW
    """How many of them are linked at once; the others are shown when they are asked for."""


@dataclass(frozen=True)
class Reading:
    """A page of the content, and where that to which it leads lies here."""

    page: Entry
    places: dict[str, str]

    def local(self, address: str) -> str:
        return self.places.get(address, address)


def write_page(project: Project, ledger: Ledger) -> Path:
    """Write `index.html` into the project's folder and return its path. Raises OSError."""
    outputs = [_output(project, ledger, name) for name in project.channels]
    title, reading = escape(project.site.title), _reading(project, ledger)
    text = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}: what was published</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#outputs">To what was published</a>\n{_cover(project, outputs, reading)}'
        '<main>\n<section id="outputs" aria-labelledby="outputs-title">\n'
        f'<h2 id="outputs-title">What was published</h2>\n{_groups(project.root, outputs)}</section>\n'
        f"{_shown(reading) if reading else ''}</main>\n<footer>{FOOT}</footer>\n</body>\n</html>\n"
    )
    path = project.root / "index.html"
    path.write_text(text, encoding="utf-8")
    return path


def _output(project: Project, ledger: Ledger, name: str) -> Output:
    exporter = project.channels[name]
    first_line = (type(exporter).__doc__ or "").strip().partition("\n")[0]
    made = Output(name, exporter.name, *WORDS.get(exporter.name, (name, first_line)))
    folder = exporter.folder if isinstance(exporter, FolderExporter) else project.root
    documents = sorted((one.path for one in ledger.pages.documents(name)), key=lambda path: (len(path), path))
    paths = [folder / path for path in documents]
    for entry in ledger.pages.all(name, newest_first=True):
        if isinstance(exporter, FolderExporter):
            paths += [folder / one for one in exporter.files_of(entry.remote)]
            paths.append(folder / (entry.url or "").removeprefix(exporter.address("")))
        if entry.kind != "asset" and "left_out" not in entry.fields:
            made.records[entry.locale] += 1
    made.files = [path for path in dict.fromkeys(paths) if path.is_file()]
    made.first = min(FEW, len(documents) or FEW)
    return made


def _cover(project: Project, outputs: list[Output], reading: Reading | None) -> str:
    counts = {
        "channels": len(outputs),
        "files": sum(len(one.files) for one in outputs),
        "languages": len(project.site.languages),
    }
    numbers = "".join(f"<li><strong>{count:,}</strong> {word}</li>" for word, count in counts.items())
    to_page = '<li><a href="#page">A page of the content</a></li>' if reading else ""
    return (
        f'<header>\n<div class="cover">\n<div>\n<h1>{escape(project.site.title)}</h1>\n'
        f'<p>{INTRO}</p>\n<ul class="numbers">{numbers}</ul>\n'
        f'<nav aria-label="On this page"><ul><li><a href="#outputs">What was published</a></li>{to_page}'
        f'<li><a href="{FILE}">{FILE}</a></li></ul></nav>\n</div>\n{_look(reading) if reading else ""}'
        "</div>\n</header>\n"
    )


def _look(reading: Reading) -> str:
    """The image of the page, which leads to it."""
    image = reading.page.fields.get("image") or {}
    if not image.get("url"):
        return ""
    shown = picture({**image, "decorative": True}, reading.local)
    credit = f" <small>Picture: {escape(image['credit'])}</small>" if image.get("credit") else ""
    title = escape(reading.page.title)
    return f'<figure><a href="#page">{shown}{title}: a page of the content</a>{credit}</figure>\n'


def _groups(root: Path, outputs: list[Output]) -> str:
    known = {uses for _, group in GROUPS for uses in group}
    rest = tuple(dict.fromkeys(one.uses for one in outputs if one.uses not in known))
    made = ""
    for title, group in (*GROUPS, (OTHERS, rest)):
        cards = "".join(_card(root, one) for one in outputs if one.uses in group)
        if cards:
            made += (
                f'<section class="group">\n<h3>{title}</h3>\n<ul class="cards">\n{cards}</ul>\n</section>\n'
            )
    return made


def _card(root: Path, one: Output) -> str:
    total = sum(one.records.values())
    languages = ", ".join(f"{count} {tag}" for tag, count in sorted(one.records.items()))
    count = f"{total} record{'' if total == 1 else 's'} ({languages})" if total else "no records"
    first, others = one.files[: one.first], one.files[one.first :]
    more = (
        f"<details><summary>{len(others)} more files</summary>{_links(root, others)}</details>"
        if others
        else ""
    )
    return (
        f'<li>\n<h4>{escape(one.title)}</h4>\n<p class="count">Channel <code>{escape(one.name)}</code>, '
        f"{count}</p>\n<p>{escape(one.told)}</p>\n{_links(root, first)}{more}{_beginning(one)}</li>\n"
    )


def _links(root: Path, paths: Iterable[Path]) -> str:
    items = "".join(
        f'<li><a href="{_href(root, path)}">{escape(path.relative_to(root).as_posix())}</a> '
        f"<small>{_size(path.stat().st_size)}</small></li>"
        for path in paths
    )
    return f'<ul class="files">{items}</ul>'


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} KB"


def _href(root: Path, path: Path) -> str:
    return quote(Path(os.path.relpath(path, root)).as_posix())


def _beginning(one: Output) -> str:
    """How the first readable file begins."""
    path = next((path for path in one.files if path.suffix in READABLE), None)
    if path is None:
        return ""
    with path.open(encoding="utf-8-sig", newline=None) as file:
        text = file.read(SHOWN + 1)
    text = text if len(text) <= SHOWN else f"{text[:SHOWN]} …"
    told = f"How <code>{escape(path.name)}</code> begins"
    return f'<details><summary>{told}</summary><pre tabindex="0">{escape(text)}</pre></details>\n'


def _reading(project: Project, ledger: Ledger) -> Reading | None:
    """The first page in the site's first language that a channel `json` holds."""
    locale = project.site.default_locale
    for name, exporter in project.channels.items():
        if isinstance(exporter, FolderExporter) and exporter.name == "json":
            held = list(ledger.pages.all(name))
            page = next((one for one in held if one.kind == "page" and one.locale == locale), None)
            if page:
                return Reading(page, _places(project, exporter, held))
    return None


def _places(project: Project, exporter: FolderExporter, held: Iterable[Entry]) -> dict[str, str]:
    """Where each record lies by address and by key, and each image's bytes by their address."""
    places: dict[str, str] = {}
    for entry in held:
        path = exporter.folder / (entry.fields.get("file") or entry.remote_id)
        here = _href(project.root, path)
        places[str(entry.fields.get("url"))] = here
        if entry.locale == project.site.default_locale:
            places[entry.key] = here
    return places


def _shown(reading: Reading) -> str:
    return (
        f'<section id="page" aria-labelledby="page-title">\n<h2 id="page-title">A page of the content</h2>\n'
        f"<p>{escape(reading.page.title)}, as a website could show it, made from the channel of JSON files. "
        "There is no website here, so links to other records lead to their files.</p>\n"
        f"{story(reading.page.fields, reading.local)}</section>\n"
    )
