#!/usr/bin/env python
"""The command line of the site: migrate, demo, import_people and so on."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldvisits.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, connections

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if any(
            connection.is_usable()
            for connection in connections.all(initialized_only=True)
            if connection.connection
        ):
            raise  # the database answers: this is a fault of ours, and its traceback is wanted
        sys.exit(f"Cannot start: the database at DATABASE_URL cannot be reached. {error}".strip())


if __name__ == "__main__":
    main()
