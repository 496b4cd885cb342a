"""What the page of a host unit shows: whom to call, what was found there, what is still open (step 5, domain section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import Avg, Count, F, Q, QuerySet

from accounts import clock
from accounts.models import User

from ..frame import WORKING
from ..models import (
    QUESTIONS,
    HostFeedback,
    HostUnit,
    NoticeAnswer,
    Recommendation,
    UnitAssignment,
    Visit,
    VisitResult,
)
from ..models.recommendations import PENDING

#: Past visits on a page.
VISITS = 10
#: Most visits ahead, recommendations, words of the unit and contacts shown.
MOST_VISITS, RECOMMENDATIONS, MOST_WORDS, MOST_CONTACTS = 20, 10, 5, 4


@dataclass(frozen=True)
class PastVisit:
    """A visit one may know of; ``result`` when one may read it."""

    visit: Visit
    readable: bool
    result: VisitResult | None


class UnitPage:
    """One unit as ``user`` may know it; ``family`` is the unit and those it carries on, ``number`` the page of its past visits."""

    def __init__(self, unit: HostUnit, user: User, number: str | None = None) -> None:
        self.unit, self.user, self.number, self.today = unit, user, number, clock.today()
        self.works = user.powers.holds(*WORKING)
        self.family = [unit.pk, *(former.pk for former in unit.predecessors.all())]

    @property
    def is_former(self) -> bool:
        return not self.unit.holds_on(self.today)

    @cached_property
    def assignments(self) -> QuerySet[UnitAssignment]:
        """Who is or was in charge, today's first."""
        return self.unit.assignments.select_related("officer", "department").order_by(
            F("valid_to").desc(nulls_first=True), "-valid_from"
        )

    @cached_property
    def children(self) -> QuerySet[HostUnit]:
        return self.unit.children.filter(Q(valid_to=None) | Q(valid_to__gte=self.today)).order_by("folded")

    # -- visits -------------------------------------------------------------------------------------------------------

    @cached_property
    def last(self) -> date | None:
        """The last day on which somebody was there, as far as is known."""
        if not self.works:
            return None
        return HostUnit.objects.filter(pk=self.unit.pk).with_last_visit().values_list("last", flat=True).get()

    @property
    def days_since(self) -> int | None:
        return (self.today - self.last).days if self.last else None

    @property
    def _known(self) -> QuerySet[Visit]:
        known = Visit.objects.known_to(self.user).filter(unit__in=self.family)
        return known.with_readable(self.user).select_related(
            "officer", "department", "quarter", "plan", "unit"
        )

    @cached_property
    def past(self) -> Page:
        """A page of those begun, newest first."""
        begun = self._known.filter(starts__lte=self.today).order_by("-starts", "-pk")
        page = Paginator(begun, VISITS).get_page(self.number)
        visits = list(page)
        results = VisitResult.objects.visible_to(self.user).filter(visit__in=[v.pk for v in visits])
        by_visit = {result.visit_id: result for result in results}
        page.object_list = [PastVisit(visit, visit.is_readable, by_visit.get(visit.pk)) for visit in visits]
        return page

    @cached_property
    def upcoming(self) -> Page:
        """Still ahead, the nearest first."""
        ahead = self._known.standing().filter(starts__gt=self.today).order_by("starts", "pk")
        return Paginator(ahead, MOST_VISITS).get_page(1)

    # -- what came of them --------------------------------------------------------------------------------------------

    @property
    def _recommendations(self) -> QuerySet[Recommendation]:
        raised = Recommendation.objects.visible_to(self.user).raised().filter(unit__in=self.family)
        return raised.select_related("department", "owner", "unit", "result__visit__officer")

    @cached_property
    def pending(self) -> Page:
        """Somebody still has to do something; the soonest due first."""
        soonest = self._recommendations.pending().order_by(F("due").asc(nulls_last=True), "pk")
        return Paginator(soonest, RECOMMENDATIONS).get_page(1)

    @cached_property
    def closed(self) -> list[Recommendation]:
        """The latest answered first."""
        done = self._recommendations.exclude(state__in=PENDING)
        return list(done.order_by(F("answered_on").desc(nulls_last=True), "-pk")[:RECOMMENDATIONS])

    @property
    def _feedback(self) -> QuerySet[HostFeedback]:
        return HostFeedback.objects.visible_to(self.user).filter(visit__unit__in=self.family)

    @cached_property
    def means(self) -> tuple[int, list[tuple[str, float]]]:
        """(how many answers, [(question, mean of the marks, 1 to 3), …]); no questions when nobody has said anything."""
        found = self._feedback.aggregate(n=Count("pk"), **{name: Avg(name) for name in QUESTIONS})
        return found["n"], [(str(text), float(found[name])) for name, text in QUESTIONS.items() if found["n"]]

    @cached_property
    def words(self) -> list[HostFeedback]:
        """What the unit has written, newest first."""
        written = self._feedback.exclude(text="").select_related("visit__officer")
        return list(written.order_by("-at", "-pk")[:MOST_WORDS])

    # -- whom to call -------------------------------------------------------------------------------------------------

    @cached_property
    def contacts(self) -> list[NoticeAnswer]:
        """People the unit named in its answers, the latest word of each first; not the one the unit's own record names."""
        if not self.works:
            return []
        said = (
            NoticeAnswer.objects.filter(line__notice__unit__in=self.family)
            .exclude(contact_name="", contact_phone="")
            .order_by("-pk")[:50]
        )
        seen = {(self.unit.contact_name, self.unit.contact_phone)}
        found = []
        for answer in said:
            who = (answer.contact_name, answer.contact_phone)
            if who not in seen:
                seen.add(who)
                found.append(answer)
        return found[:MOST_CONTACTS]
