"""The benchmark's own parts: the same documents each time, honest tables, bounds that fail."""

import json
import sys
from hashlib import sha256

import pytest
import yaml

from benchmarks import corpus
from benchmarks.harness import page, quick, results, table
from benchmarks.harness.contestants import Contestant, contestants
from benchmarks.harness.ground import Ground
from benchmarks.harness.process import measure
from benchmarks.harness.results import Results
from benchmarks.harness.works import Asked, Works


def line(work="A", size=10_000, turn=0, name="leopard", **more):
    return {"work": work, "size": size, "round": turn, "contestant": name, **more}


def measured(cpu, wall=1.0, rss=50.0):
    return {"cpu": cpu, "wall": wall, "rss": rss}


# the corpus


def test_the_corpus_is_the_same_each_time():
    summed = sha256()
    for number in range(200):
        path, text = corpus.markdown(number)
        summed.update(path.encode() + text)
    assert summed.hexdigest() == "ef4256acaac896a57c131b4d2a03c1dc28491faa574a3b4a51227a61e8496585"


def test_a_small_corpus_is_the_beginning_of_a_large_one(tmp_path):
    corpus.write_documents(tmp_path / "few", 3)
    corpus.write_documents(tmp_path / "more", 20)
    few = {path.name: path.read_bytes() for path in (tmp_path / "few").rglob("*.md")}
    more = {path.name: path.read_bytes() for path in (tmp_path / "more").rglob("*.md")}
    assert len(few) == 3
    assert few.items() <= more.items()


def test_documents_have_the_size_that_is_said():
    texts = [corpus.markdown(number)[1] for number in range(500)]
    fronts = [text.index(b"\n---\n", 3) for text in texts]
    assert 5_000 < sum(map(len, texts)) / 500 < 5_500
    assert 1_700 < sum(fronts) / 500 < 2_000
    small = [json.dumps(corpus.small(number), ensure_ascii=False) for number in range(100)]
    assert 250 < sum(map(len, small)) / 100 < 350


def test_what_is_written_is_what_is_meant():
    for number in range(50):
        fields, body = corpus.document(number)
        text = corpus.markdown(number)[1].decode()
        _, front, rest = text.split("---\n", 2)
        assert yaml.safe_load(front) == fields
        assert rest == "\n" + body


def test_one_of_a_hundred_changes_each_time_another(tmp_path):
    corpus.write_documents(tmp_path, 1_500)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.md")}
    count = corpus.change(tmp_path, 1)
    first = {path for path, text in before.items() if path.read_bytes() != text}
    assert 5 <= count == len(first) <= 30
    now = {path: path.read_bytes() for path in before}
    corpus.change(tmp_path, 2)
    assert {path for path, text in now.items() if path.read_bytes() != text} != first


def test_leopard_validates_what_the_floor_does(with_plugin, root):
    with_plugin(root / "benchmarks" / "kinds")
    from schemas import plugins

    model = plugins.find("kinds", "document")
    fields, body = corpus.document(1)
    good = {**fields, "key": "document:a", "body": body}
    model.model_validate(good)
    for wrong in ({"year": "soon"}, {"url": "no address"}, {"publisher": 3}, {"pages": 4}):
        bad = json.loads(json.dumps(good))
        bad["statistics"][0]["source"] |= wrong
        with pytest.raises(ValueError, match="statistics"):
            model.model_validate(bad)


# measuring


@pytest.mark.parametrize(("way", "seconds"), [("run", 0.2), ("Popen", 0.4)])
def test_a_whole_process_is_measured_with_its_children(tmp_path, way, seconds):
    """Those it waits for, and those it leaves behind."""
    burn = f"import time\nwhile time.process_time() < {seconds}: pass"
    parent = f"import subprocess, sys; subprocess.{way}([sys.executable, '-c', {burn!r}])"
    found = measure([sys.executable, "-c", parent], tmp_path, tmp_path / "log")
    assert found.status == 0
    assert found.cpu >= seconds
    assert found.rss > 1


def test_a_process_is_stopped_at_its_limit(tmp_path):
    found = measure(
        [sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, tmp_path / "log", limit=0.3
    )
    assert found.status is None


# results


def test_results_are_kept_and_taken_up_again(tmp_path):
    path = tmp_path / "results.jsonl"
    first = Results(path, "abc")
    first.add(line(**measured(2.0)))
    first.add(line(name="floor", **measured(1.0)))
    Results(path, "other").add(line(**measured(9.0)))
    with path.open("a") as file:
        file.write('{"work": "A", "cut o')
    again = Results(path, "abc")
    assert again.has("A", 10_000, 0, ["leopard", "floor"])
    assert not again.has("A", 10_000, 1, ["leopard"])
    assert again.ratio("A", 10_000, "leopard", "floor") == 2.0


def test_ratios_are_of_the_same_round():
    found = Results(None, "abc")
    for turn, (ours, theirs) in enumerate([(2.0, 1.0), (30.0, 10.0), (8.0, 2.0)]):
        found.add(line(turn=turn, **measured(ours)))
        found.add(line(turn=turn, name="floor", **measured(theirs)))
    assert found.ratios("A", 10_000, "leopard", "floor") == [2.0, 3.0, 4.0]
    assert found.ratio("A", 10_000, "leopard", "floor") == 3.0


# the table


def test_the_table_names_what_is_missing():
    found = Results(None, "abc")
    found.add(line(name="floor", **measured(1.0)))
    found.add(line(name="hugo", failed="hugo is not installed"))
    shown = table.whole(found)
    assert "hugo is not installed" in shown
    assert "not measured" in shown


def test_who_is_not_installed_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr("benchmarks.harness.peers.PEERS", tmp_path)
    missing = {one.name: one.missing for one in contestants()}
    for name in ("dlt", "scrapy", "eleventy", "astro"):
        assert missing[name] == "not installed; run: make bench-peers"


def test_who_needs_more_memory_than_there_is_does_not_run():
    one = Contestant("glutton", "A", lambda ground: pytest.fail("it ran"), appetite=1 << 40)
    assert "memory" in one.refuses("A", 1_000)


def test_a_contestant_that_fails_is_named_with_its_words(scratch, tmp_path):
    found = Results(None, "abc")
    ground = Ground("documents", 2)
    ground.prepare()
    words = [sys.executable, "-c", "import sys; sys.exit('this engine is not known')"]
    command = type("Command", (), {"words": words, "folder": tmp_path, "more": {}, "fresh": ()})
    one = Contestant("odd", "A", lambda ground: command)
    Works(Asked(), found).round("A", ground, [one], 0)
    assert found.failure("A", 2, "odd") == "failed (1): this engine is not known"


@pytest.fixture
def scratch(monkeypatch, tmp_path):
    monkeypatch.setenv("LEOPARD_BENCH_SCRATCH", str(tmp_path))
    return tmp_path


def test_a_small_bench_of_documents_measures_everybody(scratch):
    found = Results(None, "abc")
    names = ("floor", "git status", "scan", "imports", "leopard")
    Works(Asked("ABC", sizes=(30,), rounds=1, only=names, keep=True), found).run()
    assert [(one["contestant"], one["failed"]) for one in found if "failed" in one] == []
    assert {(one["work"], one["contestant"]) for one in found} == {
        *(("A", "floor"), ("A", "leopard"), ("B", "git status"), ("B", "scan"), ("B", "imports")),
        *(("B", "leopard"), ("C", "leopard")),
    }
    assert found.middle("B", 30, "imports", "opened") == 0
    assert found.middle("B", 30, "imports", "called") == 0
    items = list((scratch / "documents-30" / "leopard" / "public" / "items" / "document").rglob("*.json"))
    assert len(items) == 30


def test_a_small_bench_of_small_records_measures_everybody(scratch):
    found = Results(None, "abc")
    Works(Asked("EF", small=(200,), rounds=1), found).run()
    assert [(one["contestant"], one["failed"]) for one in found if "failed" in one] == []
    assert found.middle("F", 200, "join", "changes") == found.middle("F", 200, "plan", "changes") == 0
    assert found.middle("F", 200, "plan, 1 % changed", "changes") == 2
    assert not (scratch / "small-200").exists()


def test_a_goal_says_whether_it_is_reached():
    found = Results(None, "abc")
    found.add(line(name="floor", **measured(1.0)))
    found.add(line(name="hugo", **measured(4.0)))
    found.add(line(**measured(2.0)))
    rows = {row[1]: row for row in table.goal_rows(found)}
    assert rows["10,000 documents: CPU, of the floor's"][3:] == ("2", "**not reached**")
    assert rows["10,000 documents: CPU, of Hugo's"][3:] == ("0.50", "reached")
    assert rows["100,000 documents: CPU, of the floor's"][4] == "not measured"


def test_the_page_has_the_reasons_below_the_work(monkeypatch, tmp_path):
    said = tmp_path / "reasons.md"
    said.write_text("# Why\n\n## A\n\nBecause it validates twice.\n\n## B\n\n")
    monkeypatch.setattr(page, "REASONS", said)
    found = Results(None, "abc")
    found.add(line(name="floor", at="2026-01-01 10:00", load=0.5, **measured(1.0)))
    text = page.text(found, {"machine": {"python": "3.11", "libraries": {"orjson": "3"}}})
    assert "Because it validates twice." in text.partition("## A. Full build")[2]
    assert "Leopard at abc" in text
    assert "orjson 3" in text


# the quick one


def fixed(cpu):
    """Every contestant takes the same, but Leopard, which takes `cpu` times as much."""
    found = Results(None, "quick")
    for work, size in (
        ("A", quick.DOCUMENTS),
        ("B", quick.DOCUMENTS),
        ("C", quick.DOCUMENTS),
        ("F", quick.PLANNED),
    ):
        for name in ("floor", "libraries", "imports", "join"):
            found.add(line(work, size, name=name, **measured(1.0)))
        for name in ("leopard", "plan"):
            found.add(line(work, size, name=name, **measured(cpu)))
    for name in ("leopard", "requests"):
        found.add(line("D", 20, name=name, of_wrk=0.9, rate=700.0, cpu_ms=1.0))
    found.add(line("D", 100, failed="nginx is not installed", name="all"))
    return found


BOUNDS = {check.name: 0.5 if check.at_least else 5.0 for check in quick.CHECKS}


def test_what_is_within_its_bounds_holds():
    tries = []
    lines, fine = quick.judged(lambda works: tries.append(works) or fixed(4.0), BOUNDS)
    assert fine
    assert tries == ["ABCDF"]
    assert {row[0]: row[3] for row in lines}[
        "D: 100 ms, rate of wrk's"
    ] == "not measured: nginx is not installed"


def test_what_exceeds_its_bound_is_tried_three_times_and_fails():
    tries = []
    lines, fine = quick.judged(lambda works: tries.append(works) or fixed(6.0), BOUNDS)
    assert not fine
    assert tries.count("A") == 2
    assert {row[0]: row[3] for row in lines}["A: CPU, of the floor's"] == "REGRESSION in 3 tries"


def test_what_exceeds_its_bound_once_holds():
    answers = iter([fixed(6.0)])
    lines, fine = quick.judged(lambda works: next(answers, fixed(4.0)), BOUNDS)
    assert fine
    assert all(row[3] == "holds" for row in lines if row[1])


def test_every_check_has_its_bound():
    assert set(quick.bounds()) == {check.name for check in quick.CHECKS}


def test_lines_that_cannot_be_read_are_left_out(tmp_path):
    (tmp_path / "x").write_text('{"a": 1}\nno json\n{"b": 2}\n')
    assert list(results.read(tmp_path / "x")) == [{"a": 1}, {"b": 2}]
