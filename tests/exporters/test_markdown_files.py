import orjson
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exporters.common.flavours import FLAVOURS
from exporters.conformance import ExporterConformance
from exporters.markdown_files import MarkdownExporter
from exporters.trial import Foreign
from exporters.trial import context as trial_context
from pipeline.conformance import ChannelConformance
from schemas.errors import NotFound, Rejected

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)


def media_of(exporter):
    return lambda page: (exporter.folder / page.fields["file"]).read_bytes()


class TestMarkdown(ChannelConformance):
    no_such_id = "page/no-such.en.md"

    @pytest.fixture
    def channel(self):
        return {"use": "markdown", "path": "public"}

    @pytest.fixture
    def media(self, exporter):
        return media_of(exporter)

    @pytest.fixture
    def foreign(self, exporter):
        path = exporter.folder / "page" / "theirs.en.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("---\ntitle: Theirs\nleopard: {path: page/other.en.md}\nrecord: {}\n---\n")
        return Foreign("page/theirs.en.md", path.read_bytes)

    @pytest.fixture
    def hand_edit(self, exporter):
        def edit(ident, title):
            path = exporter.folder / (ident.replace(":", "/").replace("@", ".") + ".md")
            path.write_text(path.read_text().replace("Three", title))

        return edit


class TestJekyll(ExporterConformance):
    """Posts are named after what may change."""

    no_such_id = "_posts/1999-01-01-no-such.en.md"

    @pytest.fixture
    def exporter(self, tmp_path):
        return exporter_of(trial_context(tmp_path), "jekyll")

    @pytest.fixture
    def media(self, exporter):
        return media_of(exporter)


def exporter_of(context, flavour="plain", **more):
    return MarkdownExporter(MarkdownExporter.Options(path="site", flavour=flavour, **more), context)


def publish(exporter, desire, records):
    return {one.ident: exporter.create(desire(exporter, one, records)) for one in records}


def files(context):
    found = (path for path in (context.root / "site").rglob("*") if path.is_file())
    return sorted(path.relative_to(context.root / "site").as_posix() for path in found)


def read(context, relative):
    """Fields and body, as other programs read them."""
    text = (context.root / "site" / relative).read_text(encoding="utf-8")
    fields, _, body = text.removeprefix("---\n").partition("---\n")
    return yaml.safe_load(fields), body.strip("\n")


PLACES = {
    "plain": ("article/2024/amur-count.en.md", "page/leopards.fr.md", "assets/amur-{}.jpg"),
    "hugo": (
        "content/article/2024/amur-count.en.md",
        "content/page/leopards.fr.md",
        "static/assets/amur-{}.jpg",
    ),
    "astro": (
        "src/content/article/2024/amur-count.en.md",
        "src/content/page/leopards.fr.md",
        "public/assets/amur-{}.jpg",
    ),
    "eleventy": (
        "content/article/2024/amur-count.en.md",
        "content/page/leopards.fr.md",
        "assets/amur-{}.jpg",
    ),
    "jekyll": (
        "_posts/2024-05-01-more-amur-leopards-counted.en.md",
        "_page/leopards.fr.md",
        "assets/amur-{}.jpg",
    ),
}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_files_are_where_the_generator_looks(context, records, desire, make, flavour):
    exporter = exporter_of(context, flavour)
    remotes = publish(exporter, desire, records)

    digest = make.asset().digest[:12]
    wanted = {place.format(digest) for place in PLACES[flavour]}
    assert wanted <= set(files(context))
    assert len(files(context)) == len(remotes) + 1
    photo = f"https://example.org/assets/amur-{digest}.jpg"
    assert photo in read(context, PLACES[flavour][0])[1]
    assert {remote.ident: remote for remote in exporter.read()} == remotes


FRONT = {
    "plain": {
        "slug": "more-amur-leopards-counted",
        "url": "https://example.org/articles/more-amur-leopards-counted",
        "summary": "A count with good news.",
        "key": "article:2024/amur-count",
        "locale": "en",
    },
    "hugo": {
        "slug": "more-amur-leopards-counted",
        "url": "/articles/more-amur-leopards-counted/",
        "summary": "A count with good news.",
        "translationKey": "article:2024/amur-count",
        "draft": False,
    },
    "astro": {
        "permalink": "/articles/more-amur-leopards-counted/",
        "description": "A count with good news.",
        "translationKey": "article:2024/amur-count",
        "lang": "en",
        "draft": False,
    },
    "eleventy": {
        "permalink": "/articles/more-amur-leopards-counted/",
        "description": "A count with good news.",
        "translationKey": "article:2024/amur-count",
        "lang": "en",
    },
    "jekyll": {
        "slug": "more-amur-leopards-counted",
        "permalink": "/articles/more-amur-leopards-counted/",
        "excerpt": "A count with good news.",
        "translation_key": "article:2024/amur-count",
        "lang": "en",
    },
}
DATES = {
    "plain": ("date", "updated"),
    "hugo": ("date", "lastmod", "expiryDate"),
    "astro": ("pubDate", "updatedDate"),
    "eleventy": ("date", "updated"),
    "jekyll": ("date", "last_modified_at"),
}
IMAGE = {"plain": "image", "hugo": "images", "astro": "heroImage", "eleventy": "image", "jekyll": "image"}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_fields_are_called_as_the_generator_calls_them(context, records, desire, make, flavour):
    article = make.article(updated_at="2024-06-01", expires_at="2030-01-01")
    publish(exporter_of(context, flavour), desire, make.records(make.asset(), article))

    front, _ = read(context, PLACES[flavour][0])
    assert {name: front[name] for name in FRONT[flavour]} == FRONT[flavour]
    dates = ["2024-05-01T09:00:00+01:00", "2024-06-01T00:00:00+00:00", "2030-01-01T00:00:00+00:00"]
    found = [front[name].isoformat() for name in DATES[flavour]]
    assert found == dates[: len(found)]
    assert (front["title"], front["tags"], front["authors"]) == (
        "More Amur Leopards counted",
        ["counts"],
        ["James Compton"],
    )
    photo = f"https://example.org/assets/amur-{make.asset().digest[:12]}.jpg"
    assert front[IMAGE[flavour]] == ([photo] if flavour == "hugo" else photo)
    assert front["record"]["image"]["alt"] == "An Amur Leopard in snow"
    assert front["record"]["image"]["credit"] == "© Lynn M. Stone / WWF"
    known = {
        *FRONT[flavour],
        *DATES[flavour],
        IMAGE[flavour],
        "title",
        "tags",
        "authors",
        "record",
        "leopard",
    }
    assert set(front) == known


def test_the_bytes(context, desire, make):
    short = make.article(image=None, authors=(), statistics=(), species=(), tags=["no", "a: b"])
    publish(exporter_of(context, "hugo"), desire, make.records(short))

    path = context.root / "site/content/article/2024/amur-count.en.md"
    assert path.read_bytes().decode() == (
        '---\ntitle: "More Amur Leopards counted"\nslug: "more-amur-leopards-counted"\n'
        'url: "/articles/more-amur-leopards-counted/"\ndate: 2024-05-01T09:00:00+01:00\n'
        'summary: "A count with good news."\ntags:\n- "no"\n- "a: b"\n'
        'translationKey: "article:2024/amur-count"\ndraft: false\n'
        'leopard:\n  path: "content/article/2024/amur-count.en.md"\n'
        'record:\n  genre: news\n  key: "article:2024/amur-count"\n  kind: article\n  locale: en\n'
        '  published_at: "2024-05-01T09:00:00+01:00"\n'
        "---\n\n<p>See leopards. </p>\n"
    )


def test_all_else_is_in_the_record(context, records, desire):
    publish(exporter_of(context), desire, records)

    front, body = read(context, "report/ounce.en.md")
    assert front["record"]["issued"] == "2016-10"
    assert front["record"]["external_url"] == "https://reports.example.org/ounce"
    assert front["record"]["files"] == [
        {
            "url": "https://example.org/files/ounce.pdf",
            "label": "Report",
            "media_type": "application/pdf",
            "size": 9,
        }
    ]
    assert body.startswith("<p>Snow Leopard crime revisited.</p>\n<p><cite>")
    assert not any(b"private" in path.read_bytes() for path in (context.root / "site").rglob("*.md"))


def test_what_is_not_public_is_nowhere(context, records, desire):
    publish(exporter_of(context), desire, records.but("report:ounce", "statistic:amur-left", "asset:amur"))

    everything = b"".join(path.read_bytes() for path in (context.root / "site").rglob("*") if path.is_file())
    assert b"ounce" not in everything.lower()
    assert b"only 70" not in everything
    assert b"amur.jpg" not in everything


def test_a_post_moves_with_its_slug_and_leaves_nothing_behind(context, desire, make):
    exporter = exporter_of(context, "jekyll")
    remote = exporter.create(desire(exporter, make.article(), make.records()))
    changed = make.article(slug="other", published_at="2024-05-02")

    moved = exporter.update(remote, desire(exporter, changed, make.records()))
    assert moved.id == "_posts/2024-05-02-other.en.md"
    assert files(context) == [moved.id]


def test_an_article_without_a_date_is_no_post(context, desire, make):
    undated = make.article(published_at=None)
    publish(exporter_of(context, "jekyll"), desire, make.records(undated))

    assert files(context) == ["_article/2024/amur-count.en.md"]


def test_a_name_with_a_meaning_of_its_own(context, desire, make):
    publish(exporter_of(context, "hugo"), desire, make.records(make.page(key="page:index")))

    assert files(context) == ["content/page/index_.en.md"]


def test_the_facts_of_an_image_lie_beside(context, desire, make):
    away = make.asset(key="asset:away", file=None, path=None, digest=None, url="https://photos.example.org/a")
    publish(exporter_of(context, "hugo"), desire, make.records(make.asset(), away))

    facts = orjson.loads((context.root / "site/data/assets/amur.en.json").read_bytes())
    assert facts["url"] == f"https://example.org/assets/amur-{make.asset().digest[:12]}.jpg"
    assert facts["alt"]["fr"] == "Une panthère de l'Amour dans la neige"
    assert "path" not in facts
    assert files(context) == [
        "data/assets/amur.en.json",
        "data/assets/away.en.json",
        f"static/assets/amur-{make.asset().digest[:12]}.jpg",
    ]


def test_assets_go_with_their_facts(context, desire, make):
    exporter = exporter_of(context)
    remote = exporter.create(desire(exporter, make.asset(), make.records()))

    exporter.delete(remote)
    assert files(context) == []


def test_publishing_again_touches_nothing(context, records, desire):
    exporter = exporter_of(context)
    publish(exporter, desire, records)
    before = {name: (context.root / "site" / name).stat().st_mtime_ns for name in files(context)}

    publish(exporter, desire, records)
    assert {name: (context.root / "site" / name).stat().st_mtime_ns for name in files(context)} == before


def test_bytes_do_not_depend_on_the_order_of_members(context, records, desire, make):
    exporter = exporter_of(context)
    remotes = publish(exporter, desire, records)
    wanted = desire(exporter, make.page(), records)
    turned = wanted.model_copy(update={"fields": dict(sorted(wanted.fields.items(), reverse=True))})

    assert exporter.update(remotes[wanted.ident], turned).version == remotes[wanted.ident].version


def test_a_file_that_is_gone_is_missed(context, records, desire, make):
    exporter = exporter_of(context)
    remotes = publish(exporter, desire, records)
    (context.root / "site/page/leopards.en.md").unlink()

    assert list(exporter.absent(remotes.values(), ())) == ["page:leopards@en"]
    with pytest.raises(NotFound):
        exporter.update(remotes["page:leopards@en"], desire(exporter, make.page(), records))


@pytest.mark.parametrize("content", ["# Mine\n", "---\ntitle: Mine\n---\n", "---\n", "\x00\xff"])
def test_a_file_of_somebody_else_stays(context, records, desire, make, content):
    path = context.root / "site/page/leopards.en.md"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="latin-1")

    exporter = exporter_of(context)
    with pytest.raises(Rejected, match=r"site/page/leopards\.en\.md is already there"):
        exporter.create(desire(exporter, make.page(), records))
    assert list(exporter.read()) == []
    assert path.read_text(encoding="latin-1") == content


def test_a_copy_of_one_of_ours_is_not_ours(context, records, desire, make):
    exporter = exporter_of(context)
    publish(exporter, desire, make.records(make.page()))
    folder = context.root / "site/page"
    (folder / "copy.en.md").write_bytes((folder / "leopards.en.md").read_bytes())

    assert [remote.id for remote in exporter.read()] == ["page/leopards.en.md"]


@pytest.mark.parametrize(
    "wrong", [{}, {"path": ""}, {"path": "x", "flavour": "gatsby"}, {"path": "x", "flavor": "hugo"}]
)
def test_wrong_options_are_refused(wrong):
    with pytest.raises(ValidationError):
        MarkdownExporter.Options(**wrong)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=ANYTHING.filter(bool), words=ANYTHING)
def test_any_text_gives_a_readable_file(context, desire, make, title, words):
    body = {"format": "text", "text": words}
    article = make.article(body=body).model_copy(update={"title": title, "summary": words, "tags": (words,)})
    exporter = exporter_of(context, "hugo")
    remote = exporter.create(desire(exporter, article, make.records(article)))

    front, _ = read(context, remote.id)
    assert front["record"]["key"] == article.key
    assert [one.fields for one in exporter.read()] == [remote.fields]
