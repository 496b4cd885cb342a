"""What every test stands on: fast passwords, a cache in memory, plain static files, an emptied history."""

from contextlib import contextmanager

import pytest
import time_machine
from django.conf import settings

NOW = "2026-01-03T09:00:00+07:00"


def pytest_configure(config):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    if not hasattr(config, "workerinput"):  # once, before the parallel workers start
        from fieldvisits.management.commands.compile_catalogue import compile_catalogues

        compile_catalogues()


def pytest_collection_finish(session):
    """In a parallel worker: that tests marked as a group are one. Otherwise what they share would be written by every worker."""
    if getattr(session.config.option, "loadgroup", False):
        alone = [item for item in session.items if item.get_closest_marker("xdist_group")]
        if alone and not all("@" in item.nodeid for item in alone):
            raise pytest.UsageError("pytest-xdist does not keep groups together with this pytest")


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_modify_db_settings, django_db_blocker):
    """A database of the tests' own, always. pytest-django makes none when no chosen test asks for ``db``, and tests that share
    what a module has written would meet the developer's own data."""
    from django.test.utils import setup_databases, teardown_databases

    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default"})
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _history_can_be_emptied():
    """Between two tests that commit (transactional_db, live_server) Django empties every table, and the triggers
    that keep the history append-only would refuse: they are off for that moment, and on in every test."""
    from django.db import connections
    from django.test import TransactionTestCase

    from fieldvisits.models import append_only

    empty = TransactionTestCase._fixture_teardown

    def empty_disarmed(self):
        databases = [connections[name] for name in self._databases_names(include_mirrors=False)]
        for connection in databases:
            append_only.remove(connection)
        try:
            empty(self)
        finally:
            for connection in databases:
                append_only.install(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_disarmed)
        yield


@pytest.fixture(autouse=True)
def _empty_cache():
    """Wrong passwords counted in one test do not lock out the people of the next."""
    yield
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def now():
    """Saturday 3 January 2026, nine in the morning in Viet Nam: registration for quarter I is open, nothing is late."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@contextmanager
def written_once(blocker, write):
    """What ``write(cast, now)`` makes of everybody on the day of ``now``, for a module whose tests only look; undone at its end.

    For a fixture of a module (``blocker`` is ``django_db_blocker``), used through ``looked_at``. Not together with ``db`` or
    ``cast`` in one module: they would end the transaction it lives in.
    """
    from django.db import transaction

    from .cast import make_cast

    with blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW, tick=False) as traveller:
            written = write(make_cast(), traveller)
        yield written
        transaction.set_rollback(True)


@contextmanager
def looked_at(moment):
    """``moment`` for one test; what the test adds is undone after it."""
    from django.db import transaction

    with time_machine.travel(moment, tick=False), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def cast(db, now):
    """Everybody, on the day of ``now``."""
    from .cast import make_cast

    return make_cast()


@pytest.fixture
def sign_in(client):
    """``sign_in(user)`` and get the client back."""

    def signed_in(user):
        client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def in_english():
    """Sentences are compared as message ids; what they are in Vietnamese is the catalogue's business."""
    from django.utils.translation import override

    with override("en"):
        yield


@pytest.fixture
def english(client):
    """The client of somebody who has chosen English, for the same reason."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client
