"""The dates of a quarter, a reminder about one of its steps, and the filters of its lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Department, User

from ..models import ContentGroup, Nudge, Quarter
from ..pages.steps import Board
from ..pages.visits import SHOWS

#: Registration opens at most this many days before the quarter (as the rule of the year allows).
MOST_DAYS_BEFORE = 90


class QuarterDatesForm(forms.ModelForm):
    """When registration opens and the three due dates of steps 1-3; whole days, inclusive."""

    class Meta:
        model = Quarter
        fields = ("opens_on", "officer_due", "department_due", "committee_due")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        earliest = self.instance.starts - timedelta(days=MOST_DAYS_BEFORE)
        for name, field in self.fields.items():
            first = earliest if name == "opens_on" else self.instance.starts - timedelta(days=30)
            field.widget = forms.DateInput(
                attrs={
                    "data-datepicker": "",
                    "data-min": first.strftime("%d/%m/%Y"),
                    "data-max": self.instance.ends.strftime("%d/%m/%Y"),
                    "inputmode": "numeric",
                }
            )
            field.error_messages["invalid"] = _("Write the day as in 05/10/2026.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first = self.instance.starts - timedelta(days=MOST_DAYS_BEFORE)
        for name, day in list(cleaned.items()):
            if day and not first <= day <= self.instance.ends:
                self.add_error(
                    name,
                    _("This day must lie between %(first)s and %(last)s.")
                    % {"first": first.strftime("%d/%m/%Y"), "last": self.instance.ends.strftime("%d/%m/%Y")},
                )
        return cleaned

    def save(self, commit: bool = True) -> Quarter:
        """Save the four dates and nothing else: the quarter may be moved by somebody meanwhile."""
        self.instance.save(update_fields=self.Meta.fields)
        return self.instance


class NudgeForm(forms.ModelForm):
    """A reminder to whoever holds a department's step of a quarter; once a day at most."""

    class Meta:
        model = Nudge
        fields = ("department", "step", "text")

    def __init__(self, *args: Any, board: Board, sender: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.board, self.sender = board, sender
        self.instance.quarter, self.instance.sender = board.quarter, sender
        self.instance.day = clock.today()
        self.fields["department"].queryset = Department.objects.filter(province=board.quarter.province_id)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        department, step = cleaned.get("department"), cleaned.get("step")
        if department is None or step is None:
            return cleaned
        cell = self.board.cell(department.pk, step)
        if cell and cell.reminded:
            raise ValidationError(_("They have been reminded today already."))
        if cell is None or not cell.may_be_reminded:
            raise ValidationError(
                self.board.quarter.why_closed() or _("Nobody holds this step now: there is nobody to remind.")
            )
        return cleaned

    def save(self, commit: bool = True) -> Nudge | None:
        """The reminder, or None when somebody else sent one at the same moment."""
        nudge, made = Nudge.objects.get_or_create(
            quarter=self.instance.quarter,
            department=self.instance.department,
            step=self.instance.step,
            day=self.instance.day,
            defaults={"sender": self.sender, "text": self.instance.text},
        )
        return nudge if made else None


class DepartmentFilter(forms.Form):
    """Which department of the province to show."""

    department = forms.ModelChoiceField(
        Department.objects.none(),
        required=False,
        label=gettext_lazy("Department"),
        empty_label=gettext_lazy("All departments"),
    )

    def __init__(self, *args: Any, quarter: Quarter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = (
            Department.objects.filter(province=quarter.province_id)
            .between(quarter.starts, quarter.ends)
            .order_by("order", "name")
        )

        self.fields["department"].widget.attrs["class"] = "form-select"

    def chosen(self, name: str) -> Any:
        """The choice, or None where nothing sensible is chosen: an address with nonsense in it shows everything."""
        self.is_valid()
        return self.cleaned_data.get(name) or None


class CalendarFilter(DepartmentFilter):
    """The province's calendar: one department, one month."""

    month = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label=gettext_lazy("Month"))

    def __init__(self, *args: Any, quarter: Quarter, **kwargs: Any) -> None:
        super().__init__(*args, quarter=quarter, **kwargs)
        first = 3 * quarter.number - 2
        months = [(str(month), f"{month:02d}/{quarter.year}") for month in range(first, first + 3)]
        self.fields["month"].choices = [("", _("Whole quarter")), *months]
        self.fields["month"].widget.attrs["class"] = "form-select"


class VisitFilter(DepartmentFilter):
    """The visits of a quarter one may know of."""

    group = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, label=gettext_lazy("Content group")
    )
    show = forms.ChoiceField(required=False, label=gettext_lazy("Which visits"), choices=SHOWS)
    mine = forms.BooleanField(required=False, label=gettext_lazy("Only mine"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [("", _("All groups")), *ContentGroup.choices]
        self.fields["group"].widget.attrs["class"] = self.fields["show"].widget.attrs["class"] = "form-select"
        self.fields["mine"].widget.attrs["class"] = "form-check-input"
