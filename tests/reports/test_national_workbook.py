"""The workbook of the Central Union: every report that was sent, and no other."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fieldvisits.models import YearRule
from reports.models import SECTIONS, AnnualReport, fingerprint_of
from tests.factories import make_annual_report, make_quarter

from .annual_world import filled, final_report, make_year, opened, values

ADDRESS = "annual-national-workbook"


@pytest.fixture
def year(cast, now):
    return make_year(cast, now)


def send(cast, report):
    """The other province's report, sent."""
    report.write(by=cast.strange_coordinator.powers, **dict.fromkeys(SECTIONS, "Nội dung"))
    report.perform("submit", by=cast.strange_coordinator)
    report.perform("approve", by=cast.strange_member)
    day = date(2027, 1, 5)
    report.perform("send", by=cast.strange_coordinator, number="9-BC/TĐVP", dated=day, sent_on=day)


def theirs(cast, version="final"):
    make_quarter(cast, 2026, there=True)
    province = cast.stranger.province
    return AnnualReport.objects.start(province, 2026, version, by=cast.strange_coordinator.powers)


def sheets(client, **asked):
    answer = client.get(reverse(ADDRESS), asked)
    assert answer.status_code == 200
    return {name: filled(rows) for name, rows in values(answer.content).items()}


def test_only_what_was_sent_is_in_it(year, sign_in):
    final_report(year)
    report = theirs(year)
    client = sign_in(year.central)
    there = report.province.name
    assert there not in str(sheets(client))
    send(year, report)
    found = sheets(client)
    assert [row[0] for row in found["So sánh"][3:]] == ["Thái Nguyên", there, "Tổng cộng"]


def test_the_numbers_are_those_of_the_frozen_figures(year, sign_in):
    report = final_report(year)
    row = sheets(sign_in(year.central), year="2026")["So sánh"][3]
    assert row[:4] == ["Thái Nguyên", "2026", str(report.get_version_display()), "120-BC/TĐTN"]
    assert row[5:11] == [10, 0, 0, 600, 5, 0]
    assert row[-3:] == [2, 1, 0]


def test_the_annexes_carry_the_province(year, sign_in):
    final_report(year)
    send(year, theirs(year))
    found = sheets(sign_in(year.central))
    by_letter = [name[0] for name in found if name[1:3] == " -"]
    assert sorted(set(by_letter)) == ["a", "b", "c", "d", "e", "f"]
    officers = next(rows for name, rows in found.items() if name.startswith("a -"))
    assert {row[0] for row in officers[3:-1]} == {"Thái Nguyên", year.stranger.province.name}
    listed = [rows for name, rows in found.items() if name.startswith("e -")][1]
    assert any("Trần Thị Bình" in row for row in listed)


def test_long_texts_have_the_height_they_need(year, sign_in):
    """The list of ad-hoc visits is wider than its paper: texts give way, and rows grow."""
    final_report(year)
    book = opened(sign_in(year.central).get(reverse(ADDRESS)).content)
    sheet = next(sheet for sheet in book.worksheets if sheet.title.startswith("e -") and sheet.max_column > 8)
    widths = {letter: found.width for letter, found in sheet.column_dimensions.items()}
    assert sum(widths.values()) <= 220.5
    seen = 0
    for row in sheet.iter_rows(min_row=5):
        lines = max(len(c.value) / widths[c.column_letter] / 1.2 for c in row if isinstance(c.value, str))
        if lines > 1:
            seen += 1
            assert sheet.row_dimensions[row[0].row].height >= 14.5 * lines
    assert seen


def test_of_two_reports_on_a_year_the_final_one_counts(year, sign_in):
    make_annual_report(year, "sent")
    client = sign_in(year.central)
    with_provisional = sheets(client)["So sánh"]
    assert [row[0] for row in with_provisional[3:]] == ["Thái Nguyên", "Tổng cộng"]
    final = final_report(year)
    with_both = sheets(client)["So sánh"]
    assert [row[0] for row in with_both[3:]] == ["Thái Nguyên", "Tổng cộng"]
    assert str(final.get_version_display()) in with_both[3]


def test_a_year_nobody_reported_on_is_said(year, sign_in, english):
    final_report(year)
    answer = sign_in(year.central).get(reverse(ADDRESS), {"year": "2020"}, follow=True)
    assert "No province has sent a report on this year." in answer.content.decode()
    assert sign_in(year.central).get(reverse(ADDRESS), {"year": "x\0"}).status_code == 200


@pytest.mark.parametrize(
    "who", ["coordinator", "member", "executive", "officer", "administrator", "stranger"]
)
def test_it_is_the_central_unions_alone(year, sign_in, who):
    final_report(year)
    assert sign_in(getattr(year, who)).get(reverse(ADDRESS)).status_code == 404


def test_an_older_report_says_what_it_does_not_keep(year, sign_in):
    report = final_report(year)
    old = {k: v for k, v in report.figures.items() if k not in ("visit_list", "paper")}
    AnnualReport.objects.filter(pk=report.pk).update(figures=old, figures_sha256=fingerprint_of(old))
    listed = [rows for name, rows in sheets(sign_in(year.central)).items() if name.startswith("e -")][1]
    assert len([row for row in listed if row[0] == "Thái Nguyên"]) == 1


def test_the_button_stands_on_the_list_of_the_central_union_only(year, sign_in):
    final_report(year)
    address = reverse("annual-report-list")
    assert reverse(ADDRESS) in sign_in(year.central).get(address).content.decode()
    assert reverse(ADDRESS) not in sign_in(year.member).get(address).content.decode()


def test_the_list_begins_with_the_last_year_sent(year, sign_in, english):
    make_annual_report(year, "sent", year=2025)
    make_annual_report(year, "sent", version="final", year=2025)
    last = final_report(year)
    central, own = sign_in(year.central), reverse("annual-report-list")

    def listed(client, **asked):
        return [(r.year, str(r.version)) for r in client.get(own, asked).context["page"]]

    assert listed(central) == listed(central, year="2026") == [(2026, last.version)]
    assert listed(central, year="2025") == [(2025, "provisional"), (2025, "final")]
    assert listed(central, year="all") == [(2026, "final"), (2025, "provisional"), (2025, "final")]
    assert listed(central, year="1999") == listed(central, year="x") == [(2026, "final")]
    assert listed(sign_in(year.member)) == [(2026, "final"), (2025, "provisional"), (2025, "final")]


def test_the_list_has_pages(year, sign_in, monkeypatch):
    monkeypatch.setattr("reports.views.annual.PAGE", 1)
    final_report(year)
    make_annual_report(year, "sent", year=2025)
    client, address = sign_in(year.member), reverse("annual-report-list")
    assert [r.year for r in client.get(address).context["page"]] == [2026]
    assert [r.year for r in client.get(address, {"page": 2}).context["page"]] == [2025]
    assert 'href="?page=2"' in client.get(address).content.decode()


def test_the_queries_do_not_grow(year, sign_in):
    final_report(year)
    client = sign_in(year.central)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert sheets(client)
        return len(queries)

    asked()
    once = asked()
    send(year, theirs(year))
    assert YearRule.objects.count() > 1
    assert asked() == once
