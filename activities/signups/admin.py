"""The clerks' pages of a session's sign-ups: the list, the sheet, who is here, whom to ring."""

from datetime import timedelta
from functools import wraps

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.models import Call, Session, Signup
from activities.signups import here
from activities.signups.sheet import Sheet
from activities.signups.staff_forms import (
    CallerForm,
    FindForm,
    KeyInForm,
    RingForm,
    SizeForm,
    TickForm,
    WalkInForm,
)
from practice_portal.lib import chinese_dates
from practice_portal.lib.months import start_of
from practice_portal.lib.once import once
from practice_portal.lib.personal_pages import personal_page
from practice_portal.lib.qr import qr_svg
from practice_portal.lib.rate_limits import RateLimit, refuse_too_many
from practice_portal.lib.workflow import IllegalStep
from practice_portal.lib.workflow_admin import WorkflowAdmin
from stations.models import PhoneView
from stations.scoping import StationScopedAdmin

#: Numbers that one of the staff looks up: more than anybody is rung by in an hour.
LOOK_UPS = RateLimit("signup-find", times=60, seconds=3600, per_address=False)

#: So long a number that was shown on a list of calls stays there, without another line.
SHOWN_FOR = timedelta(hours=1)

#: After the session nobody need be rung about it for longer.
RUNG_UNTIL = timedelta(days=7)

#: Of one phone the latest sign-ups are enough.
FOUND = 20

read = require_safe
send = require_POST
read_and_send = require_http_methods(["GET", "HEAD", "POST"])


def of_session(view=None, *, for_cohosts=False):
    """The session that the address names, for whoever holds it; co-hosts read where they may."""

    def decorate(view):
        @wraps(view)
        def found(self, request, object_id, **arguments):
            user = request.user
            if not user.has_perm("activities.view_session"):
                raise PermissionDenied
            sessions = Session.objects.read_by(user).for_cards()
            session = get_object_or_404(sessions, pk=object_id)
            is_own = Session.objects.managed_by(user).filter(pk=session.pk).exists()
            may_write = is_own and user.has_perm("activities.change_session")
            if not may_write and not (for_cohosts and request.method != "POST"):
                raise PermissionDenied
            session.may_be_written = may_write
            return view(self, request, session, **arguments)

        return found

    return decorate(view) if view else decorate


def _refusal(form) -> str:
    return " ".join(error for errors in form.errors.values() for error in errors)


class SignupPages(admin.ModelAdmin):
    """What the admin of sessions has besides its form."""

    def get_urls(self):
        def page(route: str, name: str, view, methods):
            guarded = self.admin_site.admin_view(methods(personal_page(view)))
            return path(route, guarded, name=f"activities_session_{name}")

        one = "<int:object_id>"
        party = f"{one}/signups/<int:signup>"
        return [
            page("desk/", "desk", self.desk_view, read_and_send),
            page(f"{one}/signups/", "signups", once(self.signups_view), read_and_send),
            page(f"{one}/signups/find/", "find", self.find_view, send),
            page(f"{party}/", "signup", once(self.signup_view), read_and_send),
            page(f"{party}/cancel/", "cancel_signup", once(self.cancel_view), send),
            page(f"{one}/check-in/", "check_in", self.check_in_view, read_and_send),
            page(f"{one}/walk-in/", "walk_in", once(self.walk_in_view), send),
            page(f"{one}/sheet/", "sheet", self.sheet_view, read),
            page(f"{one}/key-in/", "key_in", once(self.key_in_view), read_and_send),
            page(f"{one}/screen/", "screen", self.screen_view, read),
            page(f"{one}/calls/", "calls", self.calls_view, read_and_send),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context["people_signed_up"] = obj.seats_taken
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _to(self, page: str, session: Session, part: str = "") -> HttpResponseRedirect:
        url = reverse(f"admin:activities_session_{page}", args=[session.pk])
        return HttpResponseRedirect(url + part)

    def _answer(self, request, template: str, session: Session | None = None, **context):
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "session": session,
            "original": session,
            "activity": session and session.activity,
        }
        return TemplateResponse(request, f"admin/activities/session/{template}.html", context)

    # Who comes ------------------------------------------------------------------------------------

    def _list(self, request, session, **forms):
        sheet = Sheet(session)
        calls = Call.objects.open().filter(signup__session=session)
        passings = {}
        for signup in session.signups.waiting().prefetch_related("passings__by"):
            passings[signup.pk] = list(signup.passings.all())
        for position, signup in enumerate(sheet.waiting, start=1):
            signup.place, signup.passed = position, passings.get(signup.pk, [])
        return self._answer(
            request,
            "signups",
            session,
            title=f"报名名单：{session.activity.title}",
            sheet=sheet,
            calls_open=calls.count(),
            may_write=session.may_be_written,
            closed=session.why_no_signup(by_staff=True),
            **{"caller": CallerForm(session), "find": FindForm()} | forms,
        )

    @of_session(for_cohosts=True)
    def signups_view(self, request, session):
        """Who comes and who waits; whoever rings is entered here (姓名、手机号、几个人)."""
        if request.method != "POST":
            return self._list(request, session)
        form = CallerForm(session, request.POST)
        if not form.is_valid():
            return self._list(request, session, caller=form)
        try:
            signup = form.save(by=request.user)
        except ValidationError as error:
            if "phone" in getattr(error, "error_dict", ()):
                phone = form.cleaned_data["phone"]
                form.add_error("phone", "这个手机号已经报过这一场了，就是下面找到的这一条。")
                return self._found(request, session, phone, caller=form)
            form.add_error(None, error)
            return self._list(request, session, caller=form)
        self._say_what_to_read_out(request, signup)
        return self._to("signups", session)

    @staticmethod
    def _say_what_to_read_out(request, signup: Signup) -> None:
        if signup.status == Signup.Status.WAITING:
            words = f"位子不够，排上候补了，第{signup.position}位。报名码 {signup.grouped_code}。"
        else:
            words = f"报上了，{signup.party_size}人。请念给对方：报名码 {signup.grouped_code}。"
        messages.success(request, words)
        others = Signup.objects.of_phone(signup.phone.number).coming().beside(signup.session)
        for other in others.select_related("session__activity"):
            words = f"这个手机号同一时间还报了“{other.session.activity.title}”"
            messages.warning(request, f"{words}（{other.session.days}），请问问去哪一个。")

    def _found(self, request, session, phone: str, **forms):
        found = session.signups.filter(phone=phone).order_by("-pk")[:FOUND]
        return self._list(request, session, found=list(found), **forms)

    @of_session
    def find_view(self, request, session):
        """A lost code, by the phone number that the caller says."""
        form = FindForm(request.POST)
        if not form.is_valid():
            return self._list(request, session, find=form)
        if refusal := refuse_too_many(request, (LOOK_UPS, request.user.pk)):
            return refusal
        return self._found(request, session, form.cleaned_data["phone"], find=form)

    def desk_view(self, request):
        """A lost code in any session of one's own; and the sessions of these days."""
        user = request.user
        if not user.has_perm("activities.change_session"):
            raise PermissionDenied
        form = FindForm(request.POST if request.method == "POST" else None)
        found = None
        if form.is_valid():
            if refusal := refuse_too_many(request, (LOOK_UPS, user.pk)):
                return refusal
            rows = Signup.objects.managed_by(user).filter(phone=form.cleaned_data["phone"])
            rows = rows.select_related("session__activity").order_by("-session__starts_at", "-pk")
            found = list(rows[:FOUND])
        today = timezone.localdate()
        near = Session.objects.planned().managed_by(user).filter(
            Q(ends_at__gt=start_of(today)), starts_at__lt=start_of(today + timedelta(days=8))
        )  # fmt: skip
        waiting = Count("signups", filter=Q(signups__status=Signup.Status.WAITING))
        near = near.select_related("activity__station").annotate(waiting_parties=waiting)
        return self._answer(
            request,
            "desk",
            title="报名和签到",
            find=form,
            found=found,
            sessions=list(near.order_by("starts_at", "pk")[:60]),
            today=today,
        )

    def _signup(self, session, pk: int) -> Signup:
        return get_object_or_404(session.signups.with_session(), pk=pk)

    @of_session
    def signup_view(self, request, session, signup):
        """One sign-up: its code, and another number of people for who rings."""
        signup = self._signup(session, signup)
        size = {"party_size": signup.party_size, "children": signup.children or None}
        form = SizeForm(request.POST if request.method == "POST" else None, initial=size)
        if form.is_valid():
            try:
                signup.resize(**form.cleaned_data, by=request.user)
            except IllegalStep as error:
                form.add_error(None, error.message)
            else:
                messages.success(
                    request, f"改好了：{signup.masked}，{signup.get_status_display()}。"
                )
                return HttpResponseRedirect(request.path)
        return self._answer(
            request,
            "signup",
            session,
            title=f"报名：{signup.masked}",
            signup=signup,
            form=form,
            is_coming=signup.status in Signup.COMING,
            changes=signup.changes.select_related("by"),
        )

    @of_session
    def cancel_view(self, request, session, signup):
        """They do not come; the place goes to whoever waits."""
        signup = self._signup(session, signup)
        try:
            signup.cancel(by=request.user)
        except IllegalStep as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"已取消：{signup.masked}。")
        return self._to("signups", session)

    # On the day -----------------------------------------------------------------------------------

    def _names(self, request, session, walk_in: WalkInForm | None = None):
        return self._answer(
            request,
            "check_in",
            session,
            title=f"签到：{session.activity.title}",
            sheet=Sheet(session),
            closed=session.why_no_check_in,
            walk_in=walk_in or WalkInForm(),
        )

    @of_session
    def check_in_view(self, request, session):
        """Names to be ticked off on a phone."""
        if request.method != "POST":
            return self._names(request, session)
        form = TickForm(session, request.POST)
        if not form.is_valid():
            messages.error(request, _refusal(form))
            return self._names(request, session)
        signup = form.cleaned_data["signup"]
        try:
            if form.cleaned_data["act"] == "undo":
                signup.undo_check_in(by=request.user)
                messages.success(request, f"已撤回：{signup.masked}，没有签到。")
            elif signup.check_in(arrived=form.cleaned_data["arrived"], by=request.user):
                messages.success(request, f"签到了：{signup.name_and_size}。")
            else:
                first = chinese_dates.moment(signup.checked_in_at)
                messages.info(request, f"{signup.masked}：{first}已经签过到了。")
        except IllegalStep as error:
            messages.error(request, error.message)
        return self._to("check_in", session, f"#party-{signup.pk}")

    @of_session
    def walk_in_view(self, request, session):
        """So many came without having signed up."""
        form = WalkInForm(request.POST)
        if form.is_valid():
            party = Signup(party_size=form.cleaned_data["people"])
            try:
                Signup.objects.walk_in(session, party, by=request.user)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, f"记下了：没报名、直接来的{party.party_size}人。")
                return self._to("check_in", session, "#walk-ins")
        return self._names(request, session, form)

    @of_session(for_cohosts=True)
    def sheet_view(self, request, session):
        """The sheet of paper: names to be ticked with a pen, each with its short code."""
        return self._answer(
            request,
            "sheet",
            session,
            title=f"签到表：{session.activity.title}",
            sheet=Sheet(session),
        )

    @of_session
    def key_in_view(self, request, session):
        """What was ticked on paper, typed afterwards."""
        form = KeyInForm(request.POST if request.method == "POST" else None)
        sheet = Sheet(session)
        keyed = None
        if form.is_valid():
            keyed = sheet.key_in(form.cleaned_data["codes"], by=request.user)
            people = form.cleaned_data["walk_ins"]
            if not keyed.wrong and not self._count(session, people, keyed, form, request.user):
                messages.success(request, f"录好了：{'；'.join(keyed.done) or '没有新的'}。")
                if keyed.again:
                    messages.info(request, f"{'；'.join(keyed.again)}。")
                return self._to("key_in", session)
            form = form if form.errors else KeyInForm(
                initial={"codes": keyed.left, "walk_ins": people}
            )  # fmt: skip
        return self._answer(
            request,
            "key_in",
            session,
            title=f"录签到表：{session.activity.title}",
            form=form,
            keyed=keyed,
            sheet=sheet,
            closed=session.why_no_check_in,
        )

    @staticmethod
    def _count(session, people: int | None, keyed, form, by) -> bool:
        """Count those who just came; whether they could not be, which the form then says."""
        if not people:
            return False
        try:
            Signup.objects.walk_in(session, Signup(party_size=people), by=by)
        except ValidationError as error:
            form.add_error(None, error)
            return True
        keyed.done.append(f"没报名、直接来的{people}人")
        return False

    @of_session
    def screen_view(self, request, session):
        """What hangs on the wall: a code that changes every minute."""
        url = reverse("activities:session-here", args=[here.code_of(session)])
        url = request.build_absolute_uri(url)
        page = self._answer(
            request,
            "screen",
            session,
            title=f"扫码签到：{session.activity.title}",
            url=url,
            qr=qr_svg(url),
            closed=session.why_no_check_in,
            sheet=Sheet(session),
        )
        page["Refresh"] = here.CHANGES_AFTER
        return page

    # Whom to ring ---------------------------------------------------------------------------------

    @of_session
    def calls_view(self, request, session):
        """Whom to ring because this session changed, and what to say."""
        calls = Call.objects.filter(signup__session=session)
        title = f"打电话通知：{session.activity.title}"
        return ring(self, request, calls, title=title, session=session)


def ring(model_admin, request, calls, *, title: str, session: Session | None = None):
    """A list of calls: the numbers once it is said what for, and what came of each."""
    pressable = calls.filter(status__in=(Call.Status.WAITING, Call.Status.UNREACHABLE))
    pressable = pressable.filter(signup__session__ends_at__gt=timezone.now() - RUNG_UNTIL)
    form = RingForm(pressable, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not form.is_valid():
            messages.error(request, _refusal(form))
        elif form.cleaned_data["answer"] == RingForm.SHOW:
            _show_numbers(pressable, request.user)
        else:
            _take_call(request, form.cleaned_data["call"], form.cleaned_data["answer"])
        return HttpResponseRedirect(request.path)
    rows = list(pressable.with_session().order_by("signup__session__starts_at", "asked_at", "pk"))
    shown = _numbers_shown({each.signup_id for each in rows}, request.user)
    said: dict[tuple, str] = {}  # thirty people of one session are told the same
    for call in rows:
        call.is_shown = call.signup_id in shown
        what = (call.signup.session_id, call.about, call.signup.party_size)
        call.say = said.get(what) or said.setdefault(what, call.words_to_say)
    told = calls.filter(status=Call.Status.TOLD)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": title,
        "session": session,
        "original": session,
        "activity": session and session.activity,
        "waiting": [each for each in rows if each.status == Call.Status.WAITING],
        "unreachable": [each for each in rows if each.status == Call.Status.UNREACHABLE],
        "hidden": sum(bool(each.signup.phone) and not each.is_shown for each in rows),
        "told": told.filter(signup__session__ends_at__gt=timezone.now()).count(),
    }
    return TemplateResponse(request, "admin/activities/session/calls.html", context)


def _take_call(request, call: Call, step: str) -> None:
    try:
        call.take(step, by=request.user)
    except IllegalStep as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{call.signup.masked}：{call.get_status_display()}。")


def _numbers_shown(signups: set[int], user) -> set[int]:
    """The sign-ups whose numbers this person has asked to see to ring them, a moment ago."""
    lines = PhoneView.objects.filter(
        by=user,
        row_type=Signup._meta.label_lower,
        row_id__in=signups,
        field="phone",
        purpose=PhoneView.Purpose.CHANGE,
        at__gt=timezone.now() - SHOWN_FOR,
    )
    return set(lines.values_list("row_id", flat=True))


def _show_numbers(calls, user) -> None:
    """Write down for every number on a list that it is shown; then the list shows it."""
    signups = {call.signup_id: call.signup for call in calls.select_related("signup")}
    for pk in signups.keys() - _numbers_shown(set(signups), user):
        if signups[pk].phone:
            PhoneView.objects.record(
                signups[pk], "phone", by=user, purpose=PhoneView.Purpose.CHANGE
            )


@admin.register(Call)
class CallAdmin(WorkflowAdmin, StationScopedAdmin):
    """Who was rung for what, and what came of it; the ringing itself is on the lists."""

    list_display = ["who", "about", "session", "asked_at", "status"]
    list_filter = ["status", "about"]
    list_select_related = ["signup__session__activity__station"]
    fields = readonly_fields = ["who", "session", "about", "asked_at"]
    page_label = "去打电话"
    change_list_template = "admin/activities/call/change_list.html"

    @admin.display(description="通知谁")
    def who(self, call):
        return call.signup.masked

    @admin.display(description="哪一场")
    def session(self, call):
        return str(call.signup.session)

    def get_urls(self):
        view = self.admin_site.admin_view(read_and_send(personal_page(self.ring_view)))
        return [path("ring/", view, name="activities_call_ring"), *super().get_urls()]

    def ring_view(self, request):
        """Everybody who is to be rung, of all sessions of one's own."""
        if not request.user.has_perm("activities.change_call"):
            raise PermissionDenied
        calls = Call.objects.managed_by(request.user)
        return ring(self, request, calls, title="打电话通知")

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def steps_for(self, request, obj=None):
        return {}

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        saves = ("show_save", "show_save_and_continue", "show_save_and_add_another")
        context |= dict.fromkeys(saves, False) | {"nothing_to_save": True}
        return super().render_change_form(request, context, add, change, form_url, obj)
