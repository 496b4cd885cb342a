"""The desk of a person, read with one question."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.models import Role, User

from ...models import Quarter, YearRule
from ...models.regime import year_wanted
from .. import waiting
from .annual import AnnualTasks
from .planning import PlanningTasks
from .reports import ReportTasks
from .tasks import Desk, Group, Nudged, Reminder, Task
from .visits import VisitTasks

#: (key, title, the primary button's label), in the order in which they press: others wait on the road, then one's own papers.
GROUPS: tuple[tuple[str, str | Promise, str | Promise], ...] = (
    ("consent", gettext_lazy("Consent to visits and changes"), gettext_lazy("Consent to visits and changes")),
    ("returned", gettext_lazy("Complete what was returned"), gettext_lazy("Complete what was returned")),
    ("own", gettext_lazy("Register my plan"), gettext_lazy("Register the plan of %(quarter)s")),
    ("decide", gettext_lazy("Agree on officers' plans"), gettext_lazy("Decide on officers' plans")),
    ("send", gettext_lazy("Send the department plan"), gettext_lazy("Send the department plan")),
    ("check", gettext_lazy("Check department plans"), gettext_lazy("Check department plans")),
    ("meeting", gettext_lazy("Decide in the Standing Committee"), gettext_lazy("Go to the meeting")),
    (
        "answered",
        gettext_lazy("Units that ask for other days or cannot receive a visit"),
        gettext_lazy("Arrange the visit again"),
    ),
    ("contact", gettext_lazy("Tell the host units"), gettext_lazy("Tell the host units")),
    ("owed", gettext_lazy("Report my visits"), gettext_lazy("Report my visits")),
    ("results", gettext_lazy("Accept results"), gettext_lazy("Accept results")),
    ("report", gettext_lazy("Write my quarter report"), gettext_lazy("Write the report on %(quarter)s")),
    ("reports", gettext_lazy("Accept quarter reports"), gettext_lazy("Accept quarter reports")),
    (
        "department_report",
        gettext_lazy("Write the department report"),
        gettext_lazy("Write the department report"),
    ),
    ("forward", gettext_lazy("Check department reports"), gettext_lazy("Check department reports")),
    (
        "note",
        gettext_lazy("Take note of department reports"),
        gettext_lazy("Take note of department reports"),
    ),
    (
        "annual_approve",
        gettext_lazy("Decide on the annual report"),
        gettext_lazy("Decide on the annual report"),
    ),
    ("annual_send", gettext_lazy("Send the annual report"), gettext_lazy("Send the annual report")),
    ("annual", gettext_lazy("Write the annual report"), gettext_lazy("Write the annual report %(year)d")),
    (
        "recommendations",
        gettext_lazy("Recommendations in my charge that are overdue"),
        gettext_lazy("Follow up recommendations"),
    ),
    (
        "refused",
        gettext_lazy("Ad-hoc visits not agreed to"),
        gettext_lazy("Read why the visit was not agreed to"),
    ),
    ("open", gettext_lazy("Open registration"), gettext_lazy("Open registration for %(quarter)s")),
)
#: What the coordinator does, and what is only to be known: nobody is reminded of it by the coordinator.
_NOT_REMINDED_OF = ("check", "open", "refused")


def desk_of(user: User, quarters: Iterable[Quarter] | None = None) -> Desk:
    """What waits for ``user`` today in every open quarter of the province; three queries at most.

    ``quarters`` are the province's with their ``last_event``, where a page has read them already.
    """
    if quarters is None:
        found = Quarter.objects.visible_to(user).select_related("province", "last_event")
        quarters = found if user.province_id else []
    rules = YearRule.objects.filter(province=user.province_id) if user.province_id else []
    return _Reader(user, list(quarters), {rule.year: rule for rule in rules}).desk()


class _Reader(PlanningTasks, VisitTasks, ReportTasks, AnnualTasks):
    def desk(self) -> Desk:
        opening = list(self._opening())
        found: dict[str, list[Task]] = {key: [] for key, _title, _call in GROUPS}
        for source in (
            self._plans,
            self._department_plans,
            self._requests,
            self._visits,
            self._papers,
            self._annual,
        ):
            for key, task in source():
                found[key].append(task)
        found["open"] = [t for t in opening if t.due and t.due <= self.today]
        groups = [
            Group(key, str(title), str(call), _oldest(found[key]))
            for key, title, call in GROUPS
            if found[key]
        ]
        ahead = tuple(t for t in opening if t.due and t.due > self.today)[:1]
        return Desk(
            tuple(groups),
            ahead,
            self._reminders(groups),
            tuple(self.quarters),
            tuple(self._upcoming()),
            year_wanted(self.rules) if self.powers.holds(Role.ADMINISTRATOR, Role.COORDINATOR) else None,
        )

    def _reminders(self, groups: list[Group]) -> tuple[Reminder, ...]:
        """The latest reminder about each task that still waits, latest first."""
        held: dict[tuple[int, int | None, int], Task] = {}
        for group in groups:
            if group.key in _NOT_REMINDED_OF:
                continue
            for task in group.tasks:
                held.setdefault((task.quarter.pk, task.department_id, task.step), task)
        rows = sorted(self.rows.get(waiting.NUDGE, ()), key=lambda r: (r.sent, r.pk), reverse=True)
        found: dict[tuple[int, int | None, int], Reminder] = {}
        for row in rows:
            key = (row.quarter_id, row.department_id, row.number)
            if key in held and key not in found:
                found[key] = Reminder(Nudged(row.officer or "", row.sent, row.text or ""), held[key])
        return tuple(found.values())


def _oldest(tasks: list[Task]) -> tuple[Task, ...]:
    return tuple(sorted(tasks, key=lambda t: (t.since or date.max, t.quarter.starts, t.what)))
