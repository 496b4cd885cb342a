"""What the page of an officer's plan shows: the lines while they can be typed, and the paper once they cannot (step 1).

Both sheets read everything with a constant number of queries, whatever the number of lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from accounts import clock
from accounts.models import Role, User

from .. import permissions
from ..forms.plans import FIELDS, LineForm, Typed, colleagues_of, numbers_in, typed_of, units_of
from ..models import (
    ContentGroup,
    Event,
    LineDecision,
    Officer,
    OfficerPlan,
    Quarter,
    Remark,
    Verdict,
    Visit,
)
from ..models.officers import scope_of
from ..workflow import OfficerPlanState, VisitState
from .hints import Hint, hints_of, hints_of_unit, look_around, stays_of
from .written_lines import WrittenLine, as_kept, as_now, different_days, registered

#: Colours for lines; the seventh line begins again with the first.
COLOURS = 6


@dataclass(frozen=True)
class Cell:
    """One day of the small calendar: the numbers of the lines on it."""

    date: date
    numbers: tuple[int, ...]
    holiday: str
    is_today: bool

    @property
    def is_weekend(self) -> bool:
        return self.date.weekday() >= 5

    @property
    def colour(self) -> int:
        return colour_of(self.numbers[0]) if self.numbers else 0


@dataclass(frozen=True)
class Month:
    """A month as weeks of seven cells, from Monday; None where the week belongs to a neighbour."""

    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]


def colour_of(number: int) -> int:
    """The colour, 1..``COLOURS``, of a line."""
    return (number - 1) % COLOURS + 1


def months_of(
    quarter: Quarter,
    lines: Sequence[tuple[int, date, date]],
    holidays: Mapping[date, str],
    today: date,
) -> list[Month]:
    """The three months of the quarter with the ``lines`` (number, first day, last day; both inclusive) on their days."""
    months = []
    for number in range(3 * quarter.number - 2, 3 * quarter.number + 1):
        first = date(quarter.year, number, 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        cells: list[Cell | None] = [None] * first.weekday()
        for n in range(last.day):
            day = first + timedelta(days=n)
            on = tuple(line for line, starts, ends in lines if starts <= day <= ends)
            cells.append(Cell(day, on, holidays.get(day, ""), day == today))
        cells += [None] * (-len(cells) % 7)
        weeks = tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7))
        months.append(Month(first, weeks))
    return months


@dataclass(eq=False)
class Row:
    """One line as the page shows it. ``problem`` keeps it from being registered; ``reason`` is why it was struck or refused;
    ``approved`` is how it read when it was approved, where it has been changed since."""

    line: Visit
    number: int
    typed: Typed = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    hints: list[Hint] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    reason: str = ""
    mark: LineDecision | None = None
    approved: WrittenLine | None = None
    unit: Any = None
    companions: frozenset[int] = frozenset()
    conflict: Conflict | None = None

    @property
    def colour(self) -> int:
        return colour_of(self.number)

    @property
    def written(self) -> WrittenLine:
        return as_now(self.line)

    @property
    def is_struck(self) -> bool:
        return self.line.state == VisitState.STRUCK

    @property
    def is_decided(self) -> bool:
        """Whether the line has become a visit with a page of its own (step 4)."""
        return self.line.state in (VisitState.APPROVED, VisitState.CANCELLED, VisitState.NOT_DONE)


@dataclass(frozen=True)
class Conflict:
    """Why a line was not saved, and what is stored instead of what was typed; ``revision`` is the stored one."""

    sentence: str
    stored: tuple[tuple[str, str], ...] = ()
    revision: int | None = None


class _Sheet:
    def __init__(self, plan: OfficerPlan, user: User) -> None:
        self.plan, self.user = plan, user

    @cached_property
    def lines(self) -> list[Visit]:
        lines = list(self.plan.lines.whole().in_order())
        for line in lines:
            line.plan, line.quarter = self.plan, self.plan.quarter
        return lines

    @cached_property
    def numbers(self) -> dict[int, int]:
        return {line.pk: number for number, line in enumerate(self.lines, start=1)}

    @cached_property
    def remarks(self) -> dict[int, list[Remark]]:
        found: dict[int, list[Remark]] = {}
        remarks = Remark.objects.filter(visit__plan=self.plan).select_related("author").order_by("at", "pk")
        for remark in remarks:
            found.setdefault(remark.visit_id, []).append(remark)
        return found

    @cached_property
    def reasons(self) -> dict[int, str]:
        """What was said when a line was last struck, refused or changed."""
        return dict(
            Event.objects.filter(
                content_type=ContentType.objects.get_for_model(Visit),
                object_id__in=[line.pk for line in self.lines],
                verb__in=("strike", "refuse", "amend"),
            )
            .order_by("pk")
            .values_list("object_id", "comment")
        )

    @cached_property
    def officer(self) -> Officer:
        person = self.plan.officer
        person.__class__ = Officer
        prefetch_related_objects([person], *scope_of(self.plan.quarter.rule))
        return person

    @cached_property
    def target(self) -> Any:
        return self.officer.target(self.plan.quarter.rule)

    @cached_property
    def balance(self) -> Any:
        return self.officer.balance(self.plan.quarter.rule, self.plan)

    @cached_property
    def bar(self) -> list[tuple[str, int, int]]:
        """The year as a bar: (class, from, width), in days; a date counts once."""
        target, balance = self.target.days, self.balance
        ahead = balance.accepted + balance.approved_ahead
        planned = max(0, target - balance.missing - ahead)
        return [
            ("accepted", 0, balance.accepted),
            ("planned", balance.accepted, balance.approved_ahead),
            ("here", ahead, planned),
        ]

    @cached_property
    def day_total(self) -> int:
        """Different dates of the standing lines."""
        return different_days(line for line in self.lines if line.is_standing)

    @cached_property
    def standing(self) -> list[Row]:
        return [row for row in self.rows if row.line.is_standing]

    rows: list[Row]


class DraftSheet(_Sheet):
    """The plan while its officer types. ``typed`` and ``conflicts`` are of lines that were just posted and not saved."""

    def __init__(
        self,
        plan: OfficerPlan,
        user: User,
        typed: Mapping[int, Typed] | None = None,
        conflicts: Mapping[int, Conflict] | None = None,
    ) -> None:
        super().__init__(plan, user)
        self._typed, self._conflicts = typed or {}, conflicts or {}

    groups = ContentGroup.choices

    @cached_property
    def colleagues(self) -> dict[int, User]:
        return colleagues_of(self.plan)

    @cached_property
    def around(self) -> Any:
        return look_around(self.plan, self.lines, self.numbers, self.user)

    @cached_property
    def rows(self) -> list[Row]:
        typed = {line.pk: self._typed.get(line.pk) or typed_of(line) for line in self.lines}
        units = units_of(typed.values(), self.plan.quarter, [line.unit for line in self.lines])
        stays = {stay.pk: stay for stay in stays_of(self.lines, self.numbers)}
        return [self._row(line, typed[line.pk], units, stays.get(line.pk)) for line in self.lines]

    def _row(self, line: Visit, typed: Typed, units: dict[int, Any], stay: Any) -> Row:
        number = self.numbers[line.pk]
        row = Row(line, number, typed, remarks=self.remarks.get(line.pk, []))
        if line.state != VisitState.PLANNED:
            row.reason = self.reasons.get(line.pk, "")
            return row
        form = LineForm(typed, self.plan.quarter, units, self.colleagues)
        line.unit = units.get(line.unit_id) if line.unit_id else None
        row.errors = form.first_errors
        row.problem = next(iter(row.errors.values()), "") or line.problem() or ""
        row.hints = hints_of(stay, self.around) if stay else hints_of_unit(line.unit_id, self.around)
        row.unit = next((units[pk] for pk in units if str(pk) == typed["unit"]), None)
        row.companions = frozenset(numbers_in(typed["companions"]))
        row.conflict = self._conflicts.get(line.pk)
        return row

    @cached_property
    def months(self) -> list[Month]:
        spans = [
            (row.number, row.line.starts, row.line.ends)
            for row in self.rows
            if row.line.is_standing and row.line.starts and row.line.ends
        ]
        return months_of(self.plan.quarter, spans, self.around.holidays, clock.today())

    @cached_property
    def problems(self) -> list[Row]:
        return [row for row in self.rows if row.problem]

    @property
    def why_not(self) -> str:
        """Why the plan cannot be sent yet, in words; empty when it can."""
        if self.problems:
            return _("Complete the lines named above first.")
        if not self.standing:
            return _("The plan has no line yet. Add at least one visit.")
        return ""

    @cached_property
    def explain(self) -> str | None:
        return self.plan.must_explain("submit")

    @cached_property
    def earlier(self) -> list[OfficerPlan]:
        return list(self.plan.earlier_plans())

    @cached_property
    def last_known(self) -> int:
        """The youngest line: a page posts it back, so that a double click does not copy twice."""
        return max(self.numbers, default=0)

    @cached_property
    def returned(self) -> Event | None:
        """The move that sent the plan back, while it is returned."""
        if self.plan.state != OfficerPlanState.RETURNED:
            return None
        return (
            Event.objects.select_related("actor", "on_behalf_of").filter(pk=self.plan.last_event_id).first()
        )

    def stored_words(self, line: Visit, typed: Typed) -> tuple[tuple[str, str], ...]:
        """What is stored in ``line`` where it differs from ``typed``, field by field in words; "–" for an empty field."""
        stored = typed_of(line)
        units = units_of([stored], self.plan.quarter)
        names = {str(pk): str(person) for pk, person in self.colleagues.items()}
        words = stored | {
            "unit": ", ".join(str(unit) for unit in units.values()),
            "group": str(dict(ContentGroup.choices).get(line.group, "")) if line.group else "",
            "companions": ", ".join(names.get(pk, "") for pk in stored["companions"].split(",")),
        }
        labels = {name: str(Visit._meta.get_field(name).verbose_name) for name in FIELDS}
        return tuple((labels[name], words[name] or "–") for name in FIELDS if stored[name] != typed[name])


class PaperSheet(_Sheet):
    """The plan once it is out of its officer's hands: the paper, with what was said and decided at its lines."""

    @cached_property
    def rows(self) -> list[Row]:
        return [
            Row(
                line,
                self.numbers[line.pk],
                remarks=self.remarks.get(line.pk, []),
                reason=self.reasons.get(line.pk, ""),
                mark=self.marks.get(line.pk),
                approved=self.approved.get(line.pk),
            )
            for line in self.lines
        ]

    @cached_property
    def marks(self) -> dict[int, LineDecision]:
        """What a closed meeting changed on lines that are approved now."""
        changed = LineDecision.objects.filter(
            visit__plan=self.plan,
            visit__state=VisitState.APPROVED,
            verdict=Verdict.AMEND,
            decision__state="closed",
        ).select_related("unit", "was_unit")
        return {mark.visit_id: mark for mark in changed.order_by("pk")}

    @cached_property
    def versions(self) -> list[tuple[str, Event, list[WrittenLine]]]:
        """The versions the history keeps: as registered last, as approved; (title, event, lines)."""
        titles = {
            "submit": _("As registered"),
            "approve": _("As approved"),
            "reject": _("As it was when it was not approved"),
        }
        if set(self._kept) == {"submit"} and self.plan.state == OfficerPlanState.SUBMITTED:
            return []
        return [(titles[verb], event, as_kept(event)) for verb, event in self._kept.items()]

    @cached_property
    def _kept(self) -> dict[str, Event]:
        """The event of each verb that keeps the youngest version."""
        kept = Event.objects.of(self.plan).filter(verb__in=("submit", "approve", "reject")).exclude(copy=None)
        return {event.verb: event for event in kept}

    @cached_property
    def approved(self) -> dict[int, WrittenLine]:
        """How lines read when they were approved, by visit, where days or unit have been changed since."""
        event = self._kept.get("approve")
        then = {line.visit_id: line for line in (as_kept(event) if event else ())}
        changed = {}
        for line in self.lines:
            was, now = then.get(line.pk), as_now(line)
            as_it_was = was and (was.first, was.last, was.unit_id) == (now.first, now.last, now.unit_id)
            if was and was.is_standing and not as_it_was:
                changed[line.pk] = was
        return changed

    @cached_property
    def registration(self) -> list[WrittenLine]:
        """The lines of the officer's registration: those sent last that the department did not strike."""
        return registered(self.plan, self.lines, self._kept.get("submit"))

    @property
    def registered_days(self) -> int:
        """Different dates of the registration."""
        return different_days(self.registration)

    @cached_property
    def may_remark(self) -> bool:
        """Leaders of the department, coordinators and the Standing Committee say what they think of a line."""
        if self.plan.state == OfficerPlanState.DRAFT:
            return False
        return any(True for _holding in permissions.remarker(self.user.powers, self.plan))

    @cached_property
    def may_strike(self) -> bool:
        """Whether the reader may strike and restore lines now: as leader, while the plan waits for the department."""
        powers, plan = self.user.powers, self.plan
        if plan.state != OfficerPlanState.SUBMITTED:
            return False
        return any(
            not permissions.is_own(holding, powers, plan) for holding in permissions.leader(powers, plan)
        )


def is_open_to(user: User, plan: OfficerPlan) -> bool:
    """Whether ``user`` may type in the plan now: their own, in their hands, in a quarter that runs."""
    mine = any(True for _holding in permissions.author(user.powers, plan))
    return mine and plan.is_editable and plan.quarter.why_closed() is None


def may_start(user: User) -> bool:
    """Whether the plans of a quarter may include one's own."""
    return user.powers.holds(Role.OFFICER) and user.movement_work
