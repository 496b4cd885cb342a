"""What each person sees of each paper in each state (domain section 1), typed by hand. The people of the other province see nothing."""

import pytest

from accounts.models import Role, RoleGrant
from fieldvisits.models import Decision, DepartmentPlan, HostUnit, OfficerPlan, Quarter, Visit

from ..factories import (
    close_meeting,
    make_department_plan,
    make_meeting,
    make_plan,
    make_quarter,
    make_unit,
)
from .test_workflow_matrix import make

DESKS = {"coordinator", "results_desk", "member", "second_member"}
LEADERS = {"head", "deputy"}

SEES_PLAN = {
    "draft": {"officer"},
    "submitted": {"officer"} | LEADERS | DESKS,
    "returned": {"officer"} | LEADERS | DESKS,
    "endorsed": {"officer"} | LEADERS | DESKS,
    "sent": {"officer"} | LEADERS | DESKS,
    "forwarded": {"officer"} | LEADERS | DESKS,
    "approved": {"officer", "executive"} | LEADERS | DESKS,
    "rejected": {"officer"} | LEADERS | DESKS,
}
SEES_DEPARTMENT_PLAN = {
    "draft": LEADERS,
    "sent": LEADERS | DESKS,
    "returned": LEADERS | DESKS,
    "forwarded": LEADERS | DESKS,
    "approved": LEADERS | DESKS | {"executive"},
}
WORKING = {
    "officer",
    "colleague",
    "head",
    "deputy",
    "other_officer",
    "other_head",
    "coordinator",
    "results_desk",
    "member",
    "second_member",
    "executive",
    "driver",
}


def who_sees(cast, model, paper):
    return {
        name
        for name, user in cast.people.items()
        if model.objects.visible_to(user).filter(pk=paper.pk).exists()
    }


@pytest.mark.parametrize("state", SEES_PLAN)
def test_an_officers_plan_and_its_lines(cast, state):
    plan = make(cast, "plan", state)
    assert who_sees(cast, OfficerPlan, plan) == SEES_PLAN[state]
    assert who_sees(cast, Visit, plan.lines.first()) == SEES_PLAN[state]


@pytest.mark.parametrize("state", SEES_DEPARTMENT_PLAN)
def test_a_department_plan(cast, state):
    assert who_sees(cast, DepartmentPlan, make_department_plan(cast, state)) == SEES_DEPARTMENT_PLAN[state]


@pytest.mark.parametrize(
    ("state", "seen_by"),
    [
        ("draft", {"member", "second_member"}),
        ("closed", WORKING),
        ("cancelled", {"member", "second_member"}),
    ],
)
def test_a_decision(cast, state, seen_by):
    assert who_sees(cast, Decision, make(cast, "decision", state)) == seen_by


def test_everybody_working_in_the_province_knows_of_approved_visits_only(cast):
    approved = make_department_plan(cast, "approved").officer_plans.get().lines.get()
    knows = {n for n, u in cast.people.items() if Visit.objects.known_to(u).filter(pk=approved.pk).exists()}
    assert knows == WORKING


def test_a_planned_visit_is_known_only_to_those_who_read_it(cast):
    line = make_plan(cast, state="submitted").lines.get()
    knows = {n for n, u in cast.people.items() if Visit.objects.known_to(u).filter(pk=line.pk).exists()}
    assert knows == SEES_PLAN["submitted"]


def test_rules_quarters_and_units_belong_to_the_province(cast):
    quarter, unit = make_quarter(cast), make_unit(cast)
    at_home = set(cast.people) - {
        "central",
        "stranger",
        "strange_head",
        "strange_coordinator",
        "strange_member",
    }
    assert who_sees(cast, Quarter, quarter) == at_home
    assert who_sees(cast, HostUnit, unit) == at_home


def test_who_decided_keeps_sight_when_the_role_has_ended(cast):
    plan = make_plan(cast, state="endorsed")
    RoleGrant.objects.filter(user=cast.head, role=Role.HEAD).update(valid_to="2026-01-02")
    former = type(cast.head).objects.get(pk=cast.head.pk)
    assert OfficerPlan.objects.visible_to(former).filter(pk=plan.pk).exists()
    plan.perform("withdraw", by=cast.officer)
    assert not OfficerPlan.objects.visible_to(former).filter(pk=plan.pk).exists()


def test_nobody_sees_the_other_province(cast):
    plan = make_plan(cast, cast.stranger, state="submitted")
    assert who_sees(cast, OfficerPlan, plan) == {
        "stranger",
        "strange_head",
        "strange_coordinator",
        "strange_member",
    }


def test_a_member_of_another_departments_plan_is_no_leader_of_it(cast):
    paper = make_department_plan(cast, "forwarded", [cast.officer])
    decision = make_meeting(cast, paper.quarter)
    decision.agree_to_rest(paper, by=cast.member.powers)
    close_meeting(decision, cast.member)
    assert "other_head" not in who_sees(cast, DepartmentPlan, paper)
