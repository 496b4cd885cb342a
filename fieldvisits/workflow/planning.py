"""Steps 1-3: the quarter, the officer's plan, the department plan, the Standing Committee's decision."""

from __future__ import annotations

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .. import permissions as who
from .table import Comment, Flow, State, Text, Transition

# --- What must hold: guards answer with a sentence when it is not yet time -----------------------------------------------


def quarter_runs(paper: Any) -> Text | None:
    return paper.quarter.why_closed()


def has_lines(paper: Any) -> Text | None:
    return None if paper.has_lines() else _("The plan has no line yet. Add at least one visit.")


def lines_are_sound(paper: Any) -> Text | None:
    return paper.first_problem()


def leaves_others_in_department_plan(paper: Any) -> Text | None:
    return paper.why_kept_in_department_plan()


def department_has_met(paper: Any) -> Text | None:
    return paper.why_not_met()


def every_plan_is_decided(paper: Any) -> Text | None:
    return paper.why_not_complete()


def not_on_the_table(paper: Any) -> Text | None:
    return paper.why_on_the_table()


def meeting_is_recorded(paper: Any) -> Text | None:
    return paper.why_not_recorded()


def every_line_is_decided(paper: Any) -> Text | None:
    return paper.why_not_decided()


def number_is_typed(paper: Any) -> Text | None:
    return None if paper.number else _("Type the document's number first.")


# The rows below are kept as compact as a printed table.
# fmt: off

# --- The quarter ----------------------------------------------------------------------------------------------------------


class QuarterState(TextChoices):
    SCHEDULED = "scheduled", _("Not open yet")
    OPEN = "open", _("Open")
    SUSPENDED = "suspended", _("Suspended")


QUARTER = Flow(
    kind="quarters",
    name=_("Quarter"),
    states=(
        State(QuarterState.SCHEDULED, QuarterState.SCHEDULED.label, "history", "clock", "desk_of_coordinator"),
        State(QuarterState.OPEN, QuarterState.OPEN.label, "approved", "unlock"),
        State(QuarterState.SUSPENDED, QuarterState.SUSPENDED.label, "history", "pause-circle"),
    ),
    transitions=(
        Transition(
            "open", _("Open registration"), (QuarterState.SCHEDULED,), QuarterState.OPEN, (who.coordinator,), 1,
            tone="primary", done=_("Registration is open."),
        ),
        Transition(
            "suspend", _("Suspend the quarter"), (QuarterState.SCHEDULED, QuarterState.OPEN), QuarterState.SUSPENDED,
            (who.coordinator, who.committee), 1, comment=Comment.REQUIRED, tone="danger", then="note_suspension",
            done=_("The quarter is suspended. Nobody is late in it."),
            confirm=_("Suspend the quarter? Nobody can register or send anything in it until it is resumed."),
        ),
        Transition(
            "resume", _("Resume the quarter"), (QuarterState.SUSPENDED,), QuarterState.OPEN,
            (who.coordinator, who.committee), 1, comment=Comment.OPTIONAL, then="clear_suspension",
            done=_("The quarter is open again."),
        ),
    ),
)


# --- The officer's quarter plan -----------------------------------------------------------------------------------------


class OfficerPlanState(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Registered")
    RETURNED = "returned", _("Returned for completion")
    ENDORSED = "endorsed", _("Agreed by the department")
    SENT = "sent", _("Sent to the coordinator")
    FORWARDED = "forwarded", _("Submitted to the Standing Committee")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Not approved")


_P = OfficerPlanState

OFFICER_PLAN = Flow(
    kind="plans",
    name=_("Officer's quarter plan"),
    states=(
        State(_P.DRAFT, _P.DRAFT.label, "draft", "pencil", "desk_of_author"),
        State(_P.SUBMITTED, _P.SUBMITTED.label, "waiting", "hourglass-split", "desk_of_leaders"),
        State(_P.RETURNED, _P.RETURNED.label, "returned", "arrow-return-left", "desk_of_author"),
        State(_P.ENDORSED, _P.ENDORSED.label, "waiting", "check", "desk_of_leaders"),
        State(_P.SENT, _P.SENT.label, "waiting", "send", "desk_of_coordinator"),
        State(_P.FORWARDED, _P.FORWARDED.label, "waiting", "people", "desk_of_committee"),
        State(_P.APPROVED, _P.APPROVED.label, "approved", "check-circle"),
        State(_P.REJECTED, _P.REJECTED.label, "refused", "x-circle"),
    ),
    transitions=(
        Transition(
            "submit", _("Send to the head of department"), (_P.DRAFT, _P.RETURNED), _P.SUBMITTED, (who.author,), 1,
            needs=(quarter_runs, has_lines, lines_are_sound), comment=Comment.EXPLAIN, tone="primary",
            then="note_submission", done=_("The plan has been sent to the head of department."), keeps_copy=True,
        ),
        Transition(
            "withdraw", _("Withdraw"), (_P.SUBMITTED, _P.ENDORSED, _P.SENT, _P.FORWARDED), _P.DRAFT, (who.author,),
            1, needs=(quarter_runs, leaves_others_in_department_plan), comment=Comment.OPTIONAL,
            then="leave_department_plan", done=_("The plan is a draft again."),
            confirm=_("Withdraw the plan? It becomes a draft and must be sent again."),
        ),
        Transition(
            "endorse", _("Agree"), (_P.SUBMITTED,), _P.ENDORSED, (who.leader,), 2,
            needs=(quarter_runs, has_lines, lines_are_sound), comment=Comment.OPTIONAL, decides=True, tone="primary",
            done=_("The department agrees with the plan."),
        ),
        Transition(
            "put_up", _("Put up as the head's own plan"), (_P.SUBMITTED,), _P.ENDORSED, (who.head_with_own_paper,),
            2, needs=(quarter_runs, has_lines, lines_are_sound), then="mark_as_heads_own",
            done=_("The plan goes up marked as the head's own."),
            confirm=_("No deputy has agreed with it: the plan goes up marked as the head's own."),
        ),
        Transition(
            "reopen", _("Take back the agreement"), (_P.ENDORSED,), _P.SUBMITTED, (who.leader,), 2,
            needs=(quarter_runs,), comment=Comment.OPTIONAL, decides=True, then="forget_heads_own",
            done=_("The agreement is taken back."),
        ),
        Transition(
            "return", _("Return for completion"), (_P.SUBMITTED, _P.ENDORSED), _P.RETURNED, (who.leader,), 2,
            needs=(quarter_runs,), comment=Comment.REQUIRED, decides=True, then="forget_heads_own", tone="danger",
            done=_("The plan has been returned to its officer."),
        ),
        Transition(
            "return", _("Return for completion"), (_P.SENT,), _P.RETURNED, (who.coordinator,), 2,
            needs=(quarter_runs, leaves_others_in_department_plan), comment=Comment.REQUIRED, decides=True,
            then="leave_department_plan", tone="danger", done=_("The plan has been returned to its officer."),
        ),
        Transition(
            "go_up", _("Sent with the department plan"), (_P.ENDORSED,), _P.SENT, step=2,
            then="join_department_plan", internal=True,
        ),
        Transition("go_on", _("Forwarded with the department plan"), (_P.SENT,), _P.FORWARDED, step=2, internal=True),
        Transition("step_back", _("Back at the coordinator"), (_P.FORWARDED,), _P.SENT, step=2, internal=True),
        Transition(
            "come_back", _("Back at the department"), (_P.SENT, _P.FORWARDED), _P.ENDORSED, step=2,
            then="leave_department_plan", internal=True,
        ),
        Transition(
            "send_back", _("Returned by the Standing Committee"), (_P.FORWARDED,), _P.RETURNED, step=3,
            comment=Comment.REQUIRED, decides=True, then="leave_department_plan", internal=True,
        ),
        Transition(
            "approve", _("Approved"), (_P.FORWARDED,), _P.APPROVED, step=3, decides=True, keeps_copy=True,
            internal=True,
        ),
        Transition(
            "reject", _("Not approved"), (_P.FORWARDED,), _P.REJECTED, step=3, decides=True, keeps_copy=True,
            internal=True,
        ),
    ),
)


# --- The department plan --------------------------------------------------------------------------------------------------


class DepartmentPlanState(TextChoices):
    DRAFT = "draft", _("Being consolidated")
    SENT = "sent", _("Sent to the coordinator")
    RETURNED = "returned", _("Returned for completion")
    FORWARDED = "forwarded", _("Submitted to the Standing Committee")
    APPROVED = "approved", _("Approved")


_D = DepartmentPlanState

DEPARTMENT_PLAN = Flow(
    kind="department-plans",
    name=_("Department plan"),
    states=(
        State(_D.DRAFT, _D.DRAFT.label, "draft", "pencil", "desk_of_leaders"),
        State(_D.SENT, _D.SENT.label, "waiting", "send", "desk_of_coordinator"),
        State(_D.RETURNED, _D.RETURNED.label, "returned", "arrow-return-left", "desk_of_leaders"),
        State(_D.FORWARDED, _D.FORWARDED.label, "waiting", "people", "desk_of_committee"),
        State(_D.APPROVED, _D.APPROVED.label, "approved", "check-circle"),
    ),
    transitions=(
        Transition(
            "send", _("Send to the coordinator"), (_D.DRAFT, _D.RETURNED), _D.SENT, (who.leader,), 2,
            needs=(quarter_runs, department_has_met, every_plan_is_decided), comment=Comment.EXPLAIN, tone="primary",
            fields=("met_on",), then="take_plans_along",
            done=_("The department plan has been sent to the coordinator."),
        ),
        Transition(
            "withdraw", _("Withdraw"), (_D.SENT,), _D.DRAFT, (who.leader,), 2, needs=(quarter_runs,),
            comment=Comment.OPTIONAL, then="give_plans_back",
            done=_("The department plan is back at the department."),
            confirm=_("Withdraw the department plan? It must be sent again."),
        ),
        Transition(
            "forward", _("Submit to the Standing Committee"), (_D.SENT,), _D.FORWARDED, (who.coordinator,), 2,
            needs=(quarter_runs,), comment=Comment.OPTIONAL, tone="primary", then="pass_plans_on",
            done=_("The department plan lies before the Standing Committee."),
        ),
        Transition(
            "return", _("Return for completion"), (_D.SENT,), _D.RETURNED, (who.coordinator,), 2,
            needs=(quarter_runs,), comment=Comment.REQUIRED, decides=True, tone="danger", then="give_plans_back",
            done=_("The department plan has been returned to the department."),
        ),
        Transition(
            "recall", _("Take back from the Standing Committee"), (_D.FORWARDED,), _D.SENT, (who.coordinator,), 2,
            needs=(quarter_runs, not_on_the_table), comment=Comment.OPTIONAL, then="take_plans_back",
            done=_("The department plan is back at the coordinator."),
            confirm=_("Take the department plan back from the Standing Committee?"),
        ),
        Transition(
            "send_back", _("Returned by the Standing Committee"), (_D.FORWARDED,), _D.RETURNED, step=3,
            comment=Comment.REQUIRED, decides=True, then="give_plans_back", internal=True,
        ),
        Transition("approve", _("Approved"), (_D.FORWARDED,), _D.APPROVED, step=3, decides=True, internal=True),
    ),
)


# --- The Standing Committee's decision ------------------------------------------------------------------------------------


class DecisionState(TextChoices):
    DRAFT = "draft", _("Meeting in progress")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


DECISION = Flow(
    kind="decisions",
    name=_("Standing Committee's decision"),
    states=(
        State(DecisionState.DRAFT, DecisionState.DRAFT.label, "waiting", "people", "desk_of_committee"),
        State(DecisionState.CLOSED, DecisionState.CLOSED.label, "approved", "check-circle"),
        State(DecisionState.CANCELLED, DecisionState.CANCELLED.label, "history", "x-circle"),
    ),
    transitions=(
        Transition(
            "close", _("End the meeting"), (DecisionState.DRAFT,), DecisionState.CLOSED, (who.committee,), 3,
            needs=(quarter_runs, meeting_is_recorded, every_line_is_decided), tone="primary", then="apply",
            fields=("meeting_on", "number", "conclusion"),
            done=_("The decision has been applied to every paper of the meeting."),
            confirm=_("End the meeting? Everything decided is applied at once and cannot be taken back."),
        ),
        Transition(
            "cancel", _("Cancel the meeting"), (DecisionState.DRAFT,), DecisionState.CANCELLED, (who.committee,), 3,
            comment=Comment.OPTIONAL, tone="danger", then="drop_marks",
            done=_("The meeting is cancelled; no paper has changed."),
            confirm=_("Cancel the meeting? What was marked in it is dropped; no paper changes."),
        ),
        Transition(
            "number", _("Record the document number"), (DecisionState.CLOSED,), DecisionState.CLOSED,
            (who.committee, who.coordinator), 3, needs=(number_is_typed,), fields=("number",),
            done=_("The number is recorded."),
        ),
    ),
)

# fmt: on
