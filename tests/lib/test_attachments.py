"""Attachments are what they contain, whatever they are called."""

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models

from practice_portal.lib import attachments
from practice_portal.lib.attachments import (
    AttachmentField,
    AttachmentFormField,
    download,
    extension_of,
    safe_name,
)
from tests.factories import make_picture_file

ONLY = "附件只收PDF和Word、Excel、PowerPoint文件；旧格式（doc、xls、ppt）请另存为新格式再传。"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def office(*parts: str, name="x.docx", content=b"<x/>") -> SimpleUploadedFile:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(part, content)
    return SimpleUploadedFile(name, written.getvalue())


@pytest.mark.parametrize(
    ("upload", "extension"),
    [
        (lambda: SimpleUploadedFile("通知.pdf", PDF), ".pdf"),
        (lambda: SimpleUploadedFile("x.html", PDF), ".pdf"),
        (lambda: office("[Content_Types].xml", "word/document.xml"), ".docx"),
        (lambda: office("[Content_Types].xml", "xl/workbook.xml", name="x.exe"), ".xlsx"),
        (lambda: office("[Content_Types].xml", "ppt/presentation.xml"), ".pptx"),
    ],
)
def test_attachment_is_what_it_contains(upload, extension):
    assert extension_of(upload()) == extension


@pytest.mark.parametrize(
    ("upload", "message"),
    [
        (lambda: SimpleUploadedFile("x.pdf", b"<?php phpinfo(); ?>"), ONLY),
        (lambda: SimpleUploadedFile("x.pdf", b"<html><script>alert(1)</script>"), ONLY),
        (lambda: SimpleUploadedFile("x.pdf", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ONLY),
        (lambda: SimpleUploadedFile("x.pdf", b"MZ\x90\0"), ONLY),
        (lambda: SimpleUploadedFile("x.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ONLY),
        (lambda: SimpleUploadedFile("x.docx", b"PK\x03\x04 broken"), ONLY),
        (lambda: make_picture_file("x.pdf"), ONLY),
        (lambda: office("notes.txt"), ONLY),
        (lambda: office("word/document.xml"), ONLY),
        (lambda: office("[Content_Types].xml", "evil.exe"), ONLY),
        (
            lambda: office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
            "附件里带有宏程序，请另存为不带宏的文件再传。",
        ),
        (
            lambda: SimpleUploadedFile("x.pdf", PDF + bytes(20 * 1024 * 1024)),
            "附件超过20MB，请压缩或拆开再传。",
        ),
    ],
)
def test_attachment_is_refused_with_what_to_do(upload, message):
    with pytest.raises(ValidationError) as refused:
        AttachmentFormField().clean(upload())

    assert refused.value.messages == [message]


def test_attachment_that_unfolds_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(attachments, "MAX_UNFOLDED_BYTES", 1_000_000)
    bomb = office("[Content_Types].xml", "word/document.xml", content=bytes(600_000))
    assert bomb.size < 5000

    with pytest.raises(ValidationError, match="附件展开后太大"):
        extension_of(bomb)


def test_attachment_without_content_is_refused_in_chinese():
    with pytest.raises(ValidationError) as refused:
        AttachmentFormField().clean(SimpleUploadedFile("x.pdf", b""))

    assert refused.value.messages == ["所提交的是空文件。"]


def test_attachment_is_kept_under_a_name_of_ours():
    upload = AttachmentFormField().clean(SimpleUploadedFile("宋建国15412345678.php", PDF))

    stem, _, extension = upload.name.rpartition(".")
    assert (len(stem), extension) == (16, "pdf")
    assert set(stem) <= set("abcdefghijklmnopqrstuvwxyz")
    assert upload.read() == PDF


def test_attachment_field_looks_at_what_no_form_has_seen():
    class Paper(models.Model):
        file = AttachmentField(upload_to="papers/")

        class Meta:
            app_label = "tests"
            managed = False

        def __str__(self):
            return self.file.name

    field = Paper._meta.get_field("file")
    paper = Paper(file=SimpleUploadedFile("../x.php", PDF))
    kept = field.pre_save(paper, add=True)

    assert kept.name.startswith("papers/") and kept.name.endswith(".pdf")
    with pytest.raises(ValidationError):
        field.pre_save(Paper(file=SimpleUploadedFile("x.pdf", b"<?php ?>")), add=True)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("关于重阳节活动的通知", "关于重阳节活动的通知"),
        ("../../etc/passwd", "etc passwd"),
        ("x\u202efdp.exe", "xfdp.exe"),
        ('a"; filename=evil.html', "a filename=evil.html"),
        ("a\r\nSet-Cookie: x=1", "aSet-Cookie x=1"),
        (".htaccess", "htaccess"),
        ("通知" * 50, "通知" * 30),
        ("\x00", "附件"),
        ("...", "附件"),
    ],
)
def test_safe_name(title, name):
    assert safe_name(title) == name


def test_attachment_is_handed_out_as_a_download(tmp_path):
    name = default_storage.save("papers/0123.pdf", SimpleUploadedFile("x", PDF))

    class Kept:
        def __init__(self):
            self.name = name

        def open(self, mode):
            return default_storage.open(name, mode)

    response = download(Kept(), "重阳节\r\n活动")

    assert b"".join(response.streaming_content) == PDF
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E9%87%8D%E9%98%B3%E8%8A%82%E6%B4%BB%E5%8A%A8.pdf"
    )
