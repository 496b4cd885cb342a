"""How many days a year an officer owes. Pure arithmetic: no queries, no clock.

The rule of the year asks for a number of days (60 by default) inside a counting window. Whoever was in scope on only
a part of the window - joined, left, studied for six months or more, was ill, on maternity leave - owes the same share
of it, rounded up (domain section 3). All dates are inclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Span = tuple[date, date]


@dataclass(frozen=True)
class Relief:
    """Dated relief from the quota: on these days the officer is not in scope, or ``days`` are owed by decision."""

    first: date
    last: date
    reason: str
    days: int | None = None


@dataclass(frozen=True)
class Target:
    """What an officer owes in a year: ``days``, and how that number came about, a sentence per step."""

    days: int
    required: int
    in_scope: int
    window: int
    explanation: tuple[str, ...]

    @property
    def is_exempt(self) -> bool:
        return self.days == 0

    @property
    def is_reduced(self) -> bool:
        return self.days < self.required


def days_between(first: date, last: date) -> int:
    """Whole calendar days from ``first`` to ``last``, both counted; none when ``last`` is earlier."""
    return max(0, (last - first).days + 1)


def each_day(spans: Iterable[Span], window: Span) -> set[date]:
    """Every day of ``spans`` that lies inside ``window``."""
    days: set[date] = set()
    for first, last in spans:
        first, last = max(first, window[0]), min(last, window[1])
        days.update(first + timedelta(days=n) for n in range(days_between(first, last)))
    return days


def target(
    required: int, window: Span, worked: Sequence[Span], reliefs: Sequence[Relief], in_scope: bool = True
) -> Target:
    """Days owed inside ``window`` by somebody who belonged to a department on ``worked`` and has ``reliefs``.

    ``in_scope`` is False for posts outside the quota (driver, accountant, clerk): they owe nothing.
    """
    length = days_between(*window)
    if not in_scope:
        return Target(
            0, required, 0, length, (_("The post is outside the quota: it does no movement work."),)
        )
    present = each_day(worked, window)
    away = each_day([(r.first, r.last) for r in reliefs if r.days is None], window) & present
    counted = len(present - away)
    lines = [
        _("The year asks for %(days)d days between %(first)s and %(last)s (%(length)d days).")
        % {"days": required, "first": _day(window[0]), "last": _day(window[1]), "length": length}
    ]
    if len(present) < length:
        lines.append(_("In the province's departments on %(days)d of these days.") % {"days": len(present)})
    for relief in reliefs:
        if relief.days is None:
            overlap = len(each_day([(relief.first, relief.last)], window) & present)
            if overlap:
                lines.append(
                    _("Relieved from %(first)s to %(last)s: %(reason)s (%(days)d days).")
                    % {
                        "first": _day(relief.first),
                        "last": _day(relief.last),
                        "reason": relief.reason,
                        "days": overlap,
                    }
                )
    owed = ceil(required * counted / length) if length else 0
    if counted < length:
        lines.append(
            _("%(required)d × %(counted)d ÷ %(length)d, rounded up = %(owed)d days.")
            % {"required": required, "counted": counted, "length": length, "owed": owed}
        )
    fixed = [r for r in reliefs if r.days is not None]
    if fixed:
        by_decision = min(fixed, key=lambda r: r.days or 0)
        owed = min(owed, by_decision.days or 0)
        lines.append(
            ngettext("By decision %(days)d day: %(reason)s.", "By decision %(days)d days: %(reason)s.", owed)
            % {"days": owed, "reason": by_decision.reason}
        )
    return Target(owed, required, counted, length, tuple(lines))


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
