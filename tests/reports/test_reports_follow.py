"""Numbers that lead elsewhere than to days: what they lead to says the same."""

import pytest
from django.urls import reverse

from fieldvisits.models import UnitAssignment
from reports.base import percent
from reports.definitions.adhoc import share
from tests.factories import make_result, make_unit, make_visit


def cell(client, url, column, row=0):
    """The cell of ``column`` in a row of the report at ``url``."""
    lines = client.get(url).context["lines"]
    return next(c for c in lines[row] if c.column.name == column)


@pytest.mark.parametrize(
    ("part", "whole", "told"), [(249, 250, 99), (250, 250, 100), (2, 12, 16), (0, 0, None)]
)
def test_a_share_is_hundred_per_cent_when_it_is_all_only(part, whole, told):
    assert percent(part, whole) == told


def test_a_share_to_one_place_is_hundred_when_it_is_all_only(in_english):
    assert (share(2999, 3000), share(1, 3), share(3, 3), share(0, 0)) == ("99.9", "33.3", "100.0", "0.0")


def test_late_papers_lead_to_the_papers_they_are(reported_year, sign_in):
    """A department's late result counts; the Standing Committee's late decision is not the department's paper."""
    cast = reported_year.cast
    late = make_visit(cast, cast.colleague, reported_year.visits[0].starts)
    make_result(cast, late, "submitted", on=late.ends.replace(month=2, day=19))
    client = sign_in(cast.member)
    client.cookies["django_language"] = "en"
    seen = 0
    for row, line in enumerate(client.get("/reports/departments/?year=2026").context["lines"]):
        told = cell(client, "/reports/departments/?year=2026", "late", row)
        if told.value:
            seen += 1
            page = client.get(told.url)
            assert not page.context["form"].problems
            assert page.context["page"].paginator.count == told.value, line[0].value
    assert seen


def test_units_of_a_level_lead_to_the_units_counted(reported_year, sign_in):
    """The catalogue's units are counted whatever department the days are of; units a department is in charge of are another thing."""
    cast = reported_year.cast
    unit = reported_year.visits[0].unit
    make_unit(cast, "Huyện đoàn Phú Bình", level="district")
    UnitAssignment.objects.create(
        unit=unit, department=cast.building, valid_from=unit.valid_from or "2020-01-01"
    )
    client = sign_in(cast.member)
    told = cell(client, f"/reports/levels/?year=2026&department={cast.building.pk}", "units")
    assert client.get(told.url).context["page"].paginator.count == told.value == 2
    assert cell(client, "/reports/levels/?year=2026&quarter=1", "units").url is None


def test_days_reported_and_not_accepted_do_not_lead_to_all_reported_days(cast, now, sign_in):
    """Two days accepted, one reported and waiting: the one leads to the officer's page, not to a list of three."""
    now.move_to("2026-02-20T09:00:00+07:00")
    make_result(cast, make_visit(cast), "accepted")
    adhoc = make_visit(cast, cast.officer, make_visit(cast).starts.replace(day=28), 1)
    make_result(cast, adhoc, "submitted")
    chart = sign_in(cast.member).get("/years/2026/").context["board"].charts["officers"]
    waiting = next(series for series in chart.series if series.tone == "mint")
    assert [(v.number, v.url) for v in waiting.values if v.number] == [
        (1, reverse("officer-year", args=[2026, cast.officer.pk]))
    ]


def test_the_share_of_ad_hoc_visits_is_that_of_what_is_asked(reported_year, sign_in, in_english):
    """Ad-hoc visits are in group 2; the other department's people went nowhere."""
    cast = reported_year.cast
    client = sign_in(cast.member)
    client.cookies["django_language"] = "en"

    def told(**query):
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return next(iter(client.get(f"/reports/adhoc/?year=2026&{asked}").context["report"].notes()))

    assert told(department=cast.movement.pk).startswith("Ad-hoc are 2 of 4 visits")
    assert told(department=cast.building.pk).startswith("Ad-hoc are 0 of 0 visits")
    assert told(group=1) == "Ad-hoc are 0 of 1 visits decided on (0.0 %) and 0 of 2 accepted days (0.0 %)."
    whole, consented = told(), told(status="consented")
    assert whole == consented, "the share is of all, whatever part of the ad-hoc ones is listed"
