"""Slugs that Ghost would change behind our back, and redirects for visitors of old addresses."""

import re
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock
from urllib.parse import urlsplit

import requests
import yaml

from exporters.base import Fields
from exporters.dialects.ghost.api import API, refusal
from schemas.errors import AuthError, ChannelDown, LeopardError, NotFound
from schemas.problems import Problem
from transport.session import CONNECT, READ, ApiSession

_REDIRECTS = Lock()
"""They are one file: who adds a line writes all of them."""


def may_be_called(api: ApiSession, home: str, item: Fields, slug: str | None) -> bool:
    """May a slug be sent? To one that is taken Ghost adds a number, and a higher one each time."""
    if slug is None or item["slug"] == slug:
        return True
    known = re.fullmatch(rf"{re.escape(slug)}(-post|-tag)?(-\d+)?", item["slug"])
    if not known:
        return True
    if known[1]:  # a word that Ghost keeps for itself
        return False
    for place in ("tags",) if home == "tags" else ("posts", "pages"):
        with suppress(NotFound):
            api.call("GET", f"{API}/{place}/slug/{slug}/", params={"fields": "id"})
            return False
    return True


def redirected(api: ApiSession, before: Fields, after: Fields) -> Iterator[Problem]:
    """Lead visitors of a page's old address to the new one; a problem where Ghost does not let us."""
    if before["slug"] == after["slug"] or not _is_public(before) or not _is_public(after):
        return
    try:
        _redirect(api, before["url"], after["url"])
    except AuthError:
        yield _not_redirected(before, after, "an integration may not do that")
    except (LeopardError, requests.RequestException, yaml.YAMLError) as error:
        yield _not_redirected(before, after, str(error).partition("\n")[0])


def _not_redirected(before: Fields, after: Fields, why: str) -> Problem:
    return Problem(
        code="channel.redirect",
        message=f"{before['url']} is now {after['url']}, and no redirect could be made: {why}",
        hint="add it under Settings, Labs, Redirects; or use a staff token of an Administrator",
        severity="warning",
    )


def _is_public(item: Fields) -> bool:
    return item.get("status", item["visibility"]) in ("published", "public")


def _redirect(api: ApiSession, old: str, new: str) -> None:
    """Visitors of the address `old` come to `new` from now on. Raises AuthError for an integration's key."""
    before, after = (urlsplit(address).path for address in (old, new))
    with _REDIRECTS:
        known = yaml.safe_load(_downloaded(api)) or {}
        moved = {_pattern(before): after}
        for place, to in (known.get(301) or {}).items():
            if place not in (_pattern(after), _pattern(before)):
                moved[place] = after if to == before else to
        text = yaml.safe_dump({**known, 301: moved}, sort_keys=False, allow_unicode=True)
        sent = {"redirects": ("redirects.yaml", text.encode(), "application/x-yaml")}
        api.call("POST", f"{API}/redirects/upload/", files=sent)


def _pattern(path: str) -> str:
    return f"^{re.escape(path)}$".replace(r"\-", "-")


def _downloaded(api: ApiSession) -> str:
    what = f"GET {api.address}{API}/redirects/download/"
    answer = api.http.get(
        f"{api.address}{API}/redirects/download/", timeout=(CONNECT, READ), allow_redirects=False
    )
    if answer.status_code != 200:
        raise refusal(answer, what) or ChannelDown(f"{what} answered {answer.status_code}")
    return answer.text
