from django.urls import path

from stations import views
from stations.models import Article

app_name = "stations"
urlpatterns = [
    path("stations/", views.station_list, name="station-list"),
    path("stations/<slug:slug>/", views.station_detail, name="station-detail"),
    path("news/", views.article_list, name="article-list"),
    path("news/<int:pk>/", views.article_detail, name="article-detail"),
    path("rules/", views.rules, name="rules"),
    path("attachments/<int:pk>/", views.attachment, name="attachment"),
    *(
        path(f"{page}/", views.page, {"slug": page}, name=page)
        for page in (Article.Page.ABOUT, Article.Page.LEADING_GROUP, Article.Page.PLAN)
    ),
]
