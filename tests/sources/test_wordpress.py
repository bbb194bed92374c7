"""WordPress by its REST API: what becomes what, who may see what, what has changed, and nothing half."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fake_wordpress import FakeWordPress, media, post, term, text, user

from sources.base import COMPLETE
from sources.conformance import RemoteConformance, read_all
from sources.wordpress import WordPressSource
from transport.fault_proxy import FaultProxy

GOLDEN = Path(__file__).parent / "golden" / "wordpress"
SIGNED = {"username": "leopard", "password": "env:WP_PASSWORD"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)
    monkeypatch.setenv("WP_PASSWORD", "s3cret word")


@pytest.fixture
def wordpress(web):
    return FakeWordPress(web)


@pytest.fixture
def source(folder, web, wordpress):
    """The source, in a new run each time."""

    def make(**options):
        known = {"url": web.address, "rate": 10_000, **SIGNED, **options}
        return WordPressSource(WordPressSource.Options(**known), folder.context)

    return make


def by_key(result, *, problems=()):
    records, found, outcome = result
    assert [one.code for one in found] == list(problems)
    assert outcome == COMPLETE
    return {raw.data["key"]: raw.data for raw in records}


class TestWordPress(RemoteConformance):
    @pytest.fixture
    def proxy(self, wordpress, web):
        with FaultProxy(web.address) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        options = WordPressSource.Options(url=proxy.address, rate=10_000, **SIGNED)
        return WordPressSource(options, folder.context)

    @pytest.fixture
    def change(self, wordpress):
        def edit():
            (one,) = wordpress.lists["posts"]
            wordpress.lists["posts"] = [
                {**one, "title": text("Other"), "modified_gmt": "2024-05-01T00:00:00"}
            ]

        return edit


def test_each_thing_becomes_a_record(source, wordpress):
    records, problems, outcome = read_all(source())
    assert (problems, outcome) == ([], COMPLETE)
    found = [{"name": raw.name, "within": raw.origin.within, **raw.data} for raw in records]
    assert json.dumps(found, indent=1, ensure_ascii=False) + "\n" == (GOLDEN / "records.json").read_text()


def test_without_credentials_only_what_is_public_is_asked_for(source, wordpress):
    wordpress.lists["posts"].append(post(8, status="draft"))
    found = by_key(read_all(source(username=None, password=None)))
    assert "article:post-7" in found
    assert "article:post-8" not in found
    assert all("context" not in query and "status" not in query for _, query in wordpress.asked)
    assert found["article:post-7"]["body"]["text"].startswith("<p>"), "as the site shows it"


def test_drafts_and_private_posts_are_not_public(source, wordpress):
    wordpress.lists["posts"] = [
        post(1, status="draft", slug="", date_gmt="0000-00-00T00:00:00"),
        post(2, status="pending"),
        post(3, status="private"),
        post(4, status="future", date_gmt="2199-01-01T00:00:00"),
        post(5, content="x", status="publish") | {"content": {**text("x"), "protected": True}},
        post(6, status="trash"),
    ]
    found = by_key(read_all(source()))
    states = {key: data["status"] for key, data in found.items() if key.startswith("article:")}
    assert states == {
        "article:post-1": "draft",
        "article:post-2": "draft",
        "article:post-3": "withdrawn",
        "article:post-4": "published",
        "article:post-5": "draft",
    }
    assert found["article:post-4"]["published_at"] == "2199-01-01T00:00:00Z"
    assert "slug" not in found["article:post-1"]
    assert "published_at" not in found["article:post-1"]


def test_wrong_credentials_are_no_emptiness(source, monkeypatch):
    monkeypatch.setenv("WP_PASSWORD", "wrong")
    records, (problem,), outcome = read_all(source())
    assert (records, outcome.state, problem.code) == ([], "failed", "fetch.auth")


def test_who_may_not_list_users_still_reads_those_who_published(source, wordpress):
    wordpress.lists_users = False
    wordpress.lists["posts"].append(post(8, author=99))
    found = by_key(read_all(source()), problems=["wordpress.authors"])
    assert found["article:post-7"]["authors"] == [{"person": "person:user-1"}]
    assert "authors" not in found["article:post-8"]


def test_links_and_images_of_the_text_lead_to_records(source, wordpress):
    content = (
        '<!-- wp:image {"id":9} -->\n<figure class="wp-block-image"><img src="https://cdn.example.org/x-300x200.jpg"'
        ' srcset="https://cdn.example.org/x.jpg 2x" alt="A &quot;cat&quot;" class="wp-image-9"/></figure>\n'
        '<!-- /wp:image -->\n<!-- wp:paragraph -->\n<p>See <a href="https://old.example.org/post-12/#team">us</a>, '
        '<a href="http://old.example.org/wp-content/uploads/2024/02/leopard-300x200.jpg">it</a>, '
        '<a href="https://other.example.org/">them</a>.</p>\n<!-- /wp:paragraph -->'
    )
    wordpress.lists["posts"] = [post(7, content=content)]
    body = by_key(read_all(source()))["article:post-7"]["body"]["text"]
    assert body == (
        '<figure class="wp-block-image"><img src="asset:media-9" alt="A &quot;cat&quot;" class="wp-image-9" />'
        '</figure>\n\n<p>See <a href="page:page-12#team">us</a>, <a href="asset:media-9">it</a>, '
        '<a href="https://other.example.org/">them</a>.</p>'
    )


def test_what_only_wordpress_can_draw_is_taken_as_it_is_shown(source, wordpress):
    drawn = "<!-- wp:latest-posts /-->\n<!-- wp:paragraph -->\n<p>a</p>\n<!-- /wp:paragraph -->"
    wordpress.lists["posts"] = [
        post(1) | {"content": text(drawn, "<ul><li>Post</li></ul><p>a</p>")},
        post(2) | {"content": text("Classic\n\n[gallery ids=1]", "<p>Classic</p><div>gallery</div>")},
    ]
    found = by_key(read_all(source()))
    assert found["article:post-1"]["body"]["text"] == "<ul><li>Post</li></ul><p>a</p>"
    assert found["article:post-2"]["body"]["text"] == "<p>Classic</p><div>gallery</div>"


def test_slugs_of_other_scripts_become_ours_and_it_is_said(source, wordpress):
    wordpress.lists["posts"] = [post(1, slug="%d8%a7%d9%84%d9%81%d9%87%d8%af"), post(2, slug="a_b")]
    found = by_key(read_all(source()), problems=["wordpress.slug", "wordpress.slug"])
    assert found["article:post-1"]["slug"] == "lfhd"
    assert found["article:post-2"]["slug"] == "a-b"


def test_tags_can_be_words(source, wordpress):
    found = by_key(read_all(source(tags="words")))
    assert found["article:post-7"]["tags"] == ["Counts"]
    assert found["article:post-7"]["topics"] == ["topic:category-3"]
    assert "topic:tag-4" not in found


def test_keys_can_have_a_prefix(source):
    found = by_key(read_all(source(prefix="blog")))
    assert found["page:blog/page-13"]["parent"] == "page:blog/page-12"


def test_many_pages_of_a_list(source, wordpress):
    wordpress.lists["posts"] = [post(number) for number in range(1, 251)]
    found = by_key(read_all(source()))
    assert len([key for key in found if key.startswith("article:")]) == 250
    assert [query["page"] for name, query in wordpress.asked if name == "posts"] == ["1", "2", "3"]


def test_a_list_that_is_shorter_than_it_says_is_not_complete(source, wordpress):
    wordpress.total = 5
    records, (problem,), outcome = read_all(source())
    assert (records, outcome.state, problem.code) == ([], "failed", "api.short")


def test_only_what_has_changed_is_asked_for_and_what_is_in_the_trash_goes(source, wordpress):
    wordpress.lists["posts"] = [post(number) for number in range(1, 6)]
    assert "article:post-2" in by_key(read_all(source()))
    wordpress.asked.clear()
    wordpress.lists["posts"][1] |= {"status": "trash"}
    wordpress.lists["posts"].append(post(9, modified_gmt="2001-01-01T00:00:00"))
    wordpress.lists["posts"][2] |= {"title": text("New"), "modified_gmt": "2024-06-01T00:00:00"}
    found = by_key(read_all(source()))
    assert "article:post-2" not in found
    assert found["article:post-3"]["title"] == "New"
    assert "article:post-9" in found, "it says that it was changed long ago, and is new"
    assert len([key for key in found if key.startswith("article:")]) == 5
    whole = [query.get("include") for name, query in wordpress.asked if "content" in query["_fields"]]
    assert whole == ["3,9"]


def test_what_a_sweep_of_several_pages_does_not_list_is_looked_for_again(source, wordpress):
    wordpress.lists["posts"] = [post(number) for number in range(1, 151)]
    assert len(by_key(read_all(source(sweep_every=1e-9)))) > 150
    wordpress.lists["posts"].pop(10)
    wordpress.asked.clear()
    assert "article:post-11" not in by_key(read_all(source(sweep_every=1e-9)))
    assert len([1 for name, _ in wordpress.asked if name == "posts"]) == 4, "twice two pages"


def test_media_are_copied_once_into_the_project(source, folder, web, wordpress):
    (one,) = wordpress.lists["media"]
    one["source_url"] = web.put("/wp-content/uploads/leopard.jpg", b"JPEG")
    found = by_key(read_all(source(media="content/media")))
    record = found["asset:media-9"]
    assert "url" not in record
    place = folder.root / web.address.replace("://", ":/") / ".." / record["file"]
    assert place.resolve() == (folder.root / "content/media/leopard-media-9.jpg").resolve()
    assert place.resolve().read_bytes() == b"JPEG"
    asked = len([path for path in web.paths if "uploads" in path])
    by_key(read_all(source(media="content/media")))
    assert len([path for path in web.paths if "uploads" in path]) == asked == 1


def test_media_that_cannot_be_had_are_said_and_the_old_copy_stays(source, folder, web, wordpress):
    (one,) = wordpress.lists["media"]
    one["source_url"] = web.address + "/gone.jpg"
    records, (problem,), outcome = read_all(source(media="content/media"))
    assert (problem.code, outcome.state, len(records)) == ("source.media", "partial", 8)
    web.put("/gone.jpg", b"JPEG")
    by_key(read_all(source(media="content/media")))
    del web.pages["/gone.jpg"]
    one["modified_gmt"] = "2024-07-01T00:00:00"
    records, (problem,), outcome = read_all(source(media="content/media"))
    assert (problem.code, outcome.state) == ("source.media", "partial")
    assert any("file" in raw.data for raw in records)


@pytest.mark.parametrize("name", ["evil.yaml", "evil.md", "noending"])
def test_media_that_could_be_taken_for_content_are_not_copied(source, folder, web, wordpress, name):
    (one,) = wordpress.lists["media"]
    one["source_url"] = web.put(f"/{name}", b"title: Evil")
    assert read_all(source(media="content/media"))[2].state == "partial"
    assert not (folder.root / "content/media").exists()


@pytest.mark.parametrize("place", ["/tmp", "..", "a/../b", ".leopard", "a/.hidden", ""])
def test_a_folder_for_media_is_inside_the_project(source, place):
    with pytest.raises(ValueError, match=r"folder inside the project|at least"):
        source(media=place)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "https://old.example.org", "path": "x.xml"},
        {"url": "https://old.example.org", "username": "leopard"},
        {"path": "x.xml", **SIGNED},
        {"path": "x.xml", "media": "content/media"},
    ],
)
def test_options_that_do_not_fit_together(options):
    with pytest.raises(ValueError, match=r"either|together|belong"):
        WordPressSource.Options(**options)


def test_other_sites_are_no_wordpress(source, web, wordpress):
    web.put("/wp-json/wp/v2/types", '{"hello": "world"}')
    assert read_all(source())[1][0].code == "api.shape"


def test_what_names_something_that_is_not_there(source, wordpress):
    wordpress.lists["posts"] = [post(1, categories=[77], featured_media=88)]
    found = by_key(read_all(source()), problems=["wordpress.unknown", "wordpress.unknown"])
    assert "image" not in found["article:post-1"]


def test_odd_text_comes_through(source, wordpress):
    odd = "Ünï🐆 \u202eRTL\u202c שלום & <b>bold</b> \\ ' \" 豹"
    wordpress.lists["posts"] = [post(1, title=odd)]
    wordpress.lists["tags"] = [term(4, "R&amp;D", slug="rd")]
    wordpress.lists["media"] = [media(9, alt_text="a &lt; b", caption=text("豹"))]
    wordpress.lists["users"] = [user(1, "الفهد", url="javascript:alert(1)")]
    found = by_key(read_all(source()))
    assert found["article:post-1"]["title"] == "Ünï🐆 \u202eRTL\u202c שלום & bold \\ ' \" 豹"
    assert found["topic:tag-4"]["title"] == "R&D"
    assert found["asset:media-9"]["alt"] == "a < b"
    assert found["person:user-1"]["family"] == "الفهد"
    assert "url" not in found["person:user-1"]


def test_a_page_that_leopard_has_written_comes_back_in_its_blocks(source, wordpress):
    """As the channel writes it, with the numbers that WordPress has given."""
    from exporters.dialects.wordpress import markup

    hero = markup.cover(
        "9", "https://old.example.org/x.jpg", "A cat", markup.blocks(markup.heading("Leopards"), markup.paragraphs("Rare.")), None
    )  # fmt: skip
    link = '<a href="https://old.example.org/post-7/">Snow leopards</a>'
    teaser = markup.blocks(
        markup.image("9", "x.jpg", "A cat"),
        markup.heading(link, 3),
        markup.paragraphs("Read it."),
        markup.buttons([("More", "https://old.example.org/post-7/")]),
    )
    content = markup.blocks(
        hero,
        markup.heading("Range"),
        markup.paragraph("They live <em>far</em> apart.", "leopard-lead", "large"),
        markup.paragraph("In mountains."),
        markup.group(
            markup.paragraph("<strong>They are rare.</strong>", size="large"), "leopard-key-message"
        ),
        markup.group(markup.quote(markup.paragraphs("Seen one."), "Jo Writer, Ranger"), "leopard-quote"),
        markup.group(markup.columns([markup.group(teaser, "leopard-teaser")]), "leopard-teasers"),
        markup.group(markup.blocks(markup.heading("More"), markup.items([link])), "leopard-related"),
    )
    meta = {
        "leopard_key": "page:leopards@fr",
        "leopard_species": [{"key": "species:uncia", "id": "5", "title": "x"}],
    }
    wordpress.lists["pages"] = [post(12, "Leopards", content=content, slug="leopards-fr", meta=meta)]
    records, problems, outcome = read_all(source())
    assert (problems, outcome) == ([], COMPLETE)
    (page,) = (raw for raw in records if raw.data["kind"] == "page")
    assert (page.data["key"], page.data["slug"], page.locale) == ("page:leopards", "leopards", "fr")
    assert page.data["species"] == ["species:uncia"]
    text = "<p>They live <em>far</em> apart.</p>\n\n<p>In mountains.</p>"
    assert page.data["blocks"] == [
        {"type": "hero", "heading": "Leopards", "text": "Rare.", "image": "asset:media-9"},
        {"type": "text", "heading": "Range", "text": {"format": "html", "text": text}, "lead": True},
        {"type": "key_message", "text": "They are rare."},
        {"type": "quote", "text": "Seen one.", "name": "Jo Writer", "role": "Ranger"},
        {
            "type": "teasers",
            "items": [
                {
                    "title": "Snow leopards",
                    "text": "Read it.",
                    "link": "article:post-7",
                    "label": "More",
                    "image": "asset:media-9",
                }
            ],
        },
        {"type": "related", "heading": "More", "items": ["article:post-7"]},
    ]


def test_what_claims_to_be_ours_names_no_file_and_no_state(source, wordpress):
    meta = {
        "leopard_key": "report:evil@en",
        "leopard_file": "../../leopard.yaml",
        "leopard_files": [{"label": "x", "file": "../../leopard.yaml"}],
        "leopard_status": "published",
        "leopard_embargo_until": "2001-01-01",
    }
    wordpress.lists["posts"] = [post(1, status="draft", meta=meta)]
    (data,) = (one for key, one in by_key(read_all(source())).items() if key == "report:evil")
    assert data["status"] == "draft"
    assert data["files"] == [{"label": "x"}]
    assert not {"file", "embargo_until"} & data.keys()
