"""What a log line must never hold: passwords, tokens, cookies."""

import re

REMOVED = "[removed]"

SECRET_NAME = re.compile(r"passw|token|secret|cookie|authori[sz]ation|session|csrf|credential|otp\b", re.I)
SECRET_TEXT = [
    # the link of a password reset or of a confirmed address: whoever has it is let in
    (re.compile(r"(/password/reset/key/|/confirm-email/)[^/\s?\"']+"), rf"\1{REMOVED}"),
    # the link of a host unit, in an address or as a part of one
    (re.compile(r"(/host/)[^/\s?#\"']+"), rf"\1{REMOVED}"),
    (re.compile(r"(?i)\b((?:set-)?cookie|authorization)(['\"]?\s*[:=]\s*)[^\n]+"), rf"\1\2{REMOVED}"),
    # name=value in a query string, 'name': 'value' in a printed dictionary
    (
        re.compile(
            r"(?i)\b((?:[\w-]*(?:passw|token|secret|sessionid|credential)[\w-]*|code)['\"]?\s*[:=]\s*)"
            r"(?:'[^'\n]*'|\"[^\"\n]*\"|[^\s&;,'\"})]+)"
        ),
        rf"\1{REMOVED}",
    ),
    # the password in an address: who, password, host
    (re.compile(r"(\w://[^:/\s@]*:)[^@\s/]+@"), rf"\1{REMOVED}@"),
]


def clean(value):
    """The same value with every secret in it replaced; what is not plain data becomes text first."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {
            key: REMOVED if isinstance(key, str) and SECRET_NAME.search(key) else clean(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set):
        return [clean(inner) for inner in value]
    text = str(value)
    for pattern, replacement in SECRET_TEXT:
        text = pattern.sub(replacement, text)
    return text


def redact(logger, method, event):
    """structlog processor: the last before the line is written, so that tracebacks are covered too."""
    return clean(event)
