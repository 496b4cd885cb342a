"""A plan's lines as they are read: as they stand now, or as a version the history keeps wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.dateparse import parse_date

from ..models import ContentGroup, Event, Level, OfficerPlan, Visit
from ..models.base import kind_of
from ..models.visits import dates_text
from ..quota import each_day
from ..workflow import VisitState


@dataclass(frozen=True)
class WrittenLine:
    """A line of a plan in words. Dates are inclusive, None while they are missing; ``visit_id`` is the visit it became."""

    visit_id: int | None
    state: str
    first: date | None
    last: date | None
    unit_id: int | None
    unit: str
    level: str
    group: str
    content: str
    companions: tuple[str, ...]
    expected: str
    note: str

    @property
    def dates_text(self) -> str:
        return dates_text(self.first, self.last)

    @property
    def day_count(self) -> int:
        return (self.last - self.first).days + 1 if self.first and self.last else 0

    @property
    def is_standing(self) -> bool:
        return self.state in (VisitState.PLANNED, VisitState.APPROVED)

    @property
    def state_label(self) -> str:
        return str(Visit.flow.state(self.state).label)


def as_now(line: Visit) -> WrittenLine:
    """``line`` as it stands, with its unit and companions fetched."""
    return WrittenLine(
        line.pk,
        line.state,
        line.starts,
        line.ends,
        line.unit_id,
        line.unit.name if line.unit else "",
        str(line.unit.get_level_display()) if line.unit else "",
        str(line.get_group_display() or "") if line.group else "",
        line.content,
        tuple(str(person) for person in line.companions.all()),
        line.expected,
        line.note,
    )


def as_kept(event: Event) -> list[WrittenLine]:
    """The lines of the version that ``event`` keeps of a plan."""
    levels, groups = dict(Level.choices), dict(ContentGroup.choices)
    return [
        WrittenLine(
            line.get("id"),
            line.get("state", VisitState.PLANNED),
            parse_date(line.get("starts") or ""),
            parse_date(line.get("ends") or ""),
            line.get("unit"),
            line.get("unit_name", ""),
            str(levels.get(line.get("level"), "")),
            str(groups.get(line.get("group"), "")),
            line.get("content", ""),
            tuple(line.get("companions", ())),
            line.get("expected", ""),
            line.get("note", ""),
        )
        for line in event.copy or []
    ]


def registered(plan: OfficerPlan, lines: Sequence[Visit], event: Event | None) -> list[WrittenLine]:
    """What ``plan`` (with its ``lines``) registered and its department did not strike: the version ``event`` keeps of its last
    sending, whatever has been decided on it or changed since. While the plan is in its officer's hands, or where no version was
    kept, the lines that stand now."""
    if event is None or plan.is_editable:
        return [as_now(line) for line in lines if line.is_standing]
    struck = {line.pk for line in lines if line.state == VisitState.STRUCK}
    return [line for line in as_kept(event) if line.is_standing and line.visit_id not in struck]


def sendings(plans: Iterable[OfficerPlan]) -> dict[int, Event]:
    """The event that keeps what each of ``plans`` registered last, by the plan's key; one query."""
    events = Event.objects.filter(
        content_type=kind_of(OfficerPlan), object_id__in=[plan.pk for plan in plans], verb="submit"
    )
    return {event.object_id: event for event in events.exclude(copy=None).order_by("pk")}


def different_days(lines: Iterable[WrittenLine | Visit]) -> int:
    """Different dates of ``lines``, also of one that was moved out of its quarter since; what is without dates has none."""
    spans = [
        (line.first, line.last) if isinstance(line, WrittenLine) else (line.starts, line.ends)
        for line in lines
    ]
    dated = [(first, last) for first, last in spans if first and last]
    return len({day for span in dated for day in each_day([span], span)})
