"""A department sends its plan to the coordinator (step 2): what may be missing, what is kept, what goes up when."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import User
from fieldvisits.models import DepartmentPlan, Event, OfficerPlan, Quarter
from fieldvisits.pages.department_board import board_of, dispatch_of
from tests.factories import make_department_plan, make_plan, make_quarter


@pytest.fixture
def quarter(cast):
    return make_quarter(cast)


def board_url(department):
    return reverse("department-board", args=[2026, 1, department.pk])


def send_url(department):
    return reverse("department-send", args=[2026, 1, department.pk])


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def typed(**more):
    return {"met_on": "03/01/2026", "note": "", "seen": "0", "sequence": "0"} | more


def everybody(cast, state="endorsed"):
    return [make_plan(cast, p, state=state) for p in (cast.officer, cast.colleague, cast.head, cast.deputy)]


def test_a_complete_department_plan_goes_up_with_its_meeting_and_note(cast, quarter, sign_in):
    everybody(cast)
    answer = sign_in(cast.head).post(send_url(cast.movement), typed(met_on="2/1/2026", note="Đã thống nhất"))
    assert (answer.status_code, answer.headers["Location"]) == (302, board_url(cast.movement))
    paper = DepartmentPlan.objects.get()
    assert (paper.state, paper.met_on, paper.note, paper.sent_by, paper.sequence, paper.late) == (
        "sent",
        date(2026, 1, 2),
        "Đã thống nhất",
        cast.head,
        0,
        False,
    )
    assert set(OfficerPlan.objects.values_list("state", "department_plan")) == {("sent", paper.pk)}


@pytest.mark.parametrize(
    ("states", "changed", "where"),
    [
        # nobody met, in the future, no day at all
        ("endorsed", {"met_on": ""}, "id_met_on_error"),
        ("endorsed", {"met_on": "04/01/2026"}, "id_met_on_error"),
        ("endorsed", {"met_on": "11/12/2025"}, "id_met_on_error"),
        ("endorsed", {"met_on": "30/02/2026"}, "id_met_on_error"),
        # somebody is still to be decided on
        ("submitted", {}, "alert-danger"),
        # too long a note, the page is old
        ("endorsed", {"note": "Ý kiến của ban. " * 700}, "id_note_error"),
        ("endorsed", {"seen": "99999"}, "alert-danger"),
        ("endorsed", {"sequence": "1"}, "alert-danger"),
        ("endorsed", {"seen": "x"}, "alert-danger"),
        ("endorsed", {"sequence": "-1"}, "alert-danger"),
        ("endorsed", {"note": "Có\x00số không"}, "id_note_error"),
    ],
)
def test_a_refusal_keeps_what_was_typed_and_leaves_no_half_made_paper(
    cast, quarter, sign_in, states, changed, where
):
    everybody(cast, states) if states == "endorsed" else [
        make_plan(cast, p, state=states) for p in (cast.officer,)
    ]
    sent = typed(note="Ba đồng chí đi học dài hạn") | changed
    answer = sign_in(cast.deputy).post(send_url(cast.movement), sent)
    assert answer.status_code == 200
    html = answer.content.decode()
    assert where in html
    assert sent["note"].strip()[:26] in html
    assert f'value="{sent["met_on"]}"' in html or not sent["met_on"]
    assert not DepartmentPlan.objects.exists()
    assert not Event.objects.filter(verb="send").exists()
    assert (
        f'name="next" value="{board_url(cast.movement)}"' in html
    )  # buttons of that page lead back to the board


def test_missing_officers_must_be_explained_in_the_note(cast, quarter, sign_in):
    make_plan(cast, state="endorsed")
    client = sign_in(cast.head)
    answer = client.post(send_url(cast.movement), typed(note="\u200b "))
    assert answer.status_code == 200
    html = answer.content.decode()
    assert "id_note_error" in html
    for name in ("Trần Thị Bình", "Lê Thị Chi", "Phạm Văn Dũng"):
        assert name in answer.context["form"].errors["note"][0]
    assert not DepartmentPlan.objects.exists()
    client.post(send_url(cast.movement), typed(note="Ba đồng chí đi học"))
    assert DepartmentPlan.objects.get().note == "Ba đồng chí đi học"


def test_the_button_waits_for_the_last_decision_but_not_for_the_date(cast, quarter):
    quarter = Quarter.objects.select_related("province").get(pk=quarter.pk)

    def dispatch():
        head = User.objects.get(pk=cast.head.pk)
        return dispatch_of(board_of(quarter, cast.movement, head), head.powers)

    assert dispatch().obstacle
    plan = make_plan(cast, state="submitted")
    assert "Nguyễn Văn An" in dispatch().obstacle
    plan.perform("endorse", by=cast.head)
    ready = dispatch()
    assert (ready.obstacle, ready.agreed, ready.waiting, ready.gone) == ("", 1, 0, False)
    assert "Trần Thị Bình" in ready.explain


def test_the_disabled_button_says_why(cast, quarter, sign_in):
    make_plan(cast, state="submitted")
    html = page(sign_in(cast.head), board_url(cast.movement))
    assert 'disabled aria-describedby="send-obstacle"' in html


def test_a_second_press_on_an_old_page_is_told_so(cast, quarter, sign_in):
    everybody(cast)
    client = sign_in(cast.head)
    assert client.post(send_url(cast.movement), typed()).status_code == 302
    assert client.post(send_url(cast.movement), typed()).status_code == 200
    assert DepartmentPlan.objects.count() == 1
    assert Event.objects.filter(verb="send").count() == 1


def test_a_supplement_is_explained_and_goes_up_apart(cast, quarter, sign_in):
    make_department_plan(cast, officers=[cast.officer, cast.head, cast.deputy])
    client = sign_in(cast.head)
    quarter = Quarter.objects.select_related("province").get(pk=quarter.pk)
    head = User.objects.get(pk=cast.head.pk)
    assert dispatch_of(board_of(quarter, cast.movement, head), head.powers).is_idle
    assert send_url(cast.movement) not in page(client, board_url(cast.movement))
    make_plan(cast, cast.colleague, state="endorsed")
    dispatch = dispatch_of(board_of(quarter, cast.movement, head), head.powers)
    assert (dispatch.paper.sequence, dispatch.gone, dispatch.is_idle) == (1, True, False)
    answer = client.post(send_url(cast.movement), typed(sequence="1"))
    assert answer.status_code == 302
    assert list(DepartmentPlan.objects.order_by("sequence").values_list("sequence", "state")) == [
        (0, "sent"),
        (1, "sent"),
    ]
    assert OfficerPlan.objects.get(officer=cast.colleague).department_plan.sequence == 1


def test_a_returned_paper_shows_why_and_keeps_its_date_and_note(cast, quarter, sign_in):
    paper = make_department_plan(
        cast, "returned", officers=[cast.officer, cast.colleague, cast.head, cast.deputy]
    )
    html = page(sign_in(cast.head), board_url(cast.movement))
    assert "Thiếu đơn vị đến" in html
    assert 'value="03/01/2026"' in html
    assert "Ban đã họp thống nhất" in html
    assert f'name="seen" value="{paper.seen}"' in html
    sign_in(cast.head).post(send_url(cast.movement), typed(seen=str(paper.seen), note="Đã bổ sung"))
    paper.refresh_from_db()
    assert (paper.state, paper.note) == ("sent", "Đã bổ sung")


def test_a_late_department_gives_its_reason(cast, quarter, sign_in, now):
    everybody(cast)
    now.move_to("2026-01-11T08:00:00+07:00")
    client = sign_in(cast.head)
    assert client.post(send_url(cast.movement), typed()).status_code == 200
    assert client.post(send_url(cast.movement), typed(note="Ban bận đại hội")).status_code == 302
    assert DepartmentPlan.objects.get().late


def test_nothing_goes_up_in_a_suspended_quarter(cast, quarter, sign_in):
    everybody(cast)
    quarter.perform("suspend", by=cast.coordinator, comment="Dịch bệnh")
    answer = sign_in(cast.head).post(send_url(cast.movement), typed())
    assert answer.status_code == 200
    assert "Dịch bệnh" in answer.content.decode()
    assert not DepartmentPlan.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "/quarters/2026/1/departments/99999999999999999999999/",
        "/quarters/99999999999999999999/1/departments/1/",
        "/quarters/2026/9/departments/1/",
        "/department-plans/99999999999999999999999/",
        "/quarters/2026/77777777777777777777/department-plans/",
    ],
)
def test_an_address_nobody_has_made_is_not_found(cast, quarter, sign_in, url):
    assert sign_in(cast.head).get(url).status_code == 404
