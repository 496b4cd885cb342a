"""Step 7: the year's report of a province to the Central Union."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .. import permissions as who
from .table import Comment, Flow, State, Transition

# fmt: off


class AnnualReportState(TextChoices):
    DRAFT = "draft", _("Being written")
    SUBMITTED = "submitted", _("Submitted to the Standing Committee")
    APPROVED = "approved", _("Approved and frozen")
    SENT = "sent", _("Sent to the Central Union")


_Y = AnnualReportState

ANNUAL_REPORT = Flow(
    kind="annual-reports",
    name=_("Annual report"),
    states=(
        State(_Y.DRAFT, _Y.DRAFT.label, "draft", "pencil", "desk_of_writers"),
        State(_Y.SUBMITTED, _Y.SUBMITTED.label, "waiting", "people", "desk_of_committee"),
        State(_Y.APPROVED, _Y.APPROVED.label, "approved", "lock", "desk_of_writers"),
        State(_Y.SENT, _Y.SENT.label, "approved", "send-check"),
    ),
    transitions=(
        Transition(
            "submit", _("Submit to the Standing Committee"), (_Y.DRAFT,), _Y.SUBMITTED, (who.coordinator, who.results_desk),
            7, needs=("why_not_complete",), comment=Comment.OPTIONAL, tone="primary", then="note_submission",
            done=_("The report lies before the Standing Committee."),
        ),
        Transition(
            "withdraw", _("Withdraw"), (_Y.SUBMITTED,), _Y.DRAFT, (who.coordinator, who.results_desk), 7,
            comment=Comment.OPTIONAL, done=_("The report can be written on again."),
        ),
        Transition(
            "return", _("Return for completion"), (_Y.SUBMITTED,), _Y.DRAFT, (who.committee,), 7,
            comment=Comment.REQUIRED, decides=True, tone="danger", done=_("The report has been returned."),
        ),
        Transition(
            "approve", _("Approve and freeze"), (_Y.SUBMITTED,), _Y.APPROVED, (who.committee,), 7,
            needs=("why_not_complete",), comment=Comment.OPTIONAL, decides=True, tone="primary", then="freeze",
            keeps_copy=True, done=_("The report is approved and its figures are frozen."),
            confirm=_("Approve the report? Its figures are frozen as they are now."),
        ),
        Transition(
            "send", _("Record as sent to the Central Union"), (_Y.APPROVED,), _Y.SENT, (who.coordinator, who.results_desk), 7,
            needs=("why_not_sendable",), fields=("number", "dated", "sent_on"), tone="primary",
            keeps_copy=True, done=_("The report is recorded as sent."),
        ),
        Transition(
            "reopen", _("Reopen"), (_Y.APPROVED, _Y.SENT), _Y.DRAFT, (who.committee,), 7, comment=Comment.REQUIRED,
            tone="danger", then="begin_new_version", done=_("The report is open again; the approved version is kept."),
            confirm=_("Reopen the report? The approved version is kept; the new one must be approved and sent again."),
        ),
    ),
)
