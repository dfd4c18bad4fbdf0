"""The three roles of the staff and what each may do with which kind of row.

A role says *what* one may do; the postings say *whose* rows (stations/scoping.py).
"""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

CENTRE = "中心管理员"
HEAD = "实践所负责人"
CLERK = "社区工作人员"

_ALL = ("view", "add", "change", "delete")
_EDIT = ("view", "add", "change")
_LOOK = ("view",)

#: What every member of staff does at their own station, model by model.
_DAILY = {
    "stations.station": ("view", "change"),
    "stations.compound": _ALL,
    "stations.holiday": _LOOK,
    "stations.venue": _EDIT,
    "stations.platform": _ALL,
    "stations.booking": _EDIT,
    "stations.deletion": _LOOK,
    "stations.article": _ALL,
    "stations.articlepicture": _ALL,
    "stations.articleattachment": _ALL,
    "learning.studysession": _ALL,
    "learning.onlinestudy": _ALL,
    "volunteers.organisation": _LOOK,
    "volunteers.partnerunit": _LOOK,
    "volunteers.team": _EDIT,
    "volunteers.membership": _ALL,
    "volunteers.volunteer": _EDIT,
    "volunteers.serviceentry": _EDIT,
    "activities.brand": _EDIT,
    "activities.activity": _ALL,
    "activities.session": _ALL,
    "activities.call": ("view", "change"),
    "activities.rolemodel": _EDIT,
    "activities.objection": _EDIT,
    "services.demand": _EDIT,
    "services.whistle": _EDIT,
    "reports.monthlysummary": ("view", "change"),
    "reports.plan": _ALL,
    "reports.planline": _EDIT,
}

ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    CLERK: _DAILY,
    HEAD: {**_DAILY, "stations.article": (*_ALL, "review")},
    CENTRE: {
        **{model: _ALL for model in _DAILY},
        "stations.article": (*_ALL, "review"),
        "volunteers.serviceentry": _EDIT,
        "activities.call": ("view", "change"),
        "stations.deletion": _LOOK,
        "activities.rolemodel": (*_ALL, "recognise"),
        "activities.objection": (*_EDIT, "settle"),
        "reports.monthlysummary": (*_EDIT, "review"),
        "stations.posting": _EDIT,
        "stations.user": _EDIT,
        "practice_portal.nightlyrun": _LOOK,
        "practice_portal.nightlystep": _LOOK,
        "stations.phoneview": _LOOK,
        "stations.pagechange": ("view", "add"),
    },
}


def set_up_roles() -> list[Group]:
    """Give the three groups exactly the permissions of the table; safe to run again."""
    groups = []
    for name, models in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        wanted = Q(pk=None)
        for model, actions in models.items():
            app_label, model_name = model.split(".")
            codenames = [f"{action}_{model_name}" for action in actions]
            wanted |= Q(content_type__app_label=app_label, codename__in=codenames)
        group.permissions.set(Permission.objects.filter(wanted))
        groups.append(group)
    return groups
