"""Single sign-on opens the account that has the address, and makes none."""

import pytest
from allauth.core.context import request_context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    app = {
        "provider_id": "province",
        "name": "Tỉnh",
        "client_id": "c",
        "secret": "s",
        "settings": {"server_url": "https://login.example.vn"},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    return "province"


@pytest.fixture
def officer():
    return get_user_model().objects.create_user("an", email="an@example.vn", password="một mật khẩu dài")


def come_back(rf, provider, **claims):
    """The person returns from the provider, which says this about them: (response, who is signed in)."""
    request = rf.get("/accounts/oidc/province/login/callback/")
    request.session = SessionStore()
    request.user = AnonymousUser()
    request._messages = FallbackStorage(request)
    answer = {"userinfo": {"sub": "1", **claims}}
    login = get_adapter().get_provider(request, provider).sociallogin_from_response(request, answer)
    with request_context(request):
        return complete_social_login(request, login), request.user


def test_a_verified_address_signs_in_to_its_account(rf, provider, officer):
    response, person = come_back(rf, provider, email="an@example.vn", email_verified=True)
    assert (response.status_code, person) == (302, officer)


def test_an_address_nobody_vouches_for_opens_nothing(rf, provider, officer):
    _, person = come_back(rf, provider, email="an@example.vn", email_verified=False)
    assert person.is_anonymous
    assert get_user_model().objects.count() == 1


def test_an_unknown_address_makes_no_account(rf, provider, officer):
    response, person = come_back(rf, provider, email="binh@example.vn", email_verified=True)
    assert person.is_anonymous
    assert get_user_model().objects.count() == 1
    assert response.status_code == 200  # the page that says sign-up is closed
