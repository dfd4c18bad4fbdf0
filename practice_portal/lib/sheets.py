"""Excel sheets that staff fill in: read as plain words and numbers, never as formulas."""

import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO

from django.core.exceptions import ValidationError
from django.utils import timezone

from practice_portal.lib.attachments import extension_of

MAX_BYTES = 1024 * 1024
#: What its parts may unfold to: a sheet of a few hundred rows is far below.
MAX_UNFOLDED = 20 * 1024 * 1024
LONGEST_CELL = 2000
#: What a spreadsheet takes for the beginning of a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

NOT_A_SHEET = "打不开这个文件。请用下载的表格填，存成 .xlsx 再传。"


def safe_cell(text: str) -> str:
    """A text that no spreadsheet computes: what begins like a formula gets an apostrophe."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


@dataclass(frozen=True)
class SheetRow:
    """A row under its headings; every value is a text, and `errors` say which could not be one."""

    number: int
    values: dict[str, str]
    errors: tuple[str, ...] = ()


def read_sheet(upload, columns: tuple[str, ...], required: tuple[str, ...], most: int):
    """The rows of a workbook's first sheet; raises ValidationError with what to do."""
    from openpyxl import load_workbook

    if upload.size > MAX_BYTES:
        raise ValidationError("这个文件太大了，请只留要排的那些行，再传。")
    if extension_of(upload) != ".xlsx":
        raise ValidationError(NOT_A_SHEET)
    with zipfile.ZipFile(upload) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNFOLDED:
            raise ValidationError("这个文件太大了，请只留要排的那些行，再传。")
    upload.seek(0)
    try:
        sheet = load_workbook(upload, read_only=True).worksheets[0]
        cells = list(sheet.iter_rows(max_row=most + 200, max_col=len(columns) + 20))
    except Exception as error:  # what openpyxl stumbles over has no end of names
        raise ValidationError(NOT_A_SHEET) from error
    return _rows(cells, columns, required, most)


def _rows(cells, columns, required, most) -> list[SheetRow]:
    headings = [_text(cell)[0].rstrip("*＊") for cell in cells[0]] if cells else []
    missing = [name for name in required if name not in headings]
    if missing:
        names = "、".join(missing)
        raise ValidationError(f"第一行里没有“{names}”这一列，请用下载的表格填。")
    rows = []
    for number, line in enumerate(cells[1:], start=2):
        values, errors = {}, []
        for name, cell in zip(headings, line, strict=False):
            if name not in columns:
                continue
            text, problem = _text(cell)
            values[name] = text
            if problem:
                errors.append(f"{name}：{problem}")
        if any(values.values()) or errors:
            rows.append(SheetRow(number, values, tuple(errors)))
    if not rows:
        raise ValidationError("表里一行也没有填，请从第二行填起。")
    if len(rows) > most:
        raise ValidationError(f"一次最多{most}行，这张表有{len(rows)}行，请拆成几张再传。")
    return rows


def _text(cell) -> tuple[str, str]:
    """What stands in a cell, as somebody would write it; and what is wrong with it."""
    value = cell.value
    if value is None:
        return "", ""
    if cell.data_type == "f" or (isinstance(value, str) and value.lstrip().startswith("=")):
        return "", "是公式，请直接写字。"
    if cell.data_type == "e":
        return "", "是算错的公式，请直接写字。"
    if isinstance(value, datetime):
        is_clock = value.date() <= date(1900, 1, 1)
        text = f"{value:%H:%M}" if is_clock else f"{value:%Y-%m-%d}"
        return text, ""
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}", ""
    if isinstance(value, time):
        return f"{value:%H:%M}", ""
    if isinstance(value, timedelta):
        return f"{(datetime.min + value):%H:%M}", ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip().removeprefix("'")
    if len(text) > LONGEST_CELL:
        return "", f"太长了，最多{LONGEST_CELL}个字。"
    return "".join(each for each in text if each.isprintable() or each == "\n"), ""


def read_day(text: str) -> date:
    """2026-12-05, 12月5日, 12-5; without a year the next that comes. Raises ValidationError."""
    found = re.fullmatch(r"(?:(\d{4})[年\-/.])?(\d{1,2})[月\-/.](\d{1,2})[日号]?", text.strip())
    today = timezone.localdate()
    try:
        year, month, day = (int(each) if each else None for each in found.groups())
        if year:
            return date(year, month, day)
        this_year = date(today.year, month, day)
        return this_year if this_year >= today else date(today.year + 1, month, day)
    except (AttributeError, ValueError):
        raise ValidationError(f"“{text[:20]}”看不懂，请写成“12月5日”或“2026-12-05”。") from None


def read_clock(text: str) -> time:
    """9:30, 9：30, 09:30:00. Raises ValidationError."""
    found = re.fullmatch(r"(\d{1,2})[:：](\d{2})(?:[:：]\d{2})?", text.strip())
    try:
        return time(int(found[1]), int(found[2]))
    except (TypeError, ValueError):
        raise ValidationError(f"“{text[:20]}”看不懂，请写成“9:30”或“14:00”。") from None


def workbook(headings: tuple[str, ...], required: tuple[str, ...], choices: dict[str, list[str]]):
    """An empty sheet to fill in (xlsx): required headings have a star, choices are offered."""
    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet, words = book.active, book.create_sheet("可选的词")
    sheet.title = "排活动"
    sheet.freeze_panes = "A2"
    for number, name in enumerate(headings, start=1):
        cell = sheet.cell(1, number, f"{name}*" if name in required else name)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="F6F1EA")
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = 24 if name in ("内容", "活动名称") else 14
    for number, (name, offered) in enumerate(choices.items(), start=1):
        letter = get_column_letter(number)
        words.cell(1, number, name).font = Font(bold=True)
        for line, word in enumerate(offered, start=2):
            cell = words.cell(line, number, safe_cell(word))
            cell.data_type = "s"
        if offered:
            where = f"'可选的词'!${letter}$2:${letter}${len(offered) + 1}"
            rule = DataValidation(type="list", formula1=where, allow_blank=True)
            rule.showErrorMessage = False
            column = get_column_letter(headings.index(name) + 1)
            rule.add(f"{column}2:{column}200")
            sheet.add_data_validation(rule)
    out = BytesIO()
    book.save(out)
    return out.getvalue()
