"""Step 4: changes of approved visits, and visits nobody planned."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .. import permissions as who
from .table import Comment, Flow, State, Transition

# fmt: off


class ChangeState(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Change proposed")
    RETURNED = "returned", _("Returned for completion")
    FORWARDED = "forwarded", _("Submitted to the Standing Committee")
    GRANTED = "granted", _("Change agreed")
    REFUSED = "refused", _("Not approved")
    WITHDRAWN = "withdrawn", _("Withdrawn")


_C = ChangeState

CHANGE_REQUEST = Flow(
    kind="changes",
    name=_("Change request"),
    states=(
        State(_C.DRAFT, _C.DRAFT.label, "draft", "pencil", "desk_of_author"),
        State(_C.SUBMITTED, _C.SUBMITTED.label, "waiting", "hourglass-split", "desk_of_leaders"),
        State(_C.RETURNED, _C.RETURNED.label, "returned", "arrow-return-left", "desk_of_author"),
        State(_C.FORWARDED, _C.FORWARDED.label, "waiting", "people", "desk_of_committee"),
        State(_C.GRANTED, _C.GRANTED.label, "approved", "check-circle"),
        State(_C.REFUSED, _C.REFUSED.label, "refused", "x-circle"),
        State(_C.WITHDRAWN, _C.WITHDRAWN.label, "history", "slash-circle"),
    ),
    transitions=(
        Transition(
            "submit", _("Send to the head of department"), (_C.DRAFT, _C.RETURNED), _C.SUBMITTED, (who.author,), 4,
            needs=("why_not_possible",), tone="primary", then="note_submission",
            done=_("The request has been sent to the head of department."),
        ),
        Transition(
            "withdraw", _("Withdraw"), (_C.SUBMITTED, _C.RETURNED, _C.FORWARDED), _C.WITHDRAWN, (who.author,), 4,
            comment=Comment.OPTIONAL, done=_("The request is withdrawn; the visit stands as approved."),
        ),
        Transition(
            "grant", _("Agree"), (_C.SUBMITTED,), _C.GRANTED, (who.leader,), 4, applies="head_suffices",
            needs=("why_not_possible",), comment=Comment.OPTIONAL, decides=True, tone="primary", then="carry_out",
            done=_("The visit has been changed."),
        ),
        Transition(
            "endorse", _("Agree and pass to the Standing Committee"), (_C.SUBMITTED,), _C.FORWARDED, (who.leader,),
            4, applies="concerns_committee", needs=("why_not_possible",), comment=Comment.OPTIONAL, decides=True,
            tone="primary", done=_("The request lies before the Standing Committee."),
        ),
        Transition(
            "put_up", _("Put up as the head's own request"), (_C.SUBMITTED,), _C.FORWARDED,
            (who.head_with_own_paper,), 4, needs=("why_not_possible",), then="mark_as_heads_own",
            done=_("The request lies before the Standing Committee."),
        ),
        Transition(
            "return", _("Return for completion"), (_C.SUBMITTED,), _C.RETURNED, (who.leader,), 4,
            comment=Comment.REQUIRED, decides=True, tone="danger", done=_("The request has been returned to its officer."),
        ),
        Transition(
            "refuse", _("Refuse"), (_C.SUBMITTED,), _C.REFUSED, (who.leader,), 4, comment=Comment.REQUIRED,
            decides=True, tone="danger", done=_("The request is refused; the visit stands as approved."),
        ),
        Transition(
            "grant", pgettext_lazy("Standing Committee", "Agree"), (_C.FORWARDED,), _C.GRANTED, (who.committee,), 4,
            needs=("why_not_possible",), comment=Comment.OPTIONAL, decides=True, tone="primary", then="carry_out",
            done=_("The visit has been changed."),
        ),
        Transition(
            "return", _("Return for completion"), (_C.FORWARDED,), _C.RETURNED, (who.committee,), 4,
            comment=Comment.REQUIRED, decides=True, tone="danger", done=_("The request has been returned to its officer."),
        ),
        Transition(
            "refuse", _("Refuse"), (_C.FORWARDED,), _C.REFUSED, (who.committee,), 4, comment=Comment.REQUIRED,
            decides=True, tone="danger", done=_("The request is refused; the visit stands as approved."),
        ),
    ),
)


class AdHocState(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Sent to the head of department")
    RETURNED = "returned", _("Returned for completion")
    ENDORSED = "endorsed", _("Submitted to the Standing Committee")
    TO_CONFIRM = "to_confirm", _("Waits for confirmation")
    CONSENTED = "consented", _("Consented to")
    REFUSED = "refused", _("Not approved")
    WITHDRAWN = "withdrawn", _("Withdrawn")


_A = AdHocState

ADHOC_REQUEST = Flow(
    kind="adhoc",
    name=_("Ad-hoc visit"),
    states=(
        State(_A.DRAFT, _A.DRAFT.label, "draft", "pencil", "desk_of_author"),
        State(_A.SUBMITTED, _A.SUBMITTED.label, "waiting", "hourglass-split", "desk_of_leaders"),
        State(_A.RETURNED, _A.RETURNED.label, "returned", "arrow-return-left", "desk_of_author"),
        State(_A.ENDORSED, _A.ENDORSED.label, "waiting", "people", "desk_of_committee"),
        State(_A.TO_CONFIRM, _A.TO_CONFIRM.label, "waiting", "telephone", "desk_of_named_member"),
        State(_A.CONSENTED, _A.CONSENTED.label, "approved", "check-circle"),
        State(_A.REFUSED, _A.REFUSED.label, "refused", "x-circle"),
        State(_A.WITHDRAWN, _A.WITHDRAWN.label, "history", "slash-circle"),
    ),
    transitions=(
        Transition(
            "submit", _("Ask for consent"), (_A.DRAFT, _A.RETURNED), _A.SUBMITTED, (who.author,), 4,
            applies="asks_beforehand", needs=("why_not_sound",), tone="primary", then="note_submission",
            done=_("The request has been sent to the head of department."),
        ),
        Transition(
            "submit", _("Send for confirmation"), (_A.DRAFT, _A.RETURNED), _A.TO_CONFIRM, (who.author,), 4,
            applies="was_agreed_by_word", needs=("why_not_sound",), tone="primary", then="note_submission",
            done=_("The visit is registered and waits for the confirmation of the member who agreed."),
        ),
        Transition(
            "withdraw", _("Withdraw"), (_A.SUBMITTED, _A.RETURNED, _A.ENDORSED, _A.TO_CONFIRM), _A.WITHDRAWN,
            (who.author,), 4, comment=Comment.OPTIONAL, then="drop_visit", done=_("The request is withdrawn."),
            confirm=_("Withdraw the request? The visit is given up."),
        ),
        Transition(
            "endorse", _("Agree and pass to the Standing Committee"), (_A.SUBMITTED,), _A.ENDORSED, (who.leader,), 4,
            needs=("why_not_sound",), comment=Comment.OPTIONAL, decides=True, tone="primary",
            done=_("The request lies before the Standing Committee."),
        ),
        Transition(
            "put_up", _("Put up as the head's own request"), (_A.SUBMITTED,), _A.ENDORSED, (who.head_with_own_paper,),
            4, needs=("why_not_sound",), then="mark_as_heads_own", done=_("The request lies before the Standing Committee."),
        ),
        Transition(
            "return", _("Return for completion"), (_A.SUBMITTED,), _A.RETURNED, (who.leader,), 4,
            comment=Comment.REQUIRED, decides=True, tone="danger", done=_("The request has been returned to its officer."),
        ),
        Transition(
            "refuse", _("Refuse"), (_A.SUBMITTED,), _A.REFUSED, (who.leader,), 4, comment=Comment.REQUIRED,
            decides=True, tone="danger", then="refuse_visit", done=_("The visit is refused."),
        ),
        Transition(
            "consent", pgettext_lazy("Standing Committee", "Agree"), (_A.ENDORSED,), _A.CONSENTED, (who.committee,), 4,
            needs=("why_not_sound",), comment=Comment.OPTIONAL, decides=True, tone="primary", then="approve_visit",
            done=_("The visit is agreed to."),
        ),
        Transition(
            "return", _("Return for completion"), (_A.ENDORSED,), _A.RETURNED, (who.committee,), 4,
            comment=Comment.REQUIRED, decides=True, tone="danger", done=_("The request has been returned to its officer."),
        ),
        Transition(
            "refuse", _("Refuse"), (_A.ENDORSED,), _A.REFUSED, (who.committee,), 4, comment=Comment.REQUIRED,
            decides=True, tone="danger", then="refuse_visit", done=_("The visit is refused."),
        ),
        Transition(
            "confirm", _("Confirm that I agreed"), (_A.TO_CONFIRM,), _A.CONSENTED, (who.named_member,), 4,
            needs=("why_not_sound",), comment=Comment.OPTIONAL, decides=True, tone="primary", then="approve_visit",
            done=_("The visit is confirmed."),
        ),
        Transition(
            "deny", _("I did not agree"), (_A.TO_CONFIRM,), _A.REFUSED, (who.named_member,), 4,
            comment=Comment.REQUIRED, decides=True, tone="danger", then="refuse_visit", done=_("The visit is refused."),
        ),
    ),
)
