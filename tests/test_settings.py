"""The start of the site, its headers, its doors, its formats, its logs."""

import datetime
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.utils import translation

from fieldvisits.redaction import clean

ROOT = Path(__file__).resolve().parent.parent
INSTALLATION = {
    "SECRET_KEY": "k" * 20 + "0123456789" * 4,
    "ALLOWED_HOSTS": "visits.example.vn",
    "EMAIL_URL": "dummy://",
}


OURS = re.findall(r'env\.\w+,\s+"([A-Z_]+)"', (ROOT / "fieldvisits/settings.py").read_text()) + [
    "DJANGO_SETTINGS_MODULE"
]


def start(folder, code="import fieldvisits.settings", **environment):
    """Start Python anew with only these settings in the environment."""
    others = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**others, "VAR_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
    )


# --- the start --------------------------------------------------------------------------------------------------


def test_with_debug_nothing_else_is_needed_and_the_key_is_kept(tmp_path):
    show = "from fieldvisits import settings; print(settings.SECRET_KEY)"
    first, second = (start(tmp_path, show, DEBUG="true") for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert len(first.stdout.strip()) >= 50
    assert first.stdout == second.stdout


def test_an_installation_starts_with_three_values(tmp_path):
    assert start(tmp_path, **INSTALLATION).returncode == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"DEBUG": "no-way"}, "DEBUG must be true or false."),
        ({"HTTPS": "perhaps"}, "HTTPS must be true or false."),
        ({"SECRET_KEY": None}, "SECRET_KEY must be set, unless DEBUG is true."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be a random text of at least 50 characters."),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS must be the host names of the site, with commas between."),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must be the host names of the site, with commas between."),
        (
            {"CSRF_TRUSTED_ORIGINS": "visits.example.vn"},
            "CSRF_TRUSTED_ORIGINS must be addresses that begin with",
        ),
        ({"DATABASE_URL": "mysql://visits:hidden@host/name"}, "DATABASE_URL must be sqlite:///"),
        ({"DATABASE_URL": "postgres://visits:hidden@host:port/name"}, "DATABASE_URL must be sqlite:///"),
        ({"DATABASE_URL": "postgres://visits:hidden@host"}, "DATABASE_URL must be sqlite:///"),
        ({"DATABASE_URL": "hidden"}, "DATABASE_URL must be sqlite:///"),
        (
            {"DATABASE_URL": "postgres://host/name", "DISABLE_SERVER_SIDE_CURSORS": "x"},
            "DISABLE_SERVER_SIDE_CURSORS must be true",
        ),
        ({"EMAIL_URL": None}, "EMAIL_URL must be smtp://"),
        ({"EMAIL_URL": "pigeon://hidden"}, "EMAIL_URL must be smtp://"),
        ({"TRUSTED_PROXIES": "one"}, "TRUSTED_PROXIES must be the number"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES must be the number"),
        ({"HSTS_SECONDS": "long"}, "HSTS_SECONDS must be a number of seconds."),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR."),
        ({"OIDC_PROVIDERS": "{"}, "OIDC_PROVIDERS must be a JSON list"),
        ({"OIDC_PROVIDERS": '[{"id": "hidden"}]'}, "OIDC_PROVIDERS must be a JSON list"),
        ({"VAR_DIR": str(ROOT / "manage.py")}, "VAR_DIR must be a folder that can be written to"),
    ],
)
def test_a_bad_or_missing_value_stops_the_start_with_one_sentence(tmp_path, change, sentence):
    environment = {"VAR_DIR": str(tmp_path), **INSTALLATION, **change}
    outcome = start(environment.pop("VAR_DIR"), **{k: v for k, v in environment.items() if v is not None})
    assert outcome.returncode == 3
    assert outcome.stderr.startswith(f"Cannot start: {sentence}")
    assert len(outcome.stderr.splitlines()) == 1
    assert "hidden" not in outcome.stderr


def test_an_installation_is_ready_for_https(tmp_path):
    show = (
        "import json; from fieldvisits import settings as s; print(json.dumps([s.SECURE_SSL_REDIRECT,"
        " s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, s.SECURE_PROXY_SSL_HEADER]))"
    )
    outcome = start(tmp_path, show, TRUSTED_PROXIES="1", **INSTALLATION)
    assert json.loads(outcome.stdout) == [True, True, True, True, ["HTTP_X_FORWARDED_PROTO", "https"]]


def test_single_sign_on_comes_from_the_environment(tmp_path):
    provider = {
        "id": "x",
        "name": "X",
        "client_id": "c",
        "secret": "s",
        "server_url": "https://login.example.vn/a",
    }
    show = (
        "import json; from fieldvisits import settings as s;"
        "print(json.dumps([s.SOCIALACCOUNT_PROVIDERS['openid_connect']['APPS'][0]['provider_id'],"
        " s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action']]))"
    )
    outcome = start(tmp_path, show, OIDC_PROVIDERS=json.dumps([provider]), **INSTALLATION)
    assert json.loads(outcome.stdout) == ["x", ["'self'", "https://login.example.vn"]]


def test_postgresql_keeps_its_connections(tmp_path):
    show = "import json; from fieldvisits import settings as s; print(json.dumps(s.DATABASES['default']))"
    outcome = start(tmp_path, show, DATABASE_URL="postgres://u:p@host:5432/name", **INSTALLATION)
    database = json.loads(outcome.stdout)
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (60, True)


# --- headers and doors ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_page_has_the_strict_headers(client):
    response = client.get("/accounts/login/")
    assert response.status_code == 200
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'self'",
        "manifest-src": "'self'",
    }
    assert "camera=()" in response["Permissions-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_the_sign_in_page_is_vietnamese_unless_the_person_chose_english(client):
    english_browser = {"HTTP_ACCEPT_LANGUAGE": "en-US,en;q=0.9"}
    assert client.get("/accounts/login/", **english_browser)["Content-Language"] == "vi"
    response = client.post("/i18n/setlang/", {"language": "en", "next": "/accounts/login/"})
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/")
    assert client.get("/accounts/login/", **english_browser)["Content-Language"] == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/password/reset/"])
def test_open_to_everybody(client, address):
    assert client.get(address).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/"])
def test_closed_to_strangers(client, address):
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={address}")


@pytest.mark.django_db
def test_nobody_signs_up(client):
    from django.contrib.auth import get_user_model

    people = get_user_model().objects.count()
    fields = {
        "username": "stranger",
        "email": "stranger@example.vn",
        "password1": "một mật khẩu dài",
        "password2": "một mật khẩu dài",
    }
    assert client.get("/accounts/signup/").status_code == 200  # says that it is closed
    client.post("/accounts/signup/", fields)
    assert get_user_model().objects.count() == people


@pytest.mark.django_db(transaction=True)
def test_the_health_check_looks_at_database_and_cache(client):
    response = client.get("/health/?format=json")
    assert response.status_code == 200
    assert set(response.json().values()) == {"OK"}
    assert sorted(re.match(r"\w+", name)[0] for name in response.json()) == ["Cache", "Database"]


# --- formats ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    "text", ["07/02/2026", "7/2/2026", "07/02/26", "07-02-2026", "07.02.2026", "2026-02-07"]
)
def test_the_day_comes_first_in_both_languages(language, text):
    with translation.override(language):
        assert forms.DateField().clean(text) == datetime.date(2026, 2, 7)


@pytest.mark.parametrize(("language", "number"), [("vi", "1.234,5"), ("en", "1,234.5")])
def test_numbers_and_dates_are_written_as_people_do(language, number):
    from django.utils.formats import date_format, get_format, number_format

    with translation.override(language):
        assert number_format("1234.5", decimal_pos=1, use_l10n=True, force_grouping=True) == number
        assert date_format(datetime.date(2026, 2, 7)) == "07/02/2026"
        assert get_format("FIRST_DAY_OF_WEEK") == 1


# --- logs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        {"password": "hidden"},
        {"request": {"Cookie": "sessionid=hidden; csrftoken=hidden"}},
        {"headers": ["Cookie: sessionid=hidden; csrftoken=hidden"]},
        {"event": "Authorization: Bearer hidden"},
        {"event": "GET /accounts/password/reset/key/3-hidden/"},
        {"event": "GET /oidc/x/login/callback/?code=hidden&state=1"},
        {"event": "POST {'username': 'an', 'password': 'hidden words'}"},
        {"event": "could not reach postgres://visits:hidden@host:5432/name"},
        {"exception": "KeyError: api_token=hidden"},
    ],
)
def test_no_secret_gets_into_a_log_line(event):
    assert "hidden" not in json.dumps(clean(event))


def test_everything_else_stays_in_the_log_line():
    event = {"event": "GET /plans/7/?state=endorsed", "code": 200, "took": 0.5, "late": False, "who": None}
    assert clean(event) == event


def test_an_installation_writes_one_json_object_per_line(tmp_path):
    code = (
        "import django; django.setup(); import structlog, logging;"
        "structlog.get_logger('x').info('đã nộp', password='hidden');"
        "logging.getLogger('y').warning('token=%s', 'hidden')"
    )
    outcome = start(tmp_path, code, DJANGO_SETTINGS_MODULE="fieldvisits.settings", **INSTALLATION)
    lines = [json.loads(line) for line in outcome.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["đã nộp", "token=[removed]"]
    assert "hidden" not in outcome.stderr


def test_the_tests_use_what_is_fast():
    assert "MD5" in settings.PASSWORD_HASHERS[0]
    assert settings.CACHES["default"]["BACKEND"].endswith("LocMemCache")


def test_a_database_that_cannot_be_reached_is_said_in_a_sentence(tmp_path):
    """Nobody listens there: a socket folder that is empty."""
    address = f"postgres://nobody@/visits?host={tmp_path}"
    result = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DEBUG": "true", "VAR_DIR": str(tmp_path), "DATABASE_URL": address},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 1
    assert "cannot be reached" in result.stderr
    assert "Traceback" not in result.stderr
