"""What the papers of steps 1 to 7 say, by small cases made by hand: the same in Word and in Excel."""

from datetime import date
from io import BytesIO

import pytest
from django.utils.translation import override
from docx import Document
from docx.enum.section import WD_ORIENT
from openpyxl import load_workbook

from fieldvisits.models import YearRule
from fieldvisits.pages.years import sheets_of
from reports.papers import annual_sheet
from reports.papers.kinds import FORMS, KINDS, file_name, in_vietnamese, written
from reports.papers.plan_lines import ONCE, PlannedVisit, PlanOfOfficer
from reports.papers.registration import RegistrationFacts
from reports.papers.words import Signature
from tests.factories import (
    make_change,
    make_department_plan,
    make_department_report,
    make_meeting,
    make_notice,
    make_plan,
    make_quarter,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_visit,
)

BASIS = ("Hướng dẫn số 37-HD/TĐTN-TCKT ngày 16/4/2019",)
HEAD = Signature(("TRƯỞNG BAN",), "Lê Thị Chi")
DINH_HOA = PlannedVisit(
    date(2026, 1, 20),
    date(2026, 1, 22),
    "Huyện đoàn Định Hóa",
    "Huyện, thị, thành đoàn",
    "1. Theo chuyên đề",
    "Nắm tình hình",
    "Trần Thị Bình",
    "Báo cáo nhanh",
    "Đi xe máy",
)
VO_NHAI = PlannedVisit(date(2026, 1, 22), date(2026, 1, 23), "Huyện đoàn Võ Nhai")


def flat(content, form):
    """All texts of a file, tables too; dates as d/m/Y, whole numbers as such."""
    if form == "xlsx":
        found = []
        for sheet in load_workbook(BytesIO(content)):
            for line in sheet.iter_rows(values_only=True):
                found += [f"{v:%d/%m/%Y}" if hasattr(v, "year") else str(v) for v in line if v is not None]
        return [part for text in found for part in text.split("\n")]
    document = Document(BytesIO(content))
    return [p.text for p in document.element.body.iter() if p.tag.endswith("}t") and p.text]


def both(kind, paper, reader):
    facts = KINDS[kind].facts_of(paper, reader, lambda path: f"https://example.vn{path}")
    return [flat(written(form, KINDS[kind].write, facts), form) for form in FORMS]


def assert_said(texts, *wanted):
    for said in texts:
        whole = "\n".join(said)
        assert [text for text in wanted if text not in whole] == []


def registration(visits, days):
    officer = PlanOfOfficer("Nguyễn Văn An", "Chuyên viên", days, visits)
    facts = RegistrationFacts("Thái Nguyên", "Ban Phong trào", "quý I/2026", officer, HEAD, BASIS)
    return {form: written(form, KINDS["registration"].write, facts) for form in FORMS}


def test_a_registration_has_its_columns_and_says_the_same_in_both_forms():
    files = registration((DINH_HOA, VO_NHAI), 5)
    head = [
        "TT",
        "Thời gian",
        "Số ngày",
        "Đơn vị đến",
        "Cấp",
        "Nhóm nội dung",
        "Nội dung cụ thể",
        "Cán bộ cùng đi",
        "Kết quả dự kiến",
        "Ghi chú",
    ]
    sheet = load_workbook(BytesIO(files["xlsx"])).worksheets[0]
    top = next(line for line in sheet.iter_rows() if line[0].value == "TT")
    assert [cell.value for cell in top if cell.value] == head
    values = [cell.value for cell in sheet[top[0].row + 2]][:11]
    assert [v.date() if hasattr(v, "date") else v for v in values] == [
        1,
        date(2026, 1, 20),
        date(2026, 1, 22),
        3,
        "Huyện đoàn Định Hóa",
        "Huyện, thị, thành đoàn",
        "1. Theo chuyên đề",
        "Nắm tình hình",
        "Trần Thị Bình",
        "Báo cáo nhanh",
        "Đi xe máy",
    ]
    table = Document(BytesIO(files["docx"])).tables[1]
    assert [cell.text for cell in table.rows[2].cells] == [
        "1",
        "20/01/2026",
        "22/01/2026",
        "3",
        *values[4:],
    ]
    assert_said(
        [flat(content, form) for form, content in files.items()],
        "Căn cứ Hướng dẫn số 37-HD/TĐTN-TCKT ngày 16/4/2019;",
        "Nguyễn Văn An",
        "TRƯỞNG BAN",
        "NGƯỜI ĐĂNG KÝ",
        "2 chuyến công tác, 5 ngày",
    )


def test_a_date_on_two_lines_counts_once_and_the_paper_says_so():
    files = registration((DINH_HOA, VO_NHAI), 4)
    assert_said([flat(content, form) for form, content in files.items()], ONCE)
    sheet = load_workbook(BytesIO(files["xlsx"])).worksheets[0]
    total = next(line for line in sheet.iter_rows() if line[1].value == "Tổng cộng")
    assert total[3].value == 4
    assert ONCE not in flat(registration((DINH_HOA, VO_NHAI), 5)["xlsx"], "xlsx")


def test_a_plan_without_visits_is_a_paper_too():
    files = registration((), 0)
    assert_said([flat(content, form) for form, content in files.items()], "chưa đăng ký chuyến công tác")


@pytest.mark.parametrize("form", FORMS)
def test_wide_papers_lie_across(form):
    content = registration((DINH_HOA,), 3)[form]
    if form == "xlsx":
        assert load_workbook(BytesIO(content)).worksheets[0].page_setup.orientation == "landscape"
    else:
        section = Document(BytesIO(content)).sections[0]
        assert section.orientation == WD_ORIENT.LANDSCAPE
        assert (round(section.page_width.mm), round(section.left_margin.mm)) == (297, 30)


def test_the_registration_of_a_plan_holds_the_lines_that_stand(cast):
    plan = make_plan(cast, state="submitted", lines=2)
    struck = plan.lines.in_order().last()
    struck.perform("strike", by=cast.head, comment="Trùng lịch")
    said = both("registration", plan, cast.officer)
    assert_said(said, "Nguyễn Văn An", "Huyện đoàn Định Hóa", "BAN PHONG TRÀO", "quý I/2026", "Lê Thị Chi")
    assert_said(said, "1 chuyến công tác")


def test_of_a_heads_own_paper_the_deputy_signs(cast):
    plan = make_plan(cast, cast.head, state="submitted")
    assert_said(both("registration", plan, cast.head), "KT. TRƯỞNG BAN", "PHÓ TRƯỞNG BAN")


def test_papers_are_vietnamese_on_an_english_screen(cast):
    plan = make_plan(cast, state="submitted")
    with override("en"):
        said = both("registration", plan, cast.officer)
    assert_said(said, "quý I/2026", "Huyện, thị, thành đoàn")


def test_a_department_plan_has_its_officers_and_leaves_its_number_open(cast):
    paper = make_department_plan(cast, "sent", [cast.officer, cast.colleague])
    said = both("department-plan", paper, cast.member)
    assert_said(
        said,
        "-KH/TĐTN-PT",
        "Số:      ",
        "Kính gửi: Thường trực Tỉnh đoàn",
        "1. Nguyễn Văn An: 2 ngày",
        "2. Trần Thị Bình: 2 ngày",
        "2 cán bộ với 2 chuyến công tác, 4 ngày",
        "Nơi nhận:",
        "TRƯỞNG BAN",
    )


def test_the_approved_plan_of_a_quarter_rests_on_the_conclusion(cast):
    paper = make_department_plan(cast, "approved")
    decision = paper.officer_plans.get().lines.get().decisions.get().decision
    said = both("quarter-plan", decision, cast.member)
    assert_said(
        said,
        "Kết luận số 15-KL/TĐTN của Thường trực Tỉnh đoàn",
        "1 cán bộ với 1 chuyến công tác, 2 ngày",
        "TM. BAN THƯỜNG VỤ TỈNH ĐOÀN",
        "BÍ THƯ",
        "Thống nhất kế hoạch",
    )
    assert "bản trích" not in "\n".join(said[0])


def test_a_colleague_has_only_an_extract_of_the_approved_plan(cast):
    paper = make_department_plan(cast, "approved")
    line = paper.officer_plans.get().lines.get()
    said = both("quarter-plan", line.decisions.get().decision, cast.other_officer)
    assert_said(said, "(bản trích)", "Huyện đoàn Định Hóa")
    assert line.content
    assert [text for texts in said for text in texts if line.content in text] == []


def test_a_notice_has_the_same_words_in_both_forms(cast):
    said = both("notice", make_notice(cast), cast.head)
    assert_said(said, "-TB/TĐTN-PT", "Kính gửi: Huyện đoàn Định Hóa", "Nguyễn Văn An", "Như trên")


def test_an_officers_report_tells_what_was_done(cast, now):
    visit = make_visit(cast)
    now.move_to("2026-01-23T09:00:00+07:00")
    result = make_result(cast, visit, "accepted")
    make_recommendation(cast, make_result(cast, make_visit(cast, cast.colleague)), "open")
    report = make_quarter_report(cast, state="submitted")
    said = both("quarter-report", report, cast.officer)
    assert result.activity
    assert_said(
        said,
        "Theo kế hoạch",
        "20/01/2026",
        "21/01/2026",
        result.activity,
        "NGƯỜI BÁO CÁO",
        "Thời gian thực tế",
        "Xác nhận của đơn vị",
    )
    assert "Số:" not in "\n".join(said[1])


def test_a_departments_report_adds_up(cast, now):
    make_visit(cast)
    visit = make_visit(cast, cast.colleague, days=3)
    now.move_to("2026-01-24T09:00:00+07:00")
    make_result(cast, visit, "accepted")
    report = make_department_report(cast, "sent")
    facts = KINDS["department-report"].facts_of(report, cast.member, str)
    rows = {row.name: (row.visits, row.days) for row in facts.officers}
    assert rows["Trần Thị Bình"] == ((1, 1, 0, 0), (3, 3, 3, 3, 0))
    assert rows["Nguyễn Văn An"] == ((1, 0, 0, 0), (2, 2, 0, 0, 0))
    assert facts.days == 3
    assert [(name, [v.days for v in visits]) for name, visits in facts.visits] == [("Trần Thị Bình", [3])]
    book = load_workbook(BytesIO(written("xlsx", KINDS["department-report"].write, facts)))
    assert book.sheetnames == ["Báo cáo", "Phụ lục"]
    assert [sheet.page_setup.orientation for sheet in book] == ["portrait", "landscape"]
    total = next(line for line in book.worksheets[0].iter_rows() if line[1].value == "Tổng cộng")
    formulas = [cell.value for cell in total if str(cell.value).startswith("=SUM(")]
    assert len(formulas) == 10
    assert_said(
        [flat(written("docx", KINDS["department-report"].write, facts), "docx")], "-BC/TĐTN-PT", "PHỤ LỤC"
    )


def test_the_annual_sheet_has_its_quarters_and_the_list_of_visits(cast, now):
    visit = make_visit(cast, days=3)
    now.move_to("2026-01-26T09:00:00+07:00")
    make_result(cast, visit, "accepted")
    rule = YearRule.objects.get(province=cast.province, year=2026)
    (sheet,) = sheets_of(cast.officer, rule, cast.officer)
    facts = in_vietnamese(annual_sheet.facts_of, sheet, rule)
    assert facts.result.startswith("3/60 ngày (5 %)")
    assert facts.totals == (3, 3, 3, 0)
    assert [(v.unit, v.accepted) for v in facts.quarters[0].visits] == [("Huyện đoàn Định Hóa", 3)]
    for form in FORMS:
        said = flat(written(form, annual_sheet.write, facts), form)
        assert_said([said], "1 chuyến theo kế hoạch, 0 chuyến đột xuất", "NGƯỜI TỔNG HỢP", "Quý I")
        assert "Số:" not in "\n".join(said)
    book = load_workbook(BytesIO(written("xlsx", annual_sheet.write, facts)))
    assert book.sheetnames == ["Phiếu tổng hợp", "Danh sách"]
    assert book.worksheets[1].print_title_rows == "$4:$5"
    assert annual_sheet.names_of(sheet, rule) == ("thai-nguyen", "phieu tong hop", 2026, "Nguyễn Văn An", "")


def test_names_of_files_are_ascii():
    assert (
        file_name("thai-nguyen", "đăng ký", "2026 quy 1", "Đỗ Thị Giang/..\\", "", ending="xlsx")
        == "thai-nguyen_dang-ky_2026-quy-1_do-thi-giang.xlsx"
    )


@pytest.mark.parametrize("form", FORMS)
def test_a_paper_is_downloaded_under_its_name_and_never_kept(cast, sign_in, form):
    plan = make_plan(cast, state="submitted")
    response = sign_in(cast.officer).get(f"/papers/registration/{plan.pk}/{form}/")
    assert response["Content-Type"] == FORMS[form].content_type
    assert (
        response["Content-Disposition"]
        == f'attachment; filename="thai-nguyen_dang-ky_2026-quy-1_nguyen-van-an.{form}"'
    )
    assert "no-store" in response["Cache-Control"]


def test_a_meeting_in_preparation_has_no_paper(cast, sign_in):
    meeting = make_meeting(cast, make_quarter(cast))
    assert sign_in(cast.member).get(f"/papers/quarter-plan/{meeting.pk}/docx/").status_code == 404


@pytest.fixture
def moved(cast):
    """A visit of an approved plan, on other days than those registered and approved."""
    visit = make_visit(cast, first=date(2026, 1, 20), days=3)
    make_change(cast, visit, "granted", starts=date(2026, 2, 10), ends=date(2026, 2, 11))
    visit.refresh_from_db()
    assert visit.starts == date(2026, 2, 10)
    return visit


def test_a_registration_stays_what_the_officer_registered(cast, moved):
    for said in both("registration", moved.plan, cast.officer):
        assert {"20/01/2026", "22/01/2026"} <= set(said)
        assert not {"10/02/2026", "11/02/2026"} & set(said)


def test_a_department_plan_stays_what_the_department_agreed_on(cast, moved):
    for said in both("department-plan", moved.plan.department_plan, cast.head):
        assert {"20/01/2026", "22/01/2026"} <= set(said)
        assert not {"10/02/2026", "11/02/2026"} & set(said)
    make_change(cast, moved, "granted", kind="cancel")
    for said in both("department-plan", moved.plan.department_plan, cast.head):
        assert {"20/01/2026", "22/01/2026"} <= set(said)
