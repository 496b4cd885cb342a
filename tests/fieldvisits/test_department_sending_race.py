"""Two leaders press “send” at the same moment while there is no department plan yet: one paper, one winner."""

import pytest

from accounts.models import Department, User
from fieldvisits.forms.departments import SendForm
from fieldvisits.models import DepartmentPlan, Event, NotNow, Quarter
from tests.factories import make_plan

from .test_races import assert_one_winner, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db, now):
    from tests.cast import make_cast

    return make_cast()


def press(quarter, department, person, typed):
    """As a request does it: its own copies of everything."""

    def go():
        form = SendForm(
            Quarter.objects.get(pk=quarter.pk),
            Department.objects.get(pk=department.pk),
            User.objects.get(pk=person.pk).powers,
            data=typed,
        )
        if not form.is_valid():
            raise NotNow(str(form.errors))
        return form.send()

    return go


def test_two_leaders_send_at_once(cast):
    plan = make_plan(cast, state="endorsed")
    typed = {"met_on": "03/01/2026", "note": "Ba đồng chí đi học", "seen": "0", "sequence": "0"}
    outcomes = at_once(
        press(plan.quarter, cast.movement, cast.head, typed),
        press(plan.quarter, cast.movement, cast.deputy, typed),
    )
    winner = assert_one_winner(outcomes)
    paper = DepartmentPlan.objects.get()
    assert (paper.state, paper.sequence, paper.sent_by) == ("sent", 0, winner.actor)
    assert Event.objects.filter(verb="send").count() == 1
