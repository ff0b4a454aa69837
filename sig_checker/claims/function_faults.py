"""What a function did against the array contract, in sentences; and what is worth a remark but costs nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sig_checker.claims.observed import CURIOUS, Answer, Observed
from sig_checker.verdicts import Message, Report, Verdict

__all__ = ["contract_faults", "ended", "hints", "remarks", "repeats", "unusable"]

_INPUTS: Mapping[str, Message] = {
    "grid": Message("an array of two dimensions"),
    "square": Message("an array of two dimensions"),
    "cube": Message("an array of three dimensions"),
    "one": Message("an array of one element"),
    "singles": Message("an array of one element"),
    "tiled": Message("a large array"),
    "strided": Message("every second element of an array"),
    "empty": Message("an empty array"),
    "number": Message("a plain number"),
    "zero_d": Message("an array of no dimension"),
    "integers": Message("an array of integers"),
    "fixed_wide": Message("an array with inputs of size up to 700"),
    "fresh_wide": Message("an array with inputs of size up to 700"),
    "source_wide": Message("an array with inputs of size up to 700"),
    "fixed_far": Message("an array with inputs of size beyond 700"),
    "fresh_far": Message("an array with inputs of size beyond 700"),
    "source_far": Message("an array with inputs of size beyond 700"),
    "mixed": Message("an array with small and large inputs"),
}
_ONE_DIMENSION = Message("an array of one dimension")
_NUMBERS = frozenset({"float", "int", "complex", "bool", "numpy.float64", "numpy.float32", "numpy.complex128", "numpy.bool"})


def _input(answer: Answer) -> Message:
    return _INPUTS.get(answer.call, _ONE_DIMENSION)


def unusable(answer: Answer) -> Message | None:
    """Why there are no values to compare, or None if there are."""
    given = _input(answer)
    if answer.raised.endswith("MemoryError"):
        return Message("For {given} the function asks for more memory than there is.", given=given)
    if answer.raised == "SystemExit":
        return Message("For {given} the function ends the program instead of returning.", given=given)
    if answer.raised:
        text = answer.text or "-"
        return Message("For {given} the function raises {error}: {text}", given=given, error=answer.raised, text=text)
    if answer.values is not None and not answer.imaginary:
        return None
    if answer.imaginary:
        return Message("The function returns complex numbers whose imaginary parts are not zero.")
    if answer.type == "NoneType":
        if answer.printed:
            return Message("The function prints its result instead of returning it: `return` is missing.")
        return Message("The function returns None: is a `return` missing?")
    if answer.shape is None:
        if answer.type in _NUMBERS:
            return Message("For {given} the function returns one number ({type}), not an array.", given=given, type=answer.type)
        return Message("The function returns an object of type {type}, not a NumPy array.", type=answer.type)
    if answer.shape != answer.wanted:
        return _other_shape(answer)
    return Message("The function returns an array of dtype {dtype}, which holds no float64 values.", dtype=answer.dtype)


def _other_shape(answer: Answer) -> Message:
    return Message(
        "For an array of shape {given} the function returns one of shape {returned}; the shapes must be equal.",
        given=str(answer.wanted), returned=str(answer.shape),
    )  # fmt: skip


def contract_faults(seen: Observed) -> list[Message]:
    """Each kind of fault once, the gravest first, as the first call showed it."""
    answers = [x for x in seen.answers if x.call not in CURIOUS and x.values is not None]
    found = []
    for kind in (_not_an_array, _subclass, _dtype, _shape, _changed, _shares):
        fault = next((m for m in map(kind, answers) if m is not None), None)
        if fault is not None:
            found.append(fault)
    if seen.reused or any(x.shares_earlier for x in answers):
        found.append(Message("A later call writes into the array that an earlier one returned; each must return a new array."))
    return found


def _not_an_array(x: Answer) -> Message | None:
    if x.shape is not None:
        return None
    return Message("The function returns an object of type {type}, not a NumPy array.", type=x.type)


def _subclass(x: Answer) -> Message | None:
    return Message("The function returns a subclass of the NumPy array, not the array itself.") if x.subclass else None


def _dtype(x: Answer) -> Message | None:
    if x.shape is None or x.dtype == "float64":
        return None
    return Message("The function returns an array of dtype {dtype}; it must be float64.", dtype=x.dtype)


def _shape(x: Answer) -> Message | None:
    return None if x.shape is None or x.shape == x.wanted else _other_shape(x)


def _changed(x: Answer) -> Message | None:
    return Message("The function changes the array that it is given; the caller still needs it.") if x.changed else None


def _shares(x: Answer) -> Message | None:
    return Message("The function returns memory of the array that it is given, not a new array.") if x.shares else None


def hints(seen: Observed) -> list[Message]:
    """For a function that gives nothing for an array: what it does give something for."""
    number, small = seen.answer("number"), seen.answer("small")
    if number is not None and number.values is not None and small is not None and small.raised:
        return [Message("It answers a single number; it is called with arrays, so use NumPy's functions and `np.where`.")]
    return []


def repeats(seen: Observed) -> bool:
    """Whether the second call with the same array gave the same bits."""
    first, second = seen.answer("fixed"), seen.answer("fixed_again")
    return first is None or second is None or list(map(str, first.values or ())) == list(map(str, second.values or ()))


def remarks(seen: Observed, wrong: Collection[str]) -> list[Message]:
    """Sentences that cost nothing. `wrong`: the ids of curious calls that gave wrong values."""
    found = []
    for answer in seen.answers:
        if answer.call not in CURIOUS:
            continue
        given = _input(answer)
        if answer.raised:
            found.append(Message("For {given} it raises {error}, which costs nothing.", given=given, error=answer.raised))
        elif answer.call in wrong:
            found.append(Message("For {given} its values are wrong, which costs nothing.", given=given))
    main = [x for x in (seen.answer("fixed"), seen.answer("fixed_wide"), seen.answer("fixed_far")) if x is not None]
    warned = list(dict.fromkeys(w for x in main for w in x.warned))
    if warned:
        found.append(Message("NumPy warns on the way, which costs nothing: {warnings}", warnings="; ".join(warned[:3])))
    if any(x.printed for x in main):
        found.append(Message("The function prints when it is called, which costs nothing."))
    if seen.left_running:
        found.append(Message("The function left {count} processes running, which were ended.", count=seen.left_running))
    if not repeats(seen):
        found.append(Message("The last digits differ from one call to the next."))
    return found


def ended(fault: Mapping[str, Any]) -> Report:
    """The report where there was nothing to call, or where calling came to an end before its time."""
    kind = fault["kind"]

    def text(name: str) -> str:
        value = fault.get(name)
        return value[:300] if isinstance(value, str) else str(value)[:40]

    unreadable: Mapping[str, Message] = {
        "not_callable": Message("What was handed in is not a function but an object of type {type}.", type=text("type")),
        "empty": Message("The answer is empty: there is no function."),
        "missing": Message("The answer does not define a function named {name}.", name=text("name")),
        "syntax": Message("The answer is not Python: {text} (line {line}).", text=text("text"), line=text("line")),
        "source_raised": Message("Running the answer raises {error}: {text}", error=text("type"), text=text("text") or "-"),
    }
    refuted: Mapping[str, Message] = {
        "slow": Message("The function is too slow: the calls took more than {seconds} seconds.", seconds=text("seconds")),
        "timeout": Message("The function does not end: it was stopped after {seconds} seconds.", seconds=text("seconds")),
        "memory": Message("The function asks for more memory than there is."),
        "exit": Message("The function ends the whole process (exit status {code}) instead of returning.", code=text("code")),
        "forked": Message("The function divides its process (os.fork) and comes back in both; it must return once."),
        "signal": Message("The function brings the whole process down ({name}).", name=text("name")),
        "flood": Message("The function writes more than can be read; it was stopped."),
    }
    if kind in unreadable:
        return Report(Verdict.UNREADABLE, unreadable[kind])
    if kind in refuted:
        return Report(Verdict.REFUTED, refuted[kind], contract=False)
    return Report(Verdict.UNDECIDED, Message("The function could not be observed: {kind}.", kind=kind[:80]))
