"""What is said of each slip: which step breaks, and why. It holds for any function, and never shows the right result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sig_checker.verdicts import Message

__all__ = ["BREAKS", "LAST_STEP", "SLIPS", "STEPS", "Rule"]

# name -> the step that it breaks, for the student; never the right result
SLIPS: Mapping[str, Message] = {
    "sign": Message("a sign is wrong; follow every minus sign through each rule that was used, the inner function's too"),
    "missing_inner_derivative": Message("the chain rule's inner derivative is missing; the outer one alone was differentiated"),
    "missing_square": Message("a square is missing; where a quotient or 1/v is differentiated, the denominator is squared"),
    "square_of_sum": Message("the square of a sum was taken term by term, which loses twice the product of the terms"),
    "missing_factor": Message("a factor is missing; go through the lines and look where one is lost"),
    "extra_factor": Message("there is a factor too many; go through the lines and look where it comes in"),
    "constant_factor": Message("a constant factor is wrong; look at the coefficients and the exponents that come down"),
    "wrong_variable": Message("the derivative was taken with respect to the value of the function, not to its input"),
    "wrong_argument": Message("the argument of the function is wrong; the input stands in it with another factor or sign"),
    "not_differentiated": Message("a differentiation was left out; a function stands where its derivative belongs"),
    "antiderivative": Message("the function was integrated instead of differentiated"),
    "tanh_derivative": Message("this is the pattern of the derivative of tanh, which is another function"),
    "evaluated_at_point": Message("this is a single number; the derivative is a function, with a value for every input"),
    "missing_upstream": Message("the upstream gradient is missing; without it the loss has no part in the answer"),
    "added_upstream": Message("the upstream gradient was added where the chain rule multiplies"),
    "missing_local_gradient": Message("the local gradient is missing; the upstream gradient was passed on unchanged"),
    "takes_activation": Message("the input was used where the value of the function belongs"),
    "finite_difference": Message("this is a difference quotient, close to the derivative; its limit was not taken"),
    "restated": Message("the question was written again instead of being worked out"),
    "reciprocal": Message("numerator and denominator changed places"),
    "quotient_rule": Message("the quotient rule (u/v)' = (u'v - uv')/v² was not followed; compare it part by part"),
    "product_rule": Message("the product rule (uv)' = u'v + uv' was not followed; it has two terms, each with one derivative"),
    "extra_upstream": Message("the upstream gradient stands in the answer; the derivative of the function alone is asked for"),
    "swapped_arguments": Message("the upstream gradient and the input changed places"),
    "divided_upstream": Message("the upstream and the local gradient were divided where the chain rule multiplies"),
    "subtracted_upstream": Message("the upstream gradient and the local one were subtracted where the chain rule multiplies"),
    "squared_local_gradient": Message("the local gradient was multiplied in twice; the gradient passes through the node once"),
    "additive_constant": Message("a constant was added; when constants are differentiated they vanish"),
    "differentiated_twice": Message("the function was differentiated once more than asked"),
    "missing_brackets": Message("brackets are missing; as it is typed, only what stands next to the sign is divided or raised"),
    "squared_upstream": Message("the upstream gradient was multiplied in twice; it stands once in the chain rule"),
    "rounded_e": Message("e was rounded to a decimal; write e itself"),
    "power_rule": Message("the power rule was applied by half; the exponent comes down as a factor and becomes one less"),
    "other_parameters": Message("this is right for other values of the parameters; look which function is your own"),
}

# the way to a derivative, in steps that any function's has; the last one is for the gradient that is passed on
STEPS = (
    Message("differentiate the outer function"),
    Message("differentiate the inner function"),
    Message("put the parts together by the rule"),
    Message("simplify"),
    Message("multiply by the upstream gradient"),
)
_OUTER, _INNER, _TOGETHER, _SIMPLIFY, LAST_STEP = range(5)


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule that a step follows, in letters that stand for any function."""

    plain: str
    latex: str


_CHAIN = Rule("(f(v))' = f'(v)·v'", r"\bigl(f(v)\bigr)' = f'(v)\, v'")
_ONE_OVER = Rule("(1/v)' = -v'/v²", r"\left(\frac{1}{v}\right)' = -\frac{v'}{v^2}")
_POWER = Rule("(vⁿ)' = n·vⁿ⁻¹·v'", r"(v^n)' = n\, v^{n-1}\, v'")
_PASSED_ON = Rule(
    "∂L/∂z = ∂L/∂a · ∂a/∂z",
    r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial a} \cdot \frac{\partial a}{\partial z}",
)

# name -> the steps that it breaks, and the rule to hold them against; nothing where the mistake is of another kind
BREAKS: Mapping[str, tuple[tuple[int, ...], Rule | None]] = {
    "sign": ((_OUTER, _INNER), None),
    "missing_inner_derivative": ((_INNER,), _CHAIN),
    "missing_square": ((_OUTER,), _ONE_OVER),
    "square_of_sum": ((_SIMPLIFY,), Rule("(p + q)² = p² + 2pq + q²", r"(p+q)^2 = p^2 + 2pq + q^2")),
    "missing_factor": ((_TOGETHER,), _CHAIN),
    "extra_factor": ((_TOGETHER,), _CHAIN),
    "constant_factor": ((_OUTER,), _POWER),
    "wrong_variable": ((_INNER,), _CHAIN),
    "wrong_argument": ((_TOGETHER,), _CHAIN),
    "not_differentiated": ((_OUTER,), None),
    "antiderivative": ((_OUTER,), None),
    "finite_difference": ((_OUTER,), None),
    "reciprocal": ((_SIMPLIFY,), None),
    "quotient_rule": ((_TOGETHER,), Rule("(u/v)' = (u'v - uv')/v²", r"\left(\frac{u}{v}\right)' = \frac{u'v - uv'}{v^2}")),
    "product_rule": ((_TOGETHER,), Rule("(uv)' = u'v + uv'", r"(uv)' = u'v + uv'")),
    "additive_constant": ((_INNER,), Rule("(v + c)' = v'", r"(v + c)' = v'")),
    "power_rule": ((_OUTER,), _POWER),
    **dict.fromkeys(
        ("missing_upstream", "added_upstream", "divided_upstream", "subtracted_upstream", "missing_local_gradient",
         "squared_local_gradient", "squared_upstream", "swapped_arguments"), ((LAST_STEP,), _PASSED_ON),
    ),
}  # fmt: skip
