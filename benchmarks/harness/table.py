"""The table: rows of what was measured, for a terminal and for a page."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from benchmarks.harness.contestants import contestants
from benchmarks.harness.goals import GOALS
from benchmarks.harness.results import Results

WORKS = {
    "A": "Full build",
    "B": "Nothing changed",
    "C": "1 % changed",
    "D": "Push",
    "E": "Small records, and memory",
    "F": "Planning against a full ledger",
}
YARDSTICK = {"A": "floor", "B": "git status", "C": "leopard", "E": "floor", "F": "join"}
HEAD = ("contestant", "rounds", "CPU s", "÷ yardstick", "wall s", "÷ yardstick", "peak MiB", "")
PUSH = ("contestant", "rounds", "records a second", "of wrk", "CPU ms a record", "")
Row = tuple[str, ...]


def says() -> dict[str, str]:
    """By contestant, what has to be known of it, its version first."""
    about = {one.name: ", ".join(filter(None, (one.version, one.says))) for one in contestants()}
    return about | {
        "join": "SQLite joins what is wanted with the ledger's own table",
        "plan": "planning without reading; memory is that of the whole process",
        "plan, 1 % changed": "the same, where one record of a hundred is another one",
    }


def rows(results: Results, work: str, size: int) -> list[Row]:
    """A row for each contestant of a work at one size, the yardstick's 1.00."""
    lines = results.of(work, size)
    names = dict.fromkeys(one["contestant"] for one in lines)
    about = says()
    if work == "D":
        return [_push_row(results, size, name) for name in names]
    return [_row(results, work, size, name, about.get(name, "")) for name in names]


def _row(results: Results, work: str, size: int, name: str, about: str) -> Row:
    if failure := results.failure(work, size, name):
        return (name, "", "", "", "", "", "", failure)
    cpu, wall = (results.values(work, size, name, what) for what in ("cpu", "wall"))
    ratio = {what: results.ratio(work, size, name, YARDSTICK[work], what) for what in ("cpu", "wall")}
    rss = results.middle(work, size, name, "rss")
    return (
        name,
        str(len(cpu)),
        spread(cpu.values()),
        number(ratio["cpu"]),
        spread(wall.values()),
        number(ratio["wall"]),
        "" if rss is None else f"{rss:.0f}",
        about,
    )


def _push_row(results: Results, delay: int, name: str) -> Row:
    if failure := next((one["failed"] for one in results.of("D", delay, name) if "failed" in one), None):
        return (name, "", "", "", "", failure)
    rate, cpu = (results.values("D", delay, name, what) for what in ("rate", "cpu_ms"))
    version = next((one.get("version") or "" for one in results.of("D", delay, name)), "")
    share = number(results.middle("D", delay, name, "of_wrk"))
    spent = f"{median(cpu.values()):.2f}" if cpu else ""
    return (name, str(len(rate)), f"{median(rate.values()):.0f}", share, spent, version)


def spread(values: Iterable[float]) -> str:
    """The median, and from where to where if there are several."""
    found = sorted(values)
    if not found:
        return ""
    middle = f"{median(found):.2f}"
    return middle if len(found) == 1 else f"{middle} ({found[0]:.2f}–{found[-1]:.2f})"


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def title(work: str, size: int) -> str:
    if not size:
        return f"{work}. {WORKS[work]}"
    what = "ms to answer" if work == "D" else "records" if work in "EF" else "documents"
    return f"{work}. {WORKS[work]}, {size:,} {what}"


def sections(results: Results) -> Iterator[tuple[str, str, Row, list[Row]]]:
    """Work, title, head and rows of every part of the table that there is."""
    for work in WORKS:
        for size in results.sizes(work):
            head = PUSH if work == "D" else HEAD
            yield work, title(work, size), head, rows(results, work, size)


def goal_rows(results: Results) -> list[Row]:
    """Work, goal, bound, what was measured, and whether it is reached."""
    found: list[Row] = []
    for goal in GOALS:
        value = goal.value(results)
        bound = f"{'≥' if goal.at_least else '≤'} {goal.bound:g}"
        if value is None:
            found.append((goal.work, goal.says, f"{bound} {goal.unit}".strip(), "", "not measured"))
            continue
        reached = "reached" if goal.is_reached(value) else "**not reached**"
        shown = f"{value:.2f}" if value % 1 else f"{value:g}"
        found.append((goal.work, goal.says, f"{bound} {goal.unit}".strip(), shown, reached))
    return found


GOAL_HEAD = ("work", "goal", "bound", "measured", "")


def in_markdown(head: Row, body: Sequence[Row]) -> str:
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def in_columns(head: Row, body: Sequence[Row]) -> str:
    """For a terminal; the last column may be as long as it likes."""
    widths = [max(len(line[at]) for line in (head, *body)) for at in range(len(head))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (head, *body)
    )
    return "\n".join(lines)


def whole(results: Results) -> str:
    """All of it, for a terminal."""
    parts = [f"{name}\n{in_columns(head, body)}" for _, name, head, body in sections(results)]
    return "\n\n".join([*parts, f"Goals\n{in_columns(GOAL_HEAD, goal_rows(results))}"])
