"""What a Strapi lacks before Leopard can publish to it. Asks, and writes nothing."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from exporters.base import Remote
from exporters.dialects.strapi.refusals import NoRight, NotInstalled
from exporters.dialects.strapi.schema import STATE, Attributes, Schema, plural, singular, uid
from schemas.errors import NotFound, Rejected
from schemas.model import MARKER
from schemas.problems import Problem
from transport.session import ApiSession

INSTALL = "run `leopard channel setup`, put the files into the Strapi project, and start it anew"
NOBODY = "leopard-check"
"""An id that no document has."""
Asked = dict[str, tuple[str, str, dict[str, Any]]]
"""Rights, each with a request that needs it: method, path, and what is sent."""
_MODEL = "/api/content-type-builder"


class Check:
    """The questions, and what is wrong with the answers."""

    def __init__(
        self,
        api: ApiSession,
        schema: Schema,
        locales: Iterable[str],
        mapping: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.api, self.schema, self.locales, self.mapping = api, schema, locales, mapping

    def problems(self) -> Iterator[Problem]:
        """One for each thing. Raises what concerns address and credentials."""
        yield from self._languages()
        missing = yield from self._types()
        for kind in self.schema.kinds:
            if kind not in missing:
                yield from self._rights(kind)
        yield from self._rights_on_files()

    def _languages(self) -> Iterator[Problem]:
        try:
            known = {one["code"] for one in self.api.call("GET", "/api/i18n/locales")}
        except NoRight:
            yield _no_right("listLocales", "I18N")
            return
        for locale in self.locales:
            if locale not in known:
                hint = "add it in Strapi under Settings, Internationalization"
                yield _lacks("channel.no_language", f"Strapi has no language {locale}", hint)

    def _types(self) -> Generator[Problem, None, list[str]]:
        """Content types and components, as Strapi has them; returns the kinds that it has no type for."""
        try:
            types = _by_uid(self.api.call("GET", f"{_MODEL}/content-types"))
            components = _by_uid(self.api.call("GET", f"{_MODEL}/components"))
        except (NoRight, NotFound):
            hint = "give the token the rights of the Content-Type Builder; then more can be told"
            yield _lacks(
                "channel.no_right", "Strapi does not show its content types", hint, severity="warning"
            )
            return []
        for kind, attributes in self.schema.types.items():
            yield from self._type(kind, types.get(uid(kind)), attributes)
        for name, attributes in sorted(self.schema.components.items()):
            yield from _fields(f"component {name}", components.get(name), attributes)
        return [kind for kind in self.schema.kinds if uid(kind) not in types]

    def _type(self, kind: str, found: Mapping[str, Any] | None, attributes: Attributes) -> Iterator[Problem]:
        what = f"content type {singular(kind)}"
        own: Attributes = {name.partition(".")[0]: {} for name in self.mapping.get(kind, {})}
        marks = {MARKER: {"type": "string"}, STATE: {"type": "string"}}
        yield from _fields(what, found, {**marks, **own, **attributes})
        if found is None:
            return
        if not found.get("draftAndPublish", found.get("options", {}).get("draftAndPublish")):
            yield _lacks("channel.no_field", f"the {what} of Strapi has no drafts", INSTALL)
        if not found.get("pluginOptions", {}).get("i18n", {}).get("localized"):
            yield _lacks("channel.no_field", f"the {what} of Strapi is not translated", INSTALL)

    def _rights(self, kind: str) -> Iterator[Problem]:
        """Requests that come to nothing; only one that we have no right to is refused for that."""
        path = f"/api/{plural(kind)}"
        asked: Asked = {
            "find": ("GET", path, {"params": {"pagination[pageSize]": 1, "fields[0]": "locale"}}),
            "findOne": ("GET", f"{path}/{NOBODY}", {}),
            "create": ("POST", path, {"json": {}}),
            "update": ("PUT", f"{path}/{NOBODY}", {"json": {}}),
            "delete": ("DELETE", f"{path}/{NOBODY}", {"params": {"locale": "en"}}),
            "unpublish": ("POST", f"{path}/{NOBODY}/unpublish", {"json": {}}),
        }
        yield from self._asked(f"Leopard {kind}", asked)

    def _rights_on_files(self) -> Iterator[Problem]:
        path = "/api/upload"
        asked: Asked = {
            "find": ("GET", f"{path}/files", {"params": {"filters[name][$eq]": NOBODY}}),
            "findOne": ("GET", f"{path}/files/0", {}),
            "upload": ("POST", path, {"json": {}}),
            "destroy": ("DELETE", f"{path}/files/0", {}),
        }
        yield from self._asked("Upload", asked)

    def _asked(self, what: str, asked: Asked) -> Iterator[Problem]:
        for right, (method, path, sent) in asked.items():
            with suppress(Rejected):
                try:
                    self.api.call(method, path, **sent)
                except NoRight:
                    yield _no_right(right, what)
                except NotInstalled as error:
                    yield _lacks("channel.no_content_type", error.message, INSTALL)


def _by_uid(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {one["uid"]: one["schema"] for one in answer["data"]}


def _fields(what: str, found: Mapping[str, Any] | None, attributes: Attributes) -> Iterator[Problem]:
    if found is None:
        yield _lacks("channel.no_content_type", f"Strapi has no {what}", INSTALL)
        return
    for name, wanted in attributes.items():
        there = found["attributes"].get(name)
        if there is None:
            yield _lacks("channel.no_field", f"the {what} of Strapi has no field {name}", INSTALL)
        elif different := [at for at in _TOLD if at in wanted and wanted[at] != there.get(at, wanted[at])]:
            at = different[0]
            said = f"is {there[at]} instead of {wanted[at]}"
            yield _lacks("channel.no_field", f"the field {name} of the {what} of Strapi {said}", INSTALL)


_TOLD = ("type", "component", "target", "repeatable", "multiple")


def _lacks(code: str, message: str, hint: str, severity: Any = "error") -> Problem:
    return Problem(code=code, message=message, hint=hint, severity=severity)


def _no_right(right: str, what: str) -> Problem:
    hint = "give it in Strapi under Settings, API Tokens; see that the token is one of this Strapi's"
    return _lacks("channel.no_right", f"the token has no right to {right} on {what}", hint)


def doubled(page: Remote, first: str, channel: str) -> Problem:
    """Strapi lets people copy an entry with its key."""
    return Problem(
        code="channel.duplicate",
        message=f"two documents of Strapi carry the key {page.key}: {first} and {page.id}",
        severity="warning",
        hint=f"Leopard goes by the older, {first}; delete the other one, or empty its {MARKER}",
        key=page.key,
        locale=page.locale,
        channel=channel,
    )
