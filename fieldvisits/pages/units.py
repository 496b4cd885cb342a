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
    QUESTIONS,
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
MOST_VISITS, MOST_FEEDBACK, MOST_WORDS, MOST_CLOSED, MOST_CONTACTS = 50, 200, 10, 20, 4


@dataclass(frozen=True)
class PastVisit:
    """A visit one may know of; ``result`` when one may read it."""

    visit: Visit
    readable: bool
    result: VisitResult | None


def _is_over(visit: Visit, today: date) -> bool:
    return visit.state == VisitState.APPROVED and visit.ends is not None and visit.ends <= today


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
        over = [row.visit.ends for row in self._visits if _is_over(row.visit, self.today)]
        if over or len(self._visits) < MOST_VISITS or not self.works:
            return max(over, default=None)
        earlier = Visit.objects.filter(unit__in=self.family, state=VisitState.APPROVED, ends__lte=self.today)
        return earlier.aggregate(last=Max("ends"))["last"]

    @property
    def days_since(self) -> int | None:
        return (self.today - self.last).days if self.last else None

    @cached_property
    def _visits(self) -> list[PastVisit]:
        visits = list(
            Visit.objects.known_to(self.user)
            .filter(unit__in=self.family)
            .exclude(starts=None)
            .with_readable(self.user)
            .select_related("officer", "department", "quarter", "plan", "unit")
            .order_by("-starts", "-pk")[:MOST_VISITS]
        )
        results = VisitResult.objects.visible_to(self.user).filter(visit__in=[v.pk for v in visits])
        by_visit = {result.visit_id: result for result in results}
        return [PastVisit(visit, visit.is_readable, by_visit.get(visit.pk)) for visit in visits]

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
    def _recommendations(self) -> list[Recommendation]:
        visible = Recommendation.objects.visible_to(self.user).filter(unit__in=self.family)
        return list(
            visible.exclude(state="noted")
            .select_related("department", "owner", "unit", "result__visit__officer")
            .order_by(F("due").asc(nulls_last=True), "pk")
        )

    @property
    def pending(self) -> list[Recommendation]:
        """Somebody still has to do something; the soonest due first."""
        return [made for made in self._recommendations if made.is_pending]

    @property
    def closed(self) -> list[Recommendation]:
        """The latest answered first."""
        done = [made for made in self._recommendations if not made.is_pending]
        return sorted(done, key=lambda made: (made.answered_on or date.min, made.pk), reverse=True)[
            :MOST_CLOSED
        ]

    @cached_property
    def _feedback(self) -> list[HostFeedback]:
        said = HostFeedback.objects.visible_to(self.user).filter(visit__unit__in=self.family)
        return list(said.select_related("visit__officer").order_by("-at", "-pk")[:MOST_FEEDBACK])

    @property
    def means(self) -> tuple[int, list[tuple[str, float]]]:
        """(how many answers, [(question, mean of the marks, 1 to 3), …]); no questions when nobody has said anything."""
        said = self._feedback
        if not said:
            return 0, []
        return len(said), [
            (str(text), sum(getattr(word, name) for word in said) / len(said))
            for name, text in QUESTIONS.items()
        ]

    @property
    def words(self) -> list[HostFeedback]:
        """What the unit has written, newest first."""
        return [word for word in self._feedback if word.text][:MOST_WORDS]

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
