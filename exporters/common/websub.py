"""WebSub: tell a hub that a document has changed, so that its subscribers need not ask for it."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from schemas.problems import Problem

if TYPE_CHECKING:
    from transport.session import ApiSession

HUB = r"^(https://[^\s/]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(/\S*)?$"
"""Addresses of hubs: encrypted, or on this machine."""
READ = 10.0
"""Seconds to wait for a hub's answer, which says only that it has understood."""


def ping(hub: str, topics: Iterable[str]) -> Iterator[Problem]:
    """Tell `hub` that the documents at these addresses have changed. Yields what went wrong, raises nothing.

    One request a topic, `hub.mode=publish&hub.url=…`: outside the WebSub recommendation, which leaves
    this to publisher and hub, and understood by all public hubs since PubSubHubbub 0.3 (7.1).
    """
    from transport.session import ApiSession

    with ApiSession(hub, {"Accept": "*/*"}) as session:
        for topic in topics:
            if why := _refusal(session, hub, topic):
                yield Problem(
                    code="websub.not_told",
                    severity="warning",
                    message=f"{topic} has changed, but its hub {why}",
                    hint="readers will see the change when they ask for it; check the option `hub`",
                )


def _refusal(session: "ApiSession", hub: str, topic: str) -> str | None:
    """What the hub has against it; None if it took the news."""
    import requests

    from transport.session import CONNECT

    try:
        answer = session.http.post(
            hub,
            data={"hub.mode": "publish", "hub.url": topic},
            timeout=(CONNECT, READ),
            allow_redirects=False,
            stream=True,
        )
    except requests.Timeout:
        return "did not answer in time"
    except requests.RequestException:
        return "cannot be reached"
    with answer:
        return None if answer.status_code < 300 else f"answered {answer.status_code}"
