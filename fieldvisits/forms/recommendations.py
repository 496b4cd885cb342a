"""The filters of the register of recommendations, and who is put in charge of one."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Department, Membership, User
from accounts.text import clean, fold

from ..models import Addressee, HostUnit, Quarter, Recommendation
from ..models.regime import RECENT_YEARS
from ..workflow import RECOMMENDATION, RecommendationState
from .plans import DayField

#: Characters of a search that are looked at.
LONGEST = 100


class RegisterFilter(forms.Form):
    """What of the register to show; an address with nonsense in it shows what it can.

    ``family`` comes from the page of a unit: what was recommended there and at the units it carries on.
    """

    q = forms.CharField(required=False, label=gettext_lazy("Words"))
    unit = forms.CharField(required=False, label=gettext_lazy("Host unit"))
    addressee = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Addressed to"),
        choices=[("", gettext_lazy("All")), *Addressee.choices],
    )
    department = forms.ModelChoiceField(
        Department.objects.none(),
        required=False,
        label=gettext_lazy("In charge"),
        empty_label=gettext_lazy("All departments"),
    )
    period = forms.ChoiceField(required=False, label=gettext_lazy("Made in"))
    family = forms.ModelChoiceField(HostUnit.objects.none(), required=False, widget=forms.HiddenInput())
    mine = forms.BooleanField(required=False, label=gettext_lazy("I am in charge"))
    overdue = forms.BooleanField(required=False, label=gettext_lazy("Overdue"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, asked = user, self.data.get("period")
        self.fields["department"].queryset = Department.objects.filter(province=user.province_id).order_by(
            "order", "name"
        )
        self.fields["family"].queryset = HostUnit.objects.visible_to(user)
        periods: list[tuple[str, str]] = [("", _("All quarters"))]
        quarters = Quarter.objects.visible_to(user).order_by("-year", "number")
        for place, (year, of_year) in enumerate(groupby(quarters, key=lambda quarter: quarter.year)):
            periods.append((str(year), _("Year %(year)d") % {"year": year}))
            each = [(f"{year}-{quarter.number}", str(quarter)) for quarter in of_year]
            periods += [(code, label) for code, label in each if place < RECENT_YEARS or code == asked]
        self.fields["period"].choices = periods
        for field in self.fields.values():
            kind = "form-select" if hasattr(field.widget, "choices") else "form-control"
            field.widget.attrs["class"] = (
                "form-check-input" if isinstance(field, forms.BooleanField) else kind
            )
        self.is_valid()

    @property
    def is_filtered(self) -> bool:
        return any(self.cleaned_data.values())

    def narrow(self, recommendations: Any) -> Any:
        """Those of ``recommendations`` that fit; one query more when words are looked for."""
        chosen = self.cleaned_data
        found = recommendations
        if chosen.get("addressee"):
            found = found.filter(addressee=chosen["addressee"])
        if chosen.get("family"):
            found = found.at(chosen["family"])
        if chosen.get("department"):
            found = found.filter(department=chosen["department"])
        if chosen.get("mine"):
            found = found.filter(owner=self.user)
        if chosen.get("overdue"):
            found = found.overdue()
        if chosen.get("period"):
            year, _dash, number = chosen["period"].partition("-")
            found = found.filter(result__visit__quarter__year=int(year))
            if number:
                found = found.filter(result__visit__quarter__number=int(number))
        unit = clean(chosen.get("unit") or "")[:LONGEST]
        if unit:
            named = HostUnit.objects.visible_to(self.user).search(unit)
            found = found.filter(unit__in=named)
        words = fold(clean(chosen.get("q") or "")[:LONGEST]).split()
        if words:
            # accents are ignored, which neither database does in a text; a province has some thousands of them at most
            texts = found.values_list("pk", "text", "answer", "addressee_name")
            fitting = [pk for pk, *said in texts if all(word in fold(" ".join(said)) for word in words)]
            found = recommendations.filter(pk__in=fitting)
        return found


#: The tabs of the register: what is still to be done, each state, everything.
STATES = [
    ("", gettext_lazy("Still open")),
    *((s.code, s.label) for s in RECOMMENDATION.states if s.code != RecommendationState.NOTED),
    ("all", gettext_lazy("All")),
]


class AssignForm(forms.Form):
    """Who follows a recommendation up, and by when; posted to its transition "assign"."""

    department = forms.ModelChoiceField(
        Department.objects.none(), label=gettext_lazy("Department in charge"), empty_label=None
    )
    owner = forms.ChoiceField(required=False, label=gettext_lazy("Person in charge"))
    due = DayField(required=False, label=gettext_lazy("Due on"))

    def __init__(self, *args: Any, recommendation: Recommendation, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="assign-%s", **kwargs)
        departments = (
            Department.objects.filter(province=recommendation.province_id)
            .filter(Q(valid_to=None) | Q(valid_to__gte=clock.today()) | Q(pk=recommendation.department_id))
            .order_by("order", "name")
        )
        self.fields["department"].queryset = departments
        members = (
            Membership.objects.between(clock.today(), clock.today())
            .filter(department__province=recommendation.province_id, user__is_active=True)
            .select_related("user", "department")
            .order_by("department__order", "department__name", "user__sort_name", "user")
        )
        groups: dict[str, list[tuple[int, str]]] = {}
        for member in members:
            groups.setdefault(str(member.department), []).append((member.user_id, str(member.user)))
        known = {pk for people in groups.values() for pk, _name in people}
        choices: list[Any] = [("", _("Nobody yet")), *groups.items()]
        if recommendation.owner_id and recommendation.owner_id not in known:
            choices.insert(1, (recommendation.owner_id, str(recommendation.owner)))
        self.fields["owner"].choices = choices
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-control" if name == "due" else "form-select"
        self.fields["due"].widget = forms.TextInput(
            attrs={"class": "form-control", "data-datepicker": "", "inputmode": "numeric"}
        )


def shown_day(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""
