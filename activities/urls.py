from django.urls import path

from activities import views
from activities.role_models import views as role_models
from activities.signups import views as signups

app_name = "activities"
urlpatterns = [
    path("activities/", views.activity_list, name="activity-list"),
    path("activities/<int:pk>/", views.activity_detail, name="activity-detail"),
    path("activities/<month:month>/", views.activity_month, name="activity-month"),
    path("sessions/<int:pk>/signup/", signups.session_signup, name="session-signup"),
    path("signups/<key:key>/", signups.signup_detail, name="signup-detail"),
    path("signups/<key:key>/change/", signups.signup_change, name="signup-change"),
    path("signups/<key:key>/cancel/", signups.signup_cancel, name="signup-cancel"),
    path("signups/<key:key>/rate/", signups.signup_rate, name="signup-rate"),
    path("activities/<month:month>/month.pdf", views.activity_month_pdf, name="activity-month-pdf"),
    path("activities/calendar.ics", views.calendar, name="calendar"),
    path("activities/stations/<slug:slug>.ics", views.station_calendar, name="station-calendar"),
    path("activities/sessions/<int:pk>.ics", views.session_calendar, name="session-calendar"),
    path("here/<str:token>/", signups.session_here, name="session-here"),
    path("brands/", views.brand_list, name="brand-list"),
    path("brands/<int:pk>/", views.brand_detail, name="brand-detail"),
    path("role-models/", role_models.role_model_list, name="role-model-list"),
    path("role-models/<int:pk>/", role_models.role_model_detail, name="role-model-detail"),
    path("role-models/<int:pk>/object/", role_models.role_model_object, name="role-model-object"),
    path("role-models/notice/", role_models.role_model_notice, name="role-model-notice"),
    path("role-models/nominate/", role_models.role_model_nominate, name="role-model-nominate"),
    path(
        "role-models/nominated/<code:nomination>/",
        role_models.role_model_nominated,
        name="role-model-nominated",
    ),
]
