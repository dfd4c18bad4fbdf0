import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory

from practice_portal.lib.proxies import TrustedProxyMiddleware

CLIENT = "203.0.113.9"


@pytest.fixture
def pass_through(settings):
    """Sends a request through the middleware and returns the META that the next one sees."""

    def pass_through(remote_addr, trusted=("10.0.0.0/8", "192.0.2.7", "2001:db8::/64"), **headers):
        settings.TRUSTED_PROXIES = list(trusted)
        seen = {}

        def view(request):
            seen.update(request.META)
            return HttpResponse()

        request = RequestFactory().get("/", REMOTE_ADDR=remote_addr, **headers)
        TrustedProxyMiddleware(view)(request)
        return seen

    return pass_through


@pytest.mark.parametrize(
    ("remote_addr", "trusted"),
    [
        (CLIENT, ["10.0.0.0/8"]),
        ("192.0.2.8", ["192.0.2.7"]),
        ("10.0.0.1", []),
        ("2001:db8:0:1::1", ["2001:db8::/64"]),
        ("", ["0.0.0.0/0", "::/0"]),
        ("not an address", ["0.0.0.0/0", "::/0"]),
    ],
)
def test_proxies_stranger_is_not_believed(pass_through, remote_addr, trusted):
    meta = pass_through(
        remote_addr,
        trusted,
        HTTP_X_FORWARDED_FOR="198.51.100.1",
        HTTP_X_FORWARDED_HOST="evil.example",
        HTTP_X_FORWARDED_PORT="443",
        HTTP_X_FORWARDED_PROTO="https",
        HTTP_ACCEPT="text/html",
    )

    assert meta["REMOTE_ADDR"] == remote_addr
    assert [name for name in meta if name.startswith("HTTP_X_FORWARDED")] == []
    assert meta["HTTP_ACCEPT"] == "text/html"


@pytest.mark.parametrize(
    "proxy",
    ["10.0.0.1", "10.200.3.4", "192.0.2.7", "2001:db8::5", "::ffff:10.0.0.1", "::ffff:192.0.2.7"],
)
def test_proxies_trusted_proxy_is_believed(pass_through, proxy):
    meta = pass_through(
        proxy,
        HTTP_X_FORWARDED_FOR=CLIENT,
        HTTP_X_FORWARDED_HOST="portal.example",
        HTTP_X_FORWARDED_PORT="443",
        HTTP_X_FORWARDED_PROTO="https",
    )

    assert meta["REMOTE_ADDR"] == CLIENT
    assert meta["HTTP_X_FORWARDED_HOST"] == "portal.example"
    assert meta["HTTP_X_FORWARDED_PORT"] == "443"
    assert meta["HTTP_X_FORWARDED_PROTO"] == "https"


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        # what the client itself wrote stands further left and counts for nothing
        (f"198.51.100.1, {CLIENT}", CLIENT),
        (f"10.0.0.9,{CLIENT}", CLIENT),
        # our own proxies behind one another are skipped from the right
        (f"198.51.100.1, {CLIENT}, 192.0.2.7, 10.1.1.1", CLIENT),
        (f"{CLIENT}, ::ffff:10.1.1.1", CLIENT),
        # a client inside the trusted network
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        # other ways to write an address
        (f"  {CLIENT}  ", CLIENT),
        (f"{CLIENT}:51234", CLIENT),
        (f"::ffff:{CLIENT}", CLIENT),
        ("2001:db8:1::9", "2001:db8:1::9"),
        ("[2001:db8:1::9]:51234", "2001:db8:1::9"),
        ("[2001:db8:1::9]", "2001:db8:1::9"),
        # no address: the last machine known
        ("", "10.0.0.1"),
        ("unknown", "10.0.0.1"),
        (f"{CLIENT}, unknown", "10.0.0.1"),
        (f"{CLIENT}, <script>, 192.0.2.7", "192.0.2.7"),
        (f"{CLIENT},", "10.0.0.1"),
        (f"not an address, {CLIENT}", CLIENT),
    ],
)
def test_proxies_client_is_the_right_most_untrusted_address(pass_through, forwarded_for, client):
    meta = pass_through("10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded_for)

    assert meta["REMOTE_ADDR"] == client


def test_proxies_trusted_proxy_without_headers_stays_itself(pass_through):
    assert pass_through("10.0.0.1")["REMOTE_ADDR"] == "10.0.0.1"


@pytest.mark.parametrize(("proto", "is_secure"), [("https", True), ("http", False)])
def test_proxies_scheme_is_taken_from_a_trusted_proxy_only(settings, proto, is_secure):
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ask = TrustedProxyMiddleware(lambda request: request.is_secure())

    def request_from(remote_addr):
        return RequestFactory().get("/", REMOTE_ADDR=remote_addr, HTTP_X_FORWARDED_PROTO=proto)

    assert ask(request_from("10.0.0.1")) is is_secure
    assert ask(request_from(CLIENT)) is False


def test_proxies_misspelt_setting_is_refused(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "proxy.local"]

    with pytest.raises(ImproperlyConfigured, match=r"proxy\.local"):
        TrustedProxyMiddleware(lambda request: None)
