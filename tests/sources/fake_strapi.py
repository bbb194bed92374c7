"""A Strapi of the tests: it answers as the content API of Strapi 5 does, from entries that a test writes."""

import json
import sys
from urllib.parse import parse_qs, urlsplit

TOKEN = "Bearer t0ken"


def entry(
    document,
    title="An article",
    *,
    state="published",
    locale="en",
    updated="2024-04-01T10:00:00.000Z",
    **more,
):
    return {
        "id": 1,
        "documentId": document,
        "title": title,
        "slug": document,
        "createdAt": "2024-03-01T10:00:00.000Z",
        "updatedAt": updated,
        "publishedAt": "2024-03-02T10:00:00.000Z" if state == "published" else None,
        "locale": locale,
        "state": state,
        **more,
    }


def file(number, name="leopard.jpg", **more):
    return {
        "id": number,
        "documentId": f"f{number}",
        "name": name,
        "alternativeText": "A leopard on a rock",
        "caption": "Seen at dusk",
        "url": f"/uploads/leopard_{number}.jpg",
        "mime": "image/jpeg",
        "updatedAt": "2024-02-01T10:00:00.000Z",
        **more,
    }


class FakeStrapi:
    """`lists`: entries by the last part of their address; `files`."""

    def __init__(self, web, lists, files):
        self.web, self.lists, self.files, self.asked, self.total = web, lists, files, [], None
        for name in lists:
            web.pages[f"/api/{name}"] = lambda seen, name=name: self.answer(seen, name)
        web.pages["/api/upload/files"] = self.answer_files

    def json(self, body, status=200):
        return sys.modules["web"].Page(
            json.dumps(body).encode(), status, {"Content-Type": "application/json"}
        )

    def answer_files(self, seen):
        query = self._query(seen, "files")
        start = int(query["start"])
        return self.json(self.files[start : start + int(query["limit"])])

    def answer(self, seen, name):
        query = self._query(seen, name)
        if query.get("status") == "draft" and seen.headers.get("authorization") != TOKEN:
            told = {"status": 403, "name": "ForbiddenError", "message": "Forbidden", "details": {}}
            return self.json({"data": None, "error": told}, 403)
        since = query.get("filters[updatedAt][$gte]", "")
        found = [
            {k: v for k, v in one.items() if k != "state"}
            for one in self.lists[name]
            if one["state"] == query.get("status", "published") and one["updatedAt"] >= since
        ]
        size, page = int(query["pagination[pageSize]"]), int(query.get("pagination[page]", 1))
        total = len(found) if self.total is None else self.total
        told = {"page": page, "pageSize": size, "pageCount": -(-len(found) // size), "total": total}
        here = found[(page - 1) * size :][:size]
        if query.get("fields[0]") == "documentId":
            here = [
                {"id": one["id"], "documentId": one["documentId"], "locale": one["locale"]} for one in here
            ]
        return self.json({"data": here, "meta": {"pagination": told}})

    def _query(self, seen, name):
        query = {key: values[-1] for key, values in parse_qs(urlsplit(seen.path).query).items()}
        self.asked.append((name, query))
        return query
