"""Provinces, departments, officers, and the roles they hold from one date to another.

Dates are whole days, both ends inclusive; an empty ``valid_to`` means "until further notice".
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from . import clock
from .history import History
from .text import CleanCharField, CleanTextField, FoldedField, GivenNameField

if TYPE_CHECKING:
    from .powers import Powers


class DatedQuerySet(models.QuerySet):
    """Rows that hold from one day to another."""

    def on(self, day: date):
        """Those that hold on ``day``."""
        return self.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gte=day))

    def between(self, first: date, last: date):
        """Those that hold on at least one day of ``first``..``last``, both inclusive."""
        return self.filter(valid_from__lte=last).filter(Q(valid_to=None) | Q(valid_to__gte=first))


class Dated(models.Model):
    """From one day to another, both inclusive; open-ended while ``valid_to`` is empty."""

    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(
        _("until"), null=True, blank=True, help_text=_("Empty: until further notice.")
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_dates_in_order",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_message=_("The last day cannot be before the first."),
            )
        ]

    def holds_on(self, day: date) -> bool:
        """Whether ``day`` lies inside."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def refuse_overlap(self, others: models.QuerySet, sentence: Any) -> None:
        """Raise a ValidationError when one of ``others`` shares a day with this row, with the ``sentence``, or what
        ``sentence`` says of that one."""
        if self.valid_from is None:
            return
        last = self.valid_to or date.max
        other = others.exclude(pk=self.pk).between(self.valid_from, last).order_by("valid_from").first()
        if other is not None:
            said = sentence(other) if callable(sentence) else sentence
            raise ValidationError({"valid_from": ValidationError(said, "overlap")})


class Province(models.Model):
    """Tỉnh đoàn: the tenant. Everything else belongs to one, and nobody sees another's."""

    name = CleanCharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(_("short name in addresses"), unique=True)
    document_code = CleanCharField(
        _("code on papers"), max_length=20, help_text=_("As in “Số …-KH/TĐTN”: here TĐTN.")
    )

    history = History()

    def __str__(self) -> str:
        return self.name


class Department(Dated):
    """Ban / Văn phòng: officers are grouped in it. It may be renamed (``rename``) or merged (``successor``)."""

    province = models.ForeignKey(
        Province, models.PROTECT, related_name="departments", verbose_name=_("province")
    )
    code = models.SlugField(_("code"), max_length=30)
    name = CleanCharField(_("name"), max_length=120)
    order = models.PositiveSmallIntegerField(_("order in lists"), default=0)
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("merged into"),
        help_text=_("Leaders of the department it was merged into carry on its open papers."),
    )

    history = History()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["province", "code"],
                name="accounts_department_code_once",
                violation_error_message=_("The province already has a department with this code."),
            ),
            models.CheckConstraint(
                name="accounts_department_not_its_own_successor",
                condition=Q(successor=None) | ~Q(successor=F("pk")),
                violation_error_message=_("A department cannot be merged into itself."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.successor_id and self.successor.province_id != self.province_id:
            raise ValidationError({"successor": _("This department belongs to another province.")})

    def name_on(self, day: date) -> str:
        """The name the department bore on ``day`` - what a paper of that day prints."""
        former = [f for f in self.former_names.all() if f.last_day >= day]
        return min(former, key=lambda f: f.last_day).name if former else self.name

    @transaction.atomic
    def rename(self, name: str, *, first_day: date) -> None:
        """Bear ``name`` from ``first_day`` on; papers of earlier days keep the old one."""
        self.former_names.create(name=self.name, last_day=first_day - timedelta(days=1))
        self.name = name
        self.save()


class FormerName(models.Model):
    """A name a department bore until ``last_day`` (inclusive)."""

    department = models.ForeignKey(Department, models.CASCADE, related_name="former_names")
    name = CleanCharField(_("former name"), max_length=120)
    last_day = models.DateField(_("last day of the name"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["department", "last_day"], name="accounts_formername_one_per_day")
        ]

    def __str__(self) -> str:
        return self.name


class Duty(models.TextChoices):
    """What one department does for the whole province."""

    COORDINATING = "coordinating", _("Coordination desk")
    RESULTS = "results", _("Results desk")


class DepartmentDuty(Dated):
    """A department holds a duty of the province from one day to another."""

    department = models.ForeignKey(
        Department, models.CASCADE, related_name="duties", verbose_name=_("department")
    )
    duty = models.CharField(_("duty"), max_length=20, choices=Duty)

    history = History()

    def __str__(self) -> str:
        return f"{self.get_duty_display()}: {self.department}"

    def clean(self) -> None:
        if self.department_id:
            self.refuse_overlap(
                DepartmentDuty.objects.filter(department__province=self.department.province, duty=self.duty),
                _("Another department holds this duty on some of these days."),
            )


class OfficerManager(UserManager):
    """Sign-in finds people by user name without regard to case."""

    def visible_to(self, user: User):
        """The people of one's own province; none for reviewers of the Central Union."""
        return self.filter(province=user.province_id) if user.province_id else self.none()

    def get_by_natural_key(self, username: str) -> User:
        return self.get(username__iexact=username)


class User(AbstractUser):
    """An officer (cán bộ). Names are written family–middle–given and sorted by given name."""

    first_name = None
    last_name = None
    province = models.ForeignKey(
        Province,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("province"),
        help_text=_("Empty only for reviewers of the Central Union."),
    )
    code = models.CharField(_("staff code"), max_length=30, blank=True)
    full_name = CleanCharField(_("full name"), max_length=120)
    post = CleanCharField(_("post"), max_length=120, blank=True)
    movement_work = models.BooleanField(
        _("does movement work"),
        default=True,
        help_text=_(
            "Only officers who do movement work owe field-visit days; driver, accountant and clerk do not."
        ),
    )
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    folded = FoldedField("full_name")
    sort_name = GivenNameField("full_name", db_index=True)

    objects = OfficerManager()
    history = History(excluded_fields=["password", "last_login"])

    REQUIRED_FIELDS = ["email", "full_name"]

    class Meta:
        verbose_name = _("officer")
        verbose_name_plural = _("officers")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_once",
                condition=~Q(email=""),
                violation_error_message=_("Somebody already signs in with this e-mail address."),
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="accounts_user_username_once",
                violation_error_message=_("Somebody already has this user name."),
            ),
            models.UniqueConstraint(
                fields=["province", "code"],
                name="accounts_user_code_once",
                condition=~Q(code=""),
                violation_error_message=_("Somebody in the province already has this staff code."),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    @property
    def powers(self) -> Powers:
        """What this person may be today, loaded once for the life of this object - a request."""
        from .powers import powers_of

        known: Powers | None = self.__dict__.get("_powers")
        if known is None or known.day != clock.today():
            known = self.__dict__["_powers"] = powers_of(self)
        return known

    def save(self, *args: Any, **kwargs: Any) -> None:
        # a sign-in is no change to the person: it would bury the real ones in their history
        if set(kwargs.get("update_fields") or ()) == {"last_login"}:
            self.skip_history_when_saving = True
        try:
            super().save(*args, **kwargs)
        finally:
            self.__dict__.pop("skip_history_when_saving", None)

    def forget_other_addresses(self) -> None:
        """An address taken back neither signs in nor receives links any more; one's own is nobody else's."""
        from allauth.account.models import EmailAddress

        EmailAddress.objects.filter(user=self).exclude(email__iexact=self.email).delete()
        EmailAddress.objects.filter(email__iexact=self.email).exclude(user=self).delete()

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.full_name.rpartition(" ")[2] or self.username

    def get_absolute_url(self) -> str:
        return reverse("person-detail", args=[self.pk])


class MembershipQuerySet(DatedQuerySet):
    """Who works in which department, when."""


class Membership(Dated):
    """An officer works in a department from one day to another; never in two on one day."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("officer"))
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="memberships", verbose_name=_("department")
    )

    objects = MembershipQuerySet.as_manager()
    history = History()

    def __str__(self) -> str:
        return f"{self.user}, {self.department}"

    def clean(self) -> None:
        if not (self.user_id and self.department_id):
            return
        if self.user.province_id != self.department.province_id:
            raise ValidationError({"department": _("This department belongs to another province.")})
        self.refuse_overlap(
            Membership.objects.filter(user=self.user).select_related("department"), self._why_not_in_two
        )

    @staticmethod
    def _why_not_in_two(other: Membership) -> str:
        first, last = (day and day.strftime("%d/%m/%Y") for day in (other.valid_from, other.valid_to))
        said = _("The officer belongs to %(department)s since %(first)s: enter the last day there first.")
        if last:
            said = _(
                "The officer belongs to %(department)s from %(first)s to %(last)s: "
                "choose other days, or change those first."
            )
        return said % {"department": other.department, "first": first, "last": last}

    @transaction.atomic
    def leave(self, day: date) -> None:
        """Belong to the department until ``day`` (inclusive), and hold no role in it any longer than that."""
        self.valid_to = day
        self.save()
        for grant in self.user.grants.on(day).filter(department=self.department_id):
            if grant.valid_to is None or grant.valid_to > day:
                grant.valid_to = day
                grant.save()


class Role(models.TextChoices):
    """What a person may be in the process; granted for a province or for a department."""

    OFFICER = "officer", _("Officer")
    HEAD = "head", _("Head of department")
    DEPUTY = "deputy", _("Deputy head of department")
    COORDINATOR = "coordinator", _("Coordinator")
    RESULTS_DESK = "results_desk", _("Results desk")
    COMMITTEE = "committee", _("Standing Committee")
    EXECUTIVE = "executive", _("Executive Committee member")
    CENTRAL = "central", _("Central reviewer")
    ADMINISTRATOR = "administrator", _("Administrator")


#: Roles that are held in one department.
DEPARTMENT_ROLES = frozenset({Role.HEAD, Role.DEPUTY, Role.COORDINATOR, Role.RESULTS_DESK})
#: Roles that only count while the department holds the duty.
DUTY_OF_ROLE = {Role.COORDINATOR: Duty.COORDINATING, Role.RESULTS_DESK: Duty.RESULTS}
#: Roles that somebody else may exercise for a dated period.
DELEGABLE_ROLES = frozenset({Role.HEAD, Role.DEPUTY, Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE})


class RoleGrant(Dated):
    """A person holds a role in a province or in one of its departments, from one day to another."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name=_("officer"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    province = models.ForeignKey(
        Province, models.PROTECT, null=True, blank=True, related_name="grants", verbose_name=_("province")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="grants", verbose_name=_("department")
    )
    decision = CleanCharField(_("decision"), max_length=200, blank=True)

    history = History()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="accounts_rolegrant_department_iff_department_role",
                condition=Q(role__in=sorted(DEPARTMENT_ROLES), department__isnull=False)
                | (~Q(role__in=sorted(DEPARTMENT_ROLES)) & Q(department=None)),
                violation_error_message=_("This role is held in a department: say which."),
            ),
            models.CheckConstraint(
                name="accounts_rolegrant_province_unless_central",
                condition=Q(role=Role.CENTRAL, province=None)
                | (~Q(role=Role.CENTRAL) & Q(province__isnull=False)),
                violation_error_message=_("Every role but the central reviewer's belongs to a province."),
            ),
        ]

    def __str__(self) -> str:
        place = self.department or self.province
        return f"{self.get_role_display()} · {place}" if place else self.get_role_display()

    def clean(self) -> None:
        if not self.user_id:
            return
        if self.role != Role.CENTRAL and self.user.province_id != self.province_id:
            raise ValidationError({"province": _("This person belongs to another province.")})
        if self.department_id and self.department.province_id != self.province_id:
            raise ValidationError({"department": _("This department belongs to another province.")})
        self.refuse_overlap(
            RoleGrant.objects.filter(
                user=self.user, role=self.role, province=self.province_id, department=self.department_id
            ),
            _("The person already holds this role on some of these days."),
        )


class DelegationQuerySet(DatedQuerySet):
    """Powers lent for a dated period."""

    def visible_to(self, user: User):
        """What one has lent and what one has been lent, with all that a line about it says."""
        return self.filter(Q(grant__user=user) | Q(delegate=user)).select_related(
            "grant__department", "grant__province", "grant__user", "delegate"
        )

    def in_force(self, day: date):
        """Those that work on ``day``: dated to include it, not ended early, and the role itself still held."""
        return (
            self.on(day)
            .filter(ended_at=None, grant__valid_from__lte=day)
            .filter(Q(grant__valid_to=None) | Q(grant__valid_to__gte=day))
        )


class Delegation(Dated):
    """The holder of a role lets a colleague act for them for a dated period (they are away - on a field visit).

    Both names stay in the history of every paper the colleague moves. ``ended_at`` ends it early, at once.
    """

    grant = models.ForeignKey(
        RoleGrant, models.CASCADE, related_name="delegations", verbose_name=_("role delegated")
    )
    delegate = models.ForeignKey(User, models.PROTECT, related_name="delegations", verbose_name=_("to whom"))
    reason = CleanTextField(_("reason"), max_length=500)
    ended_at = models.DateTimeField(_("ended early at"), null=True, blank=True, editable=False)

    objects = DelegationQuerySet.as_manager()
    history = History()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="accounts_delegation_has_an_end",
                condition=Q(valid_to__isnull=False),
                violation_error_message=_("A delegation needs its last day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant} → {self.delegate}"

    def clean(self) -> None:
        if not (self.grant_id and self.delegate_id):
            return
        if self.grant.role not in DELEGABLE_ROLES:
            raise ValidationError({"grant": _("This role cannot be delegated.")})
        if self.delegate_id == self.grant.user_id:
            raise ValidationError({"delegate": _("Choose somebody else: this is the holder of the role.")})
        if self.delegate.province_id != self.grant.province_id:
            raise ValidationError({"delegate": _("This person belongs to another province.")})
        if self.valid_to is None:
            raise ValidationError({"valid_to": _("A delegation needs its last day.")})
        self.refuse_overlap(
            Delegation.objects.filter(grant=self.grant, ended_at=None),
            _("This role is already delegated on some of these days."),
        )

    def end(self) -> None:
        """End it now; what was done under it stays done."""
        self.ended_at = clock.now()
        self.save()

    @property
    def works(self) -> bool:
        """Whether the colleague may act today."""
        return self.ended_at is None and self.holds_on(clock.today()) and self.grant.holds_on(clock.today())

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or (self.valid_to is not None and self.valid_to < clock.today())
