"""The Korean catalogue: complete, faithful to the templates in the code, and what people are shown."""

from __future__ import annotations

import ast
import gettext
import io
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import catalogue
import pytest
from babel.messages.pofile import read_po

from sig_checker.claims.mistakes import SLIPS
from sig_checker.exercises import load
from sig_checker.filter import Filter
from sig_checker.judging import judge
from sig_checker.language import translate
from sig_checker.notebook.display import ShownReport
from sig_checker.verdicts import Message, Report

ROOT = Path(__file__).resolve().parent.parent
TABLES = Path(__file__).resolve().parent / "tables"
EXERCISE = load("sigmoid-7-02")
PO = catalogue.CATALOGUE.read_bytes()
KOREAN = catalogue.translations(PO)

# What fills these comes from a student, from Python or from NumPy, or is a detail of an error for the log.
FOREIGN = {"text", "warnings", "error", "reason"}


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of `name` in the package, with the file in which it stands."""
    for path in sorted((ROOT / "sig_checker").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", None)) == name:
                yield path.relative_to(ROOT / "sig_checker").as_posix(), node


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


METHODS = {node.args[0].value for _, node in calls("Certificate") if is_text(node.args[0])}
USAGE = {node.args[0].value for _, node in calls("_") if is_text(node.args[0])}
TEMPLATES = METHODS | USAGE | {node.args[0].value for _, node in calls("Message") if is_text(node.args[0])}


def placeholders(template: str) -> list[tuple[str, str | None, str | None]]:
    """Name, conversion and format of each field."""
    fields = string.Formatter().parse(template)
    return sorted((name, conversion or "", form or "") for _, name, form, conversion in fields if name is not None)


def prose(template: str) -> bool:
    """Whether a template says something besides what fills it."""
    return any(re.search(r"\w", text) for text, *_ in string.Formatter().parse(template))


def hangul(text: str) -> bool:
    return re.search(r"[가-힣]", text) is not None


def gives_away(text: str) -> bool:
    """Whether a text holds a right answer of the exercise, as anybody would write it."""
    tight = re.sub(r"[\s*\\{}$]", "", text)
    return re.search(
        r"1/4|¼|0?\.25|frac14|1/2|½|0\.5(?!\d)|a\(1-a\)|a-a\^?2|σ\(z\)|sigma\(z\)|e\^\(?-z|exp\(-z\)|z=0(?!\.)|z=±|z→±|uncertain|4분의|2분의",
        tight,
    ) is not None  # fmt: skip


def english_left(message: Message) -> Iterator[str]:
    """The parts of a message that a reader of Korean would find in English."""
    if prose(message.template) and not hangul(KOREAN.get(message.template, "")):
        yield message.template
    quoted = {name for name, conversion, _ in placeholders(message.template) if conversion == "r"}  # a piece of the answer
    for name, value in message.values.items():
        if isinstance(value, Message):
            yield from english_left(value)
        elif isinstance(value, str) and name not in FOREIGN | quoted and re.search(r"[A-Za-z]{2,} [a-z]{2,}", value):
            yield value


def real_reports() -> Iterator[tuple[str, Report]]:
    """What the judge says of real answers: right, wrong, unreadable and odd ones, to every kind of task."""
    rows = [json.loads(line) for line in (TABLES / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    rows += [{"id": f"odd {i}", "task": task, "answer": answer} for i, (task, answer) in enumerate(ODD)]
    rows += [{"id": x, "task": "identity", "answer": x, "expected": y, "domain": where} for x, y, where in IDENTITIES]
    with Filter(EXERCISE, "ko") as judging:
        for row in rows:
            yield row["id"], judging._judge(row).report  # the report itself, before it is made into a line
    for function in ({"fault": {"kind": "empty"}}, {"fault": {"kind": "slow", "seconds": 10}}, {"fault": {}}, None, "none"):
        yield "fault", judge(EXERCISE, "q1_function", {"kind": "function", "observed": function}).report
    for kind in ("missing", "foreign", "function", "?"):
        yield kind, judge(EXERCISE, "q1_derivative", {"kind": kind, "type": "Series"}).report


IDENTITIES = [
    ("acos(cos(x))", "x", "0<x<3"),
    ("log(tan(x))", "log(sin(x)) - log(cos(x))", "0<x<1"),
    ("atan(1/2) + atan(1/3)", "pi/4", ""),
    ("cbrt(7+5sqrt(2))", "1+sqrt(2)", ""),
    ("sqrt(sin(x)) sqrt(cos(x))", "sqrt(sin(x) cos(x))", "0<x<1"),
]

ODD: list[tuple[str, Any]] = [
    *[("q1_derivative", x) for x in (
        "", "(", "a(1-a", "1 2", "а(1-а)", "sigmod(z)", "\\frac{1}", "z,1", "a < 1", "diff(sigma(z), z)", "lim(z)", "f = q(z)",
        "1 = 2 = a", "a(1-a) z/z", "log(z)", "\\sgima", "sin", "sin(1,2)", "z..", "a(1-a) + 1e-400", "\\text{one half}", "\x07",
        "a(1-a), where a=z", [1], {"a": 1}, True,
    )],
    *[("q1_steps", x) for x in (
        ["d/dz sigma(z)", "1/(2+e^z+e^-z)", "a(1-a)"],
        7, [], ["z ="] * 60, ["a(1-a)"], ["d/dz sigma(z)"], ["d/dz sigma(z)", "a^2"], ["a(1-a)", "e^-z/(1+e^-z)"], ["a ="],
        ["1 ("], ["a = 1/(1+e^-z)", "d/dz sigma(z)", "a(1-a)"], ["a(1-a)", "d/dz sigma(z)"],
    )],
    *[("q1_function", x) for x in ("a(1-a)", ["a"], 7)],
    *[("q1_backprop", x) for x in ("a(1-a)", "dL_da + a(1-a)", "dL_da/(a(1-a))", "dL_da", "a(1-a) dL_da")],
    *[("q2_maximum", x) for x in ("0.25", "1", "about 0.25", "none", "oo", "0.1", "z", "nan", [1, 2], True, "1/5 = 1/4")],
    *[("q2_minimum", x) for x in (0, "0 (attained)", "0 (not attained)", "-1", "-oo", "0.01", None)],
    *[("q2_argmax", x) for x in (0, 1, "z=0", "y = 0", "w = 0", "(0, 1)", [0, 1], "z", ",", "0,,1")],
    *[("q2_argmin", x) for x in ("±∞", "oo", "0", "z → ±∞", [10**400])],
    *[("q3_at_zero", x) for x in ({"probability": 0.5}, "certain", {"probability": "about 1/2"}, {"much": 1})],
    ("q3_essay", "..."),
]  # fmt: skip


@pytest.fixture(scope="module")
def reports() -> list[tuple[str, Report]]:
    return list(real_reports())


def test_every_template_in_the_code_has_a_translation_and_no_other_text_has():
    assert len(TEMPLATES) > 200
    assert TEMPLATES - KOREAN.keys() == set(), "translate these, then: make catalogue"
    assert KOREAN.keys() - TEMPLATES == set(), "these are gone from the code; run: make catalogue"


def test_the_command_finds_what_stands_in_the_code():
    assert catalogue.extracted().keys() == TEMPLATES


def test_templates_are_literals():
    forwarded = [(file, ast.unparse(node.args[0])) for file, node in calls("Message") if not is_text(node.args[0])]

    # a stored message is read back, and one of another process
    assert forwarded == [("grading/notices.py", "template"), ("records.py", "template")]
    assert [file for file, node in calls("Certificate") if not is_text(node.args[0])] == ["records.py"]


def test_no_text_is_looked_up_that_is_not_a_message():
    assert [file for file, node in calls("translate") if isinstance(node.args[0], ast.Constant | ast.JoinedStr)] == []


def test_placeholders_of_translation_and_template_are_the_same():
    assert [template for template in KOREAN if placeholders(KOREAN[template]) != placeholders(template)] == []


@pytest.mark.parametrize("lie", ["{lien}번째 줄", "줄", "{line!r}번째 줄", "{line:d}번째 줄", "{line}{line}번째 줄"])
def test_a_translation_with_other_placeholders_would_be_found(lie):
    assert placeholders(lie) != placeholders("Line {line}")


def test_every_translation_takes_the_values_of_its_template():
    for template, korean in KOREAN.items():
        values = {name: 65 if form else "x" for name, _, form in placeholders(template)}

        shown = translate(Message(template, **values), "ko")

        assert shown == korean.format(**values)
        assert hangul(shown) or not prose(template)


def test_the_po_file_is_clean():
    text = PO.decode("utf-8")
    assert "fuzzy" not in text
    assert "Date" not in text
    assert re.search(r"/(root|home|work|tmp|Users)/", text) is None
    assert '"Language: ko\\n"' in text
    assert all(message.string for message in read_po(io.BytesIO(PO)))
    assert text.count("\nmsgid ") == len(KOREAN) + 1  # each once, and the header


def test_the_mo_file_is_the_po_file_compiled():
    mo = catalogue.CATALOGUE.with_suffix(".mo").read_bytes()

    assert mo == catalogue.compiled(catalogue.updated(catalogue.extracted(), KOREAN)), "run: make catalogue"
    found = gettext.GNUTranslations(io.BytesIO(mo))
    assert {template: found.gettext(template) for template in KOREAN} == KOREAN


def test_writing_a_catalogue_twice_gives_the_same_bytes():
    once = catalogue.written(catalogue.updated(catalogue.extracted(), KOREAN))

    assert catalogue.written(catalogue.updated(catalogue.extracted(), catalogue.translations(once))) == once


def test_a_new_template_stays_untranslated_and_an_old_one_is_dropped():
    known = {"There.": "저기.", "Gone.": "없음."}

    text = catalogue.written(catalogue.updated({"Here {x}.": ["a.py"], "There.": ["b.py"]}, known))

    assert catalogue.translations(text) == {"There.": "저기."}
    assert b"Here {x}." in text
    assert b"Gone" not in text


def test_no_message_gives_an_answer_away():
    assert [text for pair in KOREAN.items() for text in pair if gives_away(text)] == []


@pytest.mark.parametrize(
    "lie",
    ["최댓값은 1/4입니다", "답은 0.25", "답은 a (1 - a)", "답은 a*(1-a)", "z = 0에서 갖습니다", "$\\sigma(z)(1-\\sigma(z))$"],
)
def test_a_message_that_gives_an_answer_away_would_be_found(lie):
    assert gives_away(lie)


def test_no_particle_hangs_on_a_value():
    hanging = re.compile(r"\}(을|를|은|는|이|가|와|과|로|으로|라|이라|이어서|여서|이어야|여야)(?![가-힣])")
    assert hanging.search("{name}을 씁니다")
    assert [korean for korean in KOREAN.values() if hanging.search(korean)] == []


def test_one_level_of_politeness():
    """Statements end in -니다, requests in -주세요."""
    for korean in KOREAN.values():
        ends = re.findall(r"(\S+)[.]", korean)
        assert [x for x in ends if x.endswith("다") and not x.endswith("니다")] == []
        assert [x for x in ends if x.endswith("요") and not x.endswith("주세요")] == []


def test_slips_read_as_the_end_of_a_sentence():
    assert [name for name, slip in SLIPS.items() if not translate(slip, "ko").endswith("니다")] == []


def test_reports_of_the_judge_leave_nothing_in_english(reports):
    assert len({report.message.template for _, report in reports}) > 60  # a real sample
    said = [(id_, message) for id_, report in reports for message in (report.message, *report.notes)]
    assert [(id_, text) for id_, message in said for text in english_left(message)] == []


@pytest.mark.parametrize(
    "lie",
    [
        Message("Right: probably."),
        Message("Line {line}: {what}", line=1, what=Message("nobody translated this")),
        Message("One expression was expected, not {found}.", found="true or false"),
    ],
)
def test_english_that_is_left_would_be_found(lie):
    assert list(english_left(lie)) != []


def test_reports_are_shown_in_korean(reports):
    for _, report in reports:
        for message in (report.message, *report.notes):
            if prose(message.template):
                assert hangul(translate(message, "ko"))
                assert translate(message, "ko") != translate(message, "en")
        for level in ("read", "hint", "full"):
            shown = ShownReport("q", report, level, "ko", points=1.0, max_points=2.0).plain().splitlines()
            head = [] if level == "read" else shown[:1]
            lines = [line for line in shown[1:] if not line.startswith("    ")]  # further in, the answer itself is shown
            assert [line for line in head + lines if not hangul(line)] == []


def test_the_method_of_every_proof_is_said_in_korean(reports):
    methods = {report.certificate.method for _, report in reports if report.certificate is not None}

    assert methods == METHODS
    assert all(hangul(translate(method, "ko")) for method in methods)


def test_the_filter_answers_in_korean():
    with Filter(EXERCISE, "ko") as judging:
        told = judging.answer(json.dumps({"id": 1, "task": "q1_derivative", "answer": "a(1+a)"}))

    assert told["message"].startswith("맞지 않습니다")


def test_an_unknown_template_is_shown_in_english():
    assert translate(Message("Nobody has written {what}.", what="this"), "ko") == "Nobody has written this."
