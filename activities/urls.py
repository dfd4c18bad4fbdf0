from django.urls import path

from activities import views

app_name = "activities"
urlpatterns = [
    path("activities/", views.activity_list, name="activity-list"),
    path("activities/<int:pk>/", views.activity_detail, name="activity-detail"),
    path("brands/", views.brand_list, name="brand-list"),
    path("brands/<int:pk>/", views.brand_detail, name="brand-detail"),
]
