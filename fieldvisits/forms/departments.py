"""Step 2: what a department types when it sends its plan up, and a comment on a single line."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import clock, text
from accounts.models import Department
from accounts.powers import Powers

from .. import permissions
from ..models import DepartmentPlan, Event, Quarter, Remark, Stale, Visit
from ..pages.department_papers import open_paper


class SendForm(forms.ModelForm):
    """The day the department met and its note, as they go up with the plan to the coordinator."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    sequence = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    class Meta:
        model = DepartmentPlan
        fields = ["met_on", "note"]

    def __init__(
        self,
        quarter: Quarter,
        department: Department,
        powers: Powers,
        paper: DepartmentPlan | None = None,
        **kwargs: Any,
    ) -> None:
        """``paper`` is the open one where the page has read it."""
        self.powers = powers
        super().__init__(instance=paper or open_paper(quarter, department), **kwargs)
        self.initial |= {"seen": self.instance.seen, "sequence": self.instance.sequence}
        self.fields["met_on"].required = True
        self.fields["met_on"].error_messages["required"] = _("Enter the day on which the department met.")
        self.fields["met_on"].widget.attrs |= {
            "class": "form-control",
            "data-datepicker": "",
            "inputmode": "numeric",
        }
        self.fields["note"].widget.attrs |= {"class": "form-control", "rows": 3}

    @property
    def is_allowed(self) -> bool:
        """Whether this person leads the department."""
        return any(True for _h in permissions.leader(self.powers, self.instance))

    def clean_note(self) -> str:
        return text.clean(self.cleaned_data["note"])

    def clean(self) -> dict[str, Any]:
        """The table's own sentences, each beside the field it is about."""
        data = super().clean() or {}
        if "seen" in self.errors or "sequence" in self.errors:
            self.add_error(None, _("This page is out of date. Check what you typed and send it again."))
            # so that the next try is one of a page that is not
            self.data = self.data.copy()
            self.data["seen"], self.data["sequence"] = self.instance.seen, self.instance.sequence
        self.instance.met_on = data.get("met_on")
        if self.instance.met_on and (why := self.instance.why_not_met()):
            self.add_error("met_on", why)
        explain = self.instance.must_explain("send")
        if explain and not data.get("note") and "note" not in self.errors:
            self.add_error("note", explain)
        return data

    @transaction.atomic
    def send(self) -> Event:
        """Send the open department plan up, all or nothing: a paper that is refused is not left behind.

        Raises Refused with a sentence, PermissionDenied for whoever does not lead the department.
        """
        quarter, department = self.instance.quarter, self.instance.department
        # one at a time: two leaders who press together must not make two papers
        Department.objects.select_for_update(no_key=True).get(pk=department.pk)
        paper = open_paper(quarter, department)
        if paper.sequence != self.cleaned_data["sequence"]:
            raise Stale(_("The department plan has been sent since you opened this page; please look again."))
        if paper.pk is None:
            paper.save()
        return paper.perform(
            "send",
            by=self.powers,
            comment=self.cleaned_data["note"],
            seen=self.cleaned_data["seen"],
            met_on=self.cleaned_data["met_on"],
        )


class RemarkForm(forms.ModelForm):
    """What a reader says about one line, in the role in which they read it."""

    class Meta:
        model = Remark
        fields = ["text"]

    def __init__(self, visit: Visit, powers: Powers, **kwargs: Any) -> None:
        self.powers = powers
        self.holding = next(iter(permissions.remarker(powers, visit)), None)
        super().__init__(**kwargs)
        self.instance.visit, self.instance.author = visit, powers.user
        self.fields["text"].widget.attrs |= {"class": "form-control", "rows": 3}
        self.fields["text"].error_messages["required"] = _("Write a comment first.")

    @property
    def is_allowed(self) -> bool:
        """Whether this person comments on lines of this paper at all."""
        return self.holding is not None

    @transaction.atomic
    def save(self, commit: bool = True) -> Remark:
        """Keep the comment; the same words twice in a row, as by a double click, are one."""
        visit = self.instance.visit
        Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
        latest = visit.remarks.order_by("pk").last()
        if latest and (latest.author_id, latest.text) == (self.powers.user.pk, self.instance.text):
            return latest
        self.instance.role, self.instance.at = self.holding.role, clock.now()
        return super().save(commit)
