"""Addresses of the reports, of the year and of its papers."""

from django.urls import path

from .views import annual, annual_papers, dashboards, papers, tables

urlpatterns = [
    path("reports/", tables.report_index, name="report-index"),
    path("reports/<slug:slug>/", tables.report, name="report"),
    path("reports/<slug:slug>/workbook/", tables.report_workbook, name="report-workbook"),
    path("years/<int:year>/", dashboards.year, name="year"),
    path("years/<int:year>/lateness/", dashboards.lateness, name="year-lateness"),
    path("comparison/<int:year>/", dashboards.comparison, name="comparison"),
    path("annual-reports/", annual.report_list, name="annual-report-list"),
    path("years/<int:year>/report/<slug:version>/", annual.start, name="annual-report-start"),
    path("annual-reports/<int:pk>/", annual.detail, name="annual-report-detail"),
    path("annual-reports/<int:pk>/text/", annual.write, name="annual-report-write"),
    path("annual-reports/<int:pk>/editions/<int:edition>/", annual.edition, name="annual-report-edition"),
    path("annual-reports/<int:pk>/document/", annual_papers.document, name="annual-report-paper"),
    path("annual-reports/<int:pk>/workbook/", annual_papers.workbook, name="annual-report-workbook"),
    path(
        "annual-reports/<int:pk>/editions/<int:edition>/document/",
        annual_papers.document,
        name="annual-report-edition-paper",
    ),
    path(
        "annual-reports/<int:pk>/editions/<int:edition>/workbook/",
        annual_papers.workbook,
        name="annual-report-edition-workbook",
    ),
    path("annual-reports/workbook/", annual_papers.national, name="annual-national-workbook"),
    path("papers/<slug:kind>/<int:pk>/<slug:form>/", papers.paper, name="paper"),
    path(
        "years/<int:year>/officers/<int:pk>/sheet/<int:department>/<slug:form>/",
        papers.annual_sheet,
        name="annual-sheet-paper",
    ),
    path("notices/<int:pk>/paper/", papers.notice_paper, name="notice-paper"),
    path("notices/<int:pk>/text/", papers.notice_text, name="notice-text"),
]
