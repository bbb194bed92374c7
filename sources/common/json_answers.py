"""What web APIs answer in JSON, and the addresses that they are asked at."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from schemas.errors import ContentError
from schemas.problems import Origin
from sources.common import json_text
from sources.common.remote import looks_like_page, wrong_page
from transport.addresses import shown, target_of
from transport.fetch import Answer, Fetcher
from transport.files import decode
from transport.session import said


def understood(answer: Answer[bytes], where: str) -> Any:
    """The JSON values of an answer. Raises ContentError for a page, for what is no JSON, and for an error."""
    body = answer.taken or b""
    if answer.headers.get("Content-Type", "").startswith("text/html") or looks_like_page(body[:1000]):
        raise wrong_page(where, body[:100_000], "data in JSON")
    found = json_text.load(decode(body, where), where)
    errors = found.get("errors") or found.get("error") if isinstance(found, dict) else None
    if errors:
        message, hint = f"{where}: it answers with an error: {said(found)}", "see what the API says"
        raise ContentError(message, code="api.error", hint=hint, origin=Origin(path=where))
    return found


def asked(fetcher: Fetcher, url: str, where: str) -> tuple[dict[str, Any], Mapping[str, str]]:
    """The object that an API answers, and the headers. Raises ContentError for anything else."""
    answer = fetcher.get(url, b"".join)
    found = understood(answer, where)
    if not isinstance(found, dict):
        message = f"{where}: it answers with JSON, but with no object"
        raise ContentError(message, code="api.shape", hint="check `url`", origin=Origin(path=where))
    return found, answer.headers


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """An address with parameters of its query set."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, True) if pair[0] not in parameters]
    return urlunsplit(parts._replace(query=urlencode([*query, *parameters.items()]), fragment=""))


def same_host(url: str, to: str) -> str:
    """The address that an answer from `url` leads to. Raises ContentError if that is on another host."""
    try:
        there = urljoin(url, to)
    except ValueError:
        there = ""
    if not there or target_of(there) != target_of(url):
        where = shown(url)
        message, hint = f"{where}: its next page is on another host", "check that the API is sound"
        raise ContentError(message, code="api.paging", hint=hint, origin=Origin(path=where))
    return there


def table(value: Any, name: str) -> dict[str, Any]:
    """The object called `name` inside an object; empty if there is none."""
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def tables(value: Any, name: str) -> list[dict[str, Any]]:
    """The objects in the list called `name`."""
    inner = value.get(name) if isinstance(value, dict) else None
    return [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []


def texts(value: Any, name: str) -> list[str]:
    """The texts that are called `name`: one, or a list of them."""
    inner = value.get(name) if isinstance(value, dict) else None
    listed = inner if isinstance(inner, list) else [inner]
    return [one for one in listed if isinstance(one, str) and one.strip()]


def text(value: Any, name: str) -> str:
    """The first of these texts; empty if there is none. A whole number counts as its digits."""
    inner = value.get(name) if isinstance(value, dict) else None
    if isinstance(inner, int) and not isinstance(inner, bool):
        return str(inner)
    return next(iter(texts(value, name)), "")
