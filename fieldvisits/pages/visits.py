"""Step 4: where a visit stands, who holds what was asked about it, and what its page shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import clock
from accounts.models import Role, User
from accounts.powers import Powers, powers_in

from .. import permissions
from ..models import (
    AdHocRequest,
    ChangeRequest,
    ContentGroup,
    Event,
    HostFeedback,
    HostUnit,
    NoticeAnswer,
    Quarter,
    Recommendation,
    Stateful,
    Visit,
    VisitDay,
    VisitResult,
)
from ..models.base import Action
from ..models.changes import PENDING_CHANGE
from ..models.days import REPORTED
from ..models.visits import dates_text
from ..workflow import AdHocState, ChangeState, ResultState, VisitState
from .told import Confirmed, Told, told_of

#: Verbs of an ad-hoc request that have a button on the visit's page; a returned one is sent again from its form.
ADHOC_VERBS = "consent,confirm,endorse,put_up,return,refuse,deny,withdraw"
#: Verbs of a change request with a button; a returned one is sent again from its form.
CHANGE_VERBS = "grant,endorse,put_up,return,refuse,withdraw"


@dataclass(frozen=True)
class Stage:
    """Where a visit stands, as people say it: derived from its state, its change requests and its result, never stored."""

    code: str
    label: str | Promise
    tone: str
    icon: str
    note: str = ""
    is_late: bool = False


def with_stages(visits: QuerySet[Visit], *, requests: bool = True) -> QuerySet[Visit]:
    """With what ``stage_of`` reads: one more query whatever the number of visits (none without ``requests``: a ``VisitSheet``
    fetches them itself)."""
    staged = visits.select_related("officer", "department", "unit", "result", "adhoc__agreed_by").annotate(
        counted_days=Count("days", filter=Q(days__counted=True))
    )
    if not requests:
        return staged
    pending = ChangeRequest.objects.pending().select_related("last_event")
    return staged.prefetch_related(Prefetch("changes", pending, to_attr="open_changes"))


def stage_of(visit: Visit) -> Stage:
    """The stage of a visit fetched ``with_stages``; no query when its quarter and rule are known."""
    adhoc = getattr(visit, "adhoc", None)
    if adhoc is not None and adhoc.state != AdHocState.CONSENTED:
        return _stage_of_request(adhoc)
    if visit.state != VisitState.APPROVED:
        note = str(visit.get_variance_display()) if visit.state == VisitState.NOT_DONE else ""
        return Stage(visit.state, visit.current.label, visit.state_tone, visit.state_icon, note)
    if visit.open_changes:
        change = visit.open_changes[0]
        note = _("now with %(holder)s") % {"holder": change.holder}
        return Stage("change", _("Change asked for"), "waiting", "arrow-left-right", note)
    result = getattr(visit, "result", None)
    if result is not None and result.state == ResultState.ACCEPTED:
        text = ngettext("%(count)d day counted", "%(count)d days counted", visit.counted_days)
        note = text % {"count": visit.counted_days}
        return Stage("accepted", _("Accepted"), "approved", "check2-all", note)
    if result is not None and result.state == ResultState.SUBMITTED:
        return Stage("reported", _("Reported"), "waiting", "hourglass-split", _late_note(result))
    if visit.is_over:
        return _stage_of_debt(visit, result)
    if visit.has_begun:
        return Stage("begun", _("Under way"), "planned", "signpost-2")
    return Stage("ahead", visit.current.label, "approved", "check-circle")


def _stage_of_request(adhoc: AdHocRequest) -> Stage:
    note = _("now with %(holder)s") % {"holder": adhoc.holder} if adhoc.holder else ""
    if adhoc.confirm_due:
        note = _due_note(adhoc.confirm_due, adhoc.quarter)
    elif adhoc.is_overdue:
        note += " · " + _("the visit has begun")
    state = adhoc.current
    return Stage("asked", state.label, state.tone, state.icon, note, adhoc.is_overdue)


def _stage_of_debt(visit: Visit, result: VisitResult | None) -> Stage:
    due, quarter = visit.result_due, visit.quarter
    late = due is not None and quarter.is_late(due)
    if result is not None and result.state == ResultState.RETURNED:
        return Stage(
            "owed", _("Result returned"), "returned", "arrow-return-left", _due_note(due, quarter), late
        )
    return Stage("owed", _("Awaits its result"), "waiting", "pencil-square", _due_note(due, quarter), late)


def _late_note(result: VisitResult) -> str:
    return _("reported late") if result.late else ""


def _due_note(due: date | None, quarter: Quarter) -> str:
    """ "due 05/10/2026", or with the days it is late."""
    if due is None:
        return ""
    day = due.strftime("%d/%m/%Y")
    late = (clock.today() - due).days
    if not quarter.is_late(due):
        return _("due %(day)s") % {"day": day}
    return ngettext("due %(day)s, %(count)d day late", "due %(day)s, %(count)d days late", late) % {
        "day": day,
        "count": late,
    }


#: What the list can be narrowed to, in the order of the process; "" is every approved visit one may know of.
SHOWS: tuple[tuple[str, str | Promise], ...] = (
    ("", gettext_lazy("Approved")),
    ("decided", gettext_lazy("Approved, carried out or not")),
    ("all", gettext_lazy("All I may see")),
    ("ahead", gettext_lazy("Still ahead")),
    ("change", gettext_lazy("Change asked for")),
    ("adhoc", gettext_lazy("Ad-hoc visits")),
    ("owed", gettext_lazy("Result owed")),
    ("reported", gettext_lazy("Reported, not yet accepted")),
    ("accepted", gettext_lazy("Accepted")),
    ("not_done", gettext_lazy("Not carried out")),
    ("cancelled", gettext_lazy("Cancelled")),
)


def shown_as(show: str, user: User) -> QuerySet[Visit]:
    """The visits of one entry of ``SHOWS``. Of visits one only knows of, nothing but their approval is told: what is still
    ahead, asked for, owed or reported is looked for among those one may read."""
    known = Visit.objects.known_to(user)
    if not show:
        return known.filter(state=VisitState.APPROVED)
    if show == "all":
        return known
    readable = Visit.objects.visible_to(user)
    approved = Q(state=VisitState.APPROVED)
    match show:
        case "decided":
            return known.filter(state__in=(VisitState.APPROVED, VisitState.NOT_DONE))
        case "ahead":
            return readable.filter(approved, starts__gt=clock.today())
        case "change":
            asked = ChangeRequest.objects.pending().filter(visit=OuterRef("pk"))
            return readable.filter(approved, Exists(asked))
        case "adhoc":
            return readable.filter(plan=None)
        case "owed":
            return readable.owed()
        case "reported" | "accepted":
            state = ResultState.SUBMITTED if show == "reported" else ResultState.ACCEPTED
            return readable.filter(approved, result__state=state)
        case _:
            return readable.filter(state=show)


# --- who may act ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """One desk a request passes: whose it is, who can act there today, and whether the request lies there now."""

    title: str
    names: Sequence[str]
    is_now: bool


def desks_of(paper: Stateful, officials: Iterable[Powers]) -> list[Desk]:
    """Where a request that waits lies, and where it goes next: the names are those whom the table lets act, stand-ins too."""
    officials = list(officials)
    desks = []
    state = paper.state  # type: ignore[attr-defined]
    now = True
    while paper.flow.state(state).tone == "waiting":
        rows = [t for t in paper.flow.leaving(state) if t.tone == "primary" and t.stands_for(paper)]
        names = [
            _name(powers, holding.on_behalf_of)
            for powers in officials
            if (holding := next((h for row in rows if (h := row.capacity(powers, paper))), None))  # type: ignore[arg-type]
        ]
        desk = paper.flow.state(state).holder
        desks.append(Desk(str(getattr(paper, desk)()), names, now))
        state, now = (rows[0].target if rows else ""), False
        if not rows:
            break
    return desks


def _name(powers: Powers, stands_in_for: User | None) -> str:
    if stands_in_for is None:
        return str(powers.user)
    return _("%(name)s (for %(holder)s)") % {"name": powers.user, "holder": stands_in_for}


# --- the page ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """What a visit read like before it was changed."""

    dates: str
    days: int
    unit: str
    group: str
    content: str
    event: Event


@dataclass(frozen=True)
class ChangeView:
    """One change request on the page: old and new side by side, where it lies, what happened to it."""

    change: ChangeRequest
    desks: Sequence[Desk]
    events: Sequence[Event] = field(repr=False)
    is_first_closed: bool = False

    @property
    def moves_days(self) -> bool:
        return (self.change.starts, self.change.ends) != (self.change.was_starts, self.change.was_ends)

    @property
    def moves_unit(self) -> bool:
        return self.change.unit_id != self.change.was_unit_id

    @property
    def is_open(self) -> bool:
        return self.change.state in PENDING_CHANGE

    @property
    def decider(self) -> str:
        return decider_of(self.change)


def decider_of(change: ChangeRequest) -> str:
    """Who decides on a change, and why not the head alone, in words."""
    if not change.concerns_committee:
        return _("The head of department decides.")
    quarter = change.visit.quarter
    inside = quarter.starts <= change.starts and change.ends <= quarter.ends
    if change.unit_id == change.was_unit_id:
        return _("The Standing Committee decides, because the days leave %(quarter)s.") % {"quarter": quarter}
    if inside:
        return _("The Standing Committee decides, because the unit changes.")
    return _("The Standing Committee decides, because the unit changes and the days leave %(quarter)s.") % {
        "quarter": quarter
    }


class VisitSheet:
    """The page of a visit its reader may read whole."""

    def __init__(self, visit: Visit, user: User) -> None:
        self.visit, self.user = visit, user
        self.own = visit.officer_id == user.pk
        requests = self._requests()
        visit.open_changes = [c for c in requests if c.state in PENDING_CHANGE]
        #: The change requests one may read, newest first.
        self.change_requests = [c for c in requests if c.readable]

    @cached_property
    def stage(self) -> Stage:
        return stage_of(self.visit)

    @cached_property
    def adhoc(self) -> AdHocRequest | None:
        """The request of a visit nobody planned."""
        request = getattr(self.visit, "adhoc", None)
        if request is not None:
            request.visit = self.visit
        return request

    def _requests(self) -> list[ChangeRequest]:
        """Every change request of the visit, newest first; ``readable`` where its text may be read."""
        readable = ChangeRequest.objects.visible_to(self.user).filter(pk=OuterRef("pk"))
        found = list(
            ChangeRequest.objects.filter(visit=self.visit)
            .annotate(readable=Exists(readable))
            .select_related("unit", "was_unit", "last_event__actor")
            .order_by("-pk")
        )
        for change in found:
            change.visit = self.visit
        return found

    @cached_property
    def _events(self) -> dict[tuple[str, int], list[Event]]:
        """The events of the visit and of what was asked about it, by (kind of paper, id); one query."""
        papers = [p for p in (self.visit, self.adhoc, *self.change_requests) if p is not None]
        events: dict[tuple[str, int], list[Event]] = {}
        for event in Event.objects.of(*papers):
            events.setdefault((event.flow.kind, event.object_id), []).append(event)
        return events

    def _events_of(self, paper: Stateful | None) -> list[Event]:
        return self._events.get((paper.flow.kind, paper.pk), []) if paper is not None else []

    @cached_property
    def events(self) -> list[Event]:
        """What happened to the visit itself and to the request for it, oldest first; what only followed from the request, once."""
        asked = self._events_of(self.adhoc)
        causes = {event.pk for event in asked}
        own = [event for event in self._events_of(self.visit) if event.cause_id not in causes]
        return sorted(own + asked, key=lambda event: event.pk)

    @cached_property
    def _officials(self) -> list[Powers]:
        """Leaders and Standing Committee of the province, asked for only while something waits for them."""
        return powers_in(self.visit.quarter.province, Role.HEAD, Role.DEPUTY, Role.COMMITTEE)

    @cached_property
    def changes(self) -> list[ChangeView]:
        closed = next((c for c in self.change_requests if c.state not in PENDING_CHANGE), None)
        return [
            ChangeView(
                c,
                desks_of(c, self._officials) if c.current.tone == "waiting" else (),
                self._events_of(c),
                c is closed,
            )
            for c in self.change_requests
        ]

    @cached_property
    def desks(self) -> list[Desk]:
        """Who is waited for before an ad-hoc visit is agreed to."""
        if self.adhoc is None or self.adhoc.current.tone != "waiting":
            return []
        return desks_of(self.adhoc, self._officials)

    @cached_property
    def versions(self) -> list[Version]:
        """What was approved before each change, oldest first: the copies its history keeps."""
        groups = dict(ContentGroup.choices)
        kept = [(e, e.copy) for e in self._events_of(self.visit) if e.verb == "reschedule" and e.copy]
        return [
            Version(
                dates_text(parse_date(was.get("starts") or ""), parse_date(was.get("ends") or "")),
                was.get("days", 0),
                was.get("unit_name", ""),
                str(groups.get(was.get("group"), "")),
                was.get("content", ""),
                event,
            )
            for event, was in kept
        ]

    @cached_property
    def closing_event(self) -> Event | None:
        """The event that closed it as not carried out, while it stays closed: its comment says why."""
        events = [e for e in self._events_of(self.visit) if e.verb == "close"]
        return events[-1] if events and self.visit.state == VisitState.NOT_DONE else None

    # -- what the reader may do -------------------------------------------------------------------------------------------

    @cached_property
    def returned(self) -> Stateful | None:
        """The request that came back to the reader: to be completed and sent again."""
        if not self.own:
            return None
        back = [p for p in (self.adhoc, *self.change_requests) if p is not None and p.state == "returned"]
        return back[0] if back else None

    @cached_property
    def may_report(self) -> bool:
        """Whether the reader writes its result now."""
        visit = self.visit
        result = getattr(visit, "result", None)
        open_to_writing = result is None or result.is_editable
        return self._is_author and visit.state == VisitState.APPROVED and visit.has_begun and open_to_writing

    @cached_property
    def may_ask(self) -> bool:
        """Whether the reader may ask for a change now."""
        visit = self.visit
        waits = any(c.state != ChangeState.RETURNED for c in visit.open_changes)
        return (
            self._is_author
            and visit.state == VisitState.APPROVED
            and not waits
            and visit.why_reported() is None
        )

    @cached_property
    def closing(self) -> Action | None:
        """Closing it as not carried out, where the reader may do so now."""
        if not self.visit.has_begun or self.visit.why_reported():
            return None
        return next(iter(self.visit.actions(self.user.powers, ("close",))), None)

    @cached_property
    def _is_author(self) -> bool:
        return any(True for _holding in permissions.author(self.user.powers, self.visit))

    # -- what is known around it --------------------------------------------------------------------------------------------

    @cached_property
    def result(self) -> VisitResult | None:
        """Its result, once the reader may read it."""
        if getattr(self.visit, "result", None) is None:
            return None
        found = VisitResult.objects.visible_to(self.user).filter(visit=self.visit).first()
        if found is not None:
            found.visit = self.visit
        return found

    @cached_property
    def days(self) -> list[VisitDay]:
        """Its days one by one, once they are reported: ticked, counted or why not, confirmed by the unit."""
        if self.result is None or self.result.state not in REPORTED:
            return []
        return list(self.visit.days.order_by("date"))

    @cached_property
    def host_days(self) -> list[VisitDay]:
        """The days of which the unit has said whether somebody was there, until the result is reported and ``days`` says both."""
        if self.feedback is None or self.days:
            return []
        return list(self.visit.days.exclude(confirmed=None).order_by("date"))

    @cached_property
    def recommendations(self) -> list[Recommendation]:
        """What visits recommended at this unit, this one too, and nobody has settled, oldest first: as on the unit's page."""
        if self.visit.unit is None:
            return []
        pending = Recommendation.objects.visible_to(self.user).pending().at(self.visit.unit)
        return list(pending.select_related("owner", "department"))

    @cached_property
    def told(self) -> Told | None:
        """What the unit was told of this visit and said to it, where the reader may see that."""
        return told_of(self.visit, self.user)

    @property
    def contact(self) -> HostUnit | NoticeAnswer | None:
        """Whom to call: the unit's own record, else who was named in its answer to this visit."""
        found = (self.visit.unit, self.told.answer if self.told else None)
        return next((one for one in found if one and (one.contact_name or one.contact_phone)), None)

    @cached_property
    def plan_quarter(self) -> Quarter | None:
        """The quarter of the plan it was approved in: its own, unless it was moved out of it."""
        plan = self.visit.plan
        if plan is None or plan.quarter_id == self.visit.quarter_id:
            return self.visit.quarter
        return plan.quarter

    @cached_property
    def feedback(self) -> HostFeedback | None:
        """What the unit said afterwards."""
        return getattr(self.visit, "feedback", None)

    @cached_property
    def confirmed(self) -> Confirmed | None:
        """What the unit said afterwards of each day."""
        return Confirmed.among(self.visit.days.all()) if self.feedback else None
