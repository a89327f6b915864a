"""Reading one feed's bytes: formats, charsets, dates, links and people as they really come."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from listeners.feed_entry import Broken, Byline, Entry, Feed, read_time, web_address
from listeners.feeds import read_feed

URL = "https://blog.example/feeds/main"


def read(body: str | bytes, content_type: str = "application/xml", url: str = URL) -> Feed:
    """A feed from its text."""
    raw = body.encode() if isinstance(body, str) else body
    return read_feed(raw, url=url, headers={"Content-Type": content_type})


def only(body: str | bytes, content_type: str = "application/xml") -> Entry:
    """The one entry of a feed."""
    (entry,) = read(body, content_type).entries
    assert isinstance(entry, Entry)
    return entry


def item(inner: str) -> Entry:
    """The entry of an RSS item with these elements."""
    return only(
        f'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item>{inner}</item></channel></rss>'
    )


LINK = "<link>https://b.example/1</link>"
RSS_20 = f'<rss version="2.0"><channel><title>F</title><item><title>T</title>{LINK}</item></channel></rss>'
RSS_091 = RSS_20.replace("2.0", "0.91")
RDF = 'rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
RSS_090 = f"""<{RDF} xmlns="http://my.netscape.com/rdf/simple/0.9/">
  <channel><title>F</title></channel><item><title>T</title>{LINK}</item></rdf:RDF>"""
RSS_10 = f"""<{RDF} xmlns="http://purl.org/rss/1.0/">
  <channel rdf:about="https://b.example/"><title>F</title></channel>
  <item rdf:about="https://b.example/1"><title>T</title>{LINK}</item></rdf:RDF>"""
ATOM_10 = """<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>
  <entry><title>T</title><link rel="alternate" href="https://b.example/1"/></entry></feed>"""
ATOM_03 = ATOM_10.replace("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
JSON_1 = """{"version": "https://jsonfeed.org/version/1", "title": "F",
  "items": [{"id": 7, "title": "T", "url": "https://b.example/1"}]}"""


@pytest.mark.parametrize(
    "body", [RSS_090, RSS_091, RSS_10, RSS_20, ATOM_03, ATOM_10, JSON_1, "\n\n " + RSS_20, "﻿" + ATOM_10]
)
def test_every_format_is_read(body: str) -> None:
    """RSS 0.90 to 2.0, RDF, both Atoms and JSON, also behind blank lines or a byte order mark."""
    feed = read(body)
    (entry,) = feed.entries
    assert isinstance(entry, Entry)
    assert (feed.title, entry.title, entry.url) == ("F", "T", "https://b.example/1")


@pytest.mark.parametrize(
    ("declared", "encoded", "content_type"),
    [
        ("utf-8", "utf-8", "application/xml"),
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
        ("iso-8859-1", "utf-8", "application/xml"),
        ("iso-8859-1", "iso-8859-1", "application/xml"),
        ("utf-8", "cp1252", "application/xml"),
        ("windows-1252", "cp1252", "text/xml; charset=windows-1252"),
        ("utf-16", "utf-16", "application/xml"),
    ],
)
def test_wrong_charsets_do_not_matter(declared: str, encoded: str, content_type: str) -> None:
    """The words arrive as written, whatever header and first line claim."""
    body = f'<?xml version="1.0" encoding="{declared}"?>{RSS_20.replace("T<", "Crème brûlée à 5<")}'
    assert only(body.encode(encoded), content_type).title == "Crème brûlée à 5"


def test_one_stray_byte_does_not_spoil_the_rest() -> None:
    """A cut multi-byte character costs itself only."""
    body = RSS_20.replace("T<", "Grüße aus Köln, schöne Füße?<").encode()
    assert only(body.replace(b"?<", b"\xc3<")).title == "Grüße aus Köln, schöne Füße�"


def test_full_content_comes_before_the_summary() -> None:
    """Also where the summary comes first in the feed."""
    entry = item(
        "<description>Short</description><content:encoded>&lt;p&gt;It all&lt;/p&gt;</content:encoded>"
    )
    assert entry.text == "It all"


def test_the_summary_serves_where_there_is_no_content() -> None:
    """An empty content is none."""
    assert item("<content:encoded></content:encoded><description>Short</description>").text == "Short"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;", "One\n\nTwo"),
        ("a&lt;br&gt;b", "a\nb"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;&lt;style&gt;p{}&lt;/style&gt;&lt;b&gt;Hi&lt;/b&gt;", "Hi"),
        ("5 &amp;lt; 6 and 7 &amp;gt; 3", "5 < 6 and 7 > 3"),
        ("5 &lt; 6 and 7 &gt; 3", "5 < 6 and 7 > 3"),
        ("AT&amp;amp;T", "AT&T"),
        ("line one\nline two", "line one\nline two"),
        ("&lt;div hidden&gt;&lt;template&gt;no&lt;/template&gt;yes&lt;/div&gt;", "yes"),
        ("<![CDATA[<p>From <a href='https://x.example'>CDATA</a></p>]]>", "From CDATA"),
        ("<![CDATA[" + "<div>" * 5000 + "deep" + "]]>", "deep"),
    ],
)
def test_html_becomes_what_a_person_would_read(html: str, text: str) -> None:
    """Paragraphs and breaks stay, tags and everything that runs go."""
    assert item(f"<description>{html}</description>").text == text


def test_xhtml_content_of_atom_is_read() -> None:
    """Markup that is part of the XML itself."""
    entry = only(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type="xhtml">'
        '<div xmlns="http://www.w3.org/1999/xhtml"><p>Hi <b>you</b></p></div></content></entry></feed>'
    )
    assert entry.text == "Hi you"


@pytest.mark.parametrize(
    ("inner", "url"),
    [
        ("<link>https://b.example/1</link>", "https://b.example/1"),
        ("<link>/posts/1</link>", "https://blog.example/posts/1"),
        ("<link>posts/1</link>", "https://blog.example/feeds/posts/1"),
        ("<guid>https://b.example/1</guid>", "https://b.example/1"),
        ('<guid isPermaLink="false">https://b.example/1</guid>', ""),
        ("<guid>12345</guid>", ""),
        ("<link>javascript:alert(1)</link>", ""),
        ("<link>http://[</link>", ""),
        (
            '<enclosure url="https://b.example/1.mp3" type="audio/mpeg" length="1"/>',
            "https://b.example/1.mp3",
        ),
        ("<comments>https://b.example/1#c</comments>", "https://b.example/1#c"),
    ],
)
def test_the_link_is_one_a_person_can_open(inner: str, url: str) -> None:
    """Relative links are resolved; what is no web address is no link."""
    assert item("<title>T</title>" + inner).url == url


def test_ids_do_not_depend_on_where_the_feed_was_fetched() -> None:
    """A feed that moves keeps its posts."""
    body = '<rss version="2.0"><channel><item><guid>abc</guid><title>T</title></item></channel></rss>'
    one, two = (read(body, url=url).entries[0] for url in (URL, "https://elsewhere.example/"))
    assert isinstance(one, Entry)
    assert isinstance(two, Entry)
    assert one.native_id == two.native_id == "abc"


@pytest.mark.parametrize(
    ("inner", "when"),
    [
        ("<pubDate>Mon, 16 Oct 2017 15:10:00 +0200</pubDate>", datetime(2017, 10, 16, 13, 10, tzinfo=UTC)),
        ("<pubDate>16 Oct 2017 15:10 GMT</pubDate>", datetime(2017, 10, 16, 15, 10, tzinfo=UTC)),
        ("<pubDate>2017-10-16T15:10:00Z</pubDate>", datetime(2017, 10, 16, 15, 10, tzinfo=UTC)),
        ("<pubDate>1518478934</pubDate>", datetime(2018, 2, 12, 23, 42, 14, tzinfo=UTC)),
        ("<pubDate>soon</pubDate><dc:date>2017-10-16</dc:date>", datetime(2017, 10, 16, tzinfo=UTC)),
        ("<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>", None),
        ("<pubDate>soon</pubDate>", None),
        ("", None),
    ],
)
def test_dates_are_read_or_owned_up_to(inner: str, when: datetime | None) -> None:
    """Always UTC; what is no date is None, never now."""
    assert item("<title>T</title>" + inner).when == when


@pytest.mark.parametrize(
    ("inner", "byline"),
    [
        ("<author>ann@b.example (Ann Lee)</author>", Byline("Ann Lee", "", "ann@b.example")),
        ("<author>Ann Lee &lt;ann@b.support&gt;</author>", Byline("Ann Lee", "", "ann@b.support")),
        ("<author>ann@b.example</author>", Byline("", "", "ann@b.example")),
        ("<dc:creator>Ann Lee</dc:creator>", Byline("Ann Lee")),
    ],
)
def test_authors_as_they_come(inner: str, byline: Byline) -> None:
    """Name, address or both."""
    assert item("<title>T</title>" + inner).byline == byline


def test_the_feeds_author_and_language_stand_in() -> None:
    """Where an entry has none of its own."""
    entry = only(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><author><name>Ann</name></author>'
        "<entry><id>1</id><title>T</title></entry></feed>"
    )
    assert entry.byline == Byline("Ann")


def test_a_broken_item_of_a_json_feed_costs_only_itself() -> None:
    """Wrong types are set aside; odd but readable ones are read."""
    feed = read(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1",
                "items": [
                    None,
                    {"id": "1"},
                    {"id": 2, "title": 5, "authors": "?"},
                    {"id": True, "url": "/x", "date_published": []},
                ],
            }
        )
    )
    kinds = [type(entry) for entry in feed.entries]
    assert kinds == [Broken, Broken, Entry, Entry]


def test_json_feed_of_both_versions_names_its_author() -> None:
    """1.0 has author, 1.1 authors."""
    feed = read(
        '{"author": {"name": "F"}, "items": [{"id": "1", "title": "a"}, {"id": "2", "title": "b", '
        '"authors": [{"name": "B", "url": "https://b.example"}]}]}'
    )
    assert [entry.byline for entry in feed.entries if isinstance(entry, Entry)] == [
        Byline("F"),
        Byline("B", "https://b.example"),
    ]


@pytest.mark.parametrize(
    "body", [RSS_20[:-30], RSS_20.replace("<title>T", "<x:y>z</x:y><title>T"), RSS_20 + "<junk>"]
)
def test_broken_xml_still_gives_its_entries(body: str) -> None:
    """Cut short, unbound prefixes and trailing junk are everyday."""
    (entry,) = read(body).entries
    assert isinstance(entry, Entry)
    assert entry.title == "T"


def test_entity_tricks_are_harmless() -> None:
    """A file of this machine does not become a title."""
    body = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + RSS_20.replace("T<", "T&x;<")
    assert "root" not in str(read(body))


def test_a_body_that_is_a_path_is_not_opened(tmp_path: object) -> None:
    """Bytes are only ever bytes."""
    from listeners.listener import Malformed

    with pytest.raises(Malformed):
        read(b"/etc/hostname")


def test_the_feeds_own_pace_is_read() -> None:
    """ttl in minutes, or the syndication module's period."""
    sy = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    head = "<item><title>T</title></item></channel></rss>"
    assert read(f'<rss version="2.0"><channel><ttl>90</ttl>{head}').ttl == 5400
    period = "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
    body = f'<rss version="2.0" {sy}><channel>{period}{head}'
    assert read(body).ttl == 1800


@pytest.mark.parametrize(
    "value", ["", "x", "-1", "9" * 30, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_no_written_time_breaks_the_reader(value: str) -> None:
    """Out of every range is None."""
    assert read_time(value) is None


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "data:text/html,x", "//", "mailto:a@b.example", "http://"]
)
def test_only_web_addresses_become_links(value: str) -> None:
    """A link is something a responder clicks."""
    assert web_address(value) == ""
