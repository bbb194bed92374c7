"""What is to be reached, by row of the table, and what was."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.harness.results import Results

Value = Callable[[Results], float | None]


@dataclass(frozen=True)
class Goal:
    """One goal of a work: `value` of the results has to be at most (or at least) `bound`."""

    work: str
    says: str
    bound: float
    value: Value
    unit: str = "×"
    at_least: bool = False

    def is_reached(self, found: float) -> bool:
        return found >= self.bound if self.at_least else found <= self.bound


def ratio(work: str, size: int, name: str, to: str, what: str = "cpu") -> Value:
    return lambda results: results.ratio(work, size, name, to, what)


def of(work: str, size: int, name: str, what: str) -> Value:
    return lambda results: results.middle(work, size, name, what)


def of_own_build(size: int) -> Value:
    def value(results: Results) -> float | None:
        part, whole = results.middle("C", size, "leopard", "cpu"), results.middle("A", size, "leopard", "cpu")
        return part / whole if part and whole else None

    return value


def _goals() -> list[Goal]:
    found: list[Goal] = []
    for size in (10_000, 100_000):
        told = f"{size:,} documents"
        found += [
            Goal("A", f"{told}: CPU, of the floor's", 1.4, ratio("A", size, "leopard", "floor")),
            Goal("A", f"{told}: CPU, of Hugo's", 1.0, ratio("A", size, "leopard", "hugo")),
            Goal(
                "A",
                f"{told}: wall with two processes, of Hugo's",
                0.6,
                ratio("A", size, "leopard, processes", "hugo", "wall"),
            ),
        ]
    found += [
        Goal("B", "10,000 documents: the whole command, wall", 0.35, of("B", 10_000, "leopard", "wall"), "s"),
        Goal(
            "B",
            "100,000 documents: CPU of the whole command, imports included, of `git status`",
            3.0,
            ratio("B", 100_000, "leopard", "git status"),
        ),
        *(
            Goal("B", f"{size:,} documents: {told}", 0.0, of("B", size, "imports", what), "")
            for size in (10_000, 100_000)
            for what, told in (("opened", "content files opened"), ("called", "calls to others"))
        ),
        *(
            Goal("C", f"{size:,} documents: CPU, of its own full build", 0.15, of_own_build(size))
            for size in (10_000, 100_000)
        ),
    ]
    for delay, share in ((20, 0.85), (100, 0.93)):
        rate = of("D", delay, "leopard", "of_wrk")
        found.append(Goal("D", f"{delay} ms: rate, of wrk's", share, rate, at_least=True))
        cpu = of("D", delay, "leopard", "cpu_ms")
        found.append(Goal("D", f"{delay} ms: CPU a record", 1.0, cpu, "ms"))
    return [
        *found,
        *(
            Goal("E", f"100,000 documents: largest process, {who}", 120, of("A", 100_000, who, "rss"), "MiB")
            for who in ("leopard", "leopard, processes")
        ),
        Goal("E", "1,000,000 small records", 300, of("E", 1_000_000, "leopard", "rss"), "MiB"),
        Goal("F", "1,000,000 records: CPU, of the join's", 3.0, ratio("F", 1_000_000, "plan", "join")),
        Goal("F", "1,000,000 records: memory, of that of 100,000", 1.5, _growth),
    ]


def _growth(results: Results) -> float | None:
    few, many = (results.middle("F", size, "plan", "rss") for size in (100_000, 1_000_000))
    return many / few if few and many else None


GOALS = _goals()
