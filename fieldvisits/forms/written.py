"""What is typed into a report: the quarter's, of officers and departments, and the year's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.forms import modelform_factory
from django.utils.functional import Promise

from accounts.powers import Powers

from ..models.written import Written


class TextsForm(forms.ModelForm):
    """The texts of a report, saved by ``write``; ``revision`` is the one the page showed (nonsense counts as none)."""

    revision = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    #: Lines that a text shows at first.
    rows: ClassVar[int] = 5
    #: What a text is to tell, by its name; shown below its title.
    advice: ClassVar[Mapping[str, str | Promise]] = {}
    #: Whether the page is to show, above the form, what is stored where it says something else.
    shows_stored = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["revision"] = self.instance.revision
        for bound in self.texts:
            described = [f"error-{bound.id_for_label}"]
            if bound.name in self.advice:
                bound.field.help_text = self.advice[bound.name]
                described.insert(0, f"advice-{bound.id_for_label}")
            bound.field.widget.attrs |= {
                "class": "form-control",
                "rows": self.rows,
                "aria-describedby": " ".join(described),
            }

    @property
    def texts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.instance.texts]

    def stored(self) -> dict[str, str]:
        """The texts that are kept now, once ``save`` has been refused."""
        return {name: getattr(self.instance, name) for name in self.instance.texts}

    @property
    def elsewhere(self) -> list[tuple[str, str]]:
        """(label, text) of what another window has stored meanwhile, where this one says something else."""
        if not self.shows_stored:
            return []
        stored = self.stored()
        return [
            (bound.label, stored[bound.name] or "…")
            for bound in self.texts
            if self.cleaned_data.get(bound.name, stored[bound.name]) != stored[bound.name]
        ]

    def save(self, commit: bool = True, *, by: Powers | None = None) -> Written:
        """Keep what was typed, as ``by``: PermissionDenied, NotNow, Stale as ``write`` says."""
        typed = {name: self.cleaned_data[name] for name in self.instance.texts if name in self.data}
        self.instance.write(by=by, revision=self.cleaned_data["revision"], **typed)
        return self.instance


def texts_form(report: Written, data: Any = None, form: type[TextsForm] = TextsForm) -> TextsForm:
    """The form of ``report``; the model's own columns are read afresh by ``write``, so nothing typed leaks into it."""
    return modelform_factory(type(report), form=form, fields=report.texts)(data, instance=report)
