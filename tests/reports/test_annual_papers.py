"""The annual report on paper: what was frozen, nothing else; its form; its sums in two ways."""

import dataclasses
import json
from datetime import date, datetime
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from docx import Document

from fieldvisits.models import HostUnit, Visit
from reports.differences import differences
from reports.figures import headline_table, standings_table, tables
from reports.models import AnnualReport, fingerprint_of
from reports.papers.annual import annual_document, facts_of
from reports.reconciliation import checks
from reports.xlsx.annual import annual_workbook
from tests.factories import make_annual_report, make_result, make_visit

from .annual_world import Calculator, filled, final_report, make_year, opened, values

SHEETS = {
    "a": "PL a - Cán bộ",
    "b": "PL b - Ban",
    "c": "PL c - Nhóm nội dung",
    "d": "PL d - Đơn vị",
    "e": "PL e - Đột xuất",
    "f": "PL f - Kiến nghị",
    "g": "PL g - Chuyến đi",
}


@pytest.fixture
def year(cast, now):
    return make_year(cast, now)


def get(client, name, *args):
    return client.get(reverse(name, args=args))


def workbook(client, report):
    return get(client, "annual-report-workbook", report.pk).content


def without(figures, *keys):
    return {key: value for key, value in figures.items() if key not in keys}


def make_old(report):
    """As it was frozen before the visits and the paper's words were kept."""
    old = without(report.figures, "visit_list", "paper")
    AnnualReport.objects.filter(pk=report.pk).update(figures=old, figures_sha256=fingerprint_of(old))
    report.refresh_from_db()
    return report


# --- What was frozen, value by value ----------------------------------------------------------------------------------------------


def test_the_list_of_visits_is_part_of_the_frozen_figures(year):
    listed = final_report(year).figures["visit_list"]
    assert [(v["officer"], v["starts"], v["fate"], v["planned"], v["accepted"]) for v in listed] == [
        ("Nguyễn Văn An", "2026-01-20", "reported", 2, 2),
        (year.other_officer.full_name, "2026-01-20", "not_done", 2, 0),
        ("Trần Thị Bình", "2026-05-11", "reported", 3, 2),
        ("Nguyễn Văn An", "2026-12-01", "reported", 1, 1),
    ]
    assert [(v["adhoc"], v["recommendations"], v["reason"], v["own"]) for v in listed] == [
        (False, 1, "", True),
        (False, 0, "epidemic", True),
        (True, 1, "", True),
        (False, 0, "", True),
    ]
    assert (listed[0]["unit"], listed[0]["content"], listed[0]["department"]) == (
        "Huyện đoàn Định Hóa",
        "=1+1",
        "Ban Phong trào",
    )


def test_every_annex_of_the_workbook_holds_the_frozen_rows(year, sign_in):
    report = final_report(year)
    sheets = values(workbook(sign_in(year.coordinator), report))
    with override("vi"):
        for table in tables(report.figures):
            if table.annex:
                rows = filled(sheets[SHEETS[table.annex]])
                for row in table.rows:
                    wanted = [str(_as_read(v)) for v in row if v not in (None, "")]
                    assert any([str(v) for v in found[-len(wanted) :]] == wanted for found in rows), (
                        table.key,
                        wanted,
                    )


def _as_read(value):
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value


def test_dates_and_numbers_are_dates_and_numbers(year, sign_in):
    rows = filled(values(workbook(sign_in(year.coordinator), final_report(year)))[SHEETS["g"]])
    row = next(r for r in rows if "Nguyễn Văn An" in r)
    assert row[:3] == [1, datetime(2026, 1, 20), datetime(2026, 1, 21)]
    assert row[6:11] == [1, "=1+1", "không", 2, 2]


def test_later_changes_do_not_change_the_export(year, sign_in):
    report = final_report(year)
    client = sign_in(year.coordinator)
    book = values(workbook(client, report))
    text = words(get(client, "annual-report-paper", report.pk).content)
    HostUnit.objects.update(name="Đổi tên")
    Visit.objects.update(content="Đổi nội dung")
    type(report.rule).objects.update(legal_basis="Căn cứ khác")
    year.officer.full_name = "Đổi Họ Tên"
    year.officer.save()
    assert values(workbook(client, report)) == book
    assert words(get(client, "annual-report-paper", report.pk).content) == text
    assert "Nghị quyết số 1" in text


def test_an_earlier_edition_is_exported_as_it_was(year, sign_in):
    report = final_report(year)
    client = sign_in(year.coordinator)
    book = values(workbook(client, report))
    report.perform("reopen", by=year.member, comment="Bổ sung")
    report.write(by=year.coordinator.powers, situation="Bản mới")
    make_result(year, make_visit(year, year.head, first=date(2026, 12, 7)), "accepted")
    answer = get(client, "annual-report-edition-workbook", report.pk, 1)
    assert values(answer.content) == book
    assert 'filename="thai-nguyen_bao-cao-nam_2026_chinh-thuc.xlsx"' in answer["Content-Disposition"]
    assert "Bản mới" not in words(get(client, "annual-report-edition-paper", report.pk, 1).content)
    assert get(client, "annual-report-edition-workbook", report.pk, 2).status_code == 404


def test_a_draft_is_marked_and_has_the_figures_of_now(year, sign_in):
    report = make_annual_report(year, version="final")
    client = sign_in(year.coordinator)
    answer = get(client, "annual-report-workbook", report.pk)
    assert "chinh-thuc_du-thao.xlsx" in answer["Content-Disposition"]
    cover = filled(values(answer.content)["Báo cáo"])
    assert any("DỰ THẢO" in str(v) for row in cover for v in row)
    assert any("Số:      -BC/TĐTN-" in str(v) for row in cover for v in row)
    assert "DỰ THẢO" in words(get(client, "annual-report-paper", report.pk).content)
    make_result(year, make_visit(year, year.head, first=date(2026, 12, 7)), "accepted")
    later = filled(values(workbook(client, report))[SHEETS["g"]])
    assert any(year.head.full_name in row for row in later)


def test_an_approved_report_is_no_draft(year, sign_in):
    report = final_report(year, "approved")
    assert "DỰ THẢO" not in words(get(sign_in(year.member), "annual-report-paper", report.pk).content)


# --- Two ways to every total --------------------------------------------------------------------------------------------------------


def differing(figures):
    with override("vi"):
        found = [headline_table(figures), standings_table(figures), *tables(figures)]
        by_key = {table.key: table for table in found}
        return {
            check.what
            for check in checks(figures)
            if len({check.first.value(by_key), check.second.value(by_key), check.told}) > 1
        }


def test_each_total_is_the_same_in_two_ways(year):
    assert differing(final_report(year).figures) == set()


def test_the_formulas_of_the_reconciliation_come_to_nothing(year, sign_in):
    content = workbook(sign_in(year.coordinator), final_report(year))
    calculator, sheet = Calculator(content), opened(content)["Đối chiếu"]
    rows = [row for row in sheet.iter_rows() if isinstance(row[0].value, int)]
    assert len(rows) > 35
    for row in rows:
        first, second, between, told, to_told = (
            calculator.value("Đối chiếu", cell.coordinate) for cell in row[4:9]
        )
        assert first == second == told, [cell.value for cell in row]
        assert (between, to_told) == (0, 0)
        assert all(str(row[n].value).startswith("=") for n in (4, 5, 6, 8))
    last = next(row for row in sheet.iter_rows() if row[1].value == "Tổng chênh lệch")
    assert [calculator.value("Đối chiếu", last[n].coordinate) for n in (6, 8)] == [0, 0]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (("totals", "accepted"), "Ngày đã xác nhận"),
        (("officers", 0, "quarters", 0), "Ngày đã xác nhận, quý I"),
        (("visit_list", 0, "accepted"), "Ngày đã xác nhận"),
        (("recommendations", "settled"), "Kiến nghị"),
        (("adhoc", "visits"), "Chuyến đi đột xuất"),
        (("levels", 0, "visited"), "Đơn vị đã đến"),
        (("departments", 0, "approved"), "Ngày đã duyệt"),
        (("totals", "owed"), "Ngày phải đi"),
    ],
)
def test_a_figure_that_was_tampered_with_shows(year, sign_in, path, what):
    report = final_report(year)
    figures = json.loads(json.dumps(report.figures))
    place = figures
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] += 7
    assert what in differing(figures)
    AnnualReport.objects.filter(pk=report.pk).update(figures=figures)
    content = workbook(sign_in(year.coordinator), report)
    calculator, sheet = Calculator(content), opened(content)["Đối chiếu"]
    last = next(row for row in sheet.iter_rows() if row[1].value == "Tổng chênh lệch")
    assert sum(calculator.value("Đối chiếu", last[n].coordinate) for n in (6, 8)) > 0


def test_totals_are_formulas_that_agree(year, sign_in):
    content = workbook(sign_in(year.coordinator), final_report(year))
    calculator, book = Calculator(content), opened(content)
    row = next(r for r in book[SHEETS["a"]].iter_rows() if r[1].value == "Tổng cộng")
    formulas = [cell.coordinate for cell in row if str(cell.value).startswith("=SUM(")]
    assert [calculator.value(SHEETS["a"], at) for at in formulas] == [600, 2, 2, 0, 1, 5, 3]
    for sheet in book:
        if sheet.title != "Đối chiếu":
            for cells in sheet.iter_rows():
                for cell in cells:
                    assert cell.data_type != "f" or cell.value.startswith("=SUM("), cell


# --- Form ---------------------------------------------------------------------------------------------------------------------------


def test_the_workbook_is_set_up_for_print(year, sign_in):
    book = opened(workbook(sign_in(year.coordinator), final_report(year)))
    assert book.sheetnames == ["Báo cáo", *SHEETS.values(), "Đối chiếu"]
    for sheet in book:
        margins = sheet.page_margins
        assert [round(m * 25.4) for m in (margins.left, margins.right, margins.top, margins.bottom)] == [
            30,
            20,
            20,
            20,
        ]
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth) == (9, 1)
        assert sheet.print_area
    assert book[SHEETS["g"]].page_setup.orientation == "landscape"


def test_a_long_list_repeats_its_headings_on_every_page(year):
    facts = facts_of(final_report(year))
    visits = [{**facts.figures["visit_list"][0], "id": n} for n in range(60)]
    longer = dataclasses.replace(facts, figures=facts.figures | {"visit_list": visits})
    sheet = opened(annual_workbook(longer))[SHEETS["g"]]
    first = int(sheet.print_title_rows.split(":")[0].strip("$"))
    assert [cell.value for cell in sheet[first]][:3] == ["TT", "Từ ngày", "Đến ngày"]
    assert len([row for row in sheet.iter_rows() if row[3].value == "Nguyễn Văn An"]) == 60


def test_the_cover_has_header_and_signature(year, sign_in):
    cover = filled(values(workbook(sign_in(year.coordinator), final_report(year)))["Báo cáo"])
    text = [str(v) for row in cover for v in row]
    assert text[:2] == ["BAN CHẤP HÀNH TỈNH THÁI NGUYÊN", "ĐOÀN TNCS HỒ CHÍ MINH"]
    assert "Số: 120-BC/TĐTN" in text
    assert "Thái Nguyên, ngày 05 tháng 01 năm 2027" in text
    assert "BÁO CÁO" in text
    assert "Căn cứ Nghị quyết số 1;" in text
    assert text.index("TM. BAN THƯỜNG VỤ TỈNH ĐOÀN") < text.index("BÍ THƯ")
    assert "Nơi nhận:" in text


def words(content):
    document = Document(BytesIO(content))
    cells = [c.text for t in document.tables for r in t.rows for c in r.cells]
    return "\n".join([p.text for p in document.paragraphs] + cells)


def test_the_document_is_the_whole_report(year, sign_in):
    report = final_report(year)
    content = get(sign_in(year.coordinator), "annual-report-paper", report.pk).content
    document, text = Document(BytesIO(content)), words(content)
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings == [
        "I. ĐẶC ĐIỂM TÌNH HÌNH VÀ CÔNG TÁC CHỈ ĐẠO",
        "II. KẾT QUẢ THỰC HIỆN",
        "III. ĐÁNH GIÁ CHUNG",
        "IV. PHƯƠNG HƯỚNG",
        "V. KIẾN NGHỊ, ĐỀ XUẤT",
    ]
    assert "Nội dung báo cáo./." in text
    assert [f"PHỤ LỤC {letter}" in text for letter in "ABCDEFG"] == [True] * 7
    assert {"TM. BAN THƯỜNG VỤ TỈNH ĐOÀN", "BÍ THƯ"} <= set(text.split("\n"))
    widths = [round(s.page_width.mm) for s in document.sections]
    assert widths[0] == 210
    assert widths[-1] == 297
    assert {(round(s.left_margin.mm), round(s.right_margin.mm)) for s in document.sections} == {(30, 20)}


def test_the_secretary_signs_and_the_coordinating_department_is_in_the_number(year):
    year.member.post = "Bí thư Tỉnh đoàn"
    year.member.save()
    report = make_annual_report(year, version="final")
    facts = facts_of(report)
    assert (facts.signer, facts.code) == (year.member.full_name, "BC/TĐTN-XDĐ")
    assert year.member.full_name in words(annual_document(facts))


def test_papers_are_vietnamese_for_an_english_reader(year, sign_in, english):
    report = final_report(year)
    text = words(get(sign_in(year.coordinator), "annual-report-paper", report.pk).content)
    assert {"Cán bộ", "Từ ngày", "Phải đi"} <= set(text.split("\n"))
    assert "Until" not in text


def test_text_never_becomes_a_formula(year, sign_in):
    for text in ("=1+1", "+84", "-x", "@a"):
        Visit.objects.filter(content="=1+1").update(content=text)
        report = make_annual_report(year, version="final")
        sheet = opened(annual_workbook(facts_of(report)))[SHEETS["g"]]
        (cell,) = [c for row in sheet.iter_rows() for c in row if c.value == text]
        assert cell.data_type == "s"
        Visit.objects.filter(content=text).update(content="=1+1")


# --- Editions that do not keep the list ----------------------------------------------------------------------------------------------


def test_an_older_edition_says_what_it_does_not_keep(year, sign_in, english):
    report = make_old(final_report(year))
    client = sign_in(year.member)
    page = get(client, "annual-report-detail", report.pk).content.decode()
    assert "Not part of this edition" in page
    assert "The data say the same today." in page
    assert get(client, "annual-report-edition", report.pk, 1).status_code == 200
    sheets = values(workbook(client, report))
    assert any("Bản này không lưu" in row for row in sheets["Đối chiếu"])
    assert not [row for row in sheets[SHEETS["g"]] if "Nguyễn Văn An" in row]
    assert get(client, "annual-report-paper", report.pk).status_code == 200


def test_a_part_that_was_not_kept_is_no_difference_but_a_change_in_it_is(year):
    figures = final_report(year).figures
    assert differences(without(figures, "visit_list"), figures) == []
    assert differences(figures, without(figures, "visit_list")) == []
    changed = json.loads(json.dumps(figures))
    changed["visit_list"][0]["content"] = "Khác"
    (found,) = differences(figures, changed)
    assert (found.then, found.now) == ("=1+1", "Khác")
    assert "20/01/2026 Nguyễn Văn An, Huyện đoàn Định Hóa" in found.where


def test_what_the_paper_prints_beside_the_figures_is_no_difference(year):
    figures = final_report(year).figures
    changed = json.loads(json.dumps(figures))
    changed["paper"]["legal_basis"] = ["Khác"]
    assert differences(figures, changed) == []


# --- Who, and how many queries --------------------------------------------------------------------------------------------------------

READS = {
    "draft": {"coordinator", "results_desk", "member"},
    "approved": {"coordinator", "results_desk", "member", "executive"},
    "sent": {"coordinator", "results_desk", "member", "executive", "central"},
}


@pytest.mark.parametrize("state", READS)
def test_who_may_take_it_away(year, client, state):
    report = make_annual_report(year, state, "final")
    for name in ("annual-report-paper", "annual-report-workbook"):
        got = set()
        for who in (*READS["sent"], "officer", "head", "administrator", "strange_member"):
            client.force_login(getattr(year, who), "allauth.account.auth_backends.AuthenticationBackend")
            if get(client, name, report.pk).status_code == 200:
                got.add(who)
        assert got == READS[state], name


def test_the_central_union_takes_away_only_editions_sent(year, sign_in):
    report = make_annual_report(year, "approved", "final")
    report.perform("reopen", by=year.member, comment="Sửa")
    report.perform("submit", by=year.coordinator)
    report.perform("approve", by=year.member)
    report.perform(
        "send", by=year.coordinator, number="1-BC", dated=date(2027, 1, 5), sent_on=date(2027, 1, 5)
    )
    client = sign_in(year.central)
    assert get(client, "annual-report-edition-workbook", report.pk, 1).status_code == 404
    assert get(client, "annual-report-edition-paper", report.pk, 2).status_code == 200


def test_the_buttons_are_on_the_pages(year, sign_in):
    report = final_report(year)
    client = sign_in(year.central)
    page = get(client, "annual-report-detail", report.pk).content.decode()
    for name in ("annual-report-paper", "annual-report-workbook"):
        assert reverse(name, args=[report.pk]) in page
    page = get(client, "annual-report-edition", report.pk, 1).content.decode()
    for name in ("annual-report-edition-paper", "annual-report-edition-workbook"):
        assert reverse(name, args=[report.pk, 1]) in page


def test_the_queries_do_not_grow(year, sign_in):
    report = make_annual_report(year, version="final")
    client = sign_in(year.coordinator)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert workbook(client, report)
        return len(queries)

    asked()
    once = asked()
    for day in (7, 8):
        make_result(year, make_visit(year, year.head, first=date(2026, 12, day), days=1), "accepted")
    assert asked() == once <= 25
