"""Where a feed's address must never lead, in whatever spelling."""

from __future__ import annotations

import pytest

from listeners.addresses import Guard, is_public
from listeners.http import Door
from listeners.listener import Refused, Retry
from tests.listeners.feed_site import site


class Names:
    """A resolver with a table; the same name may answer differently each time it is asked."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): list(turns) for name, turns in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        turns = self.answers.get(host, [])
        if not turns:
            raise OSError("no such name")
        return turns.pop(0) if len(turns) > 1 else turns[0]


SPELLINGS = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://2852039166/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://①②⑦.⓪.⓪.①/",
]


@pytest.mark.parametrize("url", SPELLINGS)
def test_no_spelling_of_a_private_address_is_spoken_to(url: str) -> None:
    """Loopback, private, link-local, metadata, shared, mapped and retired forms alike."""
    with pytest.raises(Refused):
        Door(timeout=5).fetch(url)


@pytest.mark.parametrize("url", SPELLINGS)
def test_no_redirect_leads_there_either(url: str) -> None:
    """Every hop is judged like the first."""
    with site() as web:
        port = web.url.rpartition(":")[2]
        start = web.put("/a", status=302, Location=url)
        names = Names(feeds_example=[["127.0.0.1"]], localhost=[["127.0.0.1"]])
        # Only this name may go to loopback, so the redirect's target is judged for itself.
        door = Door(["feeds.example"], resolver=names, timeout=5)
        with pytest.raises(Refused):
            door.fetch(start.replace("127.0.0.1", "feeds.example", 1))
        assert port
        assert len(web.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "ftp://feeds.example/",
        "file:///etc/hostname",
        "https://",
        "feeds.example/rss",
        "",
        "http://user:secret@feeds.example/",
        "http://feeds.example:8080/",
        "http://feeds.example:443/",
        "https://feeds.example:80/",
        "http://feeds.example:99999/",
        "http://1.2.3.4.5/",
        "http://0x/",
    ],
)
def test_only_web_addresses_on_their_ports_are_asked(url: str) -> None:
    """Other protocols, ports and user names are refused before anything is sent."""
    names = Names(feeds_example=[["127.0.0.1"]])
    with pytest.raises((Refused, Retry)) as caught:
        Door(resolver=names, timeout=5).fetch(url)
    assert "secret" not in str(caught.value)


def test_a_name_is_resolved_once_and_connected_to_what_was_judged() -> None:
    """DNS rebinding: the second answer, which would be the trap, is never asked for."""
    with site() as web:
        web.put("/feed", "here")
        port = web.url.rpartition(":")[2]
        names = Names(feeds_example=[["127.0.0.1"], ["169.254.169.254"]])
        door = Door(["127.0.0.0/8"], resolver=names, timeout=5)
        assert door.fetch(f"http://feeds.example:{port}/feed").body == b"here"
        assert names.asked == ["feeds.example"]


def test_a_redirect_to_the_same_name_is_judged_again() -> None:
    """Rebinding between two hops meets the judge again."""
    with site() as web:
        port = web.url.rpartition(":")[2]
        web.put("/feed", status=302, Location="/next")
        names = Names(feeds_example=[["127.0.0.1"], ["169.254.169.254"]])
        with pytest.raises(Refused, match=r"169\.254"):
            Door(["127.0.0.0/8"], resolver=names, timeout=5).fetch(f"http://feeds.example:{port}/feed")


def test_a_name_with_one_bad_address_is_refused_whole() -> None:
    """Public and private addresses together are a trap, whichever comes first."""
    guard = Guard(resolver=Names(both_example=[["93.184.216.34", "10.0.0.1"]]))
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        guard.addresses("https", "both.example", 443, timeout=5)


def test_an_allowed_host_may_be_private_and_on_any_port() -> None:
    """The allow-list by name frees the address and the port, and nothing else."""
    names = Names(wiki_intranet=[["10.0.0.7"]], other_intranet=[["10.0.0.8"]])
    guard = Guard(["wiki.intranet"], resolver=names)
    assert guard.addresses("http", "wiki.intranet", 8080, timeout=5) == ["10.0.0.7"]
    with pytest.raises(Refused):
        guard.addresses("http", "other.intranet", 80, timeout=5)


def test_an_allowed_name_does_not_open_the_metadata_service() -> None:
    """Who can change that name's address must not reach a cloud's credentials."""
    guard = Guard(["wiki.intranet"], resolver=Names(wiki_intranet=[["169.254.169.254"]]))
    with pytest.raises(Refused):
        guard.addresses("http", "wiki.intranet", 80, timeout=5)


def test_an_allowed_network_frees_its_addresses_in_mapped_form_too() -> None:
    """The judge sees the same address in every spelling, also when it allows."""
    guard = Guard(["10.2.0.0/16"])
    assert guard.addresses("http", "[::ffff:10.2.3.4]", 8000, timeout=5)
    with pytest.raises(Refused):
        guard.addresses("http", "10.3.0.1", 80, timeout=5)


def test_a_lookup_that_hangs_ends_in_time() -> None:
    """The system's resolver knows no deadline; we do."""
    import threading

    release = threading.Event()

    def hanging(host: str, port: int) -> list[str]:
        release.wait(30)
        return []

    try:
        with pytest.raises(Retry, match="looking up"):
            Guard(resolver=hanging).addresses("https", "slow.example", 443, timeout=0.1)
    finally:
        release.set()


def test_an_unknown_name_may_be_known_next_time() -> None:
    """A name server's bad day is not the feed's end."""
    with pytest.raises(Retry, match="not known"):
        Guard(resolver=Names()).addresses("https", "nowhere.example", 443, timeout=5)


@pytest.mark.parametrize("text", ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_the_public_internet_is_public(text: str) -> None:
    """Ordinary hosts pass."""
    import ipaddress

    assert is_public(ipaddress.ip_address(text))
