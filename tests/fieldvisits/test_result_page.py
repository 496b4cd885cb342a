"""The page of a result, for its officer and for its readers, and the list of a quarter's results."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fieldvisits.models import FollowUp, Recommendation, VisitResult
from tests.factories import (
    make_adhoc,
    make_quarter,
    make_recommendation,
    make_result,
    make_visit,
)

HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def later(now):
    """Sunday 25 January 2026: the visit of 20 and 21 January is over and its result not due yet."""
    now.move_to(datetime(2026, 1, 25, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
    return now


@pytest.fixture
def page(cast, sign_in, english, later):
    """``page(user)`` and get the client of that person, in English."""
    return sign_in


def shown(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def url(result, name="result-detail"):
    return reverse(name, args=[result.pk])


def text_of(result, **more):
    """What the page posts, unchanged."""
    result.refresh_from_db()
    return {
        "revision": result.revision,
        "with_days": "1",
        "days": [
            d.isoformat() for d in result.visit.days.filter(present=True).values_list("date", flat=True)
        ],
        "helped_before": result.helped_before,
        "activity": result.activity,
        "review_after": result.review_after,
        "difficulties": result.difficulties,
    } | more


# --- starting -----------------------------------------------------------------------------------------------------------------


def test_one_tap_leads_from_the_visit_to_its_result(cast, page):
    visit = make_visit(cast)
    answer = page(cast.officer).post(reverse("result-start", args=[visit.pk]))
    result = VisitResult.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/results/{result.pk}/")
    assert page(cast.officer).post(reverse("result-start", args=[visit.pk])).url == answer.url


@pytest.mark.parametrize(("who", "status"), [("colleague", 404), ("head", 403), ("stranger", 404)])
def test_nobody_else_starts_it(cast, page, who, status):
    visit = make_visit(cast)
    answer = page(getattr(cast, who)).post(reverse("result-start", args=[visit.pk]))
    assert answer.status_code == status
    assert not VisitResult.objects.exists()


def test_a_visit_that_lies_ahead_says_when(cast, page):
    visit = make_visit(cast, first=date(2026, 2, 3))
    client = page(cast.officer)
    assert client.post(reverse("result-start", args=[visit.pk])).status_code == 302
    assert "begins on 03/02/2026" in shown(client.get(reverse("result-list", args=[2026, 1])))


def test_without_visits_of_ones_own_the_list_begins_with_what_one_leads(cast, page):
    visit = make_visit(cast)
    tab = 'href="?show={}" aria-current="page"'
    client, url_ = page(cast.head), reverse("result-list", args=[2026, 1])
    assert tab.format("department") in client.get(url_).content.decode()
    assert tab.format("mine") in client.get(url_ + "?show=mine").content.decode()
    make_visit(cast, cast.head)
    assert tab.format("mine") in client.get(url_).content.decode()
    assert 'href="?show=' not in page(visit.officer).get(url_).content.decode()


# --- who reads it -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["draft", "submitted"])
@pytest.mark.parametrize("who", ["colleague", "other_head", "executive", "administrator", "stranger"])
def test_it_is_not_there_for_those_who_may_not_read_it(cast, page, state, who):
    result = make_result(cast, state=state)
    assert page(getattr(cast, who)).get(url(result)).status_code == 404


def test_a_draft_is_nobody_elses_to_read(cast, page):
    assert page(cast.head).get(url(make_result(cast))).status_code == 404


def test_readers_see_the_plan_beside_what_was_done(cast, page):
    result = make_result(cast, state="submitted")
    text = shown(page(cast.head).get(url(result)))
    for words in (
        "What was planned",
        "20/01/2026 – 21/01/2026",
        "Khảo sát, nắm tình hình chi đoàn",
        "What was done",
        "120 đoàn viên tham gia",
        "Leaders of Ban Phong trào",
        "once accepted",
    ):
        assert words in text
    assert "Accept" in text
    assert "Return for completion" in text


def test_its_officer_reads_the_paper_once_it_is_reported(cast, page):
    text = shown(page(cast.officer).get(url(make_result(cast, state="submitted"))))
    assert "Withdraw" in text
    assert "Check and report" not in text


def test_each_accepted_day_counts_or_says_why_not(cast, page):
    make_result(cast, make_visit(cast, first=date(2026, 1, 20)), "accepted")
    second = make_result(cast, make_visit(cast, first=date(2026, 1, 21)), "accepted", on=date(2026, 1, 24))
    text = shown(page(cast.officer).get(url(second)))
    assert "not counted: the day already counts on another visit: Huyện đoàn Định Hóa" in text
    assert "2 of 2 spent there · 1 counts" in text


def test_a_late_one_is_marked(cast, page):
    result = make_result(cast, state="submitted", on=date(2026, 2, 10))
    assert "late, was due by 31/01/2026" in shown(page(cast.head).get(url(result)))


def test_the_results_desk_takes_an_acceptance_back(cast, page):
    result = make_result(cast, state="accepted")
    client = page(cast.results_desk)
    assert "Take back the acceptance" in shown(client.get(url(result)))
    client.post(f"/results/{result.pk}/return/", {"comment": "Thiếu ảnh"})
    result.refresh_from_db()
    assert result.state == "returned"
    assert not result.visit.days.filter(counted=True).exists()
    text = shown(page(cast.officer).get(url(result)))
    assert "Returned for completion" in text
    assert "Thiếu ảnh" in text
    assert "Check and report" in text


# --- writing ------------------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_kept(cast, page):
    result = make_result(cast)
    typed = text_of(result, difficulties="Mưa\r\nlũ", days=["2026-01-21"])
    answer = page(cast.officer).post(url(result, "result-write"), typed, **HX)
    assert answer.status_code == 200
    assert answer.json()["revision"] == 2
    assert "result-checks" in answer.json()["html"]
    result.refresh_from_db()
    assert result.difficulties == "Mưa\nlũ"
    assert list(result.visit.days.order_by("date").values_list("present", flat=True)) == [False, True]


def test_without_scripts_it_goes_back_to_the_page(cast, page):
    result = make_result(cast)
    answer = page(cast.officer).post(url(result, "result-write"), text_of(result, activity="Khác"))
    assert (answer.status_code, answer.url) == (302, f"/results/{result.pk}/")


def test_a_second_window_is_told_and_loses_nothing(cast, page):
    result = make_result(cast)
    old = text_of(result, difficulties="Cửa sổ một")
    result.write(by=cast.officer.powers, difficulties="Cửa sổ hai")
    client = page(cast.officer)
    answer = client.post(url(result, "result-write"), old, **HX)
    assert answer.status_code == 409
    assert answer.json()["revision"] == 2
    plain = client.post(url(result, "result-write"), old)
    assert plain.status_code == 409
    assert "Cửa sổ một" in shown(plain)
    assert "Cửa sổ hai" in shown(plain)
    assert VisitResult.objects.get().difficulties == "Cửa sổ hai"
    client.post(url(result, "result-write"), old | {"over": "2"})
    assert VisitResult.objects.get().difficulties == "Cửa sổ một"


def test_the_same_words_sent_again_are_no_conflict(cast, page):
    result = make_result(cast)
    typed = text_of(result, difficulties="Mưa lũ")
    client = page(cast.officer)
    assert client.post(url(result, "result-write"), typed, **HX).status_code == 200
    assert client.post(url(result, "result-write"), typed, **HX).status_code == 200


@pytest.mark.parametrize("day", ["2026-01-26", "2026-01-19", "hôm qua", "", "2026-01-20\0"])
def test_a_day_that_cannot_be_ticked_is_refused_and_the_texts_are_kept(cast, page, day):
    result = make_result(cast)
    answer = page(cast.officer).post(
        url(result, "result-write"), text_of(result, days=[day], difficulties="Mưa lũ"), **HX
    )
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["days"]
    result.refresh_from_db()
    assert result.difficulties == "Mưa lũ"
    assert result.visit.days.filter(present=True).count() == 2
    assert answer.json()["revision"] == result.revision


def test_a_text_that_is_too_long_says_by_how_much_and_stays_on_the_page(cast, page):
    result = make_result(cast)
    long = "ă" * 10_000
    answer = page(cast.officer).post(url(result, "result-write"), text_of(result, activity=long))
    assert answer.status_code == 422
    assert "10000 characters are too many: at most 8000." in shown(answer)
    assert long in answer.content.decode()


def test_decomposed_and_invisible_characters_are_put_right(cast, page):
    result = make_result(cast)
    page(cast.officer).post(
        url(result, "result-write"), text_of(result, activity="Đo\u00e0n x\u0061\u0303\0\u200b"), **HX
    )
    assert VisitResult.objects.get().activity == "Đoàn xã"


@pytest.mark.parametrize(
    ("present", "total", "field"),
    [("43", "42", "members_present"), ("-1", "42", "members_present"), ("3", "nhiều", "members_total")],
)
def test_numbers_that_cannot_be_are_refused_at_their_field(cast, page, present, total, field):
    result = make_result(cast, make_visit(cast, group=4), members_present=30, members_total=42)
    typed = text_of(result, members_present=present, members_total=total, difficulties="Mưa lũ")
    answer = page(cast.officer).post(url(result, "result-write"), typed, **HX)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    result.refresh_from_db()
    assert (result.members_present, result.members_total, result.difficulties) == (30, 42, "Mưa lũ")


def test_a_reported_one_is_not_written(cast, page):
    result = make_result(cast, state="submitted")
    answer = page(cast.officer).post(url(result, "result-write"), text_of(result, activity="Khác"), **HX)
    assert answer.status_code == 409
    assert "cannot be changed" in answer.json()["message"]


@pytest.mark.parametrize(("who", "status"), [("head", 403), ("colleague", 404), ("stranger", 404)])
def test_nobody_else_writes_it(cast, page, who, status):
    result = make_result(cast, state="submitted")
    client = page(getattr(cast, who))
    for name in ("result-write", "recommendation-add", "attachment-add"):
        assert client.post(url(result, name), {"text": ""}).status_code == status


def test_days_to_come_are_disabled_and_days_that_will_not_count_say_so(cast, page):
    make_result(cast, make_visit(cast, first=date(2026, 1, 23)), "accepted")  # 23, 24
    adhoc = make_adhoc(cast, state="consented", first=date(2026, 1, 26), days=1).visit
    adhoc.starts = date(2026, 1, 24)
    adhoc.save()
    adhoc.write_days()  # 24, 25, 26
    client = page(cast.officer)
    client.post(reverse("result-start", args=[adhoc.pk]))
    html = client.get(url(VisitResult.objects.get(visit=adhoc))).content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    assert "will not count: the day already counts on another visit: Huyện đoàn Định Hóa" in text
    assert "still to come" in text
    assert len(re.findall(r'name="days"[^>]*disabled', html)) == 1


def test_what_is_missing_stands_in_the_summary_and_at_its_field(cast, page):
    result = make_result(cast, activity="")
    html = page(cast.officer).get(url(result)).content.decode()
    assert re.search(r'id="gap-activity"[^>]*>Describe the activity and its result\.', html)
    assert "disabled" in html.split('id="result-send"')[1]


# --- recommendations and findings on the page ---------------------------------------------------------------------------------


def recommendation(cast, **more):
    return {
        "text": "Bổ sung kinh phí",
        "addressee": "province",
        "addressee_name": "",
        "due": "31/03/2026",
        "department": cast.movement.pk,
    } | more


def test_recommendations_are_added_changed_removed_and_brought_back(cast, page):
    result = make_result(cast)
    client = page(cast.officer)
    client.post(url(result, "recommendation-add"), recommendation(cast))
    made = Recommendation.objects.get()
    assert (made.text, made.due, made.state) == ("Bổ sung kinh phí", date(2026, 3, 31), "noted")
    save = reverse("recommendation-save", args=[made.pk])
    assert client.post(save, recommendation(cast, text="Thêm máy tính"), **HX).status_code == 200
    assert Recommendation.objects.get().text == "Thêm máy tính"
    client.post(reverse("recommendation-remove", args=[made.pk]))
    assert not Recommendation.objects.exists()
    assert "Undo" in shown(client.get(url(result)))
    client.post(url(result, "recommendation-add"), {"undo": "1"})
    back = Recommendation.objects.get()
    assert (back.text, back.due, back.department) == ("Thêm máy tính", date(2026, 3, 31), cast.movement)
    assert client.post(url(result, "recommendation-add"), {"undo": "1"}).status_code == 409


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "ă" * 10_000}, "text"),
        ({"addressee": "outside"}, "addressee_name"),
        ({"addressee": "everybody"}, "addressee"),
        ({"due": "31/02/2026"}, "due"),
        ({"due": "19/01/2026"}, "due"),
        ({"department": "999999"}, "department"),
        ({"department": "x"}, "department"),
    ],
)
def test_a_recommendation_that_cannot_be_kept_says_why_at_its_field(cast, page, typed, field):
    result = make_result(cast)
    client = page(cast.officer)
    answer = client.post(url(result, "recommendation-add"), recommendation(cast, **typed))
    assert answer.status_code == 422
    assert typed.get("text", "Bổ sung kinh phí") in answer.content.decode()
    assert not Recommendation.objects.exists()
    made = make_recommendation(cast, result)
    answer = client.post(reverse("recommendation-save", args=[made.pk]), recommendation(cast, **typed), **HX)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_another_provinces_department_cannot_be_put_in_charge(cast, page):
    result = make_result(cast)
    typed = recommendation(cast, department=cast.other_department.pk)
    assert page(cast.officer).post(url(result, "recommendation-add"), typed).status_code == 422


def test_open_recommendations_of_the_unit_come_first_and_are_answered(cast, page, later):
    earlier = make_recommendation(cast, state="open")
    later.move_to(datetime(2026, 2, 13, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
    result = make_result(cast, make_visit(cast, cast.colleague, date(2026, 2, 10)))
    client = page(cast.colleague)
    text = shown(client.get(url(result)))
    assert text.index("settled by now?") < text.index("Days spent there")
    assert "0 of 1 looked after" in text
    save = reverse("follow-up-save", args=[result.pk, earlier.pk])
    answer = client.post(save, {"found": "settled", "text": "Đã cấp"}, **HX)
    assert answer.status_code == 200
    assert "1 of 1 looked after" in answer.json()["html"]
    record = FollowUp.objects.get()
    assert (record.found, record.text) == ("settled", "Đã cấp")
    assert client.post(save, {"found": "", "text": "Chưa rõ"}, **HX).json()["errors"]["found"]
    plain = client.post(save, {"found": "", "text": "Chưa rõ"})
    assert plain.status_code == 422
    assert "Chưa rõ" in plain.content.decode()
    assert client.post(save, {"found": "gone"}, **HX).status_code == 422
    assert client.post(reverse("follow-up-save", args=[result.pk, 999]), {}).status_code == 404


# --- the list -----------------------------------------------------------------------------------------------------------------


LIST = "/quarters/2026/1/results/"


def test_an_officer_sees_first_what_is_owed_and_how_late_it_is(cast, page, later):
    make_result(cast, make_visit(cast, first=date(2026, 1, 5)), "accepted")
    make_visit(cast, first=date(2026, 1, 8))
    later.move_to(datetime(2026, 1, 25, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
    client = page(cast.officer)
    text = shown(client.get(LIST))
    assert "1 result is overdue" in text
    assert "6 days late" in text
    assert "was due by 19/01/2026" in text
    assert text.index("08/01/2026") < text.index("05/01/2026")
    assert "Write the result" in text


def test_an_adhoc_visit_that_waits_for_consent_says_so(cast, page, later):
    make_adhoc(cast)  # on the 26th
    later.move_to(datetime(2026, 1, 28, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
    client = page(cast.officer)
    text = shown(client.get(LIST))
    assert "has not been consented to yet" in text
    assert "under way" not in text


def test_leaders_accept_many_at_once(cast, page):
    one = make_result(cast, make_visit(cast, first=date(2026, 1, 12)), "submitted")
    two = make_result(cast, make_visit(cast, cast.colleague, date(2026, 1, 20)), "submitted")
    client = page(cast.head)
    html = client.get(LIST + "?show=department").content.decode()
    values = re.findall(r'name="paper" value="(\d+:\d+)"', html)
    assert sorted(values) == [f"{one.pk}:{one.seen}", f"{two.pk}:{two.seen}"]
    client.post("/results/accept/", {"paper": values, "next": LIST})
    assert set(VisitResult.objects.values_list("state", flat=True)) == {"accepted"}


def test_a_heads_own_result_is_not_theirs_to_accept(cast, page):
    make_result(cast, make_visit(cast, cast.head), "submitted")
    assert 'name="paper"' not in page(cast.head).get(LIST + "?show=department").content.decode()


def test_tabs_follow_the_roles_and_nonsense_shows_the_first(cast, page):
    make_quarter(cast)
    assert "My department" not in shown(page(cast.officer).get(LIST + "?show=province"))
    assert "Whole province" in shown(page(cast.results_desk).get(LIST + "?show=x"))
    text = shown(page(cast.member).get(LIST + "?show=province&department=x&state=y&late=z"))
    assert "No result fits the filter" in text
    assert page(cast.administrator).get(LIST).status_code == 404


def test_filters_narrow_the_provinces_list(cast, page):
    make_result(cast, state="submitted")
    make_result(cast, make_visit(cast, cast.other_officer), "accepted")
    client = page(cast.results_desk)

    def people(query):
        return re.findall(r'<th scope="row">([^<\d]+)</th>', client.get(LIST + query).content.decode())

    assert people("?show=province") == ["Đỗ Thị Giang", "Nguyễn Văn An"]
    assert people(f"?show=province&department={cast.movement.pk}") == ["Nguyễn Văn An"]
    assert people("?show=province&state=accepted") == ["Đỗ Thị Giang"]
    assert people("?show=province&state=owed") == []


def test_somebodys_draft_is_owed_but_not_linked(cast, page, later):
    result = make_result(cast)
    later.move_to(datetime(2026, 2, 5, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
    html = page(cast.head).get(LIST + "?show=department").content.decode()
    assert f"/results/{result.pk}/" not in html
    assert "5 days late" in html


# --- queries ------------------------------------------------------------------------------------------------------------------


def asked(client, address):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    ("who", "query"), [("officer", ""), ("head", "?show=department"), ("results_desk", "?show=province")]
)
def test_the_list_asks_as_much_for_three_as_for_one(cast, page, later, who, query):
    make_result(cast, make_visit(cast, first=date(2026, 1, 5)), "submitted")
    make_visit(cast, first=date(2026, 1, 19))
    client = page(getattr(cast, who))
    client.get(LIST + query)
    first = asked(client, LIST + query)
    make_result(cast, make_visit(cast, first=date(2026, 1, 12)), "submitted")
    make_visit(cast, first=date(2026, 1, 14))
    assert asked(client, LIST + query) == first <= 25


def test_the_page_asks_as_much_for_three_as_for_one(cast, page, later):
    earlier = make_recommendation(cast, state="open")
    result = make_result(cast, make_visit(cast, cast.colleague, date(2026, 2, 10)))
    later.move_to(datetime(2026, 2, 13, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
    make_recommendation(cast, result)
    client = page(cast.colleague)
    client.get(url(result))
    first = asked(client, url(result))
    for text in ("Hai", "Ba"):
        make_recommendation(cast, result, text=text)
    for n in (1, 2):
        Recommendation.objects.create(
            result=earlier.result,
            unit=earlier.unit,
            state="open",
            text=f"Cũ {n}",
            addressee="unit",
            department=cast.movement,
            owner=cast.officer,
        )
    assert asked(client, url(result)) == first <= 25
    result.perform("submit", by=cast.colleague)
    assert asked(page(cast.head), url(result)) <= 25
