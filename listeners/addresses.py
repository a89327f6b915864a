"""Which addresses a host that others named may lead to.

A feed's address is somebody else's word. It must never make us speak to our own machine, our own
network or a cloud's metadata service, in whatever spelling: so a name is resolved once, every
address it has is judged here, and the connection goes to exactly an address that was judged.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Iterable, Sequence

from listeners.listener import Refused, Retry

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Sequence[str]]
"""(host, port) → its IP addresses as text; raises OSError where the name is unknown."""

# What ipaddress (as of Python 3.11) calls global and is not, or is nobody's web server.
_NEVER: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "168.63.129.16/32",  # Azure's wire server: a public-looking address of the host machine
        "192.0.0.0/24",  # protocol assignments; Oracle's cloud has its metadata here
        "192.88.99.0/24",  # 6to4 relays, retired
        "::/96",  # IPv4-compatible, retired
        "64:ff9b:1::/48",  # NAT64 to local networks
        "100::/64",  # discard
        "2001::/23",  # Teredo and other protocol assignments
        "2002::/16",  # 6to4 hides an IPv4 address, retired
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, retired
    )
)
# Metadata services and neighbours on the wire: a host name on the allow-list does not reach them.
_LINK: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16",
        "192.0.0.0/24",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "fe80::/10",
        "fd00:ec2::/32",
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NUMERIC = re.compile(r"^(0[xX][0-9a-fA-F]*|[0-9]+)(\.(0[xX][0-9a-fA-F]*|[0-9]+)){0,3}$")
_PORTS = {"http": 80, "https": 443}


def system_resolver(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of `host`. Raises OSError where there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard:
    """The judge of hosts: public addresses on the ordinary ports, and what the allow-list adds.

    allow: networks ("10.1.0.0/16", "127.0.0.1") or host names ("wiki.intranet") that may be asked
        although they are not public, on any port. A name does not open link-local and metadata
        addresses; only their network, written out, does.
    resolver: asked at most once for each host of a fetch.
    """

    def __init__(self, allow: Iterable[str] = (), *, resolver: Resolver = system_resolver) -> None:
        """Sort the allow-list into networks and names; raises ValueError on an empty entry."""
        networks: list[Network] = []
        names: list[str] = []
        for entry in allow:
            text = entry.strip().lower().strip("[]").rstrip(".")
            if not text:
                raise ValueError("an entry of `allow` is empty; write a network or a host name")
            try:
                networks.append(ipaddress.ip_network(text, strict=False))
            except ValueError:
                names.append(text)
        self._networks = tuple(networks)
        self._names = frozenset(names)
        self._resolver = resolver

    def addresses(
        self, scheme: str, host: str, port: int, *, timeout: float, only_listed: bool = False
    ) -> list[str]:
        """The addresses of `host` that may be connected to, in the resolver's order.

        timeout: seconds for the name lookup. only_listed: a public address does not do, the allow-list
        must name it. Raises Refused where any address of the host is not
        to be spoken to (a name that has both kinds is a trap), Retry where the name is not known.
        """
        host = host.lower().rstrip(".")
        literal = _literal(host)
        found = [str(literal)] if literal is not None else self._resolve(host, port, timeout)
        named = host in self._names
        freed = named or bool(found)
        for text in found:
            address = _plain(ipaddress.ip_address(text.split("%")[0]))
            listed = any(address in network for network in self._networks if _same_family(address, network))
            freed = freed and (named or listed)
            if listed or is_public(address):
                continue
            if named and not any(address in link for link in _LINK if _same_family(address, link)):
                continue
            raise Refused(
                f"{host} leads to {text}, which is not a public address; if this is a feed of your own "
                "network, add the network or host to the source's `allow`"
            )
        if only_listed and not freed:
            raise Refused(f"{host} is not in the `allow` of what leads there; add it, or use https")
        if not freed and port != _PORTS.get(scheme):
            raise Refused(
                f"{host}: port {port} is not the ordinary one of {scheme} ({_PORTS.get(scheme)}); "
                "add the host to the source's `allow` if it is meant"
            )
        return found

    def _resolve(self, host: str, port: int, timeout: float) -> list[str]:
        """Look the name up in a thread, because the system's lookup knows no deadline of its own."""
        answer: list[str] = []
        failure: list[BaseException] = []

        def ask() -> None:
            try:
                answer.extend(self._resolver(host, port))
            except (OSError, UnicodeError) as error:  # getaddrinfo's IDNA codec raises UnicodeError
                failure.append(error)

        thread = threading.Thread(target=ask, name=f"resolve {host}", daemon=True)
        thread.start()
        thread.join(timeout)
        if thread.is_alive():
            raise Retry(f"looking up {host} took longer than {timeout:.0f} s; asking again later")
        if failure or not answer:
            raise Retry(f"the name {host} is not known; check its spelling, or ask again later")
        return answer


def is_public(address: Address) -> bool:
    """Whether `address` is one that anybody on the internet could be reached at."""
    address = _plain(address)
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in network for network in _NEVER if _same_family(address, network))


def _plain(address: Address) -> Address:
    """Take an IPv4 address out of the IPv6 forms that carry one (mapped, NAT64)."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _literal(host: str) -> Address | None:
    """Read an address written as a host, also as 127.1, 2130706433, 0x7f.1 or 0177.0.0.1."""
    try:
        return ipaddress.ip_address(host.strip("[]").split("%")[0])
    except ValueError:
        pass
    if not _NUMERIC.match(host):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        raise Refused(f"{host} looks like a number and is no address; write the host's name") from None


def _same_family(address: Address, network: Network) -> bool:
    return address.version == network.version
