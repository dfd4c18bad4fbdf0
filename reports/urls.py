from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("", views.month_list, name="month-list"),
    path("draw-up/", views.month_draw_up, name="month-draw-up"),
    path("check-up/", views.check_up, name="check-up"),
    path("pages/", views.page_list, name="page-list"),
    path("pages/<slug:kind>/<int:pk>/take-down/", views.page_take_down, name="page-take-down"),
    path("pages/<slug:kind>/<int:pk>/put-back/", views.page_put_back, name="page-put-back"),
    path("<month:month>/", views.month_detail, name="month-detail"),
    path("<month:month>/lines/<str:code>/", views.month_lines, name="month-lines"),
    path("<month:month>/<slug:slug>/", views.summary_detail, name="summary-detail"),
    path("<month:month>/<slug:slug>/lines/<str:code>/", views.summary_lines, name="summary-lines"),
    path("<month:month>/<slug:slug>/<slug:name>/", views.summary_review, name="summary-review"),
]
