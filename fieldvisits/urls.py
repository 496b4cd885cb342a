"""The site's addresses: what comes from libraries first, then each app's own.

A paper's transitions share one pattern, ``<kind>/<pk>/<verb>/``, whose verbs are those of ``workflow.py``.
"""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, register_converter
from django.views.generic import RedirectView
from django.views.i18n import set_language
from health_check.views import HealthCheckView

from .views import (
    changes,
    departments,
    home,
    hosts,
    imports,
    manage,
    meeting,
    notices,
    papers,
    plans,
    quarter_reports,
    quarters,
    recommendations,
    results,
    units,
    visits,
    years,
)
from .workflow import FLOWS


class PaperKind:
    """The word of a flow in an address: plans, department-plans, …"""

    regex = "|".join(flow.kind for flow in FLOWS)

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


register_converter(PaperKind, "paper")

QUARTER = "quarters/<int:year>/<int:number>/"

urlpatterns = [
    # addresses are entered by the administrator, who answers for whom they belong to: none are added by oneself
    path("accounts/email/", RedirectView.as_view(pattern_name="account-detail"), name="account_email"),
    path("accounts/", include("allauth.urls")),
    # one address of django.conf.urls.i18n, open so that the sign-in page has its language switch
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path(
        "health/",
        login_not_required(
            HealthCheckView.as_view(checks=["health_check.checks.Database", "health_check.checks.Cache"])
        ),
        name="health",
    ),
    path("", include("accounts.urls")),
    # everybody
    path("", home.home, name="home"),
    path("search/", home.search, name="search"),
    # a quarter
    path(QUARTER, quarters.board, name="quarter-board"),
    path(QUARTER + "dates/", quarters.dates, name="quarter-dates"),
    path(QUARTER + "nudge/", quarters.nudge, name="quarter-nudge"),
    path(QUARTER + "calendar/", quarters.calendar, name="quarter-calendar"),
    path(QUARTER + "visits/", visits.visit_list, name="visit-list"),
    # step 1
    path(QUARTER + "plans/", plans.plan_list, name="plan-list"),
    path(QUARTER + "plan/", plans.mine, name="plan-mine"),
    path("plans/<int:pk>/", plans.detail, name="plan-detail"),
    path("plans/<int:pk>/lines/", plans.line_add, name="line-add"),
    path("plans/<int:pk>/lines/copy/", plans.lines_copy, name="lines-copy"),
    path("lines/<int:pk>/", plans.line_save, name="line-save"),
    path("lines/<int:pk>/duplicate/", plans.line_duplicate, name="line-duplicate"),
    path("lines/<int:pk>/remove/", plans.line_remove, name="line-remove"),
    # step 2
    path("lines/<int:pk>/remarks/", departments.remark_add, name="remark-add"),
    path(QUARTER + "departments/<int:pk>/", departments.board, name="department-board"),
    path(QUARTER + "departments/<int:pk>/send/", departments.send, name="department-send"),
    path(QUARTER + "department-plans/", departments.plan_list, name="department-plan-list"),
    path("department-plans/<int:pk>/", departments.plan_detail, name="department-plan-detail"),
    # step 3
    path(QUARTER + "meeting/", meeting.meeting, name="meeting"),
    path("decisions/<int:pk>/", meeting.detail, name="decision-detail"),
    path("decisions/<int:pk>/record/", meeting.record, name="meeting-record"),
    path("decisions/<int:pk>/lines/<int:line>/", meeting.line, name="meeting-line"),
    path("decisions/<int:pk>/rest/<int:plan>/", meeting.rest, name="meeting-rest"),
    path("decisions/<int:pk>/returns/<paper:kind>/<int:paper>/", meeting.give_back, name="meeting-return"),
    # step 4
    path("visits/<int:pk>/", visits.visit_detail, name="visit-detail"),
    path("visits/<int:pk>/change/", changes.change_add, name="change-add"),
    path("adhoc/new/", changes.adhoc_add, name="adhoc-add"),
    path("adhoc/<int:pk>/", changes.adhoc_change, name="adhoc-change"),
    # step 5
    path(QUARTER + "departments/<int:pk>/notices/", notices.notice_list, name="notice-list"),
    path("notices/<int:pk>/", notices.detail, name="notice-detail"),
    path("notices/<int:pk>/sent/", notices.send, name="notice-send"),
    path("notices/<int:pk>/withdraw/", notices.withdraw, name="notice-withdraw"),
    path("notices/<int:pk>/answers/<int:line>/", notices.answer, name="notice-answer"),
    path("notices/<int:pk>/links/", notices.link_issue, name="host-link-issue"),
    path("links/<int:pk>/revoke/", notices.link_revoke, name="host-link-revoke"),
    path("host/<str:token>/", hosts.open_link, name="host-link"),
    # step 6
    path(QUARTER + "results/", results.result_list, name="result-list"),
    path("visits/<int:pk>/result/", results.start, name="result-start"),
    path("results/<int:pk>/", results.detail, name="result-detail"),
    path("results/<int:pk>/text/", results.write, name="result-write"),
    path("results/<int:pk>/files/", results.attachment_add, name="attachment-add"),
    path("files/<int:pk>/", results.attachment, name="attachment"),
    path("files/<int:pk>/remove/", results.attachment_remove, name="attachment-remove"),
    path("results/<int:pk>/recommendations/", results.recommendation_add, name="recommendation-add"),
    path("results/<int:pk>/found/<int:recommendation>/", results.follow_up_save, name="follow-up-save"),
    path("recommendations/<int:pk>/text/", results.recommendation_save, name="recommendation-save"),
    path("recommendations/<int:pk>/remove/", results.recommendation_remove, name="recommendation-remove"),
    path("recommendations/", recommendations.register, name="recommendation-list"),
    path("recommendations/<int:pk>/", recommendations.detail, name="recommendation-detail"),
    path(QUARTER + "reports/", quarter_reports.report_list, name="quarter-report-list"),
    path(QUARTER + "report/", quarter_reports.mine, name="quarter-report-mine"),
    path("quarter-reports/<int:pk>/", quarter_reports.detail, name="quarter-report-detail"),
    path("quarter-reports/<int:pk>/text/", quarter_reports.write, name="quarter-report-write"),
    path(
        QUARTER + "departments/<int:pk>/report/",
        quarter_reports.department_open,
        name="department-report-open",
    ),
    path("department-reports/<int:pk>/", quarter_reports.department_detail, name="department-report-detail"),
    path(
        "department-reports/<int:pk>/text/", quarter_reports.department_write, name="department-report-write"
    ),
    # step 7
    path("years/<int:year>/officers/<int:pk>/", years.officer_year, name="officer-year"),
    path("years/<int:year>/officers/<int:pk>/sheet/", years.annual_sheet, name="annual-sheet"),
    path("", include("reports.urls")),
    # host units
    path("units/", units.unit_list, name="unit-list"),
    path("units/search/", units.search, name="unit-search"),
    path("units/<int:pk>/", units.detail, name="unit-detail"),
    # people, roles, units, rules of a province
    path("manage/", manage.index, name="manage"),
    path("manage/import/<slug:what>/", imports.upload, name="manage-import"),
    path("manage/import/<slug:what>/template/", imports.template, name="manage-import-template"),
    path("manage/import/<slug:what>/<uuid:token>/", imports.tried, name="manage-import-tried"),
    path("manage/import/<slug:what>/<uuid:token>/marked/", imports.marked, name="manage-import-marked"),
    path("manage/import/<slug:what>/<uuid:token>/confirm/", imports.confirm, name="manage-import-confirm"),
    path("manage/holidays/seed/", manage.seed_holidays, name="manage-seed-holidays"),
    path("manage/people/<int:pk>/access/", manage.give_access, name="manage-access"),
    path("manage/<slug:what>/", manage.listing, name="manage-list"),
    path("manage/<slug:what>/add/", manage.add, name="manage-add"),
    path("manage/<slug:what>/<int:pk>/", manage.change, name="manage-change"),
    path("manage/<slug:what>/<int:pk>/end/", manage.end, name="manage-end"),
    path("manage/<slug:what>/<int:pk>/delete/", manage.delete, name="manage-delete"),
    # every transition of every paper
    path("<paper:kind>/<slug:verb>/", papers.transitions, name="paper-transitions"),
    path("<paper:kind>/<int:pk>/<slug:verb>/", papers.transition, name="paper-transition"),
]
