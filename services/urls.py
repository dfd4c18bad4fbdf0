from django.urls import path

from services import views

app_name = "services"
urlpatterns = [
    path("my/", views.my, name="my"),
    path("my/forget/", views.my_forget, name="my-forget"),
]
