"""How a public page is shown: its row at its address, the staff's bar above it, or why not."""

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse

from stations.public_pages import PublicPage
from stations.scoping import is_at_centre, is_staff


class PageTakenDown(Exception):
    """The page was here, and the street office has taken it down."""


def page_or_404(request, rows, **lookup) -> PublicPage:
    """The row that this request's page is about, of those that residents may see.

    What the street office has taken down answers 410 Gone, whatever became of it since.
    """
    taken_down = rows.model._base_manager.filter(taken_down__isnull=False)
    page = rows.filter(**lookup).first() or taken_down.filter(**lookup).first()
    if page is None:
        raise Http404
    request.public_page = page
    if page.is_offline:
        raise PageTakenDown
    return page


class PageTakenDownMiddleware:
    """The page that says that a page was taken down, and where to go instead."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, PageTakenDown):
            return render(request, "410.html", status=410)
        return None


def may_take_down(user) -> bool:
    """The street office, for every station's pages; the stations themselves never."""
    return is_at_centre(user) and user.has_perm("stations.add_pagechange")


def may_turn(user, page: PublicPage) -> bool:
    """A page that residents never saw is not taken down."""
    return may_take_down(user) and (page.is_offline or page.is_released)


def turn_url(page: PublicPage) -> str:
    """Where the page is taken down, or put back."""
    act = "put-back" if page.is_offline else "take-down"
    return reverse(f"reports:page-{act}", args=[page._meta.model_name, page.pk])


def edit_url(page: PublicPage) -> str:
    """Where staff mend the page."""
    meta = page._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[page.pk])


@dataclass(frozen=True)
class StaffBar:
    """The thin line above a public page that its own staff see, and nobody else."""

    page: PublicPage
    edit_url: str
    turn_url: str


def staff_bar(request) -> StaffBar | None:
    """None for residents, who have no session: nothing is asked of the database for them."""
    page = getattr(request, "public_page", None)
    if page is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = request.user
    if not is_staff(user):
        return None
    if not type(page)._default_manager.managed_by(user).filter(pk=page.pk).exists():
        return None
    change = f"{page._meta.app_label}.change_{page._meta.model_name}"
    return StaffBar(
        page=page,
        edit_url=edit_url(page) if user.has_perm(change) else "",
        turn_url=turn_url(page) if may_turn(user, page) else "",
    )
