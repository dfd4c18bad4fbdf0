"""Branded activities (一社一品)."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from practice_portal.lib.history import History
from practice_portal.lib.pictures import PictureField
from practice_portal.lib.public_text import PublicCharField, PublicTextField
from practice_portal.lib.stock import StockModel
from stations.models import OfStationStockQuerySet, Station
from stations.public_pages import PublicPage, PublicPageQuerySet


class BrandQuerySet(PublicPageQuerySet, OfStationStockQuerySet):
    def begun(self):
        """Those that residents may hear of: begun, also long ago, by a station they know."""
        return self.filter(
            started_on__lte=timezone.localdate(), station__in=Station.objects.known()
        )

    def public(self):
        """What residents see."""
        return self.begun().online()


class Brand(PublicPage, StockModel):
    """A community's own branded activity (一社一品); one in force per station, history kept."""

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="brands", verbose_name="实践所"
    )
    name = PublicCharField("品牌名称", max_length=40)
    slogan = PublicCharField("一句话", max_length=60, blank=True)
    story = PublicTextField("品牌故事", max_length=2000, blank=True)
    picture = PictureField("图片", upload_to="brands/", blank=True)

    station_path = "station"
    objects = BrandQuerySet.as_manager()
    history = History()

    class Meta(StockModel.Meta):
        verbose_name = verbose_name_plural = "一社一品"
        ordering = ["station__position", "-started_on", "pk"]
        constraints = [
            *StockModel.Meta.constraints,
            models.UniqueConstraint(
                "station",
                condition=Q(ended_on=None),
                name="activities_one_brand_in_force",
                violation_error_message="这个实践所已有正在办的品牌，请先给旧品牌填上结束日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        others = Brand.objects.filter(station=self.station_id).exclude(pk=self.pk)
        beside = others.filter(Q(ended_on=None) | Q(ended_on__gt=self.started_on))
        if self.ended_on:
            beside = beside.filter(started_on__lt=self.ended_on)
        if other := beside.first():
            raise ValidationError(
                f"这段时间已有品牌“{other}”，一个实践所同时只办一个，请改开始或结束日期。"
            )

    def get_absolute_url(self) -> str:
        return reverse("activities:brand-detail", args=[self.pk])
