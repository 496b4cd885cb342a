"""What is typed into the quarter reports of officers and departments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import modelform_factory

from accounts.powers import Powers

from ..models import DepartmentReport, QuarterReport

Report = QuarterReport | DepartmentReport


class TextsForm(forms.ModelForm):
    """The texts of a report, saved by ``write``; ``revision`` is the one the page showed (nonsense counts as none)."""

    revision = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["revision"] = self.instance.revision
        for name in self.instance.texts:
            field = self.fields[name]
            field.widget.attrs |= {
                "class": "form-control",
                "rows": 5,
                "aria-describedby": f"error-{self[name].id_for_label}",
            }

    @property
    def texts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.instance.texts]

    def save(self, commit: bool = True, *, by: Powers | None = None) -> Report:
        """Keep what was typed, as ``by``: PermissionDenied, NotNow, Stale as ``write`` says."""
        typed = {name: self.cleaned_data[name] for name in self.instance.texts if name in self.data}
        self.instance.write(by=by, revision=self.cleaned_data["revision"], **typed)
        return self.instance


def texts_form(report: Report, data: Any = None) -> TextsForm:
    """The form of ``report``; the model's own columns are read afresh by ``write``, so nothing typed leaks into it."""
    form = modelform_factory(type(report), form=TextsForm, fields=report.texts)
    return form(data, instance=report)
