"""What each kind of days means, in literal numbers: what stays registered and approved, and what can still come."""

from datetime import date

import pytest

from fieldvisits.models import Officer, OfficerPlan, Visit, years_of

from ..factories import (
    close_meeting,
    make_adhoc,
    make_change,
    make_department_plan,
    make_meeting,
    make_plan,
    make_result,
    make_visit,
)
from .test_quota_in_days import days_that_count, exempt, kinds, rule_of, year_of

# -- registered and approved stay what they were ------------------------------------------------------------------------------


def test_what_a_meeting_refuses_was_registered(cast):
    """Two lines of two days each: one agreed, one not agreed; the percentage is under 100."""
    paper = make_department_plan(cast, "forwarded", lines=2)
    decision = make_meeting(cast, paper.quarter)
    _first, second = Visit.objects.order_by("starts")
    decision.decide_line(second, "strike", by=cast.member.powers, reason="Trùng đại hội")
    decision.agree_to_rest(paper, by=cast.member.powers)
    assert kinds(cast) == {"registered": 4}
    close_meeting(decision, cast.member)
    second.refresh_from_db()
    assert second.state == "refused"
    assert kinds(cast) == {"registered": 4, "approved": 2, "ahead": 2}
    # what is left to register is told from what stands: the next meeting reads 2 of 60
    mine = Officer.objects.filter(pk=cast.officer.pk).with_days(paper.quarter.rule)
    assert mine.with_standing(paper.quarter.rule).get().standing == 2


def test_a_plan_refused_as_a_whole_was_registered(cast):
    paper = make_department_plan(cast, "forwarded", lines=1)
    decision = make_meeting(cast, paper.quarter)
    decision.decide_line(Visit.objects.get(), "strike", by=cast.member.powers, reason="Trùng đại hội")
    close_meeting(decision, cast.member)
    assert OfficerPlan.objects.get().state == "rejected"
    assert kinds(cast) == {"registered": 2}


def test_a_struck_line_was_registered_while_its_plan_is_out_of_the_officers_hands(cast):
    plan = make_plan(cast, state="submitted", lines=2)
    first = plan.lines.order_by("starts").first()
    first.perform("strike", by=cast.head, comment="Không cần thiết")
    assert kinds(cast) == {"registered": 4}
    plan.perform("return", by=cast.head, comment="Làm lại")
    assert kinds(cast) == {}


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("submitted", {"registered": 1}),
        ("returned", {}),
        ("endorsed", {"registered": 1}),
        ("consented", {"registered": 1, "approved": 1, "ahead": 1}),
        ("refused", {"registered": 1}),
        ("withdrawn", {}),
    ],
)
def test_an_ad_hoc_visit_is_registered_once_asked_for_and_not_withdrawn(cast, state, found):
    make_adhoc(cast, state=state)
    assert kinds(cast) == found


def test_an_ad_hoc_visit_cancelled_after_consent_was_approved(cast):
    request = make_adhoc(cast, state="consented", first=date(2026, 1, 20))
    make_change(cast, request.visit, "granted", kind="cancel", starts=None, ends=None, unit=None)
    assert Visit.objects.get().state == "cancelled"
    assert kinds(cast) == {"registered": 1, "approved": 1}


# -- what can still come ----------------------------------------------------------------------------------------------------


def test_days_of_an_exemption_are_neither_ahead_nor_waiting(cast, now):
    """20 to 23 January; ill from the 22nd on."""
    make_visit(cast, days=4)
    exempt(cast, date(2026, 1, 22), date(2026, 12, 31))
    assert kinds(cast) == {"registered": 4, "approved": 4, "ahead": 2}
    assert year_of(cast).pace.projection == 2
    now.move_to("2026-01-25T09:00:00+07:00")
    assert kinds(cast) == {"registered": 4, "approved": 4, "waiting": 2}
    (then,) = years_of(rule_of(cast), Officer.objects.filter(pk=cast.officer.pk), date(2026, 1, 20))
    assert (then.figures["waiting"], then.figures["ahead"]) == (1, 1)


def test_an_exemption_by_a_named_number_of_days_leaves_all_days_ahead(cast):
    make_visit(cast, days=4)
    exempt(cast, date(2026, 1, 1), date(2026, 12, 31), days=20)
    assert year_of(cast).figures["ahead"] == 4


def test_the_running_total_leaves_days_of_an_exemption_out(cast):
    visit = make_visit(cast, days=4)
    exempt(cast, date(2026, 1, 22), date(2026, 12, 31))
    found = Officer.objects.get(pk=cast.officer.pk).balance(rule_of(cast), visit.plan)
    assert (found.this_quarter, found.approved_ahead) == (2, 2)


def test_a_second_visit_on_counted_dates_waits_for_nothing(cast, now):
    first, _second = make_visit(cast), make_visit(cast)
    make_result(cast, first, "accepted")
    now.move_to("2026-01-25T09:00:00+07:00")
    assert kinds(cast) == {"registered": 2, "approved": 2, "done": 2, "accepted": 2}
    now.move_to("2027-01-02T09:00:00+07:00")
    found = year_of(cast)
    assert (found.pace.status, found.figures["waiting"]) == ("missed", 0)


def test_today_counted_already_is_not_ahead(cast, now):
    first, _second = make_visit(cast, days=1), make_visit(cast, days=1)
    make_result(cast, first, "accepted", on=date(2026, 1, 20))
    now.move_to("2026-01-20T18:00:00+07:00")
    found = year_of(cast)
    assert (found.figures["accepted"], found.figures["ahead"], found.pace.projection) == (1, 0, 1)


@pytest.mark.parametrize(
    ("day", "state", "status"),
    [
        ("2027-01-10", "draft", "at_risk"),  # the last day to report a visit of 31 December
        ("2027-01-11", "draft", "missed"),
        ("2027-01-11", "returned", "missed"),
        ("2027-01-11", "submitted", "at_risk"),  # it lies with the head
        ("2029-06-01", "draft", "missed"),
    ],
)
def test_what_was_never_reported_is_given_up_ten_days_after_the_year(cast, now, day, state, status):
    days_that_count(cast, date(2026, 3, 1), 58)
    make_result(cast, make_visit(cast, first=date(2026, 12, 29)), state)
    now.move_to(f"{day}T09:00:00+07:00")
    found = year_of(cast)
    assert (found.pace.status, found.figures["waiting"], found.pace.missing) == (status, 2, 2)


def test_of_the_day_itself_nothing_lies_ahead_any_more(cast, now):
    """Asked in February for 20 January, the one day of the visit: it waits for its result."""
    make_visit(cast, days=1)
    now.move_to("2026-02-01T09:00:00+07:00")
    (then,) = years_of(rule_of(cast), Officer.objects.filter(pk=cast.officer.pk), date(2026, 1, 20))
    assert (then.figures["ahead"], then.figures["waiting"]) == (0, 1)


def test_a_day_that_counts_today_is_not_left_as_well(cast, now):
    """The last day of the year: one day of two, reported and accepted in the evening, leaves none."""
    visit = make_visit(cast, first=date(2026, 12, 31), days=1)
    now.move_to("2026-12-31T19:00:00+07:00")
    assert year_of(cast).pace.left_days == 1
    make_result(cast, visit, "accepted", on=date(2026, 12, 31))
    seen = year_of(cast).pace
    assert (seen.accepted, seen.left_days, seen.status) == (1, 0, "missed")
