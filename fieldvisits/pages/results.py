"""The result of a visit as its officer writes it and as its readers see it: the plan beside what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import clock
from accounts.models import Department, User

from .. import permissions
from ..evidence import ACCEPT, MOST_BYTES, MOST_FILES
from ..forms.results import FollowUpForm, RecommendationForm, ResultForm, departments_of
from ..models import Attachment, Event, FollowUp, NotCounted, Recommendation, VisitDay, VisitResult
from ..models.counting import foreseen
from ..models.results import PARTS
from ..workflow import RecommendationState, ResultState


@dataclass(frozen=True)
class DayRow:
    """One day of the visit: ticked or not; ``why_not`` it cannot be ticked, ``note`` why it will not (or does not) count."""

    day: VisitDay
    ticked: bool
    why_not: str = ""
    note: str = ""


@dataclass(frozen=True)
class Check:
    """One line of the summary before a result is reported; ``tone`` one of ok, missing (it cannot go yet), advice, plain."""

    anchor: str
    label: str
    text: str
    tone: str


@dataclass(frozen=True)
class Conflict:
    """Why nothing was kept; with ``revision`` what was typed in the form ``place`` may still be put over what is ``stored``."""

    sentence: str
    stored: Sequence[tuple[str, str]] = ()
    revision: int | None = None
    place: str = "result-form"


def is_open_to(user: User, result: VisitResult) -> bool:
    """Whether the person may write on it now."""
    return result.is_editable and any(True for _holding in permissions.author(user.powers, result))


class ResultSheet:
    """What both pages of a result show. Built from a result with its visit, quarter, unit, department and officer."""

    def __init__(self, result: VisitResult, user: User) -> None:
        self.result, self.user, self.visit = result, user, result.visit

    @cached_property
    def day_rows(self) -> list[DayRow]:
        return self._day_rows({day.date for day in self._days if day.present})

    def _day_rows(self, ticked: set[date]) -> list[DayRow]:
        accepted = self.result.state == ResultState.ACCEPTED
        elsewhere = self._counted_elsewhere
        reasons: Mapping[date, str] = (
            {day.date: day.not_counted for day in self._days if day.not_counted}
            if accepted
            else foreseen(self.visit, self._days, elsewhere)
        )
        rows = []
        for day in self._days:
            why_not = _("still to come") if day.date > clock.today() else ""
            reason = reasons.get(day.date, "")
            note = str(NotCounted(reason).label) if reason else ""
            if reason == NotCounted.TWICE and day.date in elsewhere:
                note = _("%(reason)s: %(unit)s") % {"reason": note, "unit": elsewhere[day.date].visit.unit}
            rows.append(DayRow(day, day.date in ticked and not why_not, why_not, note))
        return rows

    @cached_property
    def _days(self) -> list[VisitDay]:
        return sorted(self.visit.days.all(), key=lambda day: day.date)

    @cached_property
    def _counted_elsewhere(self) -> dict[date, VisitDay]:
        others = VisitDay.objects.filter(
            officer=self.visit.officer_id, date__in=[day.date for day in self._days], counted=True
        ).exclude(visit=self.visit)
        return {day.date: day for day in others.select_related("visit__unit")}

    @cached_property
    def done(self) -> int:
        """Days ticked."""
        return sum(1 for row in self.day_rows if row.ticked)

    @cached_property
    def counted(self) -> int:
        return sum(1 for day in self._days if day.counted)

    @cached_property
    def has_host_words(self) -> bool:
        """Whether the host unit has said of any day whether the officer was there."""
        return any(day.confirmed is not None for day in self._days)

    @cached_property
    def parts(self) -> list[tuple[str, str, str]]:
        """(name, label, text) of the three parts and the difficulties."""
        columns = VisitResult._meta
        return [
            (name, str(columns.get_field(name).verbose_name), getattr(self.result, name)) for name in PARTS
        ]

    @cached_property
    def recommendations(self) -> list[Recommendation]:
        found = self.result.recommendations.select_related("department", "owner", "unit").order_by("pk")
        return list(found)

    @cached_property
    def follow_ups(self) -> list[FollowUp]:
        """What the visit found of earlier recommendations."""
        found = self.result.follow_ups.select_related(
            "recommendation__unit", "recommendation__result__visit__officer", "recommendation__department"
        )
        return list(found.order_by("pk"))

    @cached_property
    def files(self) -> list[Attachment]:
        return list(self.result.attachments.order_by("pk"))

    @cached_property
    def returned(self) -> Event | None:
        """The head's word when it came back, as long as it has not gone up again."""
        if self.result.state != ResultState.RETURNED:
            return None
        return Event.objects.of(self.result).filter(to_state=ResultState.RETURNED).last()


class DraftSheet(ResultSheet):
    """The page on which its officer writes. ``typed`` are bound forms whose words could not be kept, by their place."""

    accept, most_bytes, most_files = ACCEPT, MOST_BYTES, MOST_FILES

    def __init__(
        self,
        result: VisitResult,
        user: User,
        *,
        form: ResultForm | None = None,
        rows: Mapping[int | str, RecommendationForm] | None = None,
        found: Mapping[int, FollowUpForm] | None = None,
        conflict: Conflict | None = None,
        file_problems: Sequence[str] = (),
    ) -> None:
        super().__init__(result, user)
        self.form = form or ResultForm(result=result)
        self.conflict, self.file_problems = conflict, file_problems
        self._typed_rows, self._typed_found = rows or {}, found or {}

    @cached_property
    def shown_days(self) -> list[DayRow]:
        """The days as they were ticked on the page, where that was not kept."""
        return self._day_rows(self.form.words_for_days()) if self.form.is_bound else self.day_rows

    @cached_property
    def departments(self) -> list[Department]:
        return list(departments_of(self.result))

    @cached_property
    def rows(self) -> list[RecommendationForm]:
        """The noted recommendations, each a form."""
        return [
            self._typed_rows.get(noted.pk)
            or RecommendationForm(result=self.result, recommendation=noted, departments=self.departments)
            for noted in self.recommendations
            if noted.state == RecommendationState.NOTED
        ]

    @cached_property
    def raised(self) -> list[Recommendation]:
        """Raised by an earlier acceptance and taken up since: they live on by themselves."""
        return [r for r in self.recommendations if r.state != RecommendationState.NOTED]

    @cached_property
    def blank(self) -> RecommendationForm:
        return self._typed_rows.get("new") or RecommendationForm(
            result=self.result, departments=self.departments
        )

    @cached_property
    def earlier(self) -> list[FollowUpForm]:
        """Recommendations still pending at the unit, and those the result says something of already."""
        records = {record.recommendation_id: record for record in self.follow_ups}
        left_for = Recommendation.objects.left_for(self.result).select_related(
            "result__visit__officer", "result__visit__quarter", "unit", "department", "owner"
        )
        return [
            self._typed_found.get(left.pk) or FollowUpForm(recommendation=left, record=records.get(left.pk))
            for left in left_for
        ]

    @cached_property
    def missing(self) -> dict[str, str]:
        return self.result.missing()

    @cached_property
    def checks(self) -> list[Check]:
        """What will be reported, part by part, in the order of the page."""
        result = self.result
        answered = sum(1 for form in self.earlier if form.record)
        lines = []
        if self.missing.get("visit"):
            lines.append(Check("main", _("Visit"), self.missing["visit"], "missing"))
        if self.earlier:
            text = _("%(answered)d of %(all)d looked after") % {
                "answered": answered,
                "all": len(self.earlier),
            }
            tone = "ok" if answered == len(self.earlier) else "advice"
            lines.append(Check("earlier", _("Open recommendations"), text, tone))
        days = _("%(ticked)d of %(all)d") % {"ticked": self.done, "all": len(self._days)}
        lines.append(self._check("days", _("Days spent there"), days))
        if result.asks_for_members and "members_present" in self.missing:
            lines.append(self._check("members_present", _("Members"), ""))
        elif result.asks_for_members:
            text = f"{result.members_present} / {result.members_total}"
            lines.append(self._check("members_present", _("Members"), text))
        for name, label, said in self.parts:
            if name == "difficulties":
                text, tone = (_("written"), "ok") if said else (_("none"), "plain")
                lines.append(Check(name, label, text, tone))
            elif said or name in self.missing:
                lines.append(self._check(name, label, _("written")))
            else:
                lines.append(Check(name, label, _("nothing written yet"), "advice"))
        count = len(self.recommendations)
        lines.append(
            Check(
                "recommendations",
                _("New recommendations"),
                str(count) if count else _("none"),
                "ok" if count else "plain",
            )
        )
        files = len(self.files)
        text = ngettext("%(count)d file", "%(count)d files", files) % {"count": files}
        lines.append(
            Check(
                "files",
                _("Photos and documents"),
                text if files else _("none yet"),
                "ok" if files else "advice",
            )
        )
        return lines

    def _check(self, name: str, label: str, text: str) -> Check:
        if name in self.missing:
            return Check(name, label, self.missing[name], "missing")
        return Check(name, label, text, "ok")
