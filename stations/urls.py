from django.urls import path

from stations import views

app_name = "stations"
urlpatterns = [
    path("", views.station_list, name="station-list"),
    path("<slug:slug>/", views.station_detail, name="station-detail"),
]
