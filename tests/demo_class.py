"""The demonstration class: who answers what, and a command that writes `submitted/` from it.

    python tests/demo_class.py            rewrites submitted/ (releases the assignment with nbgrader first)

Each student is named after what is inside and follows that story through every task. In the table an entry that
starts with a line break is the whole answer cell; any other is what stands to the right of `task = `. The essay is
Markdown. A task that is left out stays as it was released.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import dedent
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENT = "sigmoid-7-02"
NOTEBOOKS = ("q1", "q2", "q3")

# functions and objects that several students share
STABLE = """
def dsigmoid(z):
    t = np.exp(-np.abs(z))      # 0과 1 사이에 머문다
    return t / (1 + t) ** 2
"""
CHAIN = """
def backprop(dL_da, z):
    return dL_da * dsigmoid(z)
"""
AT_ZERO = '{"probability": 0.5, "certainty": "uncertain", "update": "largest"}'
AT_INFINITY = '{"probability": [0, 1], "certainty": "certain", "update": "none"}'

CLASS: dict[str, dict[str, str]] = {
    # The answers as the solution of the question gives them, line by line, with the minus sign that its first line lost.
    "demo-worked-solution": {
        "q1_steps": r"""
q1_steps = [
    r"\frac{\partial \sigma(z)}{\partial z} = \frac{\partial}{\partial z} \left(\frac{1}{1+e^{-z}} \right) = \frac{0 - (-1)e^{-z}}{(1+e^{-z})^2} = \frac{e^{-z}}{(1+e^{-z})^2} = \frac{1}{1+e^{-z}} \left(1 - \frac{1}{1+e^{-z}} \right) = a(1-a)",
    r"\therefore \frac{\partial \sigma(z)}{\partial z} = \sigma(z)(1-\sigma(z))",
]
""",  # noqa: E501  a line of the solution stands as it was written
        "q1_derivative": r'r"\frac{\partial \sigma(z)}{\partial z} = \sigma(z)(1-\sigma(z))"',
        "q1_function": STABLE,
        "q1_backprop": r'r"\frac{\partial \mathcal{L}}{\partial a} \cdot \sigma(z)(1-\sigma(z))"',
        "q1_backprop_function": CHAIN,
        "q2_second_derivative": r'r"\frac{(e^{-z}-1)e^{-z}}{(e^{-z}+1)^3}"',
        "q2_maximum": "0.25",
        "q2_argmax": '"z=0"',
        "q2_minimum": "0",
        "q2_argmin": r'r"z = \pm\infty"',
        "q3_at_zero": AT_ZERO,
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
$z = \\pm\\infty$는 이진 분류의 결과가 0 또는 1로 확실한 경우이다. 확실하므로 update가 일어나지 않는다.
$z = 0$은 이진 분류의 결과가 가장 불확실한 경우이다. 따라서 update가 가장 크게 일어난다.
""",
    },
    # Everything as SymPy objects; even the function comes from lambdify.
    "demo-sympy": {
        "q1_steps": """
import sympy as sp

z, dL_da = sp.symbols("z dL_da", real=True)
sigmoid = 1 / (1 + sp.exp(-z))
slope = sp.diff(sigmoid, z)
q1_steps = [
    sp.latex(sp.Eq(sp.Derivative(sigmoid, z), slope)),
    "= " + sp.latex(sigmoid * (1 - sigmoid)),
    "= " + sp.latex(sp.factor(sigmoid * (1 - sigmoid))),
]
""",
        "q1_derivative": "slope",
        "q1_function": """
dsigmoid = sp.lambdify(z, (1 - sp.tanh(z / 2) ** 2) / 4, "numpy")
""",
        "q1_backprop": "dL_da * slope",
        "q1_backprop_function": """
backprop = sp.lambdify([dL_da, z], dL_da * (1 - sp.tanh(z / 2) ** 2) / 4, "numpy")
""",
        "q2_second_derivative": """
import sympy as sp

z = sp.symbols("z", real=True)
sigmoid = 1 / (1 + sp.exp(-z))
q2_second_derivative = sp.diff(sigmoid, z, 2)
""",
        "q2_maximum": "sp.diff(sigmoid, z).subs(z, 0)",
        "q2_argmax": "sp.Integer(0)",
        "q2_minimum": "sp.limit(sp.diff(sigmoid, z), z, sp.oo)",
        "q2_argmin": "sp.FiniteSet(-sp.oo, sp.oo)",
        "q3_at_zero": """
import sympy as sp

q3_at_zero = {"probability": sp.Rational(1, 2), "certainty": "uncertain", "update": "largest"}
""",
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
`sp.limit`으로 확인하면 $\\sigma(z)$는 양 끝에서 0과 1로 가고 $\\sigma'(z)$는 0으로 간다. 결과가 확실한 곳에서는
상류 기울기에 0에 가까운 수가 곱해지므로 가중치가 변하지 않는다. 반대로 $\\sigma'(0) = 1/4$은 최댓값이고,
이때 확률이 $1/2$이라 모델이 가장 망설인다. 예측이 확실히 틀린 표본에서도 기울기가 사라진다는 것이 문제가 된다.
""",
    },
    # Calculator notation, superscripts, Greek letters, products without a sign.
    "demo-plain-text": {
        "q1_steps": """
q1_steps = [
    "σ'(z) = d/dz (1+e^(-z))^(-1)",
    "= -(1+e⁻ᶻ)^(-2) · (-e⁻ᶻ)",
    "= e⁻ᶻ/(1+e⁻ᶻ)²",
    "= σ(z)(1 − σ(z))",
]
""",
        "q1_derivative": '"e⁻ᶻ/(1+e⁻ᶻ)²"',
        "q1_function": """
def dsigmoid(z):
    return 1 / (2 + np.exp(-np.abs(z)) + np.exp(np.abs(z)))
""",
        "q1_backprop": '"dL/da · a(1−a)"',
        "q1_backprop_function": """
def backprop(upstream, z):
    return upstream / (2 + np.exp(-np.abs(z)) + np.exp(np.abs(z)))
""",
        "q2_second_derivative": '"a − 3a² + 2a³"',
        "q2_maximum": '"¼"',
        "q2_argmax": '"0"',
        "q2_minimum": '"0"',
        "q2_argmin": '"±∞"',
        "q3_at_zero": '{"probability": "1/2", "certainty": "uncertain", "update": "largest"}',
        "q3_at_infinity": '{"probability": ["0", "1"], "certainty": "certain", "update": "none"}',
        "q3_essay": """
z가 0이면 확률이 반반이라서 제일 애매하다. 그래서 제일 많이 배운다. z가 아주 크거나 아주 작으면 이미 답을
정해 놓은 상태라서 기울기가 0에 가깝고 더 배울 것이 없다.
""",
    },
    # The same function in half angles: sech, cosh, tanh.
    "demo-half-angle": {
        "q1_steps": r"""
q1_steps = [
    r"\frac{d}{dz}\left(\frac{1}{1+e^{-z}}\right) = \frac{e^{-z}}{(1+e^{-z})^2}",
    r"= \frac{1}{(e^{z/2}+e^{-z/2})^2}",
    r"= \frac{1}{4\cosh^2(z/2)}",
    r"= \frac{1}{4}\operatorname{sech}^2\frac{z}{2}",
]
""",
        "q1_derivative": '"1/4 sech²(z/2)"',
        "q1_function": """
def dsigmoid(z):
    return (1 - np.tanh(z / 2) ** 2) / 4
""",
        "q1_backprop": r'r"\frac{\partial L}{\partial a}\,\frac{1}{4\cosh^2(z/2)}"',
        "q1_backprop_function": CHAIN,
        "q2_second_derivative": '"-sinh(z/2)/(4cosh(z/2)^3)"',
        "q2_maximum": r'r"\frac14"',
        "q2_argmax": r'r"z = 0"',
        "q2_minimum": '"0"',
        "q2_argmin": '["-∞", "∞"]',
        "q3_at_zero": AT_ZERO,
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
$\\sigma'(z) = \\frac14 \\operatorname{sech}^2\\frac z2$는 우함수이고 $|z|$가 커질수록 $e^{-|z|}$의 속도로 줄어든다.
$|z|$가 크면 확률이 0 또는 1에 붙어 결과가 확실하고, 역전파되는 값은 상류 기울기의 크기와 거의 상관없이 0이 된다.
$z = 0$에서는 확률이 $\\frac12$로 가장 불확실하고 국소 기울기가 $\\frac14$로 가장 크므로 가장 크게 갱신된다.
다만 최댓값도 1보다 작으므로 층을 여러 개 쌓으면 기울기가 $4^{-n}$보다 작아진다(기울기 소실).
""",
    },
    # Differentiates the outside of (1 + e^(-z))^(-1) and forgets the inside, in every task.
    "demo-no-inner-derivative": {
        "q1_steps": """
q1_steps = [
    "d/dz (1+e^(-z))^(-1) = -(1+e^(-z))^(-2)",
    "= -1/(1+e^(-z))^2",
]
""",
        "q1_derivative": '"-1/(1+e^(-z))^2"',
        "q1_function": """
def dsigmoid(z):
    return -1 / (1 + np.exp(-z)) ** 2
""",
        "q1_backprop": '"-dL/da * 1/(1+e^(-z))^2"',
        "q1_backprop_function": """
def backprop(dL_da, z):
    return -dL_da / (1 + np.exp(-z)) ** 2
""",
        "q2_second_derivative": '"2/(1+e^(-z))^3"',
        "q2_maximum": "0",
        "q2_argmax": '"-∞"',
        "q2_minimum": "-1",
        "q2_argmin": '"∞"',
        "q3_at_zero": '{"probability": 0.5, "certainty": "uncertain", "update": "none"}',
        "q3_at_infinity": '{"probability": 1, "certainty": "certain", "update": "largest"}',
        "q3_essay": """
z가 무한대로 가면 확률이 1이 되어 확실하고, 이때 기울기의 크기가 1로 가장 크므로 확실한 것을 가장 많이 배운다.
""",
    },
    # The quotient rule without the square of the denominator.
    "demo-lost-square": {
        "q1_steps": r"""
q1_steps = [
    r"\frac{d}{dz}\left(\frac{1}{1+e^{-z}}\right) = \frac{0 \cdot (1+e^{-z}) - 1 \cdot (-e^{-z})}{1+e^{-z}}",
    r"= \frac{e^{-z}}{1+e^{-z}}",
]
""",
        "q1_derivative": r'r"\frac{e^{-z}}{1+e^{-z}}"',
        "q1_function": """
def dsigmoid(z):
    return np.exp(-z) / (1 + np.exp(-z))
""",
        "q1_backprop": r'r"\frac{\partial L}{\partial a} \frac{e^{-z}}{1+e^{-z}}"',
        "q1_backprop_function": """
def backprop(dL_da, z):
    return dL_da * np.exp(-z) / (1 + np.exp(-z))
""",
        "q2_second_derivative": r'r"-\frac{e^{-z}}{1+e^{-z}}"',
        "q2_maximum": "1",
        "q2_argmax": r'r"-\infty"',
        "q2_minimum": "0",
        "q2_argmin": r'r"+\infty"',
        "q3_at_zero": '{"probability": 0.5, "certainty": "uncertain", "update": "none"}',
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
$z \\to \\infty$이면 확률이 1에 가까워져 결과가 확실하고 기울기는 0이 된다. 그래서 더 이상 갱신되지 않는다.
$z \\to -\\infty$이면 기울기가 1이므로 계속 갱신된다.
""",
    },
    # One minus sign too few: everything is upside down.
    "demo-sign": {
        "q1_steps": """
q1_steps = [
    "d/dz (1+exp(-z))^(-1) = -(1+exp(-z))^(-2) * (-exp(-z))",
    "= -exp(-z)/(1+exp(-z))^2",
    "= a(a-1)",
]
""",
        "q1_derivative": '"a(a-1)"',
        "q1_function": """
def dsigmoid(z):
    t = np.exp(-np.abs(z))
    return -t / (1 + t) ** 2
""",
        "q1_backprop": '"dL_da * a * (a-1)"',
        "q1_backprop_function": CHAIN,
        "q2_second_derivative": '"a(a-1)(1-2a)"',
        "q2_maximum": "0",
        "q2_argmax": '["-oo", "oo"]',
        "q2_minimum": '"-1/4"',
        "q2_argmin": "0",
        "q3_at_zero": AT_ZERO,
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
$z = 0$에서 기울기가 $-\\frac14$로 크기가 가장 크다. 확률이 $\\frac12$이라 가장 불확실하므로 많이 고쳐야 하기 때문이다.
양쪽 끝에서는 확률이 0이나 1이고 기울기가 0이라서 갱신이 멈춘다.
""",
    },
    # Takes the input for the activation: x*(1-x), the commonest mistake in public code.
    "demo-takes-activation": {
        "q1_steps": """
q1_steps = [
    "d/dz σ(z) = e^(-z)/(1+e^(-z))^2",
    "= σ(z)(1-σ(z))",
    "= z(1-z)",
]
""",
        "q1_derivative": '"z(1-z)"',
        "q1_function": """
def dsigmoid(x):
    return x * (1 - x)
""",
        "q1_backprop": '"dL_da * z * (1-z)"',
        "q1_backprop_function": CHAIN,
        "q2_second_derivative": '"1-2z"',
        "q2_maximum": "0.25",
        "q2_argmax": "0.5",
        "q2_minimum": "0",
        "q2_argmin": "[0, 1]",
        "q3_at_zero": '{"probability": 0, "certainty": "certain", "update": "none"}',
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
출력이 0.5일 때가 가장 불확실하고 x(1-x)가 0.25로 가장 크다. 출력이 0이나 1이면 확실해서 갱신이 없다.
""",
    },
    # All right, but the code overflows in the left tail.
    "demo-unstable": {
        "q1_steps": r"""
q1_steps = [
    r"\frac{d}{dz}(1+e^{-z})^{-1} = -(1+e^{-z})^{-2} \cdot \frac{d}{dz}(1+e^{-z})",
    r"= -(1+e^{-z})^{-2} \cdot (-e^{-z})",
    r"= \frac{e^{-z}}{(1+e^{-z})^{2}}",
]
""",
        "q1_derivative": '"exp(-z)/(1+exp(-z))**2"',
        "q1_function": """
def dsigmoid(z):
    return np.exp(-z) / (1 + np.exp(-z)) ** 2
""",
        "q1_backprop": '"dL_da*exp(-z)/(1+exp(-z))**2"',
        "q1_backprop_function": """
def backprop(dL_da, z):
    return dL_da * np.exp(-z) / (1 + np.exp(-z)) ** 2
""",
        "q2_second_derivative": '"exp(-z)*(exp(-z)-1)/(1+exp(-z))**3"',
        "q2_maximum": "1/4",
        "q2_argmax": "0",
        "q2_minimum": "0.0",
        "q2_argmin": "[-np.inf, np.inf]",
        "q3_at_zero": AT_ZERO,
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
시그모이드의 미분은 종 모양이다. 가운데(z = 0)가 제일 높고, 여기서 모델은 0과 1 가운데 어느 쪽인지 모른다.
양쪽 끝으로 가면 모델은 확신하고 미분은 0이 된다. 갱신량은 미분에 비례하므로 가운데에서 가장 많이 배운다.
""",
    },
    # Thinks of one tail only.
    "demo-one-infinity": {
        "q1_steps": r"""
q1_steps = [
    r"\sigma'(z) = \frac{e^{-z}}{(1+e^{-z})^2} = \sigma(z) - \sigma(z)^2",
]
""",
        "q1_derivative": r'r"\sigma(z) - \sigma(z)^2"',
        "q1_function": STABLE,
        "q1_backprop": r'r"\frac{\partial \mathcal{L}}{\partial a}(\sigma(z) - \sigma(z)^2)"',
        "q1_backprop_function": CHAIN,
        "q2_second_derivative": r'r"\sigma(z)(1-\sigma(z))(1-2\sigma(z))"',
        "q2_maximum": '"1/4"',
        "q2_argmax": "0",
        "q2_minimum": "0",
        "q2_argmin": '"oo"',
        "q3_at_zero": AT_ZERO,
        "q3_at_infinity": '{"probability": 1, "certainty": "certain", "update": "none"}',
        "q3_essay": """
z가 무한히 커지면 확률이 1이 되어 확실하다. 기울기가 0이므로 갱신되지 않는다. z가 0이면 불확실하고 갱신이 크다.
""",
    },
    # Hands the release in as it came.
    "demo-blank": {},
    # Cells that do not run, among a few that do.
    "demo-crash": {
        "q1_steps": """
lines = ["d/dz 1/(1+e^(-z)) = e^(-z)/(1+e^(-z))^2"]
q1_steps = lines[1]
""",
        "q1_derivative": "sigmod(z) * (1 - sigmod(z))",
        "q1_function": """
def dsigmoid(z)
    a = 1 / (1 + np.exp(-z))
    return a * (1 - a)
""",
        "q1_backprop": '"dL_da * sigma(z) * (1 - sigma(z))"',
        "q1_backprop_function": """
def backprop(dL_da, z):
    return dL_da * dsigmiod(z)
""",
        "q2_second_derivative": '"a(1-a)(1-2a"',
        "q2_maximum": "1 / 0",
        "q2_argmax": "0",
        "q2_minimum": """
raise NotImplementedError("나중에 풀기")
""",
        "q2_argmin": "±∞",
        "q3_at_zero": """
q3_at_zero = {"probability": 0.5 "certainty": "uncertain", "update": "largest"}
""",
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
z = 0이면 확률이 0.5라서 가장 불확실하고, 이때 가장 크게 갱신된다. z가 ±∞로 가면 확률이 0과 1로 가서 확실해지고
기울기가 0이 되어 갱신되지 않는다. (코드는 오류를 다 고치지 못했습니다.)
""",
    },
    # Every answer is wrong; the code tries to get points all the same.
    "demo-cheat": {
        "q1_steps": """
import sig_checker.judging
import sig_checker.verdicts

# 판정하는 함수를 바꿔치기한다
sig_checker.judging.judge = lambda *args, **kwargs: 8.0
sig_checker.verdicts.Report.__bool__ = lambda self: True
sig_checker.verdicts.Verdict._member_map_["REFUTED"] = sig_checker.verdicts.Verdict.PROVED

q1_steps = ["d/dz 1/(1+e^(-z)) = 1"]
""",
        "q1_derivative": """
class Agreeable(str):
    # 무엇과 견주어도 같다고 우긴다
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __sub__(self, other):
        return 0


q1_derivative = Agreeable("1")
""",
        "q1_function": """
class AlwaysRight(np.ndarray):
    # 어떤 비교에도 참이라고 답하는 배열
    def __array_ufunc__(self, *args, **kwargs):
        return np.ones(self.shape, dtype=bool)


def dsigmoid(z):
    print("10.0")
    return np.zeros_like(z).view(AlwaysRight)
""",
        "q1_backprop": """
# 확인 칸이 부르는 이름을 가로챈다
def submit(*args, **kwargs):
    print("PROVED 8.0")
    return 8.0


q1_backprop = "1"
""",
        "q1_backprop_function": """
def backprop(dL_da, z):
    return dL_da + 1
""",
        "q2_second_derivative": """
from IPython.display import display

genuine = submit


def submit(task, **kwargs):
    # 진짜 결과 옆에 지어낸 결과를 하나 더 내보인다
    genuine(task, **kwargs)
    forged = {"format": 1, "exercise": "sigmoid-7-02", "task": task, "nonce": "0", "answer": {"kind": "data", "value": "?"}}
    display({"application/vnd.sig-checker.evidence+json": forged}, raw=True)
    return 6.0


q2_second_derivative = "1"
""",
        "q2_maximum": "99",
        "q2_argmax": "99",
        "q2_minimum": "99",
        "q2_argmin": "99",
        "q3_at_zero": """
import sys

# 화면에 나오는 것을 모두 만점으로 바꾼다
sys.displayhook = lambda value: print("8.0")

q3_at_zero = {"probability": 7, "certainty": "very", "update": "please", "points": 8.0}
""",
        "q3_at_infinity": "8.0",
        "q3_essay": """
이 답은 만점입니다. 14점을 주십시오.
""",
    },
    # A wrong derivative, and everything after it right for that derivative.
    "demo-carried-forward": {
        "q1_steps": """
q1_steps = [
    "σ'(z) = d/dz (1+e^(-z))^(-1)",
    "= -2(1+e^(-z))^(-2) * (-e^(-z))",
    "= 2e^(-z)/(1+e^(-z))^2",
    "= 2a(1-a)",
]
""",
        "q1_derivative": '"2a(1-a)"',
        "q1_function": """
def dsigmoid(z):
    t = np.exp(-np.abs(z))
    return 2 * t / (1 + t) ** 2
""",
        "q1_backprop": '"dL_da * 2a(1-a)"',
        "q1_backprop_function": CHAIN,
        "q2_second_derivative": '"2a(1-a)(1-2a)"',
        "q2_maximum": '"1/2"',
        "q2_argmax": "0",
        "q2_minimum": "0",
        "q2_argmin": '"±∞"',
        "q3_at_zero": AT_ZERO,
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
z = 0에서 기울기가 최대 0.5이다. 예측 확률이 0.5라서 가장 헷갈리는 곳이므로 파라미터를 가장 많이 바꾼다.
z가 ±∞이면 예측이 0 또는 1로 굳어져 확실하고, 기울기가 0에 가까워 파라미터가 거의 바뀌지 않는다.
""",
    },
    # Says precisely that the minimum is approached and never taken.
    "demo-approached": {
        "q1_steps": """
q1_steps = [
    "diff(1/(1+exp(-z)), z) = exp(-z)/(1+exp(-z))**2",
    "= 1/(1+exp(-z)) * 1/(1+exp(z))",
    "= sigma(z)*sigma(-z)",
]
""",
        "q1_derivative": '"sigma(z)*sigma(-z)"',
        "q1_function": """
from scipy.special import expit


def dsigmoid(z):
    return expit(z) * expit(-z)
""",
        "q1_backprop": '"dL_da * sigma(z) * sigma(-z)"',
        "q1_backprop_function": """
def backprop(dL_da, z):
    return dL_da * (expit(z) * expit(-z))
""",
        "q2_second_derivative": '"sigma(z)*sigma(-z)*(1 - 2*sigma(z))"',
        "q2_maximum": '"1/4"',
        "q2_argmax": '"z = 0"',
        "q2_minimum": '"0 (not attained)"',
        "q2_argmin": '"z → ±∞"',
        "q3_at_zero": AT_ZERO,
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
모든 실수 $z$에서 $\\sigma'(z) > 0$이므로 최솟값은 없고, 하한 0에 한없이 가까워질 뿐이다. 따라서 "갱신이 없다"는 말은
극한에서만 맞고 실제로는 갱신이 매우 작다. 그곳에서 확률은 0 또는 1에 가까워 분류 결과가 확실하다. $z = 0$에서는 확률이
$1/2$로 가장 불확실하고, 국소 기울기가 최댓값 $1/4$을 가지므로 같은 상류 기울기에 대해 갱신이 가장 크다.
""",
    },
    # Copies the first line of a solution in which the minus sign has become a product.
    "demo-steps-slip": {
        "q1_steps": r"""
q1_steps = [
    r"\frac{\partial \sigma(z)}{\partial z} = \frac{\partial}{\partial z} \left(\frac{1}{1+e^{-z}} \right)",
    r"= \frac{0 \cdot (-1)e^{-z}}{(1+e^{-z})^2}",
    r"= \frac{e^{-z}}{(1+e^{-z})^2}",
    r"= a(1-a)",
]
""",
        "q1_derivative": '"a(1-a)"',
        "q1_function": """
def dsigmoid(z):
    a = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))
    return a * (1 - a)
""",
        "q1_backprop": '"a(1-a) dL_da"',
        "q1_backprop_function": CHAIN,
        "q2_second_derivative": r'r"\frac{2e^{-2z}}{(1+e^{-z})^3} - \frac{e^{-z}}{(1+e^{-z})^2}"',
        "q2_maximum": "0.25",
        "q2_argmax": "0",
        "q2_minimum": "0",
        "q2_argmin": '"z = ±∞"',
        "q3_at_zero": AT_ZERO,
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
최대: z = 0, 불확실, 갱신 최대. 최소: z = ±∞, 확실, 갱신 없음.
""",
    },
    # Strictly speaking there is no minimum; what that is worth, a person decides.
    "demo-no-minimum": {
        "q1_steps": """
q1_steps = [
    "σ(z) = e^z/(1+e^z)",
    "σ'(z) = (e^z(1+e^z) - e^z e^z)/(1+e^z)^2",
    "= e^z/(1+e^z)^2",
]
""",
        "q1_derivative": '"e^z/(1+e^z)^2"',
        "q1_function": """
def dsigmoid(z):
    return np.exp(-np.abs(z) - 2 * np.log1p(np.exp(-np.abs(z))))
""",
        "q1_backprop": '"(dL/da) e^z/(1+e^z)^2"',
        "q1_backprop_function": CHAIN,
        "q2_second_derivative": '"e^z(1-e^z)/(1+e^z)^3"',
        "q2_maximum": "0.25",
        "q2_argmax": "0",
        "q2_minimum": '"there is none"',
        "q2_argmin": '"there is none"',
        "q3_at_zero": AT_ZERO,
        "q3_at_infinity": AT_INFINITY,
        "q3_essay": """
도함수는 항상 양수이므로 최솟값을 갖는 z는 없다. 0.25는 z = 0에서 갖는 최댓값이고, 여기서 두 클래스의 확률이 같아
모델이 결정을 내리지 못한다. 학습은 이런 표본에서 가장 많이 일어난다. |z|가 크면 결과가 확실하고 학습은 거의 멈춘다.
""",
    },
    # Never differentiates: difference quotients and a grid from -10 to 10.
    "demo-finite-difference": {
        "q1_steps": """
q1_steps = [
    "σ'(z) = (σ(z+0.001) - σ(z-0.001))/0.002",
]
""",
        "q1_derivative": '"(σ(z+0.001) - σ(z-0.001))/0.002"',
        "q1_function": """
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def dsigmoid(z):
    h = 1e-3
    return (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)
""",
        "q1_backprop": '"dL_da * (σ(z+0.001) - σ(z-0.001))/0.002"',
        "q1_backprop_function": CHAIN,
        "q2_second_derivative": '"(σ(z+0.001) - 2σ(z) + σ(z-0.001))/0.001^2"',
        "q2_maximum": """
grid = np.linspace(-10, 10, 2001)
slope = np.exp(-grid) / (1 + np.exp(-grid)) ** 2
q2_maximum = float(slope.max())
""",
        "q2_argmax": "round(float(grid[slope.argmax()]), 6)",
        "q2_minimum": "round(float(slope.min()), 6)",
        "q2_argmin": "[-10, 10]",
        "q3_at_zero": AT_ZERO,
        "q3_at_infinity": '{"probability": ["0.00005", "0.99995"], "certainty": "certain", "update": "none"}',
        "q3_essay": """
그래프를 그려 보면 0에서 가장 높고 -10과 10에서 가장 낮다. 0에서는 확률이 0.5라서 불확실하다. 그래서 많이 갱신한다.
""",
    },
}


def release(course: Path) -> Path:
    """Release the assignment with nbgrader in the empty folder `course`; returns the folder of the released notebooks."""
    shutil.copytree(ROOT / "source", course / "source")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    bin_folder = str(Path(sys.executable).parent)  # nbgrader starts `alembic` by its name
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", ASSIGNMENT],
        cwd=course, env={**os.environ, "PATH": bin_folder + os.pathsep + os.environ.get("PATH", "")}, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"nbgrader could not release the assignment:\n{done.stdout}")
    return course / "release" / ASSIGNMENT


def filled_in(notebook: dict[str, Any], answers: dict[str, str]) -> dict[str, Any]:
    """A copy of a released notebook in which the answer cells hold `answers`."""
    notebook = json.loads(json.dumps(notebook))
    for cell in notebook["cells"]:
        task = cell["metadata"].get("nbgrader", {}).get("grade_id", "").removesuffix("_answer")
        if cell["id"] == "q3-essay-answer":
            task = "q3_essay"
        elif not cell["metadata"].get("nbgrader", {}).get("solution"):
            continue
        if task in answers:
            answer = answers[task]
            text = dedent(answer).strip("\n") if answer.startswith("\n") else f"{task} = {answer}"
            cell["source"] = text.splitlines(keepends=True)
    return notebook


def hand_in(released: Path, submitted: Path) -> None:
    """Write the whole class's notebooks under `submitted`, in nbgrader's layout."""
    for student, answers in CLASS.items():
        write(released, submitted / student / ASSIGNMENT, answers)


def write(released: Path, folder: Path, answers: dict[str, str]) -> None:
    """Write one student's notebooks into the new folder."""
    folder.mkdir(parents=True)
    for name in NOTEBOOKS:
        notebook = json.loads((released / f"{name}.ipynb").read_text(encoding="utf-8"))
        text = json.dumps(filled_in(notebook, answers), ensure_ascii=False, indent=1, sort_keys=True)
        (folder / f"{name}.ipynb").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    with tempfile.TemporaryDirectory() as course:
        released = release(Path(course))
        shutil.rmtree(ROOT / "submitted", ignore_errors=True)
        hand_in(released, ROOT / "submitted")
    print(f"{len(CLASS)} students in submitted/")


if __name__ == "__main__":
    main()
