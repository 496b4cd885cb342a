"""The provinces side by side: those that have sent their report, and only those, by the figures frozen in it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fieldvisits.models import VisitDay
from reports.dashboards import comparison_of
from reports.models import SECTIONS, AnnualReport
from tests.factories import make_annual_report, make_quarter, make_result, make_unit, make_visit

URL = reverse("comparison", args=[2025])


@pytest.fixture
def sent(cast, now):
    """Thái Nguyên has sent 2025: two visits of three days, one of two officers' hosts visited, ten officers with 60 days."""
    home = make_unit(cast, "Huyện đoàn Định Hóa")
    make_unit(cast, "Huyện đoàn Võ Nhai")
    make_result(cast, make_visit(cast, first=date(2025, 4, 7), days=3, unit=home), "accepted")
    make_result(cast, make_visit(cast, cast.colleague, date(2025, 5, 5), 3, unit=home), "accepted")
    return make_annual_report(cast, "sent", "final", 2025)


def theirs(cast, state):
    """Vĩnh Phúc's final report on 2025 in ``state``, with one accepted visit of four days."""
    make_quarter(cast, 2025, there=True)
    make_result(cast, make_visit(cast, cast.stranger, date(2025, 4, 7), 4), "accepted")
    report = AnnualReport.objects.start(
        cast.other_province, 2025, "final", by=cast.strange_coordinator.powers
    )
    report.write(by=cast.strange_coordinator.powers, **dict.fromkeys(SECTIONS, "Nội dung"))
    if state != "draft":
        report.perform("submit", by=cast.strange_coordinator)
        report.perform("approve", by=cast.strange_member)
    if state == "sent":
        day = date(2026, 1, 2)
        report.perform("send", by=cast.strange_coordinator, number="7-BC/TĐVP", dated=day, sent_on=day)
    return report


def rows(found):
    return {str(row.year.report.province): [text for _heading, text in row.cells] for row in found.rows}


def test_the_numbers_are_the_frozen_ones(cast, sent, in_english):
    expected = {
        # officers, met, owed, accepted, of owed, mean, visits, units, ad hoc, settled
        "Thái Nguyên": ["10", "0 %", "600", "6", "1 %", "0.6", "2", "50 %", "0 %", "–"]
    }
    assert rows(comparison_of(cast.central, 2025)) == expected
    VisitDay.objects.filter(officer=cast.officer).update(counted=False)
    assert rows(comparison_of(cast.central, 2025)) == expected


@pytest.mark.parametrize("state", ["draft", "approved"])
def test_a_province_that_has_not_sent_is_absent(cast, sent, sign_in, state):
    theirs(cast, state)
    page = sign_in(cast.central).get(URL)
    assert list(rows(page.context["comparison"])) == ["Thái Nguyên"]
    assert "Vĩnh Phúc" not in page.content.decode()


def test_the_provinces_come_best_first_by_what_is_asked(cast, sent):
    theirs(cast, "sent")
    # four days for four officers are more than six for ten, but fewer days
    by_mean, by_days = (
        comparison_of(cast.central, 2025, "mean"),
        comparison_of(cast.central, 2025, "accepted"),
    )
    assert list(rows(by_mean)) == ["Vĩnh Phúc", "Thái Nguyên"]
    assert list(rows(by_days)) == ["Thái Nguyên", "Vĩnh Phúc"]
    assert [v.number for v in by_mean.chart.series[0].values] == [1.0, 0.6]
    assert [v.number for v in by_days.chart.series[0].values] == [6, 4]
    assert [h.name for h in comparison_of(cast.central, 2025, "nonsense").headings if h.chosen] == ["met"]


def test_the_final_report_stands_before_the_provisional_one(cast, sent):
    assert sent.version == "final"
    make_result(cast, make_visit(cast, cast.head, date(2025, 6, 2), 2), "accepted")
    make_annual_report(cast, "sent", "provisional", 2025)
    (row,) = comparison_of(cast.central, 2025).rows
    assert (row.year.report.pk, row.year.accepted) == (sent.pk, 6)


def test_each_province_leads_to_its_report(cast, sent, sign_in):
    page = sign_in(cast.central).get(URL)
    assert page.context["comparison"].chart.labels[0].url == sent.get_absolute_url()
    assert sign_in(cast.central).get(sent.get_absolute_url()).status_code == 200


def test_a_year_in_which_nobody_has_sent_says_so(cast, sign_in):
    page = sign_in(cast.central).get(reverse("comparison", args=[2025]))
    assert page.status_code == 200
    assert page.context["comparison"].rows == ()


def test_the_queries_are_the_same_at_one_and_two_provinces(cast, sent, sign_in):
    client = sign_in(cast.central)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL).status_code == 200
        return len(queries)

    asked()
    once = asked()
    theirs(cast, "sent")
    assert asked() == once <= 12
