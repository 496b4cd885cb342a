"""What narrows a report: the fields above its table, the same for the page and the workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Department, User
from fieldvisits.models import KINDS, ContentGroup, HostUnit, Level, Officer, Variance, YearRule
from fieldvisits.models.regime import ROMAN
from fieldvisits.views.papers import number_in

from .base import Asked, Report
from .figures import KIND_LABELS

#: Filters that are only set by following a number; they are shown as something to take away, not as a field.
FOLLOWED = ("officer", "unit", "family", "variance")
#: The kind of days shown when none is chosen: those by which the quota is met.
KIND = "accepted"


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
            found = _choice(_("Days"), [(k, KIND_LABELS[k]) for k in (*KINDS, "adhoc")], "")
            found.choices = found.choices[1:]  # one kind is always chosen: kinds are never mixed
            found.error_messages["invalid_choice"] = _("There is no such kind; accepted days are shown.")
            return found
        case "officer":
            return _object(_("Officer"), Officer.objects.of_year(rule).in_sight_of(reader, rule))
        case "unit":
            return _object(_("Host unit"), HostUnit.objects.visible_to(reader))
        case "family":
            return _object(_("Host unit and those it carries on"), HostUnit.objects.visible_to(reader))
        case "origin":
            origins = [("plan", _("in the quarter's plan")), ("adhoc", _("ad-hoc"))]
            return _choice(_("Agreed to"), origins, _("all"))
        case "variance":
            return _choice(_("Reason"), Variance.choices, _("all"))
        case "by":
            return _choice(_("By"), [("officer", _("officer"))], _("department"))
        case "age":
            return _choice(_("Age, days"), report.choices["age"], _("all"))
        case "step":
            return _choice(_("Step"), report.choices["step"], report.empties.get("step", _("all")))
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
        data = data.copy()
        typed, data["year"] = data.get("year", ""), str(rule.year)
        if not data.get("kind"):
            data["kind"] = KIND
        super().__init__(data)
        self.report, self.reader, self.rule = report, reader, rule
        self.fields["year"] = _choice(gettext_lazy("Year"), [(r.year, r.year) for r in rules], "–", int)
        self.fields["year"].widget.choices = [(r.year, str(r.year)) for r in rules]
        for name in report.filters:
            self.fields[name] = field_of(name, report, reader, rule)
        self.is_valid()
        if typed and number_in(typed) != rule.year:
            self.add_error("year", _("There is no such year; %(year)d is shown.") % {"year": rule.year})
        if "kind" in self.errors:  # the field then shows what the table does
            self.data["kind"] = self.cleaned_data["kind"] = KIND

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

    @property
    def carried(self) -> list[tuple[str, Any]]:
        """What is not shown as a field and goes along: names and values."""
        found = [(name, self.cleaned_data.get(name)) for name in FOLLOWED]
        return [(name, getattr(value, "pk", value)) for name, value in found if value is not None]

    def period(self, asked: Asked) -> str:
        """ "2021", "2021 Quý II": what a file's name says of the time."""
        chosen = [name for name in ("quarter", "month") if name in asked.values]
        parts = [f"{self.fields[name].label} {self._in_words(name, asked.values[name])}" for name in chosen]
        return " ".join([str(asked.rule.year), *parts])

    def _in_words(self, name: str, value: Any) -> str:
        field = self.fields[name]
        choices = dict(field.choices) if isinstance(field, forms.TypedChoiceField) else {}
        return str(choices.get(value, choices.get(str(value), value)))

    def followed(self, asked: Asked) -> list[Followed]:
        return [
            Followed(
                f"{self[name].label}: {self._in_words(name, asked.values[name])}", asked.query(**{name: ""})
            )
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
            label = str(self.fields[name].label)
            parts.append(label if value is True else f"{label}: {self._in_words(name, value)}")
        for name, kept in self.report.empties.items():
            if name not in asked.values:
                parts.append(f"{self.fields[name].label}: {kept}")
        return " · ".join(parts)
