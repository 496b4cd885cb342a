"""The workbook of a report as a file: what is text stays text, what is printed fits its paper, the name says what it is."""

from dataclasses import dataclass
from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from fieldvisits.models import YearRule
from reports.base import Asked, Column, Report
from reports.xlsx import write_report
from reports.xlsx.tables import widths_of
from tests.factories import make_quarter
from tests.reports.world import workbook_of


@dataclass
class Row:
    text: str
    days: int = 1
    mean: float = 1.5
    day: date = date(2026, 1, 20)


class Listed(Report):
    slug = "officers"
    title = "Bảng: thử [1/2]"
    about = ""

    def __init__(self, asked, texts):
        self.texts = texts
        super().__init__(asked)

    def rows(self):
        return [Row(text) for text in self.texts]

    def columns(self):
        return [
            Column("text", "Nội dung", lambda r: r.text, width=30, is_heading=True),
            Column("days", "Số ngày", lambda r: r.days, "number", total=True),
            Column("mean", "Trung bình", lambda r: r.mean, "decimal"),
            Column("day", "Ngày", lambda r: r.day, "date"),
        ]


@pytest.fixture
def written(cast):
    """``written(*texts)``: the sheet of a report with these rows."""
    make_quarter(cast)
    rule = YearRule.objects.select_related("province").get(province=cast.province, year=2026)

    def sheet(*texts):
        stream = BytesIO()
        write_report(Listed(Asked(cast.member, rule), texts), stream, "Năm 2026")
        return load_workbook(BytesIO(stream.getvalue()))

    return sheet


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("=1+1", "=1+1"),
        ("+84", "+84"),
        ("-x", "-x"),
        ("@a", "@a"),
        ("\t=1+1", "=1+1"),
        ("a\tb", "a\tb"),
        ("hai\ndòng", "hai\ndòng"),
        ("chuông\x07, rỗng\x00", "chuông, rỗng"),
        ("đảo\u202echiều", "đảochiều"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("#N/A", "#N/A"),
        ("01/02", "01/02"),
        ("x" * 40_000, "x" * 32_767),
    ],
)
def test_text_stays_text(written, text, kept):
    cell = written(text).active["A5"]
    assert (cell.data_type, cell.value, cell.number_format) == ("s", kept, "@")


def test_numbers_and_dates_are_real(written):
    sheet = written("một", "hai").active
    assert [cell.value for cell in sheet[5]][1:3] == [1, 1.5]
    assert sheet["D5"].is_date
    assert [sheet[f"{letter}5"].number_format for letter in "BCD"] == ["#,##0", "#,##0.0", "dd/mm/yyyy"]
    assert sheet["B7"].value == "=SUM(B5:B6)"
    assert sheet["A7"].data_type == "s"


def test_it_is_ready_to_be_printed(written):
    book = written("một", "hai")
    sheet = book.active
    assert sheet.title == "Bảng thử 1 2"
    assert (sheet["A1"].value, sheet["A2"].value) == ("Bảng: thử [1/2]", "Thái Nguyên · Năm 2026")
    setup = sheet.page_setup
    assert (setup.orientation, int(setup.paperSize)) == ("landscape", 9)  # A4
    assert (setup.fitToWidth, setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    margins = sheet.page_margins
    assert [round(m * 25.4) for m in (margins.left, margins.right, margins.top, margins.bottom)] == [
        30,
        20,
        20,
        20,
    ]
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.freeze_panes == "B5"
    assert sheet.auto_filter.ref == "A4:D6"  # without the totals
    assert sheet.column_dimensions["A"].width == 30
    assert sheet["A5"].alignment.wrap_text
    assert sheet["A4"].alignment.wrap_text
    assert {cell.style for cell in sheet[5]} == {"fv text", "fv number", "fv decimal", "fv date"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("date", 12), ("text", 60)], [12, 60]),
        ([("date", 20), ("text", 100), ("text", 100)], [20, 100, 100]),  # 220, the widest
        # 60 too many: of what the texts can spare, 86 and 26, the same part of each
        ([("date", 20), ("text", 100), ("number", 120), ("text", 40)], [20, 53.9, 120, 26.1]),
        ([("number", 200), ("text", 60), ("text", 10)], [200, 14, 10]),  # less is not left of a text
        ([("number", 300)], [300]),
    ],
)
def test_texts_give_way_where_a_table_is_too_wide(given, expected):
    columns = [Column(f"c{n}", "", str, kind, width) for n, (kind, width) in enumerate(given)]
    assert widths_of(columns) == expected


def test_the_file_says_what_it_holds(written):
    said = written("một").properties
    assert (said.title, said.subject, said.creator) == (
        "Bảng: thử [1/2]",
        "Thái Nguyên · Năm 2026",
        "Thái Nguyên",
    )
    assert (said.created.year, said.created.month, said.created.day) == (2026, 1, 3)


def test_a_report_without_rows_is_still_a_table(written):
    sheet = written().active
    assert [cell.value for cell in sheet[4]] == ["Nội dung", "Số ngày", "Trung bình", "Ngày"]
    assert sheet.max_row == 4


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("year=2026", "thai-nguyen-day-by-day-2026.xlsx"),
        ("year=2026&quarter=2", "thai-nguyen-day-by-day-2026-quarter-ii.xlsx"),
        ("year=2026&month=7", "thai-nguyen-day-by-day-2026-month-7.xlsx"),
    ],
)
def test_the_files_name_says_province_report_and_period(cast, sign_in, english, query, name):
    make_quarter(cast)
    response = sign_in(cast.member).get(f"{reverse('report-workbook', args=['days'])}?{query}")
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "no-store" in response["Cache-Control"]


def test_the_workbook_says_what_was_asked(reported_year, sign_in, english):
    cast = reported_year.cast
    url = f"{reverse('report', args=['days'])}?year=2026&quarter=1&kind=done&officer={cast.officer.pk}"
    sheet = workbook_of(sign_in(cast.member), url)
    assert sheet["A2"].value == (
        "Thái Nguyên · Year 2026 · Quarter: I · Days: Reported · Officer: Nguyễn Văn An"
    )


def test_texts_that_look_like_formulas_pass_through_a_whole_report(reported_year, sign_in):
    reported_year.grow()
    cast = reported_year.cast
    sheet = workbook_of(sign_in(cast.member), f"{reverse('report', args=['days'])}?year=2026")
    texts = {cell.value: cell.data_type for row in sheet.iter_rows(min_row=5) for cell in row}
    assert {texts[text] for text in ("=1+1", "+84 208 3855 123", "-x")} == {"s"}
