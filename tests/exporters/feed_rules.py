"""RSS 2.0, its best practices profile, and Atom (RFC 4287), as far as our feeds use them: strict readers."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import feedparser

DC, MEDIA = "{http://purl.org/dc/elements/1.1/}", "{http://search.yahoo.com/mrss/}"
ATOM, XML = "{http://www.w3.org/2005/Atom}", "{http://www.w3.org/XML/1998/namespace}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
RFC_822 = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
RFC_3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
MIME = r"[a-z]+/[a-z0-9.+-]+"

GONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"

RSS_HEAD = {"generator", "title", "link", "description", "language", "lastBuildDate"}
RSS_ONCE = {"title", "link", "description", "guid", "pubDate", "enclosure", CONTENT, f"{DC}rights"}
RSS_MANY = {"category", f"{DC}creator", f"{MEDIA}content"}
ATOM_HEAD = {
    f"{ATOM}{name}" for name in ("generator", "id", "title", "subtitle", "updated", "link", "author")
}
ATOM_ONCE = {
    f"{ATOM}{name}" for name in ("id", "title", "updated", "published", "rights", "summary", "content")
}
ATOM_MANY = {f"{ATOM}{name}" for name in ("link", "author", "category")} | {f"{MEDIA}content"}


def read_back(path):
    """What feedparser makes of a feed."""
    feed = feedparser.parse(path.read_bytes(), sanitize_html=False, resolve_relative_uris=False)
    assert not feed.bozo
    return feed


def is_absolute(address):
    return bool(re.fullmatch(r"https?://[!-~]+", address or ""))


def is_rfc_822(text):
    return bool(re.fullmatch(RFC_822, text)) and parsedate_to_datetime(text).strftime("%a") == text[:3]


def is_rfc_3339(text):
    return bool(re.fullmatch(RFC_3339, text)) and datetime.fromisoformat(text).tzinfo is not None


def rss_items(data):
    """The items of a valid RSS feed."""
    root = ElementTree.fromstring(data)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (channel,) = root
    head = [child for child in channel if child.tag not in ("item", f"{ATOM}link")]
    assert len({child.tag for child in head}) == len(head)
    assert {child.tag for child in head} <= RSS_HEAD
    assert all(channel.findtext(name) for name in ("title", "description"))
    assert is_absolute(channel.findtext("link"))
    assert all(is_rfc_822(date.text) for date in channel.iter("lastBuildDate"))
    own = {link.get("rel"): link.get("href") for link in channel.findall(f"{ATOM}link")}
    assert is_absolute(own["self"])
    items = channel.findall("item")
    for item in items:
        _check_item(item)
    guids = [item.findtext("guid") for item in items]
    assert len(set(guids)) == len(guids)
    return items


def _check_item(item):
    names = [child.tag for child in item]
    assert set(names) <= RSS_ONCE | RSS_MANY
    assert all(names.count(name) <= 1 for name in RSS_ONCE)
    assert item.findtext("title")
    assert is_absolute(item.findtext("link"))
    assert item.find("guid").attrib == {"isPermaLink": "false"}
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", item.findtext("guid"))
    assert all(is_rfc_822(date.text) for date in item.iter("pubDate"))
    assert all(child.text for child in item if child.tag in ("category", f"{DC}creator"))
    for enclosure in item.iter("enclosure"):
        assert set(enclosure.attrib) == {"url", "length", "type"}
        assert is_absolute(enclosure.get("url"))
        assert re.fullmatch(r"\d+", enclosure.get("length"))
        assert re.fullmatch(MIME, enclosure.get("type"))
    _check_media(item)


def _check_media(item):
    for media in item.iter(f"{MEDIA}content"):
        assert is_absolute(media.get("url"))
        assert media.get("medium") in ("image", "document")
        assert all(child.text for child in media)


def atom_entries(data):
    """The entries of a valid Atom feed."""
    feed = ElementTree.fromstring(data)
    assert feed.tag == f"{ATOM}feed"
    assert feed.get(f"{XML}lang")
    entries = feed.findall(f"{ATOM}entry")
    gone = feed.findall(GONE)
    head = [child for child in feed if child.tag not in (f"{ATOM}entry", GONE)]
    assert list(feed) == [*head, *entries, *gone], "what is said of the feed comes first"
    for one in gone:  # RFC 6721, section 3
        assert set(one.attrib) == {"ref", "when"}
        assert is_rfc_3339(one.get("when"))
        assert datetime.fromisoformat(one.get("when")) <= datetime.fromisoformat(
            feed.findtext(f"{ATOM}updated")
        )
    assert {child.tag for child in head} <= ATOM_HEAD
    assert [child.tag for child in head].count(f"{ATOM}subtitle") <= 1
    _check_ids_and_dates(feed)
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    rels = [link.get("rel") for link in _links(feed)]
    assert sorted(set(rels) - {"hub"}) == ["alternate", "self"]
    assert len(set(rels)) == len(rels)
    for entry in entries:
        _check_entry(entry)
    ids = [*(one.findtext(f"{ATOM}id") for one in (feed, *entries)), *(one.get("ref") for one in gone)]
    assert len(set(ids)) == len(ids)
    return entries


def _check_ids_and_dates(element):
    for name in ("id", "title", "updated"):
        assert len(element.findall(f"{ATOM}{name}")) == 1
    assert element.findtext(f"{ATOM}title")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", element.findtext(f"{ATOM}id"))
    for name in ("updated", "published"):
        assert all(is_rfc_3339(date.text) for date in element.findall(f"{ATOM}{name}"))


def _links(element):
    links = element.findall(f"{ATOM}link")
    for link in links:
        assert is_absolute(link.get("href"))
        assert re.fullmatch(MIME, link.get("type", "a/a"))
        assert re.fullmatch(r"\d+", link.get("length", "0"))
    return links


def _check_entry(entry):
    names = [child.tag for child in entry]
    assert set(names) <= ATOM_ONCE | ATOM_MANY
    assert all(names.count(name) <= 1 for name in ATOM_ONCE)
    _check_ids_and_dates(entry)
    rels = [link.get("rel") for link in _links(entry)]
    assert set(rels) <= {"alternate", "related", "enclosure"}
    assert (rels.count("alternate"), rels.count("related") <= 1) == (1, True)
    for author in entry.findall(f"{ATOM}author"):
        assert author.findtext(f"{ATOM}name")
        assert all(is_absolute(uri.text) for uri in author.findall(f"{ATOM}uri"))
    assert all(category.get("term") for category in entry.findall(f"{ATOM}category"))
    assert all(content.get("type") == "html" for content in entry.findall(f"{ATOM}content"))
    _check_media(entry)
