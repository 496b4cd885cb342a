"""The year's report of a province to the Central Union (step 7), with its frozen figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTransform
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Province, Role, User
from accounts.powers import Powers
from accounts.text import CleanCharField, CleanTextField
from fieldvisits.models import Event, NotNow, YearRule
from fieldvisits.models.base import Acting, OwnOfItsSender, kind_of, state_field, state_is_known
from fieldvisits.models.written import Written
from fieldvisits.workflow import ANNUAL_REPORT, AnnualReportState

#: The five sections of its text (domain section 6), in order.
SECTIONS = ("situation", "results", "assessment", "directions", "proposals")


class Version(models.TextChoices):
    """Which of the year's two reports."""

    PROVISIONAL = "provisional", gettext_lazy("Provisional")
    FINAL = "final", gettext_lazy("Final")


class AnnualReportQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Desks and Standing Committee of the province; executive members once it was approved; the Central Union once it was sent;
        and whoever has moved it. Reopening takes nothing out of sight: what it reads like then is said by ``as_read_by``."""
        powers = user.powers
        wide = powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)
        readable = Q(province__in=wide) | Q(
            province__in=powers.provinces(Role.EXECUTIVE), pk__in=once_moved("approve")
        )
        if powers.holds(Role.CENTRAL):
            readable |= Q(pk__in=once_moved("send"))
        moved = Event.objects.decided_by(user, AnnualReport)
        return self.filter(readable | Q(pk__in=moved, province=user.province_id))

    def frozen(self):
        """Approved, and sent since or not."""
        return self.filter(state__in=(AnnualReportState.APPROVED, AnnualReportState.SENT))

    def with_totals(self):
        """With ``totals``, those of the frozen figures (None before), for lists: without the figures, the text and the copies."""
        return (
            self.select_related("province", "last_event")
            .defer("figures", "last_event__copy", *SECTIONS)
            .annotate(totals=KeyTransform("totals", "figures"))
        )

    def start(self, province: Province, year: int, version: str, *, by: Powers) -> AnnualReport:
        """The report, made as a draft by the coordinator or the results desk when there is none."""
        found = self.filter(province=province, year=year, version=version).first()
        if found:
            return found
        if province.pk not in by.provinces(Role.COORDINATOR, Role.RESULTS_DESK):
            raise PermissionDenied(_("Your role does not allow this."))
        if not YearRule.objects.filter(province=province, year=year).exists():
            raise NotNow(_("The rules of the year %(year)d are not set yet.") % {"year": year})
        if date(year, 1, 1) > clock.today():
            raise NotNow(_("The year has not begun."))
        return self.get_or_create(province=province, year=year, version=version)[0]


def once_moved(*verbs: str) -> models.QuerySet:
    """Ids of the reports that were moved by one of ``verbs`` some time."""
    moves = Event.objects.filter(content_type=kind_of(AnnualReport), verb__in=verbs)
    return moves.values("object_id")


def as_read_by(reader: User, reports: Iterable[AnnualReport]) -> list[AnnualReport]:
    """``reports`` (visible to ``reader``) as they may be read: one that is being written on shows outside of those who write and
    decide what it said when it was last approved, to the Central Union when it was last sent. At most one query."""
    found = list(reports)
    inside = reader.powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)
    behind = {r.pk: r for r in found if r.province_id not in inside and not r.is_open_to(reader)}
    if not behind:
        return found
    verbs = ("approve", "send")
    events = Event.objects.filter(content_type=kind_of(AnnualReport), object_id__in=behind, verb__in=verbs)
    approved_on: dict[int, date] = {}
    last: dict[int, tuple[Event, date]] = {}
    for event in events.exclude(copy=None).order_by("pk"):
        report = behind[event.object_id]
        if event.verb == "approve":
            approved_on[report.pk] = timezone.localdate(event.at)
        if event.verb == "send" or report.province_id == reader.province_id:
            last[report.pk] = event, approved_on[report.pk]
    return [r.as_of_edition(*last[r.pk]) if r.pk in last else r for r in found]


@dataclass(frozen=True)
class Edition:
    """An approved edition of a report: its number, the event whose copy holds it, whether it was sent."""

    number: int
    event: Event
    was_sent: bool


class AnnualReport(Written, OwnOfItsSender):
    """A province's report on a year: provisional as of the cut-off, final as of 31 December.

    While it is written its figures are compiled anew each time; approving freezes them in ``figures`` with their SHA-256, so
    that a later change of the data shows as a difference and is never silent. ``edition`` grows each time it is reopened; the
    approved text and figures of earlier editions stay on the events that approved and sent them.
    """

    flow = ANNUAL_REPORT
    locked_with = ("province",)
    texts = SECTIONS
    writable = (AnnualReportState.DRAFT,)
    sender_columns = ("submitted_by", "submitted_for")

    province = models.ForeignKey(Province, models.PROTECT, related_name="annual_reports")
    year = models.PositiveSmallIntegerField(validators=[MinValueValidator(2010), MaxValueValidator(2100)])
    version = models.CharField(gettext_lazy("version"), max_length=12, choices=Version)
    edition = models.PositiveSmallIntegerField(default=1, editable=False)
    state = state_field(ANNUAL_REPORT)
    situation = CleanTextField(
        gettext_lazy("I. Situation and direction of the work"), max_length=20000, blank=True
    )
    results = CleanTextField(gettext_lazy("II. Results"), max_length=20000, blank=True)
    assessment = CleanTextField(
        gettext_lazy("III. Assessment: good points, shortcomings, causes"), max_length=20000, blank=True
    )
    directions = CleanTextField(gettext_lazy("IV. Directions"), max_length=20000, blank=True)
    proposals = CleanTextField(gettext_lazy("V. Proposals"), max_length=20000, blank=True)
    figures = models.JSONField(null=True, editable=False)
    figures_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    submitted_for = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    approved_on = models.DateField(null=True, editable=False)
    number = CleanCharField(gettext_lazy("document number"), max_length=60, blank=True)
    dated = models.DateField(gettext_lazy("date of the document"), null=True, blank=True)
    sent_on = models.DateField(gettext_lazy("sent on"), null=True, blank=True)

    objects = AnnualReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["province", "year", "version"], name="reports_annualreport_once"),
            models.CheckConstraint(
                name="reports_annualreport_frozen_when_approved",
                condition=Q(
                    state__in=(AnnualReportState.APPROVED, AnnualReportState.SENT),
                    figures__isnull=False,
                    approved_on__isnull=False,
                )
                & ~Q(figures_sha256="")
                | Q(
                    state__in=(AnnualReportState.DRAFT, AnnualReportState.SUBMITTED),
                    figures=None,
                    figures_sha256="",
                    approved_on=None,
                ),
            ),
            models.CheckConstraint(
                name="reports_annualreport_sent_in_full",
                condition=~Q(state=AnnualReportState.SENT)
                | Q(dated__isnull=False, sent_on__isnull=False) & ~Q(number=""),
            ),
            state_is_known(ANNUAL_REPORT, "reports_annualreport_state"),
        ]

    def __str__(self) -> str:
        return _("Annual report %(year)s of %(province)s (%(version)s)") % {
            "year": self.year,
            "province": self.province,
            "version": self.get_version_display(),
        }

    def get_absolute_url(self) -> str:
        return reverse("annual-report-detail", args=[self.pk])

    # -- whose it is --------------------------------------------------------------------------------------------------

    @property
    def department_id(self) -> None:
        return None

    # -- what it says -------------------------------------------------------------------------------------------------

    #: Whether this object shows an earlier edition, because the report has been reopened since (``as_read_by``).
    is_earlier = False

    def is_open_to(self, reader: User) -> bool:
        """Whether somebody who neither writes nor decides may read it as it is now."""
        return self.state == AnnualReportState.SENT or (
            self.is_frozen and self.province_id == reader.province_id
        )

    def as_of_edition(self, event: Event, approved_on: date) -> AnnualReport:
        """The report as the edition that ``event`` keeps, to be read and never saved; ``totals`` as of ``with_totals``."""
        copy = event.copy
        shown = AnnualReport(
            pk=self.pk,
            province=self.province,
            year=self.year,
            version=self.version,
            edition=copy["edition"],
            state=event.to_state,
            last_event=event,
            figures=copy["figures"],
            figures_sha256=copy["sha256"],
            approved_on=approved_on,
            number=copy["number"],
            **{name: copy[name] and date.fromisoformat(copy[name]) for name in ("dated", "sent_on")},
            **{name: copy[name] for name in SECTIONS},
        )
        shown.totals = copy["figures"]["totals"]
        shown.is_earlier = True
        return shown

    @cached_property
    def rule(self) -> YearRule:
        rule = YearRule.objects.get(province=self.province_id, year=self.year)
        rule.province = self.province
        return rule

    @property
    def as_of(self) -> date:
        """Until which day (inclusive) its figures count: the cut-off for the provisional one, 31 December for the final one."""
        return self.rule.annual_dues[self.version]

    @property
    def is_frozen(self) -> bool:
        return self.state in (AnnualReportState.APPROVED, AnnualReportState.SENT)

    @property
    def met(self) -> int | None:
        """How many officers met or exceeded what they owed, by the frozen figures; None before."""
        totals = self.totals if hasattr(self, "totals") else (self.figures or {}).get("totals")
        if not totals:
            return None
        standings = totals["standings"]
        return standings["met"] + standings["exceeded"]

    def may_be_written_by(self, powers: Powers) -> bool:
        return self.province_id in powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK)

    def compiled(self) -> dict[str, Any]:
        """The figures as the data say now (see ``annual.compile_figures``)."""
        from .annual import compile_figures

        return compile_figures(self.rule, self.as_of)

    def as_copy(self) -> dict[str, Any]:
        """The edition being approved or sent: its text, its figures and their SHA-256, and how it was sent."""
        figures = self.figures if self.is_frozen else self.compiled()
        return {
            "edition": self.edition,
            "as_of": self.as_of.isoformat(),
            **{name: getattr(self, name) for name in SECTIONS},
            "figures": figures,
            "sha256": self.figures_sha256 if self.is_frozen else fingerprint_of(figures),
            "number": self.number,
            "dated": self.dated and self.dated.isoformat(),
            "sent_on": self.sent_on and self.sent_on.isoformat(),
        }

    @property
    def is_intact(self) -> bool:
        """Whether the frozen figures are still those whose SHA-256 was kept."""
        return not self.is_frozen or fingerprint_of(self.figures or {}) == self.figures_sha256

    def events(self) -> list[Event]:
        """Its history without the copies, read once; ``has_copy`` says which event keeps one."""
        known: list[Event] | None = self.__dict__.get("_events")
        if known is None:
            kept = models.ExpressionWrapper(Q(copy__isnull=False), output_field=models.BooleanField())
            events = Event.objects.of(self).defer("copy").annotate(has_copy=kept)
            # what was said of a new edition is not for who reads the earlier one
            known = list(events.filter(pk__lte=self.last_event_id) if self.is_earlier else events)
            self.__dict__["_events"] = known
        return known

    def editions(self, reader: User) -> list[Edition]:
        """The approved editions ``reader`` may read, oldest first: all of them at home, only those sent for the Central Union.

        Of an edition that was sent the event of sending is kept, which holds its number and dates, too.
        """
        at_home = reader.province_id == self.province_id
        found: dict[int, Edition] = {}
        number = 0
        for event in self.events():
            number += event.verb == "approve"
            if event.has_copy and (at_home or event.verb == "send"):
                found[number] = Edition(number, event, event.verb == "send")
        return list(found.values())

    # -- what the table asks ------------------------------------------------------------------------------------------

    def why_not_complete(self) -> str | None:
        for name in SECTIONS:
            if not getattr(self, name):
                return _("Section “%(section)s” is still empty.") % {
                    "section": self._meta.get_field(name).verbose_name
                }
        if clock.today() < self.as_of:  # its figures say "as of": of days to come nobody can say that
            final = self.version == Version.FINAL
            said = (
                _("The final report can be submitted from %(day)s on.")
                if final
                else _("The provisional report can be submitted from %(day)s on, the cut-off.")
            )
            return said % {"day": self.as_of.strftime("%d/%m/%Y")}
        return None

    def why_not_sendable(self) -> str | None:
        if not self.number or not self.dated or not self.sent_on:
            return _("Type the document's number, its date, and the day on which it was sent.")
        if self.sent_on > clock.today():
            return _("The day on which it was sent cannot lie in the future.")
        if self.sent_on < self.dated:
            return _("It cannot have been sent before the date it bears.")
        if self.dated < self.as_of:
            return _("It cannot bear a date before %(day)s, up to which its figures count.") % {
                "day": self.as_of.strftime("%d/%m/%Y")
            }
        return None

    def note_submission(self, event: Event, acting: Acting) -> None:
        self.note_sender(acting)

    def freeze(self, event: Event, acting: Acting) -> None:
        self.figures, self.figures_sha256 = event.copy["figures"], event.copy["sha256"]
        self.approved_on = clock.today()

    def begin_new_version(self, event: Event, acting: Acting) -> None:
        self.figures, self.figures_sha256, self.approved_on = None, "", None
        self.number, self.dated, self.sent_on = "", None, None
        self.edition += 1

    # -- desks --------------------------------------------------------------------------------------------------------

    def desk_of_writers(self) -> str:
        return self.desk_of_coordinator()


def fingerprint_of(figures: dict[str, Any]) -> str:
    """SHA-256 over the figures written in one way only."""
    text = json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
