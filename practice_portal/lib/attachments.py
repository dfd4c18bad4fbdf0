"""Files that staff hang on a public text: what they are is read from them, not from their names.

They are kept under names of ours and handed out as downloads only, so that nothing of them ever
runs on our pages.
"""

import re
import unicodedata
import zipfile

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import FileResponse

from practice_portal.lib.file_names import new_file_name

MAX_BYTES = 20 * 1024 * 1024
#: What an Office file, which is a zip, may unfold to.
MAX_UNFOLDED_BYTES = 200 * 1024 * 1024
MAX_PARTS = 3000

#: An Office file is known by its main part.
OFFICE = {
    "word/document.xml": ".docx",
    "xl/workbook.xml": ".xlsx",
    "ppt/presentation.xml": ".pptx",
}
TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

#: What people call them.
KIND_NAMES = {
    ".pdf": "PDF文件",
    ".docx": "Word文件",
    ".xlsx": "Excel表格",
    ".pptx": "PPT文件",
}


def kind_name(name: str) -> str:
    return KIND_NAMES[f".{name.rpartition('.')[2]}"]


def size_name(size: int) -> str:
    """How large a download is: 约12KB, 约1.4MB."""
    kilobytes = max(1, round(size / 1024))
    return f"约{kilobytes}KB" if kilobytes < 1024 else f"约{size / 1024 / 1024:.1f}MB"


def _office_extension(upload) -> str | None:
    try:
        with zipfile.ZipFile(upload) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNFOLDED_BYTES:
        raise ValidationError("附件展开后太大，请拆成几个小一点的文件再传。", code="too_large")
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names:
        return None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise ValidationError("附件里带有宏程序，请另存为不带宏的文件再传。", code="macros")
    return next((extension for part, extension in OFFICE.items() if part in names), None)


def extension_of(upload) -> str:
    """What a file is, by its content; raises ValidationError with what to do for all others."""
    if upload.size > MAX_BYTES:
        raise ValidationError(
            f"附件超过{MAX_BYTES // 1024 // 1024}MB，请压缩或拆开再传。", code="too_large"
        )
    upload.seek(0)
    is_pdf = upload.read(5) == b"%PDF-"
    upload.seek(0)
    extension = ".pdf" if is_pdf else _office_extension(upload)
    upload.seek(0)
    if extension is None:
        raise ValidationError(
            "附件只收PDF和Word、Excel、PowerPoint文件；旧格式（doc、xls、ppt）请另存为新格式再传。",
            code="not_an_attachment",
        )
    return extension


def safe_name(text: str, fallback: str = "附件") -> str:
    """A title as the name of a file: no paths, no invisible characters, not hidden, not long."""
    text = "".join(
        char for char in unicodedata.normalize("NFC", text) if unicodedata.category(char)[0] != "C"
    )
    text = re.sub(r'[\\/:*?"<>|%;]+', " ", text)
    return " ".join(text.split()).strip(". ")[:60].strip(". ") or fallback


def download(file, title: str) -> FileResponse:
    """A file of ours as a download named after its title; a browser never shows it as a page."""
    extension = f".{file.name.rpartition('.')[2]}"
    response = FileResponse(
        file.open("rb"),
        as_attachment=True,
        filename=f"{safe_name(title)}{extension}",
        content_type=TYPES[extension],
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


class AttachmentFormField(forms.FileField):
    widget = forms.ClearableFileInput(attrs={"accept": ",".join(TYPES)})

    def to_python(self, data):
        upload = super().to_python(data)
        if upload:
            upload.name = new_file_name(extension_of(upload))
        return upload


class AttachmentField(models.FileField):
    """A file to download: PDF or Office, kept under a name of ours."""

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": AttachmentFormField, **kwargs})

    def pre_save(self, instance, add):
        file = getattr(instance, self.attname)
        if file and not file._committed:
            file.name = new_file_name(extension_of(file))
        return super().pre_save(instance, add)
