"""Step 5: what the head types into a notice, when it went out, and what the unit said."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import User
from accounts.powers import Powers
from accounts.text import clean

from ..models import Answer, HostNotice, Means, NoticeAnswer, NoticeLine, NotNow
from ..models.visits import MOST_DAYS

#: How far ahead a unit may propose other days (days).
FARTHEST = 366

_DAY = {"class": "form-control", "data-datepicker": "", "inputmode": "numeric"}


class NoticeForm(forms.ModelForm):
    """Whom the unit may call, a note to it, and - once the clerk has them - number and date."""

    class Meta:
        model = HostNotice
        fields = ["contact", "contact_phone", "note", "number", "dated"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        notice = self.instance
        members = User.objects.filter(
            Q(memberships__department=notice.department_id, memberships__valid_from__lte=notice.quarter.ends)
            & (Q(memberships__valid_to=None) | Q(memberships__valid_to__gte=notice.quarter.starts)),
            is_active=True,
        )
        people = User.objects.filter(Q(pk__in=members) | Q(pk=notice.contact_id)).order_by("sort_name", "pk")
        self.fields["contact"].queryset = people
        self.fields["contact"].empty_label = None
        for name, kind in (("contact", "form-select"), ("contact_phone", "form-control")):
            self.fields[name].widget.attrs["class"] = kind
        self.fields["contact_phone"].widget.attrs["inputmode"] = "tel"
        self.fields["note"].widget.attrs |= {"class": "form-control", "rows": 3}
        self.fields["number"].widget.attrs["class"] = "form-control"
        self.fields["dated"].widget.attrs |= _DAY

    def clean_dated(self) -> date | None:
        day = self.cleaned_data["dated"]
        if day is not None and abs(day.year - self.instance.quarter.year) > 1:
            raise forms.ValidationError(_("Check the year."))
        return day

    @transaction.atomic
    def save(self, commit: bool = True, *, by: Powers) -> HostNotice:
        """PermissionDenied unless one leads the department; NotNow when a newer notice has replaced this one."""
        self.instance.refuse_unless_led_by(by)
        if HostNotice.objects.select_for_update().get(pk=self.instance.pk).superseded:
            raise NotNow(_("A newer notice has replaced this one."))
        # what else the page had read may have changed meanwhile
        self.instance.save(update_fields=self.Meta.fields)
        return self.instance


class SentForm(forms.Form):
    """When and how the notice went out."""

    sent_on = forms.DateField(label=gettext_lazy("Sent on"), widget=forms.DateInput(attrs=_DAY))
    sent_how = forms.ChoiceField(
        label=gettext_lazy("How"), choices=Means, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sent_how"].choices = [c for c in Means.choices if c[0] != Means.LINK]
        self.initial.setdefault("sent_on", clock.today())

    def clean_sent_on(self) -> date:
        return _within_reach(self.cleaned_data["sent_on"])


def _within_reach(day: date) -> date:
    if day.year < 2000:
        raise forms.ValidationError(_("Check the year."))
    return day


def check_other_days(starts: date | None, ends: date | None) -> tuple[date, date]:
    """The days a unit proposes instead, the last one filled in; ValidationError unless they make sense and lie ahead."""
    if starts is None:
        raise forms.ValidationError(_("Name the first of the other days."))
    ends = ends or starts
    if ends < starts:
        raise forms.ValidationError(_("The last day lies before the first."))
    if starts < clock.today():
        raise forms.ValidationError(_("The other days must lie ahead."))
    if ends - starts >= timedelta(days=MOST_DAYS) or starts > clock.today() + timedelta(days=FARTHEST):
        raise forms.ValidationError(_("Check the other days: at most 31 of them, within a year."))
    return starts, ends


class AnswerForm(forms.Form):
    """What the unit said to one visit - by phone, by message, in person - as the head writes it down."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Answer of the unit"),
        choices=Answer,
        widget=forms.RadioSelect(),
        initial=Answer.AGREED,
    )
    starts = forms.DateField(
        label=gettext_lazy("Proposed from"), required=False, widget=forms.DateInput(attrs=_DAY)
    )
    ends = forms.DateField(
        label=gettext_lazy("Proposed until"), required=False, widget=forms.DateInput(attrs=_DAY)
    )
    on = forms.DateField(
        label=gettext_lazy("Answered on"), required=False, widget=forms.DateInput(attrs=_DAY)
    )
    how = forms.ChoiceField(label=gettext_lazy("How"), widget=forms.Select(attrs={"class": "form-select"}))
    contact_name = forms.CharField(
        label=gettext_lazy("Contact person of the unit"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    contact_phone = forms.CharField(
        label=gettext_lazy("Phone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "tel"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )

    def __init__(self, line: NoticeLine, *args: Any, last: NoticeAnswer | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", f"line-{line.pk}")
        super().__init__(*args, **kwargs)
        self.line = line
        self.fields["how"].choices = [c for c in Means.choices if c[0] != Means.LINK]
        self.initial |= {"how": Means.PHONE, "answer": line.answer or Answer.AGREED, "on": clock.today()}
        if last:
            self.initial |= {"contact_name": last.contact_name, "contact_phone": last.contact_phone}
            if last.answer == Answer.OTHER_DATE:
                self.initial |= {"starts": last.starts, "ends": last.ends}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("contact_name", "contact_phone", "text"):
            data[name] = clean(data.get(name) or "")
        if data.get("answer") == Answer.OTHER_DATE and not {"starts", "ends"} & self.errors.keys():
            try:
                data["starts"], data["ends"] = check_other_days(data.get("starts"), data.get("ends"))
            except forms.ValidationError as problem:
                self.add_error("starts", problem)
        return data

    def save(self, *, by: Powers) -> NoticeAnswer:
        """PermissionDenied unless one leads the department; NotNow when a newer notice has replaced this one."""
        return self.line.notice.record_answer(self.line, by=by, **self.cleaned_data)
