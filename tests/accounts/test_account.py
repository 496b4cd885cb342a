"""One's own account, a colleague's card, and standing in for somebody."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts import clock
from accounts.models import Delegation, Role, RoleGrant, User
from accounts.powers import powers_of

pytestmark = pytest.mark.usefixtures("english")

TODAY = date(2026, 1, 3)


def day(text: str) -> date:
    number, month, year = map(int, text.split("/"))
    return date(year, month, number)


def lend(cast, holder="head", role=Role.HEAD, delegate="colleague", first=TODAY, last=date(2026, 1, 10)):
    delegation = Delegation(
        grant=cast.people[holder].grants.get(role=role),
        delegate=cast.people[delegate],
        valid_from=first,
        valid_to=last,
        reason="Đi cơ sở",
    )
    delegation.full_clean()
    delegation.save()
    return delegation


def typed(cast, **changed):
    return {
        "grant": cast.head.grants.get(role=Role.HEAD).pk,
        "delegate": cast.colleague.pk,
        "valid_from": "03/01/2026",
        "valid_to": "10/01/2026",
        "reason": "Đi cơ sở",
    } | changed


def on(user: User, when: date):
    return {(h.role, h.on_behalf_of) for h in powers_of(User.objects.get(pk=user.pk), when).holdings}


# --- who may open what: every person, by hand --------------------------------------------------

#: person: their own account, card of a colleague of Thái Nguyên, card of one of Vĩnh Phúc, naming a stand-in
PAGES = {
    "officer": (200, 200, 404, 403),
    "colleague": (200, 200, 404, 403),
    "head": (200, 200, 404, 200),
    "deputy": (200, 200, 404, 200),
    "other_officer": (200, 200, 404, 403),
    "other_head": (200, 200, 404, 200),
    "coordinator": (200, 200, 404, 200),
    "results_desk": (200, 200, 404, 200),
    "member": (200, 200, 404, 200),
    "second_member": (200, 200, 404, 200),
    "executive": (200, 200, 404, 403),
    "administrator": (200, 200, 404, 403),
    "driver": (200, 200, 404, 403),
    "central": (200, 404, 404, 403),
    "stranger": (200, 404, 200, 403),
    "strange_head": (200, 404, 200, 200),
    "strange_coordinator": (200, 404, 200, 200),
    "strange_member": (200, 404, 200, 200),
}


def test_every_person_opens_what_is_theirs(cast, sign_in):
    addresses = [
        "/account/",
        f"/people/{cast.officer.pk}/",
        f"/people/{cast.stranger.pk}/",
        "/account/delegations/add/",
    ]
    found = {
        name: tuple(sign_in(person).get(address).status_code for address in addresses)
        for name, person in cast.people.items()
    }
    assert found == PAGES


def test_a_reviewer_of_the_central_union_has_no_card_for_another_one(cast, sign_in):
    other = User.objects.create_user("tw2", full_name="Lưu Văn Thái")
    assert sign_in(cast.central).get(f"/people/{other.pk}/").status_code == 404
    assert sign_in(cast.central).get(f"/people/{cast.central.pk}/").status_code == 404


@pytest.mark.parametrize("pk", [0, 10**9, 10**30])
def test_a_made_up_person_is_not_found(cast, sign_in, pk):
    assert sign_in(cast.head).get(f"/people/{pk}/").status_code == 404


# --- the account page and the card -----------------------------------------------------------------


def test_the_account_shows_roles_of_today_first_then_coming_and_past_ones(cast, sign_in):
    RoleGrant.objects.create(
        user=cast.head,
        role=Role.COMMITTEE,
        province=cast.province,
        valid_from=date(2019, 1, 1),
        valid_to=date(2019, 12, 31),
    )
    shown = [g.role for g in sign_in(cast.head).get("/account/").context["grants"]]
    assert shown == [Role.HEAD, Role.OFFICER, Role.COMMITTEE]


def test_the_account_shows_what_is_lent_and_borrowed(cast, sign_in):
    lent = lend(cast)
    borrowed = lend(cast, holder="deputy", role=Role.DEPUTY, delegate="head")
    page = sign_in(cast.head).get("/account/")
    assert (page.context["given"], page.context["received"]) == ([lent], [borrowed])
    assert "Who stands in for me" in page.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_account_takes_the_same_queries_for_one_delegation_and_for_three(
    cast, sign_in, django_assert_num_queries, rows
):
    for n in range(rows):
        lend(cast, first=TODAY + timedelta(days=10 * n), last=TODAY + timedelta(days=10 * n + 3))
    client = sign_in(cast.head)
    client.get("/account/")  # the session's own bookkeeping is done
    with django_assert_num_queries(14):
        assert len(client.get("/account/").context["given"]) == rows


def test_a_card_names_post_departments_contact_and_todays_roles(cast, sign_in):
    User.objects.filter(pk=cast.head.pk).update(post="Trưởng ban", phone="0912 345 678")
    lend(cast)
    page = sign_in(cast.other_officer).get(f"/people/{cast.head.pk}/").content.decode()
    for text in ("Trưởng ban", "0912 345 678", "chi@example.vn", "Ban Phong trào", "Trần Thị Bình"):
        assert text in page


def test_a_card_leaves_out_roles_that_are_over(cast, sign_in):
    cast.head.grants.filter(role=Role.HEAD).update(valid_to=TODAY - timedelta(days=1))
    page = sign_in(cast.officer).get(f"/people/{cast.head.pk}/")
    assert [g.role for g in page.context["person"].roles] == [Role.OFFICER]


# --- standing in -----------------------------------------------------------------------------------


def test_a_head_names_a_stand_in_who_then_holds_the_role_on_exactly_those_days(cast, sign_in):
    response = sign_in(cast.head).post("/account/delegations/add/", typed(cast, valid_from="05/01/2026"))
    assert response.url == "/account/"
    delegation = Delegation.objects.get()
    assert (delegation.delegate, delegation.reason) == (cast.colleague, "Đi cơ sở")
    lent = (Role.HEAD, cast.head)
    expected = {"04/01/2026": False, "05/01/2026": True, "10/01/2026": True, "11/01/2026": False}
    assert {d: lent in on(cast.colleague, day(d)) for d in expected} == expected
    [entry] = delegation.history.all()
    assert entry.history_user == cast.head


def test_a_stand_in_ends_at_once_when_ended_early(cast, sign_in):
    delegation = lend(cast)
    assert (Role.HEAD, cast.head) in on(cast.colleague, TODAY)
    response = sign_in(cast.head).post(reverse("delegation-end", args=[delegation.pk]))
    assert response.url == "/account/"
    delegation.refresh_from_db()
    assert delegation.ended_at == clock.now()
    assert (Role.HEAD, cast.head) not in on(cast.colleague, TODAY)


def test_ending_twice_keeps_the_first_moment(cast, sign_in, now):
    delegation = lend(cast)
    address = reverse("delegation-end", args=[delegation.pk])
    sign_in(cast.head).post(address)
    first = Delegation.objects.get().ended_at
    now.shift(timedelta(hours=1))
    sign_in(cast.head).post(address)
    assert Delegation.objects.get().ended_at == first


def test_a_role_ended_early_may_be_lent_anew(cast, sign_in):
    lend(cast).end()
    assert sign_in(cast.head).post("/account/delegations/add/", typed(cast)).status_code == 302
    assert Delegation.objects.count() == 2


#: who may end the delegation the head gave to the colleague
ENDING = {
    "head": 302,
    "colleague": 403,
    "deputy": 404,
    "officer": 404,
    "administrator": 404,
    "central": 404,
    "stranger": 404,
    "strange_head": 404,
}


@pytest.mark.parametrize("name", ENDING)
def test_only_the_holder_ends_it(cast, sign_in, name):
    delegation = lend(cast)
    address = reverse("delegation-end", args=[delegation.pk])
    assert sign_in(cast.people[name]).get(address).status_code == 405
    assert sign_in(cast.people[name]).post(address).status_code == ENDING[name]
    assert (Delegation.objects.get().ended_at is not None) == (name == "head")


def test_a_stand_in_loses_the_role_when_the_holder_does(cast):
    lend(cast, last=date(2026, 2, 28))
    cast.head.grants.filter(role=Role.HEAD).update(valid_to=date(2026, 1, 5))
    assert (Role.HEAD, cast.head) in on(cast.colleague, date(2026, 1, 5))
    assert (Role.HEAD, cast.head) not in on(cast.colleague, date(2026, 1, 6))


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"valid_to": "02/01/2026", "valid_from": "03/01/2026"}, "__all__", "cannot be before the first"),
        ({"valid_from": "02/01/2026"}, "valid_from", "This day has passed"),
        ({"valid_from": "31/02/2026"}, "valid_from", "valid date"),
        ({"valid_from": "mai"}, "valid_from", "valid date"),
        ({"valid_to": ""}, "valid_to", "required"),
        ({"reason": ""}, "reason", "required"),
        ({"reason": "x" * 10_000}, "reason", "at most 500"),
        ({"reason": "a\x00b"}, "reason", "Null characters"),
        ({"delegate": "head"}, "delegate", "somebody else"),
        ({"delegate": "stranger"}, "delegate", "not one of the available choices"),
        ({"delegate": "central"}, "delegate", "not one of the available choices"),
        ({"delegate": "x"}, "delegate", "not one of the available choices"),
        ({"grant": "deputy"}, "grant", "not one of the available choices"),
        ({"grant": ""}, "grant", "required"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_stays_typed(cast, sign_in, changed, field, sentence):
    if changed.get("delegate") in cast.people:
        changed = {"delegate": cast.people[changed["delegate"]].pk}
    if changed.get("grant") == "deputy":
        changed = {"grant": cast.deputy.grants.get(role=Role.DEPUTY).pk}
    response = sign_in(cast.head).post("/account/delegations/add/", typed(cast, **changed))
    assert response.status_code == 200
    assert sentence in " ".join(response.context["form"].errors[field])
    assert Delegation.objects.count() == 0
    if "reason" not in changed:
        assert "Đi cơ sở" in response.content.decode()


def test_a_role_is_lent_to_one_person_at_a_time(cast, sign_in):
    lend(cast)
    response = sign_in(cast.head).post(
        "/account/delegations/add/", typed(cast, valid_from="10/01/2026", valid_to="12/01/2026")
    )
    assert "already delegated" in str(response.context["form"].errors["valid_from"])
    assert Delegation.objects.count() == 1


def test_a_role_is_lent_no_longer_than_it_is_held(cast, sign_in):
    cast.head.grants.filter(role=Role.HEAD).update(valid_to=date(2026, 1, 8))
    response = sign_in(cast.head).post("/account/delegations/add/", typed(cast))
    assert "only until 08/01/2026" in str(response.context["form"].errors["valid_to"])


def test_an_officers_own_role_is_not_offered(cast, sign_in):
    offered = sign_in(cast.head).get("/account/delegations/add/").context["form"].fields["grant"].queryset
    assert [g.role for g in offered] == [Role.HEAD]


def test_only_colleagues_who_may_sign_in_are_offered_by_given_name(cast, sign_in):
    User.objects.filter(pk=cast.officer.pk).update(is_active=False)
    page = sign_in(cast.head).get("/account/delegations/add/")
    offered = [u.full_name for u in page.context["form"].fields["delegate"].queryset]
    assert offered[:3] == ["Trần Thị Bình", "Lê Thị Chi", "Phạm Văn Dũng"]
    assert "Trịnh Văn Sơn" not in offered


def test_a_reason_in_decomposed_form_is_stored_composed(cast, sign_in):
    import unicodedata

    sign_in(cast.head).post(
        "/account/delegations/add/", typed(cast, reason=unicodedata.normalize("NFD", "Đi cơ sở ở Định Hóa"))
    )
    assert Delegation.objects.get().reason == unicodedata.normalize("NFC", "Đi cơ sở ở Định Hóa")
