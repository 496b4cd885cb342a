"""What an officer types into a line of the plan (step 1), and what is kept of it.

Everything typed survives: what is understood goes into the line's columns, what is not stays in ``Visit.unparsed`` word for
word and comes back with the reason at its field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import prefetch_related_objects
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.text import clean, too_long

from ..models import ContentGroup, HostUnit, NotNow, OfficerPlan, Quarter, Visit
from ..workflow import VisitState

FIELDS = ("starts", "ends", "unit", "group", "content", "expected", "companions", "note")
#: Longest text that is kept although it does not fit its column (characters); longer is refused and stays on the screen.
MOST_KEPT = 20_000

Typed = dict[str, str]


def typed_in(post: QueryDict) -> Typed:
    """The fields of a line as they were posted; companions as numbers joined by commas."""
    typed = {name: post.get(name, "") for name in FIELDS if name != "companions"}
    typed["companions"] = ",".join(post.getlist("companions"))
    return {name: clean(text.replace("\r\n", "\n")) for name, text in typed.items()}


def typed_of(line: Visit) -> Typed:
    """The fields of a line as its page shows them: what is stored, and over it what could not be understood."""
    stored = {
        "starts": _day(line.starts),
        "ends": _day(line.ends),
        "unit": str(line.unit_id or ""),
        "group": str(line.group or ""),
        "content": line.content,
        "expected": line.expected,
        "companions": ",".join(str(person.pk) for person in line.companions.all()),
        "note": line.note,
    }
    return stored | {name: str(text) for name, text in line.unparsed.items() if name in stored}


def _day(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


def numbers_in(text: str) -> list[int]:
    """The ids in "3,14"; whatever is none is left out."""
    return [int(part) for part in text.split(",") if part.isascii() and part.isdigit() and len(part) < 19]


def units_of(
    typed: Iterable[Typed], quarter: Quarter, known: Iterable[HostUnit | None] = ()
) -> dict[int, HostUnit]:
    """The units of the province that ``typed`` lines name, with their successors; two queries, one when all are ``known``."""
    wanted = {pk for line in typed for pk in numbers_in(line["unit"])}
    units = {unit.pk: unit for unit in known if unit and unit.pk in wanted}
    if missing := wanted - units.keys():
        found = HostUnit.objects.filter(province=quarter.province_id, pk__in=missing)
        units |= {unit.pk: unit for unit in found}
    prefetch_related_objects(list(units.values()), "successors")
    return units


def colleagues_of(plan: OfficerPlan) -> dict[int, User]:
    """Who may go along: people of the province's departments in the quarter, by given name, without the officer."""
    people = {membership.user_id: membership.user for membership in plan.memberships_of_quarter}
    return {pk: person for pk, person in people.items() if pk != plan.officer_id}


class DayField(forms.DateField):
    """A day typed as 05/10/2026; what is none is named in the message."""

    def to_python(self, value: Any) -> date | None:
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            shown = str(value)[:40]
            raise forms.ValidationError(
                _("“%(text)s” is not a day. Type it like 05/10/2026.") % {"text": shown}
            ) from error


def day_in(text: str) -> date | None:
    """The day typed in ``text``, None when it is none."""
    try:
        return DayField(required=False).clean(clean(text))
    except forms.ValidationError:
        return None


class TextField(forms.CharField):
    """Text for a column of limited length; says by how much it is too long."""

    def __init__(self, column: str) -> None:
        self.most = Visit._meta.get_field(column).max_length
        super().__init__(required=False)

    def validate(self, value: str) -> None:
        super().validate(value)
        if sentence := too_long(value, self.most):
            raise forms.ValidationError(sentence)


class LineForm(forms.Form):
    """One line as typed. ``units`` and ``colleagues`` are what may be chosen; anything else is as if it did not exist."""

    starts = DayField(required=False)
    ends = DayField(required=False)
    unit = forms.CharField(required=False)
    group = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", ""), *ContentGroup.choices],
        error_messages={"invalid_choice": gettext_lazy("Choose one of the four content groups.")},
    )
    content = TextField("content")
    expected = TextField("expected")
    companions = forms.CharField(required=False)
    note = TextField("note")

    def __init__(
        self,
        typed: Mapping[str, str],
        quarter: Quarter,
        units: Mapping[int, HostUnit],
        colleagues: Mapping[int, User],
    ) -> None:
        super().__init__(dict(typed))
        self.quarter, self.units, self.colleagues = quarter, units, colleagues

    def clean_starts(self) -> date | None:
        return self._in_quarter(self.cleaned_data["starts"])

    def clean_ends(self) -> date | None:
        return self._in_quarter(self.cleaned_data["ends"])

    def _in_quarter(self, day: date | None) -> date | None:
        if day and not self.quarter.starts <= day <= self.quarter.ends:
            raise forms.ValidationError(
                _("%(day)s is not in %(quarter)s (%(first)s – %(last)s).")
                % {
                    "day": _day(day),
                    "quarter": self.quarter,
                    "first": _day(self.quarter.starts),
                    "last": _day(self.quarter.ends),
                }
            )
        return day

    def clean_unit(self) -> HostUnit | None:
        text = self.cleaned_data["unit"]
        if not text:
            return None
        unit = next((self.units[pk] for pk in numbers_in(text) if pk in self.units), None)
        if unit is None:
            raise forms.ValidationError(_("There is no such unit. Choose one from the list."))
        return unit

    def clean_companions(self) -> list[User]:
        text = self.cleaned_data["companions"]
        wanted = numbers_in(text)
        known = [self.colleagues[pk] for pk in wanted if pk in self.colleagues]
        if text and len(known) < len(text.split(",")):
            raise forms.ValidationError(_("Somebody named here is no colleague of yours in this quarter."))
        return known

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        starts, ends, unit = values.get("starts"), values.get("ends"), values.get("unit")
        if starts and ends and ends < starts:
            self.add_error("ends", _("The visit cannot end before it starts."))
            ends = None
        if unit and (starts or ends):
            problem = unit.why_not_between(starts or ends, ends or starts)
            if problem:
                self.add_error("unit", problem)
        return values

    @property
    def first_errors(self) -> dict[str, str]:
        """One sentence for each field that could not be understood."""
        return {name: str(errors[0]) for name, errors in self.errors.items()}

    def too_long_to_keep(self) -> dict[str, str]:
        """Sentences for texts so long that they are refused rather than kept."""
        return {name: self.first_errors.get(name, "") for name in FIELDS if len(self.data[name]) > MOST_KEPT}

    def store(self, line: Visit) -> bool:
        """Put what was understood into ``line`` and keep the rest as typed; whether anything changed (saved then).

        NotNow for a line its department has struck: it must be proposed again first.
        """
        if line.state != VisitState.PLANNED:
            raise NotNow(_("The department has struck this line; propose it again first."))
        unparsed = {name: self.data[name] for name in self.errors}
        empty: dict[str, Any] = {"content": "", "expected": "", "note": ""}
        values = {
            name: self.cleaned_data.get(name, empty.get(name)) for name in FIELDS if name != "companions"
        }
        if "companions" in self.errors:
            people = [p for pk in numbers_in(self.data["companions"]) if (p := self.colleagues.get(pk))]
        else:
            people = self.cleaned_data["companions"]
        before = {person.pk for person in line.companions.all()}
        same_people = before == {person.pk for person in people}
        if (
            same_people
            and unparsed == line.unparsed
            and all(getattr(line, name) == value for name, value in values.items())
        ):
            return False
        moved = (line.starts, line.ends) != (values["starts"], values["ends"])
        for name, value in values.items():
            setattr(line, name, value)
        line.unparsed = unparsed
        line.revision += 1
        line.save()
        if not same_people:
            line.companions.set(people)
        if moved:
            line.write_days()
        return True
