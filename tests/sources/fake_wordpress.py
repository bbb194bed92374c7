"""A WordPress of the tests: it answers as the REST API of WordPress 6 does, from lists that a test writes."""

import json
import sys
from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

SIGNED = "Basic " + b64encode(b"leopard:s3cret word").decode()


def text(raw, rendered=None):
    return {"raw": raw, "rendered": rendered if rendered is not None else f"<p>{raw}</p>\n"}


def post(
    number, title="A post", content="<!-- wp:paragraph -->\n<p>Words.</p>\n<!-- /wp:paragraph -->", **more
):
    return {
        "id": number,
        "status": "publish",
        "slug": f"post-{number}",
        "link": f"https://old.example.org/post-{number}/",
        "date_gmt": f"2024-03-{number % 28 + 1:02d}T10:00:00",
        "modified_gmt": f"2024-04-{number % 28 + 1:02d}T10:00:00",
        "title": text(title),
        "content": {**text(content), "protected": False},
        "excerpt": {**text("", "<p>Made from the text</p>"), "protected": False},
        "author": 1,
        "featured_media": 0,
        "categories": [],
        "tags": [],
        "parent": 0,
        "meta": [],
        **more,
    }


def media(number, name="leopard.jpg", **more):
    return {
        "id": number,
        "status": "inherit",
        "slug": name.partition(".")[0],
        "link": f"https://old.example.org/{name.partition('.')[0]}/",
        "date_gmt": "2024-02-01T10:00:00",
        "modified_gmt": "2024-02-01T10:00:00",
        "title": text(name.partition(".")[0]),
        "alt_text": "A leopard on a rock",
        "caption": text("Seen at dusk"),
        "mime_type": "image/jpeg",
        "source_url": f"https://old.example.org/wp-content/uploads/2024/02/{name}",
        "media_details": {"width": 800, "height": 600, "image_meta": {"credit": "J. Doe", "copyright": ""}},
        "post": None,
        "meta": [],
        **more,
    }


def term(number, name, parent=0, **more):
    slug = name.lower().replace(" ", "-")
    known = {"id": number, "name": name, "slug": slug, "description": "", "parent": parent, "meta": []}
    return {**known, **more}


def user(number, name="Jo Writer", **more):
    return {"id": number, "name": name, "slug": "jo", "description": "", "url": "", **more}


class FakeWordPress:
    """`lists`: what there is, by the last part of the address."""

    def __init__(self, web):
        self.web, self.asked = web, []
        self.lists = {
            "posts": [
                post(7, title="Snow leopards &amp; others", categories=[3], tags=[4], featured_media=9)
            ],
            "pages": [post(12, "About"), post(13, "Team", parent=12)],
            "media": [media(9)],
            "categories": [term(2, "Cats"), term(3, "Big cats", 2)],
            "tags": [term(4, "Counts")],
            "users": [user(1, first_name="Jo", last_name="Writer")],
        }
        self.needs_password, self.lists_users, self.total = False, True, None
        web.pages["/wp-json/wp/v2/types"] = lambda seen: self.json(
            {"post": {"rest_base": "posts"}, "page": {}}
        )
        for name in self.lists:
            web.pages[f"/wp-json/wp/v2/{name}"] = lambda seen, name=name: self.answer(seen, name)

    def json(self, body, status=200, **headers):
        page = sys.modules["web"].Page  # as the server of the tests was loaded
        return page(
            json.dumps(body).encode(), status, {"Content-Type": "application/json; charset=UTF-8", **headers}
        )

    def answer(self, seen, name):
        query = {key: values[-1] for key, values in parse_qs(urlsplit(seen.path).query).items()}
        self.asked.append((name, query))
        is_signed = seen.headers.get("authorization") == SIGNED
        if query.get("context") == "edit" and (not is_signed or (name == "users" and not self.lists_users)):
            return self.json(
                {
                    "code": "rest_forbidden_context",
                    "message": "Sorry, you are not allowed.",
                    "data": {"status": 401},
                },
                403 if is_signed else 401,
            )
        found = self.found(name, query, is_signed)
        size, page = int(query["per_page"]), int(query["page"])
        pages = max(1, -(-len(found) // size)) if found else 0
        if page > max(pages, 1):
            return self.json({"code": "rest_post_invalid_page_number"}, 400)
        told = {
            "X-WP-Total": str(len(found) if self.total is None else self.total),
            "X-WP-TotalPages": str(pages),
        }
        fields = query["_fields"].split(",")
        here = [
            {field: one[field] for field in fields if field in one}
            for one in found[(page - 1) * size :][:size]
        ]
        return self.json([one if query.get("context") == "edit" else _seen(one) for one in here], **told)

    def found(self, name, query, is_signed):
        states = query.get("status", "inherit" if name == "media" else "publish").split(",")
        found = [one for one in self.lists[name] if "status" not in one or one["status"] in states]
        if "include" in query:
            found = [one for one in found if str(one["id"]) in query["include"].split(",")]
        return sorted(found, key=lambda one: one["id"])


def _seen(one):
    """Without what only editors see."""
    return {
        k: {n: w for n, w in v.items() if n != "raw"} if isinstance(v, dict) else v for k, v in one.items()
    }
