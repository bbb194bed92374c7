"""What has been found in a captured page so far: blocks, the records they name, problems, and their lines."""

from dataclasses import dataclass, field
from typing import Any

from slugify import slugify

from schemas.problems import Origin, Problem, Severity
from schemas.record import Path
from sources.common.page.parts import Credit, Line, claim, figure_of, person_of, unquoted

HEADED = ("text", "statistics", "teasers", "key_message")
"""Types of block that a heading above them belongs to."""

FIGURE_HINT = (
    "a drawn or animated figure is not copied: write it on the line above, such as `at least 200`; "
    "if none belongs there, end the line with a full stop"
)


@dataclass(frozen=True)
class Found:
    """The data of a record or block, the line it starts on, and the lines of the values inside it."""

    data: dict[str, Any]
    line: int
    lines: dict[Path, int] = field(default_factory=dict)


def slug_of(text: str) -> str:
    """The words as a part of a key; empty if nothing of them can be."""
    return str(slugify(text, max_length=80, word_boundary=True))


def _plain(text: str) -> dict[str, str]:
    return {"format": "text", "text": text}


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


class Draft:
    """A page in the making. `name` is the page's, `path` the file's as it is shown."""

    def __init__(self, path: str, name: str) -> None:
        self.path = path
        self.name = "/".join(filter(None, map(slug_of, name.split("/")))) or "page"
        self.blocks: list[Found] = []
        self.others: dict[str, Found] = {}
        self.problems: list[Problem] = []
        self.seen: set[str] = set()
        self.in_figures = False
        self._heading: Line | None = None
        self._rights: Line | None = None
        self._bare: list[Line] = []

    def mark(self, text: str) -> bool:
        """Remember a text. True if it was known already, so that it stands twice."""
        known = text in self.seen
        self.seen.add(text)
        return known

    def add(self, data: dict[str, Any], line: int, lines: dict[Path, int]) -> None:
        """Put a block below the others, under the heading that waits for one."""
        self.in_figures = data["type"] == "statistics"
        lines = dict(lines)
        if self._heading and data["type"] in HEADED:
            data, lines[("heading",)] = {**data, "heading": self._heading.text}, self._heading.number
            self._heading = None
        self.heading(None)
        self.blocks.append(Found(_filled(data), line, lines))

    def add_item(self, kind: str, item: dict[str, Any], lines: dict[Path, int]) -> None:
        """Put an item into the block above if it is of this type, else into a new one."""
        if self._heading or not self.blocks or self.blocks[-1].data["type"] != kind:
            self.add({"type": kind, "items": []}, lines[()], {})
        self.in_figures = kind == "statistics"
        block = self.blocks[-1]
        at = len(block.data["items"])
        block.data["items"].append(_filled(item))
        block.lines.update({("items", at, *path): line for path, line in lines.items()})

    def heading(self, line: Line | None) -> None:
        """Keep a heading for the block that comes next; one that waits in vain is unplaced."""
        if self._heading:
            self.unplaced(self._heading)
        self._heading = line

    def rights(self, line: Line) -> bool:
        """Take the notice that says whose the page is. False if there is one."""
        if self._rights is None:
            self._rights = line
        return self._rights is line

    def asset(self, line: Line, name: str | None = None) -> str:
        """The key of the image that this line credits; `name` is by default made of its caption."""
        self.seen.add(line.text)
        shown = line.picture
        credit = shown.words if shown else line.credit or Credit("", line.text, None, None)
        own = name or slug_of(credit.caption) or slug_of(credit.credit or "") or slug_of(line.text)
        key = f"asset:{self.name}/{own or 'image'}"
        while key in self.others:
            key += "-again"
        words: dict[str, Any] = {"alt": credit.caption, "caption": credit.caption}
        if shown is not None:
            words = {"alt": shown.alt or None, "caption": credit.caption or None, "url": shown.url}
        if not credit.caption and not words["alt"]:
            words = {"title": credit.credit or line.text, "url": words.get("url")}
        owners = {"credit": credit.credit, "photographer": credit.photographer, "agency": credit.agency}
        self.others[key] = Found(_filled({"kind": "asset", "key": key, **words, **owners}), line.number)
        return key

    def quote(self, line: Line, words: list[Line]) -> None:
        """What the person that `line` names has said."""
        person, text = person_of(line.text), "\n\n".join(one.text for one in words)
        again = self.mark(f"{line.text}\n{text}")
        self.seen |= {line.text, *(one.text for one in words)}
        if person is None or again:
            return
        key = f"person:{slug_of(f'{person.given} {person.family}')}"
        record = {"kind": "person", "key": key, "given": person.given, "family": person.family}
        self.others.setdefault(key, Found(_filled({**record, "role": person.role}), line.number))
        lines: dict[Path, int] = {("text",): words[0].number}
        lines |= {(name,): line.number for name in ("person", "name", "role")}
        data = {"type": "quote", "text": unquoted(text) or text, "person": key, "name": person.name}
        self.add({**data, "role": person.role}, min(line.number, words[0].number), lines)

    def topic(self, title: Line, words: list[Line], label: Line | None) -> None:
        """A topic, and the teaser that leads to it."""
        key, text = f"topic:{slug_of(title.text)}", "\n\n".join(one.text for one in words)
        if self.mark(f"{key}\n{text}"):
            return
        record = {"kind": "topic", "key": key, "title": title.text, "body": _plain(text)}
        self.others.setdefault(key, Found(record, title.number, {("body",): words[0].number}))
        lines: dict[Path, int] = {(): title.number, ("text",): words[0].number}
        if label:
            lines[("label",)] = label.number
        item = {"title": title.text, "text": text, "link": key, "label": label.text if label else None}
        if title.picture is not None:
            item["image"], lines[("image",)] = self.asset(title), title.number
        self.add_item("teasers", item, lines)

    def statistic(self, line: Line, statement: str, below: Line) -> None:
        """The figure at the start of `line` and its statement, which ends on the line `below`."""
        found = figure_of(line.text)
        if found is None or self.mark(f"{line.text}\n{statement}"):
            return
        if not statement:
            hint = "write on the line below the figure what it counts"
            self.problem(
                "no_statement", f'the figure "{line.text}" stands alone, so it is left out', line, hint
            )
        elif found.figure is None:
            hint = (
                "write it as 4,000 or 221–450 or 90%, with at most one word such as `approximately` before it"
            )
            whole = f'{line.text}" / "{below.text}' if below is not line else line.text
            message = f'the figure in "{whole}" cannot be read, so this is left out of the page'
            self.problem("figure", message, line, hint)
        else:
            self.seen.add(statement)
            lines: dict[Path, int] = {(): line.number, ("statement",): below.number}
            lines[("unit",)] = line.number if found.rest else below.number
            self.add_item("statistics", claim(found, statement), lines)
        self.in_figures = True

    def without_figure(self, line: Line) -> None:
        """A statement whose figure is missing, unless it stands with it somewhere else."""
        self._bare.append(line)
        self.in_figures = True

    def text(self, line: Line) -> None:
        """A paragraph; the first is the lead."""
        first = not any(block.data["type"] == "text" for block in self.blocks)
        lead = {"lead": True} if first else {}
        self.seen.add(line.text)
        rich = {"format": "html", "text": line.html} if line.html else _plain(line.text)
        self.add({"type": "text", "text": rich, **lead}, line.number, {})

    def unplaced(self, line: Line) -> None:
        """A line that is no part of a page that we know."""
        if self.mark(f"unplaced\n{line.text}"):
            return
        hint = "take it out of the capture, or make it a sentence with a full stop if it belongs to the text"
        self.problem("unplaced", f'"{line.text}" has no place in the page and is left out', line, hint)

    def problem(
        self, code: str, message: str, line: Line | None, hint: str, severity: Severity = "warning"
    ) -> None:
        origin = Origin(path=self.path, line=line.number if line else None)
        excerpt = line.raw if line else None
        self.problems.append(
            Problem(
                code=f"capture.{code}",
                message=message,
                severity=severity,
                origin=origin,
                hint=hint,
                excerpt=excerpt,
            )
        )

    def finish(self) -> None:
        """Say what is still open: a heading without a block, statements that never got a figure."""
        self.heading(None)
        for line in self._bare:
            if not self.mark(line.text):
                message = f'"{line.text}" stands without its figure, so it is left out of the page'
                self.problem("no_figure", message, line, FIGURE_HINT)

    def page(self, title: tuple[str, int]) -> Found:
        """The whole page under `title` (its words and its line)."""
        topics = [key for key in self.others if key.startswith("topic:")]
        data: dict[str, Any] = {
            "kind": "page",
            "title": title[0],
            "blocks": [one.data for one in self.blocks],
        }
        lines: dict[Path, int] = {("title",): title[1]}
        lines |= {("topics", at): self.others[key].line for at, key in enumerate(topics)}
        for at, block in enumerate(self.blocks):
            lines[("blocks", at)] = block.line
            lines |= {("blocks", at, *path): line for path, line in block.lines.items()}
        if topics:
            data["topics"] = topics
        if self.blocks and self.blocks[0].data["type"] == "hero" and "image" in self.blocks[0].data:
            data["image"], lines[("image",)] = self.blocks[0].data["image"], self.blocks[0].lines[("image",)]
        if self._rights:
            data["rights"], lines[("rights",)] = {"statement": self._rights.text}, self._rights.number
        return Found(data, title[1], lines)
