from fieldvisits.formats import *

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
