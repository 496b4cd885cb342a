"""What an administrator may enter about people: accounts, departments, roles, stand-ins, exemptions."""

import re
import unicodedata
from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from accounts.models import Delegation, Membership, Role, RoleGrant, User
from accounts.powers import powers_of
from fieldvisits.models import Exemption
from tests.cast import PASSWORD, SINCE

pytestmark = pytest.mark.usefixtures("english")

TODAY = date(2026, 1, 3)


@pytest.fixture
def admin(cast, sign_in):
    return sign_in(cast.administrator)


def address(kind, thing, name="manage-change"):
    return reverse(name, args=[kind, thing.pk])


def errors(response, field):
    assert response.status_code == 200
    return " ".join(response.context["form"].errors[field])


# --- people ------------------------------------------------------------------------------------------


def person(**changed):
    return {
        "full_name": "Nguyễn Thị Xuân",
        "username": "xuan",
        "email": "xuan@example.vn",
        "code": "CB-19",
        "post": "Chuyên viên",
        "phone": "0912 000 111",
        "movement_work": "on",
        "is_active": "on",
        "since": "01/02/2026",
        "officer": "on",
        "access": "later",
    } | changed


def test_a_new_person_comes_with_department_and_role(cast, admin):
    response = admin.post("/manage/people/add/", person(department=cast.movement.pk))
    made = User.objects.get(username="xuan")
    assert response.url == address("people", made)
    assert (made.province, made.full_name, made.post) == (cast.province, "Nguyễn Thị Xuân", "Chuyên viên")
    assert not made.has_usable_password()
    assert (made.is_staff, made.is_superuser) == (False, False)
    membership, grant = made.memberships.get(), made.grants.get()
    assert (membership.department, membership.valid_from) == (cast.movement, date(2026, 2, 1))
    assert (grant.role, grant.province, grant.valid_from) == (Role.OFFICER, cast.province, date(2026, 2, 1))
    assert made.history.get().history_user == cast.administrator


def test_a_new_person_may_stand_alone_at_first(cast, admin):
    admin.post("/manage/people/add/", person(officer="", since="", email="", code=""))
    made = User.objects.get(username="xuan")
    assert not made.memberships.exists()
    assert not made.grants.exists()


def test_names_in_decomposed_form_are_stored_composed(cast, admin):
    admin.post(
        "/manage/people/add/", {k: unicodedata.normalize("NFD", v) for k, v in person(code="Số-1").items()}
    )
    made = User.objects.get(username="xuan")
    for value, typed in (
        (made.full_name, "Nguyễn Thị Xuân"),
        (made.post, "Chuyên viên"),
        (made.code, "Số-1"),
    ):
        assert value == unicodedata.normalize("NFC", typed)
    assert made.sort_name == "xuan nguyen thi"


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"full_name": ""}, "full_name", "required"),
        ({"full_name": "x" * 10_000}, "full_name", "at most 120"),
        ({"full_name": "Nguyễn\x00Xuân"}, "full_name", "Null characters"),
        ({"username": "AN"}, "__all__", "already has this user name"),
        ({"username": "an@example.vn"}, "username", "Leave out"),
        ({"username": "x y"}, "username", "valid username"),
        ({"email": "AN@example.vn"}, "__all__", "already signs in with this e-mail"),
        ({"email": "khong phai"}, "email", "valid email"),
        ({"code": "CB-1"}, "__all__", "already has this staff code"),
        ({"department": "there"}, "department", "not one of the available"),
        ({"department": "x"}, "department", "not one of the available"),
        ({"since": ""}, "since", "From which day"),
        ({"since": "01/01/2019", "department": "here"}, "department", "does not exist on that day"),
        ({"since": "31/02/2026"}, "since", "valid date"),
        ({"access": "link", "email": ""}, "access", "no e-mail address"),
        ({"access": "password", "password": ""}, "password", "too short"),
        ({"access": "password", "password": "12345678901"}, "password", "numeric"),
        ({"access": "password", "password": "Nguyễn Thị Xuân"}, "password", "too similar"),
        ({"access": "magic"}, "access", "not one of the available"),
    ],
)
def test_a_person_that_cannot_be_is_refused_and_stays_typed(cast, admin, changed, field, sentence):
    User.objects.filter(pk=cast.officer.pk).update(code="CB-1")
    places = {"there": cast.other_department.pk, "here": cast.movement.pk}
    if changed.get("department") in places:
        changed = changed | {"department": places[changed["department"]]}
    many = User.objects.count()
    response = admin.post("/manage/people/add/", person(**changed))
    assert sentence in errors(response, field)
    assert "0912 000 111" in response.content.decode()
    assert User.objects.count() == many
    assert mail.outbox == []


def test_a_staff_code_of_the_other_province_is_free(cast, admin):
    User.objects.filter(pk=cast.stranger.pk).update(code="CB-19")
    assert admin.post("/manage/people/add/", person()).status_code == 302


def test_a_person_who_leaves_cannot_sign_in_any_more(cast, admin, client):
    data = person(full_name="Nguyễn Văn An", username="an", email="an@example.vn", is_active="")
    assert admin.post(address("people", cast.officer), data).status_code == 302
    assert User.objects.get(pk=cast.officer.pk).is_active is False
    assert cast.officer.memberships.count() == 1


def test_an_administrator_does_not_lock_themselves_out(cast, admin):
    data = person(full_name="Lý Văn Phúc", username="phuc", email="phuc@example.vn", is_active="")
    assert "lock yourself out" in errors(admin.post(address("people", cast.administrator), data), "is_active")
    grant = cast.administrator.grants.get()
    ended = {"role": "administrator", "valid_from": "01/01/2020", "valid_to": "02/01/2026"}
    assert "lock yourself out" in errors(admin.post(address("roles", grant), ended), "__all__")
    later = ended | {"valid_from": "04/01/2026", "valid_to": ""}
    assert "lock yourself out" in errors(admin.post(address("roles", grant), later), "__all__")
    admin.post(address("roles", grant, "manage-delete"))
    assert admin.get("/manage/").status_code == 200


def test_an_address_taken_back_neither_signs_in_nor_gets_links(cast, admin, client):
    EmailAddress.objects.create(user=cast.officer, email="an@example.vn", primary=True, verified=True)
    data = person(full_name="Nguyễn Văn An", username="an", email="an.moi@example.vn")
    admin.post(address("people", cast.officer), data)
    admin.logout()
    client.cookies["django_language"] = "en"
    client.post("/accounts/login/", {"login": "an@example.vn", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    client.post("/accounts/login/", {"login": "an.moi@example.vn", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(cast.officer.pk)


def test_a_new_person_is_sent_a_link_to_choose_a_password(cast, admin, client):
    admin.post("/manage/people/add/", person(access="link"))
    [letter] = mail.outbox
    assert letter.to == ["xuan@example.vn"]
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", letter.body)[1]
    client.logout()
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "mot-mat-khau-moi", "password2": "mot-mat-khau-moi"})
    assert User.objects.get(username="xuan").check_password("mot-mat-khau-moi")


def test_a_temporary_password_is_set_and_signs_the_person_out_elsewhere(cast, admin, client):
    access = reverse("manage-access", args=[cast.officer.pk])
    weak = admin.post(access, {"access": "password", "password": "ngan"})
    assert "too short" in str(weak.context["access"].errors["password"])
    assert weak.context["form"].instance == cast.officer
    assert User.objects.get(pk=cast.officer.pk).check_password(PASSWORD)
    admin.post(access, {"access": "password", "password": "tam-thoi-2026"})
    found = User.objects.get(pk=cast.officer.pk)
    assert found.check_password("tam-thoi-2026")
    assert "tam-thoi-2026" not in str(list(found.history.values()))


def test_a_link_is_sent_and_a_silent_mail_server_is_told(cast, admin, settings):
    access = reverse("manage-access", args=[cast.officer.pk])
    admin.post(access, {"access": "link"})
    assert [letter.to for letter in mail.outbox] == [["an@example.vn"]]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    admin.post(access, {"access": "link"})
    assert "could not be sent" in admin.get("/manage/people/").content.decode()


# --- departments of people ---------------------------------------------------------------------------


def membership(cast, **changed):
    return {"user": cast.officer.pk, "department": cast.building.pk, "valid_from": "01/02/2026"} | changed


def test_a_move_ends_the_earlier_department_on_the_day_before(cast, admin):
    assert admin.post("/manage/memberships/add/", membership(cast, move="on")).status_code == 302
    found = cast.officer.memberships.order_by("valid_from").values_list(
        "department", "valid_from", "valid_to"
    )
    assert list(found) == [
        (cast.movement.pk, SINCE, date(2026, 1, 31)),
        (cast.building.pk, date(2026, 2, 1), None),
    ]


def test_who_moves_leads_the_department_they_leave_no_longer(cast, admin):
    """As an import does it: the roles held there end with the membership, those of the province stay."""
    data = membership(cast, user=cast.head.pk, move="on")
    page = admin.post("/manage/memberships/add/", data, follow=True)
    assert (
        "Lê Thị Chi leaves Ban Phong trào on 31/01/2026, with the roles held there." in page.content.decode()
    )
    ends = dict(cast.head.grants.values_list("role", "valid_to"))
    assert ends == {Role.HEAD: date(2026, 1, 31), Role.OFFICER: None}
    cast.head.refresh_from_db()
    assert powers_of(cast.head, date(2026, 1, 31)).holds(Role.HEAD)
    assert not powers_of(cast.head, date(2026, 2, 1)).holds(Role.HEAD)


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({}, "valid_from", "belongs to Ban Phong trào since 01/01/2020: enter the last day there first"),
        ({}, "move", "If the person moves, tick this"),
        ({"valid_from": "01/01/2019", "valid_to": "01/01/2020"}, "department", "does not exist on that day"),
        ({"valid_to": "31/01/2026", "move": "on"}, "__all__", "cannot be before the first"),
        ({"valid_from": "01/01/2020", "move": "on"}, "valid_from", "belongs to Ban Phong trào since"),
        ({"department": "there"}, "department", "not one of the available"),
        ({"user": "stranger"}, "user", "not one of the available"),
        ({"user": ""}, "user", "required"),
    ],
)
def test_a_membership_that_cannot_be_is_refused_and_nothing_moves(cast, admin, changed, field, sentence):
    if changed.get("department") == "there":
        changed = {"department": cast.other_department.pk}
    if changed.get("user") == "stranger":
        changed = {"user": cast.stranger.pk}
    many = Membership.objects.count()
    response = admin.post("/manage/memberships/add/", membership(cast, **changed))
    assert sentence in errors(response, field)
    assert Membership.objects.count() == many
    assert cast.officer.memberships.get().valid_to is None


def test_a_membership_stays_with_its_person(cast, admin):
    kept = cast.officer.memberships.get()
    data = membership(cast, user=cast.colleague.pk, department=cast.movement.pk, valid_from="01/01/2020")
    assert admin.post(address("memberships", kept), data).status_code == 302
    kept.refresh_from_db()
    assert kept.user == cast.officer


def test_what_is_added_from_a_persons_page_leads_back_there(cast, admin):
    back = address("people", cast.officer)
    page = admin.get(back)
    urls = {part.slug: url for part, _title, _rows, _columns, url, _more in page.context["parts"]}
    form = admin.get(urls["exemptions"])
    assert form.context["form"]["officer"].value() == str(cast.officer.pk)
    data = {
        "officer": cast.officer.pk,
        "kind": "study",
        "reason": "Học tập trung",
        "decision": "QĐ 9",
        "valid_from": "01/02/2026",
        "valid_to": "31/10/2026",
        "next": form.context["next"],
    }
    assert admin.post("/manage/exemptions/add/", data).url == back
    assert Exemption.objects.get().officer == cast.officer
    later = {"valid_from": "01/11/2026", "valid_to": "30/11/2026", "next": "https://evil.example/"}
    assert admin.post("/manage/exemptions/add/", data | later).url.startswith("/manage/")


# --- roles ---------------------------------------------------------------------------------------------


def role(cast, **changed):
    return {
        "user": cast.officer.pk,
        "role": "deputy",
        "department": cast.movement.pk,
        "valid_from": "05/01/2026",
    } | changed


def test_a_role_works_on_its_days(cast, admin):
    assert admin.post("/manage/roles/add/", role(cast, valid_to="10/01/2026")).status_code == 302
    held = {day: powers_of(cast.officer, date(2026, 1, day)).holds(Role.DEPUTY) for day in (4, 5, 10, 11)}
    assert held == {4: False, 5: True, 10: True, 11: False}
    assert RoleGrant.objects.get(user=cast.officer, role=Role.DEPUTY).province == cast.province


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"department": ""}, "department", "held in a department: say which"),
        ({"role": "committee"}, "department", "leave the department empty"),
        ({"role": "central", "department": ""}, "role", "not one of the available"),
        ({"role": "king"}, "role", "not one of the available"),
        ({"valid_to": "04/01/2026"}, "__all__", "cannot be before the first"),
        ({"role": "officer", "department": ""}, "valid_from", "already holds this role"),
        ({"department": "there"}, "department", "not one of the available"),
        ({"user": "stranger"}, "user", "not one of the available"),
        ({"decision": "x" * 10_000}, "decision", "at most 200"),
    ],
)
def test_a_role_that_cannot_be_is_refused(cast, admin, changed, field, sentence):
    if changed.get("department") == "there":
        changed = {"department": cast.other_department.pk}
    if changed.get("user") == "stranger":
        changed = {"user": cast.stranger.pk}
    many = RoleGrant.objects.count()
    assert sentence in errors(admin.post("/manage/roles/add/", role(cast, **changed)), field)
    assert RoleGrant.objects.count() == many


def test_an_administrator_gives_themselves_no_role_but_the_officers(cast, admin):
    own = {"user": cast.administrator.pk, "department": ""}
    for changed in (
        {"role": "committee"},
        {"role": "executive"},
        {"role": "head", "department": cast.movement.pk},
    ):
        refused = admin.post("/manage/roles/add/", role(cast, **own | changed))
        assert "Nobody gives themselves a role" in errors(refused, "__all__")
    assert [g.role for g in cast.administrator.grants.all()] == [Role.ADMINISTRATOR]
    assert admin.post("/manage/roles/add/", role(cast, **own, role="officer")).status_code == 302


def test_an_administrator_does_not_prolong_a_role_of_their_own(cast, admin):
    grant = RoleGrant.objects.create(
        user=cast.administrator,
        role=Role.EXECUTIVE,
        province=cast.province,
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 1, 31),
    )
    for dates in (("01/01/2026", ""), ("01/01/2026", "01/02/2026"), ("31/12/2025", "31/01/2026")):
        data = {"valid_from": dates[0], "valid_to": dates[1]}
        assert "Nobody gives themselves" in errors(admin.post(address("roles", grant), data), "__all__")
    data = {"valid_from": "01/01/2026", "valid_to": "10/01/2026", "decision": "QĐ 7"}
    assert admin.post(address("roles", grant), data).status_code == 302
    grant.refresh_from_db()
    assert (grant.valid_to, grant.decision) == (date(2026, 1, 10), "QĐ 7")


def test_a_role_given_stays_what_it_is_and_is_ended_by_its_last_day(cast, admin):
    grant = cast.head.grants.get(role=Role.HEAD)
    data = role(cast, role="committee", department="", valid_from="01/01/2020", valid_to="02/01/2026")
    assert admin.post(address("roles", grant), data).status_code == 302
    grant.refresh_from_db()
    assert (grant.user, grant.role, grant.department, grant.valid_to) == (
        cast.head,
        Role.HEAD,
        cast.movement,
        date(2026, 1, 2),
    )
    assert not User.objects.get(pk=cast.head.pk).powers.holds(Role.HEAD)


# --- stand-ins -----------------------------------------------------------------------------------------


def stand_in(cast, **changed):
    return {
        "grant": cast.head.grants.get(role=Role.HEAD).pk,
        "delegate": cast.colleague.pk,
        "valid_from": "03/01/2026",
        "valid_to": "10/01/2026",
        "reason": "Ốm đột xuất",
    } | changed


def test_an_administrator_names_a_stand_in_for_somebody_suddenly_away_and_ends_it(cast, admin):
    assert admin.post("/manage/delegations/add/", stand_in(cast)).status_code == 302
    made = Delegation.objects.get()
    assert made.history.get().history_user == cast.administrator
    [holding] = powers_of(cast.colleague, TODAY).all(Role.HEAD)
    assert (holding.on_behalf_of, holding.until) == (cast.head, date(2026, 1, 10))
    assert admin.get(address("delegations", made)).context["may_end"]
    admin.post(address("delegations", made, "manage-end"))
    assert not powers_of(cast.colleague, TODAY).holds(Role.HEAD)
    first = Delegation.objects.get().ended_at
    admin.post(address("delegations", made, "manage-end"))
    assert Delegation.objects.get().ended_at == first


def test_what_is_over_can_no_longer_be_changed_nor_deleted(cast, admin):
    admin.post("/manage/delegations/add/", stand_in(cast))
    made = Delegation.objects.get()
    made.end()
    page = admin.get(address("delegations", made))
    assert "can no longer be changed" in page.content.decode()
    admin.post(address("delegations", made), stand_in(cast, valid_to="31/12/2026"))
    admin.post(address("delegations", made, "manage-delete"))
    assert Delegation.objects.get().valid_to == date(2026, 1, 10)


def test_only_stand_ins_are_ended_at_once(cast, admin):
    assert admin.post(address("roles", cast.head.grants.first(), "manage-end")).status_code == 404


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"grant": "officer"}, "grant", "not one of the available"),
        ({"grant": "strange"}, "grant", "not one of the available"),
        ({"delegate": "stranger"}, "delegate", "not one of the available"),
        ({"delegate": "administrator"}, "delegate", "Nobody names themselves"),
        ({"valid_to": ""}, "valid_to", "required"),
        ({"valid_from": "01/01/2026"}, "valid_from", "has passed"),
    ],
)
def test_a_stand_in_that_cannot_be_is_refused(cast, admin, changed, field, sentence):
    grants = {
        "officer": cast.head.grants.get(role=Role.OFFICER).pk,
        "strange": cast.strange_head.grants.get(role=Role.HEAD).pk,
    }
    if changed.get("grant") in grants:
        changed = {"grant": grants[changed["grant"]]}
    if "delegate" in changed:
        changed = {"delegate": cast.people[changed["delegate"]].pk}
    assert sentence in errors(admin.post("/manage/delegations/add/", stand_in(cast, **changed)), field)
    assert not Delegation.objects.exists()


# --- exemptions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"valid_to": ""}, "valid_to", "required"),
        ({"valid_to": "01/01/2026"}, "__all__", "cannot be before the first"),
        ({"decision": ""}, "decision", "required"),
        ({"reason": ""}, "reason", "required"),
        ({"days": "-1"}, "days", "greater than or equal"),
        ({"days": "9" * 20}, "days", "less than or equal"),
        ({"officer": "stranger"}, "officer", "not one of the available"),
    ],
)
def test_an_exemption_that_cannot_be_is_refused(cast, admin, changed, field, sentence):
    if "officer" in changed:
        changed = {"officer": cast.stranger.pk}
    data = {
        "officer": cast.officer.pk,
        "kind": "illness",
        "reason": "Điều trị",
        "decision": "QĐ 9",
        "valid_from": "01/02/2026",
        "valid_to": "31/03/2026",
    } | changed
    assert sentence in errors(admin.post("/manage/exemptions/add/", data), field)
    assert not Exemption.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "days", "refused"),
    [
        ("10/02/2026", "20/02/2026", "", True),
        ("11/02/2026", "20/02/2026", "", False),
        ("01/02/2026", "28/02/2026", "40", False),  # a number by decision beside days out of scope
    ],
)
def test_nobody_is_relieved_twice_on_one_day(cast, admin, first, last, days, refused):
    data = {"officer": cast.officer.pk, "kind": "illness", "reason": "Điều trị", "decision": "QĐ 9"}
    for more in (
        {"valid_from": "05/02/2026", "valid_to": "10/02/2026"},
        {"valid_from": first, "valid_to": last, "days": days},
    ):
        answer = admin.post("/manage/exemptions/add/", data | more)
    if refused:
        assert "already relieved on some of these days" in errors(answer, "valid_from")
    assert Exemption.objects.count() == (1 if refused else 2)
    kept = Exemption.objects.earliest("pk")
    change = data | {"valid_from": "04/02/2026", "valid_to": "10/02/2026"}
    assert admin.post(f"/manage/exemptions/{kept.pk}/", change).status_code == 302
