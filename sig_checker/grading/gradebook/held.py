"""Has nbgrader's own commands wait for a gradebook that another process holds, as ours do, and name it if that is in vain.

nbgrader waits for five seconds; then it says that its database should be upgraded, and lets all submissions that are left be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from sqlalchemy.exc import DBAPIError

from sig_checker.grading.gradebook.connection import GradebookError
from sig_checker.grading.gradebook.database import trouble, waiting
from sig_checker.language import language_of_environment, translate
from sig_checker.verdicts import Message

__all__ = ["wait_for_gradebooks"]

_SECONDS = 30.0


def wait_for_gradebooks() -> None:
    """nbgrader has no hook for this, so three of its methods are wrapped, once."""
    if not hasattr(Gradebook.__init__, "waits"):
        Gradebook.__init__ = _waiting(Gradebook.__init__)
        for name in ("init_assignment", "convert_single_notebook"):
            setattr(Autograde, name, _telling(getattr(Autograde, name)))


def _waiting(original: Callable[..., None]) -> Any:
    def __init__(self: Any, db_url: str, *rest: Any, **options: Any) -> None:
        original(self, waiting(db_url, _SECONDS), *rest, **options)

    __init__.waits = True  # type: ignore[attr-defined]
    return __init__


def _telling(original: Callable[..., None]) -> Any:
    def step(self: Any, *rest: Any) -> None:
        try:
            original(self, *rest)
        except Exception as error:
            message = _trouble(error, waiting(self.coursedir.db_url, _SECONDS))
            if message is None or type(self) is not Autograde:  # ours know what to say
                raise
            self.log.error("%s", translate(message, language_of_environment()))
            raise GradebookError(message) from None  # which concerns this submission, and nbgrader goes on with the next one

    step.__dict__.update(original.__dict__)  # it may have been wrapped before
    return step


def _trouble(error: BaseException, url: str) -> Message | None:
    """What the error says of the gradebook, if anything. nbgrader takes some of a database's errors for its own."""
    if isinstance(error, GradebookError):
        return error.message
    found = next((x for x in (error, error.__context__) if isinstance(x, DBAPIError)), None)
    return None if found is None else trouble(found, url)
