"""Steps 4 to 7 at the same moment: nothing counted twice, nothing half done, nobody waits for ever. Run on both databases."""

import threading
from contextlib import suppress
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.models import Department, User
from fieldvisits.models import (
    AdHocRequest,
    ChangeRequest,
    Event,
    FollowUp,
    HostLink,
    HostNotice,
    HostUnit,
    Quarter,
    Recommendation,
    Refused,
    Visit,
    VisitDay,
    VisitResult,
    confirm_presence,
    results,
)
from reports.models import AnnualReport

from ..factories import (
    make_adhoc,
    make_annual_report,
    make_change,
    make_notice,
    make_recommendation,
    make_result,
    make_unit,
    make_visit,
)
from .test_races import assert_one_winner, at_once, attempt

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 1, 20)


@pytest.fixture
def cast(transactional_db, now):
    from ..cast import make_cast

    return make_cast()


def fresh(person):
    return User.objects.get(pk=person.pk).powers


def counted(officer):
    return list(
        VisitDay.objects.filter(officer=officer, counted=True).order_by("date").values_list("date", flat=True)
    )


@pytest.fixture
def counting_together(monkeypatch):
    """Whoever is about to count waits until the other one is, too - or until it is certain that a lock keeps the other out."""
    inside, count = threading.Barrier(2), results.recount

    def recount(days):
        with suppress(threading.BrokenBarrierError):
            inside.wait(timeout=1)
        return count(days)

    monkeypatch.setattr(results, "recount", recount)


@pytest.mark.usefixtures("counting_together")
def test_two_results_of_one_date_are_accepted_at_once(cast):
    """Both are accepted; the date counts once, and the other visit keeps its day with the reason."""
    first = make_result(cast, make_visit(cast, days=1), "submitted")
    second = make_result(cast, make_visit(cast, first=DAY, days=1), "submitted")
    outcomes = at_once(attempt(first, "accept", cast.head), attempt(second, "accept", cast.deputy))
    assert all(isinstance(o, Event) for o in outcomes), outcomes
    assert set(VisitResult.objects.values_list("state", flat=True)) == {"accepted"}
    assert counted(cast.officer) == [DAY]
    not_counted = VisitDay.objects.get(date=DAY, counted=False)
    assert (not_counted.not_counted, not_counted.present) == ("twice", True)


def test_accepting_one_and_taking_the_other_back_at_once(cast):
    """Whichever comes first: the date counts for the one that stays accepted."""
    first = make_result(cast, make_visit(cast, days=1), "accepted")
    second = make_result(cast, make_visit(cast, first=DAY, days=1), "submitted")
    outcomes = at_once(
        attempt(first, "return", cast.results_desk, "Thiếu minh chứng"),
        attempt(second, "accept", cast.head),
    )
    assert all(isinstance(o, Event) for o in outcomes), outcomes
    assert VisitDay.objects.get(counted=True).visit == second.visit


def test_an_exemption_is_entered_while_a_result_is_accepted(cast):
    """Whichever comes first: no day of the exemption counts, and neither waits for the other for ever."""
    result = make_result(cast, state="submitted")

    def exempt():
        administrator = Client()
        administrator.force_login(cast.administrator)
        typed = {
            "officer": cast.officer.pk,
            "kind": "illness",
            "valid_from": "21/01/2026",
            "valid_to": "31/12/2026",
            "reason": "Điều trị dài ngày",
            "decision": "12-QĐ/TĐTN",
        }
        return administrator.post("/manage/exemptions/add/", typed).status_code

    outcomes = at_once(attempt(result, "accept", cast.head), exempt)
    assert isinstance(outcomes[0], Event), outcomes
    assert outcomes[1] == 302, outcomes
    assert counted(cast.officer) == [DAY]
    assert VisitDay.objects.get(date=date(2026, 1, 21)).not_counted == "exempt"


def test_the_same_result_is_accepted_twice(cast):
    result = make_result(cast, state="submitted")
    outcomes = at_once(
        attempt(result, "accept", cast.head, seen=result.seen),
        attempt(result, "accept", cast.deputy, seen=result.seen),
    )
    assert_one_winner(outcomes)
    assert Event.objects.of(result).filter(verb="accept").count() == 1
    assert counted(cast.officer) == [DAY, date(2026, 1, 21)]


def test_head_and_deputy_accept_each_others_results_at_once(cast):
    """Each acts on the paper of the other: neither waits for the other for ever."""
    heads = make_result(cast, make_visit(cast, cast.head), "submitted")
    deputys = make_result(cast, make_visit(cast, cast.deputy), "submitted")
    outcomes = at_once(attempt(heads, "accept", cast.deputy), attempt(deputys, "accept", cast.head))
    assert all(isinstance(o, Event) for o in outcomes), outcomes


def test_closing_a_visit_against_reporting_it(cast, now):
    """The officer in two windows: carried out or not, never both."""
    result = make_result(cast)
    now.move_to("2026-01-23T09:00:00+07:00")

    def close():
        visit = Visit.objects.get(pk=result.visit_id)
        return visit.perform("close", by=fresh(cast.officer), comment="Mưa lũ", variance="weather")

    outcomes = at_once(close, attempt(result, "submit", cast.officer))
    assert_one_winner(outcomes)
    result.refresh_from_db()
    assert (result.visit.state, result.state) in {("not_done", "draft"), ("approved", "submitted")}


def ask(visit, person, **values):
    """As a request does it."""

    def go():
        own = Visit.objects.get(pk=visit.pk)
        new = {"kind": "reschedule", "starts": date(2026, 1, 27), "ends": date(2026, 1, 28)} | values
        new.setdefault("unit", own.unit)
        return ChangeRequest.objects.ask(own, by=fresh(person), reason="Bận", **new)

    return go


def test_two_changes_of_one_visit_are_asked_for_at_once(cast):
    visit = make_visit(cast)
    outcomes = at_once(
        ask(visit, cast.officer),
        ask(visit, cast.officer, kind="cancel", starts=None, ends=None, unit=None),
    )
    made = [o for o in outcomes if isinstance(o, ChangeRequest)]
    assert len(made) == 1, outcomes
    assert all(isinstance(o, Refused) for o in outcomes if o is not made[0]), outcomes
    assert ChangeRequest.objects.get().state == "submitted"


@pytest.mark.parametrize("paper", ["ad-hoc", "by word"])
def test_consent_and_refusal_at_once(cast, paper):
    request = make_adhoc(cast, state="endorsed" if paper == "ad-hoc" else "to_confirm")
    yes, no = ("consent", "refuse") if paper == "ad-hoc" else ("confirm", "deny")
    other = cast.second_member if paper == "ad-hoc" else cast.member
    outcomes = at_once(
        attempt(request, yes, cast.member, seen=request.seen),
        attempt(request, no, other, "Chưa cần", seen=request.seen),
    )
    assert_one_winner(outcomes)
    request = AdHocRequest.objects.get()
    assert (request.state, request.visit.state) in {("consented", "approved"), ("refused", "refused")}


def test_an_officer_withdraws_while_a_member_consents(cast):
    request = make_adhoc(cast, state="endorsed")
    outcomes = at_once(attempt(request, "withdraw", cast.officer), attempt(request, "consent", cast.member))
    assert_one_winner(outcomes)
    request = AdHocRequest.objects.get()
    assert (request.state, request.visit.state) in {("consented", "approved"), ("withdrawn", "cancelled")}


def test_a_change_is_granted_while_its_result_is_reported(cast, now):
    """One of the two: the visit moves and nothing is reported of the old days, or the result stands and nothing moves."""
    visit = make_visit(cast)
    change = make_change(cast, visit, starts=date(2026, 1, 19), ends=date(2026, 1, 21))
    result = make_result(cast, visit)
    now.move_to("2026-01-23T09:00:00+07:00")
    outcomes = at_once(attempt(change, "grant", cast.head), attempt(result, "submit", cast.officer))
    assert isinstance(outcomes[0], Event), outcomes
    result.refresh_from_db()
    visit.refresh_from_db()
    dates = sorted(visit.days.values_list("date", flat=True))
    assert dates == [date(2026, 1, d) for d in (19, 20, 21)]
    assert result.state == ("submitted" if isinstance(outcomes[1], Event) else "draft")
    assert isinstance(outcomes[1], Event | Refused), outcomes


def test_a_change_is_asked_for_while_the_result_is_reported(cast, now):
    visit = make_visit(cast)
    result = make_result(cast, visit)
    now.move_to("2026-01-23T09:00:00+07:00")
    outcomes = at_once(ask(visit, cast.officer), attempt(result, "submit", cast.officer))
    happened = [o for o in outcomes if isinstance(o, ChangeRequest | Event)]
    assert len(happened) == 1, outcomes
    assert all(isinstance(o, Refused) for o in outcomes if o not in happened), outcomes


def test_a_change_is_granted_while_another_result_of_the_date_is_accepted(cast, now):
    moved = make_visit(cast)
    change = make_change(cast, moved, starts=date(2026, 1, 21), ends=date(2026, 1, 22))
    result = make_result(cast, make_visit(cast, first=DAY, days=3), "submitted")
    now.move_to("2026-01-25T09:00:00+07:00")
    outcomes = at_once(attempt(change, "grant", cast.head), attempt(result, "accept", cast.deputy))
    assert all(isinstance(o, Event) for o in outcomes), outcomes
    assert counted(cast.officer) == [date(2026, 1, d) for d in (20, 21, 22)]
    assert sorted(moved.days.values_list("date", flat=True)) == [date(2026, 1, 21), date(2026, 1, 22)]


def compose(visit, person):
    def go():
        return HostNotice.objects.compose(
            Quarter.objects.get(pk=visit.quarter_id),
            Department.objects.get(pk=visit.department_id),
            HostUnit.objects.get(pk=visit.unit_id),
            by=fresh(person),
        )

    return go


def test_a_notice_is_composed_twice_at_once(cast):
    visit = make_visit(cast)
    outcomes = at_once(compose(visit, cast.head), compose(visit, cast.deputy))
    made = [o for o in outcomes if isinstance(o, HostNotice)]
    assert len(made) == 1, outcomes
    assert isinstance(next(o for o in outcomes if o is not made[0]), Refused), outcomes
    assert HostNotice.objects.count() == 1


def test_two_links_are_issued_at_once(cast):
    notice = make_notice(cast)

    def issue(person):
        return lambda: HostLink.objects.issue(
            HostNotice.objects.get(pk=notice.pk), "answer", by=fresh(person)
        )

    outcomes = at_once(issue(cast.head), issue(cast.deputy))
    assert all(isinstance(o, HostLink) for o in outcomes), outcomes
    assert HostLink.objects.filter(revoked_at=None).count() == 1


def test_the_unit_confirms_while_the_result_is_accepted(cast, now):
    visit = make_visit(cast)
    link = HostLink.objects.issue(make_notice(cast, visit), "feedback", by=cast.head.powers)
    result = make_result(cast, visit, "submitted")
    now.move_to("2026-01-23T09:00:00+07:00")
    marks = ("told_in_time", "knew_the_unit", "helped_prepare", "reviewed_after", "was_useful")

    def confirm():
        own = HostLink.objects.get(pk=link.pk)
        return confirm_presence(
            own, Visit.objects.get(pk=visit.pk), [DAY], given_by="Bí thư", **dict.fromkeys(marks, 3)
        )

    outcomes = at_once(confirm, attempt(result, "accept", cast.head))
    assert not [o for o in outcomes if isinstance(o, Exception)], outcomes
    days = VisitDay.objects.filter(visit=visit).order_by("date").values_list("counted", "confirmed")
    assert list(days) == [(True, True), (True, False)]


def test_two_visitors_follow_up_the_same_recommendations_in_opposite_order(cast, now):
    """Two results, each of which settles what the other settles: both are accepted."""
    unit = make_unit(cast)
    source = make_result(cast, make_visit(cast, unit=unit), "accepted")
    made = [make_recommendation(cast, source) for _ in range(2)]
    source.perform("return", by=cast.results_desk, comment="Bổ sung")
    now.move_to("2026-01-23T09:00:00+07:00")
    source.perform("submit", by=cast.officer)
    source.perform("accept", by=cast.head)
    assert set(Recommendation.objects.values_list("state", flat=True)) == {"open"}
    now.move_to("2026-01-03T09:00:00+07:00")
    results = []
    for who, order in ((cast.colleague, made), (cast.deputy, made[::-1])):
        visit = make_visit(cast, who, date(2026, 1, 27), unit=unit)
        result = make_result(cast, visit, "submitted")
        for recommendation in order:
            FollowUp.objects.create(result=result, recommendation=recommendation, found="settled")
        results.append(result)
    now.move_to("2026-02-01T09:00:00+07:00")
    outcomes = at_once(*[attempt(result, "accept", cast.head) for result in results])
    assert all(isinstance(o, Event) for o in outcomes), outcomes
    assert set(Recommendation.objects.values_list("state", flat=True)) == {"settled"}
    assert Event.objects.filter(verb="found_settled").count() == 2


def test_an_annual_report_is_approved_against_returned(cast):
    report = make_annual_report(cast, "submitted")
    outcomes = at_once(
        attempt(report, "approve", cast.member, seen=report.seen),
        attempt(report, "return", cast.second_member, "Bổ sung", seen=report.seen),
    )
    winner = assert_one_winner(outcomes)
    report = AnnualReport.objects.get()
    assert report.state == winner.to_state
    assert bool(report.figures_sha256) == (report.state == "approved")


def test_nobody_may_is_not_a_race(cast):
    result = make_result(cast, state="submitted")
    outcomes = at_once(attempt(result, "accept", cast.officer), attempt(result, "accept", cast.head))
    assert isinstance(outcomes[0], PermissionDenied)
    assert isinstance(outcomes[1], Event)
