"""What the list of host units can be narrowed to."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.text import clean

from ..models import Level


class SearchField(forms.CharField):
    """A few words to search for, whatever keyboard or clipboard they came from."""

    widget = forms.TextInput(attrs={"type": "search"})

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value))


class UnitFilter(forms.Form):
    """Search words, a level, an order, and whether units that no longer exist are shown too."""

    q = SearchField(required=False, label=gettext_lazy("Name or code"))
    level = forms.ChoiceField(required=False, label=gettext_lazy("Level"))
    sort = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Order"),
        choices=[
            ("", gettext_lazy("By level and name")),
            ("last", gettext_lazy("Never visited first")),
        ],
    )
    former = forms.BooleanField(required=False, label=gettext_lazy("Former units too"))

    def __init__(self, *args: Any, shows_visits: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [("", _("All levels")), *Level.choices]
        for name, css in (("q", "form-control"), ("level", "form-select"), ("sort", "form-select")):
            self.fields[name].widget.attrs["class"] = css
        self.fields["former"].widget.attrs["class"] = "form-check-input"
        if not shows_visits:
            del self.fields["sort"]

    def chosen(self, name: str) -> Any:
        """The choice, or None where nothing sensible is chosen."""
        self.is_valid()
        return self.cleaned_data.get(name) or None
