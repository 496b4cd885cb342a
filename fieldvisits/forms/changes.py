"""Step 4: asking for a change of an approved visit, and registering a visit nobody planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Membership, Role, User
from accounts.powers import powers_in

from ..models import (
    AdHocRequest,
    AgreedHow,
    ChangeKind,
    ChangeRequest,
    ContentGroup,
    HostUnit,
    NoticeAnswer,
    Visit,
)
from .plans import DayField, TextField, numbers_in

#: Longest reason (characters), as the column holds it.
LONGEST_REASON = ChangeRequest._meta.get_field("reason").max_length


def day_text(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


class _VisitForm(forms.Form):
    """Dates and unit of a visit as typed; a unit of another province is as if it did not exist."""

    starts = DayField(
        label=gettext_lazy("From"), error_messages={"required": gettext_lazy("Enter the first day.")}
    )
    ends = DayField(label=gettext_lazy("Until"), required=False)
    unit = forms.CharField(
        label=gettext_lazy("Host unit"), error_messages={"required": gettext_lazy("Choose the host unit.")}
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.prepare()
        for name in ("starts", "ends"):
            self.fields[name].widget.attrs |= {
                "data-datepicker": "",
                "inputmode": "numeric",
                "placeholder": "05/10/2026",
            }
        for name, bound in self.fields.items():
            widget = bound.widget
            if isinstance(widget, (forms.Select,)) and not isinstance(widget, forms.RadioSelect):
                widget.attrs.setdefault("class", "form-select")
            elif not isinstance(widget, (forms.RadioSelect, forms.CheckboxInput)):
                widget.attrs.setdefault("class", "form-control")
            widget.attrs.setdefault("aria-describedby", f"error-{name}")
        for name in self.errors if self.is_bound else ():
            if name in self.fields:
                self.mark(name)

    def prepare(self) -> None:
        """What a form's fields still need before anything is checked."""

    def mark(self, name: str) -> None:
        """Show the field as wrong."""
        attrs = self.fields[name].widget.attrs
        attrs["aria-invalid"] = "true"
        if "is-invalid" not in attrs.get("class", ""):
            attrs["class"] = f"{attrs.get('class', '')} is-invalid".strip()

    def clean_unit(self) -> HostUnit | None:
        text = self.cleaned_data["unit"]
        if not text:
            return None
        return self.unit_named(text) or self._no_such_unit()

    def _no_such_unit(self) -> HostUnit:
        raise ValidationError(_("There is no such unit. Choose one from the list."))

    def unit_named(self, text: str) -> HostUnit | None:
        """The unit of one's own province that ``text`` names by its id."""
        wanted = numbers_in(text)[:1]
        units = HostUnit.objects.visible_to(self.user).filter(pk__in=wanted)
        return units.prefetch_related("successors").first()

    @cached_property
    def shown_unit(self) -> HostUnit | None:
        """The unit the picker shows: as typed, else as it was at first."""
        return self.unit_named(str(self["unit"].value() or ""))

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        starts, unit = values.get("starts"), values.get("unit")
        if starts and not values.get("ends") and "ends" not in self.errors:
            values["ends"] = starts  # a day's visit
        ends = values.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", _("The visit cannot end before it starts."))
        elif starts and ends and unit and (problem := unit.why_not_between(starts, ends)):
            self.add_error("unit", problem)
        return values

    def refuse(self, error: ValidationError | Exception, otherwise: str | None = None) -> None:
        """Put what the model says at its field: a ValidationError where it points, anything else at ``otherwise`` (or on top)."""
        if not isinstance(error, ValidationError) or not hasattr(error, "error_dict"):
            said = error.messages if isinstance(error, ValidationError) else [str(error)]
            found = {otherwise: said}
        else:
            found = {name: [str(m) for m in e] for name, e in error.message_dict.items()}
        for name, said in found.items():
            place = name if name in self.fields else None
            for sentence in said:
                self.add_error(place, sentence[:1].upper() + sentence[1:])
            if place:
                self.mark(place)

    def come_too_late(self, why_not: str) -> None:
        """Say why nothing can be sent any more - another window was first; what was typed stays in the form."""
        self.full_clean()
        self.add_error(None, why_not)
        self.add_error(None, _("Nothing has been sent. Everything you typed is still here."))


class ChangeForm(_VisitForm):
    """What an officer asks for: other days, another unit, or to cancel the visit; and why."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is asked for"),
        choices=ChangeKind.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose what is asked for.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Give the reason: whoever decides needs to know why.")},
    )

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        self.visit = visit
        super().__init__(*args, **kwargs)

    def _clean_fields(self) -> None:
        if self.data.get("kind") == ChangeKind.CANCEL:  # then it has neither days nor unit
            for name in ("starts", "ends", "unit"):
                self.fields[name].required = False
        super()._clean_fields()

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("kind") == ChangeKind.CANCEL:
            for name in ("starts", "ends", "unit"):
                self.errors.pop(name, None)
                values[name] = None
        return values

    def request(self) -> ChangeRequest | None:
        """The request as far as it is typed, to say who would decide on it; None while days or unit are missing."""
        kind = str(self["kind"].value())
        change = ChangeRequest(
            visit=self.visit,
            kind=kind,
            was_starts=self.visit.starts,
            was_ends=self.visit.ends,
            was_unit=self.visit.unit,
        )
        if kind == ChangeKind.CANCEL:
            return change
        starts, ends = (_day_of(self[name].value()) for name in ("starts", "ends"))
        change.starts, change.ends, change.unit = starts, ends or starts, self.shown_unit
        return change if change.starts and change.unit else None

    def ask(self) -> ChangeRequest:
        """Send it; raises what ``ChangeRequest.objects.ask`` raises."""
        return ChangeRequest.objects.ask(self.visit, by=self.user.powers, **self.cleaned_data)


def _day_of(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return DayField(required=False).clean(value)
    except ValidationError:
        return None


def first_change(
    visit: Visit, answer: NoticeAnswer | None, returned: ChangeRequest | None, asked: Mapping[str, str]
) -> dict[str, Any]:
    """What the form shows at first: the visit as it stands; over it the request that was returned, the other days the unit has
    named, what the address says (the page asks again while one types)."""
    shown: dict[str, Any] = {
        "kind": ChangeKind.RESCHEDULE,
        "starts": day_text(visit.starts),
        "ends": day_text(visit.ends),
        "unit": visit.unit_id,
    }
    if returned is not None:
        shown |= {"kind": returned.kind, "reason": returned.reason}
        if returned.starts:
            shown |= {
                "starts": day_text(returned.starts),
                "ends": day_text(returned.ends),
                "unit": returned.unit_id,
            }
    if answer is not None:
        shown |= {
            "starts": day_text(answer.starts),
            "ends": day_text(answer.ends),
            "reason": _reason_from(answer.text),
        }
    return shown | {name: asked[name] for name in ("kind", "starts", "ends", "unit") if name in asked}


def _reason_from(note: str) -> str:
    """The reason of a change the unit asked for, with its ``note`` as far as there is room; in one line, since a browser sends each
    line's end as two characters."""
    if not note:
        return _("The unit asks for other days.")
    reason = _("The unit asks for other days: %(text)s") % {"text": " ".join(note.split())}
    return Truncator(reason).chars(LONGEST_REASON)


class ColleaguesField(forms.ModelMultipleChoiceField):
    """People chosen by their ids; what can be no id at all is nobody."""

    def clean(self, value: Any) -> Any:
        typed = [str(one) for one in value or ()]
        if any(len(numbers_in(one)) != 1 for one in typed):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class AdHocForm(_VisitForm):
    """A visit outside the plan, short enough for a phone; with who agreed to it when it begins today or has begun."""

    group = forms.TypedChoiceField(
        label=gettext_lazy("Content group"),
        coerce=int,
        choices=[("", gettext_lazy("Choose…")), *ContentGroup.choices],
        error_messages={
            "required": gettext_lazy("Choose the content group."),
            "invalid_choice": gettext_lazy("Choose one of the four content groups."),
        },
    )
    content = TextField("content")
    expected = TextField("expected")
    companions = ColleaguesField(
        User.objects.none(),
        required=False,
        label=gettext_lazy("Companions"),
        error_messages={"invalid_choice": gettext_lazy("Somebody named here is no colleague of yours.")},
    )
    agreed_by = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label=gettext_lazy("Who agreed"),
        empty_label=gettext_lazy("Nobody yet"),
        error_messages={"invalid_choice": gettext_lazy("Choose a member of the Standing Committee.")},
    )
    agreed_on = DayField(required=False, label=gettext_lazy("On"))
    agreed_time = forms.TimeField(
        required=False,
        label=gettext_lazy("At"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": gettext_lazy("Type the time like 14:30.")},
    )
    agreed_how = forms.ChoiceField(
        required=False,
        label=gettext_lazy("How"),
        choices=AgreedHow.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose how it was agreed.")},
    )

    def __init__(self, *args: Any, request: AdHocRequest | None = None, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        content, expected = self.fields["content"], self.fields["expected"]
        content.label, expected.label = _("What for"), _("Expected result")
        content.widget, expected.widget = (forms.Textarea(attrs={"rows": 2}) for _n in range(2))
        content.required = True
        content.error_messages["required"] = _("Say what the visit is for.")
        self.fields["companions"].queryset = colleagues_of(self.user)
        self.fields["companions"].widget.attrs |= {"data-picker": "", "data-placeholder": _("Choose…")}
        self.fields["agreed_by"].queryset = members_for(self.user)
        self.fields["agreed_on"].widget.attrs |= {"data-datepicker": "", "inputmode": "numeric"}

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        starts, who = values.get("starts"), values.get("agreed_by")
        values["agreed_at"] = None
        if who is None:
            if starts and starts < clock.today() and "agreed_by" not in self.errors:
                self.add_error(
                    "agreed_by",
                    _(
                        "The visit has begun: say which member of the Standing Committee agreed to it, when and how."
                    ),
                )
            elif values.get("agreed_time") and "agreed_by" not in self.errors:
                self.add_error("agreed_by", _("Say who agreed."))
            values["agreed_how"] = ""
        else:
            self._clean_agreement(values)
        return values

    def _clean_agreement(self, values: dict[str, Any]) -> None:
        day, at = values.get("agreed_on"), values.get("agreed_time")
        if day is None and "agreed_on" not in self.errors:
            self.add_error("agreed_on", _("Say on which day."))
        if at is None and "agreed_time" not in self.errors:
            self.add_error("agreed_time", _("Say at what time."))
        if not values.get("agreed_how") and "agreed_how" not in self.errors:
            self.add_error("agreed_how", _("Say how it was agreed."))
        if day is not None and at is not None:
            values["agreed_at"] = timezone.make_aware(datetime.combine(day, at))

    def refuse(self, error: ValidationError | Exception, otherwise: str | None = None) -> None:
        """What is wrong with the moment stands at its time."""
        if isinstance(error, ValidationError) and "agreed_at" in getattr(error, "error_dict", ()):
            error = ValidationError({"agreed_time": error.message_dict["agreed_at"]})
        super().refuse(error, otherwise)

    @property
    def begins_later(self) -> bool:
        """Whether the first day as typed still lies ahead: then consent is asked for in the ordinary way."""
        starts = _day_of(self["starts"].value())
        return starts is not None and starts > clock.today() and not self["agreed_by"].value()

    @property
    def asks_who_agreed(self) -> bool:
        """Whether the question who agreed stands open: the visit has begun, or something is typed or wrong there."""
        starts = _day_of(self["starts"].value())
        begun = starts is not None and starts < clock.today()
        named = ("agreed_by", "agreed_on", "agreed_time", "agreed_how")
        return begun or bool(self["agreed_by"].value()) or any(self[name].errors for name in named)

    def send(self) -> AdHocRequest:
        """Register it, or send the returned one again; raises what the model raises."""
        values = {n: v for n, v in self.cleaned_data.items() if n not in ("agreed_on", "agreed_time")}
        if self.request is None:
            return AdHocRequest.objects.ask(self.user, by=self.user.powers, **values)
        self.request.correct(by=self.user.powers, **values)
        return self.request


def first_adhoc(asked: Mapping[str, str], request: AdHocRequest | None = None) -> dict[str, Any]:
    """What the form shows at first: today - or the request that was returned; over it what the address says."""
    today = day_text(clock.today())
    shown: dict[str, Any] = {
        "starts": today,
        "ends": today,
        "agreed_on": today,
        "agreed_how": AgreedHow.PHONE,
    }
    if request is not None:
        shown |= _as_returned(request)
    return shown | {name: asked[name] for name in ("starts", "ends", "unit") if name in asked}


def _as_returned(request: AdHocRequest) -> dict[str, Any]:
    visit = request.visit
    shown: dict[str, Any] = {
        "starts": day_text(visit.starts),
        "ends": day_text(visit.ends),
        "unit": visit.unit_id,
        "group": visit.group,
        "content": visit.content,
        "expected": visit.expected,
        "companions": [person.pk for person in visit.companions.all()],
    }
    if request.agreed_by_id:
        at = timezone.localtime(request.agreed_at)
        shown |= {
            "agreed_by": request.agreed_by_id,
            "agreed_on": day_text(at.date()),
            "agreed_time": time(at.hour, at.minute),
            "agreed_how": request.agreed_how,
        }
    return shown


def colleagues_of(user: User) -> Any:
    """Who may go along: people of the province's departments today, by given name, without oneself."""
    people = User.objects.filter(
        province=user.province_id,
        is_active=True,
        memberships__in=Membership.objects.on(clock.today()),
    )
    return people.exclude(pk=user.pk).distinct().order_by("sort_name", "pk")


def members_for(user: User) -> Any:
    """Who can have agreed by word of mouth: members of the province's Standing Committee today, without oneself."""
    members: Iterable[int] = [
        powers.user.pk
        for powers in powers_in(user.province, Role.COMMITTEE)
        if any(h.on_behalf_of is None for h in powers.holdings)
    ]
    return User.objects.filter(pk__in=members).exclude(pk=user.pk).order_by("sort_name", "pk")
