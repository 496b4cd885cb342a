"""What stands around every page: the province, its quarters, the way to each room, who one is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext as _

from accounts import clock
from accounts.models import Province, Role
from accounts.powers import Holding, Powers

from .models import Quarter, YearRule
from .models.regime import RECENT_YEARS


@dataclass(frozen=True)
class NavItem:
    """One entry of the left navigation."""

    label: str | Promise
    url: str
    icon: str
    active: bool
    badge: int | None = None


@dataclass(frozen=True)
class Frame:
    """Everything ``base.html`` shows around a page. ``years`` are the latest (``RECENT_YEARS``) and the one at hand, each with its quarters;
    ``older`` are all others, to which their own page leads."""

    province: Province | None
    quarter: Quarter | None
    years: list[tuple[int, list[Quarter]]]
    older: list[int]
    nav: list[NavItem]
    report_tabs: list[NavItem]
    roles: str
    search_url: str


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``frame`` for people who are signed in, evaluated only by pages that show it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"frame": None}
    return {"frame": SimpleLazyObject(lambda: _frame(request))}


def quarter_of(request: HttpRequest) -> Quarter | None:
    """The quarter the address names, else the one a view has put on the request, else the one at hand."""
    chosen = getattr(request, "quarter", None)
    if chosen is not None:
        return chosen
    named = request.resolver_match.kwargs if request.resolver_match else {}
    if "year" in named and "number" in named:
        found = Quarter.objects.visible_to(request.user).select_related("province")
        request.quarter = found.filter(year=named["year"], number=named["number"]).first()
    else:
        request.quarter = Quarter.objects.at_hand(request.user)
    return request.quarter


def show_year(request: HttpRequest, rule: YearRule) -> None:
    """Let the frame stand in the rule's year: its last quarter begun, or its first when none has; one query for all quarters."""
    request.user.province = rule.province
    quarters = list(Quarter.objects.visible_to(request.user).order_by("year", "number"))
    for quarter in quarters:
        quarter.province = rule.province
    of_year = [quarter for quarter in quarters if quarter.year == rule.year]
    begun = [quarter for quarter in of_year if quarter.starts <= clock.today()] or of_year[:1]
    request.quarters = quarters
    if begun:
        request.quarter = begun[-1]


def _frame(request: HttpRequest) -> Frame:
    user = request.user
    selected = quarter_of(request)
    if selected is not None and "province" in selected._state.fields_cache:
        user.province = selected.province  # of one's own province, as every quarter one sees
    works = user.powers.holds(*WORKING)  # whoever sees no paper has no use for the way to the boards
    quarters = _quarters(request) if works else []
    for quarter in quarters:
        quarter.is_selected = selected is not None and quarter.pk == selected.pk
    years = [(year, list(group)) for year, group in groupby(quarters, key=lambda q: q.year)]
    here = selected and selected.year
    return Frame(
        user.province,
        selected,
        [row for place, row in enumerate(years) if place < RECENT_YEARS or row[0] == here],
        [year for year, _group in years[RECENT_YEARS:] if year != here],
        _nav(request, user.powers, selected),
        _report_tabs(request, user.powers, selected),
        _roles(user.powers),
        _search(user.powers),
    )


def _quarters(request: HttpRequest) -> list[Quarter]:
    """The province's quarters, years latest first; those a view has read already (``request.quarters``) are not read again."""
    known = getattr(request, "quarters", None)
    if known is None:
        known = Quarter.objects.visible_to(request.user)
    return sorted(known, key=lambda q: (-q.year, q.number))


#: Roles that work with plans; an administrator and a central reviewer see none.
WORKING = (
    Role.OFFICER,
    Role.HEAD,
    Role.DEPUTY,
    Role.COORDINATOR,
    Role.RESULTS_DESK,
    Role.COMMITTEE,
    Role.EXECUTIVE,
)


def _nav(request: HttpRequest, powers: Powers, quarter: Quarter | None) -> list[NavItem]:
    """At most seven entries; a phone's bar shows the first four.

    The administrator's room takes the place of the year for whoever both works and administers: home leads them to the year.
    """
    here = request.path

    def item(label: str | Promise, url: str, icon: str, *rooms: str) -> NavItem:
        return NavItem(label, url, icon, here == url or any(here.startswith(room) for room in rooms))

    entries = [item(_("My work"), reverse("home"), "house")]
    works = powers.holds(*WORKING)
    administers = powers.holds(Role.ADMINISTRATOR)
    if quarter is not None and works:
        plans = (quarter.url("department-plan-list"), "/plans/", "/department-plans/")
        visits = (quarter.url("quarter-calendar"), "/visits/", "/adhoc/", "/notices/")
        results = (
            quarter.url("quarter-report-list"),
            quarter.url("quarter-report-mine"),
            "/results/",
            "/quarter-reports/",
            "/department-reports/",
            "/recommendations/",
        )
        entries += [
            item(_("Plans"), quarter.url("plan-list"), "journal-text", *plans),
            item(_("Visits"), quarter.url("visit-list"), "geo-alt", *visits),
            item(_("Results"), quarter.url("result-list"), "clipboard-check", *results),
            item(_("Seven steps"), quarter.url("quarter-board"), "list-check"),
        ]
    if user_has_province(request):
        entries.append(item(_("Host units"), reverse("unit-list"), "buildings", "/units/"))
    if quarter is not None and works and not administers:
        year = reverse("year", args=[quarter.year])
        rooms = ("/years/", "/reports/", "/annual-reports/")
        entries.append(item(_("Reports"), year, "bar-chart-line", *rooms))
    if powers.holds(Role.CENTRAL):
        reports = reverse("annual-report-list")
        rooms = ("/annual-reports/", "/comparison/")
        entries.append(item(_("Annual reports"), reports, "file-earmark-text", *rooms))
    if administers:
        entries.append(item(_("Administration"), reverse("manage"), "gear", "/manage/"))
    return entries


def _report_tabs(request: HttpRequest, powers: Powers, quarter: Quarter | None) -> list[NavItem]:
    """The rooms of the reports, one strip above each of their pages: of the year the page is about."""
    here = request.path

    def tab(label: str, url: str, room: str) -> NavItem:
        return NavItem(label, url, "", here.startswith(room))

    annual = reverse("annual-report-list")
    tabs = []
    if quarter is not None and powers.holds(*WORKING):
        year = f"?year={quarter.year}"
        tabs = [
            tab(_("Year"), reverse("year", args=[quarter.year]), "/years/"),
            tab(_("Reports"), reverse("report-index") + year, "/reports/"),
            tab(_("Annual reports"), annual, "/annual-reports/"),
        ]
    if powers.holds(Role.CENTRAL):
        compared = reverse("comparison", args=[clock.today().year - 1])
        tabs = [*tabs, tab(_("Provinces side by side"), compared, "/comparison/")]
        if len(tabs) == 1:
            tabs.append(tab(_("Annual reports"), annual, "/annual-reports/"))
    return tabs


def user_has_province(request: HttpRequest) -> bool:
    return request.user.province_id is not None


def _search(powers: Powers) -> str:
    return reverse("search") if powers.user.province_id else ""


def _roles(powers: Powers) -> str:
    """ "Trưởng ban · Ban Phong trào; Thường trực, thay mặt Lê A đến 12/10"."""
    shown = [h for h in powers.holdings if h.role != Role.OFFICER] or list(powers.holdings)
    return "; ".join(_holding(h) for h in shown)


def _holding(holding: Holding) -> str:
    if holding.on_behalf_of is None or holding.until is None:
        return holding.label
    return _("%(role)s, for %(name)s until %(day)s") % {
        "role": holding.label,
        "name": holding.on_behalf_of,
        "day": holding.until.strftime("%d/%m"),
    }
