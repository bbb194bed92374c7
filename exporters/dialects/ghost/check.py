"""What a Ghost lacks before the first write: asked of it, with nothing written."""

from collections.abc import Iterator

from exporters.base import Fields
from exporters.dialects.ghost.api import API
from schemas.errors import NotFound
from schemas.problems import Problem
from transport.session import ApiSession

_OLDEST = 6
"""The major version that we know."""
_ROLES = {"Administrator", "Owner", "Editor", "Super Editor"}
"""Of staff, those who may publish what they did not write."""


def lacks(api: ApiSession, language: str) -> Iterator[Problem]:
    """What stands in the way of publishing in `language`. Raises LeopardError if nothing can be asked."""
    site = api.call("GET", f"{API}/site/")["site"]
    yield from _version(site)
    api.call("GET", f"{API}/config/")
    for home in ("pages", "posts", "tags"):
        api.call("GET", f"{API}/{home}/", params={"limit": 1})
    yield from _rights(api)
    if site["locale"].partition("-")[0] != language.partition("-")[0]:
        yield Problem(
            code="channel.no_language",
            message=f"Ghost says that its pages are in {site['locale']}; this channel publishes {language}",
            hint="correct the publication language under Settings, or `locales` of the channel",
            severity="warning",
        )


def _version(site: Fields) -> Iterator[Problem]:
    major = str(site["version"]).partition(".")[0]
    if major.isdigit() and int(major) < _OLDEST:
        yield Problem(
            code="channel.version",
            message=f"this is Ghost {site['version']}; Leopard knows Ghost {_OLDEST}",
            hint="upgrade Ghost",
            severity="warning",
        )


def _rights(api: ApiSession) -> Iterator[Problem]:
    """An integration may write all that we write; what staff may do depends on their roles."""
    try:
        user = api.call("GET", f"{API}/users/me/", params={"include": "roles"})["users"][0]
    except NotFound:
        return
    roles = {role["name"] for role in user["roles"]}
    if not roles & _ROLES:
        yield Problem(
            code="channel.no_right",
            message=f"the staff token is one of role {', '.join(sorted(roles))}, who may not publish pages",
            hint="use the key of a custom integration, or a token of an Editor or Administrator",
        )
