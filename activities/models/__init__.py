"""做什么: brands, activities with their sessions and sign-ups, and role models."""

from activities.models.activity import (
    PLACES,
    WORDS,
    Activity,
    ActivityChange,
    ActivityQuerySet,
    Festival,
    Task,
)
from activities.models.brands import Brand
from activities.models.moves import SessionMove
from activities.models.role_models import Objection, RoleModel, RoleModelChange
from activities.models.session import Session, SessionChange, SessionQuerySet, on_days
from activities.models.signup import Call, CallChange, PassedOver, Signup, SignupChange

__all__ = [
    "PLACES",
    "WORDS",
    "Activity",
    "ActivityChange",
    "ActivityQuerySet",
    "Brand",
    "Call",
    "CallChange",
    "Festival",
    "Objection",
    "PassedOver",
    "RoleModel",
    "RoleModelChange",
    "Session",
    "SessionChange",
    "SessionMove",
    "SessionQuerySet",
    "Signup",
    "SignupChange",
    "Task",
    "on_days",
]
