"""The factories' papers are where they say they are, having moved there by the table."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from accounts import clock
from fieldvisits.models import Event

from .factories import first_day, make_department_plan, make_plan, make_visit


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "endorsed"])
def test_an_officer_plan_reaches_its_state(cast, state):
    assert make_plan(cast, state=state).state == state


@pytest.mark.parametrize("state", ["draft", "sent", "returned", "forwarded", "approved"])
@pytest.mark.parametrize("who", ["officer", "head", "stranger"])
def test_a_department_plan_reaches_its_state(cast, state, who):
    paper = make_department_plan(cast, state, [getattr(cast, who)])
    assert paper.state == state
    assert state == "draft" or Event.objects.of(paper).exists()


@pytest.mark.parametrize("away", [-42, -9, -3, 6])
def test_days_around_today_lie_in_one_quarter_whatever_day_it_is(away):
    """Every day of a leap year and the year after, for the walks that live on the real day."""
    for n in range(366 + 365):
        today = date(2028, 1, 1) + timedelta(days=n)
        with clock.at(timezone.make_aware(datetime.combine(today, time(9)))):
            first = first_day(away)
        last = first + timedelta(days=1)
        assert (first.year, (first.month + 2) // 3) == (last.year, (last.month + 2) // 3), today
        moved = (first - today).days - away
        assert moved in ((0, 1) if away > 0 else (0, -1)), today


@pytest.mark.parametrize(("today", "away"), [("2026-10-03", -3), ("2026-02-11", -42), ("2026-12-25", 6)])
def test_a_visit_can_be_made_around_the_end_of_a_quarter(cast, now, today, away):
    """The day itself, the day before and the day after."""
    for shift, who in ((-1, cast.officer), (0, cast.colleague), (1, cast.other_officer)):
        now.move_to(datetime.fromisoformat(f"{today}T09:00:00+07:00") + timedelta(days=shift))
        assert make_visit(cast, who, first_day(away)).state == "approved"
