"""The pages that are measured, each as somebody who may open it. Runs inside Django, on a database of ``bench_data``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count
from django.urls import get_resolver, reverse

from accounts import clock
from accounts.models import Role, User
from fieldvisits.models import (
    Decision,
    DepartmentReport,
    HostNotice,
    OfficerPlan,
    Quarter,
    QuarterReport,
    Recommendation,
    Visit,
)
from reports.bench.people import DEPARTMENTS, LINE, SIGN_IN
from reports.definitions import REPORTS
from reports.models import AnnualReport

OFFICER, HEAD, COORDINATOR = Role.OFFICER, Role.HEAD, Role.COORDINATOR
RESULTS, COMMITTEE, EXECUTIVE = Role.RESULTS_DESK, Role.COMMITTEE, Role.EXECUTIVE
ADMINISTRATOR, CENTRAL = Role.ADMINISTRATOR, Role.CENTRAL

#: Addresses that only take what is posted, or what only a file or a link opens: they are no pages to be measured.
NO_PAGES = frozenset(
    """
    account_email adhoc-change annual-report-start annual-report-write attachment attachment-add
    attachment-remove delegation-end department-report-write department-send follow-up-save host-link
    host-link-issue host-link-revoke line-add line-duplicate line-remove line-save lines-copy
    manage-access manage-delete manage-end manage-import-confirm manage-import-marked
    manage-import-template manage-import-tried manage-seed-holidays meeting-line meeting-record meeting-rest
    meeting-return notice-answer notice-send notice-withdraw paper-transition paper-transitions plan-mine quarter-nudge
    quarter-report-write recommendation-add recommendation-remove recommendation-save remark-add
    result-start result-write
    """.split()  # noqa: SIM905 - as a list it would be a page long
)


class World:
    """Things of the first province that pages are about. None where a small database has none."""

    def __init__(self) -> None:
        self.people = {role: User.objects.get(username=name) for role, name in SIGN_IN.items()}
        officer = self.people[OFFICER]
        self.officer, self.province = officer, officer.province
        self.department = self.province.departments.get(code=DEPARTMENTS[LINE][0])
        quarters = Quarter.objects.filter(province=self.province).order_by("year", "number")
        self.running = [q for q in quarters if q.starts <= clock.today()][-1]
        self.following = quarters.last()
        self.year = self.running.year

    @property
    def q(self) -> tuple[int, int]:
        return self.running.year, self.running.number

    @property
    def next_q(self) -> tuple[int, int]:
        return self.following.year, self.following.number

    @cached_property
    def visit(self) -> Visit:
        """An accepted visit of the officer who signs in, in the quarter that runs or the year's last one with such a visit."""
        mine = Visit.objects.filter(officer=self.officer, result__state="accepted", quarter__year=self.year)
        return mine.exclude(plan=None).latest("starts")

    @cached_property
    def ahead(self) -> Visit:
        """An approved visit of that officer that still lies ahead."""
        mine = Visit.objects.filter(officer=self.officer, state="approved", starts__gt=clock.today())
        found = mine.order_by("starts").first()
        if found is None:
            raise LookupError("no visit lies ahead: the quarter is nearly over")
        return found

    @cached_property
    def notice(self) -> HostNotice:
        return self.first(HostNotice, department=self.department, quarter=self.running)

    @cached_property
    def unit(self) -> Any:
        """Of the units that still wait for something the one that has said most of visits: every part of its page is there."""
        waiting = Recommendation.objects.filter(unit__province=self.province).pending().values("unit")
        units = self.province.host_units.filter(pk__in=waiting)
        return units.annotate(n=Count("visits__feedback")).latest("n")

    def first(self, model: Any, **which: Any) -> Any:
        """The last made of ``model``; LookupError when there is none."""
        found = model.objects.filter(**which).order_by("-pk").first()
        if found is None:
            raise LookupError(f"no {model._meta.verbose_name} in this database")
        return found


@dataclass(frozen=True)
class Page:
    """A page as ``role`` opens it. ``limit`` is the most its median may take (ms), None where only its queries are limited.

    ``grows`` says why its content itself grows with the years, so that its growth is shown and not limited.
    """

    name: str
    role: Role | None
    args: Callable[[World], tuple] = lambda w: ()
    query: str = ""
    limit: int | None = None
    grows: str = ""
    label: str = ""

    @property
    def title(self) -> str:
        who = self.role or "anybody"
        return f"{self.label or self.name} · {who}"

    def address(self, world: World) -> str:
        query = self.query.format(year=world.year, last=world.year - 1)
        return reverse(self.name, args=self.args(world)) + (f"?{query}" if query else "")


def year(w: World) -> tuple:
    return (w.year,)


def q(w: World) -> tuple:
    return w.q


def next_q(w: World) -> tuple:
    return w.next_q


#: What a report by one of these names is limited to (ms): the province's dashboards and the 60-day check.
FAST = 150
EDITIONS = "a row for each year that was sent"


def own(model: Any, **which: Any) -> Callable[[World], tuple]:
    """The last ``model`` of the running quarter's year in the first province."""

    def args(w: World) -> tuple:
        values = {name: value(w) if callable(value) else value for name, value in which.items()}
        return (w.first(model, **values).pk,)

    return args


def _province(w: World) -> Any:
    return w.province


#: Papers of a kind (``reports.papers``), who downloads one, which one.
PAPERS: list[tuple[str, Role, Callable[[World], int]]] = [
    ("registration", OFFICER, lambda w: w.first(OfficerPlan, officer=w.officer, quarter=w.running).pk),
    ("department-plan", HEAD, lambda w: w.running.department_plans.get(department=w.department).pk),
    ("quarter-plan", COMMITTEE, lambda w: w.first(Decision, quarter=w.running).pk),
    ("notice", HEAD, lambda w: w.notice.pk),
    ("quarter-report", OFFICER, lambda w: w.first(QuarterReport, officer=w.officer).pk),
    ("department-report", HEAD, lambda w: w.first(DepartmentReport, department=w.department).pk),
]

PAGES: list[Page] = [
    Page("account_login", None, label="bare page: sign-in"),
    Page("account_logout", OFFICER, label="bare page: signed in"),
    *(
        Page("home", role)
        for role in (OFFICER, HEAD, COORDINATOR, RESULTS, COMMITTEE, EXECUTIVE, ADMINISTRATOR)
    ),
    Page("home", CENTRAL, grows=EDITIONS),
    Page("search", COMMITTEE, query="q=xa"),
    Page("search", OFFICER, query="q=xa"),
    # the year
    Page("year", COMMITTEE, year, limit=FAST),
    Page("year", EXECUTIVE, year, limit=FAST),
    Page("year", HEAD, year, limit=FAST),
    Page("year", OFFICER, year),
    Page("officer-year", OFFICER, lambda w: (w.year, w.officer.pk)),
    Page("officer-year", COMMITTEE, lambda w: (w.year, w.officer.pk)),
    Page("annual-sheet", COMMITTEE, lambda w: (w.year, w.officer.pk)),
    Page("annual-report-list", COMMITTEE, grows=EDITIONS),
    Page("annual-report-list", CENTRAL, grows=EDITIONS),
    Page(
        "annual-report-list",
        CENTRAL,
        query="year=all",
        grows=EDITIONS,
        label="annual-report-list, all years",
    ),
    Page("annual-report-detail", COMMITTEE, own(AnnualReport, province=_province)),
    Page("annual-report-detail", CENTRAL, own(AnnualReport)),
    Page("annual-report-edition", COMMITTEE, lambda w: (w.first(AnnualReport, province=w.province).pk, 1)),
    Page("year-lateness", COMMITTEE, year, limit=FAST),
    Page("year-lateness", HEAD, year),
    Page("comparison", CENTRAL, lambda w: (w.year - 1,), grows=EDITIONS),
    # papers to be downloaded
    *(
        Page(name, COMMITTEE, own(AnnualReport, province=_province))
        for name in ("annual-report-paper", "annual-report-workbook")
    ),
    *(
        Page(name, COMMITTEE, lambda w: (w.first(AnnualReport, province=w.province).pk, 1))
        for name in ("annual-report-edition-paper", "annual-report-edition-workbook")
    ),
    Page("annual-national-workbook", CENTRAL, query="year={last}", grows=EDITIONS),
    *(
        Page(
            "annual-sheet-paper",
            COMMITTEE,
            lambda w, form=form: (w.year, w.officer.pk, w.department.pk, form),
            label=f"annual-sheet-paper {form}",
        )
        for form in ("docx", "xlsx")
    ),
    Page("notice-paper", HEAD, lambda w: (w.notice.pk,)),
    Page("notice-text", HEAD, lambda w: (w.notice.pk,)),
    *(
        Page("paper", role, lambda w, kind=kind, pk=pk: (kind, pk(w), "xlsx"), label=f"paper {kind}")
        for kind, role, pk in PAPERS
    ),
    # a quarter
    *(
        Page(name, COMMITTEE, q)
        for name in (
            "quarter-board",
            "quarter-calendar",
            "visit-list",
            "plan-list",
            "result-list",
            "quarter-report-list",
        )
    ),
    Page("quarter-calendar", HEAD, q),
    Page("visit-list", OFFICER, q),
    Page("visit-list", EXECUTIVE, q),
    Page("result-list", HEAD, q),
    Page("plan-list", HEAD, next_q),
    Page("quarter-dates", COORDINATOR, next_q),
    Page("department-plan-list", COORDINATOR, next_q),
    Page("department-board", HEAD, lambda w: (*w.next_q, w.department.pk)),
    Page("department-board", HEAD, lambda w: (*w.q, w.department.pk), label="department-board (decided)"),
    Page("department-plan-detail", COORDINATOR, lambda w: (w.following.department_plans.earliest("pk").pk,)),
    Page("meeting", COMMITTEE, next_q),
    Page("decision-detail", COMMITTEE, lambda w: (w.first(Decision, quarter=w.running).pk,)),
    Page("notice-list", HEAD, lambda w: (*w.q, w.department.pk)),
    # one paper
    Page(
        "plan-detail", OFFICER, lambda w: (w.first(OfficerPlan, officer=w.officer, quarter=w.following).pk,)
    ),
    Page(
        "plan-detail",
        COMMITTEE,
        lambda w: (w.first(OfficerPlan, officer=w.officer, quarter=w.running).pk,),
        label="plan-detail (decided)",
    ),
    Page("visit-detail", OFFICER, lambda w: (w.visit.pk,)),
    Page("visit-detail", COMMITTEE, lambda w: (w.visit.pk,)),
    Page("adhoc-add", OFFICER),
    Page("change-add", OFFICER, lambda w: (w.ahead.pk,)),
    Page("notice-detail", HEAD, lambda w: (w.notice.pk,)),
    Page("result-detail", OFFICER, lambda w: (w.visit.result.pk,)),
    Page("result-detail", HEAD, lambda w: (w.visit.result.pk,)),
    Page("recommendation-list", COMMITTEE),
    Page("recommendation-list", OFFICER),
    Page("recommendation-detail", HEAD, lambda w: (w.first(Recommendation, department=w.department).pk,)),
    Page("quarter-report-mine", OFFICER, q),
    Page("department-report-open", HEAD, lambda w: (*w.q, w.department.pk)),
    Page("quarter-report-detail", HEAD, own(QuarterReport, officer=lambda w: w.officer)),
    Page("department-report-detail", HEAD, own(DepartmentReport, department=lambda w: w.department)),
    # units, people, administration
    Page("unit-list", COMMITTEE),
    Page("unit-search", OFFICER, query="q=xa"),
    Page("unit-detail", COMMITTEE, lambda w: (w.unit.pk,)),
    Page("unit-detail", OFFICER, lambda w: (w.unit.pk,)),
    Page("person-detail", OFFICER, lambda w: (w.people[HEAD].pk,)),
    Page("account-detail", OFFICER),
    Page("delegation-add", HEAD),
    Page("manage", ADMINISTRATOR),
    *(
        Page("manage-list", ADMINISTRATOR, lambda w, kind=kind: (kind,), label=f"manage-list {kind}")
        for kind in ("people", "units")
    ),
    Page("manage-add", ADMINISTRATOR, lambda w: ("people",)),
    Page("manage-change", ADMINISTRATOR, lambda w: ("people", w.officer.pk)),
    Page("manage-import", ADMINISTRATOR, lambda w: ("people",)),
    # reports
    Page("report-index", COMMITTEE),
    *(
        Page(
            "report",
            role,
            lambda w, slug=slug: (slug,),
            "year={year}",
            limit=FAST if slug == "officers" else None,
            label=f"report {slug}",
        )
        for slug in REPORTS
        for role in (COMMITTEE, HEAD, OFFICER)
    ),
    *(
        Page(
            "report-workbook",
            COMMITTEE,
            lambda w, slug=slug: (slug,),
            "year={year}",
            label=f"workbook {slug}",
        )
        for slug in REPORTS
    ),
]


def unmeasured() -> list[str]:
    """Names of our own addresses that are neither measured nor said to be no pages."""

    def names(resolver: Any) -> set[str]:
        found = set()
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                if not str(getattr(pattern.urlconf_name, "__name__", "")).startswith("allauth"):
                    found |= names(pattern)
            elif pattern.name:
                found.add(pattern.name)
        return found

    known = {page.name for page in PAGES} | NO_PAGES | {"health", "set_language"}
    return sorted(names(get_resolver()) - known)
