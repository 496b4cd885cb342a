"""The register of recommendations and the page of one: found, followed up, assigned, answered."""

import re
from datetime import date, datetime
from itertools import chain
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldvisits.models import FollowUp, Recommendation
from tests.factories import make_quarter, make_recommendation, make_result, make_unit, make_visit

LIST = "/recommendations/"


@pytest.fixture
def page(cast, sign_in, english, now):
    """``page(user)`` on 25 February 2026, in English."""
    now.move_to(datetime(2026, 2, 25, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
    return sign_in


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def texts(client, query=""):
    """The recommendations listed, in order."""
    answer = client.get(LIST + query)
    assert answer.status_code == 200
    return re.findall(r'register-text"><a href="/recommendations/\d+/">([^<]+)</a>', answer.content.decode())


@pytest.fixture
def four(cast, page):
    """Open and overdue, in progress in An's charge, settled, and one that is still noted."""
    result = make_result(cast)
    for text, more in (
        ("Bổ sung kinh phí tập huấn", {"due": date(2026, 2, 20)}),
        ("Đặt tủ sách thanh niên", {"addressee": "unit", "owner": cast.officer, "due": date(2026, 3, 1)}),
        ("Sửa nhà văn hóa", {"addressee": "outside", "addressee_name": "UBND xã Bình Yên"}),
    ):
        Recommendation.objects.create(
            result=result,
            unit=result.visit.unit,
            department=cast.movement,
            text=text,
            **({"addressee": "province"} | more),
        )
    result.perform("submit", by=cast.officer)
    result.perform("accept", by=cast.head)
    one, two, three = Recommendation.objects.order_by("pk")
    two.perform("start", by=cast.officer)
    three.perform("settle", by=cast.head, comment="Xã đã sửa mái")
    other = make_unit(cast, "Đoàn xã Phú Bình")
    elsewhere = make_result(cast, make_visit(cast, cast.other_officer, unit=other))
    make_recommendation(cast, elsewhere, text="Còn trong bản nháp", department=cast.building)
    return one, two, three


def test_what_is_still_open_stands_first_oldest_at_the_top(cast, page, four):
    client = page(cast.colleague)
    assert texts(client) == ["Bổ sung kinh phí tập huấn", "Đặt tủ sách thanh niên"]
    tabs = text_of(client.get(LIST))
    assert "Still open 2 Open 1 In progress 1 Settled 1 Passed up 0 Dropped 0 All 3" in tabs


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=all", ["Bổ sung kinh phí tập huấn", "Đặt tủ sách thanh niên", "Sửa nhà văn hóa"]),
        ("?state=settled", ["Sửa nhà văn hóa"]),
        ("?overdue=1", ["Bổ sung kinh phí tập huấn"]),
        ("?mine=1", ["Đặt tủ sách thanh niên"]),
        ("?addressee=unit", ["Đặt tủ sách thanh niên"]),
        ("?q=tu+sach", ["Đặt tủ sách thanh niên"]),
        ("?state=all&q=mai", ["Sửa nhà văn hóa"]),
        ("?state=all&q=binh+yen", ["Sửa nhà văn hóa"]),
        ("?unit=dinh+hoa", ["Bổ sung kinh phí tập huấn", "Đặt tủ sách thanh niên"]),
        ("?unit=phu+binh", []),
        ("?period=2026", ["Bổ sung kinh phí tập huấn", "Đặt tủ sách thanh niên"]),
        ("?period=2026-2", []),
        (
            "?period=x&state=y&addressee=z&department=0&page=x",
            ["Bổ sung kinh phí tập huấn", "Đặt tủ sách thanh niên"],
        ),
        ("?q=" + "a" * 10_000, []),
        ("?q=%00", ["Bổ sung kinh phí tập huấn", "Đặt tủ sách thanh niên"]),
    ],
)
def test_filters_find_what_they_say(cast, page, four, query, found):
    assert texts(page(cast.officer), query) == found


def test_the_department_in_charge_filters_too(cast, page, four):
    client = page(cast.coordinator)
    assert len(texts(client, f"?department={cast.movement.pk}")) == 2
    assert texts(client, f"?department={cast.building.pk}") == []


def test_from_the_page_of_a_unit_it_is_that_units_alone_with_those_it_carries_on(cast, page, four):
    client, unit = page(cast.officer), four[0].unit
    assert len(texts(client, f"?family={unit.pk}")) == 2
    assert texts(client, f"?family={make_unit(cast, f'Xã đoàn {unit.pk}').pk}") == []
    heir = make_unit(cast, "Đoàn xã Bình Yên", level="commune")
    unit.successors.add(heir)
    answer = client.get(f"{LIST}?family={heir.pk}&state=all")
    assert "and at units it carries on" in text_of(answer)
    shown = client.get(f"/units/{heir.pk}/").context["page"]
    assert len(texts(client, f"?family={heir.pk}")) == shown.pending.paginator.count == 2
    assert len(texts(client, "?family=0")) == len(texts(client))  # nonsense narrows nothing


def test_another_province_sees_nothing(cast, page, four):
    client = page(cast.stranger)
    assert texts(client, "?state=all") == []
    assert "No recommendation yet" in text_of(client.get(LIST))
    assert client.get(four[0].get_absolute_url()).status_code == 404


def test_a_noted_one_is_not_in_the_register(cast, page, four):
    assert texts(page(cast.other_officer), "?state=all&q=nhap") == []


def test_its_page_says_where_it_comes_from_and_what_became_of_it(cast, page, four):
    one, _two, three = four
    text = text_of(page(cast.head).get(three.get_absolute_url()))
    for words in (
        "Sửa nhà văn hóa",
        "Answer 25/02/2026",
        "Xã đã sửa mái",
        "UBND xã Bình Yên",
        "Nguyễn Văn An",
    ):
        assert words in text
    html = page(cast.head).get(one.get_absolute_url()).content.decode()
    assert f'href="/results/{one.result_id}/"' in html
    html = page(cast.colleague).get(one.get_absolute_url()).content.decode()
    assert f'href="/results/{one.result_id}/"' not in html  # not theirs to read
    assert "Settle</" not in html


def test_findings_of_later_visits_are_shown_once_they_are_accepted(cast, page, four):
    one = four[0]
    later = make_result(cast, make_visit(cast, cast.colleague, date(2026, 2, 10)))
    FollowUp.objects.record(later, one, found="begun", text="Đang xin vốn", by=cast.colleague.powers)
    assert "Đang xin vốn" in text_of(page(cast.colleague).get(one.get_absolute_url()))
    assert "Đang xin vốn" not in text_of(page(cast.officer).get(one.get_absolute_url()))
    later.perform("submit", by=cast.colleague)
    later.perform("accept", by=cast.head)
    text = text_of(page(cast.officer).get(one.get_absolute_url()))
    assert "10/02/2026 – 11/02/2026 Trần Thị Bình Being worked on Đang xin vốn" in text


def test_it_is_assigned_settled_and_opened_again(cast, page, four):
    one = four[0]
    client = page(cast.head)
    assert "Who follows it up" in text_of(client.get(one.get_absolute_url()))
    client.post(
        f"/recommendations/{one.pk}/assign/",
        {
            "seen": one.seen,
            "department": cast.building.pk,
            "owner": cast.other_officer.pk,
            "due": "31/03/2026",
        },
    )
    one.refresh_from_db()
    assert (one.department, one.owner, one.due) == (cast.building, cast.other_officer, date(2026, 3, 31))
    owner = page(cast.other_officer)
    owner.post(f"/recommendations/{one.pk}/settle/", {"comment": "Đã cấp 20 triệu đồng"})
    one.refresh_from_db()
    assert (one.state, one.answer) == ("settled", "Đã cấp 20 triệu đồng")
    owner.post(f"/recommendations/{one.pk}/reopen/", {"comment": "Chưa đủ"})
    one.refresh_from_db()
    assert (one.state, one.answer) == ("open", "")


def test_the_history_tells_in_whose_charge_it_was(cast, page, four):
    one = four[0]
    one.perform("assign", by=cast.head, owner=cast.officer, due=date(2026, 3, 15))
    one.perform("assign", by=cast.head, owner=cast.other_officer, department=cast.building, due=None)
    history = text_of(page(cast.head).get(one.get_absolute_url())).partition("History")[2]
    places = [
        history.index(words)
        for words in (
            "In charge: Ban Phong trào; due by 20/02/2026",
            "In charge: Ban Phong trào · Nguyễn Văn An; due by 15/03/2026",
            "In charge: Ban Xây dựng Đoàn · Đỗ Thị Giang",
        )
    ]
    assert places == sorted(places)


def test_a_refused_assignment_keeps_what_was_typed(cast, page, four):
    one = four[0]
    client = page(cast.head)
    answer = client.post(
        f"/recommendations/{one.pk}/assign/",
        {"seen": "0", "department": cast.building.pk, "owner": cast.other_officer.pk, "due": "31/03/2026"},
        follow=True,
    )
    html = answer.content.decode()
    assert "look again" in html
    assert 'value="31/03/2026"' in html
    assert re.search(rf'value="{cast.other_officer.pk}" selected', html)
    one.refresh_from_db()
    assert one.owner is None


@pytest.mark.parametrize("who", ["colleague", "executive"])
def test_those_who_only_read_have_no_buttons(cast, page, four, who):
    text = text_of(page(getattr(cast, who)).get(four[0].get_absolute_url()))
    assert "Settle" not in text
    assert "Who follows it up" not in text


def test_the_register_asks_as_much_for_three_as_for_one(cast, page):
    def asked(address):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    first = make_recommendation(cast, state="open", owner=cast.officer)
    client = page(cast.head)
    client.get(LIST)
    lists, pages = asked(LIST + "?q=kinh&unit=dinh"), asked(first.get_absolute_url())
    for n in (1, 2):
        Recommendation.objects.create(
            result=first.result,
            unit=make_unit(cast, f"Đoàn xã Định Hóa {n}"),
            state="open",
            text=f"Kinh phí {n}",
            addressee="unit",
            department=cast.building,
            owner=cast.colleague,
        )
    assert asked(LIST + "?q=kinh&unit=dinh") == lists <= 25
    assert asked(first.get_absolute_url()) == pages <= 25


def test_the_quarters_of_old_years_are_no_choices_but_the_years_are(cast, page):
    for year in (2022, 2023, 2024, 2025, 2026):
        make_quarter(cast, year, opened=False)
    html = page(cast.officer).get(LIST).content.decode()
    options = re.findall(r'<option value="(20\d\d(?:-\d)?)"', html)
    each = [[str(year), *(f"{year}-{number}" for number in (1, 2, 3, 4))] for year in (2026, 2025, 2024)]
    assert options == [*chain(*each), "2023", "2022"]
    asked = page(cast.officer).get(LIST + "?period=2022-3").content.decode()
    assert '<option value="2022-3" selected>' in asked  # who kept the address finds it as before


def test_it_is_overdue_from_the_day_after_its_due_date(cast, now):
    made = make_recommendation(cast, state="open", due=date(2026, 2, 10))
    for day, overdue in (("2026-02-10", []), ("2026-02-11", [made])):
        now.move_to(f"{day}T09:00:00+07:00")
        assert (list(Recommendation.objects.overdue()), made.is_overdue) == (overdue, bool(overdue))
