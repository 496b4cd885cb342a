"""What is typed into the annual report."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.powers import Powers

from .models import SECTIONS, AnnualReport

#: What each section is to tell, shown below its title.
ADVICE = {
    "situation": _("The year in the province, the documents issued, how the work was directed and checked."),
    "results": _("What was done, with the main figures; the tables are attached by themselves."),
    "assessment": _("Good points, shortcomings and their causes."),
    "directions": _("What will be done next year."),
    "proposals": _("What is asked of the Central Union and of others."),
}


class SectionsForm(forms.ModelForm):
    """The five sections, saved by ``write``; ``revision`` is the one the page showed."""

    revision = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    class Meta:
        model = AnnualReport
        fields = SECTIONS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["revision"] = self.instance.revision
        for name in SECTIONS:
            field = self.fields[name]
            field.help_text = ADVICE[name]
            field.widget.attrs |= {
                "class": "form-control",
                "rows": 8,
                "aria-describedby": f"advice-id_{name} error-id_{name}",
            }

    @property
    def sections(self) -> list[forms.BoundField]:
        return [self[name] for name in SECTIONS]

    def save(self, commit: bool = True, *, by: Powers | None = None) -> AnnualReport:
        """Keep what was typed, as ``by``: PermissionDenied, NotNow, Stale as ``AnnualReport.write`` says."""
        typed = {name: self.cleaned_data[name] for name in SECTIONS if name in self.data}
        self.instance.write(by=by, revision=self.cleaned_data["revision"], **typed)
        return self.instance
