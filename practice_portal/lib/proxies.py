"""Whose word is taken for the client's address: only our own reverse proxies'.

A trusted proxy must append to X-Forwarded-For, set X-Forwarded-Proto itself, pass Host on, and drop
header names with underscores, as nginx does by default: to WSGI X_Forwarded_For and X-Forwarded-For
are one name, and granian hands us the one that came last.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORWARDED_HEADERS = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
)


def parse_address(text: str) -> Address | None:
    """The address in one piece of X-Forwarded-For, or None when it is none ("unknown", garbage)."""
    text = text.strip()
    if text.startswith("["):  # [2001:db8::1] or [2001:db8::1]:8080
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 192.0.2.1:8080
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket open to both families reports 192.0.2.1 as ::ffff:192.0.2.1; it is the same machine.
    return getattr(address, "ipv4_mapped", None) or address


def parse_networks(texts: list[str]) -> list[Network]:
    """Addresses and CIDR networks of TRUSTED_PROXIES; raises ImproperlyConfigured for others."""
    networks = []
    for text in texts:
        try:
            networks.append(ip_network(text, strict=False))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"TRUSTED_PROXIES: {text!r} is no address or network such as 127.0.0.1 or "
                "10.0.0.0/8. （TRUSTED_PROXIES 请填写 IP 地址或网段，用逗号分隔。）"
            ) from error
    return networks


def client_address(request) -> str | None:
    """Who asks: after TrustedProxyMiddleware REMOTE_ADDR says so, and no header does."""
    address = parse_address(request.META.get("REMOTE_ADDR") or "")
    return str(address) if address else None


class TrustedProxyMiddleware:
    """Believes forwarded headers from TRUSTED_PROXIES and deletes everybody else's.

    Behind a proxy REMOTE_ADDR becomes the client's address, so that all code below (log-in
    lock-out, rate limits, logs) just reads REMOTE_ADDR. It must be the first middleware.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.trusted = parse_networks(settings.TRUSTED_PROXIES)

    def __call__(self, request):
        #: Whether anybody stood between, trusted or not.
        request.was_forwarded = any(header in request.META for header in FORWARDED_HEADERS)
        address = parse_address(request.META.get("REMOTE_ADDR", ""))
        if self.is_trusted(address):
            forwarded_for = request.META.get("HTTP_X_FORWARDED_FOR", "")
            request.META["REMOTE_ADDR"] = str(self.client(address, forwarded_for))
        else:
            for header in FORWARDED_HEADERS:
                request.META.pop(header, None)
        return self.get_response(request)

    def is_trusted(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self.trusted)

    def client(self, address: Address, forwarded_for: str) -> Address:
        """The right-most untrusted address: each proxy appends the one it was called from.

        What stands left of it was written by the client and may be anything. A piece that is no
        address ends the search too; the last machine known is then the best answer.
        """
        for piece in reversed(forwarded_for.split(",")):
            caller = parse_address(piece)
            if caller is None:
                return address
            address = caller
            if not self.is_trusted(address):
                return address
        return address
