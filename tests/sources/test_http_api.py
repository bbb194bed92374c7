"""APIs in JSON: items by configuration, every way of paging, who asks, what has changed, and nothing half."""

import json
import tracemalloc
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.base import COMPLETE
from sources.common.marks import earlier, instant
from sources.conformance import RemoteConformance, read_all
from sources.dialects.http.pages import MISSING, at
from sources.http_api import HttpSource
from transport.fault_proxy import FaultProxy

GOLDEN = Path(__file__).parent / "golden" / "http"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)
    monkeypatch.setenv("API_SECRET", "s3cret")


@pytest.fixture
def api(folder, web):
    """The source, in a new run each time."""

    def make(path="/api", **options):
        return HttpSource(HttpSource.Options(url=web.address + path, rate=10_000, **options), folder.context)

    return make


def answer(web, body, status=200, **headers):
    text = body if isinstance(body, str) else json.dumps(body)
    return type(web.pages["/x"])(text.encode(), status, {k.replace("_", "-"): v for k, v in headers.items()})


@pytest.fixture
def serve(web):
    """`serve(function)`: what /api answers, given the parameters of a request."""
    web.put("/x", "")

    def install(function):
        def respond(seen):
            query = {name: values[-1] for name, values in parse_qs(urlsplit(seen.path).query).items()}
            found = function(query)
            return answer(web, *found[:2], **found[2]) if isinstance(found, tuple) else answer(web, found)

        web.pages["/api"] = respond

    return install


def items(*numbers, **more):
    return [{"id": number, "title": f"T{number}", **more} for number in numbers]


def ids(result):
    records, problems, outcome = result
    assert (problems, outcome) == ([], COMPLETE)
    return sorted(int(raw.name) for raw in records)


def code(result):
    """The code of the one error, when nothing was known before."""
    records, (problem,), outcome = result
    assert (records, outcome.state) == ([], "failed")
    assert problem.origin.path.startswith("http://127.0.0.1:")
    return problem.code


class TestHttp(RemoteConformance):
    @pytest.fixture
    def proxy(self, web):
        web.put("/api", json.dumps(items(1, 2)), Link='</api?page=2>; rel="next"')
        web.put("/api?page=2", json.dumps(items(3, tags=["a"])))
        with FaultProxy(web.address) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        options = HttpSource.Options(url=proxy.address + "/api", paging="link", rate=10_000)
        return HttpSource(options, folder.context)

    @pytest.fixture
    def change(self, web):
        return lambda: web.put("/api?page=2", json.dumps(items(3, tags=["b"])))


def test_items_become_records_by_configuration(api, web):
    web.put("/api", (GOLDEN / "posts.json").read_bytes())
    fields = {
        "title": "title.rendered",
        "body": "text",
        "updated_at": "modified",
        "summary": "tags.0",
        "place": "note",
    }
    records, problems, outcome = read_all(api(items="data.items", fields=fields))
    assert (problems, outcome) == ([], COMPLETE)
    found = [{"name": raw.name, "within": raw.origin.within, **raw.data} for raw in records]
    assert json.dumps(found, indent=1, ensure_ascii=False) + "\n" == (GOLDEN / "records.json").read_text()


def numbered(query):
    return items(*range(1, 8))[3 * int(query.get("page", 1)) - 3 : 3 * int(query.get("page", 1))]


def offset(query):
    return items(*range(1, 8))[int(query.get("offset", 0)) :][:3]


def cursor(query):
    start = int(query.get("cursor", 0))
    return {"data": items(*range(1, 8))[start : start + 3], "next": start + 3 if start < 6 else None}


def address(query):
    start = int(query.get("after", 0))
    more = {"next": f"/api?after={start + 3}"} if start < 6 else {}
    return {"data": items(*range(1, 8))[start : start + 3], **more}


@pytest.mark.parametrize(
    ("function", "options", "asked"),
    [
        (numbered, {"paging": "page"}, 4),
        (numbered, {"paging": "page", "total": "X-Total"}, 3),
        (offset, {"paging": "offset"}, 4),
        (cursor, {"paging": "cursor", "items": "data"}, 3),
        (address, {"paging": "cursor", "items": "data"}, 3),
    ],
)
def test_all_pages_are_read(api, web, serve, function, options, asked):
    serve(lambda query: (function(query), 200, {"X_Total": "7"}))
    assert ids(read_all(api("/api?kind=cat", **options))) == [1, 2, 3, 4, 5, 6, 7]
    assert len(web.seen) == asked
    assert all("kind=cat" in path or function is address for path in web.paths)


def test_a_server_that_gives_smaller_pages_than_it_was_asked_for(api, serve):
    serve(lambda query: items(*range(1, 8))[int(query["offset"]) :][:2])
    assert ids(read_all(api(paging="offset", parameters={"limit": "500"}))) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (lambda query: items(1, 2), {"paging": "page"}),
        (lambda query: items(1, 2), {"paging": "offset"}),
        (lambda query: {"data": items(1), "next": "same"}, {"paging": "cursor", "items": "data"}),
        (lambda query: {"data": items(1), "next": "/api"}, {"paging": "cursor", "items": "data"}),
        (
            lambda query: {
                "data": items(int(query.get("p", 1))),
                "next": f"/api?p={3 - int(query.get('p', 1))}",
            },
            {"paging": "cursor", "items": "data"},
        ),
        (lambda query: (items(1), 200, {"Link": '</api>; rel="next"'}), {"paging": "link"}),
    ],
)
def test_pages_in_a_circle_are_stopped(api, web, serve, function, options):
    serve(function)
    assert code(read_all(api(**options))) == "api.cycle"
    assert len(web.seen) <= 3


def test_pages_without_an_end_are_stopped(api, web, serve, monkeypatch):
    monkeypatch.setattr("sources.dialects.http.pages.MAX_PAGES", 20)
    serve(lambda query: {"data": items(int(query.get("cursor", 0))), "next": int(query.get("cursor", 0)) + 1})
    assert code(read_all(api(paging="cursor", items="data"))) == "api.cycle"
    assert len(web.seen) == 20


@pytest.mark.parametrize("paging", ["cursor", "link"])
def test_a_next_page_on_another_host_is_not_asked(api, other_web, serve, paging):
    to = other_web.put("/api", json.dumps(items(9)))
    serve(lambda query: ({"data": items(1), "next": to}, 200, {"Link": f'<{to}>; rel="next"'}))
    assert code(read_all(api(paging=paging, items="data"))) == "api.paging"
    assert other_web.seen == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<!doctype html><title>Oops</title>", "source.page"),
        ('<html><input type="password">', "source.login"),
        ({"error": {"message": "quota"}}, "api.error"),
        ({"errors": ["x"], "data": []}, "api.error"),
        ({"message": "Not found"}, "api.shape"),
        ({"data": {"items": []}}, "api.shape"),
        ({"data": None}, "api.shape"),
        ("null", "api.shape"),
        ("", "json.syntax"),
        ('{"data": [{"id": 1}', "json.syntax"),
        ('{"data": [{"id": 1, "id": 2}]}', "json.duplicate_key"),
        ('{"data": ' + "[" * 100_000, "json.too_deep"),
        ({"data": [{"title": "no id"}]}, "api.item"),
        ({"data": [1]}, "api.item"),
        ({"data": [{"id": True}]}, "api.item"),
    ],
)
def test_what_is_no_list_of_items(api, serve, body, expected):
    serve(lambda query: body)
    assert code(read_all(api(items="data"))) == expected


def test_an_error_on_a_later_page_leaves_all_as_it_was(api, serve):
    serve(numbered)
    assert len(ids(read_all(api(paging="page")))) == 7
    serve(lambda query: numbered(query) if query["page"] == "1" else ({"error": "x"}, 200, {}))
    records, problems, outcome = read_all(api(paging="page"))
    assert len(records) == 7
    assert ([one.code for one in problems], outcome.state) == (["api.error", "source.stale"], "partial")


def test_a_list_that_is_shorter_than_it_says_is_not_complete(api, serve):
    serve(lambda query: {"data": items(1, 2), "count": 3})
    assert code(read_all(api(items="data", total="count"))) == "api.short"
    serve(lambda query: {"data": items(1, 2)})
    assert code(read_all(api(items="data", total="count"))) == "api.shape"


def test_an_item_that_slips_between_two_pages_is_not_taken_for_removed(api, serve):
    pages = {"page": [items(1, 2), items(3, 4), []]}
    serve(lambda query: pages["page"][int(query["page"]) - 1])
    assert ids(read_all(api(paging="page"))) == [1, 2, 3, 4]
    pages["page"] = [items(1, 2), items(4), []]
    assert ids(read_all(api(paging="page"))) == [1, 2, 3, 4], "once is no proof"
    assert ids(read_all(api(paging="page"))) == [1, 2, 4], "twice is"


def test_in_a_single_answer_once_is_proof(api, serve):
    serve(lambda query: items(1, 2))
    assert ids(read_all(api())) == [1, 2]
    serve(lambda query: items(2))
    assert ids(read_all(api())) == [2]


class Clocked:
    """Items with times of change, asked for by `since`."""

    def __init__(self, serve):
        self.known, self.asked = {}, []
        serve(self)

    def put(self, number, at, **more):
        self.known[number] = {"id": number, "title": f"T{number}", "at": at, **more}

    def __call__(self, query):
        self.asked.append(query.get("since"))
        since = query.get("since", "0")
        after = float(since) if since.isdecimal() else instant(since)
        return [one for one in self.known.values() if instant(one["at"]) >= after]


def test_only_what_has_changed_is_asked_for_and_a_sweep_sees_removals(api, serve, folder):
    known = Clocked(serve)
    source = {"changed": "at", "since": "since", "lag": 60}
    known.put(1, "2024-06-01T10:00:00Z")
    known.put(2, "2024-06-01T11:00:00Z")
    assert ids(read_all(api(**source))) == [1, 2]
    known.put(3, "2024-06-01T10:59:30Z", note="late, by a slow clock")
    known.put(4, "2024-06-01T12:00:00Z")
    del known.known[1]
    assert ids(read_all(api(**source))) == [1, 2, 3, 4]
    assert ids(read_all(api(**source))) == [1, 2, 3, 4]
    assert known.asked == [None, "2024-06-01T10:59:00Z", "2024-06-01T11:59:00Z"]
    folder.age(25)
    assert ids(read_all(api(**source))) == [2, 3, 4]
    assert known.asked[-1] is None


def test_nothing_new_keeps_the_fingerprint(api, serve):
    known = Clocked(serve)
    known.put(1, 1717236000)
    parts = [list(api(changed="at", since="since").inputs()) for _ in range(2)]
    assert parts[0] == parts[1]
    assert known.asked == [None, "1717235700"]


def test_items_without_a_time_of_change_are_all_asked_for_each_time(api, serve):
    known = Clocked(serve)
    known.put(1, "2024-06-01T10:00:00Z")
    known.known[2] = {"id": 2, "title": "T2", "at": "yesterday"}
    serve(lambda query: (known.asked.append(query.get("since")), list(known.known.values()))[1])
    for _ in range(2):
        assert ids(read_all(api(changed="at", since="since"))) == [1, 2]
    assert known.asked == [None, None]


@pytest.mark.parametrize(
    ("options", "header", "value"),
    [
        ({"auth": "bearer", "token": "env:API_SECRET"}, "authorization", "Bearer s3cret"),
        ({"auth": "header", "token_header": "X-Key", "token": "env:API_SECRET"}, "x-key", "s3cret"),
        (
            {"auth": "basic", "username": "ann", "password": "env:API_SECRET"},
            "authorization",
            "Basic YW5uOnMzY3JldA==",
        ),
    ],
)
def test_who_asks(api, web, folder, options, header, value):
    web.put("/api", json.dumps(items(1)))
    assert ids(read_all(api(**options))) == [1]
    assert web.seen[0].headers[header] == value
    kept = [path for path in (folder.root / ".leopard").rglob("*") if path.is_file()]
    assert kept
    assert not any(b"s3cret" in path.read_bytes() for path in kept)


@pytest.fixture
def tokens(web):
    """An API that takes only the latest of its tokens, each of which is good for one request."""
    given = []

    def token(seen):
        given.append(seen)
        return answer(web, {"access_token": f"t{len(given)}", "expires_in": 3600})

    def listed(seen):
        is_good = seen.headers.get("authorization") == f"Bearer t{len(given)}" and not seen.headers.get(
            "used"
        )
        page = int(parse_qs(urlsplit(seen.path).query)["page"][0])
        if not is_good or (page == 2 and len(given) == 1):
            return answer(web, {"error": "token"}, 401)
        return answer(web, items(page) if page < 3 else [])

    web.put("/x", "")
    web.pages["/token"], web.pages["/api"] = token, listed
    return given


def test_tokens_of_oauth2_are_fetched_and_replaced_once(api, web, tokens):
    options = {
        "token_url": web.address + "/token",
        "client_id": "me",
        "client_secret": "env:API_SECRET",
        "scope": "r",
    }
    assert ids(read_all(api(auth="oauth2", paging="page", **options))) == [1, 2]
    assert len(tokens) == 2
    assert tokens[0].body == "grant_type=client_credentials&scope=r"
    assert tokens[0].headers["authorization"].startswith("Basic ")


def test_a_token_that_is_never_accepted_is_asked_for_twice_and_no_more(api, web, tokens):
    web.pages["/api"] = lambda seen: answer(web, {"message": "no"}, 401)
    options = {"token_url": web.address + "/token", "client_id": "me", "client_secret": "env:API_SECRET"}
    assert code(read_all(api(auth="oauth2", **options))) == "fetch.auth"
    assert len(tokens) == 2


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"access_token": "x", "expires_in": "soon"}'])
def test_no_token(api, web, body):
    web.put("/token", body)
    options = {"token_url": web.address + "/token", "client_id": "me", "client_secret": "env:API_SECRET"}
    assert code(read_all(api(auth="oauth2", **options))) == "api.token"


def test_a_secret_that_is_not_there_is_said_and_nothing_is_asked(api, web):
    _, (problem,), outcome = read_all(api(auth="bearer", token="env:NO_SUCH_SECRET"))
    assert ("NO_SUCH_SECRET" in problem.message, outcome.state, web.seen) == (True, "failed", [])


def test_memory_is_the_same_however_many_pages_come(api, serve):
    peaks = []
    for last in (20, 200):
        serve(lambda query, last=last: page_of(int(query["page"]), last))
        tracemalloc.start()
        source = api(f"/api?{last}", paging="page")
        (part,) = source.inputs()
        count = sum(1 for _ in source.read(part))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert count == (last - 1) * 50
    assert peaks[1] < peaks[0] + 1_000_000, "all items together are 20 MB"


def page_of(number, last):
    return [{"id": f"{number}-{at}", "text": "x" * 2000} for at in range(50)] if number < last else []


def test_all_pages_together_have_one_time(api, web, serve):
    serve(lambda query: items(int(query["page"])))
    web_source = api(paging="page", timeout=0.000_001)
    assert code(read_all(web_source)) == "fetch.too_slow"


def test_names_that_steer_a_terminal_are_shown_harmless(api, serve):
    serve(lambda query: [{"id": "a\x1b[2J\nb", "title": "A"}, {"id": "\x1b", "title": "B"}])
    (record,), (problem,), outcome = read_all(api())
    assert record.origin.within == "item a�[2J�b"
    assert "\x1b" not in problem.message + str(problem.origin)
    assert (problem.code, outcome.state) == ("api.item", "partial")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"auth": "bearer"}, "needs `token`"),
        ({"token": "env:X"}, "`token` does not belong to auth: none"),
        (
            {"auth": "basic", "username": "x", "password": "env:X", "token": "env:X"},
            "`token` does not belong",
        ),
        ({"since": "after"}, "`since` and `changed` go together"),
        ({"auth": "bearer", "token": "s3cret"}, "a secret does not stand here itself"),
        ({"items": "a..b"}, "items"),
    ],
)
def test_options_that_cannot_be(options, words):
    with pytest.raises(ValueError, match=words) as caught:
        HttpSource.Options(url="https://example.org/", **options)
    assert "s3cret" not in str(caught.value.errors(include_input=False))


@pytest.mark.parametrize(
    ("mark", "seconds", "before"),
    [
        ("2024-06-01T10:00:00Z", 300, "2024-06-01T09:55:00Z"),
        ("2024-06-01T10:00:00+02:00", 300, "2024-06-01T09:55:00+02:00"),
        ("2024-06-01T10:00:00", 300, "2024-06-01T09:55:00"),
        ("2024-06-01", 300, "2024-05-31"),
        ("2024-06-01", 90_000, "2024-05-30"),
        (1717236000, 300, "1717235700"),
        (0.5, 0.25, "0.25"),
    ],
)
def test_a_little_earlier(mark, seconds, before):
    assert earlier(mark, seconds) == before


def test_odd_texts_and_numbers_are_kept_as_they_are(api, serve):
    serve(lambda query: '[{"id": 1, "title": "\\ud800", "n": 1000000000000000000000000000000, "f": 1e400}]')
    records, problems, outcome = read_all(api())
    assert (records == []) == (outcome.state != "complete")
    assert read_all(api()) == (records, problems, outcome)


def test_paths():
    data = {"a": [{"b": 1}], "c.d": 2}
    assert (at(data, "a.0.b"), at(data, None), at(data, "a.1.b"), at(data, "a.b")) == (
        1,
        data,
        MISSING,
        MISSING,
    )


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans(), st.datetimes().map(str)))
def test_whatever_is_a_time_can_be_made_earlier_or_is_none(mark):
    if instant(mark) is not None and instant(mark) > 0:
        assert earlier(mark, 300)
