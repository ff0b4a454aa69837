"""The language of what people read: English templates, looked up in the catalogue of another language when they are shown."""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sig_checker.verdicts import Message, printable

__all__ = ["_", "language_of_environment", "speak", "translate"]

_DOMAIN = "sig_checker"
_CATALOGUES = Path(__file__).parent / "locale"  # locale/<language>/LC_MESSAGES/sig_checker.mo


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(_DOMAIN, _CATALOGUES, languages=[language], fallback=True)


def translate(message: Message | str, language: str) -> str:
    """The message in `language` ("ko", "en"); in English where the catalogue has no entry for its template.

    Messages among the values are translated too. A translation that does not fit the values is passed over, since a
    report in English is better than none.

    >>> translate(Message("line {number} is false", number=2), "en")
    'line 2 is false'
    """
    template = message if isinstance(message, str) else message.template
    translated = _catalogue(language).gettext(template) if template else ""  # the empty key is the catalogue's header
    if isinstance(message, str):
        return translated
    values = {name: _value(x, language) for name, x in message.values.items()}
    try:
        return translated.format(**values)
    except (IndexError, KeyError, ValueError):
        return template.format(**values)


def _value(value: object, language: str) -> object:
    if isinstance(value, Message):
        return translate(value, language)
    return printable(value) if isinstance(value, str) else value


def language_of_environment(environment: Mapping[str, str] | None = None) -> str:
    """The language that the environment asks for: "ko" or "en".

    >>> language_of_environment({"LANG": "ko_KR.UTF-8"}), language_of_environment({"LC_ALL": "C", "LANG": "ko_KR.UTF-8"})
    ('ko', 'en')
    """
    variables = os.environ if environment is None else environment
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = variables.get(name, "")
        if value:
            return "ko" if value.lower().startswith("ko") else "en"
    return "en"


# what argparse itself says to people, so that the catalogues have it
_OF_ARGPARSE = (
    Message("usage: "),
    Message("positional arguments"),
    Message("options"),
    Message("show this help message and exit"),
    Message("%(prog)s: error: %(message)s\n"),
    Message("argument %(argument_name)s: %(message)s"),
    Message("the following arguments are required: %s"),
    Message("unrecognized arguments: %s"),
    Message("expected one argument"),
    Message("invalid choice: %(value)r (choose from %(choices)s)"),
    Message("invalid %(type)s value: %(value)r"),
)


def _(text: str) -> str:
    """A text of the command line in the language that the environment asks for."""
    return translate(text, language_of_environment())


def speak() -> None:
    """Have Python's own messages to the user of a command, argparse's above all, looked up in our catalogue."""
    gettext.bindtextdomain(_DOMAIN, _CATALOGUES)
    gettext.textdomain(_DOMAIN)
