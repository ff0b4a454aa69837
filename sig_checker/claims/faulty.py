"""What faulty rules make of a derivative: the mistakes of practice, carried out on the function at hand."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from sig_checker.claims.forms import in_terms_of, mutants, usual_forms, without_brackets
from sig_checker.deciding.differentiate import derivative
from sig_checker.deciding.identities import compare
from sig_checker.expressions import Add, Call, Div, Expr, Mul, Neg, Num, Pow, Var, free_names, num, rebuild, replace_names

__all__ = ["UPSTREAM", "factors", "faulty", "faulty_backprops"]

UPSTREAM = Var("upstream")
_ONE = num(1)


def factors(function: Expr, variable: str) -> list[Expr]:
    """What may be a factor too many or one that is missing."""
    z = Var(variable)
    exps = [Call("exp", (z,)), Call("exp", (Neg(z),))]
    sums = [Add((_ONE, x)) for x in (Neg(function), function, *exps)]
    return [*exps, function, *sums, z, derivative(function, variable)]


def faulty(f: Expr, v: str, order: int, truth: Expr) -> Iterator[tuple[str, Expr]]:
    """What the usual mistakes make of the derivative, the commonest first."""
    z = Var(v)
    lower = f if order == 1 else derivative(f, v, order - 1)
    first = derivative(f, v)
    yield "sign", Neg(truth)
    yield "not_differentiated", lower
    in_a = in_terms_of(truth, f, "a")
    if in_a is not None:
        yield "takes_activation", replace_names(in_a, {"a": z})
    if order == 1 and compare(first, Add((_ONE, Neg(Pow(f, num(2)))))).equal is False:
        yield "tanh_derivative", Add((_ONE, Neg(Pow(f, num(2)))))
    of_tanh = derivative(Call("tanh", (z,)), v, order)
    if compare(truth, of_tanh).equal is False:
        yield "tanh_derivative", of_tanh
    if order > 1:
        yield "missing_inner_derivative", Div(truth, first)
    bases = (lower, *usual_forms(lower), *_in_factors(lower, f))
    for base in bases:
        yield "missing_inner_derivative", _without_inner(base, v)
    yield "wrong_variable", Div(derivative(truth, v), first)
    for base in bases:
        yield from (x for x in _broken_rules(base, v) if x[0] == "missing_square")
    forms = usual_forms(truth)
    if in_a is not None:
        forms.append(replace_names(in_a, {"a": f}))
    for wanted in ("missing_square", "square_of_sum", "sign"):
        for form in forms:
            for name, wrong in mutants(form):
                if name == wanted:
                    yield name, wrong
    for base in bases:
        yield from (x for x in _broken_rules(base, v) if x[0] != "missing_square")
    yield "differentiated_twice", derivative(truth, v)
    yield "reciprocal", Div(_ONE, truth)
    for scale in (num(2), Num(Fraction(1, 2)), num(-1)):
        yield "wrong_argument", replace_names(truth, {v: Mul((scale, z))})
    for digits in range(1, 9):
        h = Num(Fraction(1, 10**digits))
        ahead, behind = replace_names(lower, {v: Add((z, h))}), replace_names(lower, {v: Add((z, Neg(h)))})
        yield "finite_difference", Div(Add((ahead, Neg(lower))), h)
        yield "finite_difference", Div(Add((lower, Neg(behind))), h)
        yield "finite_difference", Div(Add((ahead, Neg(behind))), Mul((num(2), h)))
    for form in forms:
        for misread in without_brackets(form, v):
            yield "missing_brackets", misread


def _in_factors(e: Expr, f: Expr) -> list[Expr]:
    """Products of polynomials in f that are equal to `e`, such as f(1 - f), to which the product rule is applied."""
    polynomial = None if e == f else in_terms_of(e, f, "a")
    if polynomial is None:
        return []
    plain = [form.arg if isinstance(form, Neg) else form for form in usual_forms(polynomial)]
    products = [tuple(replace_names(x, {"a": f}) for x in form.args) for form in plain if isinstance(form, Mul)]
    return [Mul(x) for args in products for x in (args, (Neg(args[0]), *args[1:]))]


def _without_inner(e: Expr, v: str) -> Expr:
    """The outermost rule applied, and the inner function's derivative left out."""
    inside = Var("_inner")
    if isinstance(e, Div) and not free_names(e.over) & {v}:
        return replace_names(derivative(Div(e.over, inside), "_inner"), {"_inner": e.under})
    if isinstance(e, Pow) and not free_names(e.exponent) & {v}:
        return replace_names(derivative(Pow(inside, e.exponent), "_inner"), {"_inner": e.base})
    if isinstance(e, Call) and len(e.args) == 1:
        return replace_names(derivative(Call(e.name, (inside,)), "_inner"), {"_inner": e.args[0]})
    if isinstance(e, Neg):
        return Neg(_without_inner(e.arg, v))
    return rebuild(e, lambda x: _without_inner(x, v)) if isinstance(e, Add) else derivative(e, v)


def _broken_rules(e: Expr, v: str) -> Iterator[tuple[str, Expr]]:
    if isinstance(e, Div):
        over, under = derivative(e.over, v), derivative(e.under, v)
        left, right = Mul((over, e.under)), Mul((e.over, under))
        square = Pow(e.under, num(2))
        yield "missing_square", Div(Add((left, Neg(right))), e.under)
        yield "quotient_rule", Div(Add((left, right)), square)
        yield "quotient_rule", Div(over, under)
        yield "quotient_rule", Div(left, square)
        yield "not_differentiated", Div(Add((left, Neg(e.over))), square)
        if v in free_names(e.over) and v in free_names(e.under):  # z/(1+e^-z) is read as z·σ(z) by many
            inverse = derivative(Div(_ONE, e.under), v)
            yield "product_rule", Mul((over, inverse))
            yield "product_rule", Mul((e.over, inverse))
    if isinstance(e, Pow) and v not in free_names(e.exponent):
        inner = derivative(e.base, v)
        yield "power_rule", Mul((e.exponent, e, inner))
        yield "power_rule", Mul((Pow(e.base, Add((e.exponent, Num(Fraction(-1))))), inner))
    if isinstance(e, Mul) and len(e.args) == 2:
        yield "product_rule", Mul((derivative(e.args[0], v), derivative(e.args[1], v)))
        yield "product_rule", Mul((derivative(e.args[0], v), e.args[1]))
        yield "product_rule", Mul((e.args[0], derivative(e.args[1], v)))


def faulty_backprops(function: Expr, local: Expr, variable: str) -> Iterator[tuple[str, Expr]]:
    """What the mistakes with the upstream gradient make of its product with the local gradient."""
    yield "missing_local_gradient", UPSTREAM
    yield "added_upstream", Add((UPSTREAM, local))
    yield "subtracted_upstream", Add((UPSTREAM, Neg(local)))
    yield "divided_upstream", Div(UPSTREAM, local)
    yield "divided_upstream", Div(local, UPSTREAM)
    yield "squared_local_gradient", Mul((UPSTREAM, local, local))
    yield "squared_upstream", Mul((UPSTREAM, UPSTREAM, local))
    yield "sign", Mul((Call("abs", (UPSTREAM,)), local))
    yield "not_differentiated", Mul((UPSTREAM, function))
    yield "swapped_arguments", Mul((Var(variable), replace_names(local, {variable: UPSTREAM})))
