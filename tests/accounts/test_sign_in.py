"""Getting in: by user name or e-mail, with a password, and in no other way."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import URLPattern, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from accounts.models import User
from tests.cast import PASSWORD

pytestmark = pytest.mark.usefixtures("english")

LOGIN = "/accounts/login/"


def try_to_sign_in(client, login, password=PASSWORD):
    return client.post(LOGIN, {"login": login, "password": password})


def signed_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["an", "AN", "an@example.vn", "An@Example.vn"])
def test_one_signs_in_by_user_name_or_e_mail_in_any_case(cast, client, login):
    response = try_to_sign_in(client, login)
    assert response.status_code == 302
    assert response.url == "/"
    assert client.session["_auth_user_id"] == str(cast.officer.pk)


def test_a_sign_in_is_no_entry_in_a_persons_history(cast, client):
    before = cast.officer.history.count()
    try_to_sign_in(client, "an")
    assert User.objects.get(pk=cast.officer.pk).last_login is not None
    assert cast.officer.history.count() == before


def test_one_comes_back_to_the_page_one_wanted(cast, client):
    wanted = client.get("/account/")
    assert wanted.url == "/accounts/login/?next=/account/"
    response = client.post(wanted.url, {"login": "an", "password": PASSWORD, "next": "/account/"})
    assert response.url == "/account/"


def test_nobody_is_sent_to_another_site_after_signing_in(cast, client):
    response = client.post(LOGIN, {"login": "an", "password": PASSWORD, "next": "https://evil.example/"})
    assert response.url == "/"


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("an", "sai-mat-khau"),
        ("an@example.vn", "sai-mat-khau"),
        ("khong-co-ai", PASSWORD),
        ("khong@co.ai", PASSWORD),
        ("an\x00", PASSWORD),
        ("x" * 10_000, PASSWORD),
        ("an", "x" * 10_000),
        ("' OR 1=1 --", "x"),
        ("", ""),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_nobody_is_let_in(cast, client, login, password):
    response = try_to_sign_in(client, login, password)
    assert response.status_code == 200
    assert not signed_in(client)
    said = re.sub(r"<[^>]+>", " ", response.content.decode())
    assert re.search(r"password you specified (is|are) not correct|Null characters|at most|required", said), (
        said
    )


def test_wrong_passwords_are_counted_and_then_one_has_to_wait(cast, client):
    for _n in range(5):
        try_to_sign_in(client, "an", "sai-mat-khau")
    response = try_to_sign_in(client, "an")
    assert "Too many failed login attempts" in response.content.decode()
    assert not signed_in(client)


def test_a_person_who_left_does_not_get_in(cast, client):
    User.objects.filter(pk=cast.officer.pk).update(is_active=False)
    response = try_to_sign_in(client, "an")
    assert response.url == "/accounts/inactive/"
    assert client.get(response.url).status_code == 200
    assert not signed_in(client)


def test_a_person_who_leaves_while_signed_in_can_do_nothing_more(cast, client, sign_in):
    sign_in(cast.head)
    assert client.get("/account/").status_code == 200
    User.objects.filter(pk=cast.head.pk).update(is_active=False)
    assert client.get("/account/").status_code == 302
    assert User.objects.get(pk=cast.head.pk).powers.holdings == ()


def test_sign_out_is_a_post_and_ends_the_session(cast, client, sign_in):
    sign_in(cast.officer)
    assert client.get("/accounts/logout/").status_code == 200
    assert signed_in(client)
    client.post("/accounts/logout/")
    assert not signed_in(client)


def test_the_password_is_changed_with_the_old_one(cast, client, sign_in):
    sign_in(cast.officer)
    new = {"password1": "mot-mat-khau-moi", "password2": "mot-mat-khau-moi"}
    refused = client.post("/accounts/password/change/", {"oldpassword": "sai", **new})
    assert refused.status_code == 200
    assert User.objects.get(pk=cast.officer.pk).check_password(PASSWORD)
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new})
    assert User.objects.get(pk=cast.officer.pk).check_password("mot-mat-khau-moi")


@pytest.mark.parametrize("weak", ["ngan", "12345678901", "password123", "nguyen van an"])
def test_a_weak_password_is_refused(cast, client, sign_in, weak):
    sign_in(cast.officer)
    cast.officer.refresh_from_db()
    data = {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
    assert client.post("/accounts/password/change/", data).status_code == 200
    assert User.objects.get(pk=cast.officer.pk).check_password(PASSWORD)


def test_a_forgotten_password_is_set_anew_through_a_link(cast, client):
    client.post("/accounts/password/reset/", {"email": "an@example.vn"})
    [letter] = mail.outbox
    assert letter.to == ["an@example.vn"]
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", letter.body)[1]
    form = client.get(link, follow=True)
    assert form.status_code == 200
    new = {"password1": "mot-mat-khau-moi", "password2": "mot-mat-khau-moi"}
    client.post(form.request["PATH_INFO"], new)
    assert User.objects.get(pk=cast.officer.pk).check_password("mot-mat-khau-moi")


def test_nobody_learns_whether_an_address_has_an_account(cast, client):
    known = client.post("/accounts/password/reset/", {"email": "an@example.vn"})
    unknown = client.post("/accounts/password/reset/", {"email": "khong@co.ai"})
    assert known.status_code == unknown.status_code == 302
    assert known.url == unknown.url


def test_sign_up_is_closed(cast, client):
    people = User.objects.count()
    assert "currently closed" in client.get("/accounts/signup/").content.decode()
    data = {
        "username": "moi",
        "email": "moi@example.vn",
        "password1": "mot-mat-khau-moi",
        "password2": "mot-mat-khau-moi",
    }
    client.post("/accounts/signup/", data)
    assert User.objects.count() == people


def test_nobody_adds_an_address_of_their_own(cast, sign_in):
    """Addresses are entered by the administrator; one added here would sign in whoever reads its letters."""
    client = sign_in(cast.officer)
    for typed in (
        {"action_add": "", "email": "rieng@example.vn"},
        {"action_primary": "", "email": "an@example.vn"},
        {"action_remove": "", "email": "an@example.vn"},
    ):
        assert client.post("/accounts/email/", typed).url == "/account/"
    assert client.get("/accounts/email/").url == "/account/"
    assert not EmailAddress.objects.filter(email="rieng@example.vn").exists()
    assert User.objects.get(pk=cast.officer.pk).email == "an@example.vn"
    assert "/accounts/email/" not in client.get("/account/").content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/sessions/",
    ],
)
def test_the_library_pages_stand_in_our_frame(cast, client, address):
    try_to_sign_in(client, "an")
    response = client.get(address, follow=True)
    assert response.status_code == 200
    assert 'id="main"' in response.content.decode()


#: All that somebody who has not signed in may open; the rest of the site is behind the sign-in.
OPEN = {
    "account_login",
    "account_logout",  # leads home
    "account_signup",  # says that it is closed
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_email_verification_sent",
    "account_confirm_login_code",  # lead to the sign-in when nothing is under way
    "account_reauthenticate",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "mfa_signup_webauthn",
    "mfa_trust",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
    "socialaccount_signup",
    "openid_connect_login",
    "openid_connect_callback",
    "set_language",
    "health",
}


def names(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name
        else:
            yield from names(pattern.url_patterns)


def test_everything_else_asks_to_sign_in_first(cast, client):
    asked = 0
    for name in set(names(get_resolver().url_patterns)) - OPEN:
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue  # addresses with an id: the matrix of every address and person
        response = client.get(address)
        assert (response.status_code, response.url.split("?")[0]) == (302, LOGIN), name
        asked += 1
    assert asked >= 5
