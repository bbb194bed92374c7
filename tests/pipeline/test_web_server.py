"""How answers are given: at once, and with a lower priority than runs have."""

import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from pipeline.web.server import LATER, YIELDING, Door, listen, serving


def test_small_answers_are_not_held_back():
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # without it, nobody asks for TCP_NODELAY


def test_who_comes_when_it_is_full_is_told_when_to_come_again():
    room, gate = 3, threading.Event()

    def wait(_):
        assert gate.wait(60)
        return PlainTextResponse("here")

    routes = [Route("/", wait), Route("/healthz", lambda _: PlainTextResponse("ok"))]
    door = Door(Starlette(routes=routes), most=room)
    with listen("127.0.0.1", 0) as listener, serving(door, listener), ThreadPoolExecutor(room) as threads:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        inside = [threads.submit(requests.get, address, timeout=60) for _ in range(room)]
        while door.inside < room:
            time.sleep(0.01)
        refused = requests.get(address, timeout=60)
        assert requests.get(f"{address}healthz", timeout=60).text == "ok"
        gate.set()
        assert [one.result().text for one in inside] == ["here"] * room
        assert requests.get(address, timeout=60).text == "here"
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, str(LATER))
    assert refused.headers["Cache-Control"] == "no-store"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")
def test_answers_yield_to_runs():
    def priority(*_):
        return PlainTextResponse(str(os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))

    async def in_the_loop(request):
        return priority(request)

    app = Starlette(routes=[Route("/thread", priority), Route("/loop", in_the_loop)])
    with listen("127.0.0.1", 0) as listener, serving(app, listener):
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        found = [int(requests.get(address + path, timeout=60).text) for path in ("/thread", "/loop")]
    assert found == [min(19, os.getpriority(os.PRIO_PROCESS, 0) + YIELDING)] * 2
