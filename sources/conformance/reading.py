"""
What every source keeps, as tests: inherit from SourceConformance and give it a source to try.

    class TestYaml(SourceConformance):
        @pytest.fixture
        def source(self, tmp_path):
            (tmp_path / "pages").mkdir()
            (tmp_path / "pages" / "leopards.yaml").write_text("title: Leopards\\n")
            site = Site(title="Site", url="https://example.org", languages=["en"])
            return YamlSource(YamlSource.Options(path="pages"), SourceContext(tmp_path, site))

The source must give at least one record and no problem. The tests change and remove its files.
"""

import inspect
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import ValidationError

from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import COMPLETE, Input, Line, Outcome, Raw, Source

T = TypeVar("T")


def drain(stream: Generator[T, None, Outcome]) -> tuple[list[T], Outcome]:
    """Everything that a listing or a reading yields, and what it returns."""
    found: list[T] = []
    while True:
        try:
            found.append(next(stream))
        except StopIteration as end:
            return found, end.value


def read_all(source: Source) -> tuple[list[Raw], list[Problem], Outcome]:
    """Every record and every problem of a source, and how complete that is."""
    parts, outcome = drain(source.inputs())
    found: list[Any] = [part for part in parts if isinstance(part, Problem)]
    for part in parts:
        if isinstance(part, Input):
            more, end = drain(source.read(part))
            found, outcome = [*found, *more], outcome.worst(end)
    records = [one for one in found if isinstance(one, Raw)]
    return records, [one for one in found if isinstance(one, Problem)], outcome


class SourceConformance:
    """The suite. A subclass gives the fixture `source`, and others where these do not fit."""

    @pytest.fixture
    def source(self) -> Source:
        raise NotImplementedError("give a fixture `source`")

    @pytest.fixture
    def file(self, source: Source) -> Path:
        """A file that the first input is read from."""
        return source.context.root / self.parts(source)[0].name

    @pytest.fixture
    def missing(self, source: Source) -> Source:
        """The same source where there is nothing to be found."""
        options = source.options.model_copy(update={"path": "no/such/place"})
        return type(source)(options, source.context)

    @pytest.fixture
    def broken(self, source: Source, file: Path) -> Source:
        """The same source where one input cannot be understood."""
        file.write_bytes(b"title: \xff\xfe\xfd\n")
        return source

    def parts(self, source: Source) -> list[Input]:
        return [part for part in drain(source.inputs())[0] if isinstance(part, Input)]

    # What it says of itself

    def test_each_option_is_described(self, source: Source) -> None:
        for name, option in source.Options.model_fields.items():
            assert option.description, f"the option {name} lacks a description"

    def test_an_unknown_option_is_refused(self, source: Source) -> None:
        with pytest.raises(ValidationError):
            source.Options.model_validate({**source.options.model_dump(), "no_such_option": 1})

    # What it gives

    def test_gives_records_and_says_that_they_are_all(self, source: Source) -> None:
        records, problems, outcome = read_all(source)
        assert records
        assert not problems
        assert outcome == COMPLETE

    def test_inputs_have_names_of_their_own(self, source: Source) -> None:
        names = [part.name for part in self.parts(source)]
        assert len(names) == len(set(names))

    def test_gives_the_same_again_in_the_same_order(self, source: Source) -> None:
        assert self.parts(source) == self.parts(source)
        assert read_all(source) == read_all(source)

    def test_listing_and_reading_are_lazy(self, source: Source) -> None:
        assert inspect.isgenerator(source.inputs())
        for part in self.parts(source):
            reading = source.read(part)
            assert inspect.isgenerator(reading)
            assert inspect.getgeneratorstate(reading) == inspect.GEN_CREATED

    def test_only_what_is_known_is_left_out(self, source: Source) -> None:
        for part in self.parts(source):
            met = set[bytes]()

            def unknown(lines: Sequence[Line], at: int, met: set[bytes] = met) -> int:
                met.update(line.digest for line in lines[at : at + 1])
                return 0

            found = drain(source.read_unknown(part, unknown))
            assert found == drain(source.read(part))
            if met:
                assert {raw.digest for raw in found[0] if isinstance(raw, Raw)} <= met
                assert drain(source.read_unknown(part, lambda lines, at: len(lines) - at)) == ([], COMPLETE)

    def test_names_are_the_paths_of_keys(self, source: Source) -> None:
        for raw in read_all(source)[0]:
            assert raw.name
            assert not raw.name.startswith("/")
            assert ".." not in raw.name.split("/")

    # Where it says things are

    def test_each_record_comes_from_a_place_that_exists(self, source: Source) -> None:
        for raw in read_all(source)[0]:
            self.check_place(source, raw.origin)

    def test_each_field_is_found_in_its_file(self, source: Source) -> None:
        for raw in read_all(source)[0]:
            for path in _paths(raw.data):
                place = source.locate(raw.origin, path)
                assert place.path == raw.origin.path
                self.check_place(source, place)

    def test_a_field_that_is_not_there_is_placed_at_its_record(self, source: Source) -> None:
        for raw in read_all(source)[0]:
            place = source.locate(raw.origin, ("no_such_field", 3, "inside"))
            assert (place.path, place.line) == (raw.origin.path, raw.origin.line)

    def check_place(self, source: Source, place: Origin) -> None:
        """A line and column that are in the file."""
        lines = (source.context.root / place.path).read_bytes().splitlines()
        if place.line is not None:
            assert 1 <= place.line <= len(lines)
            assert place.column is None or 1 <= place.column <= len(lines[place.line - 1]) + 1

    # What changes

    def test_a_changed_file_has_another_fingerprint(self, source: Source, file: Path) -> None:
        before = self.parts(source)[0]
        file.write_bytes(file.read_bytes() + b"\n")
        after = self.parts(source)[0]
        assert before.fingerprint is not None
        assert after.name == before.name
        assert after.fingerprint != before.fingerprint

    # What goes wrong

    tells_its_end = False
    """Whether an input of this kind whose end is missing can always be told from a whole one."""

    def test_an_input_that_is_cut_anywhere(self, source: Source, file: Path) -> None:
        """What is taken for complete has no problem, and is not less where the format tells its end."""
        whole, data = read_all(source)[0], file.read_bytes()
        for end in range(0, len(data), max(1, len(data) // 500)):
            file.write_bytes(data[:end])
            records, problems, outcome = read_all(source)
            assert outcome.state != "complete" or not problems, f"cut at byte {end}"
            if self.tells_its_end and outcome.state == "complete":
                assert records == whole, f"cut at byte {end}"

    def test_nothing_to_be_found_is_a_failure_and_not_emptiness(self, missing: Source) -> None:
        records, problems, outcome = read_all(missing)
        assert not records
        assert problems
        assert outcome.state == "failed"
        assert outcome.reason

    def test_what_cannot_be_understood_is_a_problem_with_its_place(self, broken: Source) -> None:
        _, problems, outcome = read_all(broken)
        assert outcome.state != "complete"
        assert outcome.reason
        for problem in problems:
            assert problem.origin is not None
            self.check_place(broken, problem.origin)

    def test_what_vanishes_before_it_is_read_is_not_taken_for_empty(self, source: Source, file: Path) -> None:
        part = self.parts(source)[0]
        file.unlink()
        found, outcome = drain(source.read(part))
        assert outcome.state != "complete"
        assert any(isinstance(one, Problem) for one in found)


def _paths(value: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield (*path, name)
        yield from _paths(one, (*path, name))
