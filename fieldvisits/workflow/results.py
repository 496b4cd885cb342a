"""Step 6: the result of a visit, what it recommends, the quarter reports of officers and departments."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .. import permissions as who
from .table import Comment, Flow, State, Transition

# fmt: off


class ResultState(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Reported")
    RETURNED = "returned", _("Returned for completion")
    ACCEPTED = "accepted", _("Accepted")


_R = ResultState

VISIT_RESULT = Flow(
    kind="results",
    name=_("Result of a visit"),
    states=(
        State(_R.DRAFT, _R.DRAFT.label, "draft", "pencil", "desk_of_author"),
        State(_R.SUBMITTED, _R.SUBMITTED.label, "waiting", "hourglass-split", "desk_of_readers"),
        State(_R.RETURNED, _R.RETURNED.label, "returned", "arrow-return-left", "desk_of_author"),
        State(_R.ACCEPTED, _R.ACCEPTED.label, "approved", "check-circle"),
    ),
    transitions=(
        Transition(
            "submit", _("Report the result"), (_R.DRAFT, _R.RETURNED), _R.SUBMITTED, (who.author,), 6,
            needs=("why_not_reportable",), comment=Comment.OPTIONAL, tone="primary", then="note_submission",
            done=_("The result has been sent to the head of department."), keeps_copy=True,
        ),
        Transition(
            "withdraw", _("Withdraw"), (_R.SUBMITTED,), _R.DRAFT, (who.author,), 6, comment=Comment.OPTIONAL,
            then="forget_heads_own", done=_("The result is a draft again."),
        ),
        Transition(
            "put_up", _("Pass to the results desk as the head's own"), (_R.SUBMITTED,), _R.SUBMITTED,
            (who.head_with_own_paper,), 6, applies="waits_for_department", then="mark_as_heads_own",
            done=_("The results desk will decide on it."),
        ),
        Transition(
            "accept", _("Accept"), (_R.SUBMITTED,), _R.ACCEPTED, (who.leader,), 6, needs=("why_not_countable",),
            comment=Comment.OPTIONAL, decides=True, tone="primary", then="count",
            done=_("The result is accepted; its days count."), keeps_copy=True, applies="waits_for_department",
        ),
        Transition(
            "accept", _("Accept"), (_R.SUBMITTED,), _R.ACCEPTED, (who.results_desk,), 6, needs=("why_not_countable",),
            comment=Comment.OPTIONAL, decides=True, tone="primary", then="count",
            done=_("The result is accepted; its days count."), keeps_copy=True, applies="heads_own",
        ),
        Transition(
            "return", _("Return for completion"), (_R.SUBMITTED,), _R.RETURNED, (who.leader,), 6,
            comment=Comment.REQUIRED, decides=True, tone="danger", applies="waits_for_department",
            done=_("The result has been returned to its officer."),
        ),
        Transition(
            "return", _("Return for completion"), (_R.SUBMITTED,), _R.RETURNED, (who.results_desk,), 6,
            comment=Comment.REQUIRED, decides=True, tone="danger", then="forget_heads_own", applies="heads_own",
            done=_("The result has been returned to its officer."),
        ),
        Transition(
            "return", _("Take back the acceptance and return"), (_R.ACCEPTED,), _R.RETURNED, (who.results_desk,), 6,
            comment=Comment.REQUIRED, decides=True, tone="danger", then="uncount",
            done=_("The result has been returned; its days no longer count."),
        ),
    ),
)


class RecommendationState(TextChoices):
    NOTED = "noted", _("Noted in a result")
    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    SETTLED = "settled", _("Settled")
    PASSED_UP = "passed_up", _("Passed up")
    DROPPED = "dropped", _("Dropped")


_O = RecommendationState
_FOLLOWERS = (who.owner, who.leader, who.coordinator, who.results_desk, who.committee)

RECOMMENDATION = Flow(
    kind="recommendations",
    name=_("Recommendation"),
    states=(
        State(_O.NOTED, _O.NOTED.label, "draft", "pencil", "desk_of_author"),
        State(_O.OPEN, _O.OPEN.label, "waiting", "exclamation-circle", "desk_of_owner"),
        State(_O.IN_PROGRESS, _O.IN_PROGRESS.label, "waiting", "arrow-repeat", "desk_of_owner"),
        State(_O.SETTLED, _O.SETTLED.label, "approved", "check-circle"),
        State(_O.PASSED_UP, _O.PASSED_UP.label, "waiting", "arrow-up-circle", "desk_of_addressee"),
        State(_O.DROPPED, _O.DROPPED.label, "history", "slash-circle"),
    ),
    transitions=(
        Transition("raise", _("Raised"), (_O.NOTED,), _O.OPEN, step=6, keeps_copy=True, internal=True),
        Transition("take_back", _("Back in its result"), (_O.OPEN,), _O.NOTED, step=6, internal=True),
        Transition(
            "found_begun", _("Found in progress on a visit"), (_O.OPEN,), _O.IN_PROGRESS, step=6,
            comment=Comment.OPTIONAL, internal=True,
        ),
        Transition(
            "found_settled", _("Found settled on a visit"), (_O.OPEN, _O.IN_PROGRESS, _O.PASSED_UP), _O.SETTLED, step=6,
            comment=Comment.OPTIONAL, then="note_answer", keeps_copy=True, internal=True,
        ),
        Transition(
            "unfind", _("What the visit found is taken back"), (_O.SETTLED,), _O.OPEN, step=6, applies="was_open",
            then="recall_answer", internal=True,
        ),
        Transition(
            "unfind", _("What the visit found is taken back"), (_O.SETTLED,), _O.IN_PROGRESS, step=6,
            applies="was_in_progress", then="recall_answer", internal=True,
        ),
        Transition(
            "unfind", _("What the visit found is taken back"), (_O.SETTLED,), _O.PASSED_UP, step=6, applies="was_passed_up",
            then="recall_answer", internal=True,
        ),
        Transition(
            "unfind", _("What the visit found is taken back"), (_O.IN_PROGRESS,), _O.OPEN, step=6, applies="was_open",
            internal=True,
        ),
        Transition(
            "start", _("Take up"), (_O.OPEN, _O.PASSED_UP), _O.IN_PROGRESS, _FOLLOWERS, 6, comment=Comment.OPTIONAL,
            done=_("The recommendation is in progress."),
        ),
        Transition(
            "settle", _("Settle"), (_O.OPEN, _O.IN_PROGRESS, _O.PASSED_UP), _O.SETTLED, _FOLLOWERS, 6,
            comment=Comment.REQUIRED, tone="primary", then="note_answer", done=_("The recommendation is settled."),
        ),
        Transition(
            "pass_up", _("Pass up"), (_O.OPEN, _O.IN_PROGRESS), _O.PASSED_UP, _FOLLOWERS, 6, comment=Comment.REQUIRED,
            then="note_answer", done=_("The recommendation is passed up."),
        ),
        Transition(
            "drop", _("Drop"), (_O.OPEN, _O.IN_PROGRESS, _O.PASSED_UP), _O.DROPPED, _FOLLOWERS, 6,
            comment=Comment.REQUIRED, tone="danger", then="note_answer", done=_("The recommendation is dropped."),
        ),
        Transition(
            "reopen", _("Open again"), (_O.SETTLED, _O.DROPPED), _O.OPEN, _FOLLOWERS, 6, comment=Comment.REQUIRED,
            then="forget_answer", done=_("The recommendation is open again."),
        ),
        *(
            Transition(
                "assign", _("Assign"), (state,), state, (who.leader, who.coordinator, who.results_desk, who.committee), 6,
                needs=("why_not_assignable",), fields=("department", "owner", "due"), comment=Comment.OPTIONAL,
                keeps_copy=True, done=_("The recommendation has been assigned."),
            )
            for state in (_O.OPEN, _O.IN_PROGRESS, _O.PASSED_UP)
        ),
    ),
)


class QuarterReportState(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Reported")
    RETURNED = "returned", _("Returned for completion")
    ACCEPTED = "accepted", _("Accepted")


_Q = QuarterReportState

QUARTER_REPORT = Flow(
    kind="quarter-reports",
    name=_("Officer's quarter report"),
    states=(
        State(_Q.DRAFT, _Q.DRAFT.label, "draft", "pencil", "desk_of_author"),
        State(_Q.SUBMITTED, _Q.SUBMITTED.label, "waiting", "hourglass-split", "desk_of_readers"),
        State(_Q.RETURNED, _Q.RETURNED.label, "returned", "arrow-return-left", "desk_of_author"),
        State(_Q.ACCEPTED, _Q.ACCEPTED.label, "approved", "check-circle"),
    ),
    transitions=(
        Transition(
            "submit", _("Send to the head of department"), (_Q.DRAFT, _Q.RETURNED), _Q.SUBMITTED, (who.author,), 6,
            needs=("why_not_complete",), comment=Comment.EXPLAIN, tone="primary", then="note_submission",
            done=_("The report has been sent to the head of department."), keeps_copy=True,
        ),
        Transition(
            "withdraw", _("Withdraw"), (_Q.SUBMITTED,), _Q.DRAFT, (who.author,), 6, comment=Comment.OPTIONAL,
            then="forget_heads_own", done=_("The report is a draft again."),
        ),
        Transition(
            "put_up", _("Pass to the results desk as the head's own"), (_Q.SUBMITTED,), _Q.SUBMITTED,
            (who.head_with_own_paper,), 6, applies="waits_for_department", then="mark_as_heads_own",
            done=_("The results desk will decide on it."),
        ),
        Transition(
            "accept", _("Accept"), (_Q.SUBMITTED,), _Q.ACCEPTED, (who.leader,), 6, comment=Comment.OPTIONAL,
            decides=True, tone="primary", applies="waits_for_department", done=_("The report is accepted."), keeps_copy=True,
        ),
        Transition(
            "accept", _("Accept"), (_Q.SUBMITTED,), _Q.ACCEPTED, (who.results_desk,), 6, comment=Comment.OPTIONAL,
            decides=True, tone="primary", applies="heads_own", done=_("The report is accepted."), keeps_copy=True,
        ),
        Transition(
            "return", _("Return for completion"), (_Q.SUBMITTED,), _Q.RETURNED, (who.leader,), 6,
            comment=Comment.REQUIRED, decides=True, tone="danger", applies="waits_for_department",
            done=_("The report has been returned to its officer."),
        ),
        Transition(
            "return", _("Return for completion"), (_Q.SUBMITTED,), _Q.RETURNED, (who.results_desk,), 6,
            comment=Comment.REQUIRED, decides=True, tone="danger", then="forget_heads_own", applies="heads_own",
            done=_("The report has been returned to its officer."),
        ),
        Transition(
            "return", _("Take back the acceptance and return"), (_Q.ACCEPTED,), _Q.RETURNED, (who.results_desk,), 6,
            comment=Comment.REQUIRED, decides=True, tone="danger", then="forget_heads_own",
            done=_("The report has been returned to its officer."),
        ),
    ),
)


class DepartmentReportState(TextChoices):
    DRAFT = "draft", _("Being written")
    SENT = "sent", _("Sent to the results desk")
    RETURNED = "returned", _("Returned for completion")
    FORWARDED = "forwarded", _("Submitted to the Standing Committee")
    NOTED = "noted", _("Taken note of")


_D = DepartmentReportState

DEPARTMENT_REPORT = Flow(
    kind="department-reports",
    name=_("Department report"),
    states=(
        State(_D.DRAFT, _D.DRAFT.label, "draft", "pencil", "desk_of_leaders"),
        State(_D.SENT, _D.SENT.label, "waiting", "send", "desk_of_results"),
        State(_D.RETURNED, _D.RETURNED.label, "returned", "arrow-return-left", "desk_of_leaders"),
        State(_D.FORWARDED, _D.FORWARDED.label, "waiting", "people", "desk_of_committee"),
        State(_D.NOTED, _D.NOTED.label, "approved", "check-circle"),
    ),
    transitions=(
        Transition(
            "send", _("Send to the results desk"), (_D.DRAFT, _D.RETURNED), _D.SENT, (who.leader,), 6,
            needs=("why_not_complete",), comment=Comment.EXPLAIN, tone="primary", then="note_sending",
            done=_("The report has been sent to the results desk."), keeps_copy=True,
        ),
        Transition(
            "withdraw", _("Withdraw"), (_D.SENT,), _D.DRAFT, (who.leader,), 6, comment=Comment.OPTIONAL,
            done=_("The report is back at the department."),
        ),
        Transition(
            "return", _("Return for completion"), (_D.SENT,), _D.RETURNED, (who.results_desk,), 6,
            comment=Comment.REQUIRED, decides=True, tone="danger", done=_("The report has been returned to the department."),
        ),
        Transition(
            "forward", _("Submit to the Standing Committee"), (_D.SENT,), _D.FORWARDED, (who.results_desk,), 6,
            comment=Comment.OPTIONAL, tone="primary", done=_("The report lies before the Standing Committee."),
        ),
        Transition(
            "recall", _("Take back from the Standing Committee"), (_D.FORWARDED,), _D.SENT, (who.results_desk,), 6,
            comment=Comment.OPTIONAL, done=_("The report is back at the results desk."),
        ),
        Transition(
            "note", _("Take note"), (_D.FORWARDED,), _D.NOTED, (who.committee,), 6, comment=Comment.OPTIONAL,
            decides=True, tone="primary", done=_("The Standing Committee has taken note of the report."), keeps_copy=True,
        ),
        Transition(
            "return", _("Return for completion"), (_D.FORWARDED,), _D.RETURNED, (who.committee,), 6,
            comment=Comment.REQUIRED, decides=True, tone="danger", done=_("The report has been returned to the department."),
        ),
    ),
)
