"""The quota in literal numbers, through the database: what ``years_of`` says after days were really planned, reported, accepted.

2026 asks for 60 days in 365. Where many days are wanted and how they came about is not the point, their rows are written
directly (``days_that_count``); whatever is the point runs through the papers.
"""

from datetime import date, timedelta

import pytest

from accounts.models import Membership
from fieldvisits.models import (
    Exemption,
    HostUnit,
    NotCounted,
    Officer,
    Visit,
    VisitDay,
    YearRule,
    day_figures,
    tally,
    years_of,
)

from ..factories import make_adhoc, make_change, make_quarter, make_result, make_unit, make_visit

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def rule_of(cast, year=2026):
    make_quarter(cast, year)
    return YearRule.objects.get(province=cast.province, year=year)


def year_of(cast, officer=None, year=2026):
    """The officer's year as the pages get it."""
    who = Officer.objects.filter(pk=(officer or cast.officer).pk)
    return years_of(rule_of(cast, year), who)[0]


def days_that_count(cast, first, number, officer=None, unit=None):
    """``number`` counted days in a row from ``first``: rows written directly, without plan, result or acceptance."""
    officer = officer or cast.officer
    unit = unit or HostUnit.objects.first() or make_unit(cast)
    quarter = make_quarter(cast, first.year, (first.month + 2) // 3)
    last = first + timedelta(days=number - 1)
    place = officer.memberships.order_by("-valid_from").first().department
    visit = Visit.objects.create(
        quarter=quarter,
        officer=officer,
        department=place,
        state="approved",
        starts=first,
        ends=last,
        unit=unit,
        group=1,
        content="Khảo sát",
    )
    VisitDay.objects.bulk_create(
        VisitDay(visit=visit, officer=officer, date=first + timedelta(days=n), present=True, counted=True)
        for n in range(number)
    )
    return visit


def reasons(visit):
    """{day of the month: why it does not count, or nothing}."""
    return {d.date.day: d.not_counted for d in visit.days.order_by("date")}


def kinds(cast, officer=None, year=2026):
    return {k: v for k, v in year_of(cast, officer, year).figures.items() if v}


# -- nothing, exactly, one more ---------------------------------------------------------------------------------------------


def test_nothing_yet(cast):
    found = year_of(cast)
    assert (found.target.days, found.pace.accepted, found.pace.missing, found.pace.percent) == (60, 0, 60, 0)
    assert set(found.figures.values()) == {0}
    assert found.pace.status == "on_pace"  # 60 × 3 ÷ 365 is none yet


def test_nothing_at_the_years_end(cast, now):
    rule_of(cast)
    now.move_to("2026-12-31T09:00:00+07:00")
    assert year_of(cast).pace.status == "missed"


@pytest.mark.parametrize(
    ("days", "status", "missing", "percent"),
    [(59, "missed", 1, 98), (60, "met", 0, 100), (61, "exceeded", 0, 101)],
)
def test_the_last_day_decides(cast, now, days, status, missing, percent):
    days_that_count(cast, date(2026, 3, 1), days)
    now.move_to("2027-01-02T09:00:00+07:00")
    found = year_of(cast)
    assert (found.figures["accepted"], found.pace.status, found.pace.missing, found.pace.percent) == (
        days,
        status,
        missing,
        percent,
    )


def test_the_sixtieth_day_is_reported_and_accepted(cast, now):
    days_that_count(cast, date(2026, 3, 1), 59)
    result = make_result(cast, make_visit(cast, days=1), "submitted")
    now.move_to("2026-06-01T09:00:00+07:00")
    before = year_of(cast)
    result.perform("accept", by=cast.head)
    after = year_of(cast)
    assert (before.pace.accepted, before.figures["waiting"], before.pace.status) == (59, 1, "on_pace")
    assert (after.pace.accepted, after.figures["waiting"], after.pace.status) == (60, 0, "met")


def test_the_kinds_of_figures_are_never_mixed(cast, now):
    visit = make_visit(cast, days=3)
    assert kinds(cast) == {"registered": 3, "approved": 3, "ahead": 3}
    result = make_result(cast, visit)
    now.move_to("2026-01-23T09:00:00+07:00")
    assert kinds(cast) == {"registered": 3, "approved": 3, "waiting": 3}
    result.write(by=cast.officer.powers, days=[date(2026, 1, 20), date(2026, 1, 22)])
    result.perform("submit", by=cast.officer)
    assert kinds(cast) == {"registered": 3, "approved": 3, "done": 2, "waiting": 3, "submitted": 2}
    result.perform("accept", by=cast.head)
    assert kinds(cast) == {"registered": 3, "approved": 3, "done": 2, "accepted": 2}
    visit.days.filter(date=date(2026, 1, 20)).update(confirmed=True)
    visit.days.filter(date=date(2026, 1, 21)).update(confirmed=True)  # the unit says so, the officer does not
    assert kinds(cast) == {"registered": 3, "approved": 3, "done": 2, "accepted": 2, "confirmed": 1}


def test_an_ad_hoc_visit_counts_and_is_told_apart(cast, now):
    request = make_adhoc(cast, state="consented", first=date(2026, 1, 5))
    result = make_result(cast, request.visit, "accepted")
    assert result.state == "accepted"
    now.move_to("2026-01-07T09:00:00+07:00")
    assert kinds(cast) == {"registered": 1, "approved": 1, "done": 1, "accepted": 1, "adhoc": 1}


def test_an_ad_hoc_visit_without_consent_is_only_registered(cast):
    make_adhoc(cast, first=date(2026, 1, 5))
    assert kinds(cast) == {"registered": 1}


# -- two visits on one date -------------------------------------------------------------------------------------------------


def test_two_visits_on_one_date_are_one_day(cast, now):
    first, second = make_visit(cast, days=2), make_visit(cast, first=date(2026, 1, 21), days=2)
    for visit in (first, second):
        make_result(cast, visit, "accepted")
    assert reasons(first) == {20: "", 21: ""}
    assert reasons(second) == {21: NotCounted.TWICE, 22: ""}
    now.move_to("2026-01-25T09:00:00+07:00")
    assert kinds(cast) == {"registered": 3, "approved": 3, "done": 3, "accepted": 3, "adhoc": 1}


def test_the_other_visits_day_moves_up_when_an_acceptance_is_taken_back(cast, now):
    first, second = make_visit(cast, days=1), make_visit(cast, first=date(2026, 1, 20), days=1)
    taken = make_result(cast, first, "accepted")
    make_result(cast, second, "accepted")
    assert (reasons(first), reasons(second)) == ({20: ""}, {20: "twice"})
    now.move_to("2026-01-25T09:00:00+07:00")
    taken.perform("return", by=cast.results_desk, comment="Thiếu biên bản")
    assert list(VisitDay.objects.filter(counted=True).values_list("visit", flat=True)) == [second.pk]
    assert (reasons(first), reasons(second)) == ({20: ""}, {20: ""})
    taken.perform("submit", by=cast.officer)
    taken.perform("accept", by=cast.head)  # now it comes second
    assert (reasons(first), reasons(second)) == ({20: "twice"}, {20: ""})
    assert year_of(cast).figures["accepted"] == 1


def test_colleagues_on_the_same_visit_have_a_day_each(cast):
    for who in (cast.officer, cast.colleague):
        make_result(cast, make_visit(cast, who, days=1), "accepted")
    assert [year_of(cast, who).figures["accepted"] for who in (cast.officer, cast.colleague)] == [1, 1]


# -- cancelled after acceptance ---------------------------------------------------------------------------------------------


def test_a_visit_is_cancelled_after_its_result_was_accepted(cast, now):
    """First the results desk takes the acceptance back, then the change is asked for: nothing stays counted."""
    visit = make_visit(cast)
    result = make_result(cast, visit, "accepted")
    now.move_to("2026-01-25T09:00:00+07:00")
    assert kinds(cast) == {"registered": 2, "approved": 2, "done": 2, "accepted": 2}
    cancel = {"kind": "cancel", "starts": None, "ends": None, "unit": None}
    from fieldvisits.models import NotNow

    with pytest.raises(NotNow):
        make_change(cast, visit, **cancel)
    result.perform("return", by=cast.results_desk, comment="Đoàn không đi")
    assert kinds(cast) == {"registered": 2, "approved": 2, "waiting": 2}
    make_change(cast, Visit.objects.get(pk=visit.pk), "granted", **cancel)
    assert kinds(cast) == {"registered": 2, "approved": 2}  # it was approved, whatever became of it
    visit.refresh_from_db()
    assert (visit.state, visit.days.filter(counted=True).count()) == ("cancelled", 0)
    with pytest.raises(NotNow):
        result.perform("submit", by=cast.officer)


def test_what_was_not_carried_out_was_approved_and_is_not_done(cast, now):
    visit = make_visit(cast)
    now.move_to("2026-01-23T09:00:00+07:00")
    assert kinds(cast) == {"registered": 2, "approved": 2, "waiting": 2}
    visit.perform("close", by=cast.officer, comment="Mưa lũ", variance="weather")
    assert kinds(cast) == {"registered": 2, "approved": 2}


# -- across quarters and years ----------------------------------------------------------------------------------------------


def moved(cast, visit, first, last):
    """The visit after the Standing Committee agreed to other days."""
    change = make_change(cast, visit, "forwarded", starts=first, ends=last, unit=visit.unit)
    change.perform("grant", by=cast.member)
    return Visit.objects.get(pk=visit.pk)


def test_a_visit_across_quarters_has_each_day_in_its_own(cast, now):
    visit = moved(cast, make_visit(cast, first=date(2026, 3, 30)), date(2026, 3, 30), date(2026, 4, 2))
    make_result(cast, visit, "accepted")
    now.move_to("2026-04-10T09:00:00+07:00")
    first, second = (date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 6, 30))
    assert [tally(window)[()]["accepted"] for window in (first, second, YEAR)] == [2, 2, 4]


def test_a_visit_across_years_has_each_day_in_its_own_year(cast, now):
    make_quarter(cast, 2027, 1)
    visit = make_visit(cast, first=date(2026, 12, 29))
    visit = moved(cast, visit, date(2026, 12, 30), date(2027, 1, 2))
    make_result(cast, visit, "accepted")
    now.move_to("2027-01-05T09:00:00+07:00")
    assert reasons(visit) == {30: "", 31: "", 1: "", 2: ""}
    assert [year_of(cast, year=year).figures["accepted"] for year in (2026, 2027)] == [2, 2]


def test_a_day_of_a_year_without_rules_does_not_count_and_says_so(cast, now):
    visit = moved(cast, make_visit(cast, first=date(2026, 12, 29)), date(2026, 12, 30), date(2027, 1, 1))
    make_result(cast, visit, "accepted")
    assert reasons(visit) == {30: "", 31: "", 1: NotCounted.WINDOW}


def test_each_day_follows_the_weekends_of_its_own_year(cast):
    """Saturday 2 January 2027 follows the rule of 2027, whichever rule is saved last."""
    make_quarter(cast, 2027, 1)
    YearRule.objects.filter(year=2027).update(weekends_count=False)
    visit = moved(cast, make_visit(cast, first=date(2026, 12, 29)), date(2026, 12, 30), date(2027, 1, 2))

    def off():
        return list(visit.days.filter(countable=False).values_list("date", flat=True))

    assert off() == [date(2027, 1, 2)]
    YearRule.objects.get(year=2026).save()
    assert off() == [date(2027, 1, 2)]
    YearRule.objects.get(year=2027).save()
    assert off() == [date(2027, 1, 2)]
    rule = YearRule.objects.get(year=2027)
    rule.weekends_count = True
    rule.save()
    assert off() == []


# -- what does not count, and why -------------------------------------------------------------------------------------------


def test_a_day_outside_the_window_is_shown_and_not_counted(cast, now):
    """Quảng Trị 2020: counting from March on."""
    rule = rule_of(cast)
    rule.window_from = date(2026, 1, 21)
    rule.save()
    visit = make_visit(cast)
    make_result(cast, visit, "accepted")
    assert reasons(visit) == {20: NotCounted.WINDOW, 21: ""}
    now.move_to("2026-01-25T09:00:00+07:00")
    assert kinds(cast) == {"registered": 1, "approved": 1, "done": 1, "accepted": 1}


def test_weekends_where_the_rule_leaves_them_out(cast, now):
    rule = rule_of(cast)
    rule.weekends_count = False
    rule.save()
    visit = make_visit(cast, first=date(2026, 1, 23), days=4)  # Friday to Monday
    make_result(cast, visit, "accepted")
    assert reasons(visit) == {23: "", 24: NotCounted.CALENDAR, 25: NotCounted.CALENDAR, 26: ""}
    now.move_to("2026-01-30T09:00:00+07:00")
    assert year_of(cast).figures["accepted"] == 2


def exempt(cast, first, last, days=None):
    """Study, from ``first`` to ``last``."""
    Exemption.objects.create(
        officer=cast.officer,
        kind="study",
        reason="Học cao cấp lý luận",
        decision="12-QĐ/TĐTN",
        valid_from=first,
        valid_to=last,
        days=days,
    )


def test_exempt_for_a_part_of_the_year(cast, now):
    """181 days away of 365: 60 × 184 ÷ 365 = 30.2, rounded up to 31; a day away is shown and does not count."""
    exempt(cast, date(2026, 1, 1), date(2026, 6, 30))
    away, here = make_visit(cast, days=1), make_visit(cast, first=date(2026, 7, 20), days=1)
    for visit in (away, here):
        make_result(cast, visit, "accepted")
    assert (reasons(away), reasons(here)) == ({20: NotCounted.EXEMPT}, {20: ""})
    now.move_to("2026-08-01T09:00:00+07:00")
    found = year_of(cast)
    assert (found.target.days, found.target.in_scope, found.pace.accepted) == (31, 184, 1)
    assert "60 × 184 ÷ 365" in " ".join(found.target.explanation)


def test_exempt_by_a_decision_that_names_the_days(cast, now):
    """Fewer days are owed; whatever is done counts."""
    exempt(cast, date(2026, 1, 1), date(2026, 12, 31), days=20)
    visit = make_visit(cast)
    make_result(cast, visit, "accepted")
    assert reasons(visit) == {20: "", 21: ""}
    assert year_of(cast).target.days == 20


def test_exempt_for_the_whole_year(cast):
    exempt(cast, *YEAR)
    found = year_of(cast)
    assert (found.target.days, found.pace.status, found.pace.percent) == (0, "exempt", None)


def test_a_post_outside_the_quota_owes_nothing(cast):
    assert year_of(cast, cast.driver).pace.status == "exempt"


# -- transferred ------------------------------------------------------------------------------------------------------------


def test_a_transferred_officer_owes_one_quota_and_has_days_in_both_departments(cast, now):
    Membership.objects.filter(user=cast.officer).update(valid_to=date(2026, 6, 30))
    Membership.objects.create(user=cast.officer, department=cast.building, valid_from=date(2026, 7, 1))
    days_that_count(cast, date(2026, 2, 1), 25)
    days_that_count(cast, date(2026, 6, 29), 4)  # two days before, two after the transfer
    days_that_count(cast, date(2026, 8, 1), 31)
    now.move_to("2027-01-02T09:00:00+07:00")
    found = year_of(cast)
    assert (found.target.days, found.figures["accepted"], found.pace.status) == (60, 60, "met")
    by_department = tally(YEAR, "served", officer=cast.officer)
    assert {key: figures["accepted"] for key, figures in by_department.items()} == {
        (cast.movement.pk,): 27,
        (cast.building.pk,): 33,
    }


def test_who_joined_in_the_year_owes_the_share_of_its_days(cast):
    """In a department from 1 July: 60 × 184 ÷ 365 = 30.2, rounded up."""
    Membership.objects.filter(user=cast.officer).update(valid_from=date(2026, 7, 1))
    assert year_of(cast).target.days == 31


# -- days by level of the host ----------------------------------------------------------------------------------------------


def levels(cast):
    """Bà Rịa-Vũng Tàu: 30 at chi đoàn, 20 at commune, 10 at district; a unit of each."""
    rule = rule_of(cast)
    for level, days in (("branch", 30), ("commune", 20), ("district", 10)):
        rule.sub_quotas.create(level=level, days=days)
    return {level: make_unit(cast, level, level=level) for level in ("branch", "commune", "district")}


def test_days_by_level_are_asked_for_one_by_one(cast, now):
    units = levels(cast)
    days_that_count(cast, date(2026, 2, 1), 30, unit=units["branch"])
    days_that_count(cast, date(2026, 4, 1), 19, unit=units["commune"])
    days_that_count(cast, date(2026, 7, 1), 11, unit=units["district"])
    now.move_to("2026-12-31T09:00:00+07:00")
    found = year_of(cast)
    assert found.figures["accepted"] == 60
    assert {p.level: (p.days, p.accepted, p.missing) for p in found.pace.parts} == {
        "branch": (30, 30, 0),
        "commune": (20, 19, 1),
        "district": (10, 11, 0),
    }
    assert (found.pace.missing, found.pace.needed) == (0, 1)
    days_that_count(cast, date(2026, 12, 30), 1, unit=units["commune"])
    assert year_of(cast).pace.status == "exceeded"


def test_a_date_at_two_levels_counts_where_it_was_accepted_first(cast, now):
    units = levels(cast)
    first = make_visit(cast, days=1, unit=units["branch"])
    second = make_visit(cast, first=date(2026, 1, 20), days=1, unit=units["commune"])
    for visit in (second, first):
        make_result(cast, visit, "accepted")
    now.move_to("2026-01-25T09:00:00+07:00")
    found = year_of(cast)
    assert {p.level: p.accepted for p in found.pace.parts} == {"branch": 0, "commune": 1, "district": 0}
    assert found.figures["accepted"] == 1


# -- a suspended quarter ----------------------------------------------------------------------------------------------------


def test_a_suspended_quarter_leaves_the_quota_and_makes_nobody_late(cast, now):
    """Vĩnh Phúc, quarter I/2020: what was done before counts, nobody is late, the 60 days stay."""
    visit = make_visit(cast)
    result = make_result(cast, visit)
    now.move_to("2026-01-23T09:00:00+07:00")
    visit.quarter.perform("suspend", by=cast.coordinator, comment="Dịch Covid-19")
    now.move_to("2026-03-20T09:00:00+07:00")  # the ten days after the visit are long over
    result.refresh_from_db()
    result.perform("submit", by=cast.officer)
    result.perform("accept", by=cast.head)
    found = year_of(cast)
    assert (result.late, found.target.days, found.figures["accepted"]) == (False, 60, 2)


def test_late_is_who_reports_on_the_eleventh_day(cast, now):
    """The visit ends on 21 January; ten days later is the 31st."""
    for day, late in (("2026-01-31", False), ("2026-02-01", True)):
        now.move_to("2026-01-03T09:00:00+07:00")
        who = cast.colleague if late else cast.officer
        result = make_result(cast, make_visit(cast, who))
        now.move_to(f"{day}T09:00:00+07:00")
        result.perform("submit", by=who)
        assert result.late is late


def test_every_officers_year_takes_the_same_number_of_queries(cast, django_assert_num_queries):
    rule = rule_of(cast)
    days_that_count(cast, date(2026, 2, 1), 3)
    for who in (Officer.objects.filter(pk=cast.officer.pk), Officer.objects.all()):
        with django_assert_num_queries(4):
            years_of(rule, who)
    assert set(day_figures(YEAR)) == set(year_of(cast).figures)
