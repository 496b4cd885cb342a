"""What the page of a host unit shows: whom to call, what was found there, what is still open (step 5, domain section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import F, Max, Q, QuerySet

from accounts import clock
from accounts.models import User

from ..frame import WORKING
from ..models import (
    HostFeedback,
    HostUnit,
    NoticeAnswer,
    Recommendation,
    UnitAssignment,
    Visit,
    VisitResult,
)
from ..workflow import VisitState

#: Most visits, words of the unit, closed recommendations and contacts shown; lists of their own have the rest.
MOST_VISITS, MOST_WORDS, MOST_CLOSED, MOST_CONTACTS = 50, 10, 20, 4


@dataclass(frozen=True)
class PastVisit:
    """A visit one may know of; ``result`` when one may read it."""

    visit: Visit
    readable: bool
    result: VisitResult | None


class UnitPage:
    """One unit as ``user`` may know it; ``family`` is the unit and those it carries on."""

    def __init__(self, unit: HostUnit, user: User) -> None:
        self.unit, self.user, self.today = unit, user, clock.today()
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
        """The last day of the latest approved visit to the family that is over."""
        over = Visit.objects.filter(unit__in=self.family, state=VisitState.APPROVED, ends__lte=self.today)
        return over.aggregate(last=Max("ends"))["last"] if self.works else None

    @property
    def days_since(self) -> int | None:
        return (self.today - self.last).days if self.last else None

    @cached_property
    def _visits(self) -> list[PastVisit]:
        visits = list(
            Visit.objects.known_to(self.user)
            .filter(unit__in=self.family)
            .exclude(starts=None)
            .select_related("officer", "department", "quarter", "plan", "unit")
            .order_by("-starts", "-pk")[:MOST_VISITS]
        )
        shown = [visit.pk for visit in visits]
        readable = set(Visit.objects.visible_to(self.user).filter(pk__in=shown).values_list("pk", flat=True))
        results = VisitResult.objects.visible_to(self.user).filter(visit__in=shown)
        by_visit = {result.visit_id: result for result in results}
        return [PastVisit(visit, visit.pk in readable, by_visit.get(visit.pk)) for visit in visits]

    @property
    def past(self) -> list[PastVisit]:
        """Begun, newest first."""
        return [row for row in self._visits if row.visit.starts <= self.today]

    @property
    def upcoming(self) -> list[PastVisit]:
        """Still ahead, the nearest first."""
        ahead = [row for row in self._visits if row.visit.starts > self.today and row.visit.is_standing]
        return ahead[::-1]

    # -- what came of them --------------------------------------------------------------------------------------------

    @cached_property
    def _recommendations(self) -> QuerySet[Recommendation]:
        visible = Recommendation.objects.visible_to(self.user).filter(unit__in=self.family)
        return visible.exclude(state="noted").select_related(
            "department", "owner", "unit", "result__visit__officer"
        )

    @cached_property
    def pending(self) -> list[Recommendation]:
        """Somebody still has to do something; the soonest due first."""
        return list(self._recommendations.pending().order_by(F("due").asc(nulls_last=True), "pk"))

    @cached_property
    def closed(self) -> list[Recommendation]:
        done = self._recommendations.exclude(pk__in=[r.pk for r in self.pending])
        return list(done.order_by(F("answered_on").desc(nulls_last=True), "-pk")[:MOST_CLOSED])

    @cached_property
    def _feedback(self) -> QuerySet[HostFeedback]:
        return HostFeedback.objects.visible_to(self.user).filter(visit__unit__in=self.family)

    @cached_property
    def means(self) -> tuple[int, list[tuple[str, float]]]:
        return self._feedback.means()

    @cached_property
    def words(self) -> list[HostFeedback]:
        """What the unit has written, newest first."""
        return list(
            self._feedback.exclude(text="").select_related("visit__officer").order_by("-at")[:MOST_WORDS]
        )

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
