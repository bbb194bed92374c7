"""A Ghost of the tests: it answers as the Admin and the Content API of Ghost 6 do, from lists that a test writes."""

import json
import re
import sys
from urllib.parse import parse_qs, urlsplit

KEY = "0123456789abcdef01234567:" + "ab" * 32
JO = {"id": "a1", "name": "Jo Writer", "slug": "jo", "bio": "Writes.", "website": "https://jo.example.org"}


def post(number, title="A post", **more):
    return {
        "id": f"{number:024x}",
        "uuid": "4c1fb8a0",
        "title": title,
        "slug": f"post-{number}",
        "html": "<p>Words.</p>",
        "status": "published",
        "visibility": "public",
        "url": f"https://old.example.org/post-{number}/",
        "custom_excerpt": None,
        "feature_image": None,
        "feature_image_alt": None,
        "feature_image_caption": None,
        "published_at": "2024-03-08T10:00:00.000Z",
        "updated_at": "2024-04-08T10:00:00.000Z",
        "tags": [],
        "authors": [JO],
        **more,
    }


def tag(number, name, **more):
    known = {
        "id": f"{number:024x}",
        "name": name,
        "slug": name.lower().replace(" ", "-"),
        "description": None,
    }
    return {**known, "feature_image": None, "visibility": "public", "codeinjection_head": None, **more}


class FakeGhost:
    """`lists`: posts, pages and tags."""

    def __init__(self, web):
        self.web, self.asked, self.total = web, [], None
        image = f"{web.address}/content/images/2024/05/leopard.jpg"
        sized = f"{web.address}/content/images/size/w600/2024/05/leopard.jpg"
        html = (
            f'<p>See <a href="https://old.example.org/post-12/">us</a>.</p><!--kg-card-begin: html-->\n'
            f'<figure class="kg-card"><img src="{sized}" srcset="{sized} 600w" alt="In the text"></figure>'
            "<!--kg-card-end: html-->"
        )
        cats = tag(3, "Big cats", description="Those that roar.")
        above = {
            "feature_image": image,
            "feature_image_alt": "A leopard",
            "feature_image_caption": "<em>Dusk</em>",
        }
        self.lists = {
            "posts": [
                post(
                    7,
                    "Snow leopards",
                    html=html,
                    custom_excerpt="In short.",
                    tags=[cats, tag(9, "#news")],
                    **above,
                )
            ],
            "pages": [post(12, "About", authors=[JO])],
            "tags": [cats, tag(9, "#news", visibility="internal")],
        }
        for name in self.lists:
            web.pages[f"/ghost/api/admin/{name}/"] = lambda seen, name=name: self.answer(seen, name, "admin")
            web.pages[f"/ghost/api/content/{name}/"] = lambda seen, name=name: self.answer(
                seen, name, "content"
            )

    def json(self, body, status=200):
        return sys.modules["web"].Page(
            json.dumps(body).encode(), status, {"Content-Type": "application/json"}
        )

    def answer(self, seen, name, api):
        query = {key: values[-1] for key, values in parse_qs(urlsplit(seen.path).query).items()}
        self.asked.append((name, query))
        is_signed = seen.headers.get("authorization", "").startswith("Ghost ey")
        if not (is_signed if api == "admin" else query.get("key") == "c0ntent"):
            told = {"message": "Authorization failed", "type": "NoPermissionError"}
            return self.json({"errors": [told]}, 403)
        found = [
            one for one in self.lists[name] if api == "admin" or one.get("status", "published") == "published"
        ]
        since = re.search(r"updated_at:>='(.*)'", query.get("filter", ""))
        found = [one for one in found if not since or one["updated_at"].replace("T", " ") >= since[1]]
        size, page = int(query["limit"]), int(query["page"])
        told = {"page": page, "limit": size, "pages": max(1, -(-len(found) // size))}
        told["total"] = len(found) if self.total is None else self.total
        return self.json({name: found[(page - 1) * size :][:size], "meta": {"pagination": told}})
