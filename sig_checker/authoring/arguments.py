"""What an author types after `sig-checker`. Kept apart from the commands, which load much more."""

from __future__ import annotations

from typing import Any

from sig_checker.language import _

__all__ = ["COMMANDS", "LANGUAGES", "MOST_VARIANTS", "add_parsers"]

COMMANDS = ("new", "test", "variants")
LANGUAGES = ("ko", "en")
MOST_VARIANTS = 60  # that are looked at one by one


def add_parsers(commands: Any) -> None:
    new = commands.add_parser("new", help=_(
        "write an exercise of your own, with notebooks and a table of answers"
    ), description=_(
        "Writes source/NAME with the exercise and its three notebooks, and answers/NAME.toml with the author's table of right "
        "and wrong answers. Nothing is overwritten."
    ))  # fmt: skip
    new.add_argument("name", metavar="NAME", help=_("of the exercise and its assignment, such as tanh"))
    new.add_argument("--function", required=True, metavar="TEXT", help=_('in calculator notation, such as "tanh(z)"'))
    new.add_argument("--language", choices=LANGUAGES, default="ko", help=_("of notebooks and reports (%(default)s)"))
    new.add_argument("--title", metavar="TEXT", help=_("what the notebooks call it"))
    new.add_argument("--variable", default="z", metavar="LETTER", help=_("the input (%(default)s)"))
    new.add_argument("--parameter", action="append", default=[], metavar="K=VALUES", help=_(
        "a letter in the function whose value is drawn for each student: k=1,2,3 or c=-2..2 or c=-2..2/0.1; may be given "
        "again"
    ))  # fmt: skip
    new.add_argument("--seed", metavar="TEXT", help=_("of the draw; by default a new one"))
    new.add_argument("--no-extremes", action="store_true", help=_(
        "leave out the tasks about the largest and smallest derivative"
    ))  # fmt: skip
    test = commands.add_parser("test", help=_("judge the author's table of right and wrong answers"), description=_(
        "Judges each answer in answers/NAME.toml and says where the judge and the author do not agree; looks whether notebooks "
        "and exercise fit together. Exit status: 0 they do, 1 they do not."
    ))  # fmt: skip
    variants = commands.add_parser("variants", help=_(
        "list and test the variants of an exercise with parameters"
    ), description=_(
        "Lists each student's function with the extremes of its derivative, and judges the author's table for each. "
        "Exit status: 0 all is well, 1 something is not."
    ))  # fmt: skip
    variants.add_argument("--students", nargs="+", metavar="ID", help=_(
        "whose functions; @FILE takes the first word of each line"
    ))  # fmt: skip
    variants.add_argument("--count", type=int, default=MOST_VARIANTS, metavar="N", help=_(
        "at most so many variants (%(default)s)"
    ))  # fmt: skip
    for command in (test, variants):
        command.add_argument("name", metavar="NAME", help=_("a folder of source/"))
    for command in (new, test, variants):
        command.add_argument("--course", default=".", metavar="DIR", help=_("the folder in which source/ lies"))
