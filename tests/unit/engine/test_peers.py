"""The methods against PyTorch's, optax's and Keras's: numbers of theirs, and whole walks.

`make .venv-peers/installed` makes the benchmark's environment, in which these libraries are.
"""

import json
import subprocess

import numpy as np
import pytest
from numpy.testing import assert_allclose
from paths_of_peers import ITERATIONS, SETTINGS, START

from descent.engine.descents import descend

CASES = [(library, method) for library in SETTINGS for method in SETTINGS[library]]
# Where they were after 200 steps: PyTorch 2.13.0, optax 0.2.8 and Keras 3.15.1.
LAST = {
    ("torch", "gradient_descent"): (-0.743444683711864, 0.5607835818911463),
    ("torch", "momentum"): (0.6212092329222711, 0.38403815615213216),
    ("torch", "nesterov"): (0.5280702870004627, 0.27644826844751486),
    ("torch", "adagrad"): (-0.682343699189265, 0.47303048419335525),
    ("torch", "rmsprop"): (0.15271327406771917, 0.02261295902024745),
    ("torch", "adam"): (-0.34593698164062153, 0.1246786851268995),
    ("optax", "gradient_descent"): (-0.7434446837118648, 0.5607835818911474),
    ("optax", "momentum"): (0.6212092329222713, 0.38403815615213227),
    ("optax", "nesterov"): (0.5280702870004628, 0.27644826844751497),
    ("optax", "adagrad"): (-0.678641962246115, 0.467979793406972),
    ("optax", "rmsprop"): (0.15271327406957624, 0.022612958996861995),
    ("optax", "adam"): (-0.34593698164062175, 0.12467868512689961),
    ("keras", "gradient_descent"): (-0.743444683711864, 0.5607835818911463),
    ("keras", "momentum"): (0.6212092329222714, 0.3840381561521323),
    ("keras", "nesterov"): (0.5280702870004629, 0.2764482684475151),
    ("keras", "adagrad"): (-0.678641962246115, 0.467979793406972),
    ("keras", "rmsprop"): (0.3585435621528638, 0.1345687283478486),
    ("keras", "adam"): (-0.21986901791921012, 0.050271605777023554),
}


def walked(library, method):
    """Return every point of the same walk here."""
    return descend("rosenbrock", method, START, ITERATIONS, **SETTINGS[library][method]).points


@pytest.fixture(scope="module")
def paths(root):
    """Return the libraries' own walks, where the benchmark's environment is."""
    python = root / ".venv-peers" / "bin" / "python"
    if not python.exists():
        pytest.skip("there is no .venv-peers: make .venv-peers/installed")
    script = root / "tests" / "unit" / "engine" / "paths_of_peers.py"
    run = subprocess.run([python, script], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


@pytest.mark.parametrize(("library", "method"), CASES)
def test_a_method_ends_where_a_librarys_did(library, method):
    """Libraries keep their velocity with the learning rate or without: at a constant one alike."""
    assert_allclose(walked(library, method)[-1], LAST[library, method], rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("library", "method"), CASES)
def test_a_method_walks_a_librarys_path(paths, library, method):
    path = np.array(paths[library][method])
    assert_allclose(walked(library, method), path, rtol=1e-10, atol=1e-10)
    assert_allclose(path[-1], LAST[library, method], rtol=1e-9)
