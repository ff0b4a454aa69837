"""How reports become points. No mathematics here: a report's facts go in, a share of the points comes out."""

from __future__ import annotations

from fractions import Fraction

from sig_checker.verdicts import Report, Verdict

__all__ = ["UNSTABLE", "points", "share"]

UNSTABLE = Fraction(4, 5)  # right where it counts, overflowing or wrong far out
AGAINST_CONTRACT = Fraction(1, 2)  # right values, in the wrong shape or type, or with the input changed
CARRIED_FORWARD = Fraction(1, 2)  # the method is right, the derivative it starts from is not
_NOTHING = Fraction(0)
STEPS_AT_MOST = Fraction(1, 2)  # for the true beginning of a chain that goes wrong


def share(report: Report) -> Fraction:
    """The share of the task's points that the report is worth, between 0 and 1.

    >>> from sig_checker.verdicts import Message, Portion
    >>> share(Report(Verdict.REFUTED, Message(""), portion=Portion("places", 1, 2)))
    Fraction(1, 2)
    """
    if report.verdict is Verdict.PROVED:
        return Fraction(1)
    if report.verdict is Verdict.MEASURED:
        whole = Fraction(1) if report.contract is not False else AGAINST_CONTRACT
        return min(whole, Fraction(1) if report.stable is not False else UNSTABLE)
    if report.verdict is not Verdict.REFUTED:
        return _NOTHING
    earned = _NOTHING
    if report.portion is not None and report.portion.total > 0:
        part = Fraction(report.portion.right, report.portion.total)
        earned = min(part, STEPS_AT_MOST) if report.portion.of == "steps" else part
    if report.carried_forward:
        earned = max(earned, CARRIED_FORWARD)
    return earned


def points(report: Report, max_points: float) -> float:
    """Points of the report as a plain float in [0, max_points], rounded to a hundredth."""
    if report.verdict is Verdict.PROVED:
        return float(max_points)
    earned = share(report)
    return min(float(max_points), float(round(earned * Fraction(max_points), 2))) if earned else 0.0
