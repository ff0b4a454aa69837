"""Identities whose two sides are told equal by calculus: inverse functions, roots of squares, floors, on a domain.

The independent checker is mpmath, which evaluates the texts with 60 digits by its own functions and differentiates them.
"""

from __future__ import annotations

import random
import re
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sig_checker.deciding.identities import Comparison, compare
from sig_checker.judging import identical
from sig_checker.reading import Vocabulary, read, read_condition, to_python

FREE = Vocabulary("", "", letters=True)
BY_CALCULUS = "on each interval both sides have the same derivative, and at one point the same value"
NAMES = """
    exp log sqrt sin cos tan sec asin acos atan acot sinh cosh tanh sech asinh acosh atanh erf floor sign cot csc
"""


def decide(left: str, right: str, domain: str = "") -> Comparison:
    conditions = read_condition(domain, FREE) if domain else ()
    return compare(read(left, "auto", FREE).answer, read(right, "auto", FREE).answer, conditions)


def by_mpmath(text: str, x: mpmath.mpf) -> mpmath.mpf:
    source = re.sub(r"(?<![\w.])(\d+)(?![\w.])", r"mpf(\1)", to_python(read(text, "auto", FREE).answer))
    known = {name: getattr(mpmath, name) for name in NAMES.split()}
    extra = {"Abs": abs, "pi": mpmath.pi, "E": mpmath.e, "mpf": mpmath.mpf, "ceiling": mpmath.ceil, "max": max, "min": min}
    extra["cbrt"] = lambda v: mpmath.sign(v) * mpmath.cbrt(abs(v))
    sigma = {"sigma": lambda v: 1 / (1 + mpmath.exp(-v)), "Max": max, "Min": min, "ceil": mpmath.ceil}
    return eval(source, {"__builtins__": {}}, {**known, **extra, **sigma, "x": x, "z": x})


TRUE = [
    ("erf(-x)", "-erf(x)", ""),
    ("erf(-x-1)", "-erf(x+1)", ""),
    ("erf(|x|)", "|erf(x)|", ""),
    ("floor(x)", "0", "0<=x<1"),
    ("floor(x)+floor(-x)", "-1", "0<x<1"),
    ("floor(x+1)", "floor(x)+1", ""),
    ("ceil(x)", "-floor(-x)", ""),
    ("floor(x)", "Piecewise((0,x<1),(1,x<2),(2,True))", "0<=x<3"),
    ("floor(x^2)", "0", "-1<x<1"),
    ("floor(e^x)", "1", "0<=x<1/2"),
    ("floor(sin(x)/2)", "-1", "-3<x<-1/2"),
    ("sigma(z)(1-sigma(z))+floor(sigma(z))", "sigma(z)(1-sigma(z))", ""),
    ("ceil(sigma(z))", "1", ""),
    ("atan(x)+atan(1/x)", "pi/2", "x>0"),
    ("atan(x)+atan(1/x)", "-pi/2", "x<0"),
    ("atan(x)+atan(1/x)", "pi/2*sign(x)", ""),
    ("atan(x)+acot(x)", "pi/2", "x>0"),
    ("asin(x)+acos(x)", "pi/2", "-1<=x<=1"),
    ("acos(x)+acos(-x)", "pi", "-1<=x<=1"),
    ("acos(cos(x))", "x", "0<=x<=3"),
    ("acos(cos(x))", "|x|", "-3<x<3"),
    ("asin(sin(x))", "x", "-1<=x<=1"),
    ("asin(sin(x))", "x", "-1.57<x<1.57"),
    ("asin(sin(x))", "pi-x", "2<x<4"),
    ("asin(cos(x))", "pi/2-x", "0<x<3"),
    ("atan(tan(x))", "x", "-1<x<1"),
    ("atan(tan(x))", "x-pi", "2<x<4"),
    ("2*atan(tanh(z/2))", "atan(sinh(z))", ""),
    ("atan(sinh(z))", "asin(tanh(z))", ""),
    ("2*atan(e^z)-pi/2", "atan(sinh(z))", ""),
    ("acos(sech(z))", "|atan(sinh(z))|", ""),
    ("acosh(cosh(x))", "|x|", ""),
    ("acosh(x)", "2 asinh(sqrt((x-1)/2))", "x>1"),
    ("atan(x)", "asin(x/sqrt(1+x^2))", ""),
    ("asin(x)", "atan(x/sqrt(1-x^2))", "-1<x<1"),
    ("acos(x)", "2 atan(sqrt((1-x)/(1+x)))", "-1<x<1"),
    ("asin(2x/(1+x^2))", "2 atan(x)", "-1<x<1"),
    ("acos((1-x^2)/(1+x^2))", "2 atan(x)", "x>0"),
    ("atan((1+x)/(1-x))", "pi/4+atan(x)", "x<1"),
    ("3 asin(x)", "asin(3x-4x^3)", "-1/2<x<1/2"),
    ("atan(1/2)+atan(1/3)", "pi/4", ""),
    ("4atan(1/5)-atan(1/239)", "pi/4", ""),
    ("asin(3/5)+asin(4/5)", "pi/2", ""),
    ("atanh(sin(x))", "asinh(tan(x))", "-1<x<1"),
    ("cos(x)", "sqrt(1-sin(x)^2)", "-1<x<1"),
    ("sqrt(1-sin(x)^2)", "|cos(x)|", ""),
    ("sqrt(sin(x)^2)", "sin(x)", "0<x<3"),
    ("sqrt(1+tan(x)^2)", "sec(x)", "-1<x<1"),
    ("sqrt(sin(x))sqrt(cos(x))", "sqrt(sin(x)cos(x))", "0<x<3/2"),
    ("sqrt(2+2cos(x))", "2 cos(x/2)", "-3<x<3"),
    ("sqrt((1-cos(x))/2)", "sin(x/2)", "0<x<6"),
    ("log(cos(x)^2)", "log(1-sin(x)^2)", ""),
    ("log(sin(x)^2)", "2 log(sin(x))", "0<x<3"),
    ("log(tan(x))", "log(sin(x))-log(cos(x))", "0<x<3/2"),
    ("sqrt(1-cos(x)^2)/sin(x)", "sign(x)", "-3<x<3"),
    ("(sin(x)^2+cos(x)^2-1)^50", "0", ""),
    ("(sin(x)^2+cos(x)^2)^50", "1", ""),
    ("x^2", "4", "x=2"),
    ("x^2", "2", "x=sqrt(2)"),
    ("sin(x)", "0", "x=pi"),
    ("x^2*y", "4*y", "x=2"),
    ("x+y", "1", "y=1-x"),
    ("Piecewise((5,x=3),(x,True))", "x", "x<2"),
    ("|ln(x)|", "ln(x)", "ln(x)>=0"),
    ("sqrt(x)^2", "x", "sqrt(x)<2"),
    ("floor(|x|)", "0", "x^2<1"),
    ("log(x)+log(y)", "log(x y)", "x*y>0, y>0"),
    ("|x|sqrt(x-1)", "sqrt(x^2*(x-1))", "x>0"),
    ("floor(tanh(x)^2)", "0", ""),
    ("sign((x-17)^2)", "1", "x!=17"),
    ("Piecewise((x,(x-17)^2>=0),(5,True))", "x", ""),
    ("Piecewise((5,(x-17)^2<0),(x,True))", "x", ""),
]


@pytest.mark.parametrize(("left", "right", "domain"), TRUE)
def test_what_is_true_is_proved(left: str, right: str, domain: str) -> None:
    report = identical(left, right, domain=domain)

    assert report.verdict.value == "proved"
    assert report.certificate is not None


@pytest.mark.parametrize(("left", "right", "domain"), TRUE)
@pytest.mark.parametrize("lie", ["({}) + 10^-40", "({}) - 10^-30"])
def test_a_lie_of_the_fortieth_digit_is_refuted(left: str, right: str, domain: str, lie: str) -> None:
    assert decide(lie.format(left), right, domain).equal is False


FALSE = [
    ("erf(-x)", "erf(x)", ""),
    ("erf(|x|)", "erf(x)", ""),
    ("floor(x)", "0", "0<=x<=1"),
    ("ceil(x)", "1", "0<=x<1"),
    ("floor(x)", "Piecewise((0,x<=1),(1,True))", "0<x<2"),
    ("floor(x^2)", "0", "-1<=x<1"),
    ("floor(x)", "0", "0<=x<1+10^-40"),
    ("floor(x)", "0", "-10^-40<x<1"),
    ("floor(x)+floor(-x)", "-1", ""),
    ("floor(2sigma(x))", "0", ""),
    ("floor(10^6 x)", "0", "0<x<1"),
    ("atan(x)+atan(1/x)", "pi/2", ""),
    ("atan(1/2)+atan(1/3)", "9pi/4", ""),
    ("atan((1+x)/(1-x))", "pi/4+atan(x)", ""),
    ("asin(2x/(1+x^2))", "2 atan(x)", ""),
    ("asin(2x/(1+x^2))", "2 atan(x)", "-1<x<1001/1000"),
    ("acos(cos(x))", "x", "0<x<4"),
    ("acos(cos(x))", "x", "-1<x<3"),
    ("asin(sin(x))", "x", "-1<=x<=2"),
    ("atan(tan(x))", "x", "-2<x<2"),
    ("acos(-x)", "-acos(x)", "-1<x<1"),
    ("cos(x)", "sqrt(1-sin(x)^2)", ""),
    ("sqrt(sin(x)^2)", "sin(x)", "-1<x<1"),
    ("sqrt(cos(x))^2", "cos(x)", ""),
    ("sign(sin(x))", "1", "0<=x<3"),
    ("x^2", "5", "x=2"),
    ("max(0,z-10^300)", "0", ""),
    ("relu(z-10^300)", "0", ""),
    ("min(u,10^300)", "u", ""),
    ("Piecewise((z+1,z>10^40),(z,True))", "z", ""),
    ("floor(x/10^50)", "0", "x>0"),
    ("Piecewise((5,x=20000000),(x,True))", "x", "x<=20000000"),
    ("2+e^-1000000", "2", ""),
    ("sqrt(2)+e^-1000000", "sqrt(2)", ""),
    # at the one place where a square is zero
    ("sign((x-17)^2)", "1", ""),
    ("heaviside((x-17)^2)", "1", ""),
    ("sign(atan((x-17)^2))", "1", ""),
    ("floor(1/(1+(x-17)^2))", "0", ""),
    ("ceil(tanh(x-17)^2)", "1", ""),
    ("z+floor(4sigma(z)(1-sigma(z)))", "z", ""),
    ("Piecewise((x,(x-17)^2>0),(5,True))", "x", ""),
    ("Piecewise((x,(x-17)^2!=0),(5,True))", "x", ""),
    ("Piecewise((5,(x-17)^2<=0),(x,True))", "x", ""),
    # at the one place where the right side is real by itself
    ("sqrt(x^2*(x-1))+relu(1-x)", "sqrt(x^2*(x-1))", ""),
    ("sqrt((x-17)^2*(x-30))+relu(30-x)", "sqrt((x-17)^2*(x-30))", ""),
    ("acosh(1-(x-17)^2*(30-x))+relu(30-x)", "acosh(1-(x-17)^2*(30-x))", ""),
]


@pytest.mark.parametrize(("left", "right", "domain"), FALSE)
def test_a_false_neighbour_is_refuted(left: str, right: str, domain: str) -> None:
    result = decide(left, right, domain)

    assert result.equal is False
    assert result.witness is not None
    assert result.witness.answer != result.witness.truth


@pytest.mark.parametrize(
    ("left", "right", "domain"),
    [
        # a divisor that is zero wherever it is defined, by a relation between functions
        ("(atan(x)+atan(1/x)-pi/2)/(atan(x)+atan(1/x)-pi/2)", "1", "x>0"),
        ("0/(sqrt(sin(x)^2)-sin(x))", "0", "0<x<3"),
        ("0/(atan(1/2)+atan(1/3)-pi/4)", "0", ""),
        ("floor(x)/floor(x)", "1", ""),
        ("x*({0})/({0})".format("sqrt(2)+sqrt(3)-sqrt(5+2sqrt(6))"), "x", ""),
        ("x*({0})/({0})".format("log(1+sqrt(2))+log(sqrt(2)-1)"), "x", ""),
        ("x*({0})/({0})".format("log(6^50)-50log(6)"), "x", ""),
        ("x*({0})/({0})".format("tan(3pi/11)+4sin(2pi/11)-sqrt(11)"), "x", ""),
        ("x*({0})/({0})".format("sqrt(x+2sqrt(x-1))-sqrt(x-1)-1"), "x", "x>1"),
        ("x*({0})/({0})".format("e^(sin(x)^2)*e^(cos(x)^2)-e"), "x", ""),
        ("x*({0})/({0})".format("e^(atan(x)+atan(1/x))-e^(pi/2)"), "x", "x>0"),
        ("x*({0})/({0})".format("sin(pi*floor(x))"), "x", ""),
        ("x+0*log(|sqrt(2)+sqrt(3)-sqrt(5+2sqrt(6))|)", "x", ""),
        # false only beyond π = 3.14159..., or π/2
        ("sqrt(sin(x)^2)", "sin(x)", "0<x<3.1416"),
        ("acos(cos(x))", "x", "0<x<3.1416"),
        ("asin(sin(x))", "x", "-1.5708<x<1.5708"),
        ("atan(tan(x))", "x", "-1.5708<x<1.5708"),
        ("sign(sin(x))", "1", "0<x<3.1416"),
        # undefined on intervals
        ("log(sin(x))-log(sin(x))+x", "x", ""),
        ("sqrt(cos(x))-sqrt(cos(x))+x", "x", ""),
        ("0*asin(2+sin(x))", "0", ""),
        # nothing is claimed
        ("x^2", "4", "x=2, x=3"),
        ("x", "2", "x=2, x>3"),
        ("1", "2", "x<0, x>0"),
        ("|x|", "x", "0*x>1"),
        ("|x|", "x", "x>1/0"),
        # the domain is one place
        ("(x-2)/(x-2)", "1", "x<=2, x>=2"),
        ("x/|x|", "-1", "x<=0, x>=0"),
    ],
)
def test_what_is_not_so_everywhere_is_not_proved(left: str, right: str, domain: str) -> None:
    assert decide(left, right, domain).equal is not True


def test_a_gap_outside_the_domain_is_not_told() -> None:
    assert decide("ln(p/(1-p))", "ln(p)-ln(1-p)", "0<p<1").gaps == ()
    assert decide("x^2/x", "x", "x>-1").gaps == ("x = 0",)


def _intervals(text: str) -> list[tuple[mpmath.mpf, mpmath.mpf]]:
    ends = {"-oo": mpmath.mpf(-30), "oo": mpmath.mpf(30)}
    number = {**ends, **{t: _number(t) for part in text.split("; ") for t in part.split(" < ")[::2] if t not in ends}}
    return [(number[part.split(" < ")[0]], number[part.split(" < ")[2]]) for part in text.split("; ")]


def _number(text: str) -> mpmath.mpf:
    return mpmath.mpf(Fraction(text).numerator) / Fraction(text).denominator


def test_a_proof_by_calculus_can_be_followed_in_another_library() -> None:
    """At the points of the certificate the values agree to 45 digits, and derivatives do at random points of its intervals."""
    followed = 0
    fixed = random.Random(3)
    for left, right, domain in TRUE:
        proof = decide(left, right, domain).certificate
        if proof is None or proof.method != BY_CALCULUS:
            continue
        followed += 1
        with mpmath.workdps(60):
            for point in proof.facts["points"].split("; "):
                x = _number(point.split(" = ")[1])
                assert abs(by_mpmath(left, x) - by_mpmath(right, x)) < mpmath.mpf(10) ** -45
            for low, high in _intervals(proof.facts["intervals"]):
                for _ in range(5):
                    x = low + (high - low) * fixed.randrange(1, 1000) / 1000
                    slopes = [mpmath.diff(lambda v, e=e: by_mpmath(e, v), x) for e in (left, right)]
                    assert abs(slopes[0] - slopes[1]) < mpmath.mpf(10) ** -20
    assert followed >= 12


KEEP = [
    "acos(cos({e}))",
    "asin(sin({e}))",
    "atan(tan({e}))",
    "tan(atan({e}))",
    "sin(asin({e}))",
    "cos(acos({e}))",
    "log(exp({e}))",
    "sqrt(({e})^2)",
    "|{e}|",
    "{e}+floor({e})",
    "{e}+ceil({e})-1",
    "{e}+erf({e})+erf(-({e}))",
    "({e})*(sin(x)^2+cos(x)^2)^20",
    "{e}+asin(x)+acos(x)-pi/2",
    "{e}+atan(x)+atan(1/x)-pi/2",
    "({e})*sqrt(1-sin(x)^2)/cos(x)",
    "{e}+2atan(tanh(x/2))-atan(sinh(x))",
    "atanh(tanh({e}))",
    "asinh(sinh({e}))",
    "acosh(cosh({e}))",
    "{e}+log(tan(x))-log(sin(x))+log(cos(x))",
    "{e}+sqrt(2+2cos(x))-2cos(x/2)",
    "max({e},0)",
    "{e}+sign({e})-1",
]
BASES = ["x", "x/2", "x^2", "sigma(x)", "1-x", "x e^-x", "tanh(x)", "sin(x)/2"]  # between 0 and 1 on 0 < x < 1
LIES = ["+10^-40", "*(1+10^-40)", "+x*10^-30", "+(x-1/2)^2*10^-25"]


def _rewritten(base: str, steps: list[int]) -> str:
    for i in steps:
        base = KEEP[i].replace("{e}", base)
    return base


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(BASES), st.lists(st.sampled_from(range(len(KEEP))), max_size=2), st.sampled_from(LIES))
def test_a_rewriting_is_never_refuted_and_a_lie_never_proved(base: str, steps: list[int], lie: str) -> None:
    text = _rewritten(base, steps)

    assert decide(text, base, "0<x<1").equal is not False
    assert decide(f"({text}){lie}", base, "0<x<1").equal is not True


def test_most_rewritings_are_proved() -> None:
    """Each single one of the identity, and four in five of two at a time."""
    for i in range(len(KEEP)):
        assert decide(_rewritten("x", [i]), "x", "0<x<1").equal is True
    fixed = random.Random(11)
    pairs = [(fixed.choice(BASES), [fixed.randrange(len(KEEP)) for _ in range(2)]) for _ in range(120)]
    told = [decide(_rewritten(base, steps), base, "0<x<1").equal for base, steps in pairs]

    assert told.count(False) == 0
    assert told.count(True) >= 0.8 * len(told)


NATURALS = st.integers(1, 60)


@given(NATURALS, NATURALS, st.sampled_from("+-"))
def test_square_roots_of_sums_of_square_roots(p: int, q: int, sign: str) -> None:
    nested, plain = f"sqrt({p + q} {sign} 2sqrt({p * q}))", f"|sqrt({p}) {sign} sqrt({q})|"

    assert decide(nested, plain).equal is True
    assert decide(f"{nested} + 10^-40", plain).equal is False


@pytest.mark.parametrize(
    ("left", "right", "domain"),
    [
        ("sqrt(x+2sqrt(x-1))", "1+sqrt(x-1)", "x>=1"),
        ("sqrt(x-2sqrt(x-1))", "|sqrt(x-1)-1|", "x>=1"),
        ("sqrt(x+y+2sqrt(x y))", "sqrt(x)+sqrt(y)", "x>0,y>0"),
        ("sinh(asinh(x))", "x", ""),
        ("e^asinh(x)", "x+sqrt(x^2+1)", ""),
        ("|x - sqrt(x^2+1)|", "sqrt(x^2+1) - x", ""),
        ("sqrt(2)^sqrt(2)", "2^(1/sqrt(2))", ""),
        ("e^(1/(1+sqrt(2)))", "e^(sqrt(2)-1)", ""),
    ],
)
def test_what_square_roots_hide(left: str, right: str, domain: str) -> None:
    assert decide(left, right, domain).equal is True
    assert decide(left, f"{right} + 10^-40", domain).equal is False
    assert decide(left, f"({right})*(1+10^-40)", domain).equal is False


def test_square_roots_hide_nothing_that_is_false() -> None:
    assert decide("sqrt(x-2sqrt(x-1))", "1-sqrt(x-1)", "x>=1").equal is False
    assert decide("sqrt(x+2sqrt(x-1))", "1+sqrt(x-1)").equal is True  # where the right side is real
    assert decide("|x - sqrt(x^2+1)|", "x - sqrt(x^2+1)").equal is False


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("cbrt(2+sqrt(5))+cbrt(2-sqrt(5))", "1"),
        ("cbrt(7+5sqrt(2))", "1+sqrt(2)"),
        ("cbrt(cbrt(2)-1)", "cbrt(1/9)-cbrt(2/9)+cbrt(4/9)"),  # Ramanujan's
        ("sqrt(cbrt(5)-cbrt(4))", "(cbrt(2)+cbrt(20)-cbrt(25))/3"),
        ("1/(cbrt(2)-1)", "1+cbrt(2)+cbrt(4)"),
        ("sqrt(10+2sqrt(6)+2sqrt(10)+2sqrt(15))", "sqrt(2)+sqrt(3)+sqrt(5)"),
        ("(2+sqrt(5))^(1/3)", "(1+sqrt(5))/2"),
        ("|1-sqrt(2)|^(-1/2)", "sqrt(1+sqrt(2))"),
    ],
)
def test_numbers_made_of_roots(left: str, right: str) -> None:
    assert decide(left, right).equal is True
    for apart in ("10^-40", "10^-400", "sqrt(2)/10^60"):
        assert decide(f"{left} + {apart}", right).equal is False
    with mpmath.workdps(60):
        assert abs(by_mpmath(f"{left} - ({right})", mpmath.mpf(0))) < mpmath.mpf(10) ** -55


def test_sums_of_square_roots_that_agree_to_many_digits_are_apart() -> None:
    near = "sqrt(10^8+1) + sqrt(10^8+4) + sqrt(10^8+9)"
    assert decide(near, "sqrt(10^8+2) + sqrt(10^8+3) + sqrt(10^8+9)").equal is False
    assert decide("sqrt(2)+sqrt(3)", "cbrt(31.14411)").equal is False
