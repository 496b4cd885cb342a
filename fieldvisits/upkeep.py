"""About what an administrator keeps: who changed it, what keeps it from being deleted, and what is still missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DO_NOTHING, Exists, Model, OuterRef
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts import clock
from accounts.models import Department, DepartmentDuty, Duty, Membership, Province, Role, RoleGrant, User

from .models import YearRule


@dataclass(frozen=True)
class Change:
    """One entry of the history: who, when, and what was changed, field by field."""

    who: User | None
    at: datetime
    what: str
    fields: tuple[tuple[str, str], ...]


SHOWN = 10


def changes_of(thing: Model) -> list[Change]:
    """The latest changes of a thing, the latest first; values only of plain columns (two queries)."""
    if not hasattr(thing, "history"):
        return []
    entries = list(
        thing.history.select_related("history_user").order_by("-history_date", "-history_id")[: SHOWN + 1]
    )
    words = {"+": _("entered"), "~": _("changed"), "-": _("deleted")}
    found = []
    for later, earlier in pairwise([*entries, None]):
        if later is None or len(found) == SHOWN:
            break
        fields: tuple[tuple[str, str], ...] = ()
        if earlier is not None:
            order = [column.name for column in thing._meta.get_fields()]
            differing = later.diff_against(earlier, foreign_keys_are_objs=False).changes
            fields = tuple(
                _field(type(thing), change.field, change.old, change.new)
                for change in sorted(differing, key=lambda change: order.index(change.field))
                if change.field not in DERIVED
            )
            if later.history_type == "~" and not fields:
                continue
        found.append(Change(later.history_user, later.history_date, words[later.history_type], fields))
    return found


#: Columns computed from others.
DERIVED = ("folded", "sort_name")


def _field(model: type[Model], name: str, old: Any, new: Any) -> tuple[str, str]:
    try:
        column = model._meta.get_field(name)
    except FieldDoesNotExist:  # pragma: no cover - a column that no longer exists
        return name, ""
    label = capfirst(str(getattr(column, "verbose_name", name)))
    if column.is_relation:
        return label, ""
    choices = dict(column.flatchoices)
    return label, f"{_plain(choices.get(old, old))} → {_plain(choices.get(new, new))}"


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y")
    text = value.strftime("%d/%m/%Y") if isinstance(value, date) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def why_not_delete(thing: Model, own: frozenset[str] = frozenset()) -> str:
    """What refers to the thing, as a sentence; empty when nothing does. ``own`` are relations that are part of it."""
    kept = []
    for relation in thing._meta.get_fields(include_hidden=True):
        if (
            not relation.auto_created
            or relation.concrete
            or not (relation.one_to_many or relation.one_to_one)
        ):
            continue
        source = relation.field
        if source.remote_field.on_delete is DO_NOTHING or relation.get_accessor_name() in own:
            continue
        many = relation.related_model._base_manager.filter(**{source.name: thing.pk}).count()
        if many:
            kept.append(f"{relation.related_model._meta.verbose_name} ({many})")
    if not kept:
        return ""
    return _("It is still used: %(where)s. End it by its last day instead of deleting it.") % {
        "where": ", ".join(dict.fromkeys(kept))
    }


def gaps(province: Province) -> list[tuple[str, str]]:
    """What the province still needs today so that papers can move, each with where to enter it (six queries)."""
    today = clock.today()
    wanted = YearRule.objects.year_wanted(province)
    grants = RoleGrant.objects.on(today).filter(province=province, user__is_active=True)
    roles = set(grants.values_list("role", flat=True))
    departments = Department.objects.on(today).filter(province=province)
    headless = departments.exclude(Exists(grants.filter(role=Role.HEAD, department=OuterRef("pk"))))
    duties = DepartmentDuty.objects.on(today).filter(department__province=province)
    held = set(duties.values_list("duty", flat=True))
    officers = User.objects.filter(province=province, is_active=True, movement_work=True)
    astray = (
        officers.filter(Exists(grants.filter(user=OuterRef("pk"), role=Role.OFFICER)))
        .exclude(Exists(Membership.objects.on(today).filter(user=OuterRef("pk"))))
        .order_by("sort_name", "pk")
    )

    def add(slug: str, **initial: Any) -> str:
        return reverse("manage-add", args=[slug]) + "?" + urlencode(initial)

    return [
        *(
            (
                _("The year %(year)d has no rules yet, so it has no quarters.") % {"year": year},
                add("rules", year=year),
            )
            for year in [wanted]
            if year
        ),
        *(
            (
                _("%(department)s has no head today.") % {"department": d},
                add("roles", role="head", department=d.pk),
            )
            for d in headless.order_by("order", "name")
        ),
        *(
            (
                _("No department holds this duty today: %(duty)s.") % {"duty": d.label},
                add("duties", duty=d.value),
            )
            for d in Duty
            if d.value not in held
        ),
        *(
            (_("Nobody holds this role today: %(role)s.") % {"role": r.label}, add("roles", role=r.value))
            for r in (Role.COORDINATOR, Role.COMMITTEE)
            if r.value not in roles
        ),
        *(
            (_("%(name)s belongs to no department today.") % {"name": u}, add("memberships", user=u.pk))
            for u in astray[:SHOWN]
        ),
    ]
