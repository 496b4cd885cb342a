"""The year at a glance: its numbers by hand, each leading to exactly the rows that make it, and nobody else's."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from fieldvisits.models import VisitDay, YearRule
from reports.base import Asked
from reports.dashboards import lateness_chart, year_board
from tests.factories import (
    make_adhoc,
    make_annual_report,
    make_plan,
    make_quarter,
    make_recommendation,
    make_result,
    make_unit,
    make_visit,
)

YEAR = reverse("year", args=[2026])


@pytest.fixture
def spring(cast, now):
    """By 20 May 2026: An has four accepted days (two confirmed) at Định Hóa, Giang of the other department two reported ones at
    Võ Nhai in February and two approved ones in May ahead; Chi registered two for April that are not decided on; two units wait."""
    home, far = make_unit(cast, "Huyện đoàn Định Hóa"), make_unit(cast, "Huyện đoàn Võ Nhai")
    make_unit(cast, "Đoàn xã La Hiên", level="commune")
    make_unit(cast, "Đoàn xã Lam Vỹ", level="commune", valid_from=date(2026, 7, 1))
    first = make_result(cast, make_visit(cast, unit=home), "accepted")
    second = make_visit(cast, first=date(2026, 4, 22), unit=home, group=3)
    recommendation = make_recommendation(cast, make_result(cast, second), "open")
    VisitDay.objects.filter(visit=first.visit).update(confirmed=True)
    make_result(cast, make_visit(cast, cast.other_officer, date(2026, 2, 10), unit=far, group=2), "submitted")
    make_visit(cast, cast.other_officer, date(2026, 5, 26), unit=far, group=2)
    now.move_to("2026-04-04T09:00:00+07:00")
    make_plan(cast, cast.head, make_quarter(cast, 2026, 2), "submitted")
    # the other province has days, units and recommendations, too
    there = make_unit(cast, "Huyện đoàn Tam Đảo", there=True)
    theirs = make_visit(cast, cast.stranger, date(2026, 1, 20), unit=there)
    make_recommendation(cast, make_result(cast, theirs), "open")
    now.move_to("2026-05-20T09:00:00+07:00")
    return recommendation


def rule_of(cast):
    return YearRule.objects.select_related("province").get(province=cast.province, year=2026)


def charts_of(cast, reader):
    return year_board(rule_of(cast), reader).charts


def numbers(chart, *names):
    """Label → numbers of the chart's columns (of those named)."""
    wanted = [one for one in chart.series if not names or one.name in names]
    return {
        label.text: [one.values[n].number for one in wanted]
        for n, label in enumerate(chart.labels)
        if not label.heads
    }


def test_the_five_kinds_stand_side_by_side(cast, spring, in_english):
    assert numbers(charts_of(cast, cast.member)["kinds"], "Days") == {
        "Registered": [10],
        "Approved": [8],
        "Reported": [6],
        "Accepted": [4],
        "Confirmed by hosts": [2],
    }


def test_each_officer_has_a_bar_against_what_is_owed(cast, spring, in_english):
    chart = charts_of(cast, cast.member)["officers"]
    found = numbers(chart)
    assert [one.name for one in chart.series] == [
        "Accepted",
        "Reported, not accepted yet",
        "Approved ahead",
        "Owed",
        "Expected by today",
    ]
    # 140 of 365 days have passed: 60 × 140 ÷ 365 = 23
    assert found["Nguyễn Văn An"] == [4, 0, 0, 60, 23]
    assert found["Đỗ Thị Giang"] == [0, 2, 2, 60, 23]
    assert [label.text for label in chart.labels if label.heads] == ["Ban Xây dựng Đoàn", "Ban Phong trào"]
    assert chart.ends[[label.text for label in chart.labels].index("Nguyễn Văn An")] == "4/60"


def test_accepted_days_stand_in_their_month_and_group(cast, spring, in_english):
    chart = charts_of(cast, cast.member)["months"]
    found = numbers(chart)
    assert len(found) == 12
    assert {month: row for month, row in found.items() if any(row)} == {
        "1": [2, 0, 0, 0, 2],
        "4": [0, 0, 2, 0, 2],
    }
    assert [total.number for _one, total in chart.sums] == [2, 0, 2, 0, 4]


def test_departments_are_compared_by_their_days_per_officer(cast, spring, in_english):
    found = numbers(
        charts_of(cast, cast.member)["departments"],
        "Accepted per officer",
        "Approved per officer",
        "Officers with days to do",
        "Met or exceeded",
        "Accepted",
        "Approved",
    )
    # Ban Phong trào: four officers, four accepted days; Ban Xây dựng Đoàn: six, four approved days
    assert found == {"Ban Xây dựng Đoàn": [0.0, 0.7, 6, 0, 4, 0], "Ban Phong trào": [1.0, 1.0, 4, 0, 4, 4]}


def test_coverage_counts_the_units_valid_so_far_and_names_those_that_wait(cast, spring, in_english):
    board = year_board(rule_of(cast), cast.member)
    assert numbers(board.charts["coverage"]) == {
        "District union": [1, 0, 1],
        "Commune, ward or special-zone union": [0, 0, 1],
    }
    assert [one.unit.name for one in board.coverage.longest] == ["Huyện đoàn Võ Nhai", "Đoàn xã La Hiên"]
    assert [one.days for one in board.coverage.longest] == [None, None]


def test_recommendations_that_wait_stand_by_their_age(cast, spring, now, in_english):
    chart = charts_of(cast, cast.member)["recommendations"]
    # made on the visit that ended on 23 April: 27 days ago, and open; the other province's is not there
    assert numbers(chart, "Open") == {"up to 30": [1], "31–90": [0], "91–180": [0], "over 180": [0]}
    now.move_to("2026-05-24T09:00:00+07:00")
    assert numbers(charts_of(cast, cast.member)["recommendations"], "Open")["31–90"] == [1]


def test_what_is_late_stands_step_by_step(cast, spring, in_english):
    """Late, missing, in time, due. Ten officers owe plans for quarters I and II, five came; nobody has reported on quarter I."""
    assert numbers(lateness_chart(Asked(cast.member, rule_of(cast)))) == {
        "1. Plans of officers": [0, 15, 5, 20],
        "2. Department plans": [0, 0, 4, 4],
        "3. Decision of the Standing Committee": [0, 0, 4, 4],
        "5. Answers of host units before the visit": [0, 3, 0, 3],
        "6. Results of visits": [0, 0, 3, 3],
        "6. Quarter reports of officers": [0, 10, 0, 10],
        "6. Reports of departments": [0, 2, 0, 2],
    }


@pytest.mark.parametrize("who", ["member", "coordinator", "executive", "head", "officer"])
def test_every_number_leads_to_its_rows(cast, spring, sign_in, who):
    reader = getattr(cast, who)
    client = sign_in(reader)
    with override("vi"):
        charts = charts_of(cast, reader)
    seen = 0
    for chart in charts.values():
        for one in chart.series:
            for value in one.values:
                if not value.url.startswith("/reports/") or value.unit or isinstance(value.number, float):
                    continue  # shares and means are made of other numbers
                context = client.get(value.url).context
                left_out = getattr(context["report"], "left_out", 0)  # said below the list
                assert context["page"].paginator.count + left_out == value.number, (chart.key, value.url)
                assert not left_out or who == "executive"
                seen += 1
    assert seen >= 4


def test_the_late_papers_lead_to_their_steps(cast, spring, sign_in, in_english):
    client = sign_in(cast.member)
    chart, seen = lateness_chart(Asked(cast.member, rule_of(cast))), set()
    for one, what in zip(chart.series, ("late", "missing", "in_time", "due"), strict=True):
        for value in one.values:
            if value.number:
                rows = client.get(value.url).context["page"].paginator.object_list
                assert len(rows) == value.number, value.url
                assert what == "due" or {row.paper.status for row in rows} == {what}
                seen.add(what)
    assert seen >= {"missing", "in_time", "due"}


def test_a_recommendation_leads_from_its_age(cast, spring, sign_in):
    client = sign_in(cast.member)
    url = reverse("report", args=["recommendations"])
    for age, count in (("to-30", 1), ("to-90", 0), ("more", 0)):
        page = client.get(url, {"year": 2026, "age": age}).context["page"]
        assert page.paginator.count == count, age
    assert client.get(url, {"year": 2026, "age": "nonsense"}).context["page"].paginator.count == 1


def test_from_a_number_to_its_days_in_two_clicks(cast, spring, sign_in):
    client = sign_in(cast.member)
    first = client.get(YEAR)
    assert f"{YEAR}?standing=at_risk#officers-title".removeprefix(YEAR) in first.content.decode()
    second = client.get(f"{YEAR}?standing=at_risk")
    lines = [line for group in second.context["board"].groups for line in group.lines]
    (an,) = [line for line in lines if line.year.officer.pk == cast.officer.pk]
    assert an.days_url.replace("&", "&amp;") in second.content.decode()
    days = client.get(an.days_url).context["page"].paginator.object_list
    assert [day.date for day in days] == [
        date(2026, 1, 20),
        date(2026, 1, 21),
        date(2026, 4, 22),
        date(2026, 4, 23),
    ]


def test_a_head_sees_the_department_and_an_officer_the_own_year(cast, spring, in_english):
    head = year_board(rule_of(cast), cast.head)
    assert set(head.charts) == {"officers", "kinds", "months"}
    assert numbers(head.charts["kinds"], "Days")["Registered"] == [6]
    assert [str(d) for d in head.led] == ["Ban Phong trào"]
    own = year_board(rule_of(cast), cast.other_officer)
    assert set(own.charts) == {"kinds"}  # no day of hers is accepted yet
    assert own.own is not None
    assert own.own.days_shown == 4
    assert own.cards == ()


def test_a_day_the_host_confirmed_is_marked_in_the_calendar(cast, spring):
    page = year_board(rule_of(cast), cast.officer).own
    tones = {cell.row.date: cell.row.tone for _first, cells in page.months for cell in cells if cell.row}
    assert tones == {
        date(2026, 1, 20): "confirmed",
        date(2026, 1, 21): "confirmed",
        date(2026, 4, 22): "accepted",
        date(2026, 4, 23): "accepted",
    }


def test_the_other_province_is_absent(cast, spring, sign_in):
    there = sign_in(cast.strange_member).get(YEAR)
    assert "Trịnh Văn Sơn" in there.content.decode()
    here = sign_in(cast.member).get(YEAR).content.decode()
    for name in ("Trịnh Văn Sơn", "Tam Đảo"):
        assert name not in here


def test_earlier_years_are_those_their_reports_froze(cast, now, in_english):
    """2024's report was approved with four accepted days of ten officers; 2025's is a draft and is not shown."""
    make_result(cast, make_visit(cast, first=date(2024, 3, 5), days=4), "accepted")
    make_annual_report(cast, "approved", "final", 2024)
    make_annual_report(cast, "draft", "final", 2025)
    make_result(cast, make_visit(cast), "accepted")
    now.move_to("2026-03-01T09:00:00+07:00")
    found = numbers(charts_of(cast, cast.member)["years"])
    # per officer 0.4 of 60 days owed, then 0.2
    assert found == {"2024": [0.4, 60.0, 10, 0, 0, 4], "2026": [0.2, 60.0, 10, 0, 0, 2]}
    assert numbers(charts_of(cast, cast.executive)["years"]) == found


@pytest.mark.parametrize(("who", "most"), [("member", 25), ("head", 25), ("officer", 25)])
def test_the_queries_are_the_same_at_one_and_three_officers(cast, now, sign_in, who, most):
    make_result(cast, make_visit(cast), "accepted")
    now.move_to("2026-03-01T09:00:00+07:00")
    client = sign_in(getattr(cast, who))

    def asked(url):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    late = reverse("year-lateness", args=[2026])
    asked(YEAR), asked(late)
    once = asked(YEAR), asked(late)
    for officer in (cast.colleague, cast.head):
        make_recommendation(cast, make_result(cast, make_visit(cast, officer)), "open")
        make_unit(cast, f"Đoàn xã {officer.username}", level="commune")
    make_adhoc(cast, first=date(2026, 3, 20))
    assert (asked(YEAR), asked(late)) == once
    assert max(once) <= most


def test_a_year_without_anybody_says_so(cast, sign_in):
    make_quarter(cast, there=True)
    make_quarter(cast)
    page = sign_in(cast.driver).get(YEAR)
    assert page.context["board"].charts == {}
    assert "echarts" not in page.content.decode()


def test_the_page_prints_its_tables_and_loads_its_library_last(cast, spring, sign_in):
    text = sign_in(cast.member).get(YEAR).content.decode()
    assert 'id="kinds-table"' in text
    assert text.index('id="kinds-table"') < text.index("echarts.common.min")
    assert "style=" not in text
