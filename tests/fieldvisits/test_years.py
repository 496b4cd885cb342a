"""Step 7 for one officer: how the number of the year is made, and the annual sheet."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from fieldvisits.models import Exemption, Officer, SubQuota, VisitDay, YearRule, years_of
from fieldvisits.pages.years import sheets_of, year_of
from tests.factories import (
    make_adhoc,
    make_plan,
    make_quarter,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_unit,
    make_visit,
)


def page(cast, reader=None, officer=None, year=2026):
    rule = YearRule.objects.get(province=cast.province, year=year)
    return year_of(officer or cast.officer, rule, reader or officer or cast.officer)


def url(officer, year=2026, name="officer-year"):
    return reverse(name, args=[year, officer.pk])


def pk_of(user):
    return Officer.objects.get(pk=user.pk)


# --- The number -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def three_days(cast, now):
    """Two accepted days in January, one in April, two reported in May and not accepted yet; today is 1 July 2026."""
    january = make_visit(cast, first=date(2026, 1, 20))
    make_result(cast, january, "accepted")
    april = make_visit(cast, first=date(2026, 4, 20), days=1)
    make_result(cast, april, "accepted")
    now.move_to("2026-05-10T08:00:00+07:00")
    may = make_visit(cast, first=date(2026, 5, 12))
    make_result(cast, may, "submitted")
    now.move_to("2026-07-01T09:00:00+07:00")
    return january, april, may


def test_the_quarters_add_up_to_the_number(cast, three_days):
    shown = page(cast)
    assert [q.counted for q in shown.quarters] == [2, 1, 0, 0]
    assert [q.not_counted for q in shown.quarters] == [0, 2, 0, 0]
    assert shown.counted == shown.year.pace.accepted == 3
    assert [days for _name, _what, days in shown.kinds] == [5, 5, 5, 3, 0]


def test_the_pace_in_literal_numbers(cast, three_days):
    """By 1 July 182 of 365 days have gone by: 60 × 182 ÷ 365 = 29.9, rounded down 29."""
    pace = page(cast).year.pace
    assert (pace.owed, pace.accepted, pace.missing, pace.expected, pace.percent) == (60, 3, 57, 29, 5)
    assert (pace.projection, pace.status) == (3, "at_risk")


def test_each_day_that_does_not_count_says_why(cast, now, in_english):
    make_quarter(cast, number=1)
    ahead = make_visit(cast, first=date(2026, 3, 30), days=1)
    now.move_to("2026-03-10T08:00:00+07:00")
    no_result = make_adhoc(cast, state="consented", first=date(2026, 3, 11)).visit
    refused = make_adhoc(cast, state="refused", first=date(2026, 3, 12)).visit
    waiting = make_adhoc(cast, state="endorsed", first=date(2026, 3, 14)).visit
    returned = make_adhoc(cast, state="consented", first=date(2026, 3, 15)).visit
    twice = make_adhoc(cast, state="consented", first=date(2026, 3, 16)).visit
    elsewhere = make_unit(cast, "Đoàn xã Bình Yên")
    other = make_adhoc(cast, state="consented", first=date(2026, 3, 16), unit=elsewhere).visit
    make_result(cast, returned, "returned")
    make_result(cast, other, "accepted")
    make_result(cast, twice, "accepted")
    now.move_to("2026-03-20T08:00:00+07:00")
    rows = [row for q in page(cast).quarters for row in q.rows]
    assert {row.visit.pk for row in rows if row.is_open} == {
        ahead.pk,
        no_result.pk,
        waiting.pk,
        returned.pk,
    }
    why = {row.visit.pk: row.why for row in rows}
    assert why == {
        ahead.pk: "still to come",
        no_result.pk: "no result yet",
        refused.pk: "Not approved",
        waiting.pk: "the visit is not approved yet",
        returned.pk: "the result was returned for completion",
        other.pk: "",
        twice.pk: "the day already counts on another visit",
    }


def test_a_visit_not_carried_out_says_its_reason(cast, now, in_english):
    visit = make_visit(cast, days=1)
    now.move_to("2026-01-21T08:00:00+07:00")
    visit.perform("close", by=cast.officer, comment="Mưa lũ", variance="weather")
    (row,) = page(cast).quarters[0].rows
    assert row.why == "Not carried out: Weather, natural disaster"


def test_a_day_that_can_never_count_says_so_before_its_result(cast, now, in_english):
    """Ill from the 22nd on; 20 January counts on another visit: of four days ahead or gone by only the 21st may still count."""
    first, second = make_visit(cast, days=1), make_visit(cast, days=4)
    make_result(cast, first, "accepted")
    ill = {"kind": "illness", "reason": "Điều trị", "decision": "QĐ 2"}
    Exemption.objects.create(
        officer=cast.officer, valid_from=date(2026, 1, 22), valid_to=date(2026, 12, 31), **ill
    )
    for day, open_ in (("2026-01-10", "still to come"), ("2026-01-27", "no result yet")):
        now.move_to(f"{day}T09:00:00+07:00")
        rows = [row for row in page(cast).quarters[0].rows if row.visit == second]
        assert [(row.date.day, row.why, row.is_open) for row in rows] == [
            (20, "the day already counts on another visit", False),
            (21, open_, True),
            (22, "the officer was exempt on that day", False),
            (23, "the officer was exempt on that day", False),
        ]


def test_days_before_the_window_may_not_still_count(cast, in_english):
    make_visit(cast, days=2)
    rule = YearRule.objects.get(province=cast.province, year=2026)
    rule.window_from = date(2026, 1, 21)
    rule.save()
    rows = page(cast).quarters[0].rows
    assert [(row.why, row.is_open) for row in rows] == [
        ("outside the counting period", False),
        ("still to come", True),
    ]


def test_the_gauge_says_what_is_needed_by_level(cast, now, sign_in, english):
    """2 of 60 days at the district: 58 missing in all; 30 at chi đoàn and 40 at commune ask for 70."""
    visit = make_visit(cast)
    make_result(cast, visit, "accepted")
    for level, days in (("branch", 30), ("commune", 40)):
        SubQuota.objects.create(rule=visit.quarter.rule, level=level, days=days)
    now.move_to("2026-01-25T09:00:00+07:00")
    pace = page(cast).year.pace
    assert (pace.missing, pace.needed, pace.lacks_levels) == (58, 70, True)
    text = " ".join(sign_in(cast.officer).get(url(cast.officer)).content.decode().split())
    assert "<b>70</b> still needed by level" in text
    assert "still missing" not in text
    SubQuota.objects.all().delete()
    assert page(cast).year.pace.lacks_levels is False


def test_a_day_not_ticked_says_so(cast, now, in_english):
    visit = make_visit(cast, days=2)
    make_result(cast, visit, "submitted")
    VisitDay.objects.filter(visit=visit, date=date(2026, 1, 21)).update(present=False)
    now.move_to("2026-01-23T08:00:00+07:00")
    assert [row.why for row in page(cast).quarters[0].rows] == [
        "the result is not accepted yet",
        "not there on that day, says the result",
    ]


def test_a_day_outside_a_narrower_window_is_not_in_the_sum(cast, now, in_english):
    make_result(cast, make_visit(cast, days=2), "accepted")
    rule = YearRule.objects.get(province=cast.province, year=2026)
    rule.window_from = date(2026, 1, 21)
    rule.save()
    shown = page(cast)
    assert [row.why for row in shown.quarters[0].rows] == ["outside the counting period", ""]
    assert shown.counted == shown.year.pace.accepted == 1


def test_sub_quotas_are_shown_with_their_computation(cast, now, sign_in, english):
    visit = make_visit(cast)
    SubQuota.objects.create(rule=visit.quarter.rule, level="branch", days=30)
    Exemption.objects.create(
        officer=cast.officer,
        kind="other",
        reason="Biệt phái",
        decision="QĐ 1",
        days=30,
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
    )
    text = sign_in(cast.officer).get(url(cast.officer)).content.decode()
    assert "30 × 30 ÷ 60, rounded up = 15 days, 0 of them accepted." in text
    assert "By decision 30 days: Other, by decision - Biệt phái, QĐ 1." in text


def test_a_year_told_as_of_a_day_knows_nothing_later(cast, three_days):
    rule = YearRule.objects.get(province=cast.province, year=2026)
    (year,) = years_of(rule, Officer.objects.filter(pk=cast.officer.pk), date(2026, 4, 19))
    assert (year.figures["accepted"], year.figures["approved"], year.figures["ahead"]) == (2, 2, 3)
    (year,) = years_of(rule, Officer.objects.filter(pk=cast.officer.pk), date(2026, 12, 31))
    assert (year.figures["accepted"], year.figures["waiting"], year.pace.left_days) == (3, 2, 0)
    assert year.pace.status == "missed"


def test_the_last_day_itself_is_over_when_the_year_is_told_as_of_it(cast, now):
    """One day short at the end of 31 December is not met: the day has no room left."""
    make_result(cast, make_visit(cast, days=2), "accepted")
    rule = YearRule.objects.get(province=cast.province, year=2026)
    rule.required_days = 3
    rule.save()
    (year,) = years_of(rule, Officer.objects.filter(pk=cast.officer.pk), date(2026, 12, 31))
    assert (year.pace.missing, year.pace.status) == (1, "missed")


# --- Who reads it ---------------------------------------------------------------------------------------------------------


READERS = {
    "officer": True,
    "head": True,
    "deputy": True,
    "coordinator": True,
    "results_desk": True,
    "member": True,
    "executive": True,
    "colleague": False,
    "other_officer": False,
    "other_head": False,
    "driver": False,
    "administrator": False,
    "central": False,
    "stranger": False,
    "strange_head": False,
    "strange_member": False,
}


@pytest.mark.parametrize(("who", "reads"), READERS.items())
@pytest.mark.parametrize("name", ["officer-year", "annual-sheet"])
def test_who_reads_an_officers_year(cast, sign_in, who, reads, name):
    make_quarter(cast)
    make_quarter(cast, there=True)
    answer = sign_in(getattr(cast, who)).get(url(cast.officer, name=name))
    assert answer.status_code == (200 if reads else 404)


def test_the_leaders_of_a_department_left_in_the_year_still_read_it(cast, sign_in):
    make_quarter(cast)
    move(cast, date(2026, 7, 1))
    assert sign_in(cast.head).get(url(cast.officer)).status_code == 200
    assert sign_in(cast.other_head).get(url(cast.officer)).status_code == 200


def test_another_reader_does_not_see_a_draft(cast, sign_in):
    make_plan(cast)
    assert page(cast).days_shown == 2
    assert page(cast, reader=cast.head).days_shown == 0


@pytest.mark.parametrize("year", [2025, 1, 99999999999])
def test_a_year_without_rules_is_not_there(cast, sign_in, year):
    make_quarter(cast)
    assert sign_in(cast.officer).get(f"/years/{year}/officers/{cast.officer.pk}/").status_code == 404


@pytest.mark.parametrize("name", ["officer-year", "annual-sheet"])
def test_the_queries_do_not_grow_with_the_visits(cast, now, sign_in, name):
    make_recommendation(cast, make_result(cast, make_visit(cast)), "open")
    now.move_to("2026-01-25T08:00:00+07:00")
    client = sign_in(cast.head)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(cast.officer, name=name)).status_code == 200
        return len(queries)

    asked()
    once = asked()
    for first in (date(2026, 2, 2), date(2026, 2, 9)):
        make_recommendation(cast, make_result(cast, make_visit(cast, first=first)), "open")
    assert asked() == once <= 25


# --- The annual sheet -----------------------------------------------------------------------------------------------------


def move(cast, first, department=None):
    """The officer works in Ban Xây dựng Đoàn from ``first`` on."""
    from datetime import timedelta

    Membership.objects.get(user=cast.officer).leave(first - timedelta(days=1))
    Membership.objects.create(user=cast.officer, department=department or cast.building, valid_from=first)


def test_the_sheet_adds_the_quarters_up(cast, three_days):
    rule = YearRule.objects.get(province=cast.province, year=2026)
    (sheet,) = sheets_of(pk_of(cast.officer), rule, cast.officer)
    assert [q.figures["accepted"] for q in sheet.quarters] == [2, 1, 0, 0]
    assert sheet.totals == {"registered": 5, "approved": 5, "accepted": 3, "adhoc": 0}
    assert (sheet.days, sheet.is_only, sheet.first, sheet.last) == (
        3,
        True,
        date(2026, 1, 1),
        date(2026, 12, 31),
    )


def test_a_transferred_officer_has_a_sheet_for_each_department_with_its_days(cast, now):
    """A visit of three days across the transfer on 1 April: two days with the old department, one with the new."""
    make_result(cast, make_visit(cast, first=date(2026, 3, 30), days=2), "accepted")
    make_result(cast, make_visit(cast, first=date(2026, 4, 20), days=1), "accepted")
    move(cast, date(2026, 3, 31))
    rule = YearRule.objects.get(province=cast.province, year=2026)
    old, new = sheets_of(pk_of(cast.officer), rule, cast.officer)
    assert (old.name, old.first, old.last, old.days) == (
        "Ban Phong trào",
        date(2026, 1, 1),
        date(2026, 3, 30),
        1,
    )
    assert (new.name, new.first, new.last, new.days) == (
        "Ban Xây dựng Đoàn",
        date(2026, 3, 31),
        date(2026, 12, 31),
        2,
    )
    assert [v.accepted for q in old.quarters for v in q.visits] == [1]
    assert [v.accepted for q in new.quarters for v in q.visits] == [1, 1]
    assert old.year.pace.accepted == new.year.pace.accepted == 3


def test_the_page_chooses_a_department(cast, now, sign_in):
    make_quarter(cast)
    move(cast, date(2026, 7, 1))
    client = sign_in(cast.officer)
    both = client.get(url(cast.officer, name="annual-sheet")).content.decode()
    assert both.count('<article class="sheet"') == 2
    one = client.get(
        url(cast.officer, name="annual-sheet"), {"department": cast.building.pk}
    ).content.decode()
    assert one.count('<article class="sheet"') == 1
    assert "TRƯỞNG BAN" in one
    for nonsense in ("0", "x", str(cast.other_department.pk), "9" * 30, "\0"):
        assert client.get(url(cast.officer, name="annual-sheet"), {"department": nonsense}).status_code == 404


def test_the_sheet_tells_what_was_not_carried_out_what_was_ad_hoc_and_what_was_recommended(
    cast, now, sign_in, english
):
    planned = make_visit(cast, days=1)
    make_recommendation(cast, make_result(cast, planned), "settled", text="Cấp kinh phí tập huấn")
    now.move_to("2026-02-02T08:00:00+07:00")
    adhoc = make_adhoc(cast, state="consented", first=date(2026, 2, 3)).visit
    make_result(cast, adhoc, "accepted")
    dropped = make_adhoc(
        cast,
        state="consented",
        first=date(2026, 2, 9),
        unit=make_unit(cast, "Xã đoàn Bình Yên", level="commune"),
    ).visit
    now.move_to("2026-02-10T08:00:00+07:00")
    dropped.perform("close", by=cast.officer, comment="Sạt lở đường", variance="weather")
    make_quarter_report(cast, state="submitted")
    rule = YearRule.objects.get(province=cast.province, year=2026)
    (sheet,) = sheets_of(pk_of(cast.officer), rule, cast.head)
    assert [v.visit.pk for v in sheet.adhoc] == [adhoc.pk]
    ((entry, reason),) = sheet.not_done
    assert entry.visit.pk == dropped.pk
    assert reason.endswith(": Sạt lở đường")
    assert [r.text for r in sheet.recommendations] == ["Cấp kinh phí tập huấn"]
    assert sheet.quarters[0].assessment == "Hoàn thành kế hoạch quý"
    assert (sheet.days, sheet.totals["adhoc"]) == (2, 1)
    text = sign_in(cast.head).get(url(cast.officer, name="annual-sheet")).content.decode()
    assert "PHIẾU TỔNG HỢP ĐI CƠ SỞ NĂM 2026" in text  # Vietnamese on an English screen
    assert "Sạt lở đường" in text


def test_what_was_said_of_a_quarter_without_visits_stands_under_that_quarter(cast, now, sign_in):
    make_result(cast, make_visit(cast), "accepted")
    now.move_to("2026-06-20T09:00:00+07:00")
    make_quarter_report(cast, quarter=make_quarter(cast, 2026, 2), state="accepted")
    text = sign_in(cast.officer).get(url(cast.officer, name="annual-sheet")).content.decode()
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
    assert "Quý II Không có. Tự đánh giá quý II: Hoàn thành kế hoạch quý" in said


def test_who_owes_nothing_is_not_measured_against_nothing(cast, now, sign_in):
    """Exempt for the whole year, by a decision whose number the papers name; the reason only repeats the kind."""
    make_result(cast, make_visit(cast), "accepted")
    Exemption.objects.create(
        officer=cast.officer,
        kind="maternity",
        reason="Nghỉ thai sản",
        decision="QĐ 12-QĐ/TĐTN ngày 03/01/2026",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
    )
    now.move_to("2026-02-20T09:00:00+07:00")
    text = sign_in(cast.officer).get(url(cast.officer, name="annual-sheet")).content.decode()
    assert "<b>0 ngày – Miễn, không phải đi ngày nào</b>" in text
    assert "31/12/2026: Nghỉ thai sản, QĐ 12-QĐ/TĐTN ngày 03/01/2026 (365 ngày)" in text


def test_a_quarter_report_that_is_a_draft_is_not_on_the_sheet(cast, now):
    make_visit(cast)
    make_quarter_report(cast)
    rule = YearRule.objects.get(province=cast.province, year=2026)
    (sheet,) = sheets_of(pk_of(cast.officer), rule, cast.officer)
    assert sheet.quarters[0].assessment == ""
