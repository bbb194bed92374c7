"""A whole site moves: from a real WordPress, through Leopard, to a real Strapi; compared without any of our code.

What both can express has to be equal, field by field; drafts stay drafts; a second run does nothing.
"""

import json
import os
import re
import subprocess
import sys
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest
import requests
import yaml
from selectolax.lexbor import LexborHTMLParser

sys.path.insert(0, str(Path(__file__).resolve().parent))

from old_site import OldSite, png
from wordpress_site import WordPress

PROGRAM = (sys.executable, "-c", "from pipeline.cli import main; main()")
HOME = "https://new.example.org"
PLURALS = {
    "article": "leopard-articles",
    "page": "leopard-pages",
    "topic": "leopard-topics",
    "person": "leopard-people",
}
UNSEEN = ("div", "article", "-text", "br")


class Strapi:
    """Somebody who may read all of it."""

    def __init__(self, server):
        self.url, self.http = server["url"], requests.Session()
        self.http.headers["Authorization"] = f"Bearer {server['admin_token']}"

    def get(self, path, **query):
        answer = self.http.get(f"{self.url}/api/{path}", params=query, timeout=60)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def all(self, kind, status):
        found, page = [], 1
        while True:
            told = {"pagination[page]": page, "pagination[pageSize]": 100, "populate": "*", "status": status}
            answer = self.get(PLURALS[kind], sort="id:asc", **told)
            found += answer["data"]
            if page >= answer["meta"]["pagination"]["pageCount"]:
                return found
            page += 1

    def files(self):
        found = []
        while part := self.get("upload/files", sort="id:asc", start=len(found), limit=100):
            found += part
        return found

    def empty(self):
        for plural in ("leopard-articles", "leopard-pages", "leopard-topics", "leopard-people"):
            while entries := self.get(plural, status="draft", locale="*", **{"pagination[pageSize]": 100})[
                "data"
            ]:
                for one in entries:
                    self.http.delete(
                        f"{self.url}/api/{plural}/{one['documentId']}", params={"locale": "*"}, timeout=60
                    )
        for one in self.files():
            self.http.delete(f"{self.url}/api/upload/files/{one['id']}", timeout=60)


@pytest.fixture(scope="module")
def moved(start, tmp_path_factory):
    """Both systems, and the project that moves the one into the other."""
    os.environ.setdefault("PYTHON", sys.executable)
    wordpress, strapi = start("wordpress"), start("strapi")
    site, there = WordPress(wordpress), Strapi(strapi)
    (Path(site.plugins) / "leopard.php").unlink(missing_ok=True)
    site.empty()
    there.empty()
    old = OldSite(site).fill()
    root = tmp_path_factory.mktemp("moving") / "project"
    root.mkdir()
    os.environ["OLD_PASSWORD"] = wordpress["administrator"]["password"]
    os.environ["NEW_TOKEN"] = strapi["token"]
    source = {"use": "wordpress", "url": site.url, "media": "content/media", "rate": 1000}
    configured = {
        "site": {"title": "Moved", "url": HOME, "languages": ["en"]},
        "sources": {"old": {**source, "username": "admin", "password": "env:OLD_PASSWORD"}},
        "steps": [],
        "channels": {"new": {"use": "strapi", "url": there.url, "token": "env:NEW_TOKEN", "drafts": True}},
    }
    (root / "leopard.yaml").write_text(yaml.safe_dump(configured))
    done = leopard(root, "sync", "--yes", "--format", "json")
    yield Moved(site, there, old, root, done)
    site.empty()
    there.empty()


def leopard(root, *words):
    done = subprocess.run((*PROGRAM, "-C", str(root), *words), capture_output=True, text=True, env=os.environ)
    assert done.returncode in (0, 1), (
        f"{' '.join(words)}: {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    )
    return done


class Moved:
    def __init__(self, site, there, old, root, done):
        self.site, self.there, self.old, self.root, self.done = site, there, old, root, done
        self.public = {kind: there.all(kind, "published") for kind in PLURALS}
        self.drafts = {kind: there.all(kind, "draft") for kind in PLURALS}
        self.files = {one["id"]: one for one in there.files()}

    def posts(self, route="posts"):
        """All of WordPress, as it says it today."""
        found, query = [], {"context": "edit", "status": "any", "per_page": 100}
        while part := self.site.call("GET", f"/wp/v2/{route}", params={**query, "offset": len(found)}):
            found += part
        return found

    def entry(self, kind, slug, among=None):
        (found,) = (one for one in (among or self.public)[kind] if one["slug"] == slug)
        return found

    def bytes_at(self, address):
        """The digest of what is at an address of Strapi."""
        answer = requests.get(address if "://" in address else self.there.url + address, timeout=60)
        assert answer.ok, address
        return sha256(answer.content).hexdigest()


def words(html):
    return re.sub(r"[ \t\r\n]+", " ", LexborHTMLParser(html or "").text(separator=" ")).strip(" ")


def outline(html):
    """What a text is made of, without how it looks."""
    nodes = LexborHTMLParser(f"<body>{html}</body>").body.traverse(include_text=False)
    return [node.tag for node in nodes if node.tag not in ("body", *UNSEEN)]


def written(post):
    """A post's own HTML, without what only its editor needs."""
    raw = post["content"]["raw"]
    return (
        re.sub(r"<!--.*?-->", "", raw, flags=re.DOTALL) if "<!-- wp:" in raw else post["content"]["rendered"]
    )


def is_public(post):
    return post["status"] == "publish" and not post["content"].get("protected") and not post.get("password")


def is_draft(post):
    return post["status"] == "draft" or bool(post.get("password"))


def test_nothing_went_wrong(moved):
    report = json.loads(moved.done.stdout)
    bad = [one for one in report["problems"] if one["severity"] == "error"]
    assert not bad, bad[:5]


def test_every_post_arrives_in_its_state(moved):
    posts = moved.posts()
    assert len(posts) == 200
    assert {one["slug"] for one in posts if is_public(one)} == {
        one["slug"] for one in moved.public["article"]
    }
    only = {one["slug"] for one in moved.drafts["article"]} - {one["slug"] for one in moved.public["article"]}
    assert only == {one["slug"] for one in posts if is_draft(one)}, (
        "drafts stay drafts, nothing else is hidden"
    )
    assert len(only) >= 20
    left = {one["status"] for one in posts if not is_public(one) and not is_draft(one)}
    assert left == {"private", "future"}, "these wait in Leopard"


def test_posts_are_equal_field_by_field(moved):
    names = {one["id"]: unescape(one["name"]) for one in [*moved.old.categories, *moved.old.tags]}
    pictures = {one["id"]: sha256(png(at)).hexdigest() for at, one in enumerate(moved.old.media)}
    writers = {one["id"]: (one["first_name"], one["last_name"]) for one in moved.old.writers}
    links = {one["link"]: one["slug"] for one in moved.posts("pages") if one["status"] == "publish"}
    wrong = []
    for post in moved.posts():
        if not (is_public(post) or is_draft(post)):
            continue
        entry = moved.entry("article", post["slug"], moved.drafts)
        path = f"leopard-articles/{entry['documentId']}"
        deep = moved.there.get(path, status="draft", **{"populate[authors][populate]": "*"})["data"]
        authors = [(one["person"]["given"], one["person"]["family"]) for one in deep["authors"]]
        terms = [names[one] for one in [*post["categories"], *post["tags"]]]
        compared = {
            "title": (entry["title"], words(post["title"]["raw"])),
            "update_time": (entry["update_time"], f"{post['modified_gmt']}.000Z"),
            "topics": (sorted(one["title"] for one in entry["topics"]), sorted(terms)),
            "authors": (authors, [writers[post["author"]]]),
            "image": (
                entry["image"] and moved.bytes_at(entry["image"]["url"]),
                pictures.get(post["featured_media"]),
            ),
            **same_text(moved, written(post), entry["body"], pictures, links),
        }
        if post["excerpt"]["raw"]:  # otherwise one is made of the text
            compared["summary"] = (entry["summary"], words(post["excerpt"]["raw"]))
        if is_public(post):
            compared["publication_time"] = (entry["publication_time"], f"{post['date_gmt']}.000Z")
        wrong += [(post["slug"], name, *pair) for name, pair in compared.items() if pair[0] != pair[1]]
    assert not wrong, f"{len(wrong)}: {wrong[:4]}"


def same_text(moved, before, after, pictures, links):
    """What has to be equal of two texts, by what it is: the new and the old."""
    was, now = (LexborHTMLParser(html) for html in (before, after))
    shown = [
        pictures[int(re.search(r"wp-image-(\d+)", one.attributes["class"])[1])] for one in was.css("img")
    ]
    led = [one.attributes["href"] for one in was.css("a")]
    return {
        "words": (words(after), words(before)),
        "outline": (outline(after), outline(before)),
        "pictures": ([moved.bytes_at(one.attributes["src"]) for one in now.css("img")], shown),
        "alt": tuple([one.attributes["alt"] for one in each.css("img")] for each in (now, was)),
        "links": (
            [one.attributes["href"] for one in now.css("a")],
            [f"{HOME}/{links[one]}" if one in links else one for one in led],
        ),
    }


def test_pages_are_equal_and_stay_a_tree(moved):
    pages = moved.posts("pages")
    slugs = {one["id"]: one["slug"] for one in pages}
    assert len(pages) == 20
    assert {one["slug"] for one in pages if is_public(one)} == {one["slug"] for one in moved.public["page"]}
    for page in pages:
        entry = moved.entry("page", page["slug"], moved.drafts)
        whole = moved.there.get(
            f"leopard-pages/{entry['documentId']}",
            status="draft",
            **{"populate[blocks][on][leopard.text][populate]": "*", "populate[parent]": "true"},
        )["data"]
        assert whole["title"] == words(page["title"]["raw"])
        assert (whole["parent"] or {}).get("slug") == slugs.get(page["parent"])
        (block,) = whole["blocks"]
        compared = same_text(moved, written(page), block["text"], {}, {})
        assert not [pair for pair in compared.values() if pair[0] != pair[1]], page["slug"]


def test_topics_are_equal_and_stay_a_tree(moved):
    known = {one["id"]: one for one in moved.old.categories}
    for term in [*moved.old.categories, *moved.old.tags]:
        entry = moved.entry("topic", term["slug"])
        assert entry["title"] == unescape(term["name"])
        assert words(entry["body"]) == words(term["description"])
        parent = known.get(term.get("parent"))
        assert (entry["broader"] or {}).get("slug") == (parent and parent["slug"])


def test_media_are_the_same_bytes_and_keep_their_words(moved):
    sent = {sha256(png(at)).hexdigest(): one for at, one in enumerate(moved.old.media)}
    there = {moved.bytes_at(one["url"]): one for one in moved.files.values()}
    assert there.keys() == sent.keys()
    for digest, file in there.items():
        assert file["alternativeText"] == unescape(sent[digest]["alt_text"])
        assert file["caption"] == words(sent[digest]["caption"]["raw"])


def test_people_are_equal(moved):
    there = {(one["given"], one["family"]): one for one in moved.public["person"]}
    for writer in moved.old.writers:
        entry = there[writer["first_name"], writer["last_name"]]
        assert words(entry["body"]) == words(writer["description"])


def test_a_second_run_does_nothing(moved):
    before = {
        one["documentId"]: one["updatedAt"] for kind in PLURALS for one in moved.there.all(kind, "draft")
    }
    done = leopard(moved.root, "sync", "--yes")
    assert "Nothing to do" in done.stdout, done.stdout[-2000:]
    assert leopard(moved.root, "plan", "--refresh", "--detailed-exitcode").returncode in (0, 1)
    assert before == {
        one["documentId"]: one["updatedAt"] for kind in PLURALS for one in moved.there.all(kind, "draft")
    }


def test_what_is_changed_and_removed_afterwards_follows(moved):
    changed, gone = moved.old.posts[0], moved.old.posts[1]
    moved.site.change(changed["id"], "posts", title="Moved on")
    moved.site.trash(gone["id"], "posts")
    leopard(moved.root, "sync", "--yes")
    there = {one["slug"]: one["title"] for one in moved.there.all("article", "published")}
    assert there[changed["slug"]] == "Moved on"
    assert gone["slug"] not in there
