"""Addresses of the year and its papers."""

from django.urls import path

from . import paper_views, views

urlpatterns = [
    path("years/<int:year>/", views.year, name="year"),
    path("annual-reports/", views.report_list, name="annual-report-list"),
    path("years/<int:year>/report/<slug:version>/", views.start, name="annual-report-start"),
    path("annual-reports/<int:pk>/", views.detail, name="annual-report-detail"),
    path("annual-reports/<int:pk>/text/", views.write, name="annual-report-write"),
    path("annual-reports/<int:pk>/editions/<int:edition>/", views.edition, name="annual-report-edition"),
    path("notices/<int:pk>/paper/", paper_views.notice_paper, name="notice-paper"),
    path("notices/<int:pk>/text/", paper_views.notice_text, name="notice-text"),
]
