"""Two people at the same moment: one event, one winner, the other told why. Run on both databases."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections

from accounts.models import User
from fieldvisits.models import DepartmentPlan, Event, OfficerPlan, Refused, Stale

from ..factories import make_department_plan, make_plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db, now):
    from ..cast import make_cast

    return make_cast()


def at_once(*attempts):
    """Run every attempt in a thread of its own, released together; what each returned or raised."""
    gate = threading.Barrier(len(attempts))
    outcomes = [None] * len(attempts)

    def run(index, attempt):
        try:
            gate.wait(timeout=30)
            outcomes[index] = attempt()
        except Exception as error:
            outcomes[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(attempts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def attempt(paper, verb, person, comment="", seen=None):
    """As a request does it: its own copy of the paper and of the person."""

    def go():
        own = type(paper).objects.get(pk=paper.pk)
        return own.perform(verb, by=User.objects.get(pk=person.pk), comment=comment, seen=seen)

    return go


def assert_one_winner(outcomes):
    winners = [o for o in outcomes if isinstance(o, Event)]
    losers = [o for o in outcomes if not isinstance(o, Event)]
    assert len(winners) == 1, outcomes
    assert all(isinstance(loser, Refused) and str(loser) for loser in losers), outcomes
    return winners[0]


def test_two_leaders_decide_at_once(cast):
    plan = make_plan(cast, state="submitted")
    outcomes = at_once(
        attempt(plan, "endorse", cast.head, seen=plan.seen),
        attempt(plan, "return", cast.deputy, "Bổ sung", seen=plan.seen),
    )
    winner = assert_one_winner(outcomes)
    plan.refresh_from_db()
    assert plan.state == winner.to_state
    assert Event.objects.of(plan).count() == 2  # sent, and decided once


def test_a_double_submit_is_one_event(cast):
    plan = make_plan(cast)
    outcomes = at_once(*[attempt(plan, "submit", cast.officer, seen=0) for _ in range(3)])
    assert_one_winner(outcomes)
    assert Event.objects.of(plan).count() == 1


def test_withdrawing_against_returning(cast):
    plan = make_plan(cast, state="submitted")
    outcomes = at_once(
        attempt(plan, "withdraw", cast.officer, seen=plan.seen),
        attempt(plan, "return", cast.head, "Bổ sung", seen=plan.seen),
    )
    winner = assert_one_winner(outcomes)
    plan.refresh_from_db()
    assert plan.state == winner.to_state in ("draft", "returned")


def test_resubmitting_against_a_stale_return(cast):
    plan = make_plan(cast, state="returned")
    shown_to_head = plan.seen
    outcomes = at_once(
        attempt(plan, "submit", cast.officer, seen=plan.seen),
        attempt(plan, "return", cast.head, "Lần nữa", seen=shown_to_head),
    )
    assert isinstance(outcomes[0], Event)
    assert isinstance(outcomes[1], Refused)
    plan.refresh_from_db()
    assert plan.state == "submitted"


def test_forwarding_against_withdrawing_a_department_plan(cast):
    paper = make_department_plan(cast, "sent", [cast.officer, cast.colleague])
    outcomes = at_once(
        attempt(paper, "forward", cast.coordinator, seen=paper.seen),
        attempt(paper, "withdraw", cast.head, seen=paper.seen),
    )
    winner = assert_one_winner(outcomes)
    paper.refresh_from_db()
    expected = {"forward": ("forwarded", {"forwarded"}), "withdraw": ("draft", {"endorsed"})}[winner.verb]
    plans = OfficerPlan.objects.filter(department=cast.movement)
    assert (paper.state, set(plans.values_list("state", flat=True))) == expected


def test_an_officer_withdraws_while_the_department_plan_is_forwarded(cast):
    """Both may win, in either order; nothing may be half done and nobody waits for the other for ever."""
    paper = make_department_plan(cast, "sent", [cast.officer, cast.colleague])
    plan = OfficerPlan.objects.get(officer=cast.officer)
    outcomes = at_once(
        attempt(paper, "forward", cast.coordinator, seen=paper.seen),
        attempt(plan, "withdraw", cast.officer),
    )
    assert all(isinstance(o, Event | Refused) for o in outcomes), outcomes
    paper.refresh_from_db()
    plan.refresh_from_db()
    assert paper.state == "forwarded"
    assert (plan.state, plan.department_plan) in {("draft", None), ("forwarded", paper)}


def test_two_officers_cannot_both_leave_a_department_plan_empty(cast):
    paper = make_department_plan(cast, "sent", [cast.officer, cast.colleague])
    first, second = OfficerPlan.objects.filter(department_plan=paper).order_by("pk")
    outcomes = at_once(attempt(first, "withdraw", first.officer), attempt(second, "withdraw", second.officer))
    assert_one_winner(outcomes)
    assert DepartmentPlan.objects.get(pk=paper.pk).officer_plans.count() == 1


def test_a_stale_page_is_told_who_was_first(cast):
    plan = make_plan(cast, state="submitted")
    shown = plan.seen
    plan.perform("endorse", by=cast.deputy)
    plan.perform("reopen", by=cast.deputy)
    with pytest.raises(Stale) as told:
        plan.perform("return", by=cast.head, comment="Bổ sung", seen=shown)
    assert "Phạm Văn Dũng" in str(told.value)


@pytest.mark.parametrize(
    "change", ["UPDATE fieldvisits_event SET comment = 'x'", "DELETE FROM fieldvisits_event"]
)
def test_the_database_refuses_to_touch_the_history(cast, change):
    plan = make_plan(cast, state="submitted")
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute(change)
    assert Event.objects.of(plan).get().comment == ""


def test_nobody_may_is_not_a_race(cast):
    plan = make_plan(cast, state="submitted")
    outcomes = at_once(attempt(plan, "endorse", cast.officer), attempt(plan, "endorse", cast.head))
    assert isinstance(outcomes[0], PermissionDenied)
    assert isinstance(outcomes[1], Event)
