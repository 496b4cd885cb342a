"""Steps 1-3: plans to register, to agree on, to send, to check, to decide; quarters to open."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role

from ...models import Quarter
from ...workflow import QUARTER, DepartmentPlanState, OfficerPlanState, QuarterState
from .. import waiting
from ..gathering import Found
from .rows import Rows, quarter_page, tap_of
from .tasks import Task


class PlanningTasks(Rows):
    """What waits in steps 1-3."""

    def _plans(self) -> Iterator[tuple[str, Task]]:
        """One's own plan of each open quarter; officers' plans that wait for one's agreement; what may be sent up."""
        mine: set[int] = set()
        agreed: dict[tuple[int, int], list[Found]] = {}
        undecided: set[tuple[int, int]] = set()
        for row, quarter in self._of("plans"):
            if row.officer_id == self.user.pk:
                mine.add(quarter.pk)
                yield from self._own_plan(row, quarter)
            if row.department_id not in self.led:
                continue
            if row.state == OfficerPlanState.ENDORSED:
                agreed.setdefault((quarter.pk, row.department_id), []).append(row)
            elif row.state == OfficerPlanState.SUBMITTED:
                undecided.add((quarter.pk, row.department_id))
                verbs = row.rows(self.powers)
                if {"endorse", "put_up"} & verbs.keys():
                    own = "" if "endorse" in verbs else _("My own plan: a deputy agrees, or it is put up")
                    due = quarter.department_due
                    yield (
                        "decide",
                        self._task(
                            row,
                            quarter,
                            row.officer or "",
                            reverse("plan-detail", args=[row.pk]),
                            2,
                            due=due,
                            late=self._late(quarter, due),
                            hint=own,
                        ),
                    )
        if self.powers.holds(Role.OFFICER) and self.user.movement_work:
            yield from self._no_plan_yet(mine)
        yield from self._to_send(agreed, undecided)

    def _own_plan(self, row: Found, quarter: Quarter) -> Iterator[tuple[str, Task]]:
        url, due = reverse("plan-detail", args=[row.pk]), quarter.officer_due
        late = 0 if row.sent else self._late(quarter, due)
        since = row.since or quarter.since or quarter.opens_on
        more = {"since": since, "due": due, "late": late}
        if row.state == OfficerPlanState.RETURNED:
            yield "returned", self._task(row, quarter, _("My plan"), url, 1, hint=row.comment or "", **more)
        elif row.state == OfficerPlanState.DRAFT and quarter.ends >= self.today:
            yield "own", self._task(row, quarter, _("My plan"), url, 1, hint=_("Draft, not sent yet"), **more)

    def _no_plan_yet(self, mine: set[int]) -> Iterator[tuple[str, Task]]:
        for quarter in self.open.values():
            if quarter.pk in mine or quarter.ends < self.today or (home := self._home(quarter)) is None:
                continue
            due = quarter.officer_due
            yield (
                "own",
                Task(
                    _("My plan"),
                    quarter,
                    quarter.url("plan-mine"),
                    1,
                    home,
                    _("No plan yet"),
                    quarter.since or quarter.opens_on,
                    due,
                    self._late(quarter, due),
                ),
            )

    def _to_send(
        self, agreed: dict[tuple[int, int], list[Found]], undecided: set[tuple[int, int]]
    ) -> Iterator[tuple[str, Task]]:
        """A returned department plan, or agreed plans that have not gone up while none waits for agreement."""
        returned = set()
        for row, quarter in self._of("department-plans"):
            if row.state == DepartmentPlanState.RETURNED and row.department_id in self.led:
                returned.add((quarter.pk, row.department_id))
                due = quarter.department_due
                url = quarter_page(quarter, "department-board", row.department_id)
                more = {"due": due, "late": self._late(quarter, due), "hint": row.comment or ""}
                yield "send", self._task(row, quarter, row.department or "", url, 2, **more)
        for key in agreed.keys() - returned - undecided:
            quarter, plans = self.open[key[0]], agreed[key]
            hint = ngettext("%(count)d plan agreed", "%(count)d plans agreed", len(plans))
            due = quarter.department_due
            more = {
                "since": min((p.since for p in plans if p.since), default=None),
                "due": due,
                "late": self._late(quarter, due),
                "hint": hint % {"count": len(plans)},
            }
            url = quarter_page(quarter, "department-board", key[1])
            yield "send", self._task(plans[0], quarter, plans[0].department or "", url, 2, **more)

    def _department_plans(self) -> Iterator[tuple[str, Task]]:
        """Department plans to check and submit; those the Standing Committee has before it, and meetings begun."""
        on_table = set()
        for row, quarter in self._of("department-plans"):
            hint = _("Supplement %(number)d") % {"number": row.number} if row.number else ""
            if row.state == DepartmentPlanState.SENT and self.powers.holds(Role.COORDINATOR):
                due = quarter.department_due
                url = reverse("department-plan-detail", args=[row.pk])
                more = {"due": due, "late": self._late(quarter, due), "hint": hint}
                tap = self._tap(row, "forward")
                yield "check", self._task(row, quarter, row.department or "", url, 2, tap=tap, **more)
            elif row.state == DepartmentPlanState.FORWARDED and self.powers.holds(Role.COMMITTEE):
                on_table.add(quarter.pk)
                due, url = quarter.committee_due, quarter.url("meeting")
                more = {
                    "due": due,
                    "late": self._late(quarter, due),
                    "hint": hint,
                    "opens": _("Open the meeting"),
                }
                yield "meeting", self._task(row, quarter, row.department or "", url, 3, **more)
        for _row, quarter in self._of(waiting.MEETING):
            if quarter.pk not in on_table:
                url = quarter.url("meeting")
                yield (
                    "meeting",
                    Task(_("Meeting in progress"), quarter, url, 3, opens=_("Open the meeting")),
                )

    def _opening(self) -> Iterator[Task]:
        """Quarters whose registration can be opened, the next one first."""
        if not self.powers.holds(Role.COORDINATOR):
            return
        (row,) = QUARTER.rows("open")
        for quarter in self.quarters:
            if quarter.state == QuarterState.SCHEDULED and quarter.ends >= self.today:
                due = quarter.opens_on
                yield Task(
                    what=str(quarter),
                    quarter=quarter,
                    url=quarter.get_absolute_url(),
                    step=1,
                    since=due,
                    due=due,
                    late=self._late(quarter, due),
                    tap=tap_of("quarters", quarter.pk, quarter.seen, row),
                )
