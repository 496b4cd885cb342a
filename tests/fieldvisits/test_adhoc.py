"""Step 4: visits nobody planned - quick to ask for, consent before departure, and what was agreed to by telephone."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Delegation, RoleGrant
from fieldvisits.models import AdHocRequest, NotNow, Quarter, Visit

from ..factories import make_adhoc, make_quarter, make_unit

pytestmark = pytest.mark.usefixtures("in_english")

NEW = "/adhoc/new/"


@pytest.fixture
def quarter(cast):
    return make_quarter(cast)


@pytest.fixture
def unit(cast, quarter):
    return make_unit(cast)


def typed(host, **values):
    """A visit of tomorrow, Sunday 4 January 2026, as the phone sends it."""
    return {
        "starts": "04/01/2026",
        "ends": "04/01/2026",
        "unit": host.pk,
        "group": "2",
        "content": "Hỗ trợ khắc phục hậu quả mưa lũ",
        "expected": "Dọn dẹp xong trường học",
        "agreed_by": "",
        "agreed_on": "03/01/2026",
        "agreed_time": "",
        "agreed_how": "phone",
    } | values


def agreed(host, member, **values):
    """Begun yesterday, agreed to by ``member`` by phone on the evening before."""
    return typed(
        host,
        starts="02/01/2026",
        ends="03/01/2026",
        agreed_by=member.pk,
        agreed_on="01/01/2026",
        agreed_time="19:30",
        **values,
    )


# -- the rules -------------------------------------------------------------------------------------------------------------------

MORNING = datetime(2026, 1, 3, 7, 30)

# first day, agreed at (None: not at all) → state it reaches, or the reason why not
ROADS = [
    ("tomorrow", date(2026, 1, 4), None, "submitted"),
    ("today", date(2026, 1, 3), None, "submitted"),
    ("yesterday", date(2026, 1, 2), None, "The visit has begun"),
    ("tomorrow, agreed", date(2026, 1, 4), MORNING, "still lies ahead"),
    ("today, agreed this morning", date(2026, 1, 3), MORNING, "to_confirm"),
    ("yesterday, agreed today", date(2026, 1, 2), MORNING, "Consent comes before departure"),
    ("yesterday, agreed before", date(2026, 1, 2), datetime(2026, 1, 1, 19), "to_confirm"),
]


@pytest.mark.parametrize(("what", "first", "moment", "reaches"), ROADS, ids=[row[0] for row in ROADS])
def test_which_road_a_request_takes(cast, unit, what, first, moment, reaches):
    more = {}
    if moment:
        more = {
            "agreed_by": cast.member,
            "agreed_at": timezone.make_aware(moment),
            "agreed_how": "phone",
        }
    if " " in reaches:
        with pytest.raises(NotNow, match=reaches):
            make_adhoc(cast, first=first, **more)
        assert not Visit.objects.exists()
    else:
        assert make_adhoc(cast, first=first, **more).state == reaches


def test_consent_makes_it_an_approved_visit_of_its_quarter(cast, unit):
    request = make_adhoc(cast, state="consented")
    visit = request.visit
    assert (visit.state, visit.plan, str(visit.quarter), request.late) == (
        "approved",
        None,
        "quarter I/2026",
        False,
    )


def test_consent_after_departure_is_possible_and_late(cast, unit, now):
    request = make_adhoc(cast, state="endorsed", first=date(2026, 1, 3), days=3)
    now.move_to("2026-01-04T08:00:00+07:00")
    assert request.is_overdue
    request.perform("consent", by=cast.member)
    request.refresh_from_db()
    assert (request.state, request.late, request.visit.state) == ("consented", True, "approved")


@pytest.mark.parametrize(
    ("day", "overdue"), [("2026-01-03", False), ("2026-01-06", False), ("2026-01-07", True)]
)
def test_what_was_agreed_by_phone_is_to_be_confirmed_within_three_days(cast, unit, now, day, overdue):
    request = make_adhoc(cast, state="to_confirm")
    assert request.confirm_due == date(2026, 1, 6)
    now.move_to(f"{day}T09:00:00+07:00")
    assert request.is_overdue is overdue


def test_only_the_member_who_is_named_confirms(cast, unit):
    request = make_adhoc(cast, state="to_confirm")
    with pytest.raises(PermissionDenied):
        request.perform("confirm", by=cast.second_member)
    request.perform("confirm", by=cast.member)
    assert Visit.objects.get().state == "approved"


def test_a_member_who_did_not_agree_says_so_and_the_visit_falls(cast, unit):
    request = make_adhoc(cast, state="to_confirm")
    request.perform("deny", by=cast.member, comment="Tôi không nhận cuộc gọi nào")
    assert Visit.objects.get().state == "refused"


def test_nothing_goes_on_in_a_suspended_quarter(cast, unit, quarter):
    request = make_adhoc(cast)
    Quarter.objects.filter(pk=quarter.pk).update(state="suspended", suspension_reason="Dịch bệnh")
    with pytest.raises(NotNow, match="Dịch bệnh"):
        request.perform("endorse", by=cast.head)


def test_withdrawn_before_consent_it_is_given_up(cast, unit):
    make_adhoc(cast, state="withdrawn")
    assert Visit.objects.get().state == "cancelled"


# -- the form --------------------------------------------------------------------------------------------------------------------


def test_five_fields_with_today_filled_in(cast, unit, sign_in, english):
    page = sign_in(cast.officer).get(NEW).content.decode()
    assert page.count('value="03/01/2026"') == 3  # from, until, and the day of the agreement
    assert "Đặng Thị Minh" in page  # a member of the Standing Committee
    assert "Already agreed by word of mouth" in page


def test_a_request_goes_to_the_head(cast, unit, sign_in):
    response = sign_in(cast.officer).post(NEW, typed(unit, companions=[cast.colleague.pk]))
    request = AdHocRequest.objects.get()
    assert response.url == f"/visits/{request.visit_id}/"
    assert (request.state, request.visit.dates_text, request.agreed_by) == ("submitted", "04/01/2026", None)
    assert list(request.visit.companions.all()) == [cast.colleague]


def test_without_a_last_day_it_lasts_one_day(cast, unit, sign_in):
    sign_in(cast.officer).post(NEW, typed(unit, ends=""))
    assert Visit.objects.get().day_count == 1


def test_a_visit_agreed_by_phone_is_registered_after_departure_and_marked_late(cast, unit, sign_in):
    sign_in(cast.officer).post(NEW, agreed(unit, cast.member))
    request = AdHocRequest.objects.get()
    assert (request.state, request.agreed_by, request.agreed_how, request.late) == (
        "to_confirm",
        cast.member,
        "phone",
        True,
    )
    assert timezone.localtime(request.agreed_at).strftime("%d/%m/%Y %H:%M") == "01/01/2026 19:30"


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"starts": ""}, "starts", "Enter the first day."),
        ({"starts": "32/01/2026"}, "starts", "is not a day"),
        ({"ends": "03/01/2026"}, "ends", "cannot end before it starts"),
        ({"ends": "02/04/2026"}, "starts", "days must lie in quarter I/2026"),
        ({"starts": "04/01/2031", "ends": ""}, "starts", "a year whose rules are set"),
        ({"unit": ""}, "unit", "Choose the host unit."),
        ({"unit": "9" * 30}, "unit", "no such unit"),
        ({"group": ""}, "group", "Choose the content group."),
        ({"group": "9"}, "group", "one of the four"),
        ({"content": " "}, "content", "Say what the visit is for."),
        ({"content": "a" * 10_240}, "content", "10240 characters are too many"),
        ({"content": "\x00"}, "content", "Null characters"),
        ({"starts": "02/01/2026", "ends": ""}, "agreed_by", "The visit has begun"),
        ({"agreed_time": "19:30"}, "agreed_by", "Say who agreed."),
        ({"agreed_by": "head"}, "agreed_by", "Choose a member of the Standing Committee."),
        ({"agreed_by": "9" * 30}, "agreed_by", "Choose a member of the Standing Committee."),
        ({"companions": ["9" * 30]}, "companions", "no colleague of yours"),
        ({"companions": ["\x00"]}, "companions", "no colleague of yours"),
    ],
)
def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(
    cast, unit, sign_in, english, values, field, sentence
):
    if values.get("agreed_by") == "head":
        values = {"agreed_by": str(cast.head.pk)}
    response = sign_in(cast.officer).post(NEW, typed(unit, **values))
    form = response.context["form"]
    assert response.status_code == 422
    assert sentence in " ".join(form.errors[field])
    for name, value in typed(unit, **values).items():
        assert form[name].value() == (value if isinstance(value, list) else str(value))
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"agreed_time": ""}, "agreed_time", "Say at what time."),
        ({"agreed_time": "chiều"}, "agreed_time", "Type the time like 14:30."),
        ({"agreed_on": ""}, "agreed_on", "Say on which day."),
        ({"agreed_how": ""}, "agreed_how", "Say how it was agreed."),
        ({"agreed_on": "03/01/2026"}, "agreed_time", "lies in the future"),
        ({"starts": "03/01/2026", "agreed_on": "04/01/2026"}, "agreed_time", "lies in the future"),
        ({"agreed_on": "03/01/2026", "agreed_time": "08:00"}, "starts", "Consent comes before departure"),
    ],
)
def test_an_agreement_is_told_in_full(cast, unit, sign_in, english, values, field, sentence):
    response = sign_in(cast.officer).post(NEW, agreed(unit, cast.member) | values)
    assert sentence in " ".join(response.context["form"].errors[field])
    assert not Visit.objects.exists()


def test_nobody_names_themselves_as_the_member_who_agreed(cast, unit, sign_in, english):
    response = sign_in(cast.member).post(NEW, agreed(unit, cast.member))
    assert "Choose a member" in " ".join(response.context["form"].errors["agreed_by"])


@pytest.mark.parametrize(
    ("who", "status"),
    [("officer", 200), ("head", 200), ("member", 200), ("executive", 403), ("central", 403)],
)
def test_officers_register_ad_hoc_visits(cast, unit, sign_in, who, status):
    assert sign_in(getattr(cast, who)).get(NEW).status_code == status


def test_a_driver_is_told_why_not(cast, unit, sign_in, english):
    response = sign_in(cast.driver).post(NEW, typed(unit))
    assert "your post is outside the quota" in response.content.decode()


def test_what_was_returned_is_completed_and_sent_again(cast, unit, sign_in, english):
    request = make_adhoc(cast, state="returned")
    client = sign_in(cast.officer)
    page = client.get(f"/adhoc/{request.pk}/").content.decode()
    for shown in ("Ghi rõ nội dung", "Hỗ trợ khắc phục hậu quả mưa lũ", 'value="04/01/2026"'):
        assert shown in page
    client.post(f"/adhoc/{request.pk}/", typed(unit, content="Dọn bùn tại trường tiểu học"))
    request.refresh_from_db()
    assert (request.state, request.visit.content) == ("submitted", "Dọn bùn tại trường tiểu học")
    response = client.get(f"/adhoc/{request.pk}/", follow=True)
    assert "cannot be changed now" in response.content.decode()


def test_what_a_second_window_sends_too_late_is_not_lost(cast, unit, sign_in, english):
    request = make_adhoc(cast, state="returned")
    client = sign_in(cast.officer)
    client.post(f"/adhoc/{request.pk}/", typed(unit, content="Dọn bùn tại trường tiểu học"))
    response = client.post(f"/adhoc/{request.pk}/", typed(unit, content="Một đoạn dài viết ở cửa sổ thứ hai"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "cannot be changed now. Nothing has been sent." in page
    assert "Một đoạn dài viết ở cửa sổ thứ hai</textarea>" in page
    assert "Returned by" not in page
    request.visit.refresh_from_db()
    assert request.visit.content == "Dọn bùn tại trường tiểu học"


@pytest.mark.parametrize(("who", "status"), [("head", 403), ("colleague", 404), ("stranger", 404)])
def test_nobody_else_completes_it(cast, unit, sign_in, who, status):
    request = make_adhoc(cast, state="returned")
    assert sign_in(getattr(cast, who)).get(f"/adhoc/{request.pk}/").status_code == status


# -- who is waited for -------------------------------------------------------------------------------------------------------


def desks(client, request):
    sheet = client.get(f"/visits/{request.visit_id}/").context["sheet"]
    return [(list(desk.names), desk.is_now) for desk in sheet.desks]


def test_the_page_names_those_who_can_act_now_and_next(cast, unit, sign_in):
    request = make_adhoc(cast)
    assert desks(sign_in(cast.officer), request) == [
        (["Lê Thị Chi", "Phạm Văn Dũng"], True),
        (["Đặng Thị Minh", "Ngô Văn Nam"], False),
    ]
    request.perform("endorse", by=cast.head)
    assert desks(sign_in(cast.officer), request) == [(["Đặng Thị Minh", "Ngô Văn Nam"], True)]


def test_stand_ins_are_named_with_whom_they_stand_in_for(cast, unit, sign_in, english):
    grant = RoleGrant.objects.get(user=cast.head, role="head")
    Delegation.objects.create(
        grant=grant,
        delegate=cast.colleague,
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 1, 31),
        reason="Đi cơ sở",
    )
    request = make_adhoc(cast)
    names, _now = desks(sign_in(cast.officer), request)[0]
    assert names == ["Trần Thị Bình (for Lê Thị Chi)", "Lê Thị Chi", "Phạm Văn Dũng"]


def test_the_head_is_not_waited_for_on_the_heads_own_request(cast, unit, sign_in):
    request = make_adhoc(cast, cast.head)
    assert desks(sign_in(cast.head), request)[0] == (["Phạm Văn Dũng"], True)


def test_only_the_named_member_is_waited_for_to_confirm(cast, unit, sign_in):
    assert desks(sign_in(cast.officer), make_adhoc(cast, state="to_confirm")) == [(["Đặng Thị Minh"], True)]


def test_an_overdue_confirmation_is_red(cast, unit, sign_in, english, now):
    request = make_adhoc(cast, state="to_confirm")
    page = sign_in(cast.member).get(f"/visits/{request.visit_id}/").content.decode()
    assert "To be confirmed by 06/01/2026 at the latest." in page
    assert "is-overdue" not in page
    now.move_to(timezone.make_aware(datetime(2026, 1, 3, 9)) + timedelta(days=6))
    page = sign_in(cast.member).get(f"/visits/{request.visit_id}/").content.decode()
    assert "is-overdue" in page
    assert "3 days late" in page


def test_a_form_sent_twice_asks_once(cast, unit, sign_in, english):
    """The answer was lost on the way, and the officer pressed again."""
    client = sign_in(cast.officer)
    client.post(NEW, typed(unit))
    again = client.post(NEW, typed(unit))
    assert again.status_code == 422
    assert "You have asked for this visit already." in again.content.decode()
    assert AdHocRequest.objects.count() == Visit.objects.count() == 1


def test_what_was_withdrawn_can_be_asked_for_again(cast, unit, sign_in):
    client = sign_in(cast.officer)
    client.post(NEW, typed(unit))
    AdHocRequest.objects.get().perform("withdraw", by=cast.officer)
    assert client.post(NEW, typed(unit)).status_code == 302
    assert AdHocRequest.objects.count() == 2
