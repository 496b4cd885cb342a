from fieldvisits.formats import *  # noqa: F403 - Django looks the names up in this module

DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "."
