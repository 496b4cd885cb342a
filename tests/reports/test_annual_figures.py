"""The figures of the annual report, by small cases counted by hand."""

import json
from datetime import date

import pytest
from django.utils.translation import override

from accounts.models import Membership
from fieldvisits.models import SubQuota, YearRule
from reports.annual import compile_figures
from reports.differences import differences
from reports.figures import headline, proposed_text, tables
from reports.models import fingerprint_of
from tests.factories import (
    make_adhoc,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_unit,
    make_visit,
)

CUT_OFF = date(2026, 11, 30)


def compiled(cast, as_of=CUT_OFF):
    return compile_figures(YearRule.objects.get(province=cast.province, year=2026), as_of)


def row(figures, name, part="officers"):
    (found,) = (r for r in figures[part] if r.get("name") == name)
    return found


@pytest.fixture
def small_year(cast, now):
    """An: 2 days in January and 1 in December at Định Hóa; Bình: 3 ad-hoc days in May at Bình Yên, of which one is not ticked.
    Two recommendations, one settled. Today is 5 December."""
    dinh_hoa = make_unit(cast, "Huyện đoàn Định Hóa")
    binh_yen = make_unit(cast, "Xã đoàn Bình Yên", level="commune")
    make_unit(cast, "Chi đoàn xóm 5", level="branch")
    first = make_result(cast, make_visit(cast, first=date(2026, 1, 20), unit=dinh_hoa))
    make_recommendation(cast, first, "settled")
    now.move_to("2026-05-10T08:00:00+07:00")
    adhoc = make_adhoc(
        cast, cast.colleague, "consented", first=date(2026, 5, 11), days=3, unit=binh_yen
    ).visit
    ticked = [date(2026, 5, 11), date(2026, 5, 13)]
    result = make_result(cast, adhoc, days=ticked)
    make_recommendation(cast, result, "open")
    now.move_to("2026-12-05T08:00:00+07:00")
    december = make_visit(cast, first=date(2026, 12, 1), days=1, unit=dinh_hoa, group=3)
    make_result(cast, december, "accepted")
    return cast


def test_the_cut_off_leaves_out_what_lies_after_it(small_year):
    provisional, final = compiled(small_year), compiled(small_year, date(2026, 12, 31))
    assert (provisional["totals"]["accepted"], final["totals"]["accepted"]) == (4, 5)
    assert (provisional["totals"]["visits"], final["totals"]["visits"]) == (2, 3)
    assert provisional["totals"]["quarters"] == [2, 2, 0, 0]
    assert final["totals"]["quarters"] == [2, 2, 0, 1]


def test_each_officer_has_days_by_quarter(small_year):
    an = row(compiled(small_year, date(2026, 12, 31)), "Nguyễn Văn An")
    assert (an["quarters"], an["total"], an["required"], an["percent"], an["visits"]) == (
        [2, 0, 0, 1],
        3,
        60,
        5,
        2,
    )
    assert (an["departments"], an["status"], an["missing"]) == (["Ban Phong trào"], "missed", 57)
    binh = row(compiled(small_year), "Trần Thị Bình")
    assert (binh["registered"], binh["approved"], binh["done"], binh["total"], binh["adhoc"]) == (
        3,
        3,
        2,
        2,
        2,
    )


def test_the_explanation_is_vietnamese_whatever_the_reader_speaks(small_year):
    with override("en"):
        an = row(compiled(small_year), "Nguyễn Văn An")
    with override("vi"):
        assert row(compiled(small_year), "Nguyễn Văn An") == an
    assert an["computation"] == {"asked": 60, "in_scope": 365, "window": 365}
    assert an["explanation"]


def test_officers_come_by_given_name_and_posts_outside_the_quota_do_not(small_year):
    names = [r["name"] for r in compiled(small_year)["officers"]]
    assert names[:4] == ["Nguyễn Văn An", "Trần Thị Bình", "Lê Thị Chi", "Phạm Văn Dũng"]
    assert "Mai Văn Quý" not in names  # the driver
    assert "Trịnh Văn Sơn" not in names  # the other province
    assert len(names) == 10


def test_groups_levels_and_units(small_year):
    figures = compiled(small_year, date(2026, 12, 31))
    assert [(g["group"], g["quarters"], g["total"], g["visits"]) for g in figures["groups"]] == [
        (1, [2, 0, 0, 0], 2, 1),
        (2, [0, 2, 0, 0], 2, 1),
        (3, [0, 0, 0, 1], 1, 1),
        (4, [0, 0, 0, 0], 0, 0),
    ]
    assert [(r["level"], r["units"], r["visited"], r["days"]) for r in figures["levels"]] == [
        ("district", 1, 1, 3),
        ("commune", 1, 1, 2),
        ("branch", 1, 0, 0),
    ]
    assert [(u["name"], u["visits"], u["days"]) for u in figures["units"]] == [
        ("Huyện đoàn Định Hóa", 2, 3),
        ("Xã đoàn Bình Yên", 1, 2),
        ("Chi đoàn xóm 5", 0, 0),
    ]


def test_a_unit_that_ended_before_the_year_is_not_said_to_be_unvisited(small_year):
    make_unit(small_year, "Đoàn xã cũ", level="commune", valid_to=date(2025, 6, 30))
    assert "Đoàn xã cũ" not in [u["name"] for u in compiled(small_year)["units"]]


@pytest.mark.parametrize("state", ["withdrawn", "refused"])
def test_an_adhoc_visit_nobody_ever_agreed_to_is_in_no_list(small_year, now, state):
    before = compiled(small_year)
    now.move_to("2026-06-10T08:00:00+07:00")
    make_adhoc(small_year, small_year.colleague, state)
    now.move_to("2026-12-05T08:00:00+07:00")
    after = compiled(small_year)
    assert (after["adhoc"], after["visit_list"]) == (before["adhoc"], before["visit_list"])


def test_an_adhoc_visit_refused_before_it_began_is_in_no_list(cast, now):
    """Its first day lies within the year so far, as a visit's that was carried out."""
    make_adhoc(cast, state="refused", first=date(2026, 1, 5))
    figures = compiled(cast, date(2026, 12, 31))
    assert (figures["adhoc"]["visits"], figures["visit_list"]) == (0, [])


def test_what_another_province_does_changes_no_figure(cast, now):
    make_result(cast, make_visit(cast), "accepted")
    before = compiled(cast)
    make_recommendation(cast, make_result(cast, make_visit(cast, cast.stranger)), "open")
    assert compiled(cast) == before


def test_adhoc_visits_and_recommendations(small_year):
    figures = compiled(small_year)
    assert figures["adhoc"] == {"visits": 1, "late": 0, "days": 2, "not_carried_out": 0}
    assert figures["recommendations"] == {
        "total": 2,
        "settled": 1,
        "in_progress": 0,
        "open": 1,
        "passed_up": 0,
        "dropped": 0,
    }


def test_a_recommendation_settled_after_the_day_was_open_on_it(small_year, now):
    from fieldvisits.models import Recommendation

    open_one = Recommendation.objects.get(state="open")
    open_one.perform("settle", by=small_year.head, comment="Đã cấp kinh phí")
    assert compiled(small_year)["recommendations"]["settled"] == 1
    assert compiled(small_year, date(2026, 12, 31))["recommendations"]["settled"] == 2


def test_planned_against_done_with_the_reasons(cast, now):
    done = make_visit(cast, first=date(2026, 1, 20))
    make_result(cast, done, "accepted")
    closed = make_visit(cast, cast.colleague, first=date(2026, 1, 20), days=3)
    make_visit(cast, cast.other_officer, first=date(2026, 1, 20), days=1)
    now.move_to("2026-02-01T08:00:00+07:00")
    closed.perform("close", by=cast.colleague, comment="Dịch", variance="epidemic")
    figures = compiled(cast)
    assert figures["carried_out"] == {
        "planned": {"visits": 3, "days": 6},
        "reported": {"visits": 1, "days": 2},
        "waiting": {"visits": 1, "days": 1},
        "not_done": {"visits": 1, "days": 3},
        "cancelled": {"visits": 0, "days": 0},
    }
    assert [v for v in figures["variances"] if v["visits"]] == [
        {"reason": "epidemic", "visits": 1, "days": 3}
    ]


def test_what_came_in_time_and_what_late(cast, now):
    visit = make_visit(cast)
    make_result(cast, visit, "submitted", on=date(2026, 3, 1))  # ten days were over on 31 January
    make_quarter_report(cast, state="draft")
    assert compiled(cast)["timeliness"] == [
        {"kind": "plans", "in_time": 1, "late": 0},
        {"kind": "department_plans", "in_time": 1, "late": 0},
        {"kind": "results", "in_time": 0, "late": 1},
        {"kind": "quarter_reports", "in_time": 0, "late": 0},
        {"kind": "department_reports", "in_time": 0, "late": 0},
    ]


def test_days_belong_to_the_department_of_the_date(cast, now):
    """The visit is planned in Ban Phong trào; the officer moves between its two days."""
    make_result(cast, make_visit(cast, first=date(2026, 1, 20), days=2), "accepted")
    Membership.objects.get(user=cast.officer).leave(date(2026, 1, 20))
    Membership.objects.create(user=cast.officer, department=cast.building, valid_from=date(2026, 1, 21))
    figures = compiled(cast)
    days = {r["name"]: (r["accepted"], r["quarters"], r["officers"]) for r in figures["departments"]}
    assert days == {
        "Ban Xây dựng Đoàn": (1, [1, 0, 0, 0], 7),
        "Ban Phong trào": (1, [1, 0, 0, 0], 4),
    }
    assert row(figures, "Nguyễn Văn An")["departments"] == ["Ban Phong trào", "Ban Xây dựng Đoàn"]
    assert figures["totals"]["accepted"] == 2


def test_two_visits_on_one_date_are_one_day(cast, now):
    one = make_visit(cast, first=date(2026, 1, 20), days=1)
    two = make_visit(cast, first=date(2026, 1, 20), days=1)
    make_result(cast, one, "accepted")
    make_result(cast, two, "accepted")
    an = row(compiled(cast), "Nguyễn Văn An")
    assert (an["approved"], an["done"], an["total"], an["visits"]) == (1, 1, 1, 1)


def test_the_parts_of_the_quota_are_reported(cast, now):
    visit = make_visit(cast, unit=make_unit(cast, "Chi đoàn 1", level="branch"))
    SubQuota.objects.create(rule=visit.quarter.rule, level="branch", days=30)
    make_result(cast, visit, "accepted")
    assert row(compiled(cast), "Nguyễn Văn An")["parts"] == [
        {"level": "branch", "required": 30, "accepted": 2, "missing": 28}
    ]


# --- The same figures are the same bytes ----------------------------------------------------------------------------------


def test_the_same_data_give_the_same_number_twice_and_after_storing(small_year):
    once, twice = compiled(small_year), compiled(small_year)
    with override("en"):
        english = compiled(small_year)
    stored = json.loads(json.dumps(once))
    assert fingerprint_of(once) == fingerprint_of(twice) == fingerprint_of(english) == fingerprint_of(stored)
    assert stored == once  # nothing JSON would change on the way: no dates, no whole-number keys, no tuples


def test_the_order_is_not_the_databases(small_year):
    """Names that databases collate differently: đ, accents, spaces, capitals."""
    for name in ("Đoàn xã Ân", "đoàn xã Anh", "Doan xa B", "Đoàn  xã A"):
        make_unit(small_year, name, level="commune")
    names = [u["name"] for u in compiled(small_year)["units"] if u["level"] == "commune"]
    assert names == ["Đoàn  xã A", "Đoàn xã Ân", "đoàn xã Anh", "Doan xa B", "Xã đoàn Bình Yên"]


def test_sums_can_be_made_again_from_their_rows(small_year):
    figures = compiled(small_year, date(2026, 12, 31))
    total = figures["totals"]["accepted"]
    assert total == sum(r["total"] for r in figures["officers"])
    assert total == sum(sum(r["quarters"]) for r in figures["officers"])
    assert total == sum(r["accepted"] for r in figures["departments"])
    assert total == sum(r["total"] for r in figures["groups"])
    assert total == sum(r["days"] for r in figures["levels"]) == sum(r["days"] for r in figures["units"])
    assert sum(figures["totals"]["standings"].values()) == figures["totals"]["officers"]


def test_the_queries_do_not_grow(small_year, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    compiled(small_year)
    with CaptureQueriesContext(connection) as queries:
        compiled(small_year)
    for day in (date(2026, 12, 2), date(2026, 12, 3)):
        visit = make_visit(small_year, small_year.head, first=day, days=1)
        make_recommendation(small_year, make_result(small_year, visit), "open")
    with django_assert_num_queries(len(queries)):
        compiled(small_year)


# --- Reading them ---------------------------------------------------------------------------------------------------------


def test_differences_name_the_place_then_and_now(small_year, in_english):
    then, now = compiled(small_year), compiled(small_year, date(2026, 12, 31))
    found = {d.where: (d.then, d.now) for d in differences(then, now)}
    assert found["Totals › Accepted"] == ("4", "5")
    assert found["By officer › Nguyễn Văn An › Total"] == ("2", "3")
    assert found["By officer › Nguyễn Văn An › quarter IV"] == ("0", "1")
    assert found["By host unit › Huyện đoàn Định Hóa › Days"] == ("2", "3")
    assert not differences(then, json.loads(json.dumps(then)))


def test_a_row_that_came_or_went_is_a_difference(small_year, in_english):
    then = compiled(small_year)
    make_unit(small_year, "Xã đoàn mới", level="commune")
    found = [(d.where, d.then, d.now) for d in differences(then, compiled(small_year))]
    assert ("By host unit › Xã đoàn mới", "not there", "in the report") in found
    assert ("By level of the host unit › Commune, ward or special-zone union › Units", "1", "2") in found


def test_other_words_for_the_same_computation_are_no_difference(small_year):
    then = compiled(small_year)
    then["officers"][0]["explanation"] = ["in other words"]
    assert not differences(then, compiled(small_year))


def test_every_table_holds_what_its_columns_say(small_year, in_english):
    shown = tables(compiled(small_year, date(2026, 12, 31)))
    for table in shown:
        for line in (*table.rows, *([table.total] if table.total else [])):
            assert len(line) == len(table.columns), table.key
    by_key = {table.key: table for table in shown}
    assert by_key["officers"].total[2:9] == (600, 2, 2, 0, 1, 5, 0)
    assert by_key["not-visited"].rows == (("Chi đoàn xóm 5", "Branch (chi đoàn)"),)
    assert dict(headline(compiled(small_year)))["days accepted"] == 4


def test_the_proposed_text_cites_the_figures(small_year):
    text = proposed_text(compiled(small_year))
    assert text.startswith(
        "Tính đến ngày 30/11/2026, 10 cán bộ thuộc diện thực hiện đã đi cơ sở 2 chuyến, "
        "4 ngày được tính trên tổng số 600 ngày phải thực hiện (đạt 0 %)."
    )
    assert "Đã đến 2 trên 3 đơn vị cơ sở; đi đột xuất 1 chuyến với 2 ngày được tính." in text
    assert "ghi nhận 2 kiến nghị: giải quyết xong 1" in text


def test_a_year_without_anything_can_be_told(cast, now):
    from tests.factories import make_quarter

    make_quarter(cast)
    figures = compiled(cast, date(2026, 12, 31))
    assert figures["totals"]["accepted"] == 0
    assert proposed_text(figures)
    assert all(t.columns for t in tables(figures))
