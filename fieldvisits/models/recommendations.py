"""What visits recommend, and what becomes of it (step 6, and on): structured items that live on after their result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zlib import crc32

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Department, Role, User
from accounts.powers import Powers
from accounts.text import CleanCharField, CleanTextField

from ..workflow import RECOMMENDATION, RecommendationState, ResultState
from .base import Acting, Event, NotNow, Stale, Stateful, state_field, state_is_known
from .hosts import HostUnit
from .regime import Quarter
from .results import VisitResult

#: States in which somebody still has to do something.
PENDING = (RecommendationState.OPEN, RecommendationState.IN_PROGRESS, RecommendationState.PASSED_UP)


def _print_of(*words: Any) -> int:
    """A number that is another one when the words are: these rows count no saves."""
    return crc32("\0".join(str(word or "") for word in words).encode())


def _refuse_overwriting(
    row: Recommendation | FollowUp, revision: int | None, typed: Mapping[str, Any]
) -> None:
    if revision in (None, row.revision) or all(getattr(row, name) == typed[name] for name in typed):
        return  # an answer that was lost on the way is no conflict
    raise Stale(_("This result was changed in another window meanwhile. Please load the page again."))


class Addressee(models.TextChoices):
    """To whom a recommendation goes."""

    DEPARTMENT = "department", gettext_lazy("A department of the province")
    UNIT = "unit", gettext_lazy("The host unit")
    PROVINCE = "province", gettext_lazy("The provincial Union")
    CENTRAL = "central", gettext_lazy("The Central Union")
    OUTSIDE = "outside", gettext_lazy("A body outside the Union")


class RecommendationQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Raised ones: everybody who works in the province (the next visitor must know them). Noted ones: readers of their result."""
        working = user.powers.provinces(
            Role.OFFICER,
            Role.HEAD,
            Role.DEPUTY,
            Role.COORDINATOR,
            Role.RESULTS_DESK,
            Role.COMMITTEE,
            Role.EXECUTIVE,
        )
        noted = Q(state=RecommendationState.NOTED)
        return self.filter(
            ~noted & Q(unit__province__in=working) | noted & VisitResult.objects.readable(user, "result__"),
            unit__province=user.province_id,
        )

    def pending(self):
        """Somebody still has to do something."""
        return self.filter(state__in=PENDING)

    def overdue(self):
        return self.pending().filter(due__lt=clock.today())

    def at(self, unit: HostUnit):
        """Made at ``unit`` or at a unit it carries on, oldest first."""
        return self.filter(Q(unit=unit) | Q(unit__successors=unit)).distinct().order_by("pk")

    def raised(self):
        """Out of their results: an accepted visit made them."""
        return self.exclude(state=RecommendationState.NOTED)

    def left_for(self, result: VisitResult):
        """Made on earlier visits to the unit of ``result`` and still pending: what its officer is to look after.

        Those it says something of already are left to it, whoever has closed them since.
        """
        said = Q(pk__in=FollowUp.objects.filter(result=result).values("recommendation"))
        return self.filter(Q(state__in=PENDING) | said).at(result.visit.unit).exclude(result=result)

    @transaction.atomic
    def note(self, result: VisitResult, *, by: Powers, **typed: Any) -> Recommendation:
        """A new recommendation in ``result``, noted until that is accepted.

        PermissionDenied unless it is one's own result, NotNow when it has been reported, ValidationError by field.
        """
        result._lock()
        result.refuse_unless_editable(by)
        made = self.model(result=result, unit=result.visit.unit, **typed)
        made.full_clean()
        made.save(force_insert=True)
        return made


class Recommendation(Stateful):
    """One recommendation (kiến nghị): what, to whom, by when; its owner, its answer, its history."""

    flow = RECOMMENDATION
    tells_copies = True
    locked_with = (
        "result__visit__quarter__province",
        "result__visit__officer",
        "unit",
        "department",
        "owner",
    )

    result = models.ForeignKey(VisitResult, models.PROTECT, related_name="recommendations")
    unit = models.ForeignKey(HostUnit, models.PROTECT, related_name="recommendations")
    state = state_field(RECOMMENDATION)
    text = CleanTextField(gettext_lazy("recommendation"), max_length=1000)
    addressee = models.CharField(gettext_lazy("to whom"), max_length=12, choices=Addressee)
    addressee_name = CleanCharField(gettext_lazy("name of the body"), max_length=150, blank=True)
    due = models.DateField(gettext_lazy("due on"), null=True, blank=True)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        related_name="recommendations",
        verbose_name=gettext_lazy("department in charge"),
    )
    owner = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="recommendations",
        verbose_name=gettext_lazy("person in charge"),
    )
    answer = CleanTextField(gettext_lazy("answer"), max_length=2000, blank=True, editable=False)
    answered_on = models.DateField(null=True, editable=False)

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fieldvisits_recommendation_outside_body_named",
                condition=~Q(addressee=Addressee.OUTSIDE) | ~Q(addressee_name=""),
                violation_error_message=gettext_lazy("Name the body outside the Union."),
            ),
            models.CheckConstraint(
                name="fieldvisits_recommendation_settled_with_answer",
                condition=~Q(state__in=(RecommendationState.SETTLED, RecommendationState.DROPPED))
                | ~Q(answer=""),
            ),
            state_is_known(RECOMMENDATION, "fieldvisits_recommendation_state"),
        ]

    def __str__(self) -> str:
        return f"{self.unit}: {self.text[:80]}"

    def get_absolute_url(self) -> str:
        return reverse("recommendation-detail", args=[self.pk])

    @property
    def author_id(self) -> int:
        return self.result.visit.officer_id

    @property
    def officer(self) -> User:
        """Who made it."""
        return self.result.visit.officer

    @property
    def province_id(self) -> int:
        return self.result.visit.quarter.province_id

    @property
    def quarter(self) -> Quarter:
        return self.result.visit.quarter

    @property
    def is_pending(self) -> bool:
        return self.state in PENDING

    @property
    def is_overdue(self) -> bool:
        return self.is_pending and self.due is not None and self.due < clock.today()

    @property
    def addressee_text(self) -> str:
        """To whom, as printed: "Cơ quan ngoài Đoàn: Sở Nội vụ"."""
        kind = str(self.get_addressee_display())
        return f"{kind}: {self.addressee_name}" if self.addressee_name else kind

    def as_copy(self) -> dict[str, Any]:
        return {
            "department": str(self.department),
            "owner": str(self.owner or ""),
            "due": self.due and self.due.isoformat(),
            "answer": self.answer,
            "answered_on": self.answered_on and self.answered_on.isoformat(),
        }

    def copy_in_words(self, kept: dict[str, Any]) -> str:
        """In whose charge it was, and until when."""
        who = " · ".join(filter(None, (kept["department"], kept["owner"])))
        if not kept["due"]:
            return _("In charge: %(who)s") % {"who": who}
        day = date.fromisoformat(kept["due"]).strftime("%d/%m/%Y")
        return _("In charge: %(who)s; due by %(day)s") % {"who": who, "day": day}

    # -- while its result is being written ----------------------------------------------------------------------------

    def clean(self) -> None:
        if self.due and self.result_id and self.due < self.result.visit.starts:
            raise ValidationError({"due": _("This day lies before the visit.")})

    @property
    def revision(self) -> int:
        """What a page posts back to prove which wording it showed."""
        return _print_of(self.text, self.addressee, self.addressee_name, self.due, self.department_id)

    @transaction.atomic
    def rewrite(self, *, by: Powers, revision: int | None = None, **typed: Any) -> None:
        """Keep what is typed. PermissionDenied, NotNow, ValidationError as for ``note``; Stale when another window has
        written something else since the page showed the wording ``revision``."""
        self._lock_noted(by)
        _refuse_overwriting(self, revision, typed)
        for name, value in typed.items():
            setattr(self, name, value)
        self.full_clean()
        self.save()

    @transaction.atomic
    def take_out(self, *, by: Powers) -> dict[str, Any]:
        """Take it out of its result; what ``note`` needs to bring it back. PermissionDenied, NotNow as for ``note``."""
        self._lock_noted(by)
        if self.last_event_id:
            raise NotNow(
                _("It has been raised before and keeps its history: reword it, or let it be dropped later.")
            )
        kept = {
            "text": self.text,
            "addressee": self.addressee,
            "addressee_name": self.addressee_name,
            "due": self.due and self.due.isoformat(),
            "department_id": self.department_id,
        }
        self.delete()
        return kept

    def _lock_noted(self, by: Powers) -> None:
        self.result._lock()
        self.result.refuse_unless_editable(by)
        self._lock()
        # one that somebody has taken up lives on by itself, even when its result has come back
        if self.state != RecommendationState.NOTED:
            raise NotNow(_("The recommendation has been raised already; it can only be followed up."))

    # -- what the table asks ------------------------------------------------------------------------------------------

    def why_not_assignable(self) -> str | None:
        if self.department.province_id != self.province_id:
            return _("This department belongs to another province.")
        if self.owner_id and self.owner.province_id != self.province_id:
            return _("This person belongs to another province.")
        return None

    def note_answer(self, event: Event, acting: Acting) -> None:
        self.answer = event.comment or _("Found settled on a visit.")
        self.answered_on = clock.today()

    def forget_answer(self, event: Event, acting: Acting) -> None:
        self.answer, self.answered_on = "", None

    def finds(self, before: Event | None = None) -> list[Event]:
        """The findings of visits that hold since a person moved it last, oldest first: a finding taken back holds no more.

        ``before``: as it was before that event.
        """
        standing: list[Event] = []
        history = Event.objects.of(self).select_related("cause")
        for event in history.filter(pk__lt=before.pk) if before else history:
            if event.verb in CARRIED_OUT:
                standing.append(event)
            elif event.verb == "unfind":
                standing.pop()
            else:
                standing.clear()
        return standing

    def recall_answer(self, event: Event, acting: Acting) -> None:
        """The answer as it stood before a visit found it settled: the event of that keeps it."""
        kept = self.finds(before=event)[-1].copy or {"answer": "", "answered_on": None}
        self.answer = kept["answer"]
        self.answered_on = date.fromisoformat(kept["answered_on"]) if kept["answered_on"] else None

    @property
    def was_open(self) -> bool:
        """Whether the last finding that holds found it open; so the others."""
        return self._found_it(RecommendationState.OPEN)

    @property
    def was_in_progress(self) -> bool:
        return self._found_it(RecommendationState.IN_PROGRESS)

    @property
    def was_passed_up(self) -> bool:
        return self._found_it(RecommendationState.PASSED_UP)

    def _found_it(self, state: str) -> bool:
        finds = self.finds()
        return bool(finds) and finds[-1].from_state == state

    # -- desks --------------------------------------------------------------------------------------------------------

    def desk_of_owner(self) -> str:
        return str(self.owner or self.department)

    def desk_of_addressee(self) -> str:
        return self.addressee_text


class Found(models.TextChoices):
    """What the next visitor finds of an earlier recommendation."""

    SETTLED = "settled", gettext_lazy("Settled")
    BEGUN = "begun", gettext_lazy("Being worked on")
    UNCHANGED = "unchanged", gettext_lazy("Nothing has changed")


#: How a finding moves a recommendation.
CARRIED_OUT = ("found_begun", "found_settled")


class FollowUpQuerySet(models.QuerySet):
    def readable(self, user: User):
        """Of accepted results, which everybody who works in the province may know; and of those one may read."""
        return self.filter(
            Q(result__state=ResultState.ACCEPTED) | VisitResult.objects.readable(user, "result__")
        )

    @transaction.atomic
    def record(
        self,
        result: VisitResult,
        recommendation: Recommendation,
        *,
        found: str,
        text: str = "",
        by: Powers,
        revision: int | None = None,
    ) -> FollowUp | None:
        """What was found of ``recommendation``; nothing found and nothing said takes the record away.

        PermissionDenied unless it is one's own result; NotNow when that has been reported or the recommendation is no longer
        pending at its unit; ValidationError when something is said and nothing chosen; Stale when another window has written
        something else since the page showed ``revision`` (0: no record).
        """
        result._lock()
        result.refuse_unless_editable(by)
        record = self.filter(result=result, recommendation=recommendation).first()
        record = record or self.model(result=result, recommendation=recommendation)
        _refuse_overwriting(record, revision, {"found": found, "text": text})
        if not found and not text:
            if record.pk:
                record.delete()
            return None
        if not Recommendation.objects.left_for(result).filter(pk=recommendation.pk).exists():
            raise NotNow(_("This recommendation has been closed meanwhile."))
        record.found, record.text = found, text
        record.full_clean()
        record.save()
        return record


class FollowUp(models.Model):
    """What a later visit to the same unit found of a recommendation; carried out when that visit's result is accepted."""

    result = models.ForeignKey(VisitResult, models.CASCADE, related_name="follow_ups")
    recommendation = models.ForeignKey(Recommendation, models.PROTECT, related_name="follow_ups")
    found = models.CharField(gettext_lazy("found"), max_length=10, choices=Found)
    text = CleanTextField(gettext_lazy("note"), max_length=1000, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["result", "recommendation"], name="fieldvisits_followup_once")
        ]

    def __str__(self) -> str:
        return f"{self.recommendation}: {self.get_found_display()}"

    @property
    def revision(self) -> int:
        """As of a recommendation; 0 of a record that is not kept yet."""
        return _print_of(self.found, self.text) if self.pk else 0

    def carry_out(self, event: Event, acting: Acting) -> None:
        """Move the recommendation as it was found, unless somebody has closed it meanwhile."""
        recommendation = self.recommendation
        if not recommendation.is_pending:
            return
        recommendation._lock()  # another visit may have found the same a moment ago
        acts: dict[str, Any] = {"powers": acting.powers, "holding": acting.holding, "comment": self.text}
        if self.found == Found.SETTLED and recommendation.is_pending:
            recommendation.follow("found_settled", event, **acts)
        elif self.found == Found.BEGUN and recommendation.state == RecommendationState.OPEN:
            recommendation.follow("found_begun", event, **acts)

    def take_back(self, event: Event, acting: Acting) -> None:
        """Undo what ``carry_out`` did, unless somebody has moved the recommendation since.

        All that visits have found since then is undone, and what the others found is carried out anew, in its order: so nothing
        rests on a result that is no longer accepted, and what could not move it before does so now.
        """
        recommendation = self.recommendation
        recommendation._lock()
        finds = recommendation.finds()
        if not any(find.cause and find.cause.object_id == self.result_id for find in finds):
            return
        for _find in finds:
            recommendation.follow("unfind", event, powers=acting.powers, holding=acting.holding)
        accepted = recommendation.follow_ups.filter(result__state=ResultState.ACCEPTED).exclude(
            result=self.result_id
        )
        others = accepted.filter(result__last_event__gte=finds[0].cause_id)
        for other in others.select_related("result__last_event").order_by("result__last_event"):
            other.recommendation = recommendation
            other.carry_out(other.result.last_event, acting)
