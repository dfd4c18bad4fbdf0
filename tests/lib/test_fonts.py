import pytest

from practice_portal.lib import fonts


@pytest.fixture(autouse=True)
def _found_anew():
    fonts._found.cache_clear()
    yield
    fonts._found.cache_clear()


def test_font_writes_simplified_chinese():
    assert fonts.font(40).getname()[0] == "Noto Sans CJK SC"
    assert fonts.font(40, bold=True).getname() == ("Noto Sans CJK SC", "Bold")
    assert fonts.font(40).getlength("文明实践") == 160


def test_font_path_of_the_settings_comes_first(settings, tmp_path):
    settings.FONT_PATH = str(tmp_path / "own-{weight}.ttc")
    (tmp_path / "own-Regular.ttc").symlink_to(fonts.PLACES[0].format(weight="Bold"))

    assert fonts.font(40).getname()[1] == "Bold"


def test_font_says_in_a_sentence_that_there_is_none(settings, monkeypatch):
    settings.FONT_PATH = ""
    monkeypatch.setattr(fonts, "PLACES", ("/nowhere/{weight}.ttc",))

    with pytest.raises(fonts.NoFont, match="没有装中文字体"):
        fonts.font(40)
