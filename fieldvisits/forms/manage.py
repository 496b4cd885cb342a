"""What an administrator types in: departments, rules, units (people: ``people.py``). Other provinces' things are never offered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.forms import CleanTextMixin, DayInput, name_and_post
from accounts.models import Department, DepartmentDuty, User

from .. import workbooks
from ..models import Exemption, Holiday, HostUnit, Level, SubQuota, UnitAssignment, YearRule

Sections = tuple[tuple[str | Promise, tuple[str, ...]], ...]


class Sectioned:
    """A form shown in sections, each field as wide as what belongs in it."""

    sections: Sections = ()
    sent_with: str | Promise = gettext_lazy("Save")
    #: Fields of a line stand on one ground, however long their labels: for forms without notes below the fields.
    even = False

    def groups(self) -> list[tuple[str | Promise, list[tuple[forms.BoundField, str]]]]:
        """(title, fields with the classes of their column); fields of no section come first, under no title."""
        placed = {name for _title, names in self.sections for name in names}
        first = tuple(name for name in self.fields if name not in placed)  # type: ignore[attr-defined]
        shown = [("", first), *self.sections] if first else self.sections
        return [
            (title, [(self[name], self._width(name)) for name in names if name in self.fields])  # type: ignore[index,attr-defined]
            for title, names in shown
        ]

    def _width(self, name: str) -> str:
        field = self.fields[name]  # type: ignore[attr-defined]
        if isinstance(field.widget, forms.Textarea | forms.RadioSelect | forms.CheckboxInput):
            return "col-12"
        if isinstance(field, forms.DateField | forms.IntegerField):
            return "col-sm-6 col-lg-4"
        return "col-md-6"


class AdministrationForm(Sectioned, CleanTextMixin, forms.ModelForm):
    """One thing of the administrator's own province."""

    #: What cannot be changed once entered: another one is added instead.
    fixed: tuple[str, ...] = ()

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by, self.province = by, by.province
        if hasattr(self.instance, "province_id") and self.instance.pk is None:
            self.instance.province = by.province
        for name, field in self.fields.items():
            if isinstance(field, forms.DateField):
                field.widget = DayInput()
            if isinstance(field, forms.ModelChoiceField):
                self._offer(name, field)
            if name in self.fixed and self.instance.pk:
                field.disabled = True

    def _offer(self, name: str, field: forms.ModelChoiceField) -> None:
        """Only things of one's own province, in their usual order, found by typing."""
        model = field.queryset.model
        offered = model.objects.filter(province=self.province)
        if model is User:
            chosen = getattr(self.instance, f"{name}_id", None)
            offered = (offered.filter(is_active=True) | offered.filter(pk=chosen)).order_by("sort_name", "pk")
            field.label_from_instance = name_and_post
        else:
            offered = offered.order_by("order", "name") if model is Department else offered.order_by("folded")
            field.label_from_instance = name_and_end
        if model is type(self.instance) and self.instance.pk:
            offered = offered.exclude(pk=self.instance.pk)
        field.queryset = offered
        field.widget.attrs["data-picker"] = ""

    def _get_validation_exclusions(self) -> set[str]:
        """The province is not typed, yet what must be unique in it is checked here, not by the database alone."""
        return super()._get_validation_exclusions() - {"province"}

    def finish(self, request: HttpRequest) -> None:
        """What is still to be done or said once the thing is saved."""


def name_and_end(thing: Department | HostUnit) -> str:
    """ "Huyện đoàn Phú Bình (until 30/06/2025)"."""
    if thing.valid_to is None:
        return str(thing)
    return _("%(name)s (until %(day)s)") % {"name": thing, "day": thing.valid_to.strftime("%d/%m/%Y")}


class DepartmentForm(AdministrationForm):
    """A department; a new name can begin on a day, so that older papers keep the old one."""

    renamed_from = forms.DateField(
        label=gettext_lazy("The new name holds from"),
        required=False,
        help_text=gettext_lazy("Only for a new name. Empty: a misspelling is corrected everywhere."),
    )
    sections = (
        (gettext_lazy("Department"), ("name", "renamed_from", "code", "order")),
        (gettext_lazy("Validity"), ("valid_from", "valid_to", "successor")),
    )

    class Meta:
        model = Department
        fields = ("name", "code", "order", "valid_from", "valid_to", "successor")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name_before = self.instance.name
        if not self.instance.pk:
            del self.fields["renamed_from"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("successor") and not cleaned.get("valid_to") and "valid_to" not in self.errors:
            self.add_error("valid_to", _("Give the last day of the department that is merged."))
        onward, seen = cleaned.get("successor"), {self.instance.pk}
        while onward is not None and onward.pk not in seen:
            seen.add(onward.pk)
            onward = onward.successor
        if onward is not None and onward.pk == self.instance.pk:
            self.add_error("successor", _("That department was itself merged into this one."))
        first = cleaned.get("renamed_from")
        if first and cleaned.get("name") == self.name_before:
            self.add_error("renamed_from", _("The name is the same as before."))
        elif first:
            last = self.instance.former_names.order_by("-last_day").first()
            if last and first <= last.last_day + timedelta(days=1):
                self.add_error(
                    "renamed_from",
                    _("The present name began on %(day)s: choose a later day.")
                    % {"day": (last.last_day + timedelta(days=1)).strftime("%d/%m/%Y")},
                )
        return cleaned

    def save(self, commit: bool = True) -> Department:
        first = self.cleaned_data.get("renamed_from")
        if not first:
            return super().save(commit)
        name, self.instance.name = self.instance.name, self.name_before
        self.instance.rename(name, first_day=first)
        return self.instance

    def finish(self, request: HttpRequest) -> None:
        last = self.instance.valid_to
        left = last and self.instance.memberships.between(last + timedelta(days=1), date.max).count()
        if left:
            messages.warning(
                request,
                _("%(count)d people still belong to the department after its last day: move them.")
                % {"count": left},
            )


class DutyForm(AdministrationForm):
    class Meta:
        model = DepartmentDuty
        fields = ("duty", "department", "valid_from", "valid_to")
        help_texts = {
            "duty": gettext_lazy("One department at a time: end the earlier one first when it changes hands.")
        }


class YearRuleForm(AdministrationForm):
    """The rules of a year. A new one makes the year's quarters and holidays."""

    fixed = ("year",)
    even = True
    sections = (
        (
            gettext_lazy("The year and its days"),
            ("year", "required_days", "window_from", "window_to", "cut_off"),
        ),
        (gettext_lazy("What counts"), ("weekends_count", "holidays_count", "away_share")),
        (
            gettext_lazy("Due dates"),
            (
                "opens_before",
                "officer_due_day",
                "department_due_day",
                "committee_due_day",
                "report_due_days",
                "quarter_report_due_days",
                "confirm_days",
            ),
        ),
        (
            gettext_lazy("Of these days, at hosts of one level (empty: none)"),
            tuple(f"at_{level}" for level in Level.values),
        ),
        (gettext_lazy("Legal basis"), ("legal_basis",)),
    )

    class Meta:
        model = YearRule
        exclude = ("province",)
        widgets = {"legal_basis": forms.Textarea({"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = {}
        if self.instance.pk:
            present = dict(self.instance.sub_quotas.values_list("level", "days"))
        else:
            typed = str(self.initial.get("year", ""))
            known = typed.isascii() and typed.isdigit() and len(typed) == 4 and 2010 <= int(typed) <= 2100
            draft = YearRule.draft(self.province, int(typed) if known else self._next_year())
            for name in ("year", "window_from", "window_to", "cut_off"):
                self.initial[name] = getattr(draft, name)
        for level in Level:
            self.fields[f"at_{level}"] = forms.IntegerField(
                label=level.label,
                required=False,
                min_value=1,
                max_value=366,
                initial=present.get(level.value),
            )

    def _next_year(self) -> int:
        taken = set(YearRule.objects.filter(province=self.province).values_list("year", flat=True))
        year = clock.today().year
        while year in taken:
            year += 1
        return year

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.pk is None:
            self._move_dates(cleaned)
        parts = sum(cleaned.get(f"at_{level}") or 0 for level in Level.values)
        if parts > cleaned.get("required_days", parts):
            self.add_error("required_days", _("The days by level are more than the days of the year."))
        return cleaned

    def _move_dates(self, cleaned: dict[str, Any]) -> None:
        """Dates left as the form offered them, for another year, follow the year that was typed; those chosen stay."""
        if year := cleaned.get("year"):
            draft = YearRule.draft(self.province, year)
            for name in ("window_from", "window_to", "cut_off"):
                if cleaned.get(name) == self.initial[name]:
                    cleaned[name] = getattr(draft, name)

    def save(self, commit: bool = True) -> YearRule:
        if self.instance.pk:
            super().save(commit)
        else:
            self.instance.establish()
        for level in Level.values:
            days = self.cleaned_data[f"at_{level}"]
            if days:
                SubQuota.objects.update_or_create(rule=self.instance, level=level, defaults={"days": days})
            else:
                SubQuota.objects.filter(rule=self.instance, level=level).delete()
        return self.instance


class ExemptionForm(AdministrationForm):
    fixed = ("officer",)

    class Meta:
        model = Exemption
        fields = ("officer", "kind", "valid_from", "valid_to", "reason", "decision", "days")
        widgets = {"reason": forms.Textarea({"rows": 2})}
        help_texts = {"valid_to": gettext_lazy("Both days are included.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_to"].required = True


class HolidayForm(AdministrationForm):
    class Meta:
        model = Holiday
        fields = ("date", "name")


class UnitsField(forms.ModelMultipleChoiceField):
    """Units chosen from a list; a number too long for the database names none of them."""

    def clean(self, value: Any) -> Any:
        for text in map(str, value or ()):
            if len(text) > 18:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], "invalid_choice", {"value": text[:20]}
                )
        return super().clean(value)


class HostUnitForm(AdministrationForm):
    sections = (
        (gettext_lazy("Unit"), ("name", "code", "level", "parent")),
        (gettext_lazy("Validity"), ("valid_from", "valid_to", "successors")),
        (gettext_lazy("Contact"), ("contact_name", "contact_phone", "address", "note")),
    )

    class Meta:
        model = HostUnit
        fields = (
            *("name", "code", "level", "parent", "valid_from", "valid_to", "successors"),
            *("contact_name", "contact_phone", "address", "note"),
        )
        field_classes = {"successors": UnitsField}
        help_texts = {"successors": gettext_lazy("The units its area went to, when it ended.")}
        widgets = {"note": forms.Textarea({"rows": 3})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("successors") and not cleaned.get("valid_to") and "valid_to" not in self.errors:
            self.add_error("valid_to", _("Give the last day of the unit that others succeed."))
        return cleaned


class AssignmentForm(AdministrationForm):
    fixed = ("unit",)

    class Meta:
        model = UnitAssignment
        fields = ("unit", "officer", "department", "valid_from", "valid_to")
        help_texts = {"officer": gettext_lazy("Either an officer or a whole department.")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        unit, first = cleaned.get("unit"), cleaned.get("valid_from")
        who = {"officer": cleaned.get("officer"), "department": cleaned.get("department")}
        if unit and first and any(who.values()):
            others = unit.assignments.filter(**who).exclude(pk=self.instance.pk)
            if others.between(first, cleaned.get("valid_to") or date.max).exists():
                self.add_error("valid_from", _("This assignment exists already on some of these days."))
        return cleaned


class WorkbookForm(forms.Form):
    """A list to import; what is in it is checked by ``imports``."""

    file = forms.FileField(
        label=gettext_lazy("Excel workbook (.xlsx)"),
        widget=forms.ClearableFileInput(
            {"accept": f".xlsx,{workbooks.CONTENT_TYPE}", "class": "form-control"}
        ),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > workbooks.MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(most)d MB.") % {"most": workbooks.MOST_BYTES // 1_000_000}
            )
        return file
