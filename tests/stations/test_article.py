"""An article's life: who may pass it, how often, and what stands still meanwhile."""

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from practice_portal.lib.workflow import IllegalStep
from stations.models import Article
from tests.factories import (
    make_article,
    make_article_picture,
    make_attachment,
    make_centre,
    make_station,
    make_user,
)


@pytest.fixture
def reviews(settings):
    """Sets how many reviews news need."""

    def needed(number: int) -> None:
        settings.REVIEWS = {**settings.REVIEWS, "news": number}

    return needed


def draft(station, *writers, **values) -> Article:
    return make_article(station=station, status="draft", writers=writers, **values)


def test_reviews_are_set_for_every_kind_between_none_and_three():
    assert set(settings.REVIEWS) == set(Article.Kind.values)
    assert set(settings.REVIEWS.values()) <= {0, 1, 2, 3}


def test_article_without_reviews_is_published_by_who_writes(reviews, station, clerk):
    reviews(0)
    article = draft(station, clerk)

    assert list(article.open_steps()) == ["publish"]
    article.take("publish", by=clerk)

    assert article.is_published
    assert article.published_at is not None
    assert article.may_be_written


@pytest.mark.parametrize(
    ("number", "steps"),
    [
        (1, ["submit", "approve"]),
        (2, ["submit", "pass_first", "approve"]),
        (3, ["submit", "pass_first", "pass_second", "approve"]),
    ],
)
def test_article_is_published_after_as_many_reviews_as_its_kind_needs(
    reviews, station, clerk, number, steps
):
    reviews(number)
    article = draft(station, clerk)
    readers = [make_user(station=station, role="lead") for _ in range(number)]

    for step, person in zip(steps, [clerk, *readers], strict=True):
        assert not article.is_published
        article.take(step, by=person)

    assert article.is_published
    assert [line.step for line in article.changes.all()] == steps


@pytest.mark.parametrize(
    ("number", "step"), [(1, "pass_first"), (2, "approve"), (1, "publish"), (1, "pass_second")]
)
def test_article_step_that_its_kind_does_not_have_is_refused(reviews, station, lead, number, step):
    reviews(number)
    article = draft(station)
    if step != "publish":
        article.take("submit")

    with pytest.raises(IllegalStep, match="不能"):
        article.take(step, by=lead)

    assert not article.is_published


def test_article_is_not_passed_by_whoever_wrote_in_it(station, lead, clerk):
    article = draft(station, clerk, lead)
    article.take("submit", by=clerk)

    with pytest.raises(IllegalStep, match="自己经手的不能自己通过并发布"):
        article.take("approve", by=lead)

    assert article.status == "first_review"


def test_article_is_not_passed_by_a_clerk(station, clerk):
    article = draft(station)
    article.take("submit")

    with pytest.raises(IllegalStep, match="您的岗位不能通过并发布"):
        article.take("approve", by=clerk)


def test_article_is_not_passed_twice_by_the_same_person(reviews, station, lead, director):
    reviews(2)
    article = draft(station)
    article.take("submit")
    article.take("pass_first", by=lead)

    with pytest.raises(IllegalStep, match="自己经手的"):
        article.take("approve", by=lead)
    article.take("approve", by=director)

    assert article.is_published


def test_article_that_was_returned_is_read_anew(reviews, station, clerk, lead, director):
    """Who passed it in an earlier round may pass it again, or read it last."""
    reviews(2)
    article = draft(station, clerk)
    article.take("submit", by=clerk)
    article.take("pass_first", by=lead)
    article.take("return", by=director, remark="写上日子。")
    assert article.may_be_written
    article.take("submit", by=clerk)
    article.take("pass_first", by=director)
    article.take("approve", by=lead)

    assert article.is_published


def test_article_goes_by_the_setting_of_today(reviews, station, lead):
    reviews(3)
    article = draft(station)
    article.take("submit")
    reviews(1)

    article.take("approve", by=lead)

    assert article.is_published


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        ("draft", True),
        ("returned", True),
        ("withdrawn", True),
        ("first_review", False),
        ("second_review", False),
        ("published", False),
    ],
)
def test_article_is_written_while_nobody_reads_it(station, status, is_open):
    assert make_article(station=station, status=status).may_be_written is is_open


def test_article_that_is_returned_or_withdrawn_says_why(station, lead):
    article = make_article(station=station)

    with pytest.raises(IllegalStep, match="请写上意见"):
        article.take("withdraw", by=lead)
    article.take("withdraw", by=lead, remark="日期写错了。")

    assert article.status == "withdrawn"
    assert article.published_at is not None


def test_article_keeps_the_day_on_which_it_was_first_published(station, lead):
    article = make_article(station=station)
    first = article.published_at
    article.take("withdraw", by=lead, remark="改一个字。")
    article.take("submit")
    article.take("approve", by=lead)

    assert article.published_at == first


# The fixed pages ----------------------------------------------------------------------------------


def test_page_has_one_text_on_the_site_and_may_have_a_next_one(centre, director):
    old = make_article(station=centre, kind="page", slug="about", title="旧简介")
    new = draft(centre, kind="page", slug="about")
    new.take("submit")
    new.take("pass_first")

    with pytest.raises(IllegalStep, match="这个页面网上已经有一篇“旧简介”，请先把那一篇下线"):
        new.take("approve", by=director)
    old.take("withdraw", by=director, remark="换新的。")
    new.take("approve", by=director)

    assert new.is_published


@pytest.mark.parametrize(
    "values", [{"kind": "page"}, {"kind": "news", "slug": "about"}, {"published_at": None}]
)
def test_article_the_database_refuses(station, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_article(station=station, **values)


def test_page_of_a_station_is_refused(station):
    article = draft(station, kind="page", slug="plan")

    with pytest.raises(ValidationError, match="固定页面由街道中心来写"):
        article.full_clean()


def test_article_that_is_published_does_not_become_a_kind_that_is_reviewed(reviews, station):
    reviews(0)
    article = make_article(station=station)
    article.kind = "rules"

    with pytest.raises(ValidationError, match="这一类要先审核"):
        article.full_clean()


# What is seen -------------------------------------------------------------------------------------


def test_articles_that_residents_see_newest_first(centre, station):
    hidden = make_station(is_public=False)
    make_article(station=hidden)
    for status in ("draft", "first_review", "returned"):
        make_article(station=station, status=status)
    make_article(station=station).take("withdraw", remark="不对。")
    old, new = make_article(station=station), make_article(station=centre)

    assert list(Article.objects.published()) == [new, old]


def test_articles_that_a_member_of_staff_may_open(station, other_station, clerk):
    mine = draft(station)
    draft(other_station)
    theirs = make_article(station=other_station)

    assert set(Article.objects.readable_by(clerk)) == {mine, theirs}


def test_article_addresses(centre, station):
    assert make_article(station=centre, kind="page", slug="about").get_absolute_url() == "/about/"
    privacy = make_article(station=centre, kind="page", slug="privacy")
    assert privacy.get_absolute_url() == "/privacy/"
    plan = draft(centre, kind="page", slug="plan")
    assert plan.get_absolute_url() == f"/news/{plan.pk}/"


def test_article_lead_is_its_summary_or_its_first_words(station):
    article = make_article(station=station, text="## 头\n\n水停了。\n\n又来了。")
    assert article.lead == "水停了。"
    article.summary = "停水。"
    assert article.lead == "停水。"


def test_picture_knows_its_size_without_being_opened(station, django_assert_num_queries):
    pk = make_article_picture(article=make_article(station=station)).pk
    picture = Article.objects.get().pictures.get(pk=pk)
    picture.picture.storage.delete(picture.picture.name)

    assert (picture.width, picture.height) == (640, 480)


def test_attachment_is_named_by_what_it_is(station):
    attachment = make_attachment(article=make_article(station=station))

    assert (attachment.kind_name, attachment.size_name) == ("PDF文件", "约1KB")


def test_make_centre_is_where_pages_belong(centre):
    draft(make_centre(), kind="page", slug="plan").full_clean(exclude=["writers"])
