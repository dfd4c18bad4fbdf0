"""Signing up without an account, and one's own sign-up: seen, changed, cancelled, rated."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.models import Session, Signup
from activities.signups import here
from activities.signups.forms import HereForm, PartyForm, RatingForm, SignupForm
from practice_portal.lib import chinese_dates
from practice_portal.lib.once import once
from practice_portal.lib.personal_pages import personal_page
from practice_portal.lib.qr import qr_svg
from practice_portal.lib.rate_limits import RateLimit, longest_wait, refuse_too_many, too_many
from practice_portal.lib.workflow import IllegalStep
from services.own import Own
from stations import near

#: Sign-ups tried with one phone from each address: a family's, and a neighbour's.
TRIES = RateLimit("signup-phone", times=20, seconds=3600)
#: Sign-ups tried for one session from each address, whatever phones are typed: the phones of a
#: mobile network share one, but all the places of a large session do not go to one hand.
FROM_HERE = RateLimit("signup-session", times=60, seconds=3600)
SIGNUP = "activities/session_signup.html"
#: Codes typed in one room, whose phones may share an address.
CODES = RateLimit("signup-here", times=120, seconds=600)


@personal_page
@once
@require_http_methods(["GET", "HEAD", "POST"])
def session_signup(request, pk):
    """Sign up for a session (报名), or join its waiting list when it is full."""
    cards = Session.objects.published().for_cards()
    if request.method != "POST":
        session = get_object_or_404(cards, pk=pk)
        home = near.of(request)
        form = SignupForm(session, initial={"community": home.station.slug} if home else {})
        return render(request, SIGNUP, _signup_page(session, form))
    # Of many who press at once nearly all are sent on: what the page shows is fetched only for
    # those who see it again.
    sessions = Session.objects.published().select_related("activity")
    form = SignupForm(get_object_or_404(sessions, pk=pk), request.POST)
    if form.is_valid():
        tries = ((TRIES, form.cleaned_data["phone"]), (FROM_HERE, pk))
        if wait := longest_wait(request, *tries):
            return too_many(request, wait, SIGNUP, **_signup_page(cards.get(pk=pk), form))
        try:
            return redirect(form.save())
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, SIGNUP, _signup_page(cards.get(pk=pk), form))


def _signup_page(session: Session, form: SignupForm) -> dict:
    return {
        "session": session,
        "form": form,
        "closed": session.why_no_signup(),
        "keep_days": Signup.personal_data[0].days,
    }


def _own(key: str) -> Signup:
    return get_object_or_404(Signup.objects.with_session(), key=key)


@personal_page
@require_safe
def signup_detail(request, key):
    """One's own sign-up: code, QR, how it stands; after the session the question how it was."""
    signup = _own(key)
    response = _detail(request, signup, RatingForm(initial={"words": signup.words}))
    here.remember(request, response, signup)
    return response


def _detail(request, signup: Signup, rating: RatingForm):
    url = request.build_absolute_uri(signup.get_absolute_url())
    others = Signup.objects.of_phone(signup.phone).coming().beside(signup.session)
    cancelled = signup.session.changes.filter(step="cancel").last()
    return render(
        request,
        "activities/signup_detail.html",
        {
            "signup": signup,
            "session": signup.session,
            "activity": signup.session.activity,
            "qr": qr_svg(url),
            "overlaps": bool(signup.phone) and others.exists(),
            "cancelled": cancelled,
            "rating": rating,
            "own": Own.of(signup),
        },
    )


@personal_page
@once
@require_http_methods(["GET", "HEAD", "POST"])
def signup_change(request, key):
    """Come with more or with fewer."""
    signup = _own(key)
    size = {"party_size": signup.party_size, "children": signup.children or None}
    form = PartyForm(request.POST if request.method == "POST" else None, initial=size)
    if form.is_valid():
        before = signup.status
        try:
            signup.resize(**form.cleaned_data)
        except IllegalStep as error:
            form.add_error(None, error.message)
        else:
            moved_up = before == Signup.Status.WAITING and signup.status != before
            extra = "，正好有位子，已经给您补上了" if moved_up else ""
            messages.success(request, f"改好了：一共{signup.party_size}人{extra}。")
            return redirect(signup)
    page = {"signup": signup, "session": signup.session, "form": form}
    return render(request, "activities/signup_change.html", page)


@personal_page
@once
@require_http_methods(["GET", "HEAD", "POST"])
def signup_cancel(request, key):
    """Not coming: asked once, then the place goes to the next."""
    signup = _own(key)
    if request.method == "POST":
        try:
            signup.cancel()
        except IllegalStep as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "已经取消了，谢谢您早点说。")
        return redirect(signup)
    page = {"signup": signup, "session": signup.session}
    return render(request, "activities/signup_cancel.html", page)


@personal_page
@once
@require_POST
def signup_rate(request, key):
    """What the resident thought of it."""
    signup = _own(key)
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _detail(request, signup, form)
    try:
        signup.rate(**form.cleaned_data)
    except IllegalStep as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "收到了，谢谢您。")
    return redirect(signup)


@personal_page
@once
@require_http_methods(["GET", "HEAD", "POST"])
def session_here(request, token):
    """In the room, from the code on the screen: the visitor says that they are here (签到)."""
    visit = here.Visit.of(request, token)
    if visit is None:
        raise Http404
    session = get_object_or_404(Session.objects.for_cards(), pk=visit.session_pk)
    is_open = visit.is_open and not session.why_no_check_in
    form = HereForm(request.POST if request.method == "POST" and is_open else None)
    if form.is_valid():
        if refusal := refuse_too_many(request, (CODES, session.pk)):
            return refusal
        if _check_in_with(request, session, form):
            return redirect(request.path)
    page = {"session": session, "is_open": is_open, "form": form}
    if is_open:
        page["own"] = here.own(request, session)
    response = render(request, "activities/session_here.html", page)
    if is_open:
        visit.keep(response)
    return response


def _check_in_with(request, session: Session, form: HereForm) -> bool:
    """Check in whose code it is; the same answer for a code of nobody and of another session."""
    signup = session.signups.filter(code=form.cleaned_data["code"]).first()
    try:
        if signup is None:
            raise IllegalStep("unknown")
        is_new = signup.check_in()
    except IllegalStep:
        words = "这一场没有这个报名码，请再看一遍；也可以直接跟工作人员说姓名。"
        form.add_error("code", words)
        return False
    if is_new:
        messages.success(request, f"签到好了：{signup.masked}。请进！")
    else:
        first = chinese_dates.moment(signup.checked_in_at)
        messages.info(request, f"{signup.masked}：{first}已经签过到了，不用再签。")
    return True
