"""What is typed into the annual report."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from fieldvisits.forms.written import TextsForm


class SectionsForm(TextsForm):
    """The five sections of the annual report, and what each is to tell."""

    rows = 8
    advice = {
        "situation": _(
            "The year in the province, the documents issued, how the work was directed and checked."
        ),
        "results": _("What was done, with the main figures; the tables are attached by themselves."),
        "assessment": _("Good points, shortcomings and their causes."),
        "directions": _("What will be done next year."),
        "proposals": _("What is asked of the Central Union and of others."),
    }
