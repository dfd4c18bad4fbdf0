from django.urls import path

from practice_portal.accounts import views

app_name = "account"
urlpatterns = [
    path("set-password/<uidb64>/<token>/", views.set_password, name="set-password"),
    path("second-factor/", views.second_factor_page, name="second-factor"),
    path("second-factor/remove/", views.second_factor_remove, name="second-factor-remove"),
    path("handover/", views.handover_list, name="handover"),
    path("handover/<slug:slug>/", views.handover_detail, name="handover-detail"),
]
