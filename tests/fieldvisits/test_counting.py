"""Which days count never depends on which paper was typed first: an exemption, the rule of the year or the result."""

from datetime import date

import pytest

from fieldvisits.models import Exemption, Holiday, Officer, VisitDay, YearRule, years_of

from ..factories import make_quarter, make_result, make_visit


def reasons(visit):
    """{day of the month: why it does not count, or nothing}."""
    return {d.date.day: d.not_counted for d in visit.days.order_by("date")}


def counted(visit):
    return [d.day for d in visit.days.filter(counted=True).order_by("date").values_list("date", flat=True)]


def accepted(cast, first=date(2026, 1, 20), days=4, officer=None):
    """A visit whose result is accepted; 20 January 2026 is a Tuesday."""
    visit = make_visit(cast, officer, first=first, days=days)
    make_result(cast, visit, "accepted")
    return visit


def exempt(cast, first, last, **more):
    values = {
        "officer": cast.officer,
        "kind": "illness",
        "reason": "Điều trị dài ngày",
        "decision": "12-QĐ/TĐTN",
    } | more
    return Exemption.objects.create(valid_from=first, valid_to=last, **values)


def rule_of(cast, year=2026):
    make_quarter(cast, year)
    return YearRule.objects.get(province=cast.province, year=year)


def year_of(cast, officer=None):
    return years_of(rule_of(cast), Officer.objects.filter(pk=(officer or cast.officer).pk))[0]


# -- an exemption -------------------------------------------------------------------------------------------------------------


def test_an_exemption_entered_after_acceptance_takes_its_days_out(cast):
    visit, other = accepted(cast), accepted(cast, officer=cast.colleague)
    exempt(cast, date(2026, 1, 22), date(2026, 12, 31))
    assert (reasons(visit), counted(visit)) == ({20: "", 21: "", 22: "exempt", 23: "exempt"}, [20, 21])
    assert counted(other) == [20, 21, 22, 23]


def test_an_exemption_that_is_changed_recounts_the_old_and_the_new_days(cast):
    visit = accepted(cast)
    relief = exempt(cast, date(2026, 1, 20), date(2026, 1, 21))
    assert counted(visit) == [22, 23]
    relief.valid_from, relief.valid_to = date(2026, 1, 23), date(2026, 2, 10)
    relief.save()
    assert (counted(visit), reasons(visit)) == ([20, 21, 22], {20: "", 21: "", 22: "", 23: "exempt"})
    relief.days = 30  # the decision names the days owed: whatever is done counts
    relief.save()
    assert counted(visit) == [20, 21, 22, 23]


def test_an_exemption_that_is_deleted_gives_its_days_back(cast):
    relief = exempt(cast, date(2026, 1, 1), date(2026, 3, 31))
    visit = accepted(cast)
    assert (counted(visit), set(reasons(visit).values())) == ([], {"exempt"})
    relief.delete()
    assert (counted(visit), set(reasons(visit).values())) == ([20, 21, 22, 23], {""})


def test_of_two_visits_on_a_date_the_one_accepted_first_has_it_back(cast):
    first, second = accepted(cast, days=2), make_visit(cast, first=date(2026, 1, 21), days=2)
    make_result(cast, second, "accepted")
    relief = exempt(cast, date(2026, 1, 21), date(2026, 1, 21))
    assert (reasons(first), reasons(second)) == ({20: "", 21: "exempt"}, {21: "exempt", 22: ""})
    relief.delete()
    assert (reasons(first), reasons(second)) == ({20: "", 21: ""}, {21: "twice", 22: ""})
    assert (counted(first), counted(second)) == ([20, 21], [22])


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        (1, 19, {20: "", 21: ""}),
        (1, 20, {20: "exempt", 21: ""}),
        (21, 31, {20: "", 21: "exempt"}),
        (22, 31, {20: "", 21: ""}),
    ],
)
def test_the_first_and_the_last_day_of_an_exemption_belong_to_it(cast, first, last, why):
    exempt(cast, date(2026, 1, first), date(2026, 1, last))
    assert reasons(accepted(cast, days=2)) == why


def test_an_exemption_that_ends_on_the_only_day_of_a_visit_takes_it_out(cast):
    exempt(cast, date(2026, 1, 1), date(2026, 1, 20))
    assert reasons(accepted(cast, days=1)) == {20: "exempt"}


def test_the_one_accepted_later_has_the_day_when_the_first_is_taken_back(cast, now):
    """The database never sees the day counted twice on the way, whichever of the two was made first."""
    later, sooner = make_visit(cast, days=1), accepted(cast, days=1)
    make_result(cast, later, "accepted")
    assert (reasons(later), reasons(sooner)) == ({20: "twice"}, {20: ""})
    now.move_to("2026-01-25T09:00:00+07:00")
    sooner.result.perform("return", by=cast.results_desk, comment="Thiếu biên bản")
    assert (counted(later), counted(sooner)) == ([20], [])


def test_a_day_of_a_result_that_is_not_accepted_has_no_reason(cast):
    visit = make_visit(cast)
    make_result(cast, visit, "submitted")
    exempt(cast, date(2026, 1, 1), date(2026, 3, 31))
    assert reasons(visit) == {20: "", 21: ""}


def test_the_administrators_form_and_button_recount(cast, client):
    visit = accepted(cast)
    client.force_login(cast.administrator)
    typed = {
        "officer": cast.officer.pk,
        "kind": "illness",
        "valid_from": "22/01/2026",
        "valid_to": "31/12/2026",
        "reason": "Điều trị dài ngày",
        "decision": "12-QĐ/TĐTN",
    }
    assert client.post("/manage/exemptions/add/", typed).status_code == 302
    assert counted(visit) == [20, 21]
    relief = Exemption.objects.get()
    assert client.post(f"/manage/exemptions/{relief.pk}/delete/").status_code == 302
    assert counted(visit) == [20, 21, 22, 23]


def test_the_number_is_the_same_whichever_came_first(cast):
    before = exempt(cast, date(2026, 1, 22), date(2026, 6, 30))
    visit = accepted(cast)
    early = (reasons(visit), year_of(cast).pace)
    before.delete()
    exempt(cast, date(2026, 1, 22), date(2026, 6, 30))
    assert (reasons(visit), year_of(cast).pace) == early


# -- the rule of the year -----------------------------------------------------------------------------------------------------


def test_a_window_moved_after_acceptance_takes_days_out_and_back(cast):
    visit, other = accepted(cast), accepted(cast, officer=cast.colleague)
    rule = rule_of(cast)
    rule.window_from = date(2026, 1, 22)
    rule.save()
    for each in (visit, other):
        assert (reasons(each), counted(each)) == ({20: "window", 21: "window", 22: "", 23: ""}, [22, 23])
    rule.window_from = date(2026, 1, 1)
    rule.save()
    for each in (visit, other):
        assert (set(reasons(each).values()), counted(each)) == ({""}, [20, 21, 22, 23])


def test_weekends_left_out_after_acceptance(cast):
    """Friday 23 to Monday 26 January 2026."""
    visit = accepted(cast, first=date(2026, 1, 23))
    rule = rule_of(cast)
    rule.weekends_count = False
    rule.save()
    assert reasons(visit) == {23: "", 24: "calendar", 25: "calendar", 26: ""}
    assert counted(visit) == [23, 26]
    rule.weekends_count = True
    rule.save()
    assert (counted(visit), set(reasons(visit).values())) == ([23, 24, 25, 26], {""})


def test_a_holiday_announced_after_acceptance(cast):
    visit = accepted(cast)
    rule = rule_of(cast)
    rule.holidays_count = False
    rule.save()
    feast = Holiday.objects.create(province=cast.province, date=date(2026, 1, 21), name="Nghỉ bù")
    assert (counted(visit), reasons(visit)[21]) == ([20, 22, 23], "calendar")
    feast.date = date(2026, 1, 22)
    feast.save()
    assert (counted(visit), reasons(visit)) == ([20, 21, 23], {20: "", 21: "", 22: "calendar", 23: ""})
    feast.delete()
    assert (counted(visit), set(reasons(visit).values())) == ([20, 21, 22, 23], {""})


def test_a_day_of_a_year_whose_rule_comes_later_counts_from_then_on(cast):
    from fieldvisits.models import Visit

    from ..factories import make_change

    visit = make_visit(cast, first=date(2026, 12, 29))
    change = make_change(
        cast, visit, "forwarded", starts=date(2026, 12, 30), ends=date(2027, 1, 2), unit=visit.unit
    )
    change.perform("grant", by=cast.member)
    visit = Visit.objects.get(pk=visit.pk)
    make_result(cast, visit, "accepted")
    assert reasons(visit) == {30: "", 31: "", 1: "window", 2: "window"}
    rule_of(cast, 2027)
    assert (set(reasons(visit).values()), visit.days.filter(counted=True).count()) == ({""}, 4)


def test_what_decides_nothing_about_days_counts_nothing(cast, django_assert_num_queries):
    """The legal basis of the year: the rule as it was, the rule, its history - and the marks around them."""
    accepted(cast)
    rule = rule_of(cast)
    rule.legal_basis = "Hướng dẫn 12"
    with django_assert_num_queries(5):
        rule.save()


def test_another_province_is_left_alone(cast):
    visit = accepted(cast, officer=cast.stranger)
    rule = rule_of(cast)
    rule.window_from = date(2026, 2, 1)
    rule.save()
    assert counted(visit) == [20, 21, 22, 23]


@pytest.mark.parametrize("officers", [1, 2])
def test_a_year_is_recounted_in_the_same_number_of_queries(cast, officers, django_assert_num_queries):
    """Hold the officers; off days that are none any more; the days, rules, exemptions; one for what became of the days - and the
    marks around."""
    for who in (cast.officer, cast.colleague)[:officers]:
        accepted(cast, officer=who)
    rule = rule_of(cast)
    YearRule.objects.filter(pk=rule.pk).update(window_from=date(2026, 1, 22))
    with django_assert_num_queries(8):
        rule.recount()
    assert VisitDay.objects.filter(counted=True).count() == 2 * officers
