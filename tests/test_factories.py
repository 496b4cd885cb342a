"""The factories' papers are where they say they are, having moved there by the table."""

import pytest

from fieldvisits.models import Event

from .factories import make_department_plan, make_plan


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "endorsed"])
def test_an_officer_plan_reaches_its_state(cast, state):
    assert make_plan(cast, state=state).state == state


@pytest.mark.parametrize("state", ["draft", "sent", "returned", "forwarded", "approved"])
@pytest.mark.parametrize("who", ["officer", "head", "stranger"])
def test_a_department_plan_reaches_its_state(cast, state, who):
    paper = make_department_plan(cast, state, [getattr(cast, who)])
    assert paper.state == state
    assert state == "draft" or Event.objects.of(paper).exists()
