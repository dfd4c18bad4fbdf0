"""A station as search engines and maps read it (schema.org)."""

from collections.abc import Callable

from django.conf import settings

from stations.models import Station


def house(station: Station, name: str = "") -> dict:
    """Where it is."""
    return {
        "@type": "Place",
        "name": name or station.full_name,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": station.address,
            "addressLocality": settings.CITY,
            "addressCountry": "CN",
        },
    }


def organisation(station: Station, address: Callable[[str], str]) -> dict:
    """Who it is; with its page where residents can open it."""
    return {
        "@type": "GovernmentOrganization",
        "name": station.full_name,
        "telephone": station.phone,
        "url": address(station.get_absolute_url()) if station.has_page else "",
    }


def station_data(station: Station, address: Callable[[str], str]) -> dict:
    photo = address(station.photo.url) if station.photo else ""
    return organisation(station, address) | {"location": house(station), "image": photo}
