"""A comment on one line of a plan (step 2): who may say something, and what comes back when nothing is said."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Role
from fieldvisits.models import Remark
from tests.factories import make_plan, make_quarter


@pytest.fixture
def quarter(cast):
    return make_quarter(cast)


def board_url(department):
    return reverse("department-board", args=[2026, 1, department.pk])


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


COMMENTS_ON_THE_OFFICERS_LINE = {
    "officer": 403,
    "colleague": 404,
    "head": 302,
    "deputy": 302,
    "other_officer": 404,
    "other_head": 404,
    "coordinator": 302,
    "results_desk": 403,
    "member": 302,
    "second_member": 302,
    "executive": 404,
    "administrator": 404,
    "driver": 404,
    "central": 404,
    "stranger": 404,
    "strange_head": 404,
    "strange_coordinator": 404,
    "strange_member": 404,
}


@pytest.mark.parametrize(("person", "status"), COMMENTS_ON_THE_OFFICERS_LINE.items())
def test_leaders_and_those_above_comment_on_a_line(cast, quarter, sign_in, person, status):
    line = make_plan(cast, state="submitted").lines.get()
    answer = sign_in(cast.people[person]).post(
        reverse("remark-add", args=[line.pk]), {"text": "Nêu rõ chi đoàn"}
    )
    assert answer.status_code == status
    assert Remark.objects.count() == (status == 302)


def test_a_comment_keeps_the_role_and_returns_to_the_board(cast, quarter, sign_in):
    line = make_plan(cast, state="submitted").lines.get()
    answer = sign_in(cast.deputy).post(
        reverse("remark-add", args=[line.pk]), {"text": " Nêu rõ chi đoàn ", "next": board_url(cast.movement)}
    )
    assert answer.headers["Location"] == board_url(cast.movement)
    remark = Remark.objects.get()
    assert (remark.visit, remark.author, remark.role, remark.text) == (
        line,
        cast.deputy,
        "deputy",
        "Nêu rõ chi đoàn",
    )
    assert "Nêu rõ chi đoàn" in page(sign_in(cast.head), board_url(cast.movement))


def test_the_head_does_not_comment_on_their_own_line(cast, quarter, sign_in):
    line = make_plan(cast, cast.head, state="submitted").lines.get()
    assert sign_in(cast.head).post(reverse("remark-add", args=[line.pk]), {"text": "Tốt"}).status_code == 403
    assert (
        sign_in(cast.deputy).post(reverse("remark-add", args=[line.pk]), {"text": "Tốt"}).status_code == 302
    )


def test_nobody_comments_on_a_draft(cast, quarter, sign_in):
    line = make_plan(cast).lines.get()
    for person, status in [(cast.head, 404), (cast.coordinator, 404), (cast.officer, 403)]:
        assert (
            sign_in(person).post(reverse("remark-add", args=[line.pk]), {"text": "x"}).status_code == status
        )


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "Chữ " * 3000, "có\x00số không"])
def test_a_comment_that_says_nothing_or_too_much_comes_back_as_typed(cast, quarter, sign_in, text):
    line = make_plan(cast, state="submitted").lines.get()
    answer = sign_in(cast.head).post(reverse("remark-add", args=[line.pk]), {"text": text, "next": "/x/"})
    assert answer.status_code == 200
    html = answer.content.decode()
    assert 'class="problem"' in html
    assert 'value="/x/"' in html
    assert ("Chữ Chữ" in html) == ("Chữ" in text)
    assert not Remark.objects.exists()


def test_a_comment_takes_a_post_and_a_line_that_exists(cast, quarter, sign_in):
    line = make_plan(cast, state="submitted").lines.get()
    client = sign_in(cast.head)
    assert client.get(reverse("remark-add", args=[line.pk])).status_code == 405
    assert client.post(reverse("remark-add", args=[line.pk + 1]), {"text": "x"}).status_code == 404


def test_a_stand_in_is_not_offered_what_they_may_not_say_of_the_head_they_stand_in_for(cast, sign_in):
    plan = make_plan(cast, cast.head, state="submitted")
    cast.head.grants.get(role=Role.HEAD).delegations.create(
        delegate=cast.colleague, reason="Đi cơ sở", valid_from=date(2026, 1, 1), valid_to=date(2026, 1, 9)
    )
    own = make_plan(cast, state="submitted")
    add = reverse("remark-add", args=[plan.lines.get().pk])
    assert add not in page(sign_in(cast.colleague), plan.get_absolute_url())
    assert reverse("remark-add", args=[own.lines.get().pk]) in page(
        sign_in(cast.colleague), own.get_absolute_url()
    )
    assert add in page(sign_in(cast.deputy), plan.get_absolute_url())


def test_a_comment_sent_twice_by_a_double_click_is_one(cast, sign_in):
    line = make_plan(cast, state="submitted").lines.get()
    add = reverse("remark-add", args=[line.pk])
    for text in ("Ghép với Đại Từ", "Ghép với Đại Từ ", "Còn đơn vị nào?", "Ghép với Đại Từ"):
        assert sign_in(cast.head).post(add, {"text": text}).status_code == 302
    assert [r.text for r in line.remarks.order_by("pk")] == [
        "Ghép với Đại Từ",
        "Còn đơn vị nào?",
        "Ghép với Đại Từ",
    ]
