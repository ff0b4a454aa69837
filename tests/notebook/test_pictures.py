"""The pictures of reports: right where they can be measured, legible in words, and none that gives an answer away."""

from __future__ import annotations

import base64
import json
import math
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import mpmath
import numpy as np
import pytest
from bs4 import BeautifulSoup

from sig_checker.deciding.challenge import draw_plan
from sig_checker.exercise import Exercise, Feedback, Task
from sig_checker.exercises import load
from sig_checker.grading.pages.cleaning import clean_html
from sig_checker.judging import judge
from sig_checker.notebook.display import ShownReport
from sig_checker.notebook.pictures import Picture, pictures
from sig_checker.notebook.probing import probe
from sig_checker.verdicts import Report, Verdict

KOREAN, ENGLISH = load("sigmoid-7-02"), load("sigmoid-7-02-en")
TABLES = Path(__file__).resolve().parents[1] / "tables"
HANGUL = re.compile("[가-힣]")
SVG = "{http://www.w3.org/2000/svg}"


def stable(z: Any) -> Any:
    t = np.exp(-np.abs(z))
    return t / (1 + t) ** 2


def overflowing(z: Any) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        return np.exp(-z) / (1 + np.exp(-z)) ** 2


def wrong(z: Any) -> Any:
    return -stable(z)


FUNCTIONS: dict[str, Callable[..., Any]] = {"stable": stable, "overflowing": overflowing, "wrong": wrong}
MEANING = {"probability": "1/2", "certainty": "certain", "update": "largest"}
DRAWN: list[tuple[str, Any]] = [
    ("q1_derivative", "a(1+a)"), ("q1_derivative", "a(1-a)"), ("q1_derivative", "a(1-a) + 10^-12"), ("q1_derivative", "log(z)"),
    ("q1_backprop", "a(1-a)"),
    ("q1_steps", [r"\frac{d}{dz} \frac{1}{1+e^{-z}} = \frac{e^{-z}}{(1+e^{-z})^2}", "= e^(-z)/(1+e^(-z))"]),
    ("q1_function", stable), ("q1_function", overflowing), ("q1_function", wrong),
    ("q1_backprop_function", lambda u, z: u * stable(z)), ("q1_backprop_function", lambda u, z: u + stable(z)),
    ("q2_second_derivative", "a(1-a)(1-2a)"), ("q2_second_derivative", "a(1-a)"),
    ("q2_maximum", "1/2"), ("q2_maximum", "1000"), ("q2_argmax", [0, 1]), ("q2_argmin", "±∞"), ("q2_minimum", "-1"),
    ("q3_at_zero", MEANING), ("q3_at_infinity", MEANING),
]  # fmt: skip


def evidence(exercise: Exercise, task: Task, answer: Any) -> dict[str, Any]:
    if callable(answer):
        return {"kind": "function", "observed": probe(answer, draw_plan("0", exercise.parameters(task)))}
    return {"kind": "data", "value": answer}


def drawn(
    task_id: str, answer: Any, level: Feedback = "full", exercise: Exercise = ENGLISH
) -> tuple[Report, tuple[Picture, ...]]:
    task = exercise.task(task_id)
    described = evidence(exercise, task, answer)
    report = judge(exercise, task_id, described).report
    return report, pictures(exercise, task, report, described, level)


def texts(picture: Picture) -> list[str]:
    tree = ElementTree.fromstring(picture.svg("p"))
    return ["".join(x.itertext()) for x in tree.iter(f"{SVG}text")]


def curves(picture: Picture) -> list[list[tuple[float, float]]]:
    """The points of each curve, in the picture's units."""
    tree = ElementTree.fromstring(picture.svg("p"))
    frames = [x for x in tree.iter(f"{SVG}svg") if x is not tree]
    paths = [x.attrib["d"] for frame in frames for x in frame.iter(f"{SVG}path") if x.attrib.get("fill") == "none"]
    return [[(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path)] for path in paths]


# ---- who may see what


def test_at_the_level_read_nothing_is_drawn() -> None:
    for task, answer in DRAWN:
        assert drawn(task, answer, "read")[1] == ()


def test_at_hint_only_the_error_of_a_right_function_is_drawn() -> None:
    for task, answer in DRAWN:
        report, found = drawn(task, answer, "hint")
        assert bool(found) == (report.verdict is Verdict.MEASURED), (task, answer)
        for picture in found:
            assert "ulp" in picture.title
            assert curves(picture) == []


def test_below_full_no_answer_of_the_tables_gets_a_picture() -> None:
    """All of them, so that a new kind of task is looked at too."""
    seen = set()
    for table in ("answers.jsonl", "extremes.jsonl"):
        for line in (TABLES / table).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["syntax"] == "numpy" or row["task"] not in {task.id for task in ENGLISH.tasks}:
                continue
            answer = {"kind": "data", "value": row["answer"]}
            report = judge(ENGLISH, row["task"], answer, syntax=row["syntax"]).report
            for level in ("read", "hint"):
                assert pictures(ENGLISH, ENGLISH.task(row["task"]), report, answer, level) == ()  # type: ignore[arg-type]
            seen.add(row["task"])
    assert len(seen) > 8


def test_at_full_every_wrong_answer_here_has_its_picture() -> None:
    without = [(task, answer) for task, answer in DRAWN if not drawn(task, answer)[1]]

    assert without == []


def test_what_cannot_be_read_has_none() -> None:
    for task in ("q1_derivative", "q2_argmax", "q3_at_zero"):
        assert drawn(task, "1/(")[1] == ()


# ---- what is drawn is right


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_curves_are_the_function_and_its_derivatives(order: int) -> None:
    """Against mpmath's numerical derivatives, through the ticks that a reader would read the values from."""
    _, (picture,) = drawn("q2_argmax", 0)
    points = curves(picture)[order]
    assert len(points) > 100
    values = {x: float(mpmath.diff(lambda t: 1 / (1 + mpmath.exp(-t)), x, order)) for x in (-4.5, -1.5, 0.75, 3.0)}
    left, right = points[0][0], points[-1][0]
    read = {}
    for z in values:
        at = left + (right - left) * (z + 6) / 12
        read[z] = min(points, key=lambda p: abs(p[0] - at))[1]
    # the picture's heights are a falling linear function of the values
    (z1, z2, *others) = sorted(values, key=values.__getitem__)
    slope = (read[z2] - read[z1]) / (values[z2] - values[z1])
    assert slope < 0
    for z in others:
        assert read[z] == pytest.approx(read[z1] + slope * (values[z] - values[z1]), abs=1.0)  # a point is 1 unit wide


def test_the_words_give_the_values_at_the_point() -> None:
    report, (picture,) = drawn("q1_derivative", "a(1+a)")
    assert report.witness is not None
    z = mpmath.mpf(report.witness.point["z"])
    a = 1 / (1 + mpmath.exp(-z))

    for value in (a * (1 + a), a * (1 - a)):
        assert mpmath.nstr(value, 6) in picture.description
    assert f"z = {report.witness.point['z']}" in texts(picture)


def test_a_difference_that_cannot_be_seen_is_not_claimed_to_be_seen() -> None:
    _, (picture,) = drawn("q1_derivative", "a(1-a) + 10^-12")

    assert "the eye cannot tell them apart" in picture.description


def test_the_false_line_of_a_derivation_is_what_is_drawn() -> None:
    _, (picture,) = drawn(*DRAWN[5])

    assert "the line that is false" in texts(picture)
    assert "0.268941" in picture.description  # 1/(1 + e) at z = 1


def test_the_overflow_is_marked_where_the_exponential_overflows() -> None:
    """exp(-z) is beyond the doubles from z = -709.78 on."""
    _, (picture,) = drawn("q1_function", overflowing, "hint")
    (edge,) = [float(x.split("≤ −")[1]) for x in texts(picture) if "≤" in x]

    assert math.log(1.7976931348623157e308) < edge < 711
    assert "nan" in texts(picture)


def test_a_stable_function_overflows_nowhere() -> None:
    _, (picture,) = drawn("q1_function", stable, "hint")

    assert not [x for x in texts(picture) if "nan" in x or "inf" in x or "≤" in x]


def overflowing_for_huge_gradients(u: Any, z: Any) -> Any:
    """Overflows from z = -709.78 on, and at z = -3 for a gradient of 1e308, where u times e^3 is beyond the doubles."""
    with np.errstate(all="ignore"):
        return u * np.exp(-z) / (1 + np.exp(-z)) ** 2


def test_what_a_huge_gradient_brings_about_is_no_strip_of_inputs() -> None:
    report, (picture,) = drawn("q1_backprop_function", overflowing_for_huge_gradients, "hint")
    (edge,) = [float(x.split("≤ −")[1]) for x in texts(picture) if "≤" in x]

    assert report.verdict is Verdict.MEASURED
    assert math.log(1.7976931348623157e308) < edge < 711
    assert "beyond it" in texts(picture)  # as a mark


def test_picture_and_figures_name_the_same_largest_error() -> None:
    """At z = 710 the derivative is a subnormal number, 5e-309, and 0 has lost all its digits; the figures end before that."""
    for task, function in (("q1_function", stable), ("q1_function", lambda z: (1 - np.tanh(z / 2) ** 2) / 4)):
        report, (picture,) = drawn(task, function)
        shown = ShownReport(task, report, "full", "en", pictures=(picture,)).plain()
        named = re.findall(r"at z = (−?-?[\d.]+)[:.]", shown)
        assert len(named) == 2
        assert named[0].replace("-", "−") == named[1]
        assert shown.count("700") == 2


@pytest.mark.parametrize("step", [1e-3, 1e-4])
def test_values_that_differ_are_written_so_that_they_differ(step: float) -> None:
    def difference(z: Any) -> Any:
        return (1 / (1 + np.exp(-(z + step))) - 1 / (1 + np.exp(-(z - step)))) / (2 * step)

    _, (picture,) = drawn("q1_function", difference)
    theirs, right = re.findall(r"0\.\d+", picture.description)
    assert theirs != right
    assert float(right) == pytest.approx(math.exp(-1) / (1 + math.exp(-1)) ** 2, abs=1e-6)


def test_places_at_infinity_stand_at_both_edges() -> None:
    _, (picture,) = drawn("q2_argmin", "±∞")

    assert {"◀ z → −∞", "z → ∞ ▶"} <= set(texts(picture))


def test_what_is_left_after_the_layers_is_a_power_of_the_local_gradient() -> None:
    _, (_, layers) = drawn("q3_at_zero", MEANING)

    assert "1.5·10⁻⁵" in layers.description  # (1/4)^8
    assert "1.5·10⁻⁵" in texts(layers)


def test_another_function_has_pictures_too() -> None:
    tanh = Exercise("own", "tanh(z)", (Task("d", "derivative", 1, "full"), Task("m", "argmax", 1, "full")), language="en")
    for task, answer in (("d", "1 - a"), ("m", "1")):
        _, (picture,) = drawn(task, answer, exercise=tanh)
        assert "f′(z)" in picture.title


@pytest.mark.parametrize(
    "answer", ["1/0*z", "a^a^a^a^a^a", "z^1000000", "e^(e^(e^z))", "(" * 60 + "z" + ")" * 60, "sqrt(-1-z^2)"]
)
def test_odd_answers_are_drawn_or_left_out(answer: str) -> None:
    for picture in drawn("q1_derivative", answer)[1]:
        ElementTree.fromstring(picture.svg("p"))
        assert "nan" not in picture.body
        assert "inf" not in picture.body


# ---- how it is shown


@pytest.mark.parametrize("exercise", [KOREAN, ENGLISH], ids=["ko", "en"])
def test_every_picture_has_a_role_a_title_and_words(exercise: Exercise) -> None:
    for task, answer in DRAWN:
        for picture in drawn(task, answer, exercise=exercise)[1]:
            root = ElementTree.fromstring(picture.svg("p"))
            title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
            assert root.attrib["role"] == "img"
            assert title is not None
            assert description is not None
            assert root.attrib["aria-labelledby"].split() == [title.attrib["id"], description.attrib["id"]]
            assert len(description.text or "") > 20
            hangul = re.search("[가-힣]", f"{title.text} {description.text} {texts(picture)}")
            assert bool(hangul) == (exercise.language == "ko")


@pytest.mark.parametrize("exercise", [KOREAN, ENGLISH], ids=["ko", "en"])
def test_no_words_leave_the_picture(exercise: Exercise) -> None:
    for task, answer in DRAWN:
        for picture in drawn(task, answer, exercise=exercise)[1]:
            root = ElementTree.fromstring(picture.svg("p"))
            for x in root.iter(f"{SVG}text"):
                left, down = float(x.attrib["x"]), float(x.attrib["y"])
                assert 0 <= left <= 600, "".join(x.itertext())
                assert 0 <= down <= picture.height, "".join(x.itertext())
                # a letter of 13 pixels is some 6 wide, a Hangul syllable 11
                least = sum(11 if HANGUL.match(ch) else 6 for ch in "".join(x.itertext()))
                right = left + {"start": 1, "middle": 0.5, "end": 0}[x.attrib["text-anchor"]] * least
                assert right <= 600, "".join(x.itertext())


def test_what_a_student_wrote_stays_words() -> None:
    report = judge(ENGLISH, "q1_derivative", {"kind": "data", "value": "a(1+a)"}).report
    picture = Picture('<script>alert("1")</script>', "</desc><script>x()</script>", "", 100)
    shown = ShownReport('t"><script>', report, "full", "en", pictures=(picture,))

    for live in (True, False):
        assert "<script" not in shown.html(live=live)


def test_on_a_page_that_lets_no_scripts_through_the_picture_is_an_image() -> None:
    for task, answer in DRAWN:
        report, found = drawn(task, answer)
        page = clean_html(ShownReport(task, report, "full", "en", pictures=found).html())
        shown = BeautifulSoup(page, "html.parser").find_all("img")
        images = [(x["src"].removeprefix("data:image/svg+xml;base64,"), x["alt"]) for x in shown]
        assert len(images) == len(found)
        assert "&lt;" not in re.sub(r"<code>.*?</code>|<pre>.*?</pre>", "", page, flags=re.DOTALL).replace("&lt; ", "")
        for data, words in images:
            ElementTree.fromstring(base64.b64decode(data))
            assert len(words) > 20


def test_in_a_live_session_the_picture_takes_the_themes_colours() -> None:
    report, found = drawn("q1_derivative", "a(1+a)")
    page = ShownReport("q1_derivative", report, "full", "en", pictures=found).mimebundle(live=True)["text/html"]

    assert "<svg" in page
    assert "var(--jp-layout-color0, #ffffff)" in page
    assert 'id="picture-q1_derivative-0-t"' in page


def test_the_pictures_are_told_where_there_is_none() -> None:
    report, found = drawn("q1_derivative", "a(1+a)")
    shown = ShownReport("q1_derivative", report, "full", "en", pictures=found)

    for text in (shown.plain(), shown.markdown()):
        assert "Where the answer parts from" in text


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast of two colours."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_colours_of_curves_contrast_with_both_grounds() -> None:
    used = {x for task, answer in DRAWN for p in drawn(task, answer)[1] for x in re.findall(r'stroke="(#\w{6})"', p.body)}

    assert len(used) >= 5
    for colour in used:
        for ground in ("#ffffff", "#111111"):  # JupyterLab's, light and dark
            assert contrast(colour, ground) >= 3, (colour, ground)


def test_no_words_have_the_colour_of_a_curve() -> None:
    """Words need a contrast of 4.5, which no colour has with white and with black; they take the theme's own."""
    fill = re.compile(r"<text [^>]*fill:([^;\"]*)")
    used = {x for task, answer in DRAWN for p in drawn(task, answer)[1] for x in fill.findall(p.body)}

    assert len(used) == 2
    for colour in used:
        (theme, elsewhere) = re.findall(r"var\((--jp-content-font-color[12]), (#\w{6})\)", colour)[0]
        assert contrast(elsewhere, "#ffffff") >= 4.5, theme
