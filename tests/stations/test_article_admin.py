"""The articles' admin: written by clerks, passed by others, and still while they read."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from practice_portal.lib.history import entries_of
from stations.models import Article
from tests.factories import make_article, make_article_picture, make_picture_file
from tests.lib.test_attachments import PDF

ADD = reverse("admin:stations_article_add")
EMPTY = {
    "pictures-TOTAL_FORMS": "0",
    "pictures-INITIAL_FORMS": "0",
    "attachments-TOTAL_FORMS": "0",
    "attachments-INITIAL_FORMS": "0",
}


def change(article) -> str:
    return reverse("admin:stations_article_change", args=[article.pk])


def form(station, **values) -> dict:
    return {
        "station": station.pk,
        "kind": "news",
        "title": "院里的暖气修好了",
        "text": "昨天夜里修好的。",
        "summary": "",
        **EMPTY,
        **values,
    }


def buttons(response) -> list[str]:
    return list(response.context["steps"])


def test_clerk_writes_an_article_with_a_picture_and_an_attachment(client, clerk, station):
    client.force_login(clerk)
    data = form(
        station,
        _step_submit="1",
        **{
            "pictures-TOTAL_FORMS": "1",
            "pictures-0-picture": make_picture_file(size=(640, 480)),
            "pictures-0-caption": "师傅在拧阀门",
            "pictures-0-position": "1",
            "attachments-TOTAL_FORMS": "1",
            "attachments-0-title": "检修记录",
            "attachments-0-file": SimpleUploadedFile("x.exe", PDF),
        },
    )

    response = client.post(ADD, data)

    article = Article.objects.get()
    assert response["Location"] == change(article)
    assert article.status == "first_review"
    assert list(article.writers.all()) == [clerk]
    picture, attachment = article.pictures.get(), article.attachments.get()
    assert (picture.width, picture.height) == (640, 480)
    assert picture.picture.name.endswith(".webp")
    assert attachment.file.name.endswith(".pdf")
    assert attachment.bytes == len(PDF)


def test_picture_without_words_is_refused(client, clerk, station):
    client.force_login(clerk)
    data = form(
        station,
        **{
            "pictures-TOTAL_FORMS": "1",
            "pictures-0-picture": make_picture_file(),
            "pictures-0-position": "1",
        },
    )

    response = client.post(ADD, data)

    assert response.status_code == 200
    assert not Article.objects.exists()


def test_lead_passes_what_a_clerk_wrote_and_a_clerk_has_no_button_for_it(
    client, clerk, lead, station
):
    article = make_article(station=station, status="draft", writers=[clerk])
    article.take("submit", by=clerk)
    client.force_login(clerk)
    assert buttons(client.get(change(article))) == ["take_back"]
    client.force_login(lead)
    page = client.get(change(article))
    assert buttons(page) == ["approve", "return"]
    assert 'value="通过并发布"' in page.content.decode()

    client.post(change(article), {**EMPTY, "_step_approve": "1", "_seen_status": "first_review"})

    article.refresh_from_db()
    assert article.is_published
    assert article.changes.last().by == lead


def test_lead_who_wrote_in_it_has_no_button_to_pass_it(client, lead, station):
    client.force_login(lead)
    client.post(ADD, form(station, _step_submit="1"))
    article = Article.objects.get()

    assert buttons(client.get(change(article))) == ["return", "take_back"]
    client.post(change(article), {**EMPTY, "_step_approve": "1"})

    article.refresh_from_db()
    assert article.status == "first_review"


def test_lead_who_only_adds_a_picture_has_written_in_it(client, clerk, lead, station):
    article = make_article(station=station, status="draft", writers=[clerk])
    client.force_login(lead)
    client.post(
        change(article),
        form(
            station,
            title=article.title,
            text=article.text,
            **{
                "pictures-TOTAL_FORMS": "1",
                "pictures-0-picture": make_picture_file(),
                "pictures-0-caption": "师傅在拧阀门",
                "pictures-0-position": "1",
            },
        ),
    )

    assert set(article.writers.all()) == {clerk, lead}


def test_who_saves_without_a_change_has_not_written_in_it(client, clerk, lead, station):
    article = make_article(station=station, status="draft", writers=[clerk])
    client.force_login(lead)
    client.post(change(article), form(station, title=article.title, text=article.text))

    assert list(article.writers.all()) == [clerk]


@pytest.mark.parametrize("status", ["first_review", "published"])
def test_article_stands_still_while_it_is_read_and_when_it_is_out(client, clerk, station, status):
    article = make_article(station=station, status=status, text="修好了。")
    picture = make_article_picture(article=article, caption="师傅")
    client.force_login(clerk)
    page = client.get(change(article))
    assert page.context["adminform"].form.fields == {}
    assert 'name="_save"' not in page.content.decode()

    data = form(station, text="没有修好。")
    data |= {
        "pictures-TOTAL_FORMS": "1",
        "pictures-INITIAL_FORMS": "1",
        "pictures-0-id": picture.pk,
        "pictures-0-article": article.pk,
        "pictures-0-caption": "别人",
        "pictures-0-DELETE": "on",
    }
    response = client.post(change(article), data, follow=True)

    article.refresh_from_db()
    picture.refresh_from_db()
    assert (article.text, picture.caption) == ("修好了。", "师傅")
    assert "您刚才的改动没有存上" in response.content.decode()


def test_article_whose_kind_needs_no_review_is_mended_in_place(client, clerk, station, settings):
    settings.REVIEWS = {**settings.REVIEWS, "news": 0}
    article = make_article(station=station)
    client.force_login(clerk)

    client.post(change(article), form(station, text="修好了，也不漏了。"))

    article.refresh_from_db()
    assert (article.is_published, article.text) == (True, "修好了，也不漏了。")


def test_clerk_is_offered_no_fixed_page(client, clerk, director, station, centre):
    client.force_login(clerk)
    fields = client.get(ADD).context["adminform"].form.fields
    assert [value for value, _ in fields["kind"].choices] == ["news", "notice", "rules"]
    assert "slug" not in fields

    client.post(ADD, form(station, kind="page", slug="about"))
    assert not Article.objects.exists()

    client.force_login(director)
    client.post(ADD, form(centre, kind="page", slug="about"))
    assert Article.objects.get().slug == "about"


def test_page_without_its_address_is_refused_in_words(client, director, centre):
    client.force_login(director)

    response = client.post(ADD, form(centre, kind="page"))

    assert "类别是“页面”的要选哪一个页面" in response.content.decode()


def test_article_links_to_its_preview_and_later_to_its_page(client, clerk, station):
    client.force_login(clerk)
    draft = make_article(station=station, status="draft")
    article = make_article(station=station)

    assert f'<a href="/news/{draft.pk}/">预览</a>' in client.get(change(draft)).content.decode()
    assert f'<a href="/news/{article.pk}/">在网站上看</a>' in (
        client.get(change(article)).content.decode()
    )


def test_article_that_residents_have_read_is_not_deleted(client, lead, station):
    client.force_login(lead)
    out = make_article(station=station)
    out.take("withdraw", by=lead, remark="日期不对。")
    draft = make_article(station=station, status="draft")

    for article in (out, draft):
        client.post(reverse("admin:stations_article_delete", args=[article.pk]), {"post": "yes"})

    assert list(Article.objects.all()) == [out]


def test_article_withdrawn_asks_for_the_reason(client, lead, station):
    article = make_article(station=station)
    client.force_login(lead)
    step = reverse("admin:stations_article_step", args=[article.pk, "withdraw"])

    client.post(change(article), {**EMPTY, "_step_withdraw": "1"})
    article.refresh_from_db()
    assert article.is_published
    client.post(step, {"remark": "日期不对。", "_seen_status": "published"})

    article.refresh_from_db()
    assert article.status == "withdrawn"


def test_article_has_a_history_of_who_changed_what(client, clerk, station):
    client.force_login(clerk)
    client.post(ADD, form(station))
    article = Article.objects.get()
    client.post(change(article), form(station, title="暖气又坏了"))

    entries = entries_of(article, {})
    for entry in entries:
        entry.compare()

    words = [(str(e.by), c.label, c.new) for e in entries for c in e.changes]
    assert (clerk.name, "标题", "暖气又坏了") in words


def test_article_is_withdrawn_with_the_button_of_its_form(client, lead, station):
    article = make_article(station=station)
    client.force_login(lead)

    response = client.post(
        change(article), {**EMPTY, "_step_withdraw": "1", "_seen_status": "published"}
    )

    assert response["Location"].endswith("/step/withdraw/")


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_saved_article_says_that_residents_do_not_see_it(client, clerk, station):
    client.force_login(clerk)

    words = said(client.post(ADD, form(station), follow=True))[1]

    article = Article.objects.get()
    assert words == (
        "居民还看不到它。先看看网页上是什么样子："
        f'<a href="{article.get_absolute_url()}">预览</a>。'
        f'下一步：<a href="{change(article)}">打开它提交审核</a>。'
    )


def test_submitted_article_says_whose_turn_it_is(client, clerk, station):
    client.force_login(clerk)

    assert said(client.post(ADD, form(station, _step_submit="1"), follow=True)) == [
        "“院里的暖气修好了”已提交审核。",
        "它已经在审核人的待办里，通过以后居民才看得到；您不用再做什么。",
    ]
