"""The page of the year: how officers stand, and what becomes of the reports."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fieldvisits.models import Exemption, YearRule
from reports.dashboards import year_board
from tests.factories import make_annual_report, make_quarter, make_result, make_visit


def rule_of(cast, year=2026):
    return YearRule.objects.select_related("province").get(province=cast.province, year=year)


def names(board):
    return [line.year.officer.full_name for group in board.groups for line in group.lines]


@pytest.mark.parametrize(
    ("who", "number"),
    [
        ("officer", 1),
        ("head", 4),
        ("deputy", 4),
        ("other_head", 6),
        ("coordinator", 10),
        ("results_desk", 10),
        ("member", 10),
        ("executive", 10),
        ("driver", 0),
    ],
)
def test_whose_rows_one_sees(cast, who, number):
    make_quarter(cast)
    assert year_board(rule_of(cast), getattr(cast, who)).number == number


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("officer", 200),
        ("executive", 200),
        ("driver", 200),
        ("administrator", 404),
        ("central", 404),
        ("stranger", 404),
    ],
)
def test_who_opens_the_page(cast, sign_in, who, status):
    make_quarter(cast)
    assert sign_in(getattr(cast, who)).get(reverse("year", args=[2026])).status_code == status


def test_the_numbers_lead_to_their_rows(cast, now):
    """One has met a reduced quota of two days, one is exempt, eight have nothing by 1 July."""
    make_result(cast, make_visit(cast), "accepted")
    for officer, days in ((cast.officer, 2), (cast.colleague, 0)):
        Exemption.objects.create(
            officer=officer,
            kind="other",
            reason="Biệt phái",
            decision="QĐ 1",
            days=days,
            valid_from=date(2026, 1, 1),
            valid_to=date(2026, 12, 31),
        )
    now.move_to("2026-07-01T09:00:00+07:00")
    board = year_board(rule_of(cast), cast.member)
    assert {c.key: c.number for c in board.counters} == {
        "met": 1,
        "on_pace": 0,
        "at_risk": 8,
        "missed": 0,
        "exempt": 1,
    }
    assert names(year_board(rule_of(cast), cast.member, "met")) == ["Nguyễn Văn An"]
    assert names(year_board(rule_of(cast), cast.member, "exempt")) == ["Trần Thị Bình"]
    assert year_board(rule_of(cast), cast.member, "nonsense").shown == 10


def test_departments_come_in_their_order_and_officers_by_given_name(cast):
    make_quarter(cast)
    board = year_board(rule_of(cast), cast.member)
    assert [str(group.department) for group in board.groups] == ["Ban Xây dựng Đoàn", "Ban Phong trào"]
    assert names(board)[:2] == ["Đỗ Thị Giang", "Hoàng Văn Hải"]
    assert [(group.accepted, group.owed) for group in board.groups] == [(0, 360), (0, 240)]


def test_an_officer_is_shown_no_report(cast):
    make_annual_report(cast, "sent")
    assert year_board(rule_of(cast), cast.officer).cards == ()


def test_the_cards_say_what_to_do_next(cast, now, in_english):
    make_quarter(cast)
    now.move_to("2026-12-02T09:00:00+07:00")
    provisional, final = year_board(rule_of(cast), cast.coordinator).cards
    assert (provisional.may_start, provisional.due, provisional.late) == (True, date(2026, 11, 30), 2)
    assert (final.may_start, final.due, final.late) == (True, date(2026, 12, 31), 0)
    make_annual_report(cast, "submitted")
    card = year_board(rule_of(cast), cast.member).cards[0]
    assert card.next_step == "It waits for your decision: approve it, or return it with a comment."
    assert not card.may_start
    assert year_board(rule_of(cast), cast.executive).cards[0].report is None


def test_a_provisional_report_is_not_late_once_the_final_one_is_sent(cast, now):
    now.move_to("2026-11-30T09:00:00+07:00")
    make_annual_report(cast, "approved")
    now.move_to("2027-01-10T09:00:00+07:00")
    assert [card.late for card in year_board(rule_of(cast), cast.member).cards] == [41, 10]
    make_annual_report(cast, "sent", "final")
    assert [card.late for card in year_board(rule_of(cast), cast.member).cards] == [0, 0]


def test_the_page_leads_to_the_years_beside_it(cast, sign_in):
    make_quarter(cast, 2025)
    make_quarter(cast, 2026)
    text = sign_in(cast.member).get(reverse("year", args=[2026])).content.decode()
    assert reverse("year", args=[2025]) in text
    assert reverse("year", args=[2027]) not in text


def test_years_without_a_rule_are_stepped_over(cast, sign_in):
    for year in (2021, 2026, 2030):
        make_quarter(cast, year)
    text = sign_in(cast.member).get(reverse("year", args=[2026])).content.decode()
    assert reverse("year", args=[2021]) in text
    assert reverse("year", args=[2030]) in text


def test_the_approved_report_is_one_click_away_the_final_one_first(cast, now, sign_in):
    make_quarter(cast)
    assert year_board(rule_of(cast), cast.member).paper is None
    provisional = make_annual_report(cast, "approved")
    assert year_board(rule_of(cast), cast.member).paper == provisional
    now.move_to("2027-01-05T08:00:00+07:00")
    final = make_annual_report(cast, "submitted", "final")
    assert year_board(rule_of(cast), cast.member).paper == provisional
    final.perform("approve", by=cast.member)
    text = sign_in(cast.member).get(reverse("year", args=[2026])).content.decode()
    head = text[text.index("page-head") : text.index("standings")]
    assert reverse("annual-report-paper", args=[final.pk]) in head
    assert reverse("annual-report-workbook", args=[provisional.pk]) in text


def test_numbers_from_a_thousand_on_are_written_with_a_point(cast, sign_in):
    make_quarter(cast)
    YearRule.objects.filter(province=cast.province).update(required_days=150)
    text = sign_in(cast.member).get(reverse("year", args=[2026])).content.decode()
    assert "0/1.500" in text


def test_the_queries_do_not_grow_with_the_officers(cast, now, sign_in):
    make_result(cast, make_visit(cast), "accepted")
    client = sign_in(cast.member)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("year", args=[2026])).status_code == 200
        return len(queries)

    asked()
    once = asked()
    for officer in (cast.colleague, cast.head):
        make_result(cast, make_visit(cast, officer), "accepted")
    make_annual_report(cast, "draft")
    make_annual_report(cast, "draft", version="final")
    assert asked() == once <= 25
