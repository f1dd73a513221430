"""The compiled engine's kernels: `LANES` runs at a time, in vector registers.

These functions are templates. The upper-case names, `compute`, `update` and what else is None
below are constants of one combination of objective and method; `descent.engine.compiled_engine`
fills them in and compiles. Arrays hold a run per column: `x` (dimension, runs), `state` (states,
dimension, runs), `hyper` (parameters of the method, runs).

Backpropagation stands twice: here, and in `descent.core.networks` in plain NumPy, to be read.
`test_engines.test_engines_agree_bit_for_bit_on_trainings` holds the two together.
"""

from itertools import pairwise

import numpy as np

from descent.core.elementary import exp, log
from descent.core.networks import SPAN, rectified
from descent.core.statuses import BUDGET, DIVERGED, REACHED
from descent.engine.simd import (
    VECTOR_WIDTH,
    add_samples,
    clearly_above,
    lane_array,
    lanes_where,
    like,
    load,
    multiply_samples,
    repeat,
    samples,
    store,
)

compute = update = run_block = propagate_group = propagate_one = None
LANES = VECTOR_WIDTH
DIMENSION = STATES = HYPERPARAMETERS = UNITS = WEIGHTS = SAMPLES = 0
LAYERS = ()

NO_DEADLINE = 2**62

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


def classify_share(x, classes, inputs, worker, workers):
    """Find the most probable class of each sample, a row, by every run's network, a column.

    Of equals it is the first; where a logit is NaN it is none, -1.
    """
    for run in range(worker * LANES, x.shape[1], workers * LANES):
        theta = lane_array(load(x, run, 1, LANES)[0], DIMENSION)
        for i in range(DIMENSION):
            (theta[i],) = load(x[i:], run, 1, LANES)
        a = lane_array(theta[0], UNITS)
        none = load(classes, run, 1, LANES)[0]  # zeros
        for k in range(len(inputs)):
            feed_forward(theta, a, inputs, k)
            highest, best = a[UNITS - LAYERS[-1]], none
            is_known = highest == highest
            for j in range(1, LAYERS[-1]):
                logit = a[UNITS - LAYERS[-1] + j]
                best = np.where(logit > highest, float(j), best)
                highest = np.where(logit > highest, logit, highest)
                is_known = is_known & (logit == logit)
            store(classes[k:], run, (np.where(is_known, best, -1.0),))


def evaluate_share(x, g, value, parameters, worker, workers):
    """Compute value and gradient of every run; this worker's share of the blocks."""
    for run in range(worker * LANES, x.shape[1], workers * LANES):
        p = lane_array(load(x, run, 1, LANES)[0], DIMENSION)
        slope = lane_array(p[0], DIMENSION)
        for i in range(DIMENSION):
            (p[i],) = load(x[i:], run, 1, LANES)
        store(value, run, (compute(p, slope, *parameters),))
        for i in range(DIMENSION):
            store(g[i:], run, (slope[i],))


def advance_share(x, state, hyper, parameters, iterations, worker, workers):
    """Advance every run by `iterations`, in place; this worker's share of the blocks."""
    for run in range(worker * LANES, x.shape[1], workers * LANES):
        h = load(hyper, run, HYPERPARAMETERS, LANES)
        p = lane_array(load(x, run, 1, LANES)[0], DIMENSION)
        g = lane_array(p[0], DIMENSION)
        s = lane_array(load(state[:, 0], run, STATES, LANES), DIMENSION)
        for i in range(DIMENSION):
            (p[i],) = load(x[i:], run, 1, LANES)
            s[i] = load(state[:, i], run, STATES, LANES)
        for _ in range(iterations):
            compute(p, g, *parameters)
            for i in range(DIMENSION):
                p[i], s[i] = update(p[i], g[i], s[i], *h)
        for i in range(DIMENSION):
            store(x[i:], run, (p[i],))
            store(state[:, i], run, s[i])


def advance_until_end(x, last, state, hyper, value, parameters, target_value, busy, limit):
    """Advance one block until a lane of `busy` ends, at most `limit` iterations.

    Returns the iterations done and the lanes that ended, as bits. `last` holds the iterate
    before `x`, and `value` the values at `x` and (where a lane diverged) at `last`.
    """
    h = load(hyper, 0, HYPERPARAMETERS, LANES)
    p = lane_array(load(x, 0, 1, LANES)[0], DIMENSION)
    q = lane_array(p[0], DIMENSION)
    g = lane_array(p[0], DIMENSION)
    s = lane_array(load(state[:, 0], 0, STATES, LANES), DIMENSION)
    for i in range(DIMENSION):
        (p[i],) = load(x[i:], 0, 1, LANES)
        (q[i],) = load(last[i:], 0, 1, LANES)
        s[i] = load(state[:, i], 0, STATES, LANES)
    done = 0
    while True:
        f = compute(p, g, *parameters)
        if done == limit or not clearly_above(f, target_value):
            ended = busy & ~lanes_where((f > target_value) & (f < np.inf))
            if ended != 0 or done == limit:
                break
        for i in range(DIMENSION):
            q[i] = p[i]
            p[i], s[i] = update(p[i], g[i], s[i], *h)
        done += 1
    store(value, 0, (f,))
    if ended & ~lanes_where((f <= target_value) & (abs(f) < np.inf)):
        store(value[1:], 0, (compute(q, g, *parameters),))
    for i in range(DIMENSION):
        store(x[i:], 0, (p[i],))
        store(last[i:], 0, (q[i],))
        store(state[:, i], 0, s[i])
    return done, ended


def run_share(
    x, state, hyper, parameters, target_value, budget, status, iterations, value, worker, workers
):
    """Run each run of this worker's share to its end; results replace `x` and `state`.

    A block of lanes advances; as soon as one ends, its result is written and the next run
    takes its lane, so that no time goes to runs that have ended.
    """
    block_x = np.ones((DIMENSION, LANES))
    block_last = np.ones((DIMENSION, LANES))
    block_state = np.ones((STATES, DIMENSION, LANES))
    block_hyper = np.ones((HYPERPARAMETERS, LANES))
    block_value = np.zeros((2, LANES))
    runs = np.full(LANES, -1)
    deadline = np.zeros(LANES, np.int64)
    clock, following = 0, worker
    busy = ended = np.uint64(0)
    while True:
        for lane in range(LANES):
            bit = np.uint64(1) << np.uint64(lane)
            if not ended & bit and clock < deadline[lane]:
                continue
            run = runs[lane]
            if run >= 0:
                iterations[run] = clock - (deadline[lane] - budget)
                value[run] = block_value[0, lane]
                final = block_x
                if value[run] <= target_value and np.isfinite(value[run]):
                    status[run] = REACHED
                elif not ended & bit:
                    status[run] = BUDGET
                else:
                    status[run] = DIVERGED
                    iterations[run] = max(iterations[run] - 1, 0)
                    value[run] = block_value[1, lane]
                    final = block_last
                for i in range(DIMENSION):
                    x[i, run] = final[i, lane]
                    for j in range(STATES):
                        state[j, i, run] = block_state[j, i, lane]
            if following < x.shape[1]:
                run, following = following, following + workers
                deadline[lane] = clock + budget
                busy |= bit
                for i in range(DIMENSION):
                    block_x[i, lane] = block_last[i, lane] = x[i, run]
                    for j in range(STATES):
                        block_state[j, i, lane] = state[j, i, run]
                for j in range(HYPERPARAMETERS):
                    block_hyper[j, lane] = hyper[j, run]
            else:
                run, deadline[lane] = -1, NO_DEADLINE
                busy &= ~bit
            runs[lane] = run
        if busy == 0:
            break
        done, ended = run_block(
            block_x,
            block_last,
            block_state,
            block_hyper,
            block_value,
            parameters,
            target_value,
            busy,
            deadline.min() - clock,
        )
        clock += done
