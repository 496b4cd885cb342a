"""The plans of a quarter, and the picker of host units."""

import re
from datetime import date

import pytest
from django.urls import reverse

from fieldvisits.models import (
    UnitAssignment,
)

from ..factories import make_line, make_plan, make_quarter, make_result, make_unit, make_visit


@pytest.fixture
def me(cast, sign_in, english):
    return sign_in(cast.officer)


def test_the_list_shows_plans_one_may_read_by_given_name(cast, sign_in, english):
    make_plan(cast, cast.colleague, state="submitted")
    make_plan(cast, cast.officer, state="submitted")
    make_plan(cast, cast.deputy)
    make_plan(cast, cast.other_officer, state="submitted")
    url = make_quarter(cast).url("plan-list")

    def names(person, **filters):
        text = sign_in(person).get(url, filters).content.decode()
        return re.findall(r'class="plan-link" href="[^"]+">([^<]+)<', text)

    assert names(cast.coordinator) == ["Đỗ Thị Giang", "Nguyễn Văn An", "Trần Thị Bình"]
    assert names(cast.head) == ["Nguyễn Văn An", "Trần Thị Bình"]
    assert names(cast.officer) == ["Nguyễn Văn An"]
    assert names(cast.deputy) == ["Nguyễn Văn An", "Trần Thị Bình", "Phạm Văn Dũng"]
    assert names(cast.deputy, state="draft") == ["Phạm Văn Dũng"]
    assert names(cast.coordinator, department=cast.building.pk) == ["Đỗ Thị Giang"]
    assert names(cast.coordinator, department="x", state="\x00") == []
    assert names(cast.executive) == []
    assert sign_in(cast.stranger).get(url).status_code == 404


def test_the_list_leads_on(cast, sign_in, english):
    quarter = make_quarter(cast)
    url = quarter.url("plan-list")
    assert "Start my plan" in sign_in(cast.officer).get(url).content.decode()
    text = sign_in(cast.head).get(url).content.decode()
    assert reverse("department-board", args=[2026, 1, cast.movement.pk]) in text
    assert quarter.url("department-plan-list") not in text
    assert quarter.url("department-plan-list") in sign_in(cast.coordinator).get(url).content.decode()
    assert "No plan to read yet" in sign_in(cast.executive).get(url).content.decode()


def offered(client, **asked):
    response = client.get(reverse("unit-search"), asked)
    assert response.status_code == 200
    return [(item["text"], item["note"]) for item in response.json()["results"]]


def test_units_are_found_without_accents_and_only_when_valid(cast, me):
    quarter = make_quarter(cast)
    make_unit(cast, "Huyện đoàn Định Hóa", valid_to=date(2026, 1, 20))
    make_unit(cast, "Xã đoàn Định Hóa", level="commune", valid_from=date(2026, 1, 21))
    make_unit(cast, "Định Hóa của tỉnh khác", there=True)
    assert offered(me, q="dinh hoa") == [("Huyện đoàn Định Hóa", "District union")]
    assert offered(me, q="dinh hoa", starts="22/01/2026", ends="23/01/2026") == [
        ("Xã đoàn Định Hóa", "Commune, ward or special-zone union")
    ]
    assert offered(me, q="dinh hoa", starts="20/01/2026", ends="21/01/2026") == []
    assert offered(me, q="dinh hoa", quarter=quarter.pk) == [("Huyện đoàn Định Hóa", "District union")]
    assert offered(me, q="\x00", starts="31/02/2026", ends="mai", quarter="x" * 10_000) != []
    assert offered(me, q="d" * 10_000) == []


def test_with_nothing_typed_ones_own_units_come_first(cast, me, now):
    last = make_unit(cast, "Huyện đoàn An Bình")
    visited = make_unit(cast, "Huyện đoàn Võ Nhai")
    departments = make_unit(cast, "Huyện đoàn Phú Bình")
    mine = make_unit(cast, "Huyện đoàn Đại Từ")
    UnitAssignment.objects.create(unit=mine, officer=cast.officer, valid_from=date(2026, 1, 1))
    UnitAssignment.objects.create(unit=mine, department=cast.movement, valid_from=date(2026, 1, 1))
    UnitAssignment.objects.create(unit=departments, department=cast.movement, valid_from=date(2026, 1, 1))
    UnitAssignment.objects.create(unit=last, officer=cast.colleague, valid_from=date(2026, 1, 1))
    make_line(make_plan(cast, lines=0), visited, date(2026, 1, 12))
    assert offered(me) == [
        ("Huyện đoàn Đại Từ", "District union · assigned to you"),
        ("Huyện đoàn Phú Bình", "District union · assigned to your department"),
        ("Huyện đoàn Võ Nhai", "District union · in your plan on 12/01/2026"),
        ("Huyện đoàn An Bình", "District union"),
    ]
    assert [name for name, _note in offered(me, q="huyen")] == sorted(
        ["Huyện đoàn Đại Từ", "Huyện đoàn Phú Bình", "Huyện đoàn Võ Nhai", "Huyện đoàn An Bình"],
        key=lambda name: name.replace("Đ", "D"),
    )


def test_where_one_was_last_is_where_somebody_really_was(cast, now, sign_in, english):
    done, given_up = make_unit(cast, "Huyện đoàn Võ Nhai"), make_unit(cast, "Huyện đoàn An Bình")
    visit = make_visit(cast, first=date(2026, 1, 12), days=3, unit=done)
    missed = make_visit(cast, first=date(2026, 1, 19), unit=given_up)
    now.move_to("2026-01-22T09:00:00+07:00")
    make_result(cast, visit, "submitted", days=[date(2026, 1, 12), date(2026, 1, 13)])
    missed.perform("close", by=cast.officer, comment="Mưa lũ", variance="weather")
    assert offered(sign_in(cast.officer)) == [
        ("Huyện đoàn Võ Nhai", "District union · your last visit 13/01/2026"),
        ("Huyện đoàn An Bình", "District union"),
    ]


def test_who_has_no_province_is_offered_nothing(cast, sign_in, english):
    make_unit(cast)
    assert offered(sign_in(cast.central)) == []


@pytest.mark.parametrize("officers", [1, 3])
def test_the_list_asks_as_often_for_one_plan_as_for_three(cast, sign_in, django_assert_num_queries, officers):
    for officer in [cast.officer, cast.colleague, cast.other_officer][:officers]:
        make_plan(cast, officer, state="submitted", lines=officers)
    client, url = sign_in(cast.coordinator), make_quarter(cast).url("plan-list")
    client.get(url)  # what is asked once in a process
    with django_assert_num_queries(8):
        assert client.get(url).content.decode().count('class="plan-link"') == officers
