"""Into what portions work is cut: chunks and blocks of a sweep, paths that are kept.

Estimates ask this before a run, so that nothing heavy is imported here.
"""

# Numbers that a block's runs work on in all: about a second, and a step of the progress shown.
WORK_OF_BLOCK = 4e9
SMALLEST_BLOCK, LARGEST_BLOCK = 256, 131_072
FEW_STARTS = 250  # on so many, or a quarter, settings are run that are not judged themselves
DRAWN_STARTS = 3  # from which paths are kept
LONGER = 10  # times the budget
NUDGED_STARTS = 64  # moved by a unit in the last place
CURVE_SEEDS = 100  # over which training curves are drawn
WORK_OF_LONGER = 2e9  # numbers that a setting's longer runs work on in all
FEWEST_LONGER, MOST_LONGER = 32, 500  # runs
LONGEST_PATH = 10_000  # iterates of a path, about; of more, only every so many are kept


def chunk_bounds(runs: int, chunk: int, chunks: int) -> tuple[int, int]:
    """Return the first run of a chunk, and that of the next; chunks are counted from 1."""
    return runs * (chunk - 1) // chunks, runs * chunk // chunks


def block_size(work: float) -> int:
    """Return how many runs are advanced together, each of which works on so many numbers."""
    return int(min(max(WORK_OF_BLOCK / work, SMALLEST_BLOCK), LARGEST_BLOCK))


def advance_count(runs: int, methods: int, size: int) -> int:
    """Return how many times runs are advanced together: those of each method in each block."""
    return -(-runs // size) + methods - 1


def few_starts(evaluation: int) -> int:
    """Return from how many of the fresh starts settings are run that are not judged themselves."""
    return min(evaluation, max(FEW_STARTS, evaluation // 4))


def longer_starts(iterations: int, work: float) -> int:
    """Return from how many starts runs are made that long, each update on so many numbers."""
    return int(min(max(WORK_OF_LONGER / (iterations * work), FEWEST_LONGER), MOST_LONGER))
