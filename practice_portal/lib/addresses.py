"""The portal's public address, for what leaves the page: share cards, the sitemap, print."""

from urllib.parse import urljoin

from django.conf import settings


def absolute(path: str) -> str:
    """A path of ours with the site's public host in front; empty where none is configured."""
    base = settings.SITE["base_url"]
    return urljoin(f"{base}/", path) if base else ""


def address_for(request, path: str) -> str:
    """A path of ours as others have to write it: at the public host, or at the one asked."""
    return absolute(path) or request.build_absolute_uri(path)
