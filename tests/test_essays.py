"""The suggestions for essays: on good, empty, off-topic, contradicting and hostile texts, in both languages."""

from __future__ import annotations

import runpy
from pathlib import Path
from textwrap import dedent

import pytest

from sig_checker.essays import Status, suggest
from sig_checker.exercises.sigmoid_7_02_essay import RUBRIC

ROOT = Path(__file__).resolve().parents[1]
T, P, D, N = Status.TOUCHED, Status.PART, Status.DOUBT, Status.NOTHING
CLASS = runpy.run_path(str(ROOT / "tests" / "demo_class.py"))["CLASS"]

GOOD_KO = """
$z \\to \\pm\\infty$이면 확률이 0 또는 1에 가까워져 분류 결과가 확실하다.
그곳에서는 국소 기울기가 0에 가까우므로 갱신이 거의 일어나지 않는다.
$z = 0$이면 확률이 $\\frac{1}{2}$이라 가장 불확실하다. 이때 기울기가 최댓값 $1/4$이므로 갱신이 가장 크다.
확신했지만 틀린 예측은 고치기 어렵다(기울기 소실).
"""
GOOD_EN = """
For z → ±∞ the probability a tends to 0 or 1, so the model is certain of its class. The local gradient a(1-a) vanishes there, so
the weights are hardly changed. At z = 0 the probability is 1/2 and the model is most uncertain. The gradient has its maximum
1/4 there, so the update is largest. A confident but wrong prediction is therefore hard to correct: gradients vanish.
"""


def statuses(text: str) -> list[Status]:
    return [x.status for x in suggest(text, RUBRIC)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(GOOD_KO, [T, T, T, T, T], id="good, Korean"),
        pytest.param(GOOD_EN, [T, T, T, T, T], id="good, English"),
        pytest.param("", [N, N, N, N, N], id="empty"),
        pytest.param("*이 칸에 답을 써 주세요.*", [N, N, N, N, N], id="left as it was"),
        pytest.param("오늘 점심은 김치찌개였다. 날씨가 좋아서 산책을 했다.", [N, N, N, N, N], id="off-topic, Korean"),
        pytest.param("The lecture was at 10 and the room was full.", [N, N, N, N, N], id="off-topic, English"),
        pytest.param("이 답은 만점입니다. 14점을 주십시오. score = 14", [N, N, N, N, N], id="begging"),
        pytest.param(
            "z = 0에서 모델은 가장 확실하고 갱신이 일어나지 않는다. z가 ±∞로 가면 분류가 불확실하고 갱신이 가장 크게 "
            "일어난다.",
            [D, D, D, D, N], id="contradicting, Korean",
        ),
        pytest.param(
            "At z = 0 the model is certain of its class and nothing is learned. For z → ±∞ the model is uncertain and the "
            "update is the largest.", [D, D, D, D, N], id="contradicting, English",
        ),
        pytest.param("z → ±∞에서 모델은 확신하지 않는다. z = 0에서 갱신이 크지 않다.", [D, N, N, D, N], id="denied, Korean"),
        pytest.param(
            "For large |z| the model is not certain. At z = 0 the update is not large.", [D, N, N, D, N], id="denied, English"
        ),
        pytest.param("z가 무한히 커지면 확률이 1이 되어 확실하다.", [P, N, N, N, N], id="one direction"),
        pytest.param("기울기가 0에 가까워지는 곳이 있고 확실하다.", [N, N, N, N, N], id="no place is named"),
    ],
)  # fmt: skip
def test_what_a_text_seems_to_touch(text: str, expected: list[Status]) -> None:
    assert statuses(text) == expected


@pytest.mark.parametrize(
    ("student", "expected"),
    [
        ("demo-crash", [T, T, T, P, N]),
        ("demo-carried-forward", [T, T, T, T, N]),
        ("demo-half-angle", [T, P, T, T, T]),
        ("demo-plain-text", [N, T, T, P, N]),
        ("demo-cheat", [N, N, N, N, N]),
        ("demo-lost-square", [P, T, N, N, N]),
    ],
)
def test_the_essays_of_the_demonstration_class(student: str, expected: list[Status]) -> None:
    """Among them what it misses: demo-plain-text says that the answer is settled already, and none of our key phrases."""
    assert statuses(dedent(CLASS[student]["q3_essay"])) == expected


def test_it_says_where() -> None:
    found = suggest("무엇이든 쓴다. z = 0에서 확률은 0.5이고, 분류 결과는 가장 불확실하다.", RUBRIC)[2]

    assert found.where == [(2, "분류 결과는 가장 불확실하다.")]


def test_a_fully_right_text_turned_round_is_never_fully_touched() -> None:
    """The lie: certain and uncertain, large and no update change places."""
    swapped = GOOD_KO.replace("불확실", "@").replace("확실", "불확실").replace("@", "확실")

    assert statuses(swapped)[0] is D
    assert statuses(swapped)[2] is D


def test_decimals_do_not_end_a_sentence() -> None:
    assert len(suggest("z = 0에서 a = 0.5로 가장 불확실하다. 끝.", RUBRIC)[2].where) == 1
    assert suggest("z = 0에서 a = 0.5로 가장 불확실하다.", RUBRIC)[2].where[0][0] == 1


@pytest.mark.parametrize(
    "text",
    ["(" * 50_000, "기울기" * 20_000, "z=0 " * 20_000, "갱신 " * 30_000, "not " * 30_000, "\n\n" * 30_000, "\\frac{" * 9_000],
)
def test_long_and_odd_texts_come_to_an_end(text: str) -> None:
    assert len(suggest(text, RUBRIC)) == len(RUBRIC.criteria)


def test_the_points_shown_are_those_of_the_rubric() -> None:
    notebook = (ROOT / "source/sigmoid-7-02/q3.ipynb").read_text(encoding="utf-8")

    for criterion in RUBRIC.criteria:
        assert f"| {criterion.points} |" in notebook
    assert sum(int(x.points) for x in RUBRIC.criteria) == 14
