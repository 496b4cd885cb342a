"""The results of a quarter: what an officer owes and has reported, what leaders and desks have before them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from accounts import clock
from accounts.models import Department, Role, User

from ..models import Quarter, Visit, VisitResult
from ..models.days import REPORTED
from ..workflow import VISIT_RESULT, ResultState, VisitState


@dataclass(frozen=True)
class Row:
    """A visit with its result, if one may read it. ``owed``: it is over and not reported; ``days_late`` past its due date."""

    visit: Visit
    result: VisitResult | None
    may_write: bool
    owed: bool
    days_late: int
    done: int
    counted: int
    files: int = 0
    may_accept: bool = False

    @property
    def awaits_consent(self) -> bool:
        """Whether it is an ad-hoc visit that has not been agreed to yet: its result can be written, and not reported."""
        return self.visit.state == VisitState.PLANNED


class ResultList:
    """One person's view of a quarter's results. ``chosen`` are the filters: show, department, state, late.

    ``show`` is mine, department (those one leads) or province; the first one may have when nothing sensible is chosen - but not
    one's own, while there are none and others may be looked at.
    """

    def __init__(self, user: User, quarter: Quarter, chosen: Mapping[str, str]) -> None:
        self.user, self.quarter = user, quarter
        self.tabs = self._tabs()
        shows = [show for show, _label in self.tabs]
        wanted = chosen.get("show", "")
        if wanted in shows:
            self.show = wanted
        elif shows[:1] == ["mine"] and shows[1:] and not self.own:
            self.show = shows[1]
        else:
            self.show = shows[0] if shows else "mine"
        self.chosen = {name: chosen.get(name, "") for name in ("department", "state", "late")}
        self.states = [("owed", _("Not reported yet")), *VISIT_RESULT.choices[1:]]

    def _tabs(self) -> list[tuple[str, str]]:
        powers = self.user.powers
        tabs = []
        if powers.holds(Role.OFFICER):
            tabs.append(("mine", _("My visits")))
        if powers.departments(Role.HEAD, Role.DEPUTY):
            tabs.append(("department", _("My department")))
        if powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE, Role.EXECUTIVE):
            tabs.append(("province", _("Whole province")))
        return tabs

    @property
    def is_filtered(self) -> bool:
        return any(self.chosen.values())

    # -- one's own ----------------------------------------------------------------------------------------------------

    @cached_property
    def own(self) -> list[Row]:
        """One's own visits of the quarter: those whose result is owed first, then by date."""
        visits = self._with_figures(
            Visit.objects.filter(officer=self.user, quarter=self.quarter).filter(
                Q(state__in=(VisitState.APPROVED, VisitState.NOT_DONE))
                | Q(plan=None, state=VisitState.PLANNED)
            )
        )
        rows = [self._row(visit) for visit in visits]
        return sorted(rows, key=lambda row: (not row.owed, row.visit.starts, row.visit.pk))

    # -- others' ------------------------------------------------------------------------------------------------------

    @cached_property
    def departments(self) -> list[Department]:
        """The departments whose visits are listed, for the filter."""
        found = Department.objects.filter(province=self.quarter.province_id).between(
            self.quarter.starts, self.quarter.ends
        )
        if self.show == "department":
            found = found.filter(pk__in=self.user.powers.departments(Role.HEAD, Role.DEPUTY))
        return list(found.order_by("order", "name"))

    @cached_property
    def everything(self) -> list[Row]:
        """Begun or reported visits of the departments shown, with their results as far as one may read them."""
        visits = Visit.objects.filter(
            quarter=self.quarter, state=VisitState.APPROVED, department__in=self.departments
        )
        visits = self._with_figures(visits.filter(Q(starts__lte=clock.today()) | Q(result__isnull=False)))
        readable = VisitResult.objects.visible_to(self.user).filter(visit__quarter=self.quarter)
        seen = set(readable.values_list("pk", flat=True))
        return [self._row(visit, seen) for visit in visits]

    @cached_property
    def rows(self) -> list[Row]:
        return [row for row in self.everything if self._fits(row)]

    @cached_property
    def groups(self) -> list[tuple[Department, list[Row]]]:
        """(department, rows): overdue ones first, then what waits for a decision, then by officer and date."""
        rank = {ResultState.SUBMITTED: 1, ResultState.RETURNED: 2}

        def key(row: Row) -> Any:
            state = row.result.state if row.result else ""
            place = 0 if row.days_late else rank.get(state, 3 if row.owed else 4)
            visit = row.visit
            return (
                visit.department.order,
                visit.department.name,
                visit.department_id,
                place,
                visit.officer.sort_name,
                visit.starts,
                visit.pk,
            )

        ordered = sorted(self.rows, key=key)
        return [(d, list(rows)) for d, rows in groupby(ordered, key=lambda row: row.visit.department)]

    @cached_property
    def waiting(self) -> int:
        """How many of those shown the person may accept now."""
        return sum(1 for row in self.rows if row.may_accept)

    def count(self, rows: Iterable[Row], what: str) -> int:
        return sum(1 for row in rows if (row.days_late if what == "late" else row.owed))

    @cached_property
    def owed_count(self) -> int:
        return self.count(self.own if self.show == "mine" else self.everything, "owed")

    @cached_property
    def late_count(self) -> int:
        return self.count(self.own if self.show == "mine" else self.everything, "late")

    def _fits(self, row: Row) -> bool:
        department, state, late = (self.chosen[name] for name in ("department", "state", "late"))
        if department and department != str(row.visit.department_id):
            return False
        if late and not (row.days_late or (row.result and row.result.late)):
            return False
        if state == "owed":
            return row.owed
        return not state or (row.result is not None and row.result.state == state)

    def _with_figures(self, visits: Any) -> Any:
        return (
            visits.select_related("unit", "officer", "department", "result__last_event")
            .annotate(
                done_days=Count("days", filter=Q(days__present=True), distinct=True),
                counted_days=Count("days", filter=Q(days__counted=True), distinct=True),
                file_count=Count("result__attachments", distinct=True),
            )
            .order_by(F("starts").asc(nulls_last=True), "pk")
        )

    def _row(self, visit: Visit, seen: set[int] | None = None) -> Row:
        visit.quarter = self.quarter
        result = getattr(visit, "result", None)
        reported = result is not None and result.state in REPORTED
        if result is not None and seen is not None and result.pk not in seen:
            result = None  # somebody's draft: known, not read
        if result is not None:
            result.visit = visit
        owed = visit.state == VisitState.APPROVED and visit.is_over and not reported
        overdue = owed and self.quarter.is_late(visit.result_due)
        own = visit.officer_id == self.user.pk
        shown = result is not None
        may_accept = bool(
            result is not None
            and result.state == ResultState.SUBMITTED
            and not own
            and any(not a.obstacle for a in result.actions(self.user.powers, ("accept",)))
        )
        return Row(
            visit,
            result,
            may_write=own and not reported and visit.has_begun and visit.is_standing,
            owed=owed,
            days_late=(clock.today() - visit.result_due).days if overdue else 0,
            done=visit.done_days if shown else 0,
            counted=visit.counted_days if shown else 0,
            files=visit.file_count if shown else 0,
            may_accept=may_accept,
        )
