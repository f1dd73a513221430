"""The compiled engine's kernels: `LANES` runs at a time, in vector registers.

These functions are templates. The upper-case names, `compute`, `update` and what else is None
below are constants of one combination of objective and method; `descent.engine.compiled_engine`
fills them in and compiles. Arrays hold a run per column: `x` (dimension, runs), `state` (dimension
× states, runs), coordinate by coordinate, `hyper` (parameters of the method, runs).

Backpropagation stands twice: here, and in `descent.core.networks` in plain NumPy, to be read.
`test_engines.test_engines_agree_bit_for_bit_on_trainings` holds the two together.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from descent.core.elementary import exp, log
from descent.core.networks import SPAN, rectified
from descent.core.rotation import turn, turn_back
from descent.core.statuses import BUDGET, DIVERGED, REACHED
from descent.engine.ladders import NEVER
from descent.engine.simd import (
    VECTOR_WIDTH,
    add_samples,
    lane_array,
    lanes_where,
    like,
    load,
    lowest_bit,
    multiply_samples,
    repeat,
    samples,
    store,
)

compute = update = formula = propagate_group = propagate_one = None
run_block = settle = cross = keep = note = bound = None
LANES = VECTOR_WIDTH
DIMENSION = STATES = HYPERPARAMETERS = UNITS = WEIGHTS = SAMPLES = 0
LAYERS = ()

NO_DEADLINE = 2**62
LARGEST_FINITE = np.finfo(float).max

# Samples of each run that a vector holds.
GROUP = 2


def feed_forward(theta, a, inputs, first):
    """Fill `a` with each unit's output for some samples, from their inputs to their logits.

    Parameters
    ----------
    theta : sequence
        Parameters W1, ..., Wk, b1, ..., bk, weights by rows.
    a : mutable sequence
        Filled, layer after layer; how many samples a vector of it holds is how many are taken.
    inputs : array
        Each sample's inputs.
    first : int
        The first of the samples.
    """
    for i in range(LAYERS[0]):
        a[i] = samples(inputs, first, i, theta[0], a[0])
    weight, bias, unit = 0, WEIGHTS, 0
    for layer in range(1, len(LAYERS)):
        size, outputs = LAYERS[layer - 1], LAYERS[layer]
        for j in range(outputs):
            z = like(theta[bias + j], a[0])
            for i in range(size):
                z = z + theta[weight + j * size + i] * a[unit + i]
            if layer < len(LAYERS) - 1:
                z = rectified(z, z)
            a[unit + size + j] = z
        weight += size * outputs
        bias += outputs
        unit += size


def propagate(theta, g, inputs, targets, first):
    """Add the gradient of the cross-entropy of SAMPLES samples to `g`, by backpropagation.

    Parameters
    ----------
    theta, inputs, first
        As in `feed_forward`.
    g : mutable sequence
        The gradient.
    targets : array
        For each sample 1 for its class and 0 for the others.

    Returns
    -------
    total, excess : Lanes
        For each sample the sum of exponentials, and its class's logit less the largest: the
        cross-entropy is log(total) - excess.
    """
    a = lane_array(repeat(theta[0], SAMPLES), UNITS)  # each unit's output
    d = lane_array(a[0], UNITS)  # the loss's derivative by each unit's input
    feed_forward(theta, a, inputs, first)
    unit, weight, bias = UNITS - LAYERS[-1], WEIGHTS, DIMENSION

    # The largest logit's exponential is 1, so that one less is computed than there are classes:
    # each logit in turn meets the largest before it, and the smaller of both goes to `d`.
    classes = LAYERS[-1]
    largest = a[unit]
    for j in range(unit + 1, unit + classes):
        wins = a[j] > largest
        d[j] = np.where(wins, largest, a[j])
        largest = np.where(wins, a[j], largest)
    share = 1.0
    for j in range(unit + classes - 1, unit, -1):
        smaller = exp(d[j] - largest)
        lost = a[j] == d[j]
        d[j] = np.where(lost, smaller, share)
        share = np.where(lost, share, smaller)
    d[unit] = share
    total = d[unit]
    for j in range(unit + 1, unit + classes):
        total = total + d[j]
    scale = 1.0 / total
    excess = a[unit]
    for j in range(classes):
        target = samples(targets, first, j, theta[0], a[0])
        d[unit + j] = d[unit + j] * scale - target
        excess = np.where(target > 0.0, a[unit + j], excess)

    for layer in range(len(LAYERS) - 1, 0, -1):
        size, outputs = LAYERS[layer - 1], LAYERS[layer]
        weight -= size * outputs
        bias -= outputs
        previous = unit - size
        for j in range(outputs):
            g[bias + j] = add_samples(g[bias + j], d[unit + j])
            for i in range(size):
                k = weight + j * size + i
                g[k] = add_samples(g[k], d[unit + j] * a[previous + i])
        if layer > 1:
            for i in range(size):
                slope = theta[weight + i] * d[unit]
                for j in range(1, outputs):
                    slope = slope + theta[weight + j * size + i] * d[unit + j]
                d[previous + i] = rectified(a[previous + i], slope)
        unit = previous
    return total, excess - largest


def network_constants(layers):
    """Return what the functions above and below need to know of a network."""
    weights = sum(inputs * units for inputs, units in pairwise(layers))
    return {"LAYERS": tuple(layers), "UNITS": sum(layers), "WEIGHTS": weights}


def network_loss(theta, g, inputs, targets):
    """Compute the cross-entropy of all samples, and its gradient: the network's objective.

    A group of samples is taken at a time, which saves loads and stores of parameters and
    gradient; then those left over, one by one.
    """
    finite = 0.0 * theta[0]
    for i in range(len(theta)):
        g[i] = -0.0
        finite = finite + 0.0 * theta[i]
    logarithms = excesses = finite  # zero, or NaN if a parameter is not finite
    for span in range(0, len(inputs), SPAN):
        end = min(span + SPAN, len(inputs))
        whole = end - end % GROUP
        product = like(1.0, theta[0])
        for first in range(span, whole, GROUP):
            totals, excess = propagate_group(theta, g, inputs, targets, first)
            product = multiply_samples(product, totals)
            excesses = add_samples(excesses, excess)
        for first in range(whole, end):
            total, rest = propagate_one(theta, g, inputs, targets, first)
            product = product * total
            excesses = excesses + rest
        logarithms = logarithms + log(product)
    loss = logarithms - excesses
    return np.where(abs(loss) < np.inf, loss, np.nan)


def turned_formula(x, g, matrix, *data):
    """Compute an objective of points that are first turned by a matrix, and its gradient."""
    places, slope = lane_array(x[0], DIMENSION), lane_array(x[0], DIMENSION)
    turn(matrix, x, places)
    value = formula(places, slope, *data)
    turn_back(matrix, slope, g)
    return value


def classify_share(x, classes, inputs, worker, workers):
    """Find the most probable class of each sample, a row, by every run's network, a column.

    Of equals it is the first; where a logit is NaN it is none, -1.
    """
    for run in range(worker * LANES, x.shape[1], workers * LANES):
        theta = lane_array(load(x, 0, run, 1, LANES)[0], DIMENSION)
        for i in range(DIMENSION):
            (theta[i],) = load(x, i, run, 1, LANES)
        a = lane_array(theta[0], UNITS)
        none = load(classes, 0, run, 1, LANES)[0]  # zeros
        for k in range(len(inputs)):
            feed_forward(theta, a, inputs, k)
            highest, best = a[UNITS - LAYERS[-1]], none
            is_known = highest == highest
            for j in range(1, LAYERS[-1]):
                logit = a[UNITS - LAYERS[-1] + j]
                best = np.where(logit > highest, float(j), best)
                highest = np.where(logit > highest, logit, highest)
                is_known = is_known & (logit == logit)
            store(classes, k, run, (np.where(is_known, best, -1.0),))


def evaluate_share(x, g, value, parameters, worker, workers):
    """Compute value and gradient of every run; this worker's share of the blocks."""
    for run in range(worker * LANES, x.shape[1], workers * LANES):
        p = lane_array(load(x, 0, run, 1, LANES)[0], DIMENSION)
        slope = lane_array(p[0], DIMENSION)
        for i in range(DIMENSION):
            (p[i],) = load(x, i, run, 1, LANES)
        store(value, 0, run, (compute(p, slope, *parameters),))
        for i in range(DIMENSION):
            store(g, i, run, (slope[i],))


def advance_share(x, state, hyper, parameters, iterations, worker, workers):
    """Advance every run by `iterations`, in place; this worker's share of the blocks."""
    for run in range(worker * LANES, x.shape[1], workers * LANES):
        h = load(hyper, 0, run, HYPERPARAMETERS, LANES)
        p = lane_array(load(x, 0, run, 1, LANES)[0], DIMENSION)
        g = lane_array(p[0], DIMENSION)
        s = lane_array(load(state, 0, run, STATES, LANES), DIMENSION)
        for i in range(DIMENSION):
            (p[i],) = load(x, i, run, 1, LANES)
            s[i] = load(state, i * STATES, run, STATES, LANES)
        for _ in range(iterations):
            compute(p, g, *parameters)
            for i in range(DIMENSION):
                p[i], s[i] = update(p[i], g[i], s[i], *h)
        for i in range(DIMENSION):
            store(x, i, run, (p[i],))
            store(state, i * STATES, run, s[i])


# ── Runs until they end ──────────────────────────────────────────────────────────────────────
#
# A block of lanes advances; as soon as a run ends, its result is written and the next run takes its
# lane, so that no time goes to runs that have ended. An iteration asks of each lane's value whether
# it lies between two bounds, the targets next to it; all else is rare, and the same for all
# objectives and methods, so that it is compiled once.


class BlockRows(NamedTuple):
    """Where a block has what, a column for each lane."""

    point: int
    last: int
    """The iterate before."""
    entry: int
    """The iterate with which it came within its target."""
    state: int
    """Coordinate by coordinate."""
    settings: int
    value: int
    """At the point, at the last one, at the entry."""
    bounds: int
    """A finite value that is not more than the first, or more than the second, has crossed a
    target."""
    end: int


# What is known of a lane's run: which it is, when it began and is due, on its block's clock; how
# many targets it is within, may still come within, and has held longest; then since when it is
# within each target, and for each its hitting times. One held longest counts as never left.
WHICH, BEGAN, DUE, LEVEL, TOP, HELD, SINCE = range(7)


def block_rows(dimension: int, states: int, settings: int) -> BlockRows:
    """Return the rows of a block."""
    sizes = (dimension, dimension, dimension, dimension * states, settings, 3, 2)
    return BlockRows(*np.cumsum([0, *sizes]).tolist())


def hit_place(values: np.ndarray, holds: np.ndarray, target: int, hold: int) -> int:
    """Return where a run's progress has the hitting time of a target and a hold."""
    return SINCE + len(values) + target * len(holds) + hold


def note_holds(progress, lane, time, ladder, holds):
    """Note the hitting times of targets that were held long enough just before a time."""
    for j in range(progress[lane, HELD], progress[lane, LEVEL]):
        since = progress[lane, SINCE + j]
        for k in range(len(holds)):
            place = SINCE + len(ladder) + j * len(holds) + k
            if progress[lane, place] == NEVER and time - since >= holds[k]:
                progress[lane, place] = since
        if time - since >= holds[len(holds) - 1]:
            progress[lane, HELD] = j + 1


def set_bounds(block, rows, progress, lane, time, ladder, holds, budget):
    """Set a lane's bounds, and when it is due.

    It is due when it has spent the budget, or holds all that it can; beyond the budget, the later.
    """
    level, held, top = progress[lane, LEVEL], progress[lane, HELD], progress[lane, TOP]
    block[rows.bounds, lane] = ladder[level] if level < top else -np.inf
    block[rows.bounds + 1, lane] = (
        min(ladder[level - 1], LARGEST_FINITE) if level > held else LARGEST_FINITE
    )
    complete = budget
    if level == top and level > held:
        complete = progress[lane, SINCE + level - 1] + holds[len(holds) - 1] - 1
    end = min(complete, budget) if time <= budget else max(complete, budget)
    progress[lane, DUE] = progress[lane, BEGAN] + end


def cross_targets(crossing, clock, limit, block, rows, progress, ladder, holds, aim, place, budget):
    """Bring the progress of lanes up to date whose values have crossed a target.

    Returns the clock's time at which the next of them is due, if that is before the limit, the
    lanes that diverged, and those that came within their own target, as bits.
    """
    diverged = entering = np.uint64(0)
    while crossing != 0:
        lane = lowest_bit(crossing)
        bit = np.uint64(1) << np.uint64(lane)
        crossing ^= bit
        time, value = clock - progress[lane, BEGAN], block[rows.value, lane]
        if not abs(value) < np.inf:
            diverged |= bit
            value = np.inf
        before, level = progress[lane, LEVEL], progress[lane, HELD]
        while level < progress[lane, TOP] and value <= ladder[level]:
            level += 1
        note(progress, lane, time, ladder, holds)
        for j in range(before, level):
            progress[lane, SINCE + j] = time
        if before <= aim < level and progress[lane, place] == NEVER:
            entering |= bit
        progress[lane, LEVEL] = max(level, progress[lane, HELD])
        if time > budget:
            progress[lane, TOP] = progress[lane, LEVEL]
        bound(block, rows, progress, lane, time, ladder, holds, budget)
        limit = min(limit, progress[lane, DUE])
    return limit, diverged, entering


def keep_entries(entering, block, rows):
    """Keep the points and values of lanes that have come within their own target."""
    while entering != 0:
        lane = lowest_bit(entering)
        entering ^= np.uint64(1) << np.uint64(lane)
        block[rows.value + 2, lane] = block[rows.value, lane]
        for i in range(rows.last - rows.point):
            block[rows.entry + i, lane] = block[rows.point + i, lane]


def settle_lanes(
    clock, diverged, following, workers, block, rows, progress,
    x, state, hyper, ladder, holds, place, budget, status, iterations, value, hits,
):  # fmt: skip
    """Write the results of runs that have ended, and let the next ones take their lanes.

    Returns the lanes that are at work, as bits, the run that is to begin next, and when the first
    of the lanes is due.
    """
    lanes, dimension = len(progress), rows.last - rows.point
    busy, soonest = np.uint64(0), NO_DEADLINE
    for lane in range(lanes):
        bit = np.uint64(1) << np.uint64(lane)
        run = progress[lane, WHICH]
        ends = diverged & bit != 0
        if run >= 0 and (ends or clock >= progress[lane, DUE]):
            time, source = clock - progress[lane, BEGAN], -1
            if ends and time <= budget:
                status[run], iterations[run], source = DIVERGED, max(time - 1, 0), 1
            elif time == budget:
                status[run], iterations[run], source = BUDGET, time, 0
                for i in range(len(state)):
                    state[i, run] = block[rows.state + i, lane]
                progress[lane, TOP] = progress[lane, LEVEL]
                bound(block, rows, progress, lane, time + 1, ladder, holds, budget)
            # A target within which it is may still have to be held for some time.
            goes_on = not ends and clock < progress[lane, DUE]
            if not goes_on:
                if not ends:
                    note(progress, lane, time + 1, ladder, holds)
                for k in range(hits.shape[1]):
                    hits[run, k] = progress[lane, SINCE + len(ladder) + k]
                if progress[lane, place] != NEVER:
                    status[run], iterations[run], source = REACHED, progress[lane, place], 2
            if source >= 0:
                value[run] = block[rows.value + source, lane]
                for i in range(dimension):
                    x[i, run] = block[rows.point + source * dimension + i, lane]
            if not goes_on:
                run = -1
        if run < 0 and following < x.shape[1]:
            run, following = following, following + workers
            for k in range(progress.shape[1]):
                progress[lane, k] = NEVER
            progress[lane, BEGAN], progress[lane, TOP] = clock, len(ladder)
            progress[lane, LEVEL] = progress[lane, HELD] = 0
            bound(block, rows, progress, lane, 0, ladder, holds, budget)
            for i in range(dimension):
                block[rows.point + i, lane] = block[rows.last + i, lane] = x[i, run]
            for i in range(len(state)):
                block[rows.state + i, lane] = state[i, run]
            for i in range(len(hyper)):
                block[rows.settings + i, lane] = hyper[i, run]
        progress[lane, WHICH] = run
        if run >= 0:
            busy |= bit
            soonest = min(soonest, progress[lane, DUE])
    return busy, following, soonest


def advance_block(
    clock, limit, busy, block, rows, progress, parameters, ladder, holds, aim, place, budget
):
    """Advance one block until a lane of `busy` diverges or is due, at most to the limit.

    Returns the time on its clock and the lanes that diverged, as bits.
    """
    h = load(block, rows.settings, 0, HYPERPARAMETERS, LANES)
    p = lane_array(load(block, rows.point, 0, 1, LANES)[0], DIMENSION)
    q = lane_array(p[0], DIMENSION)
    g = lane_array(p[0], DIMENSION)
    s = lane_array(load(block, rows.state, 0, STATES, LANES), DIMENSION)
    for i in range(DIMENSION):
        (p[i],) = load(block, rows.point + i, 0, 1, LANES)
        (q[i],) = load(block, rows.last + i, 0, 1, LANES)
        s[i] = load(block, rows.state + i * STATES, 0, STATES, LANES)
    below, above = load(block, rows.bounds, 0, 2, LANES)
    diverged = np.uint64(0)
    while True:
        f = compute(p, g, *parameters)
        crossing = busy & ~lanes_where((f > below) & (f <= above))
        if crossing != 0:
            store(block, rows.value, 0, (f,))
            limit, diverged, entering = cross(
                crossing, clock, limit, block, rows, progress, ladder, holds, aim, place, budget
            )
            if entering != 0:
                for i in range(DIMENSION):
                    store(block, rows.point + i, 0, (p[i],))
                keep(entering, block, rows)
            below, above = load(block, rows.bounds, 0, 2, LANES)
        if diverged != 0 or clock >= limit:
            break
        for i in range(DIMENSION):
            q[i] = p[i]
            p[i], s[i] = update(p[i], g[i], s[i], *h)
        clock += 1
    store(block, rows.value, 0, (f,))
    if diverged != 0:
        store(block, rows.value + 1, 0, (compute(q, g, *parameters),))
    for i in range(DIMENSION):
        store(block, rows.point + i, 0, (p[i],))
        store(block, rows.last + i, 0, (q[i],))
        store(block, rows.state + i * STATES, 0, s[i])
    return clock, diverged


def run_share(
    x, state, hyper, parameters, rows, ladder, holds, aim, place, budget,
    status, iterations, value, hits, worker, workers,
):  # fmt: skip
    """Run each run of this worker's share to its end; results replace `x` and `state`."""
    block = np.ones((rows.end, LANES))
    progress = np.full((LANES, SINCE + len(ladder) + hits.shape[1]), NEVER)
    clock, following, diverged = 0, worker, np.uint64(0)
    while True:
        busy, following, limit = settle(
            clock, diverged, following, workers, block, rows, progress,
            x, state, hyper, ladder, holds, place, budget, status, iterations, value, hits,
        )  # fmt: skip
        if busy == 0:
            break
        clock, diverged = run_block(
            clock, limit, busy, block, rows, progress,
            parameters, ladder, holds, aim, place, budget,
        )  # fmt: skip
