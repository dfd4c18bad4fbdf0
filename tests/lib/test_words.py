from practice_portal.lib.words import excerpt, marked, words_of


def test_words_are_parted_by_blanks_of_any_width():
    assert words_of(" 手机　剪纸 手机\n") == ["手机", "剪纸"]
    assert words_of("一 二 三 四 五 六") == ["一", "二", "三", "四", "五"]
    assert words_of("  ") == []


def test_marked_escapes_what_is_around_and_within():
    assert marked("<b>手机</b>课", "手机") == "&lt;b&gt;<mark>手机</mark>&lt;/b&gt;课"
    assert marked("a<b", "<") == "a<mark>&lt;</mark>b"


def test_marked_takes_words_as_they_are_and_the_longest_first():
    assert marked("a.c abc", ".") == "a<mark>.</mark>c abc"
    assert marked("文化站和文化", "文化 文化站") == "<mark>文化站</mark>和<mark>文化</mark>"
    assert marked("wifi", "WiFi") == "<mark>wifi</mark>"


def test_marked_without_words_marks_nothing():
    assert marked("手机<", "") == "手机&lt;"


def test_excerpt_has_the_first_word_in_it():
    text = "一" * 100 + "手机" + "二" * 100

    assert excerpt(text, "手机", 20) == "…" + "一" * 6 + "手机" + "二" * 12 + "…"
    assert excerpt("短的\n手机", "手机", 20) == "短的 手机"
    assert excerpt("一" * 30, "手机", 20) == "一" * 20 + "…"
    assert excerpt("一" * 30 + "手机", "手机", 20) == "…" + "一" * 18 + "手机"
