"""What an administrator keeps for their province, as data: each kind of thing once, with its table and its form.

The views of ``views/manage.py`` and two templates show all of them. No paper and no decision is among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts import clock
from accounts.models import (
    Delegation,
    Department,
    DepartmentDuty,
    Membership,
    Province,
    Role,
    RoleGrant,
    User,
)
from accounts.text import clean, fold

from .forms import manage as forms
from .forms import people
from .models import Exemption, Holiday, HostUnit, Quarter, UnitAssignment, YearRule

Text = str | Promise


@dataclass(frozen=True)
class Column:
    """One column: its heading, what it shows, and the field it shows, left out where that is the page's subject."""

    label: Text
    value: Callable[[Any], Any]
    of: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a table: (heading, text) for each column, and whether it is over or still to come."""

    url: str
    cells: list[tuple[Text, str]]
    state: str


@dataclass(frozen=True)
class Kind:
    """A kind of thing an administrator keeps."""

    slug: str
    many: Text
    new: Text
    help: Text
    icon: str
    model: type[Model]
    form: Any
    columns: tuple[Column, ...]
    rows: Callable[[Province], QuerySet]
    order: tuple[Any, ...]
    #: Lookups that get each word of a search, without accents; ``department`` searches the departments' names.
    search: tuple[str, ...] = ()
    #: Those that matter now: the others are shown on request.
    current: Callable[[date], Q] | None = None
    #: Tables on the page of one thing: (slug of the kind, its field that names the thing, title).
    parts: tuple[tuple[str, str, Text], ...] = ()
    #: Fields of other models that are part of the thing and do not keep it from being deleted.
    own: frozenset[str] = frozenset()
    deletable: bool = True
    end: Callable[[Any], None] | None = None
    url: Callable[[Any], str] | None = None
    importable: bool = False

    @property
    def has_past(self) -> bool:
        """Whether there is more than what matters now."""
        return self.current is not None

    @property
    def list_url(self) -> str:
        return reverse("manage-list", args=[self.slug])

    @property
    def add_url(self) -> str:
        return reverse("manage-add", args=[self.slug]) if self.form else ""

    def address(self, thing: Model) -> str:
        """Where the thing is changed."""
        return self.url(thing) if self.url else reverse("manage-change", args=[self.slug, thing.pk])

    def without(self, subject: str) -> tuple[Column, ...]:
        """The columns to show on the page of ``subject``."""
        return tuple(c for c in self.columns if not subject or c.of != subject)

    def table(self, things: Iterator[Model] | QuerySet, subject: str = "") -> list[Row]:
        """The lines of a table; on the page of one thing (``subject`` is the field naming it) without that column."""
        today, columns = clock.today(), self.without(subject)
        return [
            Row(self.address(t), [(c.label, in_words(c.value(t))) for c in columns], state_of(t, today))
            for t in things
        ]

    def find(self, province: Province, text: str = "", everything: bool = True) -> QuerySet:
        """The province's things that contain every word of ``text``, in order."""
        things = self.rows(province).order_by(*self.order)
        if self.current and not everything:
            things = things.filter(self.current(clock.today()))
        words = fold(clean(text[:100])).split() if self.search else []
        departments: dict[int, str] = {}
        if words and "department" in self.search:
            departments = {d.pk: fold(d.name) for d in Department.objects.filter(province=province)}
        for word in words:
            either = Q()
            for lookup in self.search:
                either |= (
                    Q(department__in=[pk for pk, name in departments.items() if word in name])
                    if lookup == "department"
                    else Q(**{lookup: word})
                )
            things = things.filter(either)
        return things


def in_words(value: Any) -> str:
    """A cell: days as d/m/Y, yes or no, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value.strftime("%d/%m/%Y") if isinstance(value, date) else str(value)


def state_of(thing: Any, today: date) -> str:
    """ "over" or "coming" for what does not hold today."""
    first, last = getattr(thing, "valid_from", None), getattr(thing, "valid_to", None)
    if (last and last < today) or getattr(thing, "ended_at", None) or not getattr(thing, "is_active", True):
        return "over"
    return "coming" if first and first > today else ""


def not_over(today: date) -> Q:
    return Q(valid_to=None) | Q(valid_to__gte=today)


FROM = Column(pgettext_lazy("date", "From"), lambda thing: thing.valid_from)
UNTIL = Column(pgettext_lazy("date", "Until"), lambda thing: thing.valid_to or _("until further notice"))
BY_NAME = ("user__sort_name", "user", "-valid_from", "pk")


def people_of(province: Province) -> QuerySet:
    today = clock.today()
    return User.objects.filter(province=province).prefetch_related(
        Prefetch("memberships", Membership.objects.on(today).select_related("department"), "places"),
        Prefetch("grants", RoleGrant.objects.on(today).exclude(role=Role.OFFICER).order_by("role"), "roles"),
    )


KINDS: dict[str, Kind] = {
    kind.slug: kind
    for kind in (
        Kind(
            "people",
            gettext_lazy("People"),
            gettext_lazy("New person"),
            gettext_lazy("Who works here, how they sign in, and whether they owe field-visit days."),
            "people",
            User,
            people.PersonForm,
            (
                Column(gettext_lazy("Full name"), str),
                Column(gettext_lazy("Post"), lambda u: u.post),
                Column(gettext_lazy("Department"), lambda u: ", ".join(str(m.department) for m in u.places)),
                Column(
                    gettext_lazy("Roles today"), lambda u: ", ".join(g.get_role_display() for g in u.roles)
                ),
                Column(gettext_lazy("Movement work"), lambda u: u.movement_work),
                Column(gettext_lazy("User name"), lambda u: u.username),
            ),
            people_of,
            ("sort_name", "pk"),
            ("folded__contains", "username__icontains", "code__icontains", "email__icontains"),
            lambda today: Q(is_active=True),
            (
                ("memberships", "user", gettext_lazy("Departments")),
                ("roles", "user", gettext_lazy("Roles")),
                ("delegations", "grant__user", gettext_lazy("Who stands in")),
                ("exemptions", "officer", gettext_lazy("Exemptions")),
                ("assignments", "officer", gettext_lazy("Units in charge")),
            ),
            importable=True,
        ),
        Kind(
            "memberships",
            gettext_lazy("Departments of people"),
            gettext_lazy("New membership"),
            gettext_lazy(
                "Who belongs to which department, from one day to another; never to two on one day."
            ),
            "diagram-3",
            Membership,
            people.MembershipForm,
            (
                Column(gettext_lazy("Officer"), lambda m: m.user, "user"),
                Column(gettext_lazy("Department"), lambda m: m.department, "department"),
                FROM,
                UNTIL,
            ),
            lambda province: Membership.objects.filter(user__province=province).select_related(
                "user", "department"
            ),
            BY_NAME,
            ("user__folded__contains", "department"),
            not_over,
        ),
        Kind(
            "roles",
            gettext_lazy("Roles"),
            gettext_lazy("New role"),
            gettext_lazy("Who may do what in the process, in the province or in one department, with dates."),
            "person-badge",
            RoleGrant,
            people.RoleGrantForm,
            (
                Column(gettext_lazy("Person"), lambda g: g.user, "user"),
                Column(gettext_lazy("Role"), lambda g: g.get_role_display()),
                Column(gettext_lazy("Department"), lambda g: g.department, "department"),
                FROM,
                UNTIL,
                Column(gettext_lazy("Decision"), lambda g: g.decision),
            ),
            lambda province: RoleGrant.objects.filter(province=province).select_related(
                "user", "department", "province"
            ),
            BY_NAME,
            ("user__folded__contains", "department", "decision__icontains"),
            not_over,
        ),
        Kind(
            "delegations",
            gettext_lazy("Stand-ins"),
            gettext_lazy("New stand-in"),
            gettext_lazy(
                "Whose role somebody else exercises on some days; people can also name a stand-in themselves."
            ),
            "person-up",
            Delegation,
            people.StandInForm,
            (
                Column(gettext_lazy("Holder of the role"), lambda d: d.grant.user, "grant__user"),
                Column(gettext_lazy("Role"), lambda d: d.grant),
                Column(gettext_lazy("Stand-in"), lambda d: d.delegate),
                FROM,
                UNTIL,
                Column(gettext_lazy("Ended early"), lambda d: d.ended_at and localtime(d.ended_at).date()),
            ),
            lambda province: Delegation.objects.filter(grant__province=province).select_related(
                "grant__user", "grant__department", "grant__province", "delegate"
            ),
            ("-valid_from", "-pk"),
            ("grant__user__folded__contains", "delegate__folded__contains"),
            lambda today: not_over(today) & Q(ended_at=None),
            deletable=False,
            end=lambda delegation: delegation.end(),
        ),
        Kind(
            "exemptions",
            gettext_lazy("Exemptions"),
            gettext_lazy("New exemption"),
            gettext_lazy(
                "Who owes fewer days for a time: study, illness, maternity leave, other by decision."
            ),
            "person-dash",
            Exemption,
            forms.ExemptionForm,
            (
                Column(gettext_lazy("Officer"), lambda e: e.officer, "officer"),
                Column(gettext_lazy("Kind"), lambda e: e.get_kind_display()),
                FROM,
                UNTIL,
                Column(gettext_lazy("Decision"), lambda e: e.decision),
                Column(gettext_lazy("Days owed"), lambda e: e.days),
            ),
            lambda province: Exemption.objects.filter(officer__province=province).select_related("officer"),
            ("officer__sort_name", "officer", "-valid_from", "pk"),
            ("officer__folded__contains", "decision__icontains"),
            not_over,
        ),
        Kind(
            "departments",
            gettext_lazy("Departments"),
            gettext_lazy("New department"),
            gettext_lazy(
                "Renamed or merged with a date; older papers keep the name they were written under."
            ),
            "building",
            Department,
            forms.DepartmentForm,
            (
                Column(gettext_lazy("Name"), lambda d: d.name),
                Column(gettext_lazy("Code"), lambda d: d.code),
                Column(
                    gettext_lazy("Duties today"), lambda d: ", ".join(x.get_duty_display() for x in d.duty)
                ),
                FROM,
                UNTIL,
                Column(gettext_lazy("Merged into"), lambda d: d.successor),
            ),
            lambda province: (
                Department.objects.filter(province=province)
                .select_related("successor")
                .prefetch_related(Prefetch("duties", DepartmentDuty.objects.on(clock.today()), "duty"))
            ),
            ("order", "name", "pk"),
            current=not_over,
            parts=(
                ("duties", "department", gettext_lazy("Duties")),
                ("roles", "department", gettext_lazy("Roles")),
                ("memberships", "department", gettext_lazy("People")),
            ),
            own=frozenset({"former_names"}),
        ),
        Kind(
            "duties",
            gettext_lazy("Duties of departments"),
            gettext_lazy("New duty"),
            gettext_lazy("Which department coordinates the province and which one receives the results."),
            "clipboard-check",
            DepartmentDuty,
            forms.DutyForm,
            (
                Column(gettext_lazy("Duty"), lambda d: d.get_duty_display()),
                Column(gettext_lazy("Department"), lambda d: d.department, "department"),
                FROM,
                UNTIL,
            ),
            lambda province: DepartmentDuty.objects.filter(department__province=province).select_related(
                "department"
            ),
            ("duty", "-valid_from", "pk"),
            current=not_over,
        ),
        Kind(
            "rules",
            gettext_lazy("Rules of the year"),
            gettext_lazy("New year"),
            gettext_lazy(
                "Required days, what counts, due dates, legal basis. A new year gets its quarters and holidays."
            ),
            "journal-bookmark",
            YearRule,
            forms.YearRuleForm,
            (
                Column(gettext_lazy("Year"), lambda r: r.year),
                Column(gettext_lazy("Required days"), lambda r: r.required_days),
                Column(gettext_lazy("Counting from"), lambda r: r.window_from),
                Column(gettext_lazy("Counting until"), lambda r: r.window_to),
                Column(
                    gettext_lazy("By level"),
                    lambda r: ", ".join(f"{s.get_level_display()} {s.days}" for s in r.sub_quotas.all()),
                ),
            ),
            lambda province: YearRule.objects.filter(province=province).prefetch_related("sub_quotas"),
            ("-year",),
            deletable=False,
        ),
        Kind(
            "quarters",
            gettext_lazy("Quarters"),
            "",
            gettext_lazy(
                "When registration opens and what is due when. They come with the rules of their year."
            ),
            "calendar-range",
            Quarter,
            None,
            (
                Column(gettext_lazy("Quarter"), str),
                Column(gettext_lazy("Registration opens"), lambda q: q.opens_on),
                Column(gettext_lazy("Officers' plans due"), lambda q: q.officer_due),
                Column(gettext_lazy("Department plans due"), lambda q: q.department_due),
                Column(gettext_lazy("Decision due"), lambda q: q.committee_due),
                Column(gettext_lazy("State"), lambda q: q.current.label),
            ),
            lambda province: Quarter.objects.filter(province=province),
            ("-year", "-number"),
            current=lambda today: Q(year__gte=today.year),
            deletable=False,
            url=lambda quarter: quarter.url("quarter-dates"),
        ),
        Kind(
            "holidays",
            gettext_lazy("Public holidays"),
            gettext_lazy("New holiday"),
            gettext_lazy(
                "Shown while planning. Correct them when the government announces the year's days off."
            ),
            "calendar-heart",
            Holiday,
            forms.HolidayForm,
            (
                Column(gettext_lazy("Date"), lambda h: h.date),
                Column(gettext_lazy("Name"), lambda h: h.name),
            ),
            lambda province: Holiday.objects.filter(province=province),
            ("date",),
            current=lambda today: Q(date__year__gte=today.year),
        ),
        Kind(
            "units",
            gettext_lazy("Host units"),
            gettext_lazy("New host unit"),
            gettext_lazy(
                "The unions that are visited, in their tree; with their contacts, validity and successors."
            ),
            "buildings",
            HostUnit,
            forms.HostUnitForm,
            (
                Column(gettext_lazy("Name"), lambda u: u.name),
                Column(gettext_lazy("Code"), lambda u: u.code),
                Column(gettext_lazy("Level"), lambda u: u.get_level_display()),
                Column(gettext_lazy("Belongs to"), lambda u: u.parent),
                Column(gettext_lazy("Contact person"), lambda u: u.contact_name),
                FROM,
                UNTIL,
            ),
            lambda province: HostUnit.objects.filter(province=province).select_related("parent"),
            ("folded", "pk"),
            ("folded__contains", "code__icontains"),
            not_over,
            (("assignments", "unit", gettext_lazy("Who is in charge")),),
            importable=True,
        ),
        Kind(
            "assignments",
            gettext_lazy("Units in charge"),
            gettext_lazy("New assignment"),
            gettext_lazy("Which officer or department is in charge of which unit, from one day to another."),
            "pin-map",
            UnitAssignment,
            forms.AssignmentForm,
            (
                Column(gettext_lazy("Unit"), lambda a: a.unit, "unit"),
                Column(gettext_lazy("In charge"), lambda a: a.officer or a.department, "officer"),
                FROM,
                UNTIL,
            ),
            lambda province: UnitAssignment.objects.filter(unit__province=province).select_related(
                "unit", "officer", "department"
            ),
            ("unit__folded", "unit", "-valid_from", "pk"),
            ("unit__folded__contains", "officer__folded__contains", "department"),
            not_over,
        ),
    )
}

#: Two columns of groups: (title, slugs).
GROUPS: tuple[tuple[tuple[Text, tuple[str, ...]], ...], ...] = (
    (
        (gettext_lazy("People"), ("people", "memberships", "roles", "delegations", "exemptions")),
        (gettext_lazy("Host units"), ("units", "assignments")),
    ),
    (
        (gettext_lazy("Organisation"), ("departments", "duties")),
        (gettext_lazy("Rules"), ("rules", "quarters", "holidays")),
    ),
)
