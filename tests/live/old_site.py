"""Fills a WordPress with a site of odd content: many posts, pages, terms, media, drafts, and every state."""

import struct
import zlib
from datetime import UTC, datetime, timedelta

ODD = [
    "Snow leopards & their kin",
    "Quotes \"double\" and 'single' — dashes -- too",
    "Ünïcödé: naïve façade, Škoda, Łódź",
    "الفهد العربي في الجبال",
    "נמר ערבי במדבר יהודה",
    "雪豹在高原上",
    "Emoji 🐆 and 👩🏽‍🔬 with joiners",
    "a < b, b > c, and a &amp; b",
    "Back\\slash and C:\\path",
    "Soft\u00adhyphen, narrow\u202fspace, zero\u200bwidth",
]
TEXT = "<!-- wp:paragraph -->\n<p>{}</p>\n<!-- /wp:paragraph -->"
IMAGE = (
    '<!-- wp:image {{"id":{id},"sizeSlug":"full"}} -->\n<figure class="wp-block-image size-full"><img src="{url}" '
    'alt="In the text" class="wp-image-{id}"/><figcaption class="wp-element-caption">Below it</figcaption></figure>\n'
    "<!-- /wp:image -->"
)
NESTED = (
    '<!-- wp:columns -->\n<div class="wp-block-columns"><!-- wp:column -->\n<div class="wp-block-column">'
    '<!-- wp:heading {{"level":3}} -->\n<h3>{}</h3>\n<!-- /wp:heading -->\n<!-- wp:list -->\n<ul><!-- wp:list-item -->'
    "\n<li>one</li>\n<!-- /wp:list-item --><!-- wp:list-item -->\n<li>two <strong>bold</strong> <em>slanted</em></li>\n"
    "<!-- /wp:list-item --></ul>\n<!-- /wp:list --></div>\n<!-- /wp:column -->\n<!-- wp:column -->\n"
    '<div class="wp-block-column"><!-- wp:quote -->\n<blockquote class="wp-block-quote"><!-- wp:paragraph -->\n'
    "<p>Said.</p>\n<!-- /wp:paragraph --><cite>Somebody</cite></blockquote>\n<!-- /wp:quote --></div>\n"
    "<!-- /wp:column --></div>\n<!-- /wp:columns -->"
)
TABLE = (
    '<!-- wp:table -->\n<figure class="wp-block-table"><table><tbody><tr><td>Amur</td><td>130</td></tr></tbody>'
    "</table></figure>\n<!-- /wp:table -->"
)
LINKS = TEXT.format(
    'See <a href="{inner}">here</a> and <a href="https://other.example.org/?a=1&amp;b=2">there</a>.'
)
CLASSIC = "A classic text\nover two lines.\n\nAnother paragraph with <b>bold</b>."


def gallery(pictures):
    inner = "".join(IMAGE.format(id=one["id"], url=one["source_url"]) for one in pictures)
    return (
        '<!-- wp:gallery {"linkTo":"none"} -->\n<figure class="wp-block-gallery has-nested-images columns-default">'
        f"{inner}</figure>\n<!-- /wp:gallery -->"
    )


def png(number):
    """A picture that no other is equal to."""
    width, height = 8 + number, 6
    rows = zlib.compress(
        b"".join(b"\0" + bytes((number * 7 + at) % 256 for at in range(width)) for _ in range(height))
    )
    chunks = ((b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


class OldSite:
    """Makes it with the rights of the administrator, through the REST API."""

    def __init__(self, site):
        self.site = site
        self.media, self.categories, self.tags, self.writers, self.posts, self.pages = [], [], [], [], [], []

    def fill(self, posts=200, pages=20, pictures=15):
        self._users()
        self._media(pictures)
        self._terms()
        self._pages(pages)
        self._posts(posts)
        return self

    def _users(self):
        known = self.site.call("GET", "/wp/v2/users", params={"context": "edit", "per_page": 100})
        for login, first, last in (("jo", "Jo", "Writer"), ("noor", "نور", "الكاتبة")):
            found = [one for one in known if one["username"] == login]
            about = {
                "first_name": first,
                "last_name": last,
                "name": f"{first} {last}",
                "description": "Writes & edits.",
            }
            self.writers += found or [
                self.site.call(
                    "POST",
                    "/wp/v2/users",
                    json={
                        "username": login,
                        "email": f"{login}@example.org",
                        "password": "x" * 20,
                        "roles": ["author"],
                        **about,
                    },
                )
            ]

    def _media(self, count):
        for number in range(count):
            words = {
                "title": f"Picture {number}",
                "alt_text": f"{ODD[number % len(ODD)]}, seen {number}".replace("<", "‹").replace(">", "›"),
                "caption": f"Caption {number}: {ODD[(number + 3) % 7]}",
            }
            file = (f"bild-{number}.png", png(number), "image/png")
            self.media.append(self.site.call("POST", "/wp/v2/media", data=words, files={"file": file}))

    def _terms(self):
        for number in range(10):
            parent = self.categories[number - 5]["id"] if number >= 5 else 0
            body = {
                "name": f"Category {number} & {ODD[number % 7]}",
                "description": f"About {number}.",
                "parent": parent,
            }
            self.categories.append(
                self.site.call("POST", "/wp/v2/categories", json={**body, "slug": f"category-{number}"})
            )
        for number in range(12):
            body = {"name": f"Tag {number} {ODD[number % 7]}"[:190], "slug": f"tag-{number}"}
            self.tags.append(self.site.call("POST", "/wp/v2/tags", json=body))

    def _pages(self, count):
        for number in range(count):
            parent = self.pages[number // 3]["id"] if number else 0
            status = "draft" if number % 7 == 5 and number > 12 else "publish"
            body = {
                "title": f"Page {number}: {ODD[number % len(ODD)]}",
                "slug": f"page-{number}",
                "content": "\n\n".join([TEXT.format(ODD[number % 7]), NESTED.format("Head"), TABLE]),
                "parent": parent,
                "status": status,
            }
            self.pages.append(self.site.call("POST", "/wp/v2/pages", json=body))

    def _posts(self, count):
        made = [self._post(number) for number in range(count)]
        for at in range(0, count, 25):
            sent = [
                {"method": "POST", "path": "/wp/v2/posts?context=edit", "body": body}
                for body in made[at : at + 25]
            ]
            answers = self.site.call("POST", "/batch/v1", json={"requests": sent})["responses"]
            assert {one["status"] for one in answers} == {201}, answers
            self.posts += [one["body"] for one in answers]

    def _post(self, number):
        body = {
            "title": f"{number}: {ODD[number % len(ODD)]}",
            "slug": f"post-{number}",
            "content": self._content(number),
            "excerpt": f"Excerpt {number} & {ODD[number % 7]}" if number % 3 else "",
            "categories": [self.categories[number % 10]["id"], self.categories[(number + 3) % 10]["id"]],
            "tags": [self.tags[number % 12]["id"]],
            "author": self.writers[number % 2]["id"],
            "featured_media": self.media[number % len(self.media)]["id"] if number % 2 else 0,
            "date_gmt": (datetime(2020, 1, 1, 9, tzinfo=UTC) + timedelta(days=number)).strftime(
                "%Y-%m-%dT%H:%M:%S"
            ),
            "status": "publish",
        }
        if number % 10 == 4:
            body |= {"status": "draft"}
            body.pop("date_gmt")
        elif number % 50 == 7:
            body |= {"status": "future", "date_gmt": "2199-01-01T00:00:00"}
        elif number % 50 == 8:
            body |= {"status": "private"}
        elif number % 50 == 9:
            body |= {"password": "open sesame"}
        return body

    def _content(self, number):
        words = TEXT.format(ODD[number % 7].replace("&", "&amp;"))
        pictures = [self.media[number % len(self.media)], self.media[(number + 4) % len(self.media)]]
        match number % 5:
            case 0:
                return "\n\n".join([words, gallery(pictures)])
            case 1:
                return "\n\n".join([words, IMAGE.format(id=pictures[0]["id"], url=pictures[0]["source_url"])])
            case 2:
                return "\n\n".join([words, NESTED.format("Range"), TABLE])
            case 3:
                inner = self.pages[number % 10]["link"]
                return "\n\n".join([words, LINKS.format(inner=inner)])
        return CLASSIC
