"""The compiled engine's kernels: `LANES` runs at a time, in vector registers.

These functions are templates. The upper-case names, `objective`, `update` and what else is None
below are constants of one combination of objective and method; `descent.compiled` fills them in and
compiles. Arrays hold a run per column: `x` (dimension, runs), `state` (states, dimension, runs),
`hyper` (parameters of the method, runs).
"""

from itertools import pairwise

import numpy as np

from descent.lanes import LANES, lane_array, lanes_where, load, store, tail
from descent.outcomes import BUDGET, DIVERGED, REACHED

objective = update = run_block = exp = log = None
DIMENSION = STATES = PARAMETERS = UNITS = WEIGHTS = ROOM = 0
LAYERS = ()

NEVER = 2**62

# Samples whose activations are held at a time.
GROUP = 4


def feed_forward(theta, a, x):
    """Fill `a` with each unit's output, from a sample's inputs to its logits.

    Parameters
    ----------
    theta : sequence
        Parameters W1, ..., Wk, b1, ..., bk, weights by rows.
    a : mutable sequence
        Filled, layer after layer.
    x : sequence
        The sample's inputs.
    """
    for i in range(LAYERS[0]):
        a[i] = x[i]
    weight, bias, unit = 0, WEIGHTS, 0
    for layer in range(1, len(LAYERS)):
        inputs, outputs = LAYERS[layer - 1], LAYERS[layer]
        for j in range(outputs):
            z = theta[bias + j]
            for i in range(inputs):
                z = z + theta[weight + j * inputs + i] * a[unit + i]
            if layer < len(LAYERS) - 1:
                z = np.where(z > 0.0, z, 0.0)
            a[unit + inputs + j] = z
        weight += inputs * outputs
        bias += outputs
        unit += inputs


def propagate(theta, a, d, x, y):
    """Cross-entropy of a sample, forwards; then its derivatives by each unit's input.

    The derivative by a weight is that by its unit's input times the weight's own input.

    Parameters
    ----------
    theta, a, x
        As in `feed_forward`.
    d : mutable sequence
        Filled with the loss's derivative by each unit's input.
    y : sequence
        1 for the sample's class and 0 for the others.
    """
    feed_forward(theta, a, x)
    weight, unit = WEIGHTS, UNITS - LAYERS[-1]

    classes = LAYERS[-1]
    shift = a[unit]
    for j in range(1, classes):
        shift = np.where(a[unit + j] > shift, a[unit + j], shift)
    total = 0.0
    chosen = 0.0
    for j in range(classes):
        z = a[unit + j] - shift
        chosen = chosen + y[j] * z
        d[unit + j] = exp(z)
        total = total + d[unit + j]
    scale = 1.0 / total
    for j in range(classes):
        d[unit + j] = d[unit + j] * scale - y[j]

    for layer in range(len(LAYERS) - 1, 0, -1):
        inputs, outputs = LAYERS[layer - 1], LAYERS[layer]
        weight -= inputs * outputs
        previous = unit - inputs
        if layer > 1:
            for i in range(inputs):
                slope = theta[weight + i] * d[unit]
                for j in range(1, outputs):
                    slope = slope + theta[weight + j * inputs + i] * d[unit + j]
                d[previous + i] = np.where(a[previous + i] > 0.0, slope, 0.0)
        unit = previous
    return log(total) - chosen


def network_constants(layers):
    """Return what the functions above and below need to know of a network."""
    weights = sum(inputs * units for inputs, units in pairwise(layers))
    units = sum(layers)
    return {"LAYERS": tuple(layers), "UNITS": units, "WEIGHTS": weights, "ROOM": GROUP * units}


def network_loss(theta, g, inputs, targets):
    """Add up `propagate` over all samples in their order: the network's objective.

    Several samples' derivatives wait for one pass over the gradient, which saves its
    loads and stores.
    """
    a = lane_array(theta[0], ROOM)
    d = lane_array(theta[0], ROOM)
    for i in range(len(theta)):
        g[i] = -0.0
    value = -0.0
    for first in range(0, len(inputs), GROUP):
        size = min(GROUP, len(inputs) - first)
        for k in range(size):
            room_a, room_d = tail(a, k * UNITS), tail(d, k * UNITS)
            value = value + propagate(theta, room_a, room_d, inputs[first + k], targets[first + k])
        add_gradient(g, a, d, size)
    return value


def add_gradient(g, a, d, samples):
    """Add the gradients of the first `samples` samples in `a` and `d` to `g`."""
    weight, bias, unit = 0, WEIGHTS, 0
    for layer in range(1, len(LAYERS)):
        inputs, outputs = LAYERS[layer - 1], LAYERS[layer]
        for j in range(unit + inputs, unit + inputs + outputs):
            total = g[bias]
            for k in range(samples):
                total = total + d[k * UNITS + j]
            g[bias] = total
            bias += 1
            for i in range(unit, unit + inputs):
                total = g[weight]
                for k in range(samples):
                    total = total + d[k * UNITS + j] * a[k * UNITS + i]
                g[weight] = total
                weight += 1
        unit += inputs


def classify(x, classes, inputs, worker, workers):
    """Find the most probable class of each sample, a row, by every run's network, a column.

    Of equals it is the first.
    """
    for run in range(worker * LANES, x.shape[1], workers * LANES):
        theta = lane_array(load(x, run, 1)[0], DIMENSION)
        for i in range(DIMENSION):
            (theta[i],) = load(x[i:], run, 1)
        a = lane_array(theta[0], UNITS)
        none = load(classes, run, 1)[0]  # zeros
        for k in range(len(inputs)):
            feed_forward(theta, a, inputs[k])
            highest, best = a[UNITS - LAYERS[-1]], none
            for j in range(1, LAYERS[-1]):
                logit = a[UNITS - LAYERS[-1] + j]
                best = np.where(logit > highest, float(j), best)
                highest = np.where(logit > highest, logit, highest)
            store(classes[k:], run, (best,))


def evaluate(x, g, value, parameters, worker, workers):
    """Compute value and gradient of every run; this worker's share of the blocks."""
    for run in range(worker * LANES, x.shape[1], workers * LANES):
        p = lane_array(load(x, run, 1)[0], DIMENSION)
        slope = lane_array(p[0], DIMENSION)
        for i in range(DIMENSION):
            (p[i],) = load(x[i:], run, 1)
        store(value, run, (objective(p, slope, *parameters),))
        for i in range(DIMENSION):
            store(g[i:], run, (slope[i],))


def advance(x, state, hyper, parameters, iterations, worker, workers):
    """Advance every run by `iterations`, in place; this worker's share of the blocks."""
    for run in range(worker * LANES, x.shape[1], workers * LANES):
        h = load(hyper, run, PARAMETERS)
        p = lane_array(load(x, run, 1)[0], DIMENSION)
        g = lane_array(p[0], DIMENSION)
        s = lane_array(load(state[:, 0], run, STATES), DIMENSION)
        for i in range(DIMENSION):
            (p[i],) = load(x[i:], run, 1)
            s[i] = load(state[:, i], run, STATES)
        for _ in range(iterations):
            objective(p, g, *parameters)
            for i in range(DIMENSION):
                p[i], s[i] = update(p[i], g[i], s[i], *h)
        for i in range(DIMENSION):
            store(x[i:], run, (p[i],))
            store(state[:, i], run, s[i])


def advance_until_end(x, last, state, hyper, value, parameters, threshold, busy, limit):
    """Advance one block until a lane of `busy` ends, at most `limit` iterations.

    Returns the iterations done and the lanes that ended, as bits. `last` holds the iterate
    before `x`, and `value` the values at `x` and (where a lane diverged) at `last`.
    """
    h = load(hyper, 0, PARAMETERS)
    p = lane_array(load(x, 0, 1)[0], DIMENSION)
    q = lane_array(p[0], DIMENSION)
    g = lane_array(p[0], DIMENSION)
    s = lane_array(load(state[:, 0], 0, STATES), DIMENSION)
    for i in range(DIMENSION):
        (p[i],) = load(x[i:], 0, 1)
        (q[i],) = load(last[i:], 0, 1)
        s[i] = load(state[:, i], 0, STATES)
    done = 0
    while True:
        f = objective(p, g, *parameters)
        ended = busy & ~lanes_where((f > threshold) & (f < np.inf))
        if ended != 0 or done == limit:
            break
        for i in range(DIMENSION):
            q[i] = p[i]
            p[i], s[i] = update(p[i], g[i], s[i], *h)
        done += 1
    store(value, 0, (f,))
    if ended & ~lanes_where(f <= threshold):
        store(value[1:], 0, (objective(q, g, *parameters),))
    for i in range(DIMENSION):
        store(x[i:], 0, (p[i],))
        store(last[i:], 0, (q[i],))
        store(state[:, i], 0, s[i])
    return done, ended


def run(x, state, hyper, parameters, threshold, budget, status, iterations, value, worker, workers):
    """Run each run of this worker's share to its end; results replace `x` and `state`.

    A block of lanes advances; as soon as one ends, its result is written and the next run
    takes its lane, so that no time goes to runs that have ended.
    """
    block_x = np.ones((DIMENSION, LANES))
    block_last = np.ones((DIMENSION, LANES))
    block_state = np.ones((STATES, DIMENSION, LANES))
    block_hyper = np.ones((PARAMETERS, LANES))
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
                if value[run] <= threshold:
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
                for j in range(PARAMETERS):
                    block_hyper[j, lane] = hyper[j, run]
            else:
                run, deadline[lane] = -1, NEVER
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
            threshold,
            busy,
            deadline.min() - clock,
        )
        clock += done
