"""What an officer types into the result of a visit (step 6): its parts, its days, what it recommends, what it found.

Fields are judged one by one: what is understood is kept, what is not stays on the screen with the reason at its field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Department
from accounts.text import clean, too_long

from ..models import Addressee, FollowUp, Found, Recommendation, VisitResult
from ..models.results import PARTS
from .plans import DayField
from .recommendations import shown_day

#: Most people one can have met.
MOST_MEMBERS = 100_000
MEMBERS = ("members_present", "members_total")


class LongText(forms.CharField):
    """Text of several lines for a column of limited length; says by how much it is too long."""

    widget = forms.Textarea

    def __init__(self, column: Any, *, required: bool = False, rows: int = 3) -> None:
        self.most = column.max_length
        attrs = {"class": "form-control", "rows": rows, "maxlength": self.most}
        super().__init__(required=required, label=column.verbose_name, widget=forms.Textarea(attrs))

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value).replace("\r\n", "\n"))

    def validate(self, value: str) -> None:
        super().validate(value)
        if sentence := too_long(value, self.most):
            raise forms.ValidationError(sentence)


class DaysField(forms.Field):
    """The ticked days, each posted as 2026-01-20. Which of them may be ticked is the result's business."""

    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> set[date]:
        try:
            return {date.fromisoformat(text) for text in value or ()}
        except ValueError as error:
            raise forms.ValidationError(_("This is not a day of the visit.")) from error


def as_posted(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` as the fields of a page post them."""
    return {name: "" if value is None else str(value) for name, value in values.items()}


class ResultForm(forms.Form):
    """The texts, the numbers and the days of a result; ``with_days`` in the post says that days were on the page."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, result: VisitResult) -> None:
        super().__init__(data)
        self.result = result
        for name in PARTS:
            rows = 6 if name == "activity" else 3
            self.fields[name] = LongText(VisitResult._meta.get_field(name), rows=rows)
        if result.asks_for_members:
            for name in MEMBERS:
                self.fields[name] = forms.IntegerField(
                    required=False,
                    min_value=0,
                    max_value=MOST_MEMBERS,
                    label=VisitResult._meta.get_field(name).verbose_name,
                    widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
                )
        self.fields["days"] = DaysField(required=False)
        for name, field in self.fields.items():
            field.widget.attrs |= {"aria-describedby": f"error-id_{name}"}
            if name != "days":
                self.initial[name] = getattr(result, name)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        present, total = (cleaned.get(name) for name in MEMBERS)
        if present is not None and total is not None and present > total:
            self.add_error("members_present", _("More members present than there are in all."))
        if not all(name in cleaned for name in MEMBERS):  # the two are kept together or not at all
            for name in MEMBERS:
                cleaned.pop(name, None)
        return cleaned

    def understood(self) -> dict[str, Any]:
        """The texts and numbers that can be kept."""
        self.is_valid()
        return {
            name: value for name, value in self.cleaned_data.items() if name != "days" and name in self.data
        }

    def days(self) -> set[date] | None:
        """The ticked days; None when the post says nothing of them, or nothing that can be understood."""
        self.is_valid()
        return self.cleaned_data.get("days") if "with_days" in self.data else None

    def says_what_is_stored(self, ticked: Collection[date]) -> bool:
        """Whether nothing would change: an answer that was lost on the way is no conflict."""
        days = self.days()
        return (
            not self.errors
            and (days is None or days == set(ticked))
            and all(getattr(self.result, name) == value for name, value in self.understood().items())
        )

    def stored(self) -> dict[str, Any]:
        """What is kept of each field, as a page posts it back."""
        names = [name for name in self.fields if name != "days"]
        days = [day.isoformat() for day in self.result.fetched_days()]
        return as_posted({name: getattr(self.result, name) for name in names}) | {"days": days}

    def words_for_days(self) -> set[date]:
        """The days as the page ticks them again."""
        return self.days() or set()


class RecommendationForm(forms.Form):
    """One recommendation of a result: what, to whom, by when, and the department that is to follow it up."""

    text = LongText(Recommendation._meta.get_field("text"), required=True, rows=2)
    addressee = forms.ChoiceField(label=gettext_lazy("addressed to"), choices=Addressee.choices)
    addressee_name = forms.CharField(label=gettext_lazy("name of the body"), required=False, max_length=150)
    due = DayField(label=gettext_lazy("due on"), required=False)
    department = forms.ModelChoiceField(
        Department.objects.none(), label=gettext_lazy("department in charge"), empty_label=None
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        result: VisitResult,
        recommendation: Recommendation | None = None,
        departments: Collection[Department] | None = None,
    ) -> None:
        key = recommendation.pk if recommendation else "new"
        super().__init__(data, auto_id=f"recommendation-{key}-%s")
        self.key, self.result, self.recommendation = key, result, recommendation
        self.initial = {"addressee": Addressee.UNIT, "department": result.visit.department_id}
        if recommendation:
            self.initial = {name: getattr(recommendation, name) for name in self.fields}
            self.initial["department"] = recommendation.department_id
            self.initial["due"] = shown_day(recommendation.due)
        field = self.fields["department"]
        field.queryset = departments_of(result)
        if departments is not None:  # fetched once for all rows of the page
            field.widget.choices = [(department.pk, str(department)) for department in departments]
        for name, field in self.fields.items():
            select = name in ("addressee", "department")
            field.widget.attrs |= {
                "class": "form-select" if select else "form-control",
                "aria-describedby": f"error-recommendation-{key}-{name}",
            }
        self.fields["text"].widget.attrs["placeholder"] = _("What should be done")
        self.fields["due"].widget = forms.DateInput(
            attrs=self.fields["due"].widget.attrs
            | {"data-datepicker": "", "inputmode": "numeric", "placeholder": "31/12/2026"}
        )
        self.fields["due"].widget.attrs["data-min"] = result.visit.starts.strftime("%d/%m/%Y")

    @property
    def revision(self) -> int | str:
        return self.recommendation.revision if self.recommendation else ""

    def stored(self) -> dict[str, Any]:
        """What is kept of each field, as a page posts it back."""
        return as_posted(RecommendationForm(result=self.result, recommendation=self.recommendation).initial)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("addressee") != Addressee.OUTSIDE:
            cleaned["addressee_name"] = ""
        elif not cleaned.get("addressee_name"):
            self.add_error("addressee_name", _("Name the body outside the Union."))
        due = cleaned.get("due")
        if due and due < self.result.visit.starts:
            self.add_error("due", _("This day lies before the visit."))
        return cleaned


def departments_of(result: VisitResult) -> Any:
    """The departments that can be put in charge: those of the province from the quarter of the visit until today."""
    return (
        Department.objects.filter(province=result.visit.quarter.province_id)
        .between(result.visit.quarter.starts, clock.today())
        .order_by("order", "name")
    )


class FollowUpForm(forms.Form):
    """What was found of an earlier recommendation; both empty takes the record away."""

    found = forms.ChoiceField(required=False, choices=[("", ""), *Found.choices])
    text = LongText(FollowUp._meta.get_field("text"), rows=1)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        recommendation: Recommendation,
        record: FollowUp | None = None,
    ) -> None:
        super().__init__(data, auto_id=f"found-{recommendation.pk}-%s")
        self.recommendation, self.record = recommendation, record
        if record:
            self.initial = {"found": record.found, "text": record.text}
        self.fields["text"].widget.attrs |= {
            "aria-describedby": f"error-found-{recommendation.pk}-text",
            "placeholder": _("Note"),
        }

    @property
    def revision(self) -> int:
        return self.record.revision if self.record else 0

    def stored(self) -> dict[str, Any]:
        """What is kept of each field, as a page posts it back."""
        record = self.record or FollowUp()
        return as_posted({"found": record.found, "text": record.text})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("text") and not cleaned.get("found") and "found" not in self.errors:
            self.add_error("found", _("Choose what you found."))
        return cleaned
