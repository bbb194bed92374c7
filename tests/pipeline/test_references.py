"""References between records: dangling, to held records, in circles, to what may not be shown yet."""

import pytest

from pipeline.cache.card import read_card
from pipeline.cache.cards import Cards
from pipeline.cache.store import Store
from pipeline.config import load
from pipeline.findings import Findings
from pipeline.prepare import check
from pipeline.references import ReferenceCheck
from schemas.page import Page
from schemas.problems import Problem
from schemas.topic import Topic


def topic(name, broader=None, locale="en"):
    return Topic(key=f"topic:{name}", locale=locale, title=name, broader=broader and f"topic:{broader}")


def looked_over(tmp_path, records, held=()):
    findings = Findings(tmp_path)
    for ident in held:
        key, _, locale = ident.rpartition("@")
        findings.add(Problem(code="record.wrong_type", message="bad", key=key, locale=locale))
    standing = Cards(Store(None, ""))
    for record in records:
        if record.ident not in held:
            standing.put(read_card(record, b"", 0))
    ReferenceCheck(standing, findings, lambda ident, path: None).run()
    return findings


def told(findings, code):
    return {problem.ident: problem.message for problem in findings.problems if problem.code == code}


def test_a_dangling_reference_names_who_refers_and_what_was_meant(site):
    site.edit("content/pages/leopards.yaml", "items: [killed, left]", "items:\n      - killed\n      - lfet")
    done = site.run("check")
    assert done.status == 1
    assert (
        "content/pages/leopards.yaml:9:9  page:leopards refers to statistic:lfet, which does not" in done.out
    )
    assert "9 |       - lfet" in done.out
    assert "hint: did you mean 'statistic:left'?" in done.out


def test_nothing_near_is_not_suggested(tmp_path):
    findings = looked_over(tmp_path, [topic("crime", "zebras"), topic("animals")])
    assert [p.hint for p in findings.problems] == ["correct the key, or add the record it names"]


def test_only_a_record_of_the_very_key_stands_for_it_in_whatever_language(tmp_path):
    near = [topic("crime-rates"), topic("crim"), topic("big", locale="fr")]
    findings = looked_over(tmp_path, [*near, topic("poaching", "crime"), topic("cats", "big")])
    assert set(told(findings, "reference.dangling")) == {"topic:poaching@en"}


def test_a_reference_comes_to_dangle_though_its_own_file_is_as_it_was(site):
    assert site.run("sync", "--yes").status == 0
    (site.root / "content/images/coat.yaml").unlink()
    done = site.run("check")
    assert "asset:coat, which does not exist" in done.out


def test_a_record_in_a_file_that_cannot_be_read_is_not_called_missing_without_more_ado(site):
    site.write("content/images/coat.yaml", "file: [\n")
    done = site.run("check")
    assert "asset:coat, which does not exist" in done.out
    assert "if its file is one that could not be read, mend that first" in done.out


def test_who_needs_a_held_record_is_held_and_so_on(tmp_path):
    chain = [topic("a"), topic("b", "a"), topic("c", "b"), topic("alone")]
    findings = looked_over(tmp_path, chain, held=["topic:a@en"])
    assert told(findings, "reference.held") == {
        "topic:b@en": "topic:b is held back because topic:a, which it refers to, has problems",
        "topic:c@en": "topic:c is held back because topic:b, which it refers to, has problems",
    }
    assert not findings.holds("topic:alone@en")


def test_another_language_that_stands_is_enough(tmp_path):
    records = [topic("a"), topic("a", locale="fr"), topic("b", "a")]
    findings = looked_over(tmp_path, records, held=["topic:a@en"])
    assert not findings.holds("topic:b@en")


def test_held_back_through_the_command_line(site):
    site.run("sync", "--yes")
    before = site.outputs()
    site.edit("content/statistics/killed.yaml", "221–450", "many")
    site.edit("content/pages/other.yaml", "title: Other", "title: Another")
    done = site.run("sync", "--yes")
    assert done.status == 1
    assert "page:leopards is held back because statistic:killed" in done.err
    assert "hint: mend statistic:killed first" in done.err
    after = site.outputs()
    assert before["public/page/leopards.en.json"] == after["public/page/leopards.en.json"]
    assert b"Another" in after["public/page/other.en.json"][0]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_each_member_of_a_circle_is_told_once_and_held(tmp_path, size):
    names = [f"t{n}" for n in range(size)]
    ring = [topic(name, names[(n + 1) % size]) for n, name in enumerate(names)]
    findings = looked_over(tmp_path, [*ring, topic("leads-in", "t0"), topic("free"), topic("tree", "free")])

    assert set(told(findings, "reference.circle")) == {f"topic:{name}@en" for name in names}
    ways = told(findings, "reference.circle")["topic:t0@en"]
    assert ways == " → ".join(f"topic:{name}" for name in [*names, "t0"]) + " is a circle"
    assert set(told(findings, "reference.held")) == {"topic:leads-in@en"}
    assert not findings.holds("topic:tree@en")


def test_a_circle_is_found_in_every_language(tmp_path):
    ring = [topic(a, b, tag) for a, b in ("ab", "ba") for tag in ("en", "fr")]
    findings = looked_over(tmp_path, ring)
    assert all(findings.holds(one.ident) for one in ring)


def test_a_long_circle_is_told_briefly(tmp_path):
    ring = [topic(f"t{n}", f"t{(n + 1) % 100}") for n in range(100)]
    circle = told(looked_over(tmp_path, ring), "reference.circle")
    assert len(circle) == 100
    assert circle["topic:t0@en"] == (
        "topic:t0 → topic:t1 → topic:t2 → topic:t3 → topic:t4 → … → topic:t0 is a circle"
    )


def test_parents_of_pages_in_a_circle_have_their_places(site):
    site.write("content/pages/a.yaml", "title: A\nparent: b\n")
    site.write("content/pages/b.yaml", "title: B\nparent: a\n")
    done = site.run("check")
    assert done.status == 1
    assert "content/pages/a.yaml:2:1  page:a → page:b → page:a is a circle" in done.out
    assert "content/pages/b.yaml:2:1  page:b → page:a → page:b is a circle" in done.out
    assert site.run("sync", "--yes").status == 1
    assert not [name for name in site.outputs() if name.endswith(("a.en.json", "b.en.json"))]


def test_related_pages_may_go_in_a_circle(site):
    for here, there in ("ab", "ba"):
        text = f"title: {here}\nblocks: [{{type: related, items: ['page:{there}']}}]\n"
        site.write(f"content/pages/{here}.yaml", text)
    assert site.run("sync", "--yes").status == 0


def test_thousands_in_a_chain_and_astray(tmp_path):
    # each against each would take longer than anybody waits
    chain = [topic("t0"), *(topic(f"t{n}", f"t{n - 1}") for n in range(1, 4000))]
    astray = [topic(f"a{n}", f"nowhere-{n}") for n in range(1000)]
    findings = looked_over(tmp_path, [*chain, *astray], held=["topic:t0@en"])
    assert len(told(findings, "reference.held")) == 3999
    assert len(told(findings, "reference.dangling")) == 1000


def test_who_cannot_do_without_what_is_not_public_waits_and_so_on(site):
    site.write("content/people/p.yaml", "kind: person\nfamily: P\nstatus: draft\n")
    site.write("content/reports/a.yaml", "title: A\nissued: 2016\npublisher: o\nauthors: [{person: p}]\n")
    site.write("content/reports/o.yaml", "kind: organisation\nkey: o\nname: O\n")
    site.write("content/reports/b.yaml", "kind: statistic\nfigure: 1\nstatement: B\ncitation: 'report:a'\n")
    site.edit(
        "leopard.yaml",
        "channels:",
        "  people: {use: yaml, path: content/people}\n"
        "  reports: {use: yaml, path: content/reports, kind: report}\nchannels:",
    )
    prepared = check(load(site.root))
    assert not [problem for problem in prepared.findings.problems if problem.severity == "error"]
    (waits,) = [p for p in prepared.findings.problems if p.code == "reference.not_public"]
    assert waits.ident == "report:a@en"
    assert str(waits.origin).startswith("content/reports/a.yaml")
    assert "report:a" not in prepared.transformed.public
    statistic = prepared.transformed.public.get("statistic:b", "en")
    assert statistic.citation is None


def test_a_reference_to_a_page_that_may_not_be_shown_is_left_out(site):
    site.write("content/pages/draft.yaml", "title: Draft\nstatus: draft\n")
    site.write("content/pages/child.yaml", "title: Child\nparent: draft\n")
    prepared = check(load(site.root))
    child = prepared.transformed.public.get("page:child", "en")
    assert isinstance(child, Page)
    assert child.parent is None
