"""Nobody decides on their own paper in a meeting of the Standing Committee, on whatever path they try; and only members decide."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from accounts.models import Delegation, Role, RoleGrant, User
from fieldvisits.models import LineDecision, Verdict
from fieldvisits.pages.agenda import Screen

from ..factories import close_meeting, make_department_plan, make_meeting
from .test_decisions import agree_to_all, decision, last_event, lines_of, paper, plan_of

__all__ = ["decision", "paper"]  # fixtures


def lend(holder, delegate, role=Role.COMMITTEE):
    return Delegation.objects.create(
        grant=RoleGrant.objects.get(user=holder, role=role),
        delegate=delegate,
        reason="Đi công tác",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 1, 31),
    )


@pytest.fixture
def own(cast):
    """The plan of committee member Minh, among that of Giang, both of Ban Xây dựng Đoàn."""
    return make_department_plan(cast, "forwarded", [cast.member, cast.other_officer])


def every_way_to_decide(decision, paper, officer, by):
    line = lines_of(officer)[0]
    return {
        "line": lambda: decision.decide_line(line, Verdict.AGREE, by=by),
        "clear": lambda: decision.clear_line(line, by=by),
        "return plan": lambda: decision.return_paper(plan_of(officer), "Làm lại", by=by),
        "return department": lambda: decision.return_paper(paper, "Làm lại", by=by),
        "take back": lambda: decision.take_back_return(plan_of(officer), by=by),
        "take back department": lambda: decision.take_back_return(paper, by=by),
    }


WAYS = ["line", "clear", "return plan", "return department", "take back", "take back department"]


@pytest.mark.parametrize("way", WAYS)
def test_a_member_does_not_decide_on_their_own_plan(cast, own, way):
    decision = make_meeting(cast, own.quarter)
    with pytest.raises(PermissionDenied):
        every_way_to_decide(decision, own, cast.member, cast.member.powers)[way]()
    every_way_to_decide(decision, own, cast.member, cast.second_member.powers)[way]()


def test_agreeing_to_the_rest_leaves_own_lines(cast, own):
    decision = make_meeting(cast, own.quarter)
    assert decision.agree_to_rest(own, by=cast.member.powers) == (1, 1)
    assert [row.waiting for row in decision.table] == [{cast.member.pk}]
    assert decision.agree_to_rest(own, by=cast.second_member.powers) == (1, 0)


@pytest.mark.parametrize("way", WAYS)
def test_a_stand_in_does_not_decide_on_the_plan_of_the_member_they_stand_in_for(cast, own, way):
    lend(cast.member, cast.executive)
    decision = make_meeting(cast, own.quarter)
    with pytest.raises(PermissionDenied):
        every_way_to_decide(decision, own, cast.member, cast.executive.powers)[way]()


def test_a_stand_in_decides_on_behalf_and_both_names_are_kept(cast, decision, paper):
    lend(cast.member, cast.executive)
    assert agree_to_all(decision, paper, cast.executive) == (4, 0)
    close_meeting(decision, cast.executive)
    event = last_event(plan_of(cast.officer))
    assert (event.actor, event.on_behalf_of) == (cast.executive, cast.member)


def test_a_stand_in_does_not_decide_on_their_own_plan_either(cast, decision, paper):
    lend(cast.member, cast.officer)
    assert agree_to_all(decision, paper, User.objects.get(pk=cast.officer.pk)) == (2, 2)


@pytest.mark.parametrize("way", WAYS)
def test_who_sent_a_department_plan_does_not_decide_on_it(cast, decision, paper, way):
    RoleGrant.objects.create(
        user=cast.head, role=Role.COMMITTEE, province=cast.province, valid_from=date(2020, 1, 1)
    )
    powers = User.objects.get(pk=cast.head.pk).powers
    with pytest.raises(PermissionDenied):
        every_way_to_decide(decision, paper, cast.officer, powers)[way]()
    assert decision.agree_to_rest(paper, by=powers) == (0, 4)


@pytest.mark.parametrize("way", WAYS)
def test_in_whose_name_a_department_plan_was_sent_does_not_decide_on_it(cast, way):
    RoleGrant.objects.create(
        user=cast.head, role=Role.COMMITTEE, province=cast.province, valid_from=date(2020, 1, 1)
    )
    lend(cast.head, cast.colleague, Role.HEAD)
    paper = make_department_plan(cast, "draft")
    paper.perform("send", by=cast.colleague, comment="Ban đã họp", met_on=date(2026, 1, 3))
    paper.perform("forward", by=cast.coordinator)
    decision = make_meeting(cast, paper.quarter)
    powers = User.objects.get(pk=cast.head.pk).powers
    with pytest.raises(PermissionDenied):
        every_way_to_decide(decision, paper, cast.officer, powers)[way]()
    assert decision.agree_to_rest(paper, by=powers) == (0, 1)
    assert Screen(decision, powers).own == {paper.pk}
    assert Screen(decision, cast.member.powers).own == set()
    every_way_to_decide(decision, paper, cast.officer, cast.member.powers)[way]()


@pytest.mark.parametrize("who", ["officer", "head", "coordinator", "executive", "strange_member", "central"])
@pytest.mark.parametrize("way", WAYS)
def test_only_members_decide(cast, decision, paper, who, way):
    with pytest.raises(PermissionDenied):
        every_way_to_decide(decision, paper, cast.colleague, cast.people[who].powers)[way]()


def test_the_database_refuses_a_mark_on_ones_own_line(cast, decision):
    line = lines_of(cast.officer)[0]
    with pytest.raises(IntegrityError):
        LineDecision.objects.create(
            decision=decision,
            visit=line,
            officer=cast.officer,
            decided_by=cast.officer,
            verdict="agree",
            was_starts=line.starts,
            was_ends=line.ends,
            was_unit=line.unit,
        )
