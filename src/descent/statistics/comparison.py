"""Statistics of a fair comparison: what methods cost on the same starts, and how sure that is.

A run that did not reach its target, for whatever reason, is *censored*: it counts as longer than
any run that did, its time to the target is infinite, and nothing is interpolated between a finite
time and an infinite one. No function here returns NaN, but for a contrast that is undefined.

Starts are always the last axis. What is computed over starts keeps the axes before it, so that a
function serves one setting and a method's settings alike. Results have the same bits on every
machine: sums are of whole numbers, or in a fixed order, and no function of a system's library is
used but the square root.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from descent.core.random_streams import philox

QUARTILES = (0.25, 0.5, 0.75)
BUDGETS = 60  # the most at which methods are compared
RESAMPLES = 9_999
BLOCK = 1 << 20  # resampled starts held in memory at once
SLACK = 1e-9  # by which rounding may lift a share over a step that it should meet


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of a method: what they cost, and whether they reached the target.

    Attributes
    ----------
    iterations : numpy.ndarray of int, shape (..., starts)
        Updates until the target was first met; otherwise updates done.
    reached : numpy.ndarray of bool, shape (..., starts)
        Whether it was met.

    Raises
    ------
    ValueError
        If the shapes differ, there is no run, or an entry is not a number of updates.
    """

    iterations: np.ndarray
    reached: np.ndarray

    def __post_init__(self) -> None:
        """Refuse what are not runs."""
        if self.iterations.shape != self.reached.shape or self.reached.size == 0:
            shapes = f"{self.iterations.shape} and {self.reached.shape}"
            raise ValueError(f"iterations and reached have shapes {shapes}: not one, or empty")
        if self.reached.dtype != bool or self.iterations.dtype.kind not in "iu":
            kinds = f"{self.iterations.dtype} and {self.reached.dtype}"
            raise ValueError(f"iterations and reached are {kinds}, not integers and bool")
        if self.iterations.min() < 0:
            raise ValueError(f"{self.iterations.min()} iterations: a run does 0 or more")

    @property
    def times(self) -> np.ndarray:
        """Iterations to the target, infinite where it was not reached; shape (..., starts)."""
        return np.where(self.reached, self.iterations, np.inf)

    def at(self, setting: int) -> "Runs":
        """Return one setting's runs, from shape (settings, starts) to (starts,)."""
        return Runs(self.iterations[setting], self.reached[setting])


class Score(NamedTuple):
    """How good settings are."""

    expected_running_time: np.ndarray
    """Shape (...)."""
    success_rate: np.ndarray
    """Shape (...)."""
    quartiles: np.ndarray
    """Iterations in which a quarter, half and three quarters reach the target, (3, ...)."""
    charged_running_time: np.ndarray
    """As the expected running time, but a failure costs the whole budget; shape (...)."""


class Estimate(NamedTuple):
    """A number as found, and as found on resamples of the starts."""

    value: np.ndarray
    """Shape (...)."""
    resamples: np.ndarray
    """Shape (..., repeats)."""

    def of(self, setting: int) -> "Estimate":
        """Return one setting's, of several."""
        return Estimate(self.value[setting], self.resamples[setting])


class BestOf(NamedTuple):
    """What the best of k random settings scores on held-out starts; budgets are values of k."""

    budgets: np.ndarray
    """Shape (budgets,)."""
    never: np.ndarray
    """Probability that the chosen setting's score is infinite, shape (budgets,)."""
    quantiles: np.ndarray
    """Quantiles of the score, shape (shares, budgets)."""


class Contrast(NamedTuple):
    """A paired comparison: its estimate with an interval, all NaN where it is undefined."""

    estimate: float
    low: float
    high: float


class SignTest(NamedTuple):
    """On how many starts each of two was first, and how surprising that is between equals."""

    wins: int
    losses: int
    ties: int
    p: float


class Steps(NamedTuple):
    """A distribution as steps: from each `at` up to the next, the share does not change."""

    at: np.ndarray
    """Shape (steps,), ascending."""
    share: np.ndarray
    """Shape (steps,) or (steps, solvers), ascending."""


class Split(NamedTuple):
    """Shares of a variance. They sum to 1, or to 0 where nothing varies."""

    setting: float
    start: float
    interaction: float
    """What neither explains alone: some settings fail on some starts."""


def expected_running_time(runs: Runs) -> np.ndarray:
    """Return the iterations spent, failures included, per success.

    It is what a method costs that is restarted from a random start until it succeeds. A failure
    costs what it spent: a run that diverges early is cheap, one that creeps costs its budget.

    Parameters
    ----------
    runs : Runs
        Shape (..., starts).

    Returns
    -------
    numpy.ndarray of float64, shape (...)
        In iterations; infinite without any success.

    References
    ----------
    Hansen, N., Auger, A., Brockhoff, D., Tušar, D. & Tušar, T. (2016). COCO: Performance
    assessment. arXiv:1605.03560, section on the average runtime (there aRT, before that ERT).
    Auger, A. & Hansen, N. (2005). Performance evaluation of an advanced local search evolutionary
    algorithm. IEEE Congress on Evolutionary Computation, 1777-1784.
    """
    spent = runs.iterations.sum(axis=-1, dtype=np.int64)
    successes = runs.reached.sum(axis=-1)
    return np.where(successes > 0, spent / np.maximum(successes, 1), np.inf)[()]


def success_rate(runs: Runs) -> np.ndarray:
    """Return the share of runs that reached the target, shape (...)."""
    return runs.reached.mean(axis=-1)


def quantiles(runs: Runs, shares: Sequence[float] = QUARTILES) -> np.ndarray:
    """Return after how many iterations given shares of the runs have reached the target.

    The q-quantile is the time of the ⌈q·starts⌉-th run, so that it is always a time that was
    seen, or infinite: "not reached". The median of an even number is the lower of the two in the
    middle.

    Parameters
    ----------
    runs : Runs
        Shape (..., starts).
    shares : sequence of float
        Of the runs, each above 0 and at most 1.

    Returns
    -------
    numpy.ndarray of float64, shape (shares, ...)
        In iterations; infinite where fewer than this share reached the target.

    Raises
    ------
    ValueError
        If a share is not above 0 and at most 1.

    References
    ----------
    Hyndman, R. J. & Fan, Y. (1996). Sample quantiles in statistical packages. The American
    Statistician 50(4), 361-365, definition 1.
    """
    times = runs.times
    places = ranks(times.shape[-1], shares)
    times.partition(places, axis=-1)
    return np.moveaxis(times[..., places], -1, 0)


def ranks(count: int, shares: Sequence[float]) -> np.ndarray:
    """Return the places, among so many sorted numbers, of the quantiles of `quantiles`."""
    return np.maximum(np.ceil((_checked_shares(shares) - SLACK) * count).astype(int), 1) - 1


def score(runs: Runs, budget: int) -> Score:
    """Return every setting's score, from runs of shape (..., starts) with the same budget."""
    spent = np.where(runs.reached, runs.iterations.astype(np.int64), budget)  # they may be narrow
    return Score(
        expected_running_time(runs),
        success_rate(runs),
        quantiles(runs),
        expected_running_time(Runs(spent, runs.reached)),
    )


def rank_settings(scores: Score) -> np.ndarray:
    """Rank a method's settings by their scores on the starts to tune on, the best first.

    The lower charged running time is better; among equals the higher success rate, then the
    lower median, then the earlier setting. Settings that never reach come last, in their order.
    A failure is charged the whole budget here: by the expected running time alone a setting
    wins that diverges at once from most starts, since that costs next to nothing.

    The score of the best of many flatters (the winner's curse): judge it on other starts.

    Parameters
    ----------
    scores : Score
        Of shape (settings,).

    Returns
    -------
    numpy.ndarray of int, shape (settings,)
        Indices of settings.

    References
    ----------
    Cawley, G. C. & Talbot, N. L. C. (2010). On over-fitting in model selection and subsequent
    selection bias in performance evaluation. Journal of Machine Learning Research 11, 2079-2107.
    """
    median = scores.quartiles[1]
    return np.lexsort((median, -scores.success_rate, scores.charged_running_time))


def common_budgets(settings: Sequence[int], most: int = BUDGETS) -> np.ndarray:
    """Return budgets from 1 to K that all methods can meet, evenly spread on a logarithmic scale.

    Parameters
    ----------
    settings : sequence of int
        Number of settings of each method; K is the smallest. A method with K settings has its
        best of all at budget K.
    most : int
        How many budgets at most. Up to as many settings, each number is one.

    Returns
    -------
    numpy.ndarray of int, shape (budgets,)
        Ascending; each exceeds the one before by 1 or the same share, the last by less.
    """
    for share in range(most, 0, -1):
        budgets = [1]
        while budgets[-1] < min(settings):
            further = budgets[-1] + max(1, budgets[-1] // share)
            budgets.append(min(further, min(settings)))
        if len(budgets) <= most:
            break
    return np.array(budgets)


def chosen_among(settings: int, budgets: np.ndarray) -> np.ndarray:
    """Return the probability of each rank to be the best of k settings drawn at random.

    Of n ranks, k are drawn without replacement, and the lowest wins. Rank r (from 0) wins when it
    is drawn and no better one is:

        p(r) = C(n-1-r, k-1) / C(n, k),  p(0) = k/n,  p(r+1) = p(r)·(n-r-k)/(n-1-r).

    The recursion multiplies factors between 0 and 1 and meets no large number. It needs
    8 × budgets × settings bytes.

    Parameters
    ----------
    settings : int
        n, how many there are.
    budgets : numpy.ndarray of int, shape (budgets,)
        Values of k.

    Returns
    -------
    numpy.ndarray of float64, shape (budgets, settings)
        Each row sums to 1; what is below 1e-308 is 0.

    Raises
    ------
    ValueError
        If a budget is not between 1 and the number of settings.

    References
    ----------
    Tang, R. et al. (2020). Showing your work doesn't always work. Annual Meeting of the
    Association for Computational Linguistics, 2766-2772: the estimator without replacement,
    unbiased, in place of the one with it (Dodge, J. et al. 2019. Show your work: improved
    reporting of experimental results. EMNLP-IJCNLP, 2185-2194).
    """
    k = np.asarray(budgets)[:, np.newaxis]
    if k.size == 0 or k.min() < 1 or k.max() > settings:
        raise ValueError(f"budgets {budgets} are not between 1 and {settings} settings")
    rank = np.arange(settings - 1)
    factors = np.maximum(settings - rank - k, 0) / (settings - 1.0 - rank)
    return np.cumprod(np.concatenate([k / settings, factors], axis=1), axis=1)


def best_of(
    ranking: np.ndarray,
    held_out: np.ndarray,
    budgets: np.ndarray,
    shares: Sequence[float] = QUARTILES,
) -> BestOf:
    """Return what a method scores whose setting is the best of k random ones, at each budget k.

    Of k settings drawn without replacement the one ranked first on the tuning starts is chosen;
    its score is the one on held-out starts. Methods with grids of unlike sizes compare at equal
    k. All of it is exact over the draws; there is no simulation.

    One setting that never reaches would make a mean of running times infinite at every budget
    that can choose it, however unlikely that is: so there are quantiles, beside the probability
    of an infinite score.

    Parameters
    ----------
    ranking : numpy.ndarray of int, shape (settings,)
        Settings from best to worst on the tuning starts, as of `rank_settings`.
    held_out : numpy.ndarray of float, shape (settings,)
        Score of each setting on held-out starts; infinite where it never reaches.
    budgets : numpy.ndarray of int, shape (budgets,)
        Values of k, as of `common_budgets`.
    shares : sequence of float
        Which quantiles: the lowest score that at least this share of draws does not exceed.

    Returns
    -------
    BestOf
        One entry per budget.

    Raises
    ------
    ValueError
        If a score is NaN or -∞, the ranking is not one of these settings, a budget is not between
        1 and their number, or a share is not above 0 and at most 1.

    References
    ----------
    As of `chosen_among`.
    """
    wanted = _checked_shares(shares)
    scores = np.asarray(held_out, dtype=float)
    if np.isnan(scores).any() or np.isneginf(scores).any():
        raise ValueError("a held-out score is NaN or -inf")
    if not np.array_equal(np.sort(ranking), np.arange(len(scores))):
        raise ValueError(f"the ranking does not hold each of {len(scores)} settings once")
    weights = np.empty((len(budgets), len(scores)))
    weights[:, ranking] = chosen_among(len(scores), budgets)
    never = np.cumsum(np.where(np.isinf(scores), weights, 0.0), axis=1)[:, -1]
    quantiles = _weighted_quantiles(scores, weights, wanted)
    return BestOf(np.asarray(budgets), np.minimum(never, 1.0), quantiles)


def bootstrap(runs: Runs, *, seed: int, repeats: int = RESAMPLES) -> tuple[Estimate, Estimate]:
    """Return expected running times and success rates, with their values on resampled starts.

    All settings are read on the same resamples, which keeps what a hard start does to each. Their
    sums are of whole numbers below 2^53, exact in any order.

    Parameters
    ----------
    runs : Runs
        Shape (settings, starts), start by start the same.
    seed : int
        Seed of the resamples.
    repeats : int
        How many.

    Returns
    -------
    expected_running_time, success_rate : Estimate
        Values of shape (settings,), resamples of shape (settings, repeats).

    References
    ----------
    Efron, B. (1979). Bootstrap methods: another look at the jackknife. The Annals of Statistics
    7(1), 1-26.
    """
    settings, starts = runs.reached.shape
    columns = np.concatenate([runs.iterations, runs.reached]).T.astype(float)
    sums = np.empty((repeats, 2 * settings))
    generator = philox(seed, "bootstrap of starts")
    size = max(1, BLOCK // starts)
    for begin in range(0, repeats, size):
        block = sums[begin : begin + size]  # a view
        chosen = (generator.random((len(block), starts)) * starts).astype(np.intp)
        places = chosen + starts * np.arange(len(block))[:, np.newaxis]
        times = np.bincount(places.ravel(), minlength=places.size).reshape(places.shape)
        block[:] = times.astype(float) @ columns
    spent, successes = sums.T.reshape(2, settings, repeats)
    times = np.where(successes > 0, spent / np.maximum(successes, 1.0), np.inf)
    return (
        Estimate(expected_running_time(runs), times),
        Estimate(success_rate(runs), successes / starts),
    )


def percentile_interval(
    resamples: np.ndarray, confidence: float = 0.95, lowest: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval in which resampled values lie.

    Infinite values take their place in the order like any other. NaN, a value that is undefined,
    says nothing: it counts as the lowest possible for the lower end and as the highest for the
    upper end.

    Parameters
    ----------
    resamples : numpy.ndarray, shape (..., repeats)
        Values on R resamples.
    confidence : float
        Level of confidence, 1 - α.
    lowest : float
        The lowest possible value; the highest is ∞.

    Returns
    -------
    low, high : numpy.ndarray, shape (...)
        The ⌊(R + 1)·α/2⌋-th lowest and highest values.

    Raises
    ------
    ValueError
        If there are too few resamples for the level.

    References
    ----------
    Davison, A. C. & Hinkley, D. V. (1997). Bootstrap methods and their application. Cambridge
    University Press, section 5.3.1.
    """
    repeats = resamples.shape[-1]
    tail = int((repeats + 1) * (1.0 - confidence) / 2.0 + SLACK)
    if not 1 <= tail <= (repeats + 1) // 2:
        raise ValueError(f"{repeats} resamples have no interval of level {confidence}")
    undefined = np.isnan(resamples)
    low = np.partition(np.where(undefined, lowest, resamples), tail - 1)[..., tail - 1]
    high = np.partition(np.where(undefined, np.inf, resamples), repeats - tail)[..., -tail]
    return low, high


def paired_contrast(
    first: Estimate,
    second: Estimate,
    contrast: Literal["ratio", "difference"] = "ratio",
    confidence: float = 0.95,
) -> Contrast:
    """Contrast two settings on the same resamples, with a percentile interval.

    Settings should have been chosen on other starts: the interval covers the chance of the
    starts, not that of the choice.

    A resample in which one never reaches gives a ratio of 0 or ∞; 0/0 is 1, since neither needs
    more than the other. One in which the contrast is undefined (∞/∞, ∞ - ∞) widens the interval,
    as of `percentile_interval`.

    Parameters
    ----------
    first, second : Estimate
        Of numbers ≥ 0, each of shape (), as of one call of `bootstrap`.
    contrast : 'ratio' or 'difference'
        first / second, or first - second.
    confidence : float
        Level of confidence.

    Returns
    -------
    Contrast
        NaN where the contrast itself is undefined, since nothing is then certain.

    Raises
    ------
    ValueError
        As of `percentile_interval`.
    """
    draws = _contrast(first.resamples, second.resamples, contrast)
    lowest = 0.0 if contrast == "ratio" else -np.inf
    low, high = map(float, percentile_interval(draws, confidence, lowest))
    estimate = float(_contrast(first.value, second.value, contrast))
    if math.isnan(estimate):
        low = high = math.nan
    return Contrast(estimate, low, high)


def sign_test(first: Runs, second: Runs) -> SignTest:
    """Test whether one of two settings is more often first at the target on the same start.

    The test is exact and two-sided. It asks of every start only which of the two was first, and a
    censored run still answers: it is later than any that reached. Nothing is assumed about how
    times are distributed, as Wilcoxon's signed ranks would (differences that are symmetric, and
    known where a run is censored). Starts where both need as long, or neither reaches, are ties,
    which are counted and left out.

    The question is not that of the expected running time: a method may be first more often, and
    dearer in all for its failures. Both are worth saying. The budgets must be the same.

    Parameters
    ----------
    first, second : Runs
        Shape (starts,), start by start the same.

    Returns
    -------
    SignTest
        Starts on which `first` was first, on which `second` was, ties, and the p-value: twice the
        lower tail of the binomial distribution, at most 1; 1 without any untied start.

    Notes
    -----
    With m the lesser and n the sum of both counts the tail is C(n, m)/2ⁿ · (1 + m/(n-m+1)·(1 +
    (m-1)/(n-m+2)·(…))), from the inside out, with the power of 2 kept apart: no number is large.

    Raises
    ------
    ValueError
        If the runs are not paired.

    References
    ----------
    Dixon, W. J. & Mood, A. M. (1946). The statistical sign test. Journal of the American
    Statistical Association 41(236), 557-566.
    """
    starts = _paired(first, second)
    wins = int((first.times < second.times).sum())
    losses = int((first.times > second.times).sum())
    decided = wins + losses
    coefficient = tail = 1.0  # C(n, i), and the sum of C(n, 0) … C(n, i) in units of it
    exponent = 1 - decided
    for i in range(1, min(wins, losses) + 1):
        step = (decided - i + 1) / i
        coefficient, tail = coefficient * step, 1.0 + tail / step
        if coefficient > 2.0**512:
            coefficient, exponent = coefficient * 2.0**-512, exponent + 512
    p = math.ldexp(coefficient * tail, exponent) if decided else 1.0
    return SignTest(wins, losses, starts - decided, min(1.0, p))


def holm(p: Sequence[float] | np.ndarray) -> np.ndarray:
    """Adjust the p-values of several comparisons.

    To call those below α significant then errs once or more with probability α at most, whatever
    the comparisons have to do with each other.

    Parameters
    ----------
    p : array_like, shape (comparisons,)
        One p-value per comparison, all that were made.

    Returns
    -------
    numpy.ndarray of float64, shape (comparisons,)
        In the same order: with p sorted, the i-th of m becomes max over j ≤ i of
        min(1, (m - j + 1)·p_j).

    Raises
    ------
    ValueError
        If a p-value is not between 0 and 1.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6(2), 65-70.
    """
    values = np.asarray(p, dtype=float)
    if not ((values >= 0.0) & (values <= 1.0)).all():
        raise ValueError(f"p-values {values} are not all between 0 and 1")
    order = np.argsort(values, kind="stable")
    scaled = np.minimum(values[order] * np.arange(len(values), 0, -1), 1.0)
    adjusted = np.empty_like(values)
    adjusted[order] = np.maximum.accumulate(scaled)
    return adjusted


def runtime_distribution(times: np.ndarray) -> Steps:
    """Return the share of pairs of start and target that are met within so many iterations.

    Parameters
    ----------
    times : array_like of float, any shape, such as (starts, targets)
        Iterations until a run first meets a target, infinite where it never does.

    Returns
    -------
    Steps
        From 0 iterations on; after the last step the share stays, below 1 where pairs are unmet.

    Raises
    ------
    ValueError
        If there is no pair, or a time is negative or NaN.

    References
    ----------
    Hansen, N., Auger, A., Brockhoff, D., Tušar, D. & Tušar, T. (2016). COCO: Performance
    assessment. arXiv:1605.03560, section on runtime distributions.
    """
    pairs = _checked_costs(times).ravel()
    at = np.unique(np.append(pairs[np.isfinite(pairs)], 0.0))
    return Steps(at, _share_within(pairs, at))


def performance_ratios(costs: np.ndarray) -> np.ndarray:
    """Return how many times the lowest cost on a problem each solver needs there.

    r(p, s) = t(p, s) / min over s of t(p, s). Ties for the lowest all have ratio 1. A failure has
    an infinite ratio, also where all fail. Where the lowest cost is 0, any other is infinitely
    many times that.

    Parameters
    ----------
    costs : array_like of float, shape (problems, solvers)
        Not negative; infinite for a failure.

    Returns
    -------
    numpy.ndarray of float64, shape (problems, solvers)
        1 or more.

    Raises
    ------
    ValueError
        If the shape is another or empty, or a cost is negative or NaN.

    References
    ----------
    Dolan, E. D. & Moré, J. J. (2002). Benchmarking optimization software with performance
    profiles. Mathematical Programming 91, 201-213, section 2.
    """
    table = _checked_costs(costs)
    if table.ndim != 2:
        raise ValueError(f"costs have shape {table.shape}, not (problems, solvers)")
    best = table.min(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = np.where(table == best, 1.0, table / best)
    return np.where(np.isinf(table), np.inf, ratios)


def performance_profile(costs: np.ndarray) -> Steps:
    """Return the share of problems that each solver solves within τ times the lowest cost.

    ρ_s(τ) is the share of all problems, those that no solver solves included, with r(p, s) ≤ τ.
    ρ_s(1) is how often s is best, ties included; the last share is how often it succeeds.

    Parameters
    ----------
    costs : array_like of float, shape (problems, solvers)
        As of `performance_ratios`, with the same errors.

    Returns
    -------
    Steps
        τ from 1 on at which some share rises, and the shares, shape (steps, solvers).

    References
    ----------
    Dolan, E. D. & Moré, J. J. (2002), as of `performance_ratios`.
    """
    ratios = performance_ratios(costs)
    at = np.unique(np.append(ratios[np.isfinite(ratios)], 1.0))
    return Steps(at, np.stack([_share_within(solver, at) for solver in ratios.T], axis=1))


def variance_split(by_setting: np.ndarray, by_start: np.ndarray) -> Split:
    """Split the variation of success into settings, starts and what they do together.

    In the two-way table y(i, j) of I settings and J starts, 1 for a success and 0 for none, with
    means over a dotted index,
    Σ(y - y..)² = J·Σ(y_i. - y..)² + I·Σ(y_.j - y..)² + Σ(y - y_i. - y_.j + y..)²,
    and the shares are those of the three sums. Since y² = y, they follow from the numbers of
    successes R of settings, C of starts and T of all: I·J times the sums are I·ΣR² - T²,
    J·ΣC² - T² and what is left of I·J·T - T². These are whole numbers, so that nothing is
    rounded but the shares.

    They describe this table exactly. Pure noise gives settings a share of (I-1)/(IJ-1) and starts
    one of (J-1)/(IJ-1), which with few of them is not small.

    Parameters
    ----------
    by_setting, by_start : numpy.ndarray of int, shapes (settings,) and (starts,)
        How many starts each setting succeeds from, and how many settings from each start.

    Returns
    -------
    Split
        Shares of the total sum of squares.

    Raises
    ------
    ValueError
        If these are not the margins of one table.

    References
    ----------
    Fisher, R. A. (1925). Statistical methods for research workers. Oliver & Boyd, chapter VII.
    """
    settings, starts = len(by_setting), len(by_start)
    total = int(by_setting.sum())
    fit = total == by_start.sum() and settings and starts
    if not (fit and by_setting.max() <= starts and by_start.max() <= settings):
        raise ValueError("successes by setting and by start are not those of one table")
    setting = settings * _sum_of_squares(by_setting) - total * total
    start = starts * _sum_of_squares(by_start) - total * total
    whole = settings * starts * total - total * total
    if whole == 0:
        return Split(0.0, 0.0, 0.0)
    return Split(setting / whole, start / whole, (whole - setting - start) / whole)


def _checked_shares(shares: Sequence[float]) -> np.ndarray:
    wanted = np.asarray(shares, dtype=float)
    if not ((wanted > 0.0) & (wanted <= 1.0)).all():
        raise ValueError(f"shares {list(shares)} are not all above 0 and at most 1")
    return wanted


def _checked_costs(costs: np.ndarray) -> np.ndarray:
    """Return costs as floats, if there are any and none is negative or NaN."""
    numbers = np.asarray(costs, dtype=float)
    if numbers.size == 0 or not (numbers >= 0.0).all():
        raise ValueError("costs are missing, negative or NaN")
    return numbers


def _paired(first: Runs, second: Runs) -> int:
    """Return the number of starts, if both are one setting's runs from as many."""
    shapes = first.reached.shape, second.reached.shape
    if shapes[0] != shapes[1] or len(shapes[0]) != 1:
        raise ValueError(f"runs of shapes {shapes[0]} and {shapes[1]} are not paired (starts,)")
    return len(first.reached)


def _contrast(first: np.ndarray, second: np.ndarray, contrast: str) -> np.ndarray:
    """Return the contrast, NaN where it is undefined; the ratio of 0 to 0 is 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if contrast == "difference":
            return np.subtract(first, second)
        nought = np.equal(first, 0.0) & np.equal(second, 0.0)
        return np.where(nought, 1.0, np.divide(first, second))


def _weighted_quantiles(values: np.ndarray, weights: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return lowest values that hold the shares, (shares, rows), of (values,), (rows, values)."""
    order = np.argsort(values, kind="stable")
    within = np.cumsum(weights[:, order], axis=1)
    places = [(within >= share - SLACK).argmax(axis=1) for share in shares]
    return values[order][np.stack(places)]


def _share_within(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the share of values (n,) that do not exceed each of some points."""
    return np.searchsorted(np.sort(values), at, side="right") / len(values)


def _sum_of_squares(counts: np.ndarray) -> int:
    return int((counts.astype(np.int64) ** 2).sum())
