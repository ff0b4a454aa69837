"""How the right answers of the exercise may be spelled: what no release and no hint may hold."""

from __future__ import annotations

import re

__all__ = ["SPELLINGS", "squeezed"]

# Spellings of right answers, as `squeezed` leaves them.
SPELLINGS = {
    "the derivative": [
        "a(1-a)", "(1-a)a", "a-a^2", "a-a²", "σ(z)(1-σ(z))", "(1-σ(z))σ(z)", "σ(z)-σ(z)^2", "σ(z)σ(-z)", "σ(1-σ)", "s(1-s)",
        "sigmoid(z)(1-sigmoid(z))", "e^-z/(1+e^-z)^2", "e^-z/(e^-z+1)^2", "exp(-z)/(1+exp(-z))^2", "e^z/(1+e^z)^2",
        "e⁻ᶻ/(1+e⁻ᶻ)",
        "\\frac{e^-z}{(1+e^-z)^2}", "\\frac{e^-z}{(e^-z+1)^2}", "\\frac{e^z}{(1+e^z)^2}", "sech", "cosh", "tanh", "expit",
        "np.exp", "sp.diff", "t/(1+t)", "1-1/(1+e^-z)", "1-\\frac{1}{1+e^-z}", "-(-1)e^-z",
    ],
    "the second derivative": ["(1-2a)", "1-2σ", "2a^3", "3a^2", "sinh", "(e^-z-1)", "(1-e^z)", "(1-e^-z)"],
    "the largest value": ["0.25", ".25", "1/4", "\\frac14", "\\frac{1}{4}", "rational(1,4)", "¼", "4분의1", "quarter"],
    "where it is smallest": ["±∞", "[-oo,oo]", '"-oo","oo"]', '["oo"', "-\\infty,\\infty", "inf]"],
    "the probabilities": ["[0,1]", "1/2", "0.5", "\\frac12", "\\frac{1}{2}", "½", "2분의1", "절반인확률"],
    "the rubric": ["채점기준", "모범답안", "rubric", "기울기소실", "vanishing", "가장불확실함을", "markscheme"],
    "the regions": ["beginsolution", "endsolution"],
}  # fmt: skip


def squeezed(text: str) -> str:
    """Text without what writers vary: blanks, product signs, sizes of brackets, names for σ."""
    text = text.lower().replace("**", "^").replace("−", "-").replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
    text = re.sub(r"\\left|\\right|\\cdot|\\times|\\,|\\;|\\!|\\displaystyle|[\s*·×]", "", text)
    text = re.sub(r"\^\{([^{}]*)\}|\^\(([^()]*)\)", lambda m: "^" + (m[1] or m[2]), text)
    return text.replace("\\sigma", "σ").replace("sigma", "σ")
