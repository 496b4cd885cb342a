"""What members type in a meeting of the Standing Committee (step 3): a verdict on a line, a return, the record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.powers import Powers
from accounts.text import clean

from ..models import Decision, HostUnit, LineDecision, Verdict, Visit

#: Posted instead of a verdict to take a mark back.
CLEAR = "clear"


class VerdictForm(forms.Form):
    """A verdict on a line with its reason and, when it is amended, its new days and unit; prefilled with the line's own.

    ``opened`` says which panel is shown open: strike, amend, or none.
    """

    verdict = forms.ChoiceField(choices=[*Verdict.choices, (CLEAR, CLEAR)])
    starts = forms.DateField(label=_("From"), required=False, widget=forms.DateInput)
    ends = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput)
    unit = forms.ModelChoiceField(HostUnit.objects.none(), label=_("Host unit"), required=False)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=1000)

    def __init__(
        self,
        decision: Decision,
        line: Visit,
        mark: LineDecision | None = None,
        data: QueryDict | None = None,
        opened: str = "",
    ) -> None:
        super().__init__(data, auto_id=f"line-{line.pk}-%s", use_required_attribute=False)
        self.decision, self.line, self.mark = decision, line, mark
        self.opened = opened
        if data and data.get("verdict") in (Verdict.STRIKE, Verdict.AMEND):
            self.opened = data["verdict"]
        source = mark if mark and mark.verdict == Verdict.AMEND else line
        self.initial = {
            "starts": source.starts,
            "ends": source.ends,
            "unit": source.unit,
            "reason": mark.reason if mark else "",
        }
        self.fields["unit"].queryset = HostUnit.objects.filter(province=decision.province_id)
        quarter = decision.quarter
        for name in ("starts", "ends"):
            self.fields[name].widget.attrs = {
                "class": "form-control",
                "data-datepicker": True,
                "data-min": f"{quarter.starts:%d/%m/%Y}",
                "data-max": f"{quarter.ends:%d/%m/%Y}",
                "size": 10,
                "maxlength": 20,
            }

    @property
    def unit_shown(self) -> HostUnit | None:
        """The unit the picker starts with: the one typed, if there is such a one."""
        typed = self["unit"].value()
        if isinstance(typed, HostUnit):
            return typed
        text = str(typed or "")
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            return self.line.unit
        return self.fields["unit"].queryset.filter(pk=int(text)).first() or self.line.unit

    @property
    def reason_shown(self) -> str:
        return self["reason"].value() or ""

    @property
    def problems(self) -> list[str]:
        """Every reason why it was refused, for people."""
        return [str(text) for texts in self.errors.values() for text in texts] if self.is_bound else []

    def save(self, *, by: Powers, seen: int | None) -> bool:
        """Mark the line, or take its mark back; False, with the reason among the errors, when it cannot be carried out."""
        typed: dict[str, Any] = dict(self.cleaned_data)
        verdict = typed.pop("verdict")
        if verdict == CLEAR:
            self.decision.clear_line(self.line, by=by, seen=seen)
            return True
        if verdict == Verdict.AGREE:
            typed = {}
        try:
            self.decision.decide_line(self.line, verdict, by=by, seen=seen, **typed)
        except ValidationError as refused:
            for name, texts in refused.message_dict.items():
                self.add_error(name if name in self.fields else None, texts)
            return False
        return True

    def refuse(self, why: str) -> None:
        """Show ``why`` at the line, with everything typed."""
        self.add_error(None, why)

    def clean(self) -> dict[str, Any]:
        # agreeing and taking back look at nothing that is typed
        if self.cleaned_data.get("verdict") in (Verdict.AGREE, CLEAR):
            self._errors.clear()
            return {"verdict": self.cleaned_data["verdict"]}
        return self.cleaned_data


class CommentField(forms.CharField):
    """Words for a reader: invisible characters alone are none."""

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value))


class ReturnForm(forms.Form):
    """Why a paper is returned."""

    comment = CommentField(
        label=_("Comment"),
        max_length=1000,
        error_messages={"required": _("Write a comment: the reader needs to know why.")},
    )


class RecordForm(forms.ModelForm):
    """The record of a meeting as far as it is typed: of a saved draft only the fields that were posted."""

    class Meta:
        model = Decision
        fields = ("meeting_on", "number", "conclusion")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            for name in [name for name in self.fields if name not in self.data]:
                del self.fields[name]
        attrs = {
            "meeting_on": {"data-datepicker": True, "size": 10, "maxlength": 20},
            "number": {"size": 14, "maxlength": 60, "autocomplete": "off"},
            "conclusion": {"rows": 1, "maxlength": 4000},
        }
        for name, bound in self.fields.items():
            bound.widget.attrs |= {"class": "form-control", "id": f"record-{name}"} | attrs[name]

    def seen(self) -> dict[str, str]:
        """The fingerprints of the fields as the page showed them."""
        return {name: self.data[f"was_{name}"] for name in self.fields if f"was_{name}" in self.data}

    def save(self, *, by: Powers) -> None:  # type: ignore[override]
        """Keep what was typed (Stale when somebody else has typed something else meanwhile)."""
        decision = Decision.objects.get(pk=self.instance.pk)
        typed = {name: self.cleaned_data[name] for name in self.fields}
        decision.note_record(typed, by=by, seen=self.seen())
        self.instance = decision
