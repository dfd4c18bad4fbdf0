"""帮助: the twelve tasks of the workplace, each in five lines, in the words that are on the screen.

What stands between “ and ” is a button, a link or a field exactly as its page writes it; a test
walks through each task and reads the pages. `make help-pictures` takes the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

#: Of every picture, in pixels.
PICTURE_WIDTH, PICTURE_HEIGHT = 500, 500


@dataclass(frozen=True)
class Task:
    """One thing that a clerk comes for: where it starts, the five lines, and the main button."""

    slug: str
    title: str
    start: str  # the admin page's name
    where: str  # what the link to it says
    button: str  # framed in the picture
    lines: tuple[str, str, str, str, str]
    asked: tuple[tuple[str, str], ...] = ()  # the list's filter
    pages: tuple[str, ...] = ()  # whose 帮助 leads straight to this task

    @property
    def url(self) -> str:
        query = f"?{urlencode(self.asked)}" if self.asked else ""
        return reverse(f"admin:{self.start}") + query

    @property
    def picture(self) -> str:
        return f"help/{self.slug}.webp"

    @property
    def alt(self) -> str:
        return f"“{self.title}”的画面，红框里是“{self.button}”。"


TASKS = [
    Task(
        "publish",
        "发布一场活动",
        start="activities_activity_add",
        where="去发布活动",
        button="保存并发布",
        lines=(
            "先在最上面看“办哪一种”，选“活动”“培训”“宣讲”或者“展览”，后面的格子会先替您填好一些。",
            "填“活动名称”和“内容”，写明来了做什么、能得到什么，用居民平时说的话。",
            "在“场次：哪天几点，在哪里”下面填“日期”“几点开始”“几点结束”，再选“阵地”。",
            "点开“发布前看一眼：谁能来、要留意、平台”，看看替您填好的话对不对，不对就改。",
            "按“保存并发布”，居民马上看得到；还没有想好就按“保存”，它先是草稿。",
        ),
        pages=("activities_activity_add", "activities_activity_change"),
    ),
    Task(
        "move",
        "改时间、改地点",
        start="activities_session_changelist",
        asked=(("result", "coming"),),
        where="去看还没办的场次",
        button="保存",
        lines=(
            "点开要改的那一场；一下子找不到，就在上面输入活动名称，按“搜索”。",
            "改“日期”“几点开始”“几点结束”；换地方就改“阵地”。",
            "点开“名额、怎么找到、办几天（可以不填）”，在“为什么改”里给居民写一句原因。",
            "按最下面的“保存”，网页上会写明原来是什么时候、在哪里，现在改成什么。",
            "再打开这一场，按“在网站上看”，看一眼改得对不对，然后到群里说一声。",
        ),
        pages=("activities_session_changelist",),
    ),
    Task(
        "cancel",
        "取消一场活动",
        start="activities_session_changelist",
        asked=(("result", "coming"),),
        where="去看还没办的场次",
        button="取消这一场",
        lines=(
            "点开要取消的那一场；已经办过的不能取消，所以不在这个单子里。",
            "在最下面按“取消这一场…”，这时候还没有真的取消。",
            "在“取消的原因（居民会在网页上看到）”里写明为什么，居民读得懂就行。",
            "按“取消这一场”；又不想取消了，就按“先不取消这一场，返回”。",
            "网页上会写明取消了和为什么，订的阵地自动空出来；请再到群里说一声。",
        ),
        pages=("activities_session_step",),
    ),
    Task(
        "result",
        "办完了，填办得怎样",
        start="activities_session_changelist",
        asked=(("result", "missing"),),
        where="去看办完还没填的场次",
        button="保存",
        lines=(
            "点开办完了的那一场；这个单子空着，就是都填好了。",
            "在“服务群众（人次）”里填来了多少人，不知道就空着，不要写0。",
            "在“志愿者（人次）”里填来帮忙的志愿者有多少人。",
            "在“办得怎样”里写两三句话：谁来了，做了什么，大家怎么说；不要写手机号。",
            "按最下面的“保存”，这一场就算进当月的数字，不用另外再报。",
        ),
        pages=("activities_session_change",),
    ),
    Task(
        "share",
        "把活动发到群里",
        start="activities_activity_changelist",
        asked=(("status__exact", "published"),),
        where="去看已经发布的活动",
        button="复制文字",
        lines=(
            "点开要发的那个活动；只有发布了的活动才能发到群里。",
            "在活动名称下面按“发到群里”。",
            "按“复制文字”，到微信群里长按输入的地方，选粘贴，再发出去。",
            "想发图片就按“下载海报”，海报上有时间、地点、电话和二维码。",
            "发以前看一眼“发群的文字”里的日子和地点；不对就先改活动，再回来发。",
        ),
        pages=("activities_activity_share",),
    ),
    Task(
        "again",
        "照样再办一次",
        start="activities_activity_changelist",
        asked=(("status__exact", "published"),),
        where="去看发布过的活动",
        button="抄一份",
        lines=(
            "点开以前办过的那个活动；一下子找不到，就在上面输入活动名称，按“搜索”。",
            "在活动名称下面按“再办一次”。",
            "在“第一场改到哪一天”里选日子，在“照着哪几场排”里勾上要照着办的场次。",
            "按“抄一份”，名称、内容和要求都照抄；先不办了，就按“不办了，返回”。",
            "抄好的是草稿，居民还看不到；看过日子和地点，再像新活动一样发布。",
        ),
        pages=("activities_activity_again",),
    ),
    Task(
        "article",
        "写一条动态，交审核",
        start="stations_article_add",
        where="去写文章",
        button="保存并提交审核",
        lines=(
            "在“类别”里选“动态”；要通知大家一件事，就选“通知公告”。",
            "在“标题”里用一句话说清什么事，在“正文”里写经过，空一行就是另起一段。",
            "有照片就加在“图片”下面，有表格、文件就加在“附件”下面。",
            "按“保存并提交审核”；还没有写完就按“保存”，下回接着写。",
            "另一位同事审过，文章才上网；退回来的会排进您的待办，改好再交一次。",
        ),
        pages=("stations_article_add", "stations_article_change", "stations_article_changelist"),
    ),
    Task(
        "demand",
        "登记居民打电话来的需求",
        start="services_demand_add",
        where="去登记需求",
        button="保存并受理",
        lines=(
            "在“要什么”里写一句话，比如想请人上门理发；细的写在“说明”里。",
            "“从哪里来”已经替您选好“电话或来访”，从别处来的再改。",
            "在“居民姓名”和“居民手机号”里记下怎么找他；居民不愿意留，可以空着。",
            "能办的按“保存并受理”，办不了的按“退回…”，写明原因。",
            "存好以后，页面上面有查询码，请念给居民听：凭它和手机号能在网站上查进度。",
        ),
        pages=("services_demand_add", "services_demand_changelist"),
    ),
    Task(
        "answer",
        "看居民手机号，给居民回话",
        start="services_demand_changelist",
        where="去看需求",
        button="看号码",
        lines=(
            "点开居民的那一条；居民忘了查询码，就在上面输入他的整个手机号，按“搜索”。",
            "按“看居民手机号”，选为了什么，比如“回复需求”；谁为什么看过，会记下来。",
            "按“看号码”，完整的号码就出来了，用手机点一下就能打过去。",
            "打完回到这一条，能办的按“保存并受理”，办不了的按“退回…”，写明原因。",
            "办好了再打开这一条，在“办得怎样”里写清楚，按“保存并办结”，居民查进度就看得到。",
        ),
        pages=("services_demand_change", "services_demand_phone", "services_demand_step"),
    ),
    Task(
        "hours",
        "给志愿者记时长、确认时长",
        start="volunteers_serviceentry_add",
        where="去记时长",
        button="保存",
        lines=(
            "在“志愿者”里输入姓名，选出这个人；还没有登记的人，先到志愿者那里登记。",
            "填“服务日期”和“小时”，在“类别”里选“签到”；事后才补记的，选“补录”。",
            "在“做了什么”里写清楚；存好以后这几样都不能改，写错了只能另记一条。",
            "按“保存”；还要接着记，就按“保存，再添一个”。自己记的时长要别人来确认。",
            "另一位同事在待办里打开这一条，对就按“确认”，不对就按“不予确认…”，写明原因。",
        ),
        pages=(
            "volunteers_serviceentry_add",
            "volunteers_serviceentry_change",
            "volunteers_serviceentry_changelist",
        ),
    ),
    Task(
        "month",
        "交月度总结",
        start="reports_monthlysummary_changelist",
        where="去看月度总结",
        button="保存并提交",
        lines=(
            "点开要交的那个月；数字都从平时的记录里来，不用您填。",
            "在“亮点”里写这个月办得好的事，在“问题”里写遇到的难处，各写两三句话。",
            "在“下月打算”里写下个月准备做什么。",
            "这个月过完了，按“保存并提交”交给街道；还没有写完就按“保存”。",
            "街道退回来的会排进您的待办，看过意见，改好再交一次；通过以后就不再改了。",
        ),
        pages=("reports_monthlysummary_changelist", "reports_monthlysummary_change"),
    ),
    Task(
        "restore",
        "删错了，怎么找回来",
        start="stations_deletion_changelist",
        where="去回收站",
        button="恢复",
        lines=(
            "删掉的内容都在“回收站”里留30天，跟着它一起删掉的也在。",
            "在“删掉的内容”这一列里，点开要找回来的那一条，最近删的在最上面。",
            "看“能不能恢复”后面写着还能恢复多少天；过期了就找不回来了。",
            "按“恢复”，下一页会说有哪些一起回来，看过以后再按一次“恢复”。",
            "恢复好了，它和删掉以前一样；不想恢复了，就按“先不恢复，返回”。",
        ),
        pages=(
            "stations_deletion_changelist",
            "stations_deletion_change",
            "stations_deletion_restore",
        ),
    ),
]

_BY_PAGE = {page: task for task in TASKS for page in task.pages}


def url_for(page: str | None) -> str:
    """帮助, opened at the task of this page of the admin if there is one."""
    task = _BY_PAGE.get(page)
    return reverse("admin:help") + (f"#{task.slug}" if task else "")
