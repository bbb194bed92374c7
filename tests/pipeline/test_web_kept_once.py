"""How long a page is kept, and that it is made once for all who wait for it: without a browser or a project."""

import asyncio
from dataclasses import dataclass, field

import pytest
from starlette.responses import PlainTextResponse

from pipeline.web.kept import PATIENCE, Kept, Page
from pipeline.web.users import Visitor

ADA = Visitor("ada", "editor")


@dataclass
class Site:
    """An application whose page says how often it was made; `gate` holds it up, and `takes` is its time."""

    takes: float = 0.0
    now: float = 0.0
    made: int = 0
    status: int = 200
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self):
        self.gate.set()

    async def __call__(self, scope, receive, send):
        if scope["method"] == "GET":
            self.made += 1
            number = self.made
            await self.gate.wait()
            self.now += self.takes
            if self.status == 200:
                scope["state"]["page"] = Page(str(number), {})
            await PlainTextResponse(str(number), self.status)(scope, receive, send)
        else:
            await PlainTextResponse("done")(scope, receive, send)


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def kept(site):
    return Kept(site, moment=1.0, passing=("/live",), clock=lambda: site.now)


async def ask(app, path="/", method="GET", send=None, **headers):
    """The body of an answer; with `send`, it goes there as it comes."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "session": {},
        "state": {"visitor": ADA},
    }
    parts = []

    async def collect(message):
        parts.append(message.get("body", b""))

    await app(scope, None, send or collect)
    return b"".join(parts).decode()


async def asked(app, *paths):
    """Requests that are all there at the same moment, before any is answered."""
    tasks = [asyncio.create_task(ask(app, path)) for path in paths]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


def test_whoever_comes_while_it_is_made_gets_that_one(site, kept):
    async def come():
        site.gate.clear()
        tasks = await asked(kept, *["/"] * 20)
        site.gate.set()
        return await asyncio.gather(*tasks)

    assert asyncio.run(come()) == ["1"] * 20
    assert kept.making == {}


def test_what_comes_to_nothing_is_made_for_each(site, kept):
    async def come():
        site.status = 404
        site.gate.clear()
        tasks = await asked(kept, *["/"] * 3)
        site.gate.set()
        return await asyncio.gather(*tasks)

    assert sorted(asyncio.run(come())) == ["1", "2", "3"]
    assert kept.making == {}


def test_one_who_does_not_read_holds_up_nobody(site, kept):
    async def come():
        never = asyncio.Event()
        stuck = asyncio.create_task(ask(kept, send=lambda message: never.wait()))
        await asyncio.sleep(0)
        answer = await asyncio.wait_for(ask(kept), 60)
        stuck.cancel()
        return answer

    assert asyncio.run(come()) == "1"


def test_one_who_hangs_up_while_it_is_made_leaves_it_to_others(site, kept):
    async def come():
        site.gate.clear()
        first, second = await asked(kept, "/", "/")
        first.cancel()
        await asyncio.sleep(0)
        site.gate.set()
        return await asyncio.wait_for(second, 60)

    assert asyncio.run(come()) == "2"


@pytest.mark.parametrize(("takes", "lasts"), [(0.01, 1.0), (0.5, PATIENCE * 0.5)])
def test_it_is_given_again_for_a_moment_or_for_as_long_as_its_making_is_worth(site, kept, takes, lasts):
    async def come():
        site.takes = takes
        said = [await ask(kept)]
        for at in (lasts - 0.01, lasts + 0.01):
            site.now = at
            said.append(await ask(kept))
        return said

    assert asyncio.run(come()) == ["1", "1", "2"]


def test_what_was_made_before_somebody_acted_is_given_to_nobody_after(site, kept):
    async def come():
        said = [await ask(kept)]
        await ask(kept, method="POST")
        said.append(await ask(kept))
        site.gate.clear()
        (late,) = await asked(kept, "/other")
        await ask(kept, method="POST")
        site.gate.set()
        said += [await late, await ask(kept, "/other")]
        return said

    assert asyncio.run(come()) == ["1", "2", "3", "4"]


def test_another_look_or_another_form_is_another_page(site):
    number = 1
    kept = Kept(site, moment=1.0, edition=lambda: number, clock=lambda: site.now)

    async def come():
        nonlocal number
        said = [await ask(kept), await ask(kept, accept="text/html"), await ask(kept)]
        number = 2
        return [*said, await ask(kept)]

    assert asyncio.run(come()) == ["1", "2", "1", "3"]


def test_streams_pass(site, kept):
    async def come():
        site.gate.clear()
        tasks = await asked(kept, "/live", "/live")
        assert site.made == 2
        site.gate.set()
        return await asyncio.gather(*tasks)

    assert asyncio.run(come()) == ["1", "2"]
