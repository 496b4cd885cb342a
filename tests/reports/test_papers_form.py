"""The form of official papers in Excel, read back from the file; Word's is in ``test_notice_paper``."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from reports.papers.words import (
    Column,
    Section,
    Signature,
    heading_rows,
    signed_by_committee,
    signed_by_head,
    signed_by_officer,
)
from reports.xlsx.measures import lines_of, width_of
from reports.xlsx.papers import Paper

COLUMNS = (
    Column("TT", 10, "center"),
    Column("Từ ngày", 24, "center", "Thời gian"),
    Column("Đến ngày", 24, "center", "Thời gian"),
    Column("Số ngày", 15, "center"),
    Column("Nội dung", 87),
)
HEAD = Signature(("TRƯỞNG BAN",), "Trần Ngọc Tùng")


def row(number, content="Nắm tình hình", days=2):
    return (number, date(2021, 10, 5), date(2021, 10, 6), days, content)


def a_paper(rows=None, *, total=True, **more):
    rows = [row(1), row(2)] if rows is None else rows
    paper = Paper("Thái Nguyên", "BC/TĐTN-PT", department="Ban Phong trào", **more)
    paper.subject("Báo cáo", "Kết quả đi công tác cơ sở quý IV/2021")
    paper.basis(["Hướng dẫn số 37-HD/TĐTN-TCKT"])
    paper.text("Ban Phong trào báo cáo kết quả như sau:")
    cells = ["", "Tổng cộng", "", sum(r[3] for r in rows if not isinstance(r, Section)), ""]
    paper.table(COLUMNS, rows, total=cells if total else None)
    paper.text("Trên đây là báo cáo của ban.")
    return paper


def read(paper):
    return load_workbook(BytesIO(paper.as_bytes()))


def sheet_of(paper):
    return read(paper).worksheets[0]


def find(sheet, text):
    return next(cell for line in sheet.iter_rows() for cell in line if cell.value == text)


def texts(sheet):
    return [cell.value for line in sheet.iter_rows() for cell in line if cell.value is not None]


def width(sheet, cell):
    """Of the cell with what it is merged with, in mm."""
    merged = next((r for r in sheet.merged_cells.ranges if cell.coordinate in r), None)
    first, last = (merged.min_col, merged.max_col) if merged else (cell.column, cell.column)
    letters = [get_column_letter(n) for n in range(first, last + 1)]
    return sum(sheet.column_dimensions[letter].width for letter in letters) * 8 * 25.4 / 96


@pytest.mark.parametrize(("landscape", "room"), [(False, 160), (True, 247)])
def test_the_page_is_a4_with_the_margins_of_official_papers_and_one_page_wide(landscape, room):
    sheet = sheet_of(a_paper(landscape=landscape))
    margins = sheet.page_margins
    assert [
        round(inches * 25.4) for inches in (margins.top, margins.bottom, margins.left, margins.right)
    ] == [20, 20, 30, 20]
    setup = sheet.page_setup
    assert (int(setup.paperSize), setup.orientation) == (9, "landscape" if landscape else "portrait")
    assert (setup.fitToWidth, setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage) == (1, 0, True)
    columns = sheet.column_dimensions.values()
    used = sum(column.width for column in columns) * 8 * 25.4 / 96
    assert room - 2 < used <= room  # as wide as the text, and nothing has to be made smaller


def test_the_header_names_committee_and_department_and_leaves_number_and_date_open():
    sheet = sheet_of(a_paper())
    found = texts(sheet)
    assert found[:2] == ["BAN CHẤP HÀNH TỈNH THÁI NGUYÊN", "ĐOÀN TNCS HỒ CHÍ MINH"]
    assert found[2:6] == [
        "BAN PHONG TRÀO",
        "***",
        "Số:      -BC/TĐTN-PT",
        "Thái Nguyên, ngày … tháng … năm …",
    ]
    union = find(sheet, "ĐOÀN TNCS HỒ CHÍ MINH")
    font = union.font
    assert (font.name, font.size, font.bold, font.underline) == ("Times New Roman", 15, True, "single")
    assert find(sheet, "BÁO CÁO").alignment.horizontal == "center"


def test_number_and_date_stand_once_they_are_typed():
    found = texts(sheet_of(a_paper(number="12", day=date(2021, 12, 30))))
    assert "Số: 12-BC/TĐTN-PT" in found
    assert "Thái Nguyên, ngày 30 tháng 12 năm 2021" in found


def test_a_paper_without_a_code_bears_no_number():
    paper = Paper("Thái Nguyên", department="Ban Phong trào")
    paper.subject("Đăng ký")
    assert not any(str(text).startswith("Số:") for text in texts(sheet_of(paper)))


def test_numbers_and_dates_are_real_and_the_total_is_a_formula_that_agrees():
    sheet = sheet_of(a_paper((Section("1. Trần Văn A"), row(1, days=2), row(2, days=5))))
    total = find(sheet, "Tổng cộng").row
    first = find(sheet, "1. Trần Văn A").row + 1
    line = [cell.value for cell in sheet[first]][:5]
    assert line[0] == 1
    assert (line[1].date(), line[2].date(), line[3]) == (date(2021, 10, 5), date(2021, 10, 6), 2)
    assert [sheet.cell(first, n).number_format for n in (1, 2, 4)] == ["#,##0", "dd/mm/yyyy", "#,##0"]
    formula = sheet.cell(total, 4)
    assert (formula.value, formula.data_type) == (f"=SUM(D{first - 1}:D{first + 1})", "f")
    assert sheet.cell(first, 4).value + sheet.cell(first + 1, 4).value == 7


def test_a_total_which_is_not_the_sum_stays_a_value():
    paper = Paper("Thái Nguyên")
    paper.table(COLUMNS, [row(1), row(2)], total=["", "Tổng cộng", "", 3, ""])
    assert find(sheet_of(paper), 3).data_type == "n"


def test_text_never_becomes_a_formula_and_control_characters_are_cleaned():
    unsafe = ["=1+1", "+84 912", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "a\x00b\x0bc\ufffe"]
    paper = a_paper([row(n, text) for n, text in enumerate(unsafe, start=1)], total=False)
    paper.subject("=HYPERLINK(1)", "=1+1")
    paper.text("=2+2")
    paper.sign(Signature(("=3",), "=4"))
    book = read(paper)
    kept = {"=1+1", "+84 912", "-cmd|' /C calc'!A0", "@SUM(A1)", "=1", "abc", "=2+2./.", "=3", "=4"}
    cells = [c for sheet in book for line in sheet.iter_rows() for c in line if c.value is not None]
    assert kept <= {cell.value for cell in cells}
    assert [cell.value for cell in cells if cell.data_type == "f"] == []


def test_the_heading_of_a_long_table_is_repeated_and_everything_is_in_the_print_area():
    paper = a_paper([row(n, "Phối hợp tổ chức hoạt động tại cơ sở " * 4) for n in range(1, 61)])
    paper.sign(HEAD)
    sheet = sheet_of(paper)
    top = find(sheet, "Thời gian").row
    assert sheet.print_title_rows == f"${top}:${top + 1}"
    last = find(sheet, "Trần Ngọc Tùng").row
    assert sheet.print_area == f"'{sheet.title}'!$A$1:$E${last}"
    assert sheet.oddHeader.center.text == "&P"
    assert sheet.HeaderFooter.differentFirst


def test_a_table_on_one_page_is_not_announced_above_the_words_after_it():
    paper = a_paper()
    paper.sign(HEAD)
    assert sheet_of(paper).print_title_rows is None


def test_a_group_of_columns_has_one_heading_over_its_own():
    sheet = sheet_of(a_paper())
    top = find(sheet, "Thời gian")
    ranges = {str(r) for r in sheet.merged_cells.ranges}
    assert {f"B{top.row}:C{top.row}", f"A{top.row}:A{top.row + 1}", f"E{top.row}:E{top.row + 1}"} <= ranges
    assert [sheet.cell(top.row + 1, n).value for n in (2, 3)] == ["Từ ngày", "Đến ngày"]


def test_headings_without_a_group_are_one_row():
    assert heading_rows([Column("A", 1), Column("B", 1)]) == [[("A", 1, 1), ("B", 1, 1)]]
    assert heading_rows([Column("A", 1), Column("B", 1, group="G"), Column("C", 1, group="G")]) == [
        [("A", 1, 2), ("G", 2, 1), ("", 0, 0)],
        [("", 0, 0), ("B", 1, 1), ("C", 1, 1)],
    ]


def test_every_row_is_tall_enough_for_its_text():
    paper = a_paper([row(1, "Phối hợp triển khai, hướng dẫn cài đặt ứng dụng công dân số. " * 9)])
    paper.text("Tình hình thanh niên nhìn chung ổn định. " * 20)
    sheet = sheet_of(paper)
    for line in sheet.iter_rows():
        for cell in line:
            if isinstance(cell.value, str) and cell.data_type != "f" and cell.alignment.wrap_text:
                lines = lines_of(cell.value, width(sheet, cell) + 0.1, cell.font.size, cell.font.bold)
                merged = next((r for r in sheet.merged_cells.ranges if cell.coordinate in r), None)
                rows = range(cell.row, (merged.max_row if merged else cell.row) + 1)
                room = sum(sheet.row_dimensions[n].height for n in rows)
                assert room >= len(lines) * cell.font.size * 1.15, cell.value[:40]


def test_a_text_too_long_for_a_row_of_excel_goes_on_in_the_next():
    words = " ".join(f"từ{n}" for n in range(2500))
    sheet = sheet_of(a_paper([row(1, words)]))
    heights = [dimension.height for dimension in sheet.row_dimensions.values()]
    assert max(heights) <= 409
    column = [sheet.cell(n, 5).value for n in range(1, sheet.max_row + 1)]
    pieces = [value for value in column if isinstance(value, str) and value.startswith("từ")]
    assert len(pieces) > 1
    assert " ".join(pieces) == words
    total = find(sheet, "Tổng cộng").row
    first = total - len(pieces)
    assert sheet.cell(total, 4).value == f"=SUM(D{first}:D{total - 1})"
    assert [sheet.cell(n, 4).value for n in range(first, total)] == [2, *[None] * (len(pieces) - 1)]


def test_words_of_any_length_are_broken_into_lines():
    assert lines_of("a" * 100, 20, 12) != ["a" * 100]
    assert "".join(lines_of("a" * 100, 20, 12)) == "a" * 100
    assert lines_of("một hai\nba", 100, 12) == ["một hai", "ba"]
    assert lines_of("", 10, 12) == [""]
    assert width_of("MMM", 12) > width_of("iii", 12)


def test_the_committee_signs_right_and_the_receivers_stand_left():
    paper = a_paper()
    paper.sign(
        signed_by_committee("Thái Nguyên", "Lương Đình Khải"),
        receivers=["Trung ương Đoàn (để báo cáo)", "Lưu: VP"],
    )
    sheet = sheet_of(paper)
    assert find(sheet, "Nơi nhận:").column == 1
    assert find(sheet, "- Trung ương Đoàn (để báo cáo);\n- Lưu: VP.").column == 1
    post, name = find(sheet, "BÍ THƯ"), find(sheet, "Lương Đình Khải")
    assert find(sheet, "TM. BAN THƯỜNG VỤ TỈNH ĐOÀN").column == post.column == name.column > 1
    assert sum(sheet.row_dimensions[n].height for n in range(post.row + 1, name.row)) >= 60
    assert "Trên đây là báo cáo của ban./." in texts(sheet)


def test_two_who_sign_have_their_names_side_by_side():
    paper = a_paper()
    paper.sign(
        signed_by_officer("Người đăng ký", "Lê Thị Hà"),
        left=signed_by_head("Ban Phong trào", "Trần Ngọc Tùng"),
    )
    sheet = sheet_of(paper)
    left, right = find(sheet, "Trần Ngọc Tùng"), find(sheet, "Lê Thị Hà")
    assert left.row == right.row
    assert left.column == find(sheet, "TRƯỞNG BAN").column == 1
    assert right.column == find(sheet, "NGƯỜI ĐĂNG KÝ").column > 1


def test_a_signature_takes_the_last_words_along_to_a_new_page():
    for count in range(20, 40):
        paper = Paper("Thái Nguyên", "BC/TĐTN")
        for number in range(count):
            paper.text(f"Đoạn {number}")
        paper.sign(HEAD)
        sheet = sheet_of(paper)
        words, name = find(sheet, f"Đoạn {count - 1}./.").row, find(sheet, "Trần Ngọc Tùng").row
        breaks = {b.id for b in sheet.row_breaks.brk}
        assert not breaks & set(range(words, name)), count


def test_an_annex_is_a_sheet_of_its_own():
    paper = a_paper()
    paper.annex("PHỤ LỤC", "Danh sách", landscape=True, name="a/b: [Phụ lục]")
    paper.table(COLUMNS, [row(1)])
    paper.annex("PHỤ LỤC", name="a/b: [Phụ lục]")
    book = read(paper)
    assert book.sheetnames == ["Báo cáo", "a b Phụ lục", "a b Phụ lục 2"]
    annex = book.worksheets[1]
    assert annex.page_setup.orientation == "landscape"
    assert annex.print_title_rows == "$4:$5"  # nothing follows the table
    assert texts(annex)[:2] == ["PHỤ LỤC", "Danh sách"]


def test_a_code_stands_beside_its_words_with_the_address_to_click():
    paper = Paper("Thái Nguyên", "TB/TĐTN")
    paper.code_beside("https://visits.example.vn/host/1/", ["Quét mã QR"])
    sheet = sheet_of(paper)
    assert len(sheet._images) == 1
    assert (
        find(sheet, "https://visits.example.vn/host/1/").hyperlink.target
        == "https://visits.example.vn/host/1/"
    )


def test_styles_have_names_and_one_type():
    book = read(a_paper())
    named = [name for name in book.named_styles if name.startswith("fv paper")]
    assert {
        "fv paper union",
        "fv paper kind",
        "fv paper table head 12",
        "fv paper cell date center 12",
    } <= set(named)
    sheet = book.worksheets[0]
    assert {cell.font.name for line in sheet.iter_rows() for cell in line if cell.value} == {
        "Times New Roman"
    }
