"""Whoever reads the log cannot open the links of host units."""

import logging
from logging.config import DictConfigurator

from django.conf import settings
from django.test import Client

from fieldvisits.models import HostLink
from fieldvisits.redaction import clean as redacted

from ..factories import make_notice


def test_no_token_is_logged(cast, client, caplog):
    link = HostLink.objects.issue(make_notice(cast), "answer", by=cast.head.powers)
    line = f"GET {link.path} Referer: http://testserver{link.path}?x=1 {{'path': '{link.path}'}}"
    assert link.token not in redacted(line)
    assert redacted(line).count("/host/[removed]") == 3
    with caplog.at_level(logging.DEBUG):
        client.get(link.path)
        client.post(link.path, {"all": "1"})
        Client(enforce_csrf_checks=True).post(link.path, {})
    formatter = _formatter()
    written = "\n".join(formatter.format(record) for record in caplog.records)
    assert "/host/" in written
    assert link.token not in written


def _formatter():
    """The one formatter through which every line of the log goes."""

    return DictConfigurator(settings.LOGGING).configure_formatter(settings.LOGGING["formatters"]["line"])
