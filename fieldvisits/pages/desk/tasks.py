"""What home shows as waiting: tasks in groups, reminders, the visits that come up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from ...models import Quarter


@dataclass(frozen=True)
class Tap:
    """A button that is safe to press without reading on: a transition, and the event the page showed last."""

    url: str
    label: str
    verb: str = ""
    seen: int | None = None
    confirm: str = ""


@dataclass(frozen=True)
class Task:
    """One thing to do: on whose paper, in which quarter, since when it waits, when it was due, how many days late.

    ``tap`` does it at once where that is safe; without one the paper must be read first.
    """

    what: str
    quarter: Quarter
    url: str
    step: int
    department_id: int | None = None
    hint: str = ""
    since: date | None = None
    due: date | None = None
    late: int = 0
    tap: Tap | None = None
    #: what its link is called, where that is more than opening a paper
    opens: str = ""
    #: set where the task is about a whole year; ``quarter`` is then the last of that year
    year: int | None = None

    @property
    def about(self) -> str:
        """Which quarter or year it is about, unless ``what`` says so already."""
        about = _("year %(year)d") % {"year": self.year} if self.year else str(self.quarter)
        return "" if about == self.what else about

    @property
    def named(self) -> str:
        """The task in full, for the names of its buttons."""
        return ", ".join(part for part in (self.what, self.about) if part)

    @property
    def verb(self) -> str:
        return self.tap.verb if self.tap else ""


@dataclass(frozen=True)
class Group:
    """Tasks of one kind, oldest first; ``call`` is the label of the page's one primary button when it leads here."""

    key: str
    title: str
    call: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Nudged:
    """What the coordinator wrote, and when."""

    sender: str
    day: date
    text: str


@dataclass(frozen=True)
class Reminder:
    """A reminder from the coordinator about a task that still waits."""

    nudge: Nudged
    task: Task


@dataclass(frozen=True)
class Coming:
    """One's own approved visit that is not over."""

    url: str
    dates_text: str
    unit: str
    group: str


@dataclass(frozen=True)
class Desk:
    """``groups`` in the order in which they press; ``ahead`` holds quarters that are to be opened later.

    ``year_wanted`` is the year whose rules have to be entered now, for those who enter them or wait for them.
    """

    groups: tuple[Group, ...]
    ahead: tuple[Task, ...]
    reminders: tuple[Reminder, ...]
    quarters: tuple[Quarter, ...]
    upcoming: tuple[Coming, ...]
    year_wanted: int | None = None

    @property
    def tasks(self) -> list[Task]:
        return [task for group in self.groups for task in group.tasks]

    @property
    def primary(self) -> tuple[str, str] | None:
        """Label and address of the most urgent thing: what is overdue first, then the order of the groups."""
        ranked = [
            (task.late == 0, rank, number, group.call, task)
            for rank, group in enumerate(self.groups)
            for number, task in enumerate(group.tasks)
        ]
        if not ranked:
            return None
        _late, _rank, _number, call, task = min(ranked, key=lambda r: r[:3])
        return call % {"quarter": task.quarter, "year": task.year}, task.url
