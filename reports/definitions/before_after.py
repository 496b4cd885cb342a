""" "Đi trước, về sau": help before the activity, review with the host afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fieldvisits.models import VisitResult
from fieldvisits.models.days import REPORTED
from fieldvisits.workflow import VisitState

from ..base import Column, Report, percent
from .visits import narrowed, parts_in_words, visit_columns

#: Which of the two parts around the activity are filled in, each result in one of these.
PARTS = {
    "both": Q(~Q(helped_before=""), ~Q(review_after="")),
    "before": Q(~Q(helped_before=""), review_after=""),
    "after": Q(~Q(review_after=""), helped_before=""),
    "none": Q(helped_before="", review_after=""),
}


class BeforeAfterReport(Report):
    """ "Đi trước, về sau": which results say what was done before the activity and how it was reviewed afterwards."""

    slug = "before-after"
    title = gettext_lazy("Before and after the activity")
    about = gettext_lazy(
        "Results that tell of help before the activity and of the review with the host afterwards."
    )
    icon = "arrow-left-right"
    filters = ("quarter", "department", "status", "group", "level", "officer", "unit")
    statuses = (
        ("both", gettext_lazy("both parts")),
        ("before", gettext_lazy("only before")),
        ("after", gettext_lazy("only after")),
        ("none", gettext_lazy("neither")),
    )

    def _found(self) -> QuerySet[VisitResult]:
        asked = self.asked
        found = VisitResult.objects.visible_to(asked.reader).filter(
            state__in=REPORTED, visit__state=VisitState.APPROVED, visit__starts__range=asked.window
        )
        return narrowed(asked, found, "visit__")

    def rows(self) -> QuerySet[VisitResult]:
        found = self._found()
        if self.asked.status:
            found = found.filter(PARTS[self.asked.status])
        filled = [When(which, then=Value(len(PARTS) - n)) for n, which in enumerate(PARTS.values())]
        return (
            found.annotate(filled=Case(*filled, default=Value(0), output_field=IntegerField()))
            .select_related("visit__officer", "visit__department", "visit__unit")
            .order_by("visit__starts", "visit__ends", "pk")
        )

    def columns(self) -> Sequence[Column]:
        about = visit_columns("visit__")
        return [
            about["starts"],
            about["officer"],
            about["unit"],
            Column(
                "parts",
                _("Filled in"),
                lambda r: parts_in_words(r) or _("neither"),
                width=16,
                order=("filled",),
                is_key=True,
            ),
            Column("before", _("Help before"), lambda r: r.helped_before, width=60),
            Column("after", _("Review afterwards"), lambda r: r.review_after, width=60),
            about["content"],
            about["ends"],
            about["group"],
            about["department"],
        ]

    def notes(self) -> Iterable[str]:
        counts = self._found().aggregate(
            all=Count("pk"), **{n: Count("pk", filter=q) for n, q in PARTS.items()}
        )
        text = ngettext(
            "Of %(all)d reported visit %(both)d tells of both parts (%(share)d %%), %(before)d only of the help before, "
            "%(after)d only of the review afterwards, %(none)d of neither.",
            "Of %(all)d reported visits %(both)d tell of both parts (%(share)d %%), %(before)d only of the help before, "
            "%(after)d only of the review afterwards, %(none)d of neither.",
            counts["all"],
        )
        yield text % {**counts, "share": percent(counts["both"], counts["all"]) or 0}
