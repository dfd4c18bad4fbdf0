"""What a new activity begins with, by its kind; the clerk changes what is different this time."""

from activities.models import Activity, Task
from stations.models import PlatformKind

Form = Activity.Form

#: Every kind has each of these: the platform, the task, and the two sentences that the law asks
#: for before publishing (条例 art. 12).
DEFAULTS: dict[Form, dict[str, str]] = {
    Form.ACTIVITY: {
        "platform": PlatformKind.CULTURE,
        "task": Task.CULTURE_LIFE,
        "requirements": "谁都能来，14岁以下要大人带。",
        "risk_notice": "人多的时候请慢走、扶好，身体不舒服请马上告诉工作人员。",
    },
    Form.TRAINING: {
        "platform": PlatformKind.EDUCATION,
        "task": Task.CULTURE_LIFE,
        "requirements": "想学的都能来，14岁以下要大人带。",
        "risk_notice": "要动手的时候请听老师的；工具和热的东西，请小心使用。",
    },
    Form.TALK: {
        "platform": PlatformKind.THEORY,
        "task": Task.POLICY,
        "requirements": "谁都能来，坐满为止。",
        "risk_notice": "坐得久了请起来走一走，进出会场请慢走。",
    },
    Form.EXHIBITION: {
        "platform": PlatformKind.CULTURE,
        "task": Task.CORE_VALUES,
        "requirements": "谁都能来，14岁以下要大人带。",
        "risk_notice": "请不要碰展品；看的时候注意脚下，人多请排队。",
    },
}


def defaults(kind: str) -> dict[str, str]:
    """Of a kind; of an ordinary activity where the address names none that there is."""
    kind = Form(kind) if kind in Form.values else Form.ACTIVITY
    return {"form": kind, **DEFAULTS[kind]}
