"""WordPress on SQLite and on MariaDB, with our plug-in and without."""

import json
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import ClassVar

import pytest
import requests
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))

import browser
from as_source import RealSource
from killed import KilledConformance
from whole import REPORTS, OnTimeConformance, Place, WholeConformance, graph_of
from wordpress_site import WordPress, channel

from exporters.base import Write
from exporters.dialects.wordpress.plugin import plugin
from exporters.trial import SITE, Desk, Foreign, context, html, picture, png
from exporters.wordpress import WordPressExporter
from pipeline.config import load
from pipeline.conformance import WireConformance
from pipeline.target import lacking
from schemas.article import Article
from schemas.errors import Ambiguous, AuthError, ChannelDown, Rejected, Transient
from schemas.page import Page
from schemas.topic import Topic
from sources.wordpress import WordPressSource
from transport.fault_proxy import Fault, FaultProxy


class Live(WireConformance):
    """What the variants share."""

    words: ClassVar = ("wordpress",)
    more: ClassVar = {}

    @pytest.fixture
    def site(self, start, monkeypatch):
        server = start(*self.words)
        monkeypatch.setenv("LEOPARD_WORDPRESS", server["editor"]["password"])
        site = WordPress(server)
        (Path(site.plugins) / "leopard.php").unlink(missing_ok=True)
        site.empty()
        return site

    @pytest.fixture
    def proxy(self, site):
        with FaultProxy(site.url) as proxy:
            yield proxy

    @pytest.fixture
    def channel(self, site, proxy):
        return channel(site.server, proxy.address, **self.more)

    @pytest.fixture
    def exporter(self, trial, site):
        list(trial.exporter.setup(Path(site.plugins)))
        return trial.exporter

    @pytest.fixture
    def foreign(self, site):
        theirs = {"title": "Theirs", "content": "<p>Of others</p>", "status": "publish"}
        number = site.call("POST", "/wp/v2/pages", json=theirs)["id"]
        return Foreign(str(number), lambda: site.page(number))

    @pytest.fixture
    def media(self, site):
        return site.media

    @pytest.fixture
    def hand_edit(self, exporter, site):
        def edit(ident, title):
            with exporter.session():
                (page,) = exporter.find([ident])
            site.change(page.id, title=title)

        return edit


class Whole(WholeConformance):
    """The example project on WordPress."""

    words: ClassVar = ("wordpress",)
    more: ClassVar = {}
    paths: ClassVar = {}
    site, media = Live.site, Live.media

    @pytest.fixture
    def target(self, site):
        return channel(site.server, site.url, **self.more)

    @pytest.fixture
    def place(self, tmp_path, target, site):
        place = Place(tmp_path / "project", target)
        written = yaml.safe_load((place.root / "leopard.yaml").read_text())
        written["site"] |= {"url": site.url, "paths": self.paths}
        (place.root / "leopard.yaml").write_text(yaml.safe_dump(written))
        place.leopard("channel", "setup", "site", "--into", site.plugins)
        return place

    @pytest.fixture
    def hand_edit(self, place, site):
        def edit(ident, title):
            exporter = load(place.root).channel("site")
            with exporter.session():
                (page,) = exporter.find([ident])
            site.change(page.id, title=title)

        return edit

    @pytest.fixture
    def carried(self, place):
        def graph(ident):
            exporter = load(place.root).channel("site")
            with exporter.session():
                (page,) = exporter.find([ident])
            return graph_of(page.url)

        return graph


class TestWordPress(KilledConformance, Live):
    """With the plug-in, on SQLite."""


class TestWithoutPlugin(Live):
    """The weaker mode: our key stands in the text."""

    more: ClassVar = {"plugin": False, "kinds": ["page"]}


class TestOnMariaDB(Live):
    """With the plug-in, on MariaDB."""

    words: ClassVar = ("wordpress", "mariadb")


class TestWhole(OnTimeConformance, Whole):
    """With the plug-in: all kinds, in both languages."""

    more: ClassVar = {"locales": ["en", "fr"]}
    scheduled = "future"

    @pytest.fixture
    def ahead(self):
        return 110  # it would show at once what is due within a minute

    @pytest.fixture
    def there(self, site):
        def look():
            (post,) = site.call("GET", "/wp/v2/posts?slug=on-time&status=future,publish")
            return post["status"], post["modified_gmt"]

        return look

    @pytest.fixture
    def address(self, site):
        return f"{site.url}/on-time/"

    @pytest.fixture
    def tick(self, site):
        return lambda: requests.get(f"{site.url}/wp-cron.php", timeout=60)

    def test_reports_are_of_a_type_of_their_own(self, published, site):
        reports = site.call("GET", "/wp/v2/reports", params={"per_page": 100})
        assert len(reports) == REPORTS
        (one,) = (report for report in reports if report["slug"] == "an-ounce-of-prevention")
        meta = one["meta"]
        assert [author["family"] for author in meta["leopard_authors"]] == [
            "Nowell",
            "Li",
            "Paltsyn",
            "Sharma",
        ]
        assert meta["leopard_isbn"] == ["978-1-85850-409-4"]
        assert meta["leopard_publisher"]["title"] == "TRAFFIC"
        assert "leopard_key" not in meta, "visitors are not told our keys"
        topics = {term["slug"] for term in site.call("GET", f"/wp/v2/categories?post={one['id']}")}
        assert topics == {"wildlife-crime"}

    def test_what_visitors_and_editors_see(self, published, site, home):
        """In a real browser: the page, a report, and what the editor makes of their blocks."""
        (page,) = site.call("GET", "/wp/v2/pages?slug=leopards")
        seen = browser.dom(page["link"])
        for part in (
            "wp-block-cover",
            "leopard-credit",
            "leopard-statistic",
            "wp-block-quote",
            "leopard-related",
        ):
            assert part in seen, part
        for words in ("Leopard project / CC0", "221–450", "Amira Solberg", "An Ounce of Prevention"):
            assert words in seen, words
        tags = {tag["name"] for tag in site.call("GET", f"/wp/v2/tags?post={page['id']}")}
        assert tags == {"leopards", "big cats"}
        (report,) = site.call("GET", "/wp/v2/reports?slug=an-ounce-of-prevention")
        shown = browser.dom(report["link"])
        for words in (
            "Snow Leopard Crime Revisited",
            "978-1-85850-409-4",
            "Rishi Kumar Sharma",
            "Fading Footprints",
        ):
            assert words in shown, words
        for name, address in (("leopards", page["link"]), ("report", report["link"])):
            browser.screenshot(address, home / "screenshots" / f"wordpress-{name}.png", height=5200)
        assert self.judged(site, page, report) == []

    def test_links_lead_to_the_pages(self, published, site):
        (article,) = site.call("GET", "/wp/v2/posts?slug=one-leopard-two-countries-counted-once")
        for path in (
            "/leopards",
            "/fr/leopards",
            f"/articles/{article['slug']}",
            "/reports/an-ounce-of-prevention",
            "/fr/species/panthere-des-neiges",
            "/topics/wildlife-crime",
        ):
            assert requests.get(site.url + path, timeout=60).status_code == 200, path

    def judged(self, site, *pages):
        """Blocks that the editor of WordPress does not know, or would have to mend."""
        bad = []
        for page in pages:
            seen = browser.dom(f"{site.url}/?judge={page['id']}")
            found = json.loads(unescape(re.search(r'<pre id="judged">(.+?)</pre>', seen, re.DOTALL)[1]))
            assert len(found) > 10
            bad += [
                one for one in found if not one["valid"] or one["name"] in ("core/freeform", "core/missing")
            ]
        return bad


class TestWholeWithoutPlugin(Whole):
    """The weaker mode: pages, articles, reports and topics."""

    more: ClassVar = {"plugin": False, "kinds": ["page", "article", "report", "topic"]}
    paths: ClassVar = {"article": "/{slug}", "report": "/{slug}", "topic": "/category/{slug}"}

    def test_its_pages_carry_their_graph(self, published, site):
        """They do not, and `channel check` says so."""
        said = published.leopard("channel", "check", "site")
        assert "channel.no_linked_data" in said
        (page,) = site.call("GET", "/wp/v2/pages?slug=leopards")
        assert "application/ld+json" not in requests.get(page["link"], timeout=60).text

    def test_reports_are_posts_that_say_it_all(self, published, site):
        (one,) = site.call("GET", "/wp/v2/posts?slug=an-ounce-of-prevention")
        for words in ("Kristin Nowell", "978-1-85850-409-4", "TRAFFIC", "Kazakhstan", "2016-10", "English"):
            assert words in one["content"]["rendered"], words
        tags = {tag["name"] for tag in site.call("GET", f"/wp/v2/tags?post={one['id']}")}
        assert tags == {"Snow Leopard"}


class Peculiar:
    """What is peculiar to WordPress."""

    words: ClassVar = ("wordpress",)
    site = Live.site

    @pytest.fixture
    def make(self, site, tmp_path):
        def exporter(url=site.url, role="editor", **more):
            written = {"use": "wordpress", "url": url, "username": site.server[role]["username"], **more}
            written = {"password": f"env:LEOPARD_{role.upper()}", **written}
            written.pop("use")
            made = WordPressExporter(WordPressExporter.Options(**written), context(tmp_path))
            list(made.setup(Path(site.plugins)))
            return made

        with pytest.MonkeyPatch.context() as patched:
            for role in ("editor", "author", "subscriber"):
                patched.setenv(f"LEOPARD_{role.upper()}", site.server[role]["password"])
            patched.setenv("LEOPARD_WRONG", "not it")
            yield exporter

    @pytest.fixture
    def desk(self, make):
        with Desk(make()).open() as desk:
            yield desk


class TestPeculiar(Peculiar):
    def article(self, **more):
        known = {"key": "article:count", "locale": "en", "title": "A count", "slug": "a-count"}
        return Article(**{**known, "body": html("All about it"), **more})

    def test_a_page_in_the_trash_is_seen_and_comes_back(self, desk, site):
        record = self.article()
        made = desk.create(record)
        site.trash(made.id, "posts")
        (found,) = desk.exporter.find([made.ident])
        assert (found.id, found.state, found.fields["slug"]) == (made.id, "withdrawn", "a-count")
        again = desk.update(record)
        assert (again.id, again.state, again.fields["slug"]) == (made.id, "published", "a-count")

    def test_a_copy_that_people_made_is_left_alone(self, desk, site):
        made = desk.create(self.article())
        theirs = {"title": "Copy", "status": "publish", "meta": {"leopard_key": made.ident}}
        site.call("POST", "/wp/v2/posts", json=theirs)
        assert desk.held()[made.ident].id == made.id
        (problem,) = desk.exporter.problems
        assert problem.code == "channel.duplicate"

    def test_a_slug_that_changes_leaves_a_redirect(self, desk, site):
        made = desk.create(self.article())
        now = desk.update(self.article(slug="another-count"))
        assert now.id == made.id
        asked = requests.get(f"{site.url}/a-count/", timeout=60)
        assert asked.url == f"{site.url}/another-count/"

    def test_terms_and_parents(self, desk, site):
        topic = Topic(key="topic:crime", locale="en", title="Crime & trade", slug="crime", summary="On < it")
        tagged = self.article(tags=["Ivory", "R&D", "ivory"], topics=["topic:crime"])
        desk.create(topic)
        made = desk.create(tagged, topic)
        assert made.fields["tags"] == ["ivory", "r&d"]
        assert desk.exporter.normalise(desk.desired(tagged, topic).fields).items() <= made.fields.items()
        above = page_record("above")
        desk.create(above)
        below = desk.create(page_record("below", parent="page:above"), above)
        assert site.page(below.id)["link"] == f"{site.url}/above/below/"
        assert {one.ident for one in desk.exporter.read()} == set(desk.remotes)

    def test_tags_of_a_batch_are_made_at_once(self, make, site):
        site.call("POST", "/wp/v2/tags", json={"name": "Ivory"})
        tagged = [
            self.article(key=f"article:n{number}", slug=f"n{number}", tags=["ivory", f"Tag {number}", "R&D"])
            for number in range(5)
        ]
        with FaultProxy(site.url) as proxy, Desk(make(url=proxy.address)).open() as desk:
            wanted = [Write(desired=desk.desired(record)) for record in tagged]
            made = desk.exporter.write_many(wanted)
            held = {ident: page.fields["tags"] for ident, page in made.items()}
            assert held == {f"article:n{n}@en": sorted(["ivory", f"tag {n}", "r&d"]) for n in range(5)}
            assert [request.path for request in proxy.writes] == ["/wp-json/batch/v1"] * 2
        assert len(site.call("GET", "/wp/v2/tags")) == 7

    @pytest.mark.parametrize("many", [False, True])
    def test_what_is_asked_after_a_write_does_not_make_it_a_write_again(self, make, site, many):
        """The name of a tag that people made is asked for once the post is there."""
        site.call("POST", "/wp/v2/tags", json={"name": "Ivory"})
        with FaultProxy(site.url) as proxy, Desk(make(url=proxy.address)).open() as desk:
            proxy.faults.append(Fault("error_before", method="GET", path="/tags", status=429, times=2))
            wanted = desk.desired(self.article(tags=["Ivory"]))
            if many:
                outcome = desk.exporter.write_many([Write(desired=wanted)])[wanted.ident]
                assert isinstance(outcome, Ambiguous)
            else:
                with pytest.raises(Ambiguous):
                    desk.exporter.create(wanted)
            proxy.faults.clear()
            (found,) = desk.exporter.find([wanted.ident])
            assert found.fields["tags"] == ["ivory"]

    def test_a_slug_that_is_taken_is_told(self, desk, foreign_page):
        record = page_record(foreign_page)
        made = desk.create(record)
        assert made.fields["slug"] != desk.exporter.normalise(desk.desired(record).fields)["slug"]

    @pytest.fixture
    def foreign_page(self, site):
        site.call("POST", "/wp/v2/pages", json={"title": "Theirs", "slug": "theirs", "status": "publish"})
        return "theirs"

    def test_a_category_that_people_made_is_not_taken(self, desk, site):
        site.call("POST", "/wp/v2/categories", json={"name": "Crime"})
        with pytest.raises(Rejected, match="term_exists"):
            desk.create(Topic(key="topic:crime", locale="en", title="Crime", slug="crime"))

    @pytest.mark.parametrize(("seconds", "state"), [(3, "draft"), (3600, "scheduled")])
    def test_what_is_scheduled_is_not_early(self, desk, site, seconds, state):
        """WordPress itself would show at once what is due within a minute."""
        due = datetime.now(UTC) + timedelta(seconds=seconds)
        made = desk.create(self.article(published_at=due), state="scheduled")
        assert made.state == state
        assert requests.get(f"{site.url}/?p={made.id}", timeout=60).status_code == 404
        now = desk.update(self.article(published_at=datetime.now(UTC)))
        assert (now.id, now.state) == (made.id, "published")
        assert requests.get(f"{site.url}/?p={made.id}", timeout=60).status_code == 200

    def test_without_the_plugin_nothing_is_left_that_is_not_known(self, make, site):
        exporter = make()
        (Path(site.plugins) / "leopard.php").unlink()
        with Desk(exporter).open() as desk, pytest.raises(ChannelDown):
            desk.create(self.article())
        (problem,) = lacking(exporter)
        assert problem.code == "channel.not_set_up"

    def test_what_people_must_do_is_said(self, make, site):
        assert lacking(make()) == []
        (problem,) = lacking(make(role="author"))
        assert problem.code == "channel.no_right"
        assert "publish_pages" in problem.message
        assert "manage_categories" in problem.message
        (problem, *_) = lacking(make(role="subscriber"))
        assert problem.code == "channel.no_right"
        (problem,) = lacking(make(password="env:LEOPARD_WRONG"))
        assert problem.code == "channel.auth"
        (problem,) = lacking(make(url=f"{site.url}/nowhere"))
        assert problem.code == "channel.down"
        (Path(site.plugins) / "leopard.php").write_text(plugin(["page"], SITE, SITE.languages))
        other = WordPressExporter(make().options, context(Path(site.plugins)))
        (Path(site.plugins) / "leopard.php").write_text(plugin(["page"], SITE, SITE.languages))
        (problem,) = lacking(other)
        assert problem.code == "channel.not_set_up"

    @pytest.mark.parametrize(
        ("more", "kind"),
        [
            ({"password": "env:LEOPARD_WRONG"}, AuthError),
            ({"role": "subscriber"}, AuthError),
            ({"password": "env:LEOPARD_NOWHERE"}, AuthError),
        ],
    )
    def test_credentials_and_rights(self, make, more, kind):
        with pytest.raises(kind) as told, Desk(make(**more)).open() as desk:
            desk.create(page_record("x"))
        assert told.value.hint
        assert "not it" not in str(told.value)

    def test_media_that_are_refused(self, make, tmp_path):
        with Desk(make()).open() as desk:
            asset = picture(tmp_path)
            (tmp_path / "pictures" / "coat.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
            drawing = {"file": "pictures/coat.svg", "path": "pictures/coat.svg", "digest": "a" * 64}
            with pytest.raises(Rejected, match="type"):
                desk.create(asset.model_copy(update=drawing))
            (tmp_path / "pictures" / "coat.png").write_bytes(png() + bytes(9_000_000))
            with pytest.raises(Rejected, match="413"):
                desk.create(asset)

    def test_a_server_that_asks_for_time(self, make, site):
        with FaultProxy(site.url) as proxy:
            proxy.faults.append(Fault("error_before", status=429, headers={"Retry-After": "7"}))
            with Desk(make(url=proxy.address)).open() as desk:
                with pytest.raises(Transient) as told:
                    desk.create(page_record("x"))
                assert told.value.retry_after == 7
                desk.create(page_record("x"))


class TestPeculiarOnMariaDB(Peculiar):
    words: ClassVar = ("wordpress", "mariadb")

    def test_a_field_that_is_too_long(self, desk):
        with pytest.raises(Rejected) as told:
            desk.create(Topic(key="topic:long", locale="en", title="x" * 250, slug="long"))
        assert "longer" in (told.value.hint or "")


def page_record(name, **more):
    words = {"title": name.title(), "slug": name, "blocks": [{"type": "text", "text": html("Text")}]}
    return Page(key=f"page:{name}", locale="en", **words, **more)


class TestAsSource(RealSource):
    of, words, site = WordPressSource, Live.words, Live.site

    @pytest.fixture
    def server_url(self, site):
        return site.url

    @pytest.fixture
    def fill(self, site):
        """A post, a page, a draft and a category."""
        term = site.call("POST", "/wp/v2/categories", json={"name": "Cats & kin"})["id"]
        post = {"title": "Old & new", "content": "<p>Words</p>", "categories": [term], "status": "publish"}
        made = site.call("POST", "/wp/v2/posts", json=post)
        site.call("POST", "/wp/v2/posts", json={**post, "status": "draft"})
        site.call("POST", "/wp/v2/pages", json={**post, "title": "A page"})
        return made["id"]

    @pytest.fixture
    def options(self, site, monkeypatch):
        monkeypatch.setenv("OLD_PASSWORD", site.server["administrator"]["password"])
        return {"username": site.server["administrator"]["username"], "password": "env:OLD_PASSWORD"}

    @pytest.fixture
    def change(self, site, fill):
        return lambda: (
            time.sleep(1.1),
            site.change(fill, "posts", title="Another"),
        )  # its times are in seconds
