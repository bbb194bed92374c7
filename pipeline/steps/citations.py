"""Citations made from a report's fields. Not a step itself."""

import re

from schemas.agents import Contributor, Organisation
from schemas.report import Report


def suggested_citation(report: Report, publisher: Organisation | None = None) -> str:
    """`Nowell, K., Li, J. (2016). Title: Subtitle. Series 4. Publisher, Place. ISBN 978-…`

    The names of the contributors have to be filled in before.
    """
    title = report.title + (f": {report.subtitle}" if report.subtitle else "")
    series = report.series and " ".join(part for part in (report.series.title, report.series.number) if part)
    place = report.publication_place or (publisher.place if publisher else None)
    issued_by = ", ".join(part for part in (publisher.name if publisher else None, place) if part)
    sentences = (
        f"{_names(report)} ({report.issued[:4]})",
        title + (f" ({report.edition})" if report.edition else ""),
        series or "",
        issued_by,
        f"ISBN {report.isbn[0]}" if report.isbn else "",
    )
    text = " ".join(_sentence(part) for part in sentences if part)
    return f"{text} https://doi.org/{report.doi}" if report.doi else text


def short_citation(names: list[str], report: Report) -> str:
    """`(TRAFFIC, 2016)`, `(Nowell & Li, 2016)`, `(Nowell et al., 2016)`; without names the title."""
    who = f"{names[0]} et al." if len(names) > 2 else " & ".join(names)
    return f"({who or report.title}, {report.issued[:4]})"


def authors(report: Report) -> list[Contributor]:
    """Those who stand for the work: its authors, else its editors, else everybody."""
    for role in ("author", "editor"):
        if found := [person for person in report.authors if person.role == role]:
            return found
    return list(report.authors)


def _names(report: Report) -> str:
    people = authors(report)
    names = ", ".join(_inverted(person) for person in people)
    if people[0].role != "editor":
        return names
    return f"{names} ({'Ed.' if len(people) == 1 else 'Eds.'})"


def _inverted(person: Contributor) -> str:
    if not person.family:
        return person.display
    return ", ".join(part for part in (person.family, _initials(person.given or "")) if part)


def _initials(given: str) -> str:
    """`Jean-Paul Émile` → `J.-P.É.`"""
    words = [word.split("-") for word in re.split(r"[\s.]+", given) if word]
    return "".join("-".join(f"{part[0]}." for part in word if part) for word in words)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
