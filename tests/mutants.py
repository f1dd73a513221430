"""Changes the mathematics in small ways, one at a time, and counts which of them the tests notice.

    make mutants ARGS="--room statistics --count 100 --seed 1"

A mutant is the package with one change: a sign, a constant, an index, a comparison, an operator,
two arguments swapped. It is made in a copy of the sources and run against the tests that can see
it: those that import its module first, then those of its room, up to the first that fails. Which
mutants are tried depends on the seed, and on nothing else in the source than the changed place.
Those that change nothing are listed with the reason in `equivalent_mutants.yaml`.

The usual tools do not serve: mutmut redirects functions when they are called, but here rules and
formulas are data of records, compiled by Numba; cosmic-ray changes the working files themselves.
"""

import argparse
import ast
import contextlib
import functools
import hashlib
import itertools
import multiprocessing
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import pytest
import yaml
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "src/descent"
EQUIVALENT = ROOT / "tests" / "equivalent_mutants.yaml"

# How many mutants of each room are tried, and of which modules, where not of all.
COUNTS = {"core": 80, "engine": 30, "statistics": 50, "tables": 30, "words": 15, "report": 30}
COUNTS |= {"run": 15}
MODULES = {"report": ("summaries", "problems", "verdicts"), "run": ("estimates",)}
WANTED = {"core": 1.0, "statistics": 1.0, "overall": 0.95}

SWAPPED = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,), ast.Mod: (ast.FloorDiv,), ast.Pow: (ast.Mult,),
    ast.LShift: (ast.RShift,), ast.RShift: (ast.LShift,),
    ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,), ast.And: (ast.Or,), ast.Or: (ast.And,),
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
OPPOSITE = {
    "min": "max", "minimum": "maximum", "argmin": "argmax", "idxmin": "idxmax", "any": "all",
    "floor": "ceil",
}  # fmt: skip
OPPOSITE |= {other: one for one, other in OPPOSITE.items()}
UNCHANGED_KEYWORDS = {"strict", "frozen", "exist_ok"}
UNCHANGED_BRANCHES = {"TYPE_CHECKING", "__name__ == '__main__'"}
LONGEST_SHOWN = 90  # characters of the code around a change

SECONDS_OF_A_TEST, SECONDS_OF_A_FILE = 100, 900  # after which a mutant hangs
MEMORY = 4 << 30  # bytes that it may take
PYTEST_OPTIONS = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", "not slow and not cluster"]
PYTEST_OPTIONS += ["-o", f"faulthandler_timeout={SECONDS_OF_A_TEST}"]
PYTEST_OPTIONS += ["-o", "faulthandler_exit_on_timeout=true"]

# What tests import is loaded once, and shared by the processes in which they run.
PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = "hypothesis numba pandas pyarrow.parquet pydantic pytest scipy.stats yaml"
PROCESSES.set_forkserver_preload(PRELOADED.split())


class Mutant(NamedTuple):
    """A change of a module, its whole new text beside it."""

    module: str
    """As in `core/theory.py`."""
    line: int
    change: str
    """The function and the code with the change, as in `spread: return a [+ → -] b`."""
    text: str

    @property
    def room(self) -> str:
        return self.module.split("/")[0]


# ── Making mutants ───────────────────────────────────────────────────────────────────────────


def mutants_of(module: str, source: str) -> list[Mutant]:
    """Return all mutants of a module; of equal changes in a function the first."""
    tree = ast.parse(source)
    found: dict[str, Mutant] = {}

    def visit(node: ast.AST, function: str, around: tuple[ast.AST, ...]) -> None:
        """`around` holds the statement and its parts that the node is in."""
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            function = f"{function}.{node.name}".lstrip(".")
        around = (node,) if isinstance(node, ast.stmt) else (*around, node)
        for apply, undo in changes_of(node):
            shown = next(part for part in around if part is node or is_short(part))
            before = header(shown)
            apply()
            after = header(shown)
            change = f"{function or 'module'}: {marked(before, after)}"
            if before != after and change not in found:
                found[change] = Mutant(module, node.lineno, change, ast.unparse(tree))
            undo()
        for child in mutable_children(node):
            visit(child, function, around)

    visit(tree, "", ())
    return list(found.values())


def mutable_children(node: ast.AST):
    """Yield a node's parts but annotations, decorators and what is not run on import."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "type_comment"):
            continue
        for child in value if isinstance(value, list) else [value]:
            is_script = isinstance(child, ast.If) and ast.unparse(child.test) in UNCHANGED_BRANCHES
            is_check = isinstance(child, ast.keyword) and child.arg in UNCHANGED_KEYWORDS
            if isinstance(child, ast.AST) and not is_script and not is_check:
                yield child


def changes_of(node: ast.AST):
    """Yield functions that change a node in place, each with the one that takes this back."""

    def put(holder: object, name: str, value: object):
        old = getattr(holder, name)
        return lambda: setattr(holder, name, value), lambda: setattr(holder, name, old)

    match node:
        case ast.BinOp() | ast.BoolOp() | ast.AugAssign():
            for other in SWAPPED.get(type(node.op), ()):
                yield put(node, "op", other())
        case ast.Compare():
            for i, operator in enumerate(node.ops):
                for other in SWAPPED[type(operator)]:
                    yield put(node, "ops", [*node.ops[:i], other(), *node.ops[i + 1 :]])
        case ast.UnaryOp(op=ast.USub()):
            yield put(node, "op", ast.UAdd())
        case ast.UnaryOp():
            yield put(node, "operand", ast.UnaryOp(node.op, node.operand))
        case ast.Constant(value=bool()):
            yield put(node, "value", not node.value)
        case ast.Constant(value=int(number)):
            for other in (number + 1, abs(number - 1)) if number < 10 else (2 * number,):
                yield put(node, "value", other)
        case ast.Constant(value=float()):
            yield put(node, "value", node.value * 2.0 or 1.0)
        case ast.Name(id=name) if name in OPPOSITE:
            yield put(node, "id", OPPOSITE[name])
        case ast.Attribute(attr=name) if name in OPPOSITE:
            yield put(node, "attr", OPPOSITE[name])
        case ast.If() | ast.While() | ast.IfExp() if not isinstance(node.test, ast.Compare):
            yield put(node, "test", ast.UnaryOp(ast.Not(), node.test))
    match node:
        case ast.BinOp(op=ast.Sub() | ast.Div() | ast.Pow() | ast.MatMult()):
            yield put(node, "__dict__", {**vars(node), "left": node.right, "right": node.left})
        case ast.Call(args=[first, second, *rest]) if type(first) is type(second):
            if ast.unparse(node.func).split(".")[-1] not in OPPOSITE:  # min(a, b) is min(b, a)
                yield put(node, "args", [second, first, *rest])


def header(node: ast.AST) -> str:
    """Return a node's code without the statements in it."""
    return ast.unparse(node).partition(":\n")[0]


def is_short(part: ast.AST) -> bool:
    """Tell whether code can be shown as a whole."""
    return isinstance(part, (ast.stmt, ast.expr)) and len(header(part)) <= LONGEST_SHOWN


def marked(before: str, after: str) -> str:
    """Return code with what was changed in brackets: a [+ → -] b."""
    token = r"[\d.]+e-?\d+|[\w.]+|[<>=!]=|//|\*\*|<<|>>|is not|not in|\W"
    one, other = (re.findall(token, text) for text in (before, after))
    start = alike(one, other)
    end = alike(one[start:][::-1], other[start:][::-1])
    old, new = ("".join(text[start : len(text) - end]) for text in (one, other))
    first, last = "".join(one[:start]), "".join(one[len(one) - end :])
    return f"{first[-LONGEST_SHOWN:]}[{old} → {new}]{last[:LONGEST_SHOWN]}"


def alike(one: list[str], other: list[str]) -> int:
    """Return in how many items, from the first on, two lists agree."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


# ── Trying them ──────────────────────────────────────────────────────────────────────────────


def copy_sources(folder: Path) -> Path:
    """Copy the files that git knows or would, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@functools.cache
def tests_that_see(module: str) -> list[str]:
    """Return the files of unit tests: of a module, of its room, and all that import it."""
    *packages, name = module.removesuffix(".py").split("/")
    package = ".".join(["descent", *packages])
    imports = re.compile(rf"{package}\.{name}\b|from {package} import .*\b{name}\b")
    tests = sorted((ROOT / "tests" / "unit").rglob("test_*.py"))
    see = {test for test in tests if imports.search(test.read_text(encoding="utf-8"))}
    room = {test for test in tests if test.parent.name == packages[0]}

    def nearness(test: Path) -> tuple:
        return test not in room, test.stem != f"test_{name}", test not in see, test

    return [str(test.relative_to(ROOT)) for test in sorted(see | room, key=nearness)]


def run_test(folder: Path, test: str) -> None:
    """Run a file of tests in a copy of the sources, and end the process with pytest's status."""
    os.setsid()
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    sys.dont_write_bytecode = True  # of a mutant, which the next one could be taken for
    os.environ |= {
        "DESCENT_CACHE": str(folder.parent / "kernels"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(folder / "src"),
    }
    output = os.open(folder.parent / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    temporary = f"--basetemp={folder.parent / 'temporary'}"
    os._exit(int(pytest.main([*PYTEST_OPTIONS, temporary, test])))


def fails(test: str, folder: Path) -> bool:
    """Tell whether a file of tests fails, or takes too long, in a copy of the sources."""
    process = PROCESSES.Process(target=run_test, args=(folder, test))
    process.start()
    process.join(SECONDS_OF_A_FILE)
    status = process.exitcode
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.join()
    return status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def first_to_fail(mutant: Mutant, folder: Path) -> str | None:
    """Put a mutant into a copy of the sources, return the test that notices it, take it out."""
    path = folder / PACKAGE / mutant.module
    source, facts = path.read_bytes(), path.stat()
    path.write_text(mutant.text, encoding="utf-8")
    found = next((test for test in tests_that_see(mutant.module) if fails(test, folder)), None)
    path.write_bytes(source)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))  # compiled kernels go by it
    return found


def try_all(mutants: list[Mutant], jobs: int) -> list[Mutant]:
    """Return the mutants that no test notices; so many are tried at a time."""
    folders: SimpleQueue[Path] = SimpleQueue()
    sound: set[str] = set()  # tests that are known to pass without any change

    def survives(mutant: Mutant) -> bool:
        folder = folders.get()
        test = first_to_fail(mutant, folder)
        broken = test and test not in sound and fails(test, folder)
        log = (folder.parent / "log").read_text(encoding="utf-8", errors="replace")
        folders.put(folder)
        if broken:
            sys.exit(f"{log}\n{test} fails without any change.")
        sound.add(test or "")
        if not test:
            progress.write(told(mutant), file=sys.stderr)
        progress.update()
        return not test

    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as scratch,
        ThreadPoolExecutor(jobs) as pool,
        tqdm(total=len(mutants), unit=" mutants", disable=None) as progress,
    ):
        for job in range(jobs):
            folders.put(copy_sources(Path(scratch, str(job), "sources")))
        unnoticed = list(pool.map(survives, mutants))
    return [mutant for mutant, survived in zip(mutants, unnoticed, strict=True) if survived]


# ── The score ────────────────────────────────────────────────────────────────────────────────


def mutants_of_room(room: str, seed: int) -> list[Mutant]:
    """Return all mutants of a room, in an order that the seed decides."""
    folder = ROOT / PACKAGE
    paths = sorted((folder / room).rglob("*.py"))
    found = [
        mutant
        for path in paths
        if path.stem in MODULES.get(room, (path.stem,))
        for mutant in mutants_of(path.relative_to(folder).as_posix(), path.read_text("utf-8"))
    ]
    place = {m: hashlib.sha256(f"{seed} {m.module} {m.change}".encode()).digest() for m in found}
    return sorted(found, key=place.__getitem__)


def told(mutant: Mutant) -> str:
    """Return a mutant in a line."""
    return f"{PACKAGE}/{mutant.module}:{mutant.line}  {mutant.change}"


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Count which small changes the tests notice.")
    parser.add_argument("--room", choices=COUNTS, action="append", help="may be repeated; all")
    parser.add_argument("--count", type=int, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=0, help="decides which mutants (0)")
    parser.add_argument("--jobs", type=int, default=2, help="mutants tried at a time (2)")
    return parser.parse_args()


def main() -> int:
    arguments = parsed_arguments()
    rooms = {room: mutants_of_room(room, arguments.seed) for room in arguments.room or COUNTS}
    listed = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))
    equivalent = {(module, change) for module, reasons in listed.items() for change in reasons}
    there = {(mutant.module, mutant.change) for found in rooms.values() for mutant in found}
    for module, change in sorted(equivalent - there):
        if module.split("/")[0] in rooms:
            print(f"listed in {EQUIVALENT.name}, and no longer there: {module}  {change}")

    chosen = [
        mutant
        for room, found in rooms.items()
        for mutant in found[: arguments.count or COUNTS[room]]
    ]
    tried = [mutant for mutant in chosen if (mutant.module, mutant.change) not in equivalent]
    survivors = try_all(tried, arguments.jobs)
    if survivors:
        print("Not noticed:", *map(told, survivors), sep="\n")
    print("\n| room | mutants | equivalent | noticed | score | wanted |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    enough = True
    for name in [*rooms, "overall"]:
        made, different, unnoticed = (
            sum(name in (mutant.room, "overall") for mutant in mutants)
            for mutants in (chosen, tried, survivors)
        )
        score, wanted = 1.0 - unnoticed / max(different, 1), WANTED.get(name, 0.0)
        enough &= score >= wanted
        row = f"{made} | {made - different} | {different - unnoticed} | {score:.1%}"
        print(f"| {name} | {row} | {f'{wanted:.0%}' if wanted else ''} |")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
