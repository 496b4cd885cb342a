"""What an administrator types in about a person: who they are, how they sign in, where they work, what they may do."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from allauth.account.forms import ResetPasswordForm
from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.forms import DelegationForm
from accounts.models import DEPARTMENT_ROLES, Department, Membership, Role, RoleGrant, User

from .manage import AdministrationForm, Sectioned


class AccessForm(Sectioned, forms.Form):
    """How somebody gets their password: by a link they are sent, or told to them."""

    access = forms.ChoiceField(
        label=gettext_lazy("Password"),
        choices=[
            ("link", gettext_lazy("Send a link by e-mail, with which the person chooses a password")),
            ("password", gettext_lazy("Set a temporary password and tell it to the person")),
        ],
        widget=forms.RadioSelect,
        initial="link",
    )
    password = forms.CharField(
        label=gettext_lazy("Temporary password"),
        required=False,
        max_length=128,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "At least 10 characters. Ask the person to change it after the first sign-in."
        ),
    )
    sent_with = gettext_lazy("Give access")

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        check_access(self, cleaned, self.person, self.person.email)
        return cleaned

    def give(self, request: HttpRequest) -> None:
        """Set the password, which signs the person out everywhere, or send the link."""
        give_access(request, self.person, self.cleaned_data)


def check_access(form: forms.BaseForm, cleaned: dict[str, Any], person: User, email: str) -> None:
    """Put a sentence where something is missing: no address for the link, no or a weak password."""
    if cleaned.get("access") == "link" and not email and "email" not in form.errors:
        form.add_error("access", _("The person has no e-mail address: set a temporary password instead."))
    if cleaned.get("access") == "password" and "password" not in form.errors:
        try:
            validate_password(cleaned.get("password") or "", person)
        except forms.ValidationError as problem:
            form.add_error("password", problem)


def give_access(request: HttpRequest, person: User, cleaned: dict[str, Any]) -> None:
    if cleaned["access"] == "password":
        person.set_password(cleaned["password"])
        person.save()
        messages.success(
            request, _("The temporary password is set. Only you know it: tell it to the person.")
        )
    elif cleaned["access"] == "link":
        send_link(request, person)


def send_link(request: HttpRequest, person: User) -> None:
    """Send the link to choose a password; a mail server that does not answer is told, not thrown."""
    form = ResetPasswordForm({"email": person.email})
    try:
        if form.is_valid():
            form.save(request)
        messages.success(request, _("A link was sent to %(email)s.") % {"email": person.email})
    except OSError:
        messages.warning(
            request, _("The e-mail could not be sent. Try again later, or set a temporary password.")
        )


class PersonForm(AdministrationForm):
    """A person; a new one also gets their first department, the officer's role and a way to sign in."""

    department = forms.ModelChoiceField(
        Department.objects.none(), label=gettext_lazy("Department"), required=False
    )
    since = forms.DateField(label=gettext_lazy("There from"), required=False)
    officer = forms.BooleanField(
        label=gettext_lazy("Give the officer's role from that day on"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Officers register, carry out and report field visits."),
    )
    access = forms.ChoiceField(
        label=gettext_lazy("Password"),
        choices=[*AccessForm.base_fields["access"].choices, ("later", gettext_lazy("Not yet"))],
        widget=forms.RadioSelect,
        initial="later",
    )
    password = AccessForm.base_fields["password"]

    sections = (
        (gettext_lazy("Person"), ("full_name", "code", "post", "movement_work")),
        (gettext_lazy("Sign-in and contact"), ("username", "email", "phone", "is_active")),
        (gettext_lazy("First department"), ("department", "since", "officer")),
        (gettext_lazy("First sign-in"), ("access", "password")),
    )

    class Meta:
        model = User
        fields = (
            "full_name",
            "code",
            "post",
            "movement_work",
            "username",
            "email",
            "phone",
            "is_active",
        )
        labels = {
            "is_active": gettext_lazy("May sign in"),
            "email": gettext_lazy("E-mail"),
            "username": gettext_lazy("User name"),
        }
        help_texts = {
            "full_name": gettext_lazy("Family name first; lists are sorted by given name."),
            "username": gettext_lazy(
                "Letters, digits and . + - _ only. People sign in with it or with the e-mail."
            ),
            "is_active": gettext_lazy("Untick when the person leaves; everything they did stays."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email_before = self.instance.email
        if self.instance.pk:
            for name in ("department", "since", "officer", "access", "password"):
                del self.fields[name]
        else:
            self.fields["since"].initial = clock.today()

    def clean_username(self) -> str:
        username = self.cleaned_data["username"]
        if "@" in username:
            raise forms.ValidationError(_("Leave out “@”: an e-mail address has its own field."))
        return username

    def clean_is_active(self) -> bool:
        active = self.cleaned_data["is_active"]
        if not active and self.instance.pk == self.by.pk:
            raise forms.ValidationError(_("You cannot lock yourself out. Another administrator can."))
        return active

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "access" in self.fields:
            typed = {name: cleaned.get(name) or "" for name in ("full_name", "username", "email")}
            check_access(self, cleaned, User(**typed), typed["email"])
            place, begins = cleaned.get("department"), cleaned.get("since")
            if (place or cleaned.get("officer")) and not begins and "since" not in self.errors:
                self.add_error("since", _("From which day?"))
            if place and begins and not place.holds_on(begins):
                self.add_error("department", _("This department does not exist on that day."))
        return cleaned

    def save(self, commit: bool = True) -> User:
        new = self.instance.pk is None
        if new:
            self.instance.set_unusable_password()
        person = super().save(commit)
        if person.email.lower() != self.email_before.lower():
            person.forget_other_addresses()
        if new and self.cleaned_data["department"]:
            Membership.objects.create(
                user=person, department=self.cleaned_data["department"], valid_from=self.cleaned_data["since"]
            )
        if new and self.cleaned_data["officer"]:
            RoleGrant.objects.create(
                user=person,
                role=Role.OFFICER,
                province=self.province,
                valid_from=self.cleaned_data["since"],
            )
        return person

    def finish(self, request: HttpRequest) -> None:
        if "access" in self.fields:
            give_access(request, self.instance, self.cleaned_data)


class MembershipForm(AdministrationForm):
    """Somebody works in a department; moving there can end the place they leave in the same stroke."""

    move = forms.BooleanField(
        label=gettext_lazy("The person moves: end the earlier department on the day before"), required=False
    )
    fixed = ("user",)

    class Meta:
        model = Membership
        fields = ("user", "department", "valid_from", "valid_to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left: Membership | None = None
        if self.instance.pk:
            del self.fields["move"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        person, first, place = (cleaned.get(name) for name in ("user", "valid_from", "department"))
        if place and first and not place.holds_on(first):
            self.add_error("department", _("This department does not exist on that day."))
        if cleaned.get("move") and person and first and not self.errors:
            # undone by the caller's transaction when the form turns out to be wrong
            for earlier in person.memberships.on(first).filter(valid_from__lt=first):
                earlier.leave(first - timedelta(days=1))
                self.left = earlier
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()
        if (
            self.has_error("valid_from", "overlap")
            and "move" in self.fields
            and not self.cleaned_data.get("move")
        ):
            self.add_error(
                "move", _("If the person moves, tick this: the earlier department then ends by itself.")
            )

    def finish(self, request: HttpRequest) -> None:
        if self.left:
            messages.info(
                request,
                _("%(person)s leaves %(department)s on %(day)s, with the roles held there.")
                % {
                    "person": self.left.user,
                    "department": self.left.department,
                    "day": self.left.valid_to.strftime("%d/%m/%Y"),
                },
            )


class RoleGrantForm(AdministrationForm):
    """A role of the province; reviewers of the Central Union are not made here."""

    fixed = ("user", "role", "department")

    class Meta:
        model = RoleGrant
        fields = ("user", "role", "department", "valid_from", "valid_to", "decision")
        help_texts = {
            "department": gettext_lazy("For head, deputy, coordinator and results desk; else leave empty."),
            "decision": gettext_lazy("Number and date of the decision on the appointment, if there is one."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [
            ("", "---------"),
            *(c for c in Role.choices if c[0] != Role.CENTRAL),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        role, place = cleaned.get("role"), cleaned.get("department")
        if role and (role in DEPARTMENT_ROLES) != bool(place) and "department" not in self.errors:
            self.add_error(
                "department",
                _("This role is held in the whole province: leave the department empty.")
                if place
                else _("This role is held in a department: say which."),
            )
        first, last = cleaned.get("valid_from"), cleaned.get("valid_to")
        if cleaned.get("user") == self.by and role and role != Role.OFFICER and first:
            locks_out = role == Role.ADMINISTRATOR and (
                first > clock.today() or (last and last < clock.today())
            )
            if self.instance.pk and locks_out:
                self.add_error(None, _("You cannot lock yourself out. Another administrator can."))
            elif self.instance.pk is None or self.widens(first, last):
                self.add_error(None, _("Nobody gives themselves a role. Another administrator can."))
        return cleaned

    def widens(self, first: date, last: date | None) -> bool:
        """Whether the role would be held on days on which it is not held now."""
        held_to = self.initial["valid_to"]
        return first < self.initial["valid_from"] or (
            held_to is not None and (last is None or last > held_to)
        )


class StandInForm(Sectioned, DelegationForm):
    """The administrator lends anybody's role when they are suddenly away."""

    sections = (("", ("grant", "delegate", "valid_from", "valid_to", "reason")),)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        grants = RoleGrant.objects.filter(province=by.province, user__is_active=True)
        super().__init__(*args, grants=grants, **kwargs)
        self.by = by
        self.fields["grant"].label_from_instance = lambda grant: f"{grant.user}: {grant}"
        self.fields["grant"].widget.attrs["data-picker"] = ""
        if self.instance.pk and self.instance.is_over:
            for field in self.fields.values():
                field.disabled = True
            self.sent_with = ""

    def clean_delegate(self) -> User:
        delegate = self.cleaned_data["delegate"]
        if delegate == self.by:
            raise forms.ValidationError(_("Nobody names themselves a stand-in. Another administrator can."))
        return delegate

    def finish(self, request: HttpRequest) -> None:
        """Nothing more."""
