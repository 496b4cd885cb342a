"""What a host unit fills in through its link: its answer to a notice, and its word on a visit afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.text import clean

from ..models import (
    QUESTIONS,
    Answer,
    HostFeedback,
    HostLink,
    Mark,
    Means,
    NoticeAnswer,
    NoticeLine,
    Visit,
    confirm_presence,
)
from .notices import check_other_days

#: Days as phones send them, and as people type them.
_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]


class _DayInput(forms.DateInput):
    """The phone's own day picker."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"class": "form-control"}, **kwargs)


def _words(label: Any, most: int, **attrs: Any) -> forms.CharField:
    rows = attrs.pop("rows", None)
    widget = (forms.Textarea if rows else forms.TextInput)(
        attrs={"class": "form-control", **({"rows": rows} if rows else {}), **attrs}
    )
    return forms.CharField(label=label, required=False, max_length=most, widget=widget)


class HostAnswerForm(forms.Form):
    """The unit's answer to every visit of its notice that lies ahead: one button for all, or one by one."""

    contact_name = _words(gettext_lazy("Contact person of the unit"), 120, autocomplete="name")
    contact_phone = _words(gettext_lazy("Phone"), 30, autocomplete="tel", inputmode="tel")
    text = _words(gettext_lazy("Note"), 1000, rows=3)

    def __init__(
        self, lines: Sequence[NoticeLine], last: Mapping[int, NoticeAnswer], data: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.lines, self.last = [line for line in lines if line.is_open], last
        self.agrees_to_all = data is not None and "all" in data
        # what the head has written down is the department's own, and not shown to the unit
        own = [said for said in last.values() if said.recorded_by_id is None]
        latest = max(own, key=lambda said: said.pk, default=None)
        for name in ("contact_name", "contact_phone", "text"):
            self.initial[name] = getattr(latest, name, "")
        for line in self.lines:
            said = last.get(line.pk)
            other = said if said and said.answer == Answer.OTHER_DATE else None
            self.fields[f"answer_{line.pk}"] = forms.ChoiceField(
                label=_("Your answer"),
                choices=[
                    (Answer.AGREED, _("We agree")),
                    (Answer.OTHER_DATE, _("Another day, please")),
                    (Answer.REFUSED, _("We cannot receive it")),
                ],
                required=False,
                initial=line.answer,
                widget=forms.RadioSelect(),
            )
            for name, label in (("starts", _("From")), ("ends", _("Until"))):
                self.fields[f"{name}_{line.pk}"] = forms.DateField(
                    label=label,
                    required=False,
                    initial=getattr(other, name, None),
                    input_formats=_FORMATS,
                    widget=_DayInput(),
                )

    def of(self, line: NoticeLine) -> list[forms.BoundField]:
        """The three fields of one visit: answer, other days from, until."""
        return [self[f"{name}_{line.pk}"] for name in ("answer", "starts", "ends")]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("contact_name", "contact_phone", "text"):
            data[name] = clean(data.get(name) or "")
        if not self.lines:
            raise forms.ValidationError(
                _("None of these visits can be answered to any more; please call the contact person.")
            )
        if self.agrees_to_all:
            for line in self.lines:
                data[f"answer_{line.pk}"] = Answer.AGREED
                for name in ("answer", "starts", "ends"):  # whatever stood there, it is all agreed to
                    self.errors.pop(f"{name}_{line.pk}", None)
            return data
        for line in self.lines:
            if data.get(f"answer_{line.pk}") != Answer.OTHER_DATE or f"starts_{line.pk}" in self.errors:
                continue
            try:
                data[f"starts_{line.pk}"], data[f"ends_{line.pk}"] = check_other_days(
                    data.get(f"starts_{line.pk}"), data.get(f"ends_{line.pk}")
                )
            except forms.ValidationError as problem:
                self.add_error(f"starts_{line.pk}", problem)
        if not self.errors and not any(data.get(f"answer_{line.pk}") for line in self.lines):
            raise forms.ValidationError(_("Choose an answer first."))
        return data

    @transaction.atomic
    def save(self, link: HostLink) -> int:
        """Record what is new; the number of visits answered. NotNow when the notice or a visit is no longer open."""
        data, recorded = self.cleaned_data, 0
        about = {name: data[name] for name in ("contact_name", "contact_phone", "text")}
        for line in self.lines:
            answer = data.get(f"answer_{line.pk}")
            if not answer:
                continue
            other = answer == Answer.OTHER_DATE
            days = {name: data.get(f"{name}_{line.pk}") if other else None for name in ("starts", "ends")}
            said = self.last.get(line.pk)
            now = {"answer": answer, **days, **about}
            if said and all(getattr(said, name) == value for name, value in now.items()):
                continue
            link.notice.record_answer(line, by=None, how=Means.LINK, **now)
            recorded += 1
        return recorded


class FeedbackForm(forms.Form):
    """The unit's word on one visit: on which days the officer was there, five questions, a few words.

    No day is ticked beforehand, and no tick at all is no answer: what the unit confirms it has said itself.
    """

    days = forms.MultipleChoiceField(
        label=gettext_lazy("On which days was the officer with you?"),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
    )
    all_days = forms.BooleanField(label=gettext_lazy("On all of these days"), required=False)
    nobody = forms.BooleanField(label=gettext_lazy("Nobody came on any of these days"), required=False)
    text = _words(gettext_lazy("Remarks and wishes"), 2000, rows=4)
    given_by = forms.CharField(
        label=gettext_lazy("Your name and post"),
        max_length=120,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "name"}),
    )

    def __init__(
        self,
        visit: Visit,
        days: Sequence[tuple[date, bool | None]],
        said: HostFeedback | None,
        data: Any = None,
        **kwargs: Any,
    ) -> None:
        """``days`` are those of the visit up to today, each with what the unit has said of it so far."""
        super().__init__(data, prefix=f"visit-{visit.pk}", **kwargs)
        self.visit, self.said = visit, said
        self.fields["days"].choices = [(day.isoformat(), day.strftime("%d/%m/%Y")) for day, _there in days]
        self.initial["days"] = [day.isoformat() for day, there in days if there]
        self.initial["nobody"] = bool(days) and all(there is False for _day, there in days)
        if len(days) < 2:
            del self.fields["all_days"]
        marks = [(mark.value, mark.label) for mark in sorted(Mark, reverse=True)]
        for name, question in QUESTIONS.items():
            self.fields[name] = forms.TypedChoiceField(
                label=question,
                choices=marks,
                coerce=int,
                initial=getattr(said, name, None),
                widget=forms.RadioSelect(),
                error_messages={"required": _("Choose an answer.")},
            )
        if said:
            self.initial |= {"text": said.text, "given_by": said.given_by}

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[name] for name in QUESTIONS]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("text", "given_by"):
            data[name] = clean(data.get(name) or "")
        if not data["given_by"] and "given_by" not in self.errors:
            self.add_error("given_by", _("Tell us who you are."))
        if "days" not in self.errors:
            self._clean_days(data)
        return data

    def _clean_days(self, data: dict[str, Any]) -> None:
        came = bool(data["days"]) or data.get("all_days")
        if came and data["nobody"]:
            self.add_error(
                "days", _("Either somebody came on some of these days, or nobody: tick one of them.")
            )
        elif not came and not data["nobody"]:
            self.add_error("days", _("Tick the days on which the officer was there, or that nobody came."))
        elif data.get("all_days"):
            data["days"] = [day for day, _text in self.fields["days"].choices]

    def save(self, link: HostLink) -> HostFeedback:
        """NotNow before the visit has begun, or when it is no longer the notice's."""
        data = {n: value for n, value in self.cleaned_data.items() if n not in ("all_days", "nobody")}
        days = [date.fromisoformat(day) for day in data.pop("days")]
        return confirm_presence(link, self.visit, days, **data)
