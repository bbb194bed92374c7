"""What is wrong with the content, and what is held back, as a page for people."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from web_world import CONFIGURATION, TOKENS, dashboard, furnished, rows, text_of

from exporters import memory
from exporters.memory import Fault
from pipeline.ledger import Ledger
from pipeline.web.pages.problems import SHOWN
from schemas.errors import Rejected

SECRET = "Unspoken words"


@pytest.fixture
def spots(site, monkeypatch):
    """The project with three channels, published once."""
    assert furnished(site, monkeypatch).run("sync", "--yes").status == 0
    return site


@pytest.fixture
def as_user(spots):
    with dashboard(spots.root) as visitor:
        yield visitor


@pytest.fixture
def eda(as_user):
    return as_user("eda")


def found(html):
    """Severity and text of every problem."""
    items = re.findall(r'<li class="problem (\w+)">(.*?)</li>', html, re.DOTALL)
    return [(severity, text_of(text)) for severity, text in items]


# problems


def test_a_problem_with_its_place_its_line_and_what_to_do(eda, spots):
    assert "Nothing is wrong" in eda.page("/problems")
    spots.write("content/pages/bad.yaml", "title: Bad\nstatus: pubished\n")
    html = eda.page("/problems?anew=99")
    ((severity, text),) = found(html)
    assert severity == "error"
    for words in ("content/pages/bad.yaml:2:1", "status: pubished", "page:bad@en"):
        assert words in text
    assert 'href="/records/page:bad@en"' in html
    assert re.search(r"<h2>Errors</h2>\s*<h3><code>record\.\w+</code>", html)


def test_problems_are_grouped_by_severity_and_code(eda, spots):
    spots.write("content/pages/bad.yaml", "title: Bad\nstatus: pubished\nimage: nowhere\n")
    spots.write("content/pages/worse.yaml", "titel: Worse\n")
    spots.write("content/pages/odd.yaml", 'title: "Odd \\u0085"\n')
    html = eda.page("/problems?anew=99")
    assert re.findall("<h2>(.*?)</h2>", html) == ["Errors", "Warnings"]
    codes = re.findall("<h3><code>(.*?)</code>", html)
    assert len(codes) == len(set(codes)) > 2
    severities = [severity for severity, _ in found(html)]
    assert severities == sorted(severities)


def test_problems_are_filtered(eda, spots):
    spots.write("content/pages/bad.yaml", "title: Bad\nstatus: pubished\n")
    spots.write("content/pages/odd.yaml", 'title: "Odd \\u0085"\n')
    everything = found(eda.page("/problems?anew=99"))
    assert [severity for severity, _ in found(eda.page("/problems?severity=warning"))] == ["warning"]
    assert found(eda.page("/problems?q=BAD.yaml&severity=error")) == [everything[0]]
    assert found(eda.page("/problems?channel=feed")) == []
    assert "0 of 2 problems" in eda.page("/problems?q=zzz")
    assert found(eda.page("/problems?severity=zzz&channel=zzz")) == everything


def test_what_a_channel_cannot_take_is_found_by_the_channel(eda, spots):
    (spots.root / "leopard.yaml").write_text(
        CONFIGURATION.replace("without: [batch]", "without: [batch, locales]")
    )
    spots.write("content/pages/other.fr.yaml", "title: Autre\n")
    ((_, text),) = found(eda.page("/problems?anew=99&channel=shop"))
    assert "page:other@fr · shop" in text


def test_html_in_a_line_is_text(eda, spots):
    spots.write("content/pages/bad.yaml", "title: Bad\nstatus: <img src=x onerror=alert(1)>\n")
    html = eda.page("/problems?anew=99")
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_too_many_are_counted(eda, spots):
    for number in range(SHOWN + 7):
        spots.write(f"content/pages/bad/{number}.yaml", "title: Bad\nstatus: no\n")
    html = eda.page("/problems?anew=99")
    assert len(found(html)) == SHOWN
    assert "7 more are not shown" in html
    assert f"{SHOWN + 7} problems" in html


def test_a_broken_configuration_is_told_with_its_place(eda, spots):
    eda.page("/problems")
    spots.edit("leopard.yaml", "jsonfeed", "jsonfed")
    html = eda.page("/problems?anew=99")
    assert "The content cannot be read" in html
    assert any("leopard.yaml:9" in text and "jsonfed" in text for _, text in found(html))


def test_the_latest_run_is_linked(eda, spots):
    with Ledger("sqlite:///.leopard/ledger.db", spots.root) as ledger:
        run = ledger.history.latest(1)[0].id
    assert f'href="/runs/{run}"' in eda.page("/problems")


@pytest.mark.parametrize("name", ["vic", "eda"])
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pages/draft.yaml", f"title: Draft\nstatus: draft\nblocks: [{{type: text, text: '[[statistic:no]] {SECRET}'}}]\n"),
        ("pages/late.yaml", f"title: Late\nembargo_until: 2999-01-01\nimage: {SECRET.lower().replace(' ', '-')}\n"),
        ("pages/unread.yaml", f"title: {SECRET}\nembargo_until: 2999-01-01\ntypo: {SECRET}\n"),
        ("pages/unparsed.yaml", f"embargo_until: 2999-01-01\ntitle: [{SECRET}\n"),
        ("pages/unkeyed.yaml", f"embargo_until: 2999-01-01\nkey: 'No Key'\ntitle: {SECRET}\n"),
    ],
)  # fmt: skip
def test_what_is_not_public_is_for_editors(as_user, spots, name, file, text):
    spots.write(f"content/{file}", text)
    html = as_user(name).page("/problems?anew=99")
    assert found(html)
    assert f"content/{file}" in html
    assert "Only editors see" in html or name == "eda"
    if name == "vic":
        for words in (SECRET, SECRET.lower().replace(" ", "-")):
            assert words not in html.replace(f"page:{words}", "")
        assert not found(as_user(name).page(f"/problems?q={SECRET}"))


def test_viewers_read_what_is_wrong_with_public_records(as_user, spots):
    spots.edit("content/pages/other.yaml", "No figure here.", "'[[statistic:kiled]]'")
    ((_, text),) = found(as_user("vic").page("/problems?anew=99"))
    assert "statistic:kiled" in text
    assert "did you mean" in text


# quarantine


def test_nothing_is_held_back(eda):
    html = eda.page("/quarantine")
    assert "Nothing is held back" in html
    assert "/do/retry" not in html


def test_what_is_held_back_since_when_and_why(eda, as_user, spots):
    memory.STORES["web_pages"].faults.append(Fault("create", error=Rejected("no room for Late")))
    spots.write("content/pages/late.yaml", "title: Late\n")
    spots.write("content/pages/bad.yaml", "title: Bad\nstatus: pubished\n")
    assert spots.run("sync", "--yes").status == 1
    html = eda.page("/quarantine")
    table = rows(html)
    assert "all channels" in table["page:bad@en"]
    assert "in every run, until its content is mended" in table["page:bad@en"]
    assert "content/pages/bad.yaml:2" in table["page:bad@en"]
    assert "shop" in table["page:late@en"]
    assert re.search(r"now|ago", table["page:late@en"])
    assert re.search(r"1 in \d+ (minute|second)", table["page:late@en"])
    assert "no room for Late" in table["page:late@en"]
    assert rows(eda.page("/quarantine?channel=shop")).keys() == {"page:late@en"}
    assert rows(eda.page("/quarantine?q=pubished")).keys() == {"page:bad@en"}
    assert "Try shop again now" in html
    assert "/do/retry" not in as_user("vic").page("/quarantine")


def test_try_again_now(eda, spots):
    memory.STORES["web_pages"].faults.append(Fault("create", error=Rejected("no room for Late")))
    spots.write("content/pages/late.yaml", "title: Late\n")
    assert spots.run("sync", "--yes").status == 1
    answer = eda.post("/do/retry", data={"channel": "shop"})
    assert answer.status_code == 303
    for _ in range(200):
        if "Nothing is held back" in eda.page("/quarantine"):
            break
    assert "Nothing is held back" in eda.page("/quarantine")
    assert any(page.ident == "page:late@en" for page in memory.STORES["web_pages"].pages.values())


@pytest.mark.parametrize("name", TOKENS)
def test_what_is_held_back_and_not_public_is_for_editors(as_user, spots, name):
    spots.write("content/pages/bad.yaml", f"title: {SECRET}\nembargo_until: 2999-01-01\ntypo: {SECRET}\n")
    assert spots.run("sync", "--yes").status == 1
    html = as_user(name).page("/quarantine")
    assert "page:bad@en" in rows(html)
    assert (SECRET in html) == (name == "eda")
    assert SECRET not in as_user("vic").page("/quarantine?q=unspoken").partition("<tbody>")[2]
