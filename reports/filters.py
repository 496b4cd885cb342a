"""What narrows a report: the fields above its table, the same for the page and the workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Department, User
from fieldvisits.models import KINDS, ContentGroup, HostUnit, Level, Officer, YearRule
from fieldvisits.models.regime import ROMAN

from .base import Asked, Report
from .figures import KIND_LABELS

#: Filters that are only set by following a number; they are shown as something to take away, not as a field.
FOLLOWED = ("officer", "unit")


def _number(value: str) -> int | None:
    return int(value) if value else None


def _choice(label: Any, choices: Any, empty: Any, to: Callable[[str], Any] = str) -> forms.Field:
    return forms.TypedChoiceField(
        label=label,
        choices=[("", empty), *choices],
        coerce=to,
        empty_value=None,
        required=False,
        widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
        error_messages={"invalid_choice": _("There is no such choice; everything is shown.")},
    )


def _object(label: Any, found: Any, empty: Any = None) -> forms.Field:
    return forms.ModelChoiceField(
        found,
        label=label,
        empty_label=empty,
        required=False,
        widget=forms.Select(attrs={"class": "form-select form-select-sm"}) if empty else forms.HiddenInput(),
        error_messages={"invalid_choice": _("There is no such choice; everything is shown.")},
    )


def field_of(name: str, report: type[Report], reader: User, rule: YearRule) -> forms.Field:
    """The field of the filter ``name``; a person may only choose what they can see."""
    province = rule.province_id
    match name:
        case "quarter":
            return _choice(_("Quarter"), enumerate(ROMAN, start=1), _("whole year"), int)
        case "department":
            found = Department.objects.filter(province=province).order_by("order", "name")
            return _object(_("Department"), found, _("all"))
        case "status":
            return _choice(_("Status"), report.statuses, _("all"))
        case "group":
            return _choice(_("Content group"), ContentGroup.choices, _("all"), int)
        case "level":
            return _choice(_("Level"), Level.choices, _("all"))
        case "month":
            return _choice(_("Month"), [(n, n) for n in range(1, 13)], _("all"), int)
        case "kind":
            return _choice(_("Days"), [(k, KIND_LABELS[k]) for k in (*KINDS, "adhoc")], _("accepted"))
        case "officer":
            return _object(_("Officer"), Officer.objects.of_year(rule).in_sight_of(reader, rule))
        case "unit":
            return _object(_("Host unit"), HostUnit.objects.visible_to(reader))
        case "rolled":
            return forms.BooleanField(
                label=_("roll up successors"),
                required=False,
                widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
            )
    raise LookupError(name)


@dataclass(frozen=True)
class Followed:
    """A narrowing one came with: its words, and the query without it."""

    label: str
    query: str


class ReportFilter(forms.Form):
    """The filters of ``report`` for a reader; a value that is not offered is named and narrows nothing."""

    def __init__(
        self, data: Any, *, report: type[Report], reader: User, rule: YearRule, rules: list[YearRule]
    ) -> None:
        super().__init__(data)
        self.reader, self.rule = reader, rule
        self.fields["year"] = _choice(gettext_lazy("Year"), [(r.year, r.year) for r in rules], "–", int)
        self.fields["year"].widget.choices = [(r.year, str(r.year)) for r in rules]
        for name in report.filters:
            self.fields[name] = field_of(name, report, reader, rule)
        self.is_valid()

    def asked(self) -> Asked:
        values = {
            name: self.cleaned_data[name]
            for name in self.fields
            if name != "year" and self.cleaned_data.get(name) not in (None, "", False)
        }
        return Asked(self.reader, self.rule, values, self.data.get("sort", "")[:40])

    @property
    def shown(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in FOLLOWED]

    def followed(self, asked: Asked) -> list[Followed]:
        return [
            Followed(f"{self[name].label}: {asked.values[name]}", asked.query(**{name: ""}))
            for name in FOLLOWED
            if name in asked.values
        ]

    @property
    def problems(self) -> list[str]:
        """A sentence for each value that was not understood."""
        return [
            f"{self.fields[name].label}: {' '.join(map(str, errors))}" for name, errors in self.errors.items()
        ]

    def in_words(self, asked: Asked) -> str:
        """ "Năm 2021 · Quý: II · Ban: Ban Phong trào": what the workbook says it holds."""
        parts = [_("Year %(year)d") % {"year": asked.rule.year}]
        for name, value in asked.values.items():
            field = self.fields[name]
            choices = dict(field.choices) if isinstance(field, forms.TypedChoiceField) else {}
            parts.append(
                str(field.label)
                if value is True
                else f"{field.label}: {choices.get(value, choices.get(str(value), value))}"
            )
        return " · ".join(parts)
