"""Forms of one's own account: lending a role to a colleague."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import clock
from .models import DELEGABLE_ROLES, Delegation, RoleGrant, User
from .text import clean


class DayInput(forms.DateInput):
    """A day, typed as d/m/Y or picked."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-datepicker": "", "placeholder": _("dd/mm/yyyy")} | (attrs or {}))


class CleanTextMixin:
    """Whatever keyboard a text came from, it is stored composed and without invisible characters."""

    def clean(self) -> dict[str, Any]:
        super().clean()  # type: ignore[misc]
        for name, value in self.cleaned_data.items():  # type: ignore[attr-defined]
            if isinstance(value, str) and "password" not in name:
                self.cleaned_data[name] = clean(value)  # type: ignore[attr-defined]
        return self.cleaned_data  # type: ignore[attr-defined]


def lendable(grants: QuerySet[RoleGrant]) -> QuerySet[RoleGrant]:
    """Those of ``grants`` that can be exercised by somebody else, today or later."""
    return (
        grants.filter(role__in=DELEGABLE_ROLES)
        .filter(Q(valid_to=None) | Q(valid_to__gte=clock.today()))
        .select_related("department", "province", "user")
        .order_by("user__sort_name", "user", "role", "pk")
    )


class DelegationForm(CleanTextMixin, forms.ModelForm):
    """Lend a role one holds (or, for an administrator, any of ``grants``) to a colleague for a dated period."""

    class Meta:
        model = Delegation
        fields = ("grant", "delegate", "valid_from", "valid_to", "reason")
        labels = {
            "grant": gettext_lazy("Role"),
            "delegate": gettext_lazy("Who stands in"),
            "valid_from": gettext_lazy("First day"),
            "valid_to": gettext_lazy("Last day"),
        }
        help_texts = {
            "valid_to": gettext_lazy("Both days are included."),
            "reason": gettext_lazy("For example: on a field visit from 5 to 12 October."),
        }
        widgets = {"reason": forms.Textarea({"rows": 2})}

    def __init__(self, *args: Any, grants: QuerySet[RoleGrant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grants = lendable(grants)
        colleagues = User.objects.filter(is_active=True, province__in=grants.values("province"))
        if self.instance.pk:
            grants = grants.model.objects.filter(pk=self.instance.grant_id).select_related(
                "department", "user"
            )
            colleagues |= User.objects.filter(pk=self.instance.delegate_id)
            self.fields["grant"].disabled = self.fields["delegate"].disabled = True
        self.fields["grant"].queryset = grants
        self.fields["delegate"].queryset = colleagues.order_by("sort_name", "pk")
        self.fields["delegate"].label_from_instance = name_and_post
        self.fields["delegate"].widget.attrs["data-picker"] = ""
        self.fields["valid_to"].required = True
        if self.instance.pk is None and len(grants) == 1:
            self.initial.setdefault("grant", grants[0].pk)
        for name in ("valid_from", "valid_to"):
            self.fields[name].widget = DayInput()

    def clean_valid_from(self) -> Any:
        """Nobody acted for anybody before it was written down."""
        first = self.cleaned_data["valid_from"]
        if self.instance.pk is None and first < clock.today():
            raise forms.ValidationError(_("This day has passed: a stand-in begins today at the earliest."))
        return first

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        grant, first, last = (cleaned.get(name) for name in ("grant", "valid_from", "valid_to"))
        if grant and last and grant.valid_to and last > grant.valid_to:
            self.add_error(
                "valid_to",
                _("The role itself is held only until %(day)s.")
                % {"day": grant.valid_to.strftime("%d/%m/%Y")},
            )
        if grant and first and first < grant.valid_from:
            self.add_error(
                "valid_from",
                _("The role itself is held only from %(day)s.")
                % {"day": grant.valid_from.strftime("%d/%m/%Y")},
            )
        return cleaned


def name_and_post(person: User) -> str:
    """ "Trần Thị Bình – Chuyên viên": tells two people of one name apart."""
    return f"{person} – {person.post}" if person.post else str(person)
