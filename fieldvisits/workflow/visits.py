"""A visit: one line of a plan (steps 1-3), then what is carried out, changed or given up (step 4)."""

from __future__ import annotations

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .. import permissions as who
from .planning import OfficerPlanState
from .table import Comment, Flow, State, Text, Transition


def plan_is_on_the_heads_desk(line: Any) -> Text | None:
    if line.plan.state == OfficerPlanState.SUBMITTED:
        return line.plan.quarter.why_closed()
    return _("Lines can be struck or restored only while the plan waits for the department's agreement.")


def plan_is_open_to_its_officer(line: Any) -> Text | None:
    return None if line.plan.is_editable else _("The plan has been registered; withdraw it first.")


# fmt: off


class VisitState(TextChoices):
    PLANNED = "planned", _("Planned")
    STRUCK = "struck", _("Struck by the department")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Not approved")
    CANCELLED = "cancelled", _("Cancelled")
    NOT_DONE = "not_done", _("Not carried out")


_V = VisitState

VISIT = Flow(
    kind="visits",
    name=_("Visit"),
    states=(
        State(_V.PLANNED, _V.PLANNED.label, "draft", "calendar"),
        State(_V.STRUCK, _V.STRUCK.label, "returned", "dash-circle"),
        State(_V.APPROVED, _V.APPROVED.label, "approved", "check-circle"),
        State(_V.REFUSED, _V.REFUSED.label, "refused", "x-circle"),
        State(_V.CANCELLED, _V.CANCELLED.label, "history", "slash-circle"),
        State(_V.NOT_DONE, _V.NOT_DONE.label, "returned", "calendar-x"),
    ),
    transitions=(
        Transition(
            "strike", _("Strike the line"), (_V.PLANNED,), _V.STRUCK, (who.leader,), 2,
            applies="is_planned_ahead", needs=(plan_is_on_the_heads_desk,), comment=Comment.REQUIRED, decides=True, tone="danger",
            done=_("The line is struck; its officer sees why."),
        ),
        Transition(
            "restore", _("Restore the line"), (_V.STRUCK,), _V.PLANNED, (who.leader,), 2,
            applies="is_planned_ahead", needs=(plan_is_on_the_heads_desk,), comment=Comment.OPTIONAL, decides=True,
            done=_("The line is restored."),
        ),
        Transition(
            "propose_again", _("Propose again"), (_V.STRUCK,), _V.PLANNED, (who.author,), 1,
            applies="is_planned_ahead", needs=(plan_is_open_to_its_officer,), done=_("The line is proposed again."),
        ),
        Transition("approve", _("Approved"), (_V.PLANNED,), _V.APPROVED, step=3, decides=True, internal=True),
        Transition(
            "amend", _("Approved with changes"), (_V.PLANNED,), _V.APPROVED, step=3, comment=Comment.REQUIRED,
            decides=True, internal=True,
        ),
        Transition(
            "refuse", _("Not approved"), (_V.PLANNED,), _V.REFUSED, step=3, comment=Comment.REQUIRED, decides=True,
            internal=True,
        ),
        Transition(
            "consent", _("Consented to"), (_V.PLANNED,), _V.APPROVED, step=4, decides=True, keeps_copy=True,
            internal=True,
        ),
        Transition("drop", _("Withdrawn"), (_V.PLANNED,), _V.CANCELLED, step=4, internal=True),
        Transition(
            "reschedule", _("Rescheduled"), (_V.APPROVED,), _V.APPROVED, step=4, decides=True, keeps_copy=True,
            internal=True,
        ),
        Transition("cancel", _("Cancelled"), (_V.APPROVED,), _V.CANCELLED, step=4, decides=True, internal=True),
        Transition(
            "close", _("Close as not carried out"), (_V.APPROVED,), _V.NOT_DONE, (who.author, who.leader), 4,
            needs=("why_not_closable",), comment=Comment.REQUIRED, fields=("variance",), tone="danger",
            done=_("The visit is closed as not carried out."),
        ),
        Transition(
            "reinstate", _("It was carried out after all"), (_V.NOT_DONE,), _V.APPROVED, (who.author, who.leader), 4,
            comment=Comment.OPTIONAL, then="forget_variance", done=_("The visit stands again."),
        ),
    ),
)
