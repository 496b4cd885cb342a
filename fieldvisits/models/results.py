"""Step 6: what became of a visit - its days, its three parts, its evidence."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import clock
from accounts.models import User
from accounts.powers import Powers
from accounts.text import CleanCharField, CleanTextField

from ..evidence import MOST_FILES, EvidenceStorage, Kind, inspect, random_name, shown_name
from ..workflow import VISIT_RESULT, RecommendationState, ResultState, VisitState
from .base import Acting, Event, NotNow, Refused, Stale, state_field, state_is_known
from .counting import recount
from .days import VisitDay
from .sight import OfficersPaperQuerySet
from .visits import ContentGroup, PaperOfVisit, Visit

#: The three parts of a result and what stood in the way, in the order of the form ("đi trước, về sau").
PARTS = ("helped_before", "activity", "review_after", "difficulties")


class VisitResultQuerySet(OfficersPaperQuerySet):
    path = "visit__"
    settled = (ResultState.ACCEPTED,)

    @transaction.atomic
    def start(self, visit: Visit, *, by: Powers) -> VisitResult:
        """The result of ``visit``, made as a draft with every day up to today ticked when there is none.

        PermissionDenied unless it is one's own visit; NotNow with the reason while there is nothing to report.
        """
        found = self.filter(visit=visit).first()
        if visit.officer_id != by.user.pk:
            raise PermissionDenied(_("Your role does not allow this."))
        if found:
            return found
        if visit.state not in (VisitState.APPROVED, VisitState.PLANNED) or not (
            visit.state == VisitState.APPROVED or visit.is_adhoc
        ):
            raise NotNow(_("The visit is “%(state)s”: it has no result.") % {"state": visit.current.label})
        if not visit.has_begun:
            raise NotNow(
                _("The visit begins on %(day)s; its result can be written from that day on.")
                % {"day": visit.starts.strftime("%d/%m/%Y") if visit.starts else "…"}
            )
        result, made = self.get_or_create(visit=visit)
        if made:
            visit.days.filter(date__lte=clock.today()).update(present=True)
        return result


class VisitResult(PaperOfVisit):
    """What an officer reports of a visit: the days really spent there, help before, the activity, the review after.

    The days are the visit's own rows (``VisitDay.present``): days outside it need a change request first. ``revision`` counts
    the saves, so that a second window does not overwrite the first.
    """

    flow = VISIT_RESULT
    locked_with = ("visit__quarter__province", "visit__unit", "visit__department", "visit__officer")

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="result")
    state = state_field(VISIT_RESULT)
    helped_before = CleanTextField(gettext_lazy("help before the activity"), max_length=4000, blank=True)
    activity = CleanTextField(gettext_lazy("the activity and its result"), max_length=8000, blank=True)
    review_after = CleanTextField(
        gettext_lazy("review with the host afterwards"), max_length=4000, blank=True
    )
    difficulties = CleanTextField(gettext_lazy("difficulties"), max_length=4000, blank=True)
    members_present = models.PositiveIntegerField(gettext_lazy("members present"), null=True, blank=True)
    members_total = models.PositiveIntegerField(gettext_lazy("members in all"), null=True, blank=True)
    submitted_on = models.DateField(null=True, editable=False)
    late = models.BooleanField(gettext_lazy("late"), default=False, editable=False)
    heads_own = models.BooleanField(default=False, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)

    objects = VisitResultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fieldvisits_visitresult_members_in_all",
                condition=Q(members_present=None)
                | Q(members_total=None)
                | Q(members_present__lte=F("members_total")),
                violation_error_message=gettext_lazy("More members present than there are in all."),
            ),
            state_is_known(VISIT_RESULT, "fieldvisits_visitresult_state"),
        ]

    def __str__(self) -> str:
        return _("Result: %(who)s · %(visit)s") % {"who": self.visit.officer, "visit": self.visit}

    def get_absolute_url(self) -> str:
        return reverse("result-detail", args=[self.pk])

    # -- whose it is --------------------------------------------------------------------------------------------------

    def locks(self) -> Iterable[models.QuerySet]:
        """The officer first: two results of one officer are accepted one after the other."""
        yield User.objects.filter(pk=self.visit.officer_id)
        yield from self.visit.locks()
        yield Visit.objects.filter(pk=self.visit_id)

    # -- writing ------------------------------------------------------------------------------------------------------

    @property
    def is_editable(self) -> bool:
        """Whether its officer may still write on it."""
        return self.state in (ResultState.DRAFT, ResultState.RETURNED)

    @property
    def asks_for_members(self) -> bool:
        """Whether members present and in all are recorded (content group 4)."""
        return self.visit.group == ContentGroup.ATTENDANCE

    @transaction.atomic
    def write(
        self, *, by: Powers, days: Collection[date] | None = None, revision: int | None = None, **typed: Any
    ) -> None:
        """Keep what is typed so far: texts, numbers, and which ``days`` are ticked (None: as they were).

        PermissionDenied unless one's own; NotNow when it has been reported; Stale when another window saved meanwhile
        (``revision`` is what this one showed); Refused for a day to come or outside the visit.
        """
        self._lock()
        self.refuse_unless_editable(by)
        if revision is not None and revision != self.revision:
            raise Stale(_("This result was changed in another window meanwhile. Please load the page again."))
        for name, value in typed.items():
            if name not in (*PARTS, "members_present", "members_total"):
                raise TypeError(f"a result has no {name} to write")
            setattr(self, name, value)
        self.full_clean()
        if days is not None:
            self._tick(set(days))
        self.revision += 1
        self.save()

    def _tick(self, wanted: set[date]) -> None:
        if any(day > clock.today() for day in wanted):
            raise Refused(_("A day that lies in the future cannot have been spent at the unit yet."))
        own = set(self.visit.days.values_list("date", flat=True))
        outside = sorted(wanted - own)
        if outside:
            raise Refused(
                _("%(day)s is not a day of this visit: ask for a change of its days first.")
                % {"day": outside[0].strftime("%d/%m/%Y")}
            )
        self.visit.days.filter(date__in=wanted).update(present=True)
        self.visit.days.exclude(date__in=wanted).update(present=False)

    def refuse_unless_editable(self, by: Powers) -> None:
        """PermissionDenied unless it is one's own result, NotNow unless it is still being written."""
        if self.visit.officer_id != by.user.pk:
            raise PermissionDenied(_("Your role does not allow this."))
        if not self.is_editable:
            raise NotNow(
                _("The result is “%(state)s” and cannot be changed. Withdraw it first.")
                % {"state": self.current.label}
            )

    def attach(self, file: Any, *, by: Powers) -> Attachment:
        """Keep ``file`` (with name, read, seek) as evidence, when it is what its name says (``evidence.inspect``).

        PermissionDenied unless one's own; NotNow when it has been reported; ValidationError with a sentence for whoever chose
        the file, ``code`` as of ``inspect`` or: many, twice. When the row cannot be kept, nothing stays on the disk.
        """
        self.refuse_unless_editable(by)
        kind = inspect(file)
        name = shown_name(file.name or "")
        storage = Attachment._meta.get_field("file").storage
        place = random_name(self, name)
        try:
            with transaction.atomic():
                self._lock()
                self.refuse_unless_editable(by)
                digest = hashlib.sha256(file.read()).hexdigest()
                file.seek(0)
                self._refuse_file(name, digest)
                place = storage.save(place, file)
                return Attachment.objects.create(
                    result=self,
                    file=place,
                    name=name,
                    mime=kind.mime,
                    size=storage.size(place),
                    sha256=digest,
                    uploaded_by=by.user,
                    at=clock.now(),
                )
        except BaseException:
            storage.delete(place)
            raise

    def _refuse_file(self, name: str, digest: str) -> None:
        if self.attachments.filter(sha256=digest).exists():
            raise ValidationError(_("“%(name)s” is attached already."), code="twice", params={"name": name})
        if self.attachments.count() >= MOST_FILES:
            raise ValidationError(
                _("“%(name)s” was not kept: a result takes at most %(most)d files."),
                code="many",
                params={"name": name, "most": MOST_FILES},
            )

    def as_copy(self) -> dict[str, Any]:
        return {
            "visit": self.visit.as_copy(),
            "days": [
                d.isoformat()
                for d in self.visit.days.filter(present=True).order_by("date").values_list("date", flat=True)
            ],
            **{name: getattr(self, name) for name in (*PARTS, "members_present", "members_total")},
            "recommendations": [
                {"text": r.text, "addressee": r.addressee, "due": r.due and r.due.isoformat()}
                for r in self.recommendations.order_by("pk")
            ],
            "follow_ups": [
                {"text": f.recommendation.text, "found": f.found, "note": f.text}
                for f in self.follow_ups.select_related("recommendation").order_by("recommendation")
            ],
            "files": [{"name": f.name, "sha256": f.sha256} for f in self.attachments.order_by("pk")],
        }

    # -- what the table asks ------------------------------------------------------------------------------------------

    def is_overdue(self) -> bool:
        """Not yet reported, and the rule's days after the visit have passed; nobody is late in a suspended quarter."""
        return self.submitted_on is None and self.quarter.is_late(self.visit.result_due)

    def why_not_reportable(self) -> str | None:
        """What is missing before it can be reported."""
        return next(iter(self.missing().values()), None)

    def missing(self) -> dict[str, str]:
        """Everything that is missing before it can be reported: a sentence for each field, "visit" for the visit itself."""
        found = {}
        visit = self.visit
        if visit.state != VisitState.APPROVED:
            found["visit"] = (
                _("The ad-hoc visit has not been consented to yet.")
                if visit.is_adhoc and visit.state == VisitState.PLANNED
                else _("The visit is “%(state)s”: it has no result.") % {"state": visit.current.label}
            )
        elif self._change_is_pending():
            found["visit"] = _(
                "A change of the visit has been asked for; wait for the answer or withdraw it."
            )
        days = self.fetched_days()
        if not days:
            found["days"] = _(
                "Tick the days you were there; if you did not go, close the visit as not carried out."
            )
        elif max(days) > clock.today():
            found["days"] = _("A day that lies in the future cannot have been spent at the unit yet.")
        if not self.activity:
            found["activity"] = _("Describe the activity and its result.")
        if self.asks_for_members and (self.members_present is None or self.members_total is None):
            found["members_present"] = _(
                "Enter how many members were present, and how many there are in all."
            )
        return found

    def _change_is_pending(self) -> bool:
        from .changes import PENDING_CHANGE

        changes = self.visit.fetched("changes")
        if changes is None:
            return self.visit.changes.pending().exists()
        return any(change.state in PENDING_CHANGE for change in changes)

    def fetched_days(self) -> list[date]:
        """The ticked days, in order."""
        days = self.visit.fetched("days")
        days = list(self.visit.days.all()) if days is None else days
        return sorted(day.date for day in days if day.present)

    def why_not_countable(self) -> str | None:
        """Why its days cannot be accepted."""
        if self.visit.state != VisitState.APPROVED:
            return _("The visit is “%(state)s”: its days cannot count.") % {"state": self.visit.current.label}
        return None

    def note_submission(self, event: Event, acting: Acting) -> None:
        self.late = self.late or self.is_overdue()
        self.submitted_on = self.submitted_on or clock.today()

    def count(self, event: Event, acting: Acting) -> None:
        """Count its days, raise what it recommends, and record what became of earlier recommendations."""
        self._recount()
        self._stay_with_the_unit()
        for recommendation in self.recommendations.filter(state=RecommendationState.NOTED).order_by("pk"):
            recommendation.follow("raise", event, powers=acting.powers, holding=acting.holding)
        for followed in self.follow_ups.select_related("recommendation").order_by("recommendation"):
            followed.carry_out(event, acting)

    def _stay_with_the_unit(self) -> None:
        """What it says is about the unit that was visited, also when the visit was moved there after it had been noted."""
        from .recommendations import Recommendation

        unit = self.visit.unit
        self.recommendations.filter(state=RecommendationState.NOTED).exclude(unit=unit).update(unit=unit)
        self.follow_ups.exclude(recommendation__in=Recommendation.objects.at(unit)).delete()

    def uncount(self, event: Event, acting: Acting) -> None:
        """Its days no longer count; what it recommended and nobody has taken up goes back into it, what it found is undone."""
        from .recommendations import Recommendation

        self.heads_own = False
        self._recount()
        found = self.follow_ups.select_related("recommendation").order_by("recommendation")
        touched = Q(result=self) | Q(pk__in=[followed.recommendation_id for followed in found])
        # in one order: two results that look after each other's may come back at the same moment
        list(
            Recommendation.objects.filter(touched)
            .select_for_update(no_key=True)
            .order_by("pk")
            .values_list("pk")
        )
        for recommendation in self.recommendations.filter(state=RecommendationState.OPEN).order_by("pk"):
            recommendation.follow("take_back", event, powers=acting.powers, holding=acting.holding)
        for followed in found:
            followed.take_back(event, acting)

    def told(self, event: Event) -> str:
        """Of an accepted result how many of the days spent there count, and why the others do not."""
        if event.verb != "accept":
            return super().told(event)
        days = list(self.visit.days.filter(present=True).order_by("date"))
        others = defaultdict(list)
        for day in days:
            if not day.counted:
                others[day.get_not_counted_display()].append(day.date.strftime("%d/%m/%Y"))
        if not others:
            return super().told(event)
        sentence = ngettext(
            "The result is accepted; of %(all)d day %(counted)d count. Not counted: %(why)s.",
            "The result is accepted; of %(all)d days %(counted)d count. Not counted: %(why)s.",
            len(days),
        )
        return sentence % {
            "all": len(days),
            "counted": sum(day.counted for day in days),
            "why": "; ".join(f"{', '.join(dates)} ({reason})" for reason, dates in others.items()),
        }

    def _recount(self) -> None:
        self.save()  # the count reads the state from the database
        dates = list(self.visit.days.values_list("date", flat=True))
        recount(VisitDay.objects.filter(officer=self.visit.officer_id, date__in=dates))

    # -- desks --------------------------------------------------------------------------------------------------------

    def desk_of_readers(self) -> str:
        return self.desk_of_results() if self.heads_own else self.desk_of_leaders()


class AttachmentQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """The files of the results one may read."""
        return self.filter(VisitResult.objects.readable(user, "result__"))


class Attachment(models.Model):
    """A piece of evidence: a photo, a scanned or written document. Kept outside the static files under a random name."""

    result = models.ForeignKey(VisitResult, models.CASCADE, related_name="attachments")
    file = models.FileField(storage=EvidenceStorage(), upload_to=random_name, max_length=200)
    name = CleanCharField(max_length=150)
    mime = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["result", "sha256"],
                name="fieldvisits_attachment_once",
                violation_error_message=gettext_lazy("This file is attached already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("attachment", args=[self.pk])

    @property
    def is_image(self) -> bool:
        return self.mime.startswith("image/")

    @transaction.atomic
    def remove(self, *, by: Powers) -> None:
        """Take the file away, from the disk once that is certain. PermissionDenied, NotNow as for writing."""
        self.result._lock()
        self.result.refuse_unless_editable(by)
        storage, place = self.file.storage, self.file.name
        self.delete()
        transaction.on_commit(lambda: storage.delete(place), robust=True)


__all__ = ["PARTS", "Attachment", "Kind", "VisitResult", "VisitResultQuerySet"]
