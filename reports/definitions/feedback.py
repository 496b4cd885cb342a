"""What host units say of visits: five answers, a few words, on which days the officer was there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Avg, Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fieldvisits.models import QUESTIONS, HostFeedback, Visit
from fieldvisits.models.host_links import Mark
from fieldvisits.workflow import VisitState

from ..base import Column, Report, percent
from ..base import Value as CellValue
from .visits import narrowed, visit_columns

#: Short headings for the five questions.
SHORT = {
    "told_in_time": gettext_lazy("Told in time"),
    "knew_the_unit": gettext_lazy("Knew the unit"),
    "helped_prepare": gettext_lazy("Helped before"),
    "reviewed_after": gettext_lazy("Reviewed after"),
    "was_useful": gettext_lazy("Useful"),
}


class FeedbackReport(Report):
    """One row for each visit a unit has said something of, as far as the reader may read the visit whole."""

    slug = "feedback"
    title = gettext_lazy("Feedback of host units")
    about = gettext_lazy(
        "What units answered to the five questions, and on which days they confirm the officer was there."
    )
    icon = "chat-heart"
    filters = ("quarter", "department", "status", "group", "level", "officer", "unit")
    statuses = (
        ("no", gettext_lazy("with a “No”")),
        ("remarks", gettext_lazy("with remarks")),
        ("absent", gettext_lazy("days not confirmed")),
    )

    def _found(self) -> QuerySet[HostFeedback]:
        asked = self.asked
        visits = narrowed(asked, Visit.objects.filter(starts__range=asked.window))
        found = HostFeedback.objects.visible_to(asked.reader).filter(
            visit__in=visits, visit__starts__range=asked.window
        )
        match asked.status:
            case "no":
                return found.filter(Q(*((name, Mark.NO) for name in QUESTIONS), _connector=Q.OR))
            case "remarks":
                return found.exclude(text="")
            case "absent":
                return found.filter(pk__in=found.filter(visit__days__confirmed=False).values("pk"))
        return found

    def rows(self) -> QuerySet[HostFeedback]:
        return (
            self._found()
            .select_related("visit__officer", "visit__department", "visit__unit")
            .annotate(
                reported_days=Count("visit__days", filter=Q(visit__days__present=True)),
                confirmed_days=Count("visit__days", filter=Q(visit__days__confirmed=True)),
            )
            .order_by("visit__starts", "visit__ends", "pk")
        )

    def columns(self) -> Sequence[Column]:
        about = visit_columns("visit__")
        return [
            about["starts"],
            about["officer"],
            about["unit"],
            Column(
                "done",
                _("Days done"),
                lambda f: f.reported_days,
                "number",
                9,
                total=True,
                order=("reported_days",),
            ),
            Column(
                "confirmed",
                _("Days confirmed"),
                lambda f: f.confirmed_days,
                "number",
                10,
                total=True,
                order=("confirmed_days",),
                is_key=True,
            ),
            *(
                Column(
                    name,
                    label,
                    lambda f, name=name: str(Mark(getattr(f, name)).label),
                    width=12,
                    order=(name,),
                )
                for name, label in SHORT.items()
            ),
            Column("mean", _("Mean"), lambda f: round(f.mean, 1), "decimal", 8, is_key=True),
            Column("remarks", _("Remarks"), lambda f: f.text, width=60),
            Column("given_by", _("Said by"), lambda f: f.given_by, width=28, order=("given_by",)),
            Column("at", _("Said on"), lambda f: timezone.localdate(f.at), "date", 12, order=("at",)),
            about["ends"],
            about["department"],
        ]

    def totals(self) -> dict[str, CellValue]:
        """The days summed; below each question the mean of the answers, to one decimal."""
        found = self._found()
        marks = found.aggregate(**{name: Avg(name) for name in QUESTIONS})
        if marks["was_useful"] is None:
            return {}
        means: dict[str, CellValue] = {name: round(mean, 1) for name, mean in marks.items()}
        means["mean"] = round(sum(marks.values()) / len(marks), 1)
        return means | found.aggregate(
            done=Count("visit__days", filter=Q(visit__days__present=True)),
            confirmed=Count("visit__days", filter=Q(visit__days__confirmed=True)),
        )

    def notes(self) -> Iterable[str]:
        asked = self.asked
        begun = Visit.objects.visible_to(asked.reader).begun()
        begun = narrowed(asked, begun.filter(starts__range=asked.window, state=VisitState.APPROVED))
        counts = begun.aggregate(all=Count("pk"), said=Count("feedback"))
        text = ngettext(
            "Units have answered to %(said)d of %(all)d visit that has begun (%(share)d %%).",
            "Units have answered to %(said)d of %(all)d visits that have begun (%(share)d %%).",
            counts["all"],
        )
        yield text % {**counts, "share": percent(counts["said"], counts["all"]) or 0}
        yield _("Marks: No 1, Partly 2, Yes 3; below the columns stand the means.")
