"""Steps 4-7 of the board: what a cell says, to whom it leads, when it is late."""

from datetime import date

import pytest

from accounts import clock
from accounts.models import Department, Membership, Role, RoleGrant, User
from fieldvisits.models import Exemption, Visit
from fieldvisits.pages.steps import boards_of, seven_steps

from ..cast import SINCE
from ..factories import (
    make_adhoc,
    make_annual_report,
    make_change,
    make_department_report,
    make_notice,
    make_quarter,
    make_quarter_report,
    make_result,
    make_unit,
    make_visit,
)

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def quarter(cast, now):
    """Quarter I/2026 on 20 February; in the movement department only ``officer`` and ``colleague`` are in scope."""
    quarter = make_quarter(cast)
    for person in (cast.head, cast.deputy):
        Exemption.objects.create(
            officer=person,
            kind="study",
            reason="Học",
            decision="1",
            valid_from=SINCE,
            valid_to=date(2026, 12, 31),
        )
    now.move_to("2026-02-20T09:00:00+07:00")
    return quarter


def cell(cast, quarter, step, who="coordinator"):
    board = seven_steps(quarter, User.objects.get(pk=getattr(cast, who).pk))
    return board.cell(cast.movement.pk, step)


def facts(found):
    return found.status, found.word, found.count, found.late, found.with_whom, found.holder, found.note


# --- Step 4 -------------------------------------------------------------------------------------------------------------------


def test_visits_carried_out_of_those_approved(cast, quarter):
    make_visit(cast, first=date(2026, 3, 3))
    assert facts(cell(cast, quarter, 4)) == ("current", "Still to come", "0/1 carried out", 0, "", "", "")
    make_result(cast, make_visit(cast), "submitted")
    assert facts(cell(cast, quarter, 4)) == ("current", "Running", "1/2 carried out", 0, "", "", "")


def test_all_carried_out_and_one_given_up(cast, quarter):
    make_result(cast, make_visit(cast), "accepted")
    assert facts(cell(cast, quarter, 4))[:3] == ("done", "All carried out", "1/1 carried out")
    gone = make_visit(cast, first=date(2026, 2, 5))
    gone.perform("close", by=cast.officer, comment="Mưa", variance="weather")
    found = cell(cast, quarter, 4)
    assert facts(found) == ("done", "Closed", "1/2 carried out", 0, "", "", "1 not carried out")
    assert found.url == f"/quarters/2026/1/visits/?department={cast.movement.pk}&show=decided"


def test_requests_wait_with_the_leaders_then_with_the_committee(cast, quarter, now):
    make_visit(cast, first=date(2026, 3, 3))
    request = make_adhoc(cast)
    found = cell(cast, quarter, 4)
    leaders = (
        "current",
        "Waits for consent",
        "0/1 carried out",
        0,
        "leaders",
        "Department leaders",
        "1 request waits",
    )
    assert facts(found) == leaders
    assert (found.since, found.may_be_reminded) == (date(2026, 2, 20), True)
    request.perform("endorse", by=cast.head)
    now.move_to("2026-02-24T09:00:00+07:00")  # it began on the 21st
    found = cell(cast, quarter, 4)
    assert (found.with_whom, found.holder, found.late) == ("committee", "Standing Committee", 3)


def test_a_confirmation_turns_red_after_its_days(cast, quarter, now):
    make_adhoc(cast, state="to_confirm")
    now.move_to("2026-02-23T23:00:00+07:00")
    assert cell(cast, quarter, 4).late == 0
    now.move_to("2026-02-24T01:00:00+07:00")
    assert cell(cast, quarter, 4).late == 1


def test_a_change_that_waits_is_counted(cast, quarter):
    make_change(cast, make_visit(cast, first=date(2026, 3, 3)), "forwarded")
    assert (cell(cast, quarter, 4).with_whom, cell(cast, quarter, 4).note) == ("committee", "1 request waits")


# --- Step 5 -------------------------------------------------------------------------------------------------------------------


def test_units_told_and_answered(cast, quarter):
    visit = make_visit(cast, first=date(2026, 3, 3))
    leaders = ("leaders", "Department leaders")
    assert facts(cell(cast, quarter, 5)) == ("current", "Not told yet", "0/1 units told", 0, *leaders, "")
    notice = make_notice(cast, visit)
    assert facts(cell(cast, quarter, 5))[:3] == ("current", "Not told yet", "0/1 units told")  # not sent
    notice.mark_sent(by=cast.head.powers, on=clock.today(), how="chat")
    found = cell(cast, quarter, 5)
    assert facts(found) == ("done", "All units told", "1/1 units told", 0, "", "", "")
    assert found.url == f"/quarters/2026/1/departments/{cast.movement.pk}/notices/"
    line = notice.lines.get()
    notice.record_answer(line, "agreed", by=cast.head.powers, how="phone")
    assert cell(cast, quarter, 5).note == "1 answered"
    notice.record_answer(line, "other_date", by=cast.head.powers, how="phone", starts=date(2026, 3, 9))
    found = cell(cast, quarter, 5)
    again = ("returned", "To be arranged again", "1/1 units told", 0, *leaders, "1 answered · 1 other date")
    assert facts(found) == again


def test_one_of_two_units_told(cast, quarter):
    notice = make_notice(cast, make_visit(cast, first=date(2026, 3, 3)))
    notice.mark_sent(by=cast.head.powers, on=clock.today(), how="chat")
    make_visit(cast, first=date(2026, 3, 10), unit=make_unit(cast, "Huyện đoàn Võ Nhai"))
    assert facts(cell(cast, quarter, 5))[:3] == ("current", "Being told", "1/2 units told")


def test_a_visit_that_is_over_is_no_longer_announced(cast, quarter):
    make_visit(cast)
    assert facts(cell(cast, quarter, 5)) == (
        "missed",
        "Not announced",
        "",
        0,
        "",
        "",
        "1 visit not announced",
    )


# --- Step 6 -------------------------------------------------------------------------------------------------------------------


def test_results_owed_and_late(cast, quarter):
    make_visit(cast, first=date(2026, 2, 5))  # over on the 6th, due on the 16th
    found = cell(cast, quarter, 6)
    assert facts(found) == ("current", "Being reported", "0/1 accepted", 4, "officers", "Nguyễn Văn An", "")
    assert found.url == f"/quarters/2026/1/results/?department={cast.movement.pk}"
    assert cell(cast, quarter, 6, "officer").holder == "1 officer"
    assert cell(cast, quarter, 6, "other_head").holder == "1 officer"


def test_results_to_accept_wait_with_the_leaders(cast, quarter):
    make_result(cast, make_visit(cast), "submitted")
    found = cell(cast, quarter, 6)
    assert facts(found) == (
        "current",
        "Results to accept",
        "0/1 accepted",
        0,
        "leaders",
        "Department leaders",
        "",
    )


def test_after_the_quarter_the_reports_are_owed(cast, quarter, now):
    make_result(cast, make_visit(cast), "accepted")
    now.move_to("2026-04-07T09:00:00+07:00")
    found = cell(cast, quarter, 6)
    assert facts(found) == (
        "current",
        "Department report to come",
        "1/1 accepted",
        2,
        "officers",
        "Nguyễn Văn An, Trần Thị Bình",
        "0/2 quarter reports accepted",
    )
    for person in (cast.officer, cast.colleague):
        make_quarter_report(cast, person, state="accepted")
    assert cell(cast, quarter, 6).with_whom == "leaders"
    report = make_department_report(cast, "sent")
    found = cell(cast, quarter, 6)
    assert (found.word, found.with_whom, found.late) == ("Sent to the results desk", "results", 0)
    assert found.url == f"/department-reports/{report.pk}/"
    assert cell(cast, quarter, 6, "officer").url.startswith("/quarters/2026/1/results/")
    report.perform("forward", by=cast.results_desk)
    assert cell(cast, quarter, 6).with_whom == "committee"
    report.perform("note", by=cast.member)
    assert facts(cell(cast, quarter, 6))[:3] == ("done", "Taken note of", "1/1 accepted")


def test_nobody_is_late_in_a_suspended_quarter(cast, quarter, now):
    make_visit(cast, first=date(2026, 2, 5))
    make_adhoc(cast)
    quarter.perform("suspend", by=cast.coordinator, comment="Covid-19")
    now.move_to("2026-05-01T09:00:00+07:00")
    for step in (4, 5, 6):
        found = cell(cast, quarter, step)
        assert (found.late, found.may_be_reminded) == (0, False), step


# --- Step 7 -------------------------------------------------------------------------------------------------------------------


YEARS_REPORTS = "/years/2026/#reports-title"


def test_the_years_report_is_one_cell_for_everybody(cast, quarter, now):
    now.move_to("2026-12-05T09:00:00+07:00")
    board = seven_steps(quarter, cast.coordinator)
    assert (board.year.status, board.year.word, board.year.url) == ("none", "Not started", YEARS_REPORTS)
    report = make_annual_report(cast, "submitted")
    board = seven_steps(quarter, cast.coordinator)
    assert board.year.note == "Provisional report: Submitted to the Standing Committee"
    assert {row.cells[6] for row in board.rows} == {board.year}
    assert (board.totals[6].status, board.totals[6].url) == ("current", report.get_absolute_url())


# --- The whole ----------------------------------------------------------------------------------------------------------------


def test_the_totals_count_visits_units_and_results(cast, quarter):
    make_result(cast, make_visit(cast), "accepted")
    make_visit(cast, cast.other_officer, first=date(2026, 2, 5))
    notice = make_notice(cast, make_visit(cast, first=date(2026, 3, 3)))
    notice.mark_sent(by=cast.head.powers, on=clock.today(), how="chat")
    *_earlier, four, five, six, _seven = seven_steps(quarter, cast.coordinator).totals
    assert (four.count, four.status) == ("1/3 visits", "current")
    assert (five.count, five.status) == ("1/1 units", "done")
    assert (six.count, six.status, six.word) == ("1/2 results", "late", "1 overdue")


def test_the_coordinator_reminds_of_step_6(cast, quarter, sign_in):
    make_visit(cast, first=date(2026, 2, 5))
    client = sign_in(cast.coordinator)
    data = {"department": cast.movement.pk, "step": 6, "text": "Đề nghị báo cáo"}
    assert client.post("/quarters/2026/1/nudge/", data).status_code == 302
    assert cell(cast, quarter, 6).reminded
    assert client.post("/quarters/2026/1/nudge/", data | {"step": 7}).status_code == 422


def test_every_link_of_the_later_steps_opens(cast, quarter, sign_in):
    make_result(cast, make_visit(cast), "accepted")
    make_notice(cast, make_visit(cast, first=date(2026, 3, 3)))
    make_department_report(cast, "sent")
    for who in ("officer", "head", "other_head", "coordinator", "results_desk", "member", "executive"):
        client = sign_in(getattr(cast, who))
        for row in seven_steps(quarter, User.objects.get(pk=getattr(cast, who).pk)).rows:
            for url in {found.url for found in row.cells[3:] if found.url}:
                assert client.get(url).status_code == 200, (who, url)


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_as_often_for_one_department_as_for_three(
    cast, quarter, number, sign_in, django_assert_num_queries
):
    make_visit(cast)
    for n in range(number):
        there = Department.objects.create(
            province=cast.province, code=f"b{n}", name=f"Ban {n}", valid_from=SINCE
        )
        user = User.objects.create_user(f"u{n}", full_name=f"Lê Văn {n}", province=cast.province)
        Membership.objects.create(user=user, department=there, valid_from=SINCE)
        RoleGrant.objects.create(user=user, role=Role.OFFICER, province=cast.province, valid_from=SINCE)
        make_quarter_report(cast, user, state="submitted")
        make_adhoc(cast, user)
    client = sign_in(cast.coordinator)
    client.get("/quarters/2026/1/")
    with django_assert_num_queries(BOARD_QUERIES):
        response = client.get("/quarters/2026/1/")
    assert len(response.context["board"].rows) == 2 + number


#: The session and its device (7), powers (4), the quarter, its rule, the frame, the board (7), the quarter's history.
BOARD_QUERIES = 16


def test_the_totals_count_the_papers_that_are_overdue(cast, quarter):
    for first in (date(2026, 2, 3), date(2026, 2, 5)):
        make_visit(cast, first=first)
    six = seven_steps(quarter, cast.coordinator).totals[5]
    assert (six.count, six.late, six.word) == ("0/2 results", 2, "2 overdue")


def test_what_is_overdue_is_named_where_the_number_beside_it_counts_other_papers(cast, quarter, now):
    make_result(cast, make_visit(cast), "accepted")
    make_adhoc(cast, state="endorsed")
    now.move_to("2026-04-07T09:00:00+07:00")
    _one, _two, _three, four, _five, six, _seven = seven_steps(quarter, cast.coordinator).totals
    assert (four.count, four.word) == ("1/1 visits", "1 consent overdue")
    assert (six.count, six.word) == ("1/1 results", "2 department reports overdue")


def test_the_count_of_visits_leads_to_all_that_it_counts(cast, quarter, sign_in):
    make_result(cast, make_visit(cast), "accepted")
    given_up = make_visit(cast, cast.colleague, first=date(2026, 2, 5))
    given_up.perform("close", by=cast.colleague, comment="Dịch", variance="epidemic")
    four = cell(cast, quarter, 4)
    assert four.count == "1/2 carried out"
    page = sign_in(cast.coordinator).get(four.url)
    assert {v.pk for v in page.context["page"]} == set(Visit.objects.values_list("pk", flat=True))


def test_several_boards_are_read_with_the_questions_of_one(cast, quarter, django_assert_num_queries):
    later = make_quarter(cast, number=2)
    make_visit(cast)
    reader = User.objects.get(pk=cast.coordinator.pk)
    assert reader.powers.holdings
    each = [seven_steps(one, reader, reminders=False) for one in (later, quarter)]
    with django_assert_num_queries(6):
        assert boards_of([later, quarter], reader, reminders=False) == each


def test_home_shows_the_quarter_before_until_its_results_are_in(cast, quarter, now, sign_in):
    make_result(cast, make_visit(cast), "accepted")
    make_quarter(cast, number=2)
    report = make_department_report(cast, "forwarded")
    now.move_to("2026-04-03T09:00:00+07:00")
    client = sign_in(cast.coordinator)
    shown = client.get("/").context["boards"]
    assert [b.quarter.number for b in shown] == [2, 1]
    Department.objects.exclude(pk=cast.movement.pk).update(valid_to=date(2025, 12, 31))
    Membership.objects.exclude(department=cast.movement).update(valid_to=date(2025, 12, 31))
    report.perform("note", by=cast.member)
    assert [b.quarter.number for b in client.get("/").context["boards"]] == [2]
