"""
For each system, the fastest loop on plain `requests` that a careful person would write for the same records.

It sends the same members of each record as Leopard does, in requests as large as the system takes, and looks
at the status of each; it remembers the ids that it was given. It keeps no ledger, looks nothing up, compares
no answer with what was sent, and asks for no more of an answer than the ids.
"""

import base64
import hmac
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import requests

Body = dict[str, Any]
Sent = tuple[str, str, bytes]
"""A request that Leopard sent: method, address, body."""


class Plain(ABC):
    """The loop for one server. A session is for one thread."""

    size = 1
    """Records in one request."""

    def __init__(self, server: Mapping[str, Any]) -> None:
        self.server, self.url = server, server["url"]

    def session(self) -> requests.Session:
        http = requests.Session()
        http.trust_env = False
        self.sign_in(http)
        return http

    @abstractmethod
    def sign_in(self, http: requests.Session) -> None: ...

    @abstractmethod
    def records(self, sent: Sent) -> Iterable[Body]:
        """The records in a request of Leopard's, as the system takes them."""

    def prepare(self, http: requests.Session, tags: Sequence[str]) -> None:  # noqa: B027  # few have to
        """What has to be known before records can be written."""

    @abstractmethod
    def create(self, http: requests.Session, bodies: Sequence[Body]) -> list[Any]:
        """What an update has to know of each record, in their order."""

    @abstractmethod
    def update(self, http: requests.Session, known: Sequence[Any], bodies: Sequence[Body]) -> None: ...

    @abstractmethod
    def titles(self, http: requests.Session) -> Iterator[str]:
        """Those of all pages on the server, whoever made them."""


def answered(answer: requests.Response) -> Any:
    answer.raise_for_status()
    return answer.json() if answer.content else None


class WordPress(Plain):
    size = 25

    def sign_in(self, http: requests.Session) -> None:
        http.auth = (self.server["editor"]["username"], self.server["editor"]["password"])

    def records(self, sent: Sent) -> Iterator[Body]:
        if sent[1].endswith("/batch/v1"):
            yield from (one["body"] for one in json.loads(sent[2])["requests"] if "content" in one["body"])

    def prepare(self, http: requests.Session, tags: Sequence[str]) -> None:
        """A record is sent the numbers of its tags: make them, or be told that they are there."""
        body = [{"method": "POST", "path": "/wp/v2/tags?_fields=id", "body": {"name": tag}} for tag in tags]
        answer = answered(http.post(f"{self.url}/wp-json/batch/v1", json={"requests": body}))
        assert all(one["status"] == 201 or "term_id" in one["body"]["data"] for one in answer["responses"])

    def create(self, http: requests.Session, bodies: Sequence[Body]) -> list[Any]:
        asked = [{"method": "POST", "path": "/wp/v2/pages?_fields=id", "body": body} for body in bodies]
        return [one["id"] for one in self._batch(http, asked)]

    def update(self, http: requests.Session, known: Sequence[Any], bodies: Sequence[Body]) -> None:
        each = zip(known, bodies, strict=True)
        asked = [{"method": "POST", "path": f"/wp/v2/pages/{n}?_fields=id", "body": body} for n, body in each]
        self._batch(http, asked)

    def _batch(self, http: requests.Session, asked: list[Body]) -> list[Body]:
        answer = answered(http.post(f"{self.url}/wp-json/batch/v1", json={"requests": asked}))
        refused = [one for one in answer["responses"] if one["status"] >= 300]
        assert not refused, refused[0]
        return [one["body"] for one in answer["responses"]]

    def titles(self, http: requests.Session) -> Iterator[str]:
        seen = "publish,future,draft,pending,private,trash"
        fixed: Body = {
            "context": "edit",
            "status": seen,
            "per_page": 100,
            "_fields": "title",
            "orderby": "id",
        }
        page, last = 1, 1
        while page <= last:
            answer = http.get(f"{self.url}/wp-json/wp/v2/pages", params={**fixed, "page": page})
            yield from (one["title"]["raw"] for one in answered(answer))
            page, last = page + 1, int(answer.headers["X-WP-TotalPages"])


class Single(Plain):
    """One record a request."""

    def create(self, http: requests.Session, bodies: Sequence[Body]) -> list[Any]:
        return [self.create_one(http, body) for body in bodies]

    def update(self, http: requests.Session, known: Sequence[Any], bodies: Sequence[Body]) -> None:
        for one, body in zip(known, bodies, strict=True):
            self.update_one(http, one, body)

    @abstractmethod
    def create_one(self, http: requests.Session, body: Body) -> Any: ...

    @abstractmethod
    def update_one(self, http: requests.Session, known: Any, body: Body) -> None: ...


class Strapi(Single):
    def sign_in(self, http: requests.Session) -> None:
        http.headers["Authorization"] = f"Bearer {self.server['token']}"

    def records(self, sent: Sent) -> Iterator[Body]:
        if "/api/leopard-pages" in sent[1] and b'"data"' in sent[2]:  # else Leopard asks what it may
            yield json.loads(sent[2])["data"]

    def create_one(self, http: requests.Session, body: Body) -> Any:
        query: Body = {"status": "published", "locale": "en", "fields[0]": "locale"}
        made = answered(http.post(f"{self.url}/api/leopard-pages", params=query, json={"data": body}))
        return made["data"]["documentId"]

    def update_one(self, http: requests.Session, known: Any, body: Body) -> None:
        query: Body = {"status": "published", "locale": "en", "fields[0]": "locale"}
        answered(http.put(f"{self.url}/api/leopard-pages/{known}", params=query, json={"data": body}))

    def titles(self, http: requests.Session) -> Iterator[str]:
        page, last = 1, 1
        while page <= last:
            part = {"pagination[page]": page, "pagination[pageSize]": 100}
            query: Body = {"status": "draft", "locale": "*", "fields[0]": "title", "sort": "id", **part}
            found = answered(http.get(f"{self.url}/api/leopard-pages", params=query))
            yield from (one["title"] for one in found["data"])
            page, last = page + 1, found["meta"]["pagination"]["pageCount"]


class Directus(Plain):
    size = 50

    def sign_in(self, http: requests.Session) -> None:
        http.headers["Authorization"] = f"Bearer {self.server['token']}"

    def records(self, sent: Sent) -> Iterator[Body]:
        if "/items/leopard_pages" in sent[1]:
            told = json.loads(sent[2])
            yield from told if isinstance(told, list) else [told]

    def create(self, http: requests.Session, bodies: Sequence[Body]) -> list[Any]:
        answered(http.post(f"{self.url}/items/leopard_pages?fields=id", json=bodies))
        return [body["id"] for body in bodies]

    def update(self, http: requests.Session, known: Sequence[Any], bodies: Sequence[Body]) -> None:
        answered(http.patch(f"{self.url}/items/leopard_pages?fields=id", json=bodies))

    def titles(self, http: requests.Session) -> Iterator[str]:
        query: Body = {"fields": "title", "limit": -1}
        found = answered(http.get(f"{self.url}/items/leopard_pages", params=query))
        yield from (one["title"] for one in found["data"])


class Ghost(Single):
    """An update has to say when the page was changed last; the answer before tells it."""

    def sign_in(self, http: requests.Session) -> None:
        number, secret = self.server["admin_key"].split(":")

        def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
            now = int(time.time())
            head = {"alg": "HS256", "typ": "JWT", "kid": number}
            claims = {"iat": now, "exp": now + 300, "aud": "/admin/"}
            parts = [
                base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (head, claims)
            ]
            made = hmac.new(bytes.fromhex(secret), b".".join(parts), sha256).digest()
            token = b".".join((*parts, base64.urlsafe_b64encode(made).rstrip(b"="))).decode()
            request.headers["Authorization"] = f"Ghost {token}"
            return request

        http.auth = sign

    def records(self, sent: Sent) -> Iterator[Body]:
        if "/admin/pages" in sent[1]:
            (one,) = json.loads(sent[2])["pages"]
            yield {name: value for name, value in one.items() if name != "updated_at"}

    def create_one(self, http: requests.Session, body: Body) -> Any:
        made = answered(http.post(f"{self.url}/ghost/api/admin/pages/", json={"pages": [body]}))["pages"][0]
        return made["id"], made["updated_at"]

    def update_one(self, http: requests.Session, known: Any, body: Body) -> None:
        number, changed = known
        told = {"pages": [{**body, "updated_at": changed}]}
        answered(http.put(f"{self.url}/ghost/api/admin/pages/{number}/", json=told))

    def titles(self, http: requests.Session) -> Iterator[str]:
        page: int | None = 1
        while page:
            query: Body = {"fields": "id,title", "limit": 100, "page": page, "order": "id asc"}
            found = answered(http.get(f"{self.url}/ghost/api/admin/pages/", params=query))
            yield from (one["title"] for one in found["pages"])
            page = found["meta"]["pagination"]["next"]


class Payload(Single):
    def sign_in(self, http: requests.Session) -> None:
        http.headers["Authorization"] = f"users API-Key {self.server['api_key']}"

    def records(self, sent: Sent) -> Iterator[Body]:
        if "/api/pages" in sent[1]:
            yield json.loads(sent[2])

    def create_one(self, http: requests.Session, body: Body) -> Any:
        query: Body = {"depth": 0, "locale": "en", "select[title]": "true"}
        return answered(http.post(f"{self.url}/api/pages", params=query, json=body))["doc"]["id"]

    def update_one(self, http: requests.Session, known: Any, body: Body) -> None:
        query: Body = {"depth": 0, "locale": "en", "select[title]": "true"}
        answered(http.patch(f"{self.url}/api/pages/{known}", params=query, json=body))

    def titles(self, http: requests.Session) -> Iterator[str]:
        query: Body = {"depth": 0, "locale": "en", "limit": 0, "trash": "true", "select[title]": "true"}
        yield from (one["title"] for one in answered(http.get(f"{self.url}/api/pages", params=query))["docs"])


LOOPS: dict[str, type[Plain]] = {
    "wordpress": WordPress,
    "payload": Payload,
    "strapi": Strapi,
    "directus": Directus,
    "ghost": Ghost,
}
