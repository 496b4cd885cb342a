"""Where officers go: the tree of host units, which changes over the years, and who is in charge of which."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import DateField, Q, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, NullIf
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.history import History
from accounts.models import Dated, DatedQuerySet, Department, Province, User
from accounts.text import CleanCharField, CleanTextField, FoldedField, fold


class Level(models.TextChoices):
    """Level of a host unit."""

    DISTRICT = "district", gettext_lazy("District union")
    COMMUNE = "commune", gettext_lazy("Commune, ward or special-zone union")
    AFFILIATED = "affiliated", gettext_lazy("Affiliated union")
    GRASSROOTS = "grassroots", gettext_lazy("Grassroots union")
    BRANCH = "branch", gettext_lazy("Branch (chi đoàn)")


class HostUnitQuerySet(DatedQuerySet):
    def visible_to(self, user: User):
        """The units of one's own province; everybody there may know them."""
        return self.filter(province=user.province_id)

    def search(self, text: str):
        """Units whose name or code contains every word of ``text``, without regard to accents ("dinh hoa")."""
        found = self
        for word in fold(text[:100]).split():
            found = found.filter(Q(folded__contains=word) | Q(code__icontains=word))
        return found

    def with_last_visit(self):
        """With ``last``: the last day on which somebody was at the unit, or at one it carries on, as far as is known
        (``VisitQuerySet.been``); None where nobody was."""
        from .visits import Visit

        never = Value(date.min, DateField())

        def latest(way: str) -> Coalesce:
            return Coalesce(Subquery(Visit.objects.been_last(way).values("last_there")[:1]), never)

        # each way by itself: of "one or the other" the database would read every visit there is, for each unit
        return self.annotate(last=NullIf(Greatest(latest("unit"), latest("unit__successors")), never))


class HostUnit(Dated):
    """Đơn vị cơ sở: a union visited by officers. Valid from one day to another; old visits stay on old units."""

    province = models.ForeignKey(
        Province, models.PROTECT, related_name="host_units", verbose_name=gettext_lazy("province")
    )
    code = models.CharField(gettext_lazy("code"), max_length=30)
    name = CleanCharField(gettext_lazy("name"), max_length=150)
    level = models.CharField(gettext_lazy("level"), max_length=20, choices=Level)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=gettext_lazy("belongs to"),
    )
    successors = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="predecessors",
        verbose_name=gettext_lazy("succeeded by"),
    )
    contact_name = CleanCharField(gettext_lazy("contact person"), max_length=120, blank=True)
    contact_phone = models.CharField(gettext_lazy("contact phone"), max_length=30, blank=True)
    address = CleanCharField(gettext_lazy("address"), max_length=200, blank=True)
    note = CleanTextField(gettext_lazy("note"), max_length=1000, blank=True)
    folded = FoldedField("name", db_index=True)

    objects = HostUnitQuerySet.as_manager()
    history = History()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["province", "code"],
                name="fieldvisits_hostunit_code_once",
                violation_error_message=gettext_lazy("The province already has a unit with this code."),
            ),
            models.CheckConstraint(
                name="fieldvisits_hostunit_not_its_own_parent",
                condition=Q(parent=None) | ~Q(parent=models.F("pk")),
                violation_error_message=gettext_lazy("A unit cannot belong to itself."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("unit-detail", args=[self.pk])

    def clean(self) -> None:
        if not self.parent_id:
            return
        if self.parent.province_id != self.province_id:
            raise ValidationError({"parent": _("This unit belongs to another province.")})
        above, seen = self.parent, {self.pk}
        while above is not None:
            if above.pk in seen:
                raise ValidationError(
                    {"parent": _("A unit cannot belong to itself or to one of its own units.")}
                )
            seen.add(above.pk)
            above = above.parent

    def why_not_between(self, first: date, last: date) -> str | None:
        """Why the unit cannot be visited on every day of ``first``..``last`` (inclusive), for people."""
        if self.holds_on(first) and self.holds_on(last):
            return None
        if self.valid_to and self.valid_to < last:
            names = ", ".join(u.name for u in self.successors.all()) if self.pk else ""
            after = _(" Its successor: %(names)s.") % {"names": names} if names else ""
            return (
                _("%(unit)s existed only until %(day)s.")
                % {"unit": self.name, "day": self.valid_to.strftime("%d/%m/%Y")}
                + after
            )
        return _("%(unit)s exists only from %(day)s on.") % {
            "unit": self.name,
            "day": self.valid_from.strftime("%d/%m/%Y"),
        }


class UnitAssignment(Dated):
    """An officer or a department is in charge of a unit from one day to another ("đơn vị được phân công phụ trách")."""

    unit = models.ForeignKey(
        HostUnit, models.CASCADE, related_name="assignments", verbose_name=gettext_lazy("unit")
    )
    officer = models.ForeignKey(
        User,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="assignments",
        verbose_name=gettext_lazy("officer"),
    )
    department = models.ForeignKey(
        Department,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="assignments",
        verbose_name=gettext_lazy("department"),
    )

    history = History()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="fieldvisits_unitassignment_officer_or_department",
                condition=Q(officer=None, department__isnull=False)
                | Q(officer__isnull=False, department=None),
                violation_error_message=gettext_lazy("Name either an officer or a department, not both."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit}: {self.officer or self.department}"

    def clean(self) -> None:
        for name in ("officer", "department"):
            who = getattr(self, name)
            if who and self.unit_id and who.province_id != self.unit.province_id:
                raise ValidationError({name: _("This belongs to another province.")})
