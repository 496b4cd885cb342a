"""All settings, in one file.

What differs between machines comes from the environment (README, "Settings"); a bad or missing value stops the
start with a sentence. With DEBUG=true nothing has to be set. Everything the site writes goes to var/.
"""

import logging
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _
from environs import Env, EnvError

from fieldvisits.redaction import redact

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules

env = Env()


def stop(sentence):
    # 3 is what gunicorn takes as "do not start this worker again"
    print(f"Cannot start: {sentence}", file=sys.stderr)
    raise SystemExit(3)


def read(reader, name, meaning, **options):
    """The value of `name` in the environment. `meaning` completes "NAME must be …"; the value itself, which may be
    a secret, is not printed."""
    try:
        return reader(name, **options)
    except EnvError:
        stop(f"{name} must be {meaning}.")


# --- this machine -----------------------------------------------------------------------------------------------

DEBUG = read(env.bool, "DEBUG", "true or false", default=False)
LOCAL = DEBUG or TESTING

VAR_DIR = read(env.path, "VAR_DIR", "a folder", default=BASE_DIR / "var")
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = VAR_DIR / "media"  # uploads; never served as files: a view checks who may read one
FILE_UPLOAD_TEMP_DIR = VAR_DIR / "uploads"  # while they come in; beside MEDIA_ROOT: keeping one is a rename
try:
    for folder in [STATIC_ROOT, MEDIA_ROOT, FILE_UPLOAD_TEMP_DIR]:
        folder.mkdir(parents=True, exist_ok=True)
except OSError as error:
    stop(f"VAR_DIR must be a folder that can be written to: {error.strerror}.")


def local_secret_key():
    """A key of this machine's own, kept so that people stay signed in from one start to the next."""
    file = VAR_DIR / "secret_key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(get_random_secret_key())
    return file.read_text()


SECRET_KEY = read(env.str, "SECRET_KEY", "set, unless DEBUG is true", **({"default": ""} if LOCAL else {}))
if TESTING:
    SECRET_KEY = "only for tests"
elif DEBUG and not SECRET_KEY:
    SECRET_KEY = local_secret_key()
elif len(SECRET_KEY) < 50:
    stop("SECRET_KEY must be a random text of at least 50 characters.")

ALLOWED_HOSTS = read(
    env.list,
    "ALLOWED_HOSTS",
    "the host names of the site, with commas between",
    **({"default": []} if LOCAL else {}),
)
if not LOCAL and not any(ALLOWED_HOSTS):
    stop("ALLOWED_HOSTS must be the host names of the site, with commas between.")

CSRF_TRUSTED_ORIGINS = read(
    env.list,
    "CSRF_TRUSTED_ORIGINS",
    "addresses such as https://visits.example.vn, with commas between",
    default=[],
)
if not all(origin.startswith(("https://", "http://")) for origin in CSRF_TRUSTED_ORIGINS):
    stop("CSRF_TRUSTED_ORIGINS must be addresses that begin with https://, with commas between.")

HTTPS = read(env.bool, "HTTPS", "true or false", default=not LOCAL)
TRUSTED_PROXIES = read(
    env.int, "TRUSTED_PROXIES", "the number of own proxies in front of the site", default=0
)
if TRUSTED_PROXIES < 0:
    stop("TRUSTED_PROXIES must be the number of own proxies in front of the site, 0 or more.")

# --- applications -----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "accounts",  # before allauth, so that our sign-in pages come before its own
    "fieldvisits",
    "reports",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "django_structlog",
    "health_check",
    "simple_history",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "fieldvisits.language.chosen_language",
    "django.middleware.locale.LocaleMiddleware",
    "fieldvisits.middleware.bounded_body",  # before whatever reads what was posted
    "fieldvisits.middleware.explained_method",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SignInFirst",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.devices_seen",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "fieldvisits.middleware.Arrived",  # last, so that it only sees what the others let through
]

if TESTING and find_spec("zeal") and "DATABASE_URL" not in os.environ:
    # a page that queries once per row fails its test; watched on SQLite alone, as the queries are the same on both databases
    INSTALLED_APPS += ["zeal"]
    MIDDLEWARE += ["tests.pages.no_query_per_row"]
    ZEAL_RAISE = True

ROOT_URLCONF = "fieldvisits.urls"
WSGI_APPLICATION = "fieldvisits.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fieldvisits.frame.frame",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- database and cache -----------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASE_MEANING = "sqlite:///path/to/file or postgres://user:password@host:port/name"
database = read(
    env.dj_db_url, "DATABASE_URL", DATABASE_MEANING, default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}"
)
if database["ENGINE"] == "django.db.backends.sqlite3":
    database["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
    # a file, because threads cannot share a database in memory
    database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
elif database["ENGINE"] == "django.db.backends.postgresql" and database["NAME"]:
    database["CONN_MAX_AGE"] = 60
    database["CONN_HEALTH_CHECKS"] = True
    database["DISABLE_SERVER_SIDE_CURSORS"] = read(
        env.bool, "DISABLE_SERVER_SIDE_CURSORS", "true (behind PgBouncer) or false", default=False
    )
else:
    stop(f"DATABASE_URL must be {DATABASE_MEANING}.")
DATABASES = {"default": database}

# Shared by all workers: the limit on wrong passwords is counted here. The table is made by createcachetable.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

MOST_REQUEST_BYTES = 25 * 1024 * 1024  # of a whole request: two large evidence files; more is not read
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # 2.5 MB, without files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a department's quarter on one page

# --- people and sign-in -----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "full_name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = [
    "username*",
    "email*",
    "password1*",
    "password2*",
]  # sign-up is closed; allauth compares
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses are entered by the administrator
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

MFA_SUPPORTED_TYPES = ["recovery_codes", "totp", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # see ACCOUNT_EMAIL_VERIFICATION
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_TOTP_ISSUER = "Field visits"

USERSESSIONS_TRACK_ACTIVITY = True  # by accounts.middleware.devices_seen

OIDC_MEANING = 'a JSON list of objects with "id", "name", "client_id", "secret" and "server_url" (https)'
oidc_providers = read(env.json, "OIDC_PROVIDERS", OIDC_MEANING, default=[])
if not isinstance(oidc_providers, list) or not all(
    isinstance(provider, dict)
    and all(isinstance(provider.get(key), str) for key in ["id", "name", "client_id", "secret", "server_url"])
    and provider["server_url"].startswith("https://")
    for provider in oidc_providers
):
    stop(f"OIDC_PROVIDERS must be {OIDC_MEANING}.")
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = (
    True  # by an address the provider has verified, to the account that has it
)
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": provider["id"],
                "name": provider["name"],
                "client_id": provider["client_id"],
                "secret": provider["secret"],
                "settings": {"server_url": provider["server_url"]},
            }
            for provider in oidc_providers
        ],
        "OAUTH_PKCE_ENABLED": True,
    }
}

# --- headers ----------------------------------------------------------------------------------------------------

if HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # asked from inside, without a certificate
    SECURE_HSTS_SECONDS = read(env.int, "HSTS_SECONDS", "a number of seconds", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "accounts.views.proof_refused"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        # the sign-in form may be answered by a redirect to the single sign-on
        "form-action": [
            SELF,
            *sorted({"https://" + urlsplit(p["server_url"]).netloc for p in oidc_providers}),
        ],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "manifest-src": [SELF],
    }
}
PERMISSIONS_POLICY = {
    **{
        feature: []
        for feature in [
            "accelerometer",
            "autoplay",
            "camera",
            "display-capture",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "usb",
        ]
    },
    "fullscreen": "self",
    "publickey-credentials-create": "self",
    "publickey-credentials-get": "self",
}

# --- language and formats ---------------------------------------------------------------------------------------

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
# our own texts, written by makemessages; and by hand those of libraries, which makemessages would drop
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "libraries"]
FORMAT_MODULE_PATH = "fieldvisits.formats"
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

# --- static files -----------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- mail -------------------------------------------------------------------------------------------------------

EMAIL_MEANING = (
    "smtp://user:password@host:port, submission://… (with TLS), or dummy:// where no mail is to be sent"
)
email = read(env.dj_email_url, "EMAIL_URL", EMAIL_MEANING, **({"default": "console://"} if LOCAL else {}))
if "EMAIL_BACKEND" not in email:
    stop(f"EMAIL_URL must be {EMAIL_MEANING}.")
EMAIL_BACKEND = email["EMAIL_BACKEND"]
EMAIL_HOST = email["EMAIL_HOST"]
EMAIL_PORT = email["EMAIL_PORT"]
EMAIL_HOST_USER = email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = email["EMAIL_USE_TLS"]
EMAIL_USE_SSL = email["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = email["EMAIL_TIMEOUT"] or 20
EMAIL_FILE_PATH = email["EMAIL_FILE_PATH"] or None
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read(
    env.str,
    "DEFAULT_FROM_EMAIL",
    "an e-mail address",
    default="no-reply@" + ([*ALLOWED_HOSTS, ""][0].strip(".*") or "localhost"),
)

# --- logs -------------------------------------------------------------------------------------------------------

LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"]
LOG_LEVEL = read(
    env.str, "LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR", default="WARNING" if TESTING else "INFO"
)
if LOG_LEVEL not in LOG_LEVELS:
    stop("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")

shared_processors = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso"),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": shared_processors,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                structlog.dev.ConsoleRenderer(
                    colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
                )
                if LOCAL
                else structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers off: everything goes through the one above
        "django": {"handlers": [], "level": LOG_LEVEL},
        # each request has its one line from django_structlog
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
    },
}
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *shared_processors,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
