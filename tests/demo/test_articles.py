"""The demo street's articles: enough of each kind, no two alike, and left alone once edited."""

from collections import Counter
from io import StringIO

from django.core.management import call_command

from practice_portal.demo.articles import draw
from practice_portal.demo.writings import PAGES, WRITINGS
from stations.models import Article, ArticlePicture


def test_demo_articles_are_of_every_kind_and_all_different(demo_noon):
    published = Article.objects.published()

    assert Counter(published.order_by().values_list("kind", flat=True)) == {
        "news": 26,
        "notice": 8,
        "rules": 4,
        "page": 4,
    }
    assert set(Article.objects.values_list("status", flat=True)) >= {
        "draft",
        "first_review",
        "returned",
        "published",
    }
    words = [(each.title, each.text) for each in (*PAGES, *WRITINGS)]
    assert len({title for title, _ in words}) == len({text for _, text in words}) == len(words)


def test_demo_articles_were_read_over_as_often_as_their_kind_needs(demo_noon):
    for article in Article.objects.published():
        people = [line.by_id for line in article.changes.all() if line.step.startswith(("p", "a"))]
        assert len(people) == article.reviews_needed
        assert not set(people) & set(article.writers.values_list("pk", flat=True))


def test_demo_pictures_are_all_different(demo_noon):
    files = [picture.picture.read() for picture in ArticlePicture.objects.all()]

    assert len(files) > 15
    assert len(set(files)) == len(files)
    assert draw("benches:1") == draw("benches:1")


def test_demo_articles_that_a_person_edited_or_deleted_stay_so(demo_noon):
    edited = Article.objects.filter(status="published", kind="news").first()
    edited.title = "改过的题目"
    edited.save()
    gone = Article.objects.filter(status="draft").first()
    gone.delete()
    before = Article.objects.count()

    call_command("load_demo", stdout=StringIO())

    edited.refresh_from_db()
    assert edited.title == "改过的题目"
    assert Article.objects.count() == before
