"""How answers are given: at once, and with a lower priority than runs have."""

import os
import socket
import sys
import threading

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from pipeline.web.server import YIELDING, listen, serving


def test_small_answers_are_not_held_back():
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # without it, nobody asks for TCP_NODELAY


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
