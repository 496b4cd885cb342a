"""The database refuses nonsense by itself, and every refusal a person can cause has a sentence."""

import datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from accounts.models import Delegation, Department, Membership, RoleGrant
from fieldvisits.models import (
    Decision,
    Exemption,
    LineDecision,
    OfficerPlan,
    Quarter,
    SubQuota,
    UnitAssignment,
    Visit,
    YearRule,
)

from .factories import make_department_plan, make_meeting, make_plan, make_quarter, make_unit

OURS = [m for app in ("accounts", "fieldvisits", "reports") for m in apps.get_app_config(app).get_models()]
DAY = datetime.date(2026, 1, 1)


def constraints():
    return [(m, c) for m in OURS for c in m._meta.constraints]


def test_every_constraint_is_named_for_its_app_and_model():
    wrong = [
        c.name
        for m, c in constraints()
        if not c.name.startswith(f"{m._meta.app_label}_{m._meta.model_name}_")
    ]
    assert wrong == []


def test_parents_are_protected_unless_a_child_means_nothing_alone():
    """CASCADE only where deleting the parent leaves nothing that could be read."""
    cascades = {
        f"{m.__name__}.{f.name}"
        for m in OURS
        for f in m._meta.get_fields()
        if isinstance(f, models.ForeignKey)
        and f.remote_field.on_delete is models.CASCADE
        and not m.__name__.startswith("Historical")
    }
    assert cascades == {
        "FormerName.department",
        "DepartmentDuty.department",
        "Membership.user",
        "RoleGrant.user",
        "Delegation.grant",
        "SubQuota.rule",
        "Holiday.province",
        "Exemption.officer",
        "Nudge.quarter",
        "Nudge.department",
        "UnitAssignment.unit",
        "UnitAssignment.officer",
        "UnitAssignment.department",
        "Visit.plan",
        "VisitDay.visit",
        "Remark.visit",
        "LineDecision.decision",
        "ReturnDecision.decision",
        "NoticeLine.notice",
        "NoticeAnswer.line",
        "HostLink.notice",
        "Attachment.result",
        "FollowUp.result",
    }


def refused(change):
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


def test_dates_out_of_order(cast):
    late, early = datetime.date(2026, 2, 1), datetime.date(2026, 1, 1)
    plan = make_plan(cast)
    line = plan.lines.get()
    refused(lambda: Visit.objects.filter(pk=line.pk).update(starts=late, ends=early))
    refused(lambda: Membership.objects.filter(user=cast.officer).update(valid_from=late, valid_to=early))
    refused(lambda: Department.objects.filter(pk=cast.movement.pk).update(valid_from=late, valid_to=early))
    refused(lambda: YearRule.objects.update(window_from=late, window_to=early))
    refused(lambda: Quarter.objects.filter(pk=plan.quarter_id).update(officer_due=late, department_due=early))


def test_states_nobody_has_defined(cast):
    plan = make_plan(cast)
    refused(lambda: OfficerPlan.objects.filter(pk=plan.pk).update(state="blessed"))
    refused(lambda: Visit.objects.filter(plan=plan).update(state="blessed"))
    refused(lambda: Quarter.objects.filter(pk=plan.quarter_id).update(state="blessed"))


def test_fields_that_belong_together(cast):
    plan = make_plan(cast)
    refused(lambda: OfficerPlan.objects.filter(pk=plan.pk).update(late=True))
    refused(lambda: OfficerPlan.objects.filter(pk=plan.pk).update(state="sent"))
    refused(lambda: Visit.objects.filter(plan=plan).update(state="approved", unit=None))
    refused(lambda: Visit.objects.filter(plan=plan).update(group=5))
    refused(lambda: Quarter.objects.filter(pk=plan.quarter_id).update(state="suspended"))
    meeting = make_meeting(cast, plan.quarter)
    refused(lambda: Decision.objects.filter(pk=meeting.pk).update(state="closed"))
    unit = make_unit(cast)
    refused(lambda: UnitAssignment.objects.create(unit=unit, valid_from=DAY))
    refused(
        lambda: UnitAssignment.objects.create(
            unit=unit, officer=cast.officer, department=cast.movement, valid_from=DAY
        )
    )
    refused(
        lambda: Exemption.objects.create(
            officer=cast.officer, kind="other", reason="x", decision="y", valid_from=DAY
        )
    )
    grant = RoleGrant.objects.get(user=cast.head, role="head")
    refused(lambda: Delegation.objects.create(grant=grant, delegate=cast.deputy, reason="x", valid_from=DAY))
    refused(lambda: RoleGrant.objects.filter(pk=grant.pk).update(department=None))
    refused(lambda: RoleGrant.objects.filter(user=cast.officer).update(province=None))


def test_two_of_what_there_is_one_of(cast):
    plan = make_plan(cast)
    refused(
        lambda: OfficerPlan.objects.create(
            quarter=plan.quarter, officer=cast.officer, department=cast.movement
        )
    )
    make_meeting(cast, plan.quarter)
    refused(lambda: make_meeting(cast, plan.quarter))
    rule = YearRule.objects.get(year=2026)
    SubQuota.objects.create(rule=rule, level="branch", days=30)
    refused(lambda: SubQuota.objects.create(rule=rule, level="branch", days=10))


@pytest.mark.parametrize("on_behalf", [False, True])
def test_nobody_decides_on_their_own_line(cast, on_behalf):
    paper = make_department_plan(cast, "forwarded", [cast.member])
    line = paper.officer_plans.get().lines.get()
    refused(
        lambda: LineDecision.objects.create(
            decision=make_meeting(cast, make_quarter(cast)),
            visit=line,
            officer=cast.member,
            verdict="agree",
            was_starts=line.starts,
            was_ends=line.ends,
            was_unit=line.unit,
            decided_by=cast.second_member if on_behalf else cast.member,
            on_behalf_of=cast.member if on_behalf else None,
        )
    )


@pytest.mark.parametrize(
    "values",
    [
        {"verdict": "strike"},
        {"verdict": "amend", "reason": "Đổi ngày"},
        {"verdict": "agree", "starts": DAY},
    ],
)
def test_a_verdict_is_complete(cast, values):
    paper = make_department_plan(cast, "forwarded")
    line = paper.officer_plans.get().lines.get()
    refused(
        lambda: LineDecision.objects.create(
            decision=make_meeting(cast, paper.quarter),
            visit=line,
            officer=cast.officer,
            was_starts=line.starts,
            was_ends=line.ends,
            was_unit=line.unit,
            decided_by=cast.member,
            **values,
        )
    )
