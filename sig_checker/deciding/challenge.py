"""The challenge for a function: at which points, in which arrays and in which order it is called. Data only, drawn from a seed.

Both sides draw the same plan from the same seed, so a report of observations names the seed and repeats no inputs. Doubles
travel as the base64 of their little-endian bytes: no decimal, no rounding, the sign of zero kept.
"""

from __future__ import annotations

import base64
import binascii
import math
import random
import struct
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

__all__ = ["CORE", "FORMAT", "NEAR", "PLAIN_UPSTREAM", "Points", "draw_plan", "fixed_points", "inputs", "pack", "unpack"]

FORMAT = 1
NEAR = 170.0  # up to here exp(4|z|) times PLAIN_UPSTREAM does not overflow, so that every usual formula can be computed
CORE = 700.0  # up to here exp(|z|) itself times PLAIN_UPSTREAM does not overflow
PLAIN_UPSTREAM = 1000.0
LARGEST = math.ldexp(2 - 2.0**-52, 1023)
SMALLEST = math.ldexp(1.0, -1074)
LARGE = 4096  # of the largest array; a table of LARGE x LARGE doubles, which some will build, is 128 MB
MOST_DOUBLES = 1 << 16  # that one packed array may hold

Points = tuple[tuple[float, ...], ...]  # one tuple of doubles per parameter, all of the same length


def pack(values: Iterable[float], shape: Sequence[int] | None = None) -> dict[str, Any]:
    """Doubles as JSON-able data, bit for bit.

    >>> pack([0.25])
    {'dtype': '<f8', 'shape': [1], 'data': 'AAAAAAAA0D8='}
    """
    listed = list(values)
    data = base64.b64encode(struct.pack(f"<{len(listed)}d", *listed)).decode("ascii")
    return {"dtype": "<f8", "shape": [len(listed)] if shape is None else list(shape), "data": data}


def unpack(record: object) -> tuple[float, ...]:
    """The doubles in a packed record, flat; ValueError says what is wrong with it.

    >>> unpack(pack([-0.0, float("inf")]))
    (-0.0, inf)
    """
    if not isinstance(record, Mapping) or record.get("dtype") != "<f8":
        raise ValueError("no packed doubles")
    data, shape = record.get("data"), record.get("shape")
    if not isinstance(data, str) or not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("packed doubles without data or shape")
    if len(data) > MOST_DOUBLES * 11:
        raise ValueError("too many packed doubles")
    try:
        raw = base64.b64decode(data.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError(f"packed doubles that are not base64: {error}") from None
    if len(raw) != 8 * math.prod(shape):
        raise ValueError(f"{len(raw)} bytes for the shape {shape}")
    return struct.unpack(f"<{len(raw) // 8}d", raw)


def inputs(call: Mapping[str, Any]) -> Points:
    """The points of a planned call, one tuple per parameter."""
    return tuple(_input(array["data"], *array["shape"]) for array in call["arrays"])


@lru_cache(maxsize=256)  # all submissions of a run are called at the same points
def _input(data: str, *shape: int) -> tuple[float, ...]:
    return unpack({"dtype": "<f8", "shape": list(shape), "data": data})


@lru_cache(maxsize=8)
def fixed_points(parameters: int) -> tuple[Points, Points, Points]:
    """The points of the reported figures, the same in every run: |z| up to 170, up to 700, beyond.

    Plain numbers come first, so that a witness is one that a person can check.
    """
    near = [1.0, 2.0, -1.0, -2.0, 0.0, 0.5, -0.5, 3.0, -3.0, 5.0, -5.0, 10.0, -10.0, 20.0, -20.0, 50.0, -50.0, 100.0, -100.0]
    near += [-0.0, 36.5, 37.0, -37.0, NEAR, -NEAR]
    halvings = (2, 3, 5, 8, 13, 20, 26, 27, 30, 52, 53, 54, 60, 300, 1022, 1060, 1074)
    near += [s * math.ldexp(1.0, -k) for k in halvings for s in (1, -1)]
    source = random.Random("fixed points of sig-checker")
    near += [_uniform(source, -8, 8) for _ in range(160)]
    near += [_uniform(source, -45, 45) for _ in range(96)]
    near += [_uniform(source, -NEAR, NEAR) for _ in range(24)]
    wide = [300.0, -300.0, 354.5, -354.5, 500.0, -500.0, CORE, -CORE]
    wide += [s * _uniform(source, NEAR, CORE) for _ in range(16) for s in (1, -1)]
    far = [CORE + 0.5, 708.0, 709.7, 709.8, 710.5, 745.1, 745.2, 746.0, 1000.0, 1e4, 1e6, 1e10, 1e15, 1e100, 1e153, 1e155]
    far += [1e300, 1e308, LARGEST, math.inf]
    far = [s * z for z in far for s in (1, -1)]
    if parameters == 1:
        return (tuple(near),), (tuple(wide),), (tuple(far),)
    upstream = [[_upstream(source) for _ in part] for part in (near, wide, far)]
    upstream[0][:6] = [1.0, 2.0, 3.0, -1.0, 1.0, 0.5]
    for size in [10.0**k for k in range(4, 308, 16)] + [1e308, LARGEST]:  # these may overflow on the way, but not be wrong
        upstream[2] += [size, -size]
        far += [0.5, -3.0]
    return tuple((tuple(u), tuple(z)) for u, z in zip(upstream, (near, wide, far), strict=True))  # type: ignore[return-value]


def draw_plan(seed: str, names: Sequence[str], *, seconds: float = 20.0) -> dict[str, Any]:
    """The challenge for a function that is called with one array per name, by position; the last one is the input z.

    The plan is shared by all who draw it and must not be changed.

    Args:
        seed: the same seed draws the same plan; use another for each run.
        seconds: how long the probe goes on; between two calls it stops when they are over.

    >>> plan = draw_plan("1", ("z",))
    >>> plan == draw_plan("1", ("z",)), plan == draw_plan("2", ("z",))
    (True, False)
    """
    return _draw(seed, tuple(names), seconds)


@lru_cache(maxsize=32)
def _draw(seed: str, names: tuple[str, ...], seconds: float) -> dict[str, Any]:
    n = len(names)
    source = random.Random(f"sig-checker challenge {seed}")
    near, wide, far = fixed_points(n)
    fresh = _join(n, source, [_around_zero(source) for _ in range(96)] + [_uniform(source, -45, 45) for _ in range(56)]
                  + [_any_size(source, SMALLEST, NEAR) for _ in range(56)])  # fmt: skip
    fresh_wide = _join(n, source, [_any_size(source, NEAR, CORE) for _ in range(16)])
    fresh_far = _join(n, source, [_any_size(source, CORE, LARGEST) for _ in range(24)] + [math.inf, -math.inf])
    shapes = _join(n, source, [_around_zero(source) for _ in range(128)])
    singles = _shuffled(source, _chain(_cut(near, 0, 24), _cut(fresh, 64, 96)))
    block = _cut(_shuffled(source, _chain(near, shapes)), 0, 256)
    tiles = LARGE // 256 + source.randrange(1, 4)

    def call(name: str, form: str, points: Points, shape: Sequence[int] | None = None, **more: Any) -> dict[str, Any]:
        return {"id": name, "form": form, "arrays": [pack(x, shape) for x in points], **more}

    calls = [
        call("small", "array", _cut(near, 0, 3)),
        call("fixed", "array", near),
        call("other", "array", _shuffled(source, near)),  # the same size: a reused buffer shows
        call("fixed_again", "array", near),
        call("fixed_wide", "array", wide),
        call("fixed_far", "array", far),
        call("fresh", "array", fresh),
        call("fresh_wide", "array", fresh_wide),
        call("fresh_far", "array", fresh_far),
        call("mixed", "array", _shuffled(source, _chain(fresh, fresh_wide, fresh_far))),
        call("one", "array", _cut(shapes, 0, 1)),
        call("two", "array", _cut(shapes, 1, 3)),
        call("strided", "strided", _cut(shapes, 104, 121)),
        call("singles", "singles", singles),
        call("tiled", "tiled", block, tiles=tiles),
        call("source", "source", tuple((1.0, -2.5, 0.375, 40.0) for _ in range(n - 1))),
        call("grid", "array", _cut(shapes, 3, 80), (7, 11)),
        call("square", "array", _cut(shapes, 80, 105), (5, 5)),
        call("cube", "array", _cut(shapes, 80, 104), (2, 3, 4)),
        call("number", "number", _cut(near, 0, 1)),
        call("zero_d", "array", _cut(near, 0, 1), ()),
        call("integers", "integers", tuple((1.0, 2.0, -1.0, 0.0, 3.0) for _ in range(n))),
        call("empty", "array", tuple(() for _ in range(n))),
    ]
    return {"format": FORMAT, "seed": seed, "names": list(names), "seconds": seconds, "edges": [NEAR, CORE], "calls": calls}


def _join(parameters: int, source: random.Random, z: list[float]) -> Points:
    return (*(tuple(_upstream(source) for _ in z) for _ in range(parameters - 1)), tuple(z))


def _chain(*parts: Points) -> Points:
    return tuple(tuple(x for column in columns for x in column) for columns in zip(*parts, strict=True))


def _cut(points: Points, start: int, stop: int) -> Points:
    return tuple(x[start:stop] for x in points)


def _uniform(source: random.Random, low: float, high: float) -> float:
    return low + (high - low) * source.random()


def _around_zero(source: random.Random) -> float:
    return _uniform(source, -1, 1) * math.exp2(_uniform(source, -3, 3.5))


def _any_size(source: random.Random, low: float, high: float) -> float:
    size = min(max(math.exp2(_uniform(source, math.log2(low), math.log2(high) - 1e-9)), low), high)
    return size if source.random() < 0.5 else -size


def _upstream(source: random.Random) -> float:
    """Mostly plain sizes; now and then zero or as small as a double gets."""
    kind = source.random()
    if kind < 0.04:
        return 0.0 if kind < 0.03 else -0.0
    if kind < 0.12:
        return _any_size(source, SMALLEST, 1.0)
    return _any_size(source, 2.0**-10, PLAIN_UPSTREAM)


def _shuffled(source: random.Random, points: Points) -> Points:
    order = sorted(range(len(points[-1])), key=[source.random() for _ in points[-1]].__getitem__)
    return tuple(tuple(x[i] for i in order) for x in points)
