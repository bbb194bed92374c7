"""A Directus of the tests: it answers as the API of Directus 12 does, from collections that a test writes."""

import json
import sys
from urllib.parse import parse_qs, urlsplit

TOKEN = "Bearer t0ken"
FILE = "6f3c1a2e-0d4b-4c6e-9f61-0a7b8c9d0e1f"


def described(name, key=False, special=None):
    return {"field": name, "schema": {"is_primary_key": key}, "meta": {"special": special and [special]}}


FIELDS = [
    described("id", True),
    described("title"),
    described("date_created", special="date-created"),
    described("date_updated", special="date-updated"),
    described("translations", special="translations"),
]


def item(number, title="An article", updated="2024-04-01T10:00:00.000Z", **more):
    known = {"id": number, "status": "published", "title": title, "slug": f"a{number}"}
    return {
        **known,
        "date_created": "2024-03-01T10:00:00.000Z",
        "date_updated": updated,
        "translations": [],
        **more,
    }


def file(**more):
    known = {
        "id": FILE,
        "title": "Leopard",
        "description": "Seen at dusk",
        "filename_download": "leopard.jpg",
    }
    return {
        **known,
        "type": "image/jpeg",
        "modified_on": "2024-02-01T10:00:00.000Z",
        "alt": "A leopard",
        **more,
    }


class FakeDirectus:
    """`lists`: items by collection; `files`."""

    def __init__(self, web, lists, files):
        self.web, self.lists, self.asked, self.total = web, {**lists, "files": files}, [], None
        web.pages["/files"] = lambda seen: self.answer(seen, "files")
        for name in lists:
            web.pages[f"/items/{name}"] = lambda seen, name=name: self.answer(seen, name)
            web.pages[f"/fields/{name}"] = lambda seen: self.json({"data": FIELDS})

    def json(self, body, status=200):
        return sys.modules["web"].Page(
            json.dumps(body).encode(), status, {"Content-Type": "application/json"}
        )

    def answer(self, seen, name):
        query = {key: values[-1] for key, values in parse_qs(urlsplit(seen.path).query).items()}
        self.asked.append((name, query))
        if seen.headers.get("authorization") != TOKEN:
            told = {"message": "You don't have permission", "extensions": {"code": "FORBIDDEN"}}
            return self.json({"errors": [told]}, 403)
        since = json.loads(query["filter"])["_or"][0]["date_updated"]["_gte"] if "filter" in query else ""
        found = [one for one in self.lists[name] if one.get("date_updated", "9") >= since]
        size, page = int(query["limit"]), int(query["page"])
        here = found[(page - 1) * size :][:size]
        if query["fields"] == "id":
            here = [{"id": one["id"]} for one in here]
        return self.json(
            {"data": here, "meta": {"filter_count": len(found) if self.total is None else self.total}}
        )
