"""A line of a plan comes, goes and comes back (step 1); and what the unit picker at it offers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core import serializers
from django.db import transaction
from django.db.models import Case, F, Max, Min, Q, Value, When
from django.utils.translation import gettext as _

from accounts import clock
from accounts.models import Membership, User
from accounts.text import fold

from .forms.plans import FIELDS
from .models import HostUnit, Level, NotNow, OfficerPlan, UnitAssignment, Visit
from .models.plans import MOST_LINES
from .workflow import VisitState

#: Removed lines that can be brought back.
MOST_UNDONE = 10
#: Units in one answer of the picker, and how many of those visited last come first in it.
MOST_OFFERED, MOST_RECENT = 50, 8


def add_blank(plan: OfficerPlan) -> Visit:
    """A new empty line - or the one that is still empty, so that a double click does not make two."""
    for line in plan.lines.filter(state=VisitState.PLANNED).order_by("-pk").prefetch_related("companions"):
        if line.is_blank and not line.companions.all():
            return line
    return plan.add_line()


def duplicate(plan: OfficerPlan, line: Visit) -> Visit:
    """A second line with everything of ``line``, also what could not be understood yet."""
    same = {name: getattr(line, name) for name in FIELDS if name != "companions"}
    new = plan.add_line(**same, unparsed=line.unparsed)
    new.companions.set(line.companions.all())
    return new


@transaction.atomic
def put_away(line: Visit) -> str:
    """Remove a line; the answer brings it back (``bring_back``) with its number and remarks.

    Marks of a meeting are never among them: they went when the plan left the meeting, and the database keeps all others.
    """
    kept = serializers.serialize("json", [line, *line.remarks.all()])
    line.delete()
    return kept


@transaction.atomic
def bring_back(plan: OfficerPlan, kept: str) -> Visit:
    """Undo ``put_away``; NotNow when the plan is full or the line is back already."""
    rows = list(serializers.deserialize("json", kept))
    line = rows[0].object
    if Visit.objects.filter(pk=line.pk).exists():
        raise NotNow(_("This line is back already."))
    if plan.lines.count() >= MOST_LINES:
        raise NotNow(_("A plan has at most %(most)d lines.") % {"most": MOST_LINES})
    for row in rows:
        row.save()
    line.plan, line.quarter = plan, plan.quarter
    line.write_days()
    return line


def units_to_offer(user: User, text: str, first: date, last: date) -> list[dict[str, Any]]:
    """What the unit picker offers: units of the province valid on every day of ``first``..``last`` (inclusive).

    With nothing typed the units assigned to the officer or their department come first, then those visited last; the rest
    is ordered by level and name. Each is {value, text, note}. Four queries.
    """
    assigned = {
        unit: officer is not None
        for unit, officer in UnitAssignment.objects.between(first, last)
        .filter(
            Q(officer=user)
            | Q(department__memberships__in=Membership.objects.on(clock.today()).filter(user=user))
        )
        .order_by(F("officer").asc(nulls_first=True))  # one's own charge says more than the department's
        .values_list("unit", "officer")
    }
    recent = _recent(user)
    units = (
        HostUnit.objects.visible_to(user)
        .search(text)
        .filter(valid_from__lte=first)
        .filter(Q(valid_to=None) | Q(valid_to__gte=last))
        .select_related("parent")
    )
    first_of_all = Case(
        When(pk__in=[pk for pk, mine in assigned.items() if mine], then=Value(0)),
        When(pk__in=list(assigned), then=Value(1)),
        When(pk__in=list(recent), then=Value(2)),
        default=Value(3),
    )
    rank = Value(0) if fold(text) else first_of_all
    by_level = Case(*(When(level=level, then=Value(n)) for n, level in enumerate(Level.values)))
    offered = units.annotate(rank=rank, by_level=by_level).order_by("rank", "by_level", "folded", "pk")[
        :MOST_OFFERED
    ]
    return [{"value": u.pk, "text": u.name, "note": _note(u, assigned, recent)} for u in offered]


def _recent(user: User) -> dict[int, date]:
    """The units ``user`` was at last or is going to, with the day: the last one there, or the first to come; the latest first."""
    own = Visit.objects.filter(officer=user, unit__isnull=False)
    there = own.been().order_by().values_list("unit").annotate(Max("last_there"))
    coming = own.standing().filter(starts__gt=clock.today()).values_list("unit").annotate(Min("starts"))
    days = {unit: day for unit, day in there if day} | dict(coming)
    return dict(sorted(days.items(), key=lambda found: found[1], reverse=True)[:MOST_RECENT])


def _note(unit: HostUnit, assigned: Mapping[int, bool], recent: Mapping[int, date]) -> str:
    """The grey words behind a unit: its level, where it belongs, why it is among the first."""
    words = [unit.get_level_display()]
    if unit.parent:
        words.append(unit.parent.name)
    if unit.pk in assigned:
        words.append(_("assigned to you") if assigned[unit.pk] else _("assigned to your department"))
    elif unit.pk in recent:
        day = recent[unit.pk]
        text = _("your last visit %(day)s") if day <= clock.today() else _("in your plan on %(day)s")
        words.append(text % {"day": day.strftime("%d/%m/%Y")})
    return " · ".join(str(word) for word in words)
