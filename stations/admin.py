from django import forms
from django.contrib import admin, messages
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Q
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django_otp.plugins.otp_totp.models import TOTPDevice

from practice_portal.lib import second_factor
from practice_portal.lib.qr import qr_svg
from practice_portal.lib.workflow_admin import WorkflowAdmin
from stations.accounts import close, new_password_link
from stations.models import (
    Article,
    ArticleAttachment,
    ArticlePicture,
    Booking,
    Compound,
    Deletion,
    Holiday,
    PhoneView,
    Platform,
    Posting,
    Station,
    User,
    Venue,
)
from stations.public_page_admin import PublicPageAdmin
from stations.recycling import DeletionPages
from stations.roles import ROLES
from stations.scoping import (
    STATION_FILTER,
    CentreOnlyAdmin,
    CentreOnlyTabularInline,
    StationScopedAdmin,
    StationScopedStackedInline,
    StationScopedTabularInline,
    is_at_centre,
)

admin.site.unregister(Group)  # the roles are made by set_up_roles, not by hand
admin.site.unregister(TOTPDevice)  # its secret is for its owner's eyes


class CompoundInline(StationScopedTabularInline):
    """小区: residents find the station by them, on 我住哪个小区."""

    model = Compound
    fields = ["name", "aliases", "steward", "position"]
    extra = 0

    def get_formset(self, request, obj=None, **kwargs):
        self.station = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "steward":
            postings = Posting.objects.managed_by(request.user).in_force()
            kwargs["queryset"] = postings.filter(station=self.station)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "steward":
            field.label_from_instance = lambda posting: posting.name  # whose and what is plain here
        return field


@admin.register(Station)
class StationAdmin(PublicPageAdmin, StationScopedAdmin):
    list_display = ["name", "phone", "opening_hours", "is_public", "started_on"]
    list_filter = ["is_public", "is_pilot"]
    search_fields = ["name"]
    inlines = [CompoundInline]
    help_texts = {
        "address": "居民照着能找到，写到路和门牌号，如“南湖路12号一楼”。",
        "intro": "居民最想知道的：平时有什么活动、几点最热闹、有什么地方可以坐。",
        "photo": "门口或活动室的照片，居民一看就认得。",
    }
    fieldsets = [
        (None, {"fields": ["name", "phone", "address", "opening_hours", "intro", "photo"]}),
        (
            "街道管理的内容",
            {
                "classes": ["collapse"],
                "fields": [
                    "is_public",
                    "tier",
                    "slug",
                    "position",
                    "is_pilot",
                    "started_on",
                    "ended_on",
                ],
            },
        ),
    ]
    #: What makes a station public, places it and counts it is for the street office to say.
    OF_THE_STREET = fieldsets[1][1]["fields"]

    def get_readonly_fields(self, request, obj=None):
        return [] if request.user.is_at_centre else ["name", *self.OF_THE_STREET]

    def has_delete_permission(self, request, obj=None):
        """The recycle bin keeps a station at the centre: none goes without it, nor itself."""
        if not super().has_delete_permission(request, obj):
            return False
        return obj is None or Station.objects.centre() not in (None, obj)


@admin.register(Holiday)
class HolidayAdmin(StationScopedAdmin):
    """The street's: whether a station is open today goes by them."""

    list_display = ["name", "first_on", "last_on", "is_working"]
    list_filter = ["is_working"]
    help_texts = {
        "first_on": "放假从哪一天起；补班的，填补班那一天。",
    }
    fields = ["name", "first_on", "last_on", "is_working", "station"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "station" and is_at_centre(request.user):
            centres = Station.objects.filter(tier=Station.Tier.CENTRE)
            kwargs |= {"queryset": centres, "initial": centres.first(), "empty_label": None}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Venue)
class VenueAdmin(StationScopedAdmin):
    list_display = ["name", "station", "kind", "capacity", "facilities", "is_shared"]
    list_filter = ["kind", STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["name"]
    help_texts = {
        "name": "门上怎么写就怎么写，如“二楼活动室”；前面不用写社区名。",
        "kind": "有屋顶的选“固定阵地”，露天的选“文明实践广场”。",
        "capacity": "按椅子数；不知道就空着。",
        "facilities": "来办活动的人用得上的，如“投影仪、音响、30把椅子”。",
        "is_shared": "别人也能来办活动的就打勾，只有自己用的不勾。",
        "former_use": "改成阵地以前是什么，如“自行车棚”；不知道就空着。",
        "started_on": "从哪一天起用的，记不清就写大概的日子。",
    }
    fieldsets = [
        (None, {"fields": ["station", "name", "kind", "capacity", "facilities", "is_shared"]}),
        ("更多", {"classes": ["collapse"], "fields": ["former_use", "started_on", "ended_on"]}),
    ]


@admin.register(Platform)
class PlatformAdmin(StationScopedAdmin):
    list_display = ["name", "station", "kind", "started_on", "ended_on"]
    list_filter = ["kind", STATION_FILTER]
    list_select_related = ["station"]
    help_texts = {
        "kind": "六类里选最像的一类，月计划也按这六类排。",
        "name": "牌子上怎么写就怎么写，如“红色微课堂”；前面不用写社区名。",
        "venues": "在哪几间屋子里办，就勾哪几间；定不下来可以都不勾。",
        "started_on": "从哪一天办起来的，记不清就写大概的日子。",
    }
    fieldsets = [
        (None, {"fields": ["station", "kind", "name"]}),
        ("用哪些阵地（可以不选）", {"classes": ["collapse"], "fields": ["venues"]}),
        ("更多", {"classes": ["collapse"], "fields": ["started_on", "ended_on"]}),
    ]

    def get_form(self, request, obj=None, change=False, **kwargs):
        """Where the station is known, its own rooms only, and what was ticked before."""
        form = super().get_form(request, obj, change, **kwargs)
        station = obj.station if obj else request.user.own_station
        if station and not station.is_centre and (venues := form.base_fields.get("venues")):
            is_ticked = Q(pk__in=obj.venues.values("pk")) if obj else Q(pk=None)
            venues.queryset = venues.queryset.filter(Q(station=station) | is_ticked)
        return form


@admin.register(Booking)
class BookingAdmin(WorkflowAdmin, StationScopedAdmin):
    list_display = ["venue", "starts_at", "ends_at", "holder", "purpose", "status"]
    list_filter = ["status", ("venue__station", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["venue__station"]
    date_hierarchy = "starts_at"
    help_texts = {
        "starts_at": "把摆桌椅的时间也算进去。",
        "ends_at": "把收拾屋子的时间也算进去。这段时间里，别人约不了这间屋子。",
        "holder": "谁来用，如“红柳邻里队”“南湖小学”。不要写个人的名字和号码。",
        "purpose": "来做什么，如“排练合唱”。",
    }
    fields = ["venue", "starts_at", "ends_at", "holder", "purpose"]

    def has_change_permission(self, request, obj=None):
        """What a session has booked is moved and given back with the session."""
        is_free = obj is None or not obj.belongs_to_an_event
        return is_free and super().has_change_permission(request, obj)


class _OfArticle:
    """What hangs on an article stands still with it."""

    extra = 0

    def _stands_still(self, article) -> bool:
        return article is not None and not article.may_be_written

    def has_add_permission(self, request, obj=None):
        return not self._stands_still(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return not self._stands_still(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return not self._stands_still(obj) and super().has_delete_permission(request, obj)


class ArticlePictureInline(_OfArticle, StationScopedStackedInline):
    model = ArticlePicture
    unit = "张"
    fields = ["picture", "caption", "position"]


class ArticleAttachmentInline(_OfArticle, StationScopedTabularInline):
    model = ArticleAttachment
    fields = ["title", "file"]


#: The marks of lib/markup.py, for whoever wants them.
MARKS = mark_safe(
    "<details><summary>想要小标题、一条一条列出来，或者放链接</summary><ul>"
    "<li>小标题：这一行用“## ”开头，比如“## 时间安排”。</li>"
    "<li>一条一条列出来：每一条另起一行，用“- ”开头，比如“- 带好老花镜”。</li>"
    "<li>本站的链接：写“[看活动](/activities/)”，网页上只显示“看活动”，点一下就打开。</li>"
    "<li>写好先按“保存”，再打开它按“预览”，看看网页上是什么样子。</li></ul></details>"
)


@admin.register(Article)
class ArticleAdmin(PublicPageAdmin, WorkflowAdmin, StationScopedAdmin):
    """An article with what hangs on it; with a reviewer or published it stands still."""

    list_display = ["title", "kind", "station", "status", "published_at"]
    list_filter = ["status", "kind", STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["title"]
    inlines = [ArticlePictureInline, ArticleAttachmentInline]
    saved_words = dict.fromkeys((Article.Status.DRAFT, Article.Status.RETURNED), "居民还看不到它。")
    help_texts = {
        "kind": "活动办得怎样选“动态”，要居民知道、照着做的选“通知”。",
    }
    fieldsets = [
        (None, {"fields": ["station", "kind", "title", "text"]}),
        ("更多（可以不填）", {"classes": ["collapse"], "fields": ["summary", "slug"]}),
    ]

    def get_object(self, request, object_id, from_field=None):
        """For what is sent, the row under its lock: nobody passes a text that is being changed."""
        article = super().get_object(request, object_id, from_field)
        if article and request.method == "POST" and connection.in_atomic_block:
            article.refresh_from_db(from_queryset=Article.objects.select_for_update())
        return article

    def get_fieldsets(self, request, obj=None):
        """The fixed pages are the street office's, and nobody else is asked which one."""
        if request.user.is_at_centre:
            return super().get_fieldsets(request, obj)
        main, (title, more) = super().get_fieldsets(request, obj)
        return [main, (title, {**more, "fields": ["summary"]})]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "text":
            field.help_text = format_html("{}{}", field.help_text, MARKS)
        return field

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "kind" and not request.user.is_at_centre:
            kwargs["choices"] = [
                choice for choice in Article.Kind.choices if choice[0] != Article.Kind.PAGE
            ]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        if obj is None or obj.may_be_written:
            return fields
        return [*fields, "station", "kind", "title", "text", "summary", "slug"]

    def has_delete_permission(self, request, obj=None):
        can_be = obj is None or obj.can_be_deleted
        return can_be and super().has_delete_permission(request, obj)

    def get_page_label(self, obj):
        if obj is None:
            return ""
        return self.page_label if obj.is_published else "预览"

    def steps_for(self, request, obj=None):
        """Without those that are somebody else's to take: who wrote it does not pass it."""
        steps = super().steps_for(request, obj)
        if obj is None:
            return steps
        steps = {
            name: step for name, step in steps.items() if not obj.is_closed_to(request.user, step)
        }
        if "return" in steps and not obj.writers.contains(request.user):
            steps.pop("take_back", None)  # a reader returns it, and says what is to be changed
        return steps

    def _take(self, request, obj, name, remark=""):
        refusal = super()._take(request, obj, name, remark)
        if refusal is None and name == "submit":
            messages.info(request, "它已经在审核人的待办里，通过以后居民才看得到；您不用再做什么。")
        return refusal

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and not obj.may_be_written:
            context["show_save"] = False
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_change(self, request, obj):
        if "title" in request.POST and not obj.may_be_written:
            words = f"它已经是“{obj.get_status_display()}”，您刚才的改动没有存上。"
            messages.error(request, f"{words}要改，先撤回或下线；写好的字可以按返回键找回来。")
            return redirect("admin:stations_article_change", obj.pk)
        return super().response_change(request, obj)

    def save_related(self, request, form, formsets, change):
        """Whoever has written in it, in its pictures or its attachments, does not review it."""
        super().save_related(request, form, formsets, change)
        if form.has_changed() or any(formset.has_changed() for formset in formsets):
            form.instance.writers.add(request.user)


class PostingInline(CentreOnlyTabularInline):
    model = Posting
    unit = "项"
    extra = 0

    def get_fields(self, request, obj=None):
        """A new account's posting has no end yet."""
        return ["station", "name", "duty", "since", "until"][: None if obj else -1]

    def get_min_num(self, request, obj=None, **kwargs):
        return 0 if obj else 1  # an account is made for a post, and closed without one


@admin.register(Posting)
class PostingAdmin(CentreOnlyAdmin):
    list_display = ["name", "station", "duty", "user", "since", "until"]
    list_filter = ["duty", STATION_FILTER]
    list_select_related = ["station", "user"]
    search_fields = ["name"]
    help_texts = {
        "since": "从哪一天起在这里工作。",
        "until": "还在任就空着；填了日期，从这一天起，他的账号就管不了这个实践所。",
    }
    fields = ["station", "name", "duty", "phone", "user", "since", "until"]


class AccountForm(forms.ModelForm):
    """An account without its password, which only its owner ever sets."""

    class Meta:
        model = User
        fields = ["username", "name", "groups", "is_active"]
        field_classes = {"username": UsernameField}
        labels = {"groups": "岗位", "is_active": "在用"}
        help_texts = {
            "username": "登录时用，如姓名的拼音；字母、数字和 @ . + - _ 都可以。",
            "groups": "岗位决定能做什么，任职决定能管哪个实践所。",
            "is_active": "不在这里工作了，就去掉勾：马上不能登录，正在用的也会退出。账号不删除。",
        }


@admin.register(User)
class UserAdmin(CentreOnlyAdmin):
    """Staff accounts: made and closed by the centre, never deleted, and never above the maker.

    The centre neither sees nor sets a password: it hands over a link.
    """

    form = AccountForm
    list_display = ["username", "name", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    search_fields = ["username", "name"]
    ordering = ["username"]
    inlines = [PostingInline]

    def get_fields(self, request, obj=None):
        return ["username", "name", "groups", "is_active"][: None if obj else -1]

    def get_queryset(self, request):
        users = super().get_queryset(request)
        return users if request.user.is_superuser else users.filter(is_superuser=False)

    def _is_below(self, request, obj) -> bool:
        return obj is None or request.user.is_superuser or not obj.is_superuser

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and self._is_below(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._is_below(request, obj)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "groups":
            kwargs |= {
                "queryset": Group.objects.filter(name__in=ROLES),
                "label": "岗位",
                "help_text": "岗位说的是能做什么，任职说的是管哪个实践所；少一样就什么也看不到。",
                "widget": forms.CheckboxSelectMultiple,
                "required": not request.user.is_superuser,
            }
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def lookup_allowed(self, lookup, value, request):
        """Nobody guesses at a password, letter by letter, through the list's address."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.is_staff = True
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            close(obj)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/password-link/",
                view(self.password_link),
                name="stations_user_password_link",
            ),
            path(
                "<int:pk>/remove-second-factor/",
                view(self.remove_second_factor),
                name="stations_user_remove_second_factor",
            ),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and obj.is_active and self.has_change_permission(request, obj):
            is_own = obj.pk == request.user.pk
            context["may_reset_password"] = not is_own
            context["may_remove_second_factor"] = not is_own and second_factor.is_set_up(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_add(self, request, obj, post_url_continue=None):
        """A new account has no password: its link is the next thing that is needed."""
        if "_popup" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        return self._link_page(request, obj)

    def _account(self, request, pk: int) -> User | None:
        """The open account with this key, if this person may change it."""
        account = self.get_object(request, str(pk))
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        return account if account and account.is_active else None

    def _page(self, request, template: str, account: User, **context) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": account,
            **context,
        }
        return TemplateResponse(request, f"admin/stations/user/{template}.html", context)

    def password_link(self, request, pk):
        """重设密码: asked first, because the old password is gone at once."""
        account = self._account(request, pk)
        if account is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
        if account.pk == request.user.pk:
            messages.error(request, "自己的密码请用右上角的“改密码”来改。")
            return redirect("admin:stations_user_change", pk)
        if request.method == "POST":
            return self._link_page(request, account)
        return self._page(
            request,
            "confirm",
            account,
            title=f"重设密码：{account}",
            words="按下以后给您一条链接，请交给本人，由本人自己设新密码。原来的密码马上作废，"
            "正在登录的也会退出。请先核对清楚是本人要求的。",
            button="给一条设密码的链接",
        )

    def _link_page(self, request, account: User) -> TemplateResponse:
        link = request.build_absolute_uri(new_password_link(account))
        self.log_change(request, account, "给了设密码的链接")
        return self._page(
            request,
            "link",
            account,
            title=f"设密码的链接：{account}",
            link=link,
            qr=qr_svg(link),
        )

    def remove_second_factor(self, request, pk):
        """For whoever has lost the phone; the log-in then asks for the password alone."""
        account = self._account(request, pk)
        if account is None or not second_factor.is_set_up(account):
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
        if account.pk == request.user.pk:
            messages.error(request, "自己的动态码请在这里取消，要输一次密码。")
            return redirect("account:second-factor")
        if request.method == "POST":
            second_factor.remove(account)
            self.log_change(request, account, "取消了动态码")
            messages.success(request, f"“{account}”的动态码已取消，登录只要密码。")
            return redirect("admin:stations_user_change", pk)
        return self._page(
            request,
            "confirm",
            account,
            title=f"取消动态码：{account}",
            words="手机丢了或换了，才需要这样做。取消以后登录只要密码，本人可以重新开通。"
            "请先核对清楚是本人要求的。",
            button="取消动态码",
        )


@admin.register(PhoneView)
class PhoneViewAdmin(CentreOnlyAdmin):
    """Who was shown whose number, for the street office to read; nobody writes here."""

    list_display = ["at", "by", "station", "whose", "purpose", "words"]
    list_filter = ["purpose", STATION_FILTER, ("by", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["by", "station"]
    date_hierarchy = "at"
    fields = ["at", "by", "station", "row", "number", "purpose", "words"]
    readonly_fields = ["row", "number"]

    def changelist_view(self, request, extra_context=None):
        title = {"title": "谁为什么看了号码"}
        return super().changelist_view(request, title | (extra_context or {}))

    @admin.display(description="谁的")
    def row(self, view):
        page = f"admin:{view.row_type.replace('.', '_')}_change"
        return format_html('<a href="{}">{}</a>', reverse(page, args=[view.row_id]), view.row_name)

    @admin.display(description="看了谁的号码")
    def whose(self, view):
        return format_html("{}的{}", self.row(view), self.number(view))

    @admin.display(description="哪个号码")
    def number(self, view):
        return view.field_name

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Deletion)
class DeletionAdmin(DeletionPages, StationScopedAdmin):
    """What was deleted at one's own station."""
