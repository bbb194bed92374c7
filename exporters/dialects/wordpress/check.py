"""What a WordPress lacks before it can be written to: asks, and writes nothing."""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from exporters.dialects.wordpress.fields import ROUTES
from exporters.dialects.wordpress.plugin import path_of
from schemas.errors import ChannelDown
from schemas.problems import Problem
from schemas.site import Site
from transport.session import ApiSession

API = "/wp-json/wp/v2"
_POSTS = (
    *("edit_posts", "publish_posts", "edit_published_posts", "delete_published_posts"),
    *("edit_private_posts", "read_private_posts"),
)
RIGHTS = {
    "page": tuple(name.replace("_posts", "_pages") for name in _POSTS),
    "asset": ("upload_files",),
    "topic": ("manage_categories",),
}
"""What a user must be allowed to, per kind; all other kinds are posts."""


def lacking(http: ApiSession, username: str, kinds: Iterable[str]) -> Iterator[Problem]:
    """Address, credentials and rights. Raises what WordPress says of address and credentials."""
    index = http.call("GET", "/wp-json/", params={"_fields": "namespaces"})
    if not isinstance(index, dict) or "wp/v2" not in (index.get("namespaces") or []):
        raise ChannelDown(f"{http.address} is no WordPress with a REST API", hint="correct the address")
    user = http.call("GET", f"{API}/users/me", params={"context": "edit", "_fields": "capabilities"})
    has = user.get("capabilities") or {}
    needed = dict.fromkeys(right for kind in (*kinds, "asset") for right in RIGHTS.get(kind, _POSTS))
    missing = [right for right in needed if not has.get(right)]
    if missing:
        message = f"the user {username} has no right to {', '.join(missing)}"
        yield _problem("channel.no_right", message, "give the user the role `editor`")
    elif not has.get("unfiltered_html"):
        message = f"WordPress filters what {username} writes, who has no right to unfiltered_html"
        hint = "the role `editor` has it, unless the site is one of a network or wp-config.php forbids it"
        yield _problem("channel.no_right", message, hint, severity="warning")


def plugin_lacking(http: ApiSession, version: str) -> Iterator[Problem]:
    """Is the plug-in there, and of this version?"""
    hint = "run `leopard channel setup`, and put what it writes into wp-content/mu-plugins"
    try:
        about = http.call("GET", "/wp-json/leopard/v1/about")
    except ChannelDown:
        message = "the plug-in that keeps our keys and content types is not installed"
        yield _problem("channel.not_set_up", message, f"{hint}; or say `plugin: false`")
        return
    if about.get("version") != version:
        message = "the plug-in that keeps our keys and content types is of another model"
        yield _problem("channel.not_set_up", message, hint)


def without_linked_data() -> Problem:
    """What the weaker mode does not do."""
    message = "without the plug-in, pages carry no linked data (schema.org, JSON-LD)"
    hint = "say `plugin: true`, and install what `leopard channel setup` writes"
    return _problem("channel.no_linked_data", message, hint, severity="info")


def elsewhere(http: ApiSession, kinds: Iterable[str], site: Site) -> Iterator[Problem]:
    """Kinds that WordPress shows elsewhere than links lead to. Our plug-in sees to that itself."""
    for kind in kinds:
        if kind in ROUTES and kind != "asset":
            yield from _elsewhere(http, kind, site)


def _elsewhere(http: ApiSession, kind: str, site: Site) -> Iterator[Problem]:
    """Any page of that kind tells."""
    here = urlsplit(http.address).path.strip("/")
    for one in http.call("GET", f"{API}/{ROUTES[kind]}", params={"per_page": 1, "_fields": "link,slug"}):
        path = urlsplit(one["link"]).path.strip("/").removeprefix(here).removesuffix(one["slug"])
        shown, ours = (
            f"/{before}/{{slug}}".replace("//", "/") for before in (path.strip("/"), path_of(kind, site))
        )
        if shown != ours:
            message = f"WordPress shows a {kind} at {shown}, while links lead to {ours}"
            hint = f'say `paths: {{{kind}: "{shown}"}}` under `site`, or change the permalinks of WordPress'
            yield _problem("channel.addresses", message, hint, severity="warning")


def _problem(code: str, message: str, hint: str, **more: Any) -> Problem:
    return Problem(code=code, message=message, hint=hint, **more)
