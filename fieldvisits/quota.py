"""How many days a year an officer owes, and how the year stands. Pure arithmetic: no queries, no clock.

The rule of the year asks for a number of days (60 by default) inside a counting window. Whoever was in scope on only
a part of the window - joined, left, studied for six months or more, was ill, on maternity leave - owes the same share
of it, rounded up (domain section 3): ``target``. Where the rule asks for a part of the days at hosts of one level, that
part shrinks in the same proportion: ``parts``. ``pace`` compares what is owed with what is accepted (step 7). All dates
are inclusive; every number comes with sentences that let a person check it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from django.db.models import TextChoices
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

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
    """What an officer owes in a year: ``days``, and how that number came about, a sentence per step.

    ``scope`` are the ``in_scope`` days themselves, ``span`` the first and last day of the ``window`` days that count.
    """

    days: int
    required: int
    in_scope: int
    window: int
    explanation: tuple[str, ...]
    scope: frozenset[date]
    span: Span

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
        why = _("The post is outside the quota: it does no movement work.")
        return Target(0, required, 0, length, (why,), frozenset(), window)
    present = each_day(worked, window)
    away = each_day([(r.first, r.last) for r in reliefs if r.days is None], window) & present
    scope = frozenset(present - away)
    counted = len(scope)
    lines = [
        _("The year asks for %(days)d days between %(first)s and %(last)s (%(length)d days).")
        % {"days": required, "first": _day(window[0]), "last": _day(window[1]), "length": length}
    ]
    if len(present) < length:
        lines.append(_("In the province's departments on %(days)d of these days.") % {"days": len(present)})
    lines += _relieved([r for r in reliefs if r.days is None], window, present)
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
    return Target(owed, required, counted, length, tuple(lines), scope, window)


def _relieved(reliefs: Iterable[Relief], window: Span, present: set[date]) -> Iterable[str]:
    """A sentence for each relief that takes away days; a day that two of them take away is counted at the first."""
    told: set[date] = set()
    for relief in sorted(reliefs, key=lambda relief: (relief.first, relief.last)):
        days = each_day([(relief.first, relief.last)], window) & present
        if not days:
            continue
        sentence = _("Relieved from %(first)s to %(last)s: %(reason)s (%(days)d days).")
        if days & told:
            sentence = _(
                "Relieved from %(first)s to %(last)s: %(reason)s (%(days)d days more; %(shared)d are counted above)."
            )
        if days <= told:
            sentence = _("Relieved from %(first)s to %(last)s: %(reason)s (its days are counted above).")
        yield sentence % {
            "first": _day(relief.first),
            "last": _day(relief.last),
            "reason": relief.reason,
            "days": len(days - told),
            "shared": len(days & told),
        }
        told |= days


# --- Parts by level of the host -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """The part of the days owed that must be spent at hosts of one level (Bà Rịa-Vũng Tàu: 30 days at chi đoàn).

    ``days`` are owed here, ``required`` is what the rule asks of a whole year, ``ahead`` are approved days still to come.
    """

    level: str
    label: str | Promise
    required: int
    days: int
    accepted: int
    ahead: int
    explanation: str

    @property
    def missing(self) -> int:
        return max(0, self.days - self.accepted)

    @property
    def is_met(self) -> bool:
        return self.missing == 0


def parts(
    owed: Target,
    sub_quotas: Iterable[tuple[str, str | Promise, int]],
    accepted_by_level: Mapping[str, int],
    ahead_by_level: Mapping[str, int] | None = None,
) -> tuple[Part, ...]:
    """How the rule's ``sub_quotas`` - (level, its name, days of a whole year) - stand for who owes ``owed``.

    Each is reduced as the whole is (``owed.days`` of ``owed.required``) and rounded up on its own, so the parts of a reduced
    quota may together ask for a day or two more than the whole.
    """
    ahead = ahead_by_level or {}
    return tuple(
        Part(level, label, days, *_reduced(owed, days, accepted_by_level.get(level, 0), ahead.get(level, 0)))
        for level, label, days in sub_quotas
    )


def _reduced(owed: Target, required: int, accepted: int, ahead: int) -> tuple[int, int, int, str]:
    if not owed.is_reduced:
        line = _("%(accepted)d of %(days)d days.") % {"accepted": accepted, "days": required}
        return required, accepted, ahead, line
    # is_reduced: owed.required is at least one
    days = ceil(required * owed.days / owed.required)
    line = _(
        "%(required)d × %(owed)d ÷ %(whole)d, rounded up = %(days)d days, %(accepted)d of them accepted."
    ) % {
        "required": required,
        "owed": owed.days,
        "whole": owed.required,
        "days": days,
        "accepted": accepted,
    }
    return days, accepted, ahead, line


def all_parts_met(parts: Iterable[Part]) -> bool:
    """Whether every sub-quota is met; true where the rule has none."""
    return all(part.is_met for part in parts)


# --- How the year stands ------------------------------------------------------------------------------------------------


class Standing(TextChoices):
    """How an officer's year stands on a day (domain section 3)."""

    EXCEEDED = "exceeded", gettext_lazy("Exceeded")
    MET = "met", gettext_lazy("Met")
    ON_PACE = "on_pace", gettext_lazy("On pace")
    AT_RISK = "at_risk", gettext_lazy("At risk")
    MISSED = "missed", gettext_lazy("Not met")
    EXEMPT = "exempt", gettext_lazy("Exempt")

    @property
    def tone(self) -> str:
        """The colour's name on screens, as of a paper's state."""
        return _LOOKS[self.value][0]

    @property
    def icon(self) -> str:
        return _LOOKS[self.value][1]


_LOOKS = {
    "exceeded": ("approved", "trophy"),
    "met": ("approved", "check-circle"),
    "on_pace": ("planned", "arrow-up-right-circle"),
    "at_risk": ("waiting", "exclamation-triangle"),
    "missed": ("refused", "x-circle"),
    "exempt": ("history", "dash-circle"),
}


@dataclass(frozen=True)
class Pace:
    """How an officer's year stands on ``today``, in days.

    ``expected`` should be accepted by today; ``ahead`` are approved days still to come, ``projection`` both kinds together;
    ``left_days`` could still be used, today's included; ``needed`` is what must still be accepted: the days ``missing`` of the
    whole, or those missing of its ``parts`` where they are more; ``per_week`` spreads that over the days left (rounded up to
    a tenth; None when nothing is needed, or more than seven would be); ``percent`` is rounded down, so 100 means met (None when nothing
    is owed).
    """

    owed: int
    accepted: int
    ahead: int
    projection: int
    expected: int
    missing: int
    needed: int
    left_days: int
    per_week: float | None
    percent: int | None
    status: Standing
    parts: tuple[Part, ...]
    explanation: tuple[str, ...]

    @property
    def parts_missing(self) -> tuple[Part, ...]:
        """The parts by level that are not met."""
        return tuple(part for part in self.parts if part.missing)

    @property
    def lacks_levels(self) -> bool:
        """Whether the levels ask for more days than the whole is short of: then ``needed``, not ``missing``, is what is left to do."""
        return self.needed > self.missing


def pace(
    owed: Target,
    accepted: int,
    ahead: int,
    today: date,
    *,
    parts: tuple[Part, ...] = (),
    waiting: int = 0,
    submitted: int = 0,
    closes: date | None = None,
    off: Collection[date] = (),
) -> Pace:
    """How the year of who owes ``owed`` stands on ``today`` (rule: domain section 3, step 7).

    ``accepted`` days count; ``ahead`` are approved, from today on and not counted yet; ``waiting`` have gone by under an approved
    visit whose result is not accepted yet: they keep a year from being given up, and change nothing else. After ``closes``, the last day
    for reporting what the year holds (None: there is none), only those of them do whose result is reported, ``submitted``: what was
    never reported is given up. ``off`` are days that cannot count (weekends, holidays, where the rule says so).

    *Exempt* when nothing is owed. *Exceeded* or *met* when the days are accepted and every part is met. *Not met* as soon
    as what is needed is more than could still come: the days left in scope, today's, and those waiting; so after the window's
    end, and at the latest when the time for reporting is over and what was reported is decided on. Else *on pace* when accepted reaches expected or the projection reaches what is owed, and *at
    risk* otherwise. A part is judged like the whole: one that is behind makes the year at risk, one missing at the end makes
    it not met even when the total is reached, and the explanation names it.
    """
    usable = owed.scope.difference(off)
    elapsed = sum(day <= today for day in owed.scope)
    left = sum(day >= today for day in usable)
    missing = max(0, owed.days - accepted)
    needed = max(missing, sum(part.missing for part in parts))

    def due(days: int) -> int:
        return days * elapsed // len(owed.scope) if owed.scope else 0

    figures = {
        "owed": owed.days,
        "accepted": accepted,
        "ahead": ahead,
        "projection": accepted + ahead,
        "expected": due(owed.days),
        "missing": missing,
        "needed": needed,
        "elapsed": elapsed,
        "scope": len(owed.scope),
        "left": left,
        "waiting": waiting,
        "room": (submitted if closes and today > closes else waiting) + left,
    }
    behind = [p for p in parts if p.accepted < due(p.days) and p.accepted + p.ahead < p.days]
    # a week has seven days: where more would be needed the days left do not suffice
    per_week = ceil(needed * 70 / left) / 10 if 0 < needed <= left else None
    status, why = _judged(figures, owed.span, today, behind)
    lines = _in_words(figures, min(today, owed.span[1]), parts, per_week) if owed.days else []
    return Pace(
        owed=owed.days,
        accepted=accepted,
        ahead=ahead,
        projection=figures["projection"],
        expected=figures["expected"],
        missing=missing,
        needed=needed,
        left_days=left,
        per_week=per_week,
        percent=100 * accepted // owed.days if owed.days else None,
        status=status,
        parts=parts,
        explanation=(*lines, why),
    )


def _judged(
    figures: Mapping[str, int], span: Span, today: date, behind: Sequence[Part]
) -> tuple[Standing, str]:
    """The standing and the sentence that gives its reason; the order of the questions is the rule."""
    owed, accepted = figures["owed"], figures["accepted"]
    if not owed:
        return Standing.EXEMPT, _("Exempt: no day is owed.")
    if not figures["needed"]:
        if accepted == owed:
            return Standing.MET, _("Met: all %(owed)d days owed are accepted.") % figures
        return Standing.EXCEEDED, _("Exceeded: %(accepted)d days accepted, %(more)d more than owed.") % {
            "accepted": accepted,
            "more": accepted - owed,
        }
    if figures["needed"] > figures["room"]:
        if not figures["missing"]:
            why = _(
                "Not met: the total is reached, but %(needed)d days are missing "
                "at the levels asked for and only %(room)d can still come."
            )
        elif today > span[1]:
            why = _("Not met: counting ended on %(last)s with %(missing)d days missing.")
        else:
            why = _("Not met: %(needed)d days are needed and only %(room)d can still come.")
        return Standing.MISSED, why % {**figures, "last": _day(span[1])}
    if today < span[0]:
        return Standing.ON_PACE, _("On pace: counting begins on %(day)s.") % {"day": _day(span[0])}
    if accepted < figures["expected"] and figures["projection"] < owed:
        why = _(
            "At risk: accepted (%(accepted)d) is below expected (%(expected)d), "
            "and the projection (%(projection)d) does not reach %(owed)d."
        )
        return Standing.AT_RISK, why % figures
    if behind:
        names = ", ".join(str(part.label) for part in behind)
        return Standing.AT_RISK, _("At risk: behind at hosts of the level %(levels)s.") % {"levels": names}
    if accepted >= figures["expected"]:
        why = _("On pace: accepted (%(accepted)d) reaches expected (%(expected)d).")
    else:
        why = _("On pace: the projection (%(projection)d) reaches the %(owed)d days owed.")
    return Standing.ON_PACE, why % figures


def _in_words(
    figures: Mapping[str, int], day: date, parts: Iterable[Part], per_week: float | None
) -> list[str]:
    lines = [
        _(
            "Expected by %(day)s: %(owed)d × %(elapsed)d days in scope gone by ÷ %(scope)d days in scope in the year, "
            "rounded down = %(expected)d days."
        )
        % {**figures, "day": _day(day)},
        _("Projection: %(accepted)d accepted + %(ahead)d approved and still to come = %(projection)d days.")
        % figures,
    ]
    if figures["waiting"]:
        lines.append(_("Gone by, with a result not accepted yet: %(waiting)d days.") % figures)
    lines += [
        _("%(level)s: %(accepted)d of %(days)d days accepted, %(missing)d missing.")
        % {"level": part.label, "accepted": part.accepted, "days": part.days, "missing": part.missing}
        for part in parts
        if part.missing
    ]
    if figures["needed"] and (figures["left"] or figures["needed"] <= figures["room"]):
        lines.append(_needed_in_words(figures, per_week))
    return lines


def _needed_in_words(figures: Mapping[str, int], per_week: float | None) -> str:
    if per_week is not None:
        line = _(
            "Still needed: %(needed)d days; days in scope left, today included: %(left)d; so %(rate)s a week."
        )
        return line % {**figures, "rate": number_format(per_week, 1)}
    if figures["needed"] <= figures["room"]:
        line = _(
            "Still needed: %(needed)d days; days in scope left, today included: %(left)d: "
            "enough only with days gone by that are still to be accepted."
        )
    else:
        line = _(
            "Still needed: %(needed)d days; days in scope left, today included: %(left)d: "
            "it can no longer be reached."
        )
    return line % figures


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
