"""Every official paper that is made of one paper of the application: who may have it, what it says, what its file is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.text import slugify
from django.utils.translation import override

from accounts.models import User
from accounts.text import fold
from fieldvisits.models import (
    Decision,
    DepartmentPlan,
    DepartmentReport,
    HostNotice,
    OfficerPlan,
    Quarter,
    QuarterReport,
)
from fieldvisits.workflow import DecisionState

from ..xlsx import CONTENT_TYPE as EXCEL
from ..xlsx.papers import Paper as ExcelPaper
from . import department_plan, department_report, notice, quarter_plan, quarter_report, registration
from .form import CONTENT_TYPE as WORD
from .form import Paper as WordPaper
from .words import Writer


@dataclass(frozen=True)
class Form:
    """A kind of file a paper can be."""

    writer: type[Writer]
    content_type: str


#: By the ending of the file.
FORMS = {"docx": Form(WordPaper, WORD), "xlsx": Form(ExcelPaper, EXCEL)}


@dataclass(frozen=True)
class Kind:
    """A kind of paper, made of a ``model`` with its quarter and what else is ``related``.

    ``facts`` is what one says to a reader, ``absolute`` makes a full address of a path; ``names`` follow the province in the name
    of the file; ``which`` are those that are papers already.
    """

    model: type[models.Model]
    related: tuple[str, ...]
    facts: Callable[[Any, User, Callable[[str], str]], Any]
    write: Callable[[type[Writer], Any], bytes]
    names: Callable[[Any], tuple[object, ...]]
    which: models.Q | None = None

    def visible_to(self, reader: User) -> models.QuerySet:
        """Whoever may read the page may have the paper."""
        return self.with_what_is_printed(self.model.objects.visible_to(reader))  # type: ignore[attr-defined]

    def with_what_is_printed(self, papers: models.QuerySet) -> models.QuerySet:
        found = (papers.filter(self.which) if self.which else papers).select_related(
            "quarter__province", *self.related
        )
        return found.prefetch_related("department__former_names") if "department" in self.related else found

    def facts_of(self, paper: Any, reader: User, absolute: Callable[[str], str]) -> Any:
        """What it says; papers are Vietnamese whatever the language of the screen."""
        return in_vietnamese(self.facts, paper, reader, absolute)

    def file_name(self, paper: Any, ending: str) -> str:
        return file_name(paper.quarter.province.slug, *self.names(paper), ending=ending)


def in_vietnamese(function: Callable[..., Any], *arguments: Any) -> Any:
    with override("vi"):
        return function(*arguments)


def written(form: str, write: Callable[[type[Writer], Any], bytes], facts: Any) -> bytes:
    """The paper as a file of the ``form`` (its ending)."""
    return in_vietnamese(write, FORMS[form].writer, facts)


def file_name(*parts: object, ending: str) -> str:
    """ASCII, as every system takes it: "thai-nguyen_dang-ky_2021-quy-4_tran-van-a.xlsx"."""
    names = [slugify(fold(str(part)))[:60].strip("-") for part in parts]
    return f"{'_'.join(filter(None, names))}.{ending}"


def _period(quarter: Quarter) -> str:
    return f"{quarter.year} quy {quarter.number}"


KINDS = {
    "registration": Kind(
        OfficerPlan,
        ("officer", "department"),
        lambda plan, reader, _absolute: registration.facts_of(plan, reader),
        registration.write,
        lambda plan: ("dang ky", _period(plan.quarter), plan.officer.full_name),
    ),
    "department-plan": Kind(
        DepartmentPlan,
        ("department", "sent_by", "last_event"),
        lambda paper, reader, _absolute: department_plan.facts_of(paper, reader),
        department_plan.write,
        lambda paper: (
            "ke hoach",
            _period(paper.quarter),
            paper.department.name,
            f"bo sung {paper.sequence}" if paper.sequence else "",
        ),
    ),
    "quarter-plan": Kind(
        Decision,
        (),
        lambda decision, reader, _absolute: quarter_plan.facts_of(decision, reader),
        quarter_plan.write,
        lambda decision: ("ke hoach da duyet", _period(decision.quarter), f"hop {decision.meeting_on:%d %m}"),
        models.Q(state=DecisionState.CLOSED),
    ),
    "notice": Kind(
        HostNotice,
        ("department", "unit", "contact", "composed_by"),
        notice.facts_of,
        notice.write,
        lambda paper: ("thong bao", _period(paper.quarter), paper.unit.name),
    ),
    "quarter-report": Kind(
        QuarterReport,
        ("officer", "department", "last_event"),
        lambda report, reader, _absolute: quarter_report.facts_of(report, reader),
        quarter_report.write,
        lambda report: ("bao cao", _period(report.quarter), report.officer.full_name),
    ),
    "department-report": Kind(
        DepartmentReport,
        ("department", "sent_by", "last_event"),
        lambda report, reader, _absolute: department_report.facts_of(report, reader),
        department_report.write,
        lambda report: ("bao cao", _period(report.quarter), report.department.name),
    ),
}
