"""The study's formulas in LaTeX, which the report turns into MathML."""

import inspect
from collections.abc import Iterable, Sequence

from descent.core.methods import METHODS as REGISTERED
from descent.core.parameters import PARAMETERS

ROSENBROCK = {
    "value": r"f(x_1, x_2) = (a - x_1)^2 + b\,(x_2 - x_1^2)^2",
    "first": r"\frac{\partial f}{\partial x_1} = -2\,(a - x_1) - 4\,b\,x_1\,(x_2 - x_1^2)",
    "second": r"\frac{\partial f}{\partial x_2} = 2\,b\,(x_2 - x_1^2)",
    "hessian": r"\nabla^2 f = \begin{pmatrix} 2 - 4 b\,(x_2 - 3 x_1^2) & -4 b\,x_1 \\ "
    r"-4 b\,x_1 & 2 b \end{pmatrix}",
}
METHODS = {
    "gradient_descent": (r"p_{t+1} = p_t - \eta\,g_t",),
    "momentum": (r"v_{t+1} = \mu\,v_t + \eta\,g_t, \qquad p_{t+1} = p_t - v_{t+1}",),
    "nesterov": (
        r"v_{t+1} = \mu\,v_t + \eta\,g_t, \qquad p_{t+1} = p_t - (\mu\,v_{t+1} + \eta\,g_t)",
    ),
    "adagrad": (
        r"s_{t+1} = s_t + g_t^2, "
        r"\qquad p_{t+1} = p_t - \eta\,\frac{g_t}{\sqrt{s_{t+1}} + \varepsilon}",
    ),
    "rmsprop": (
        r"s_{t+1} = \rho\,s_t + (1 - \rho)\,g_t^2, "
        r"\qquad p_{t+1} = p_t - \eta\,\frac{g_t}{\sqrt{s_{t+1}} + \varepsilon}",
    ),
    "adam": (
        r"m_{t+1} = \beta_1 m_t + (1 - \beta_1)\,g_t, "
        r"\qquad s_{t+1} = \beta_2 s_t + (1 - \beta_2)\,g_t^2",
        r"p_{t+1} = p_t - \eta\,\frac{m_{t+1} / (1 - \beta_1^{t+1})}"
        r"{\sqrt{s_{t+1} / (1 - \beta_2^{t+1})} + \varepsilon}",
    ),
}
"""Each method's rule, line by line."""
BACKPROPAGATION = {
    "loss": r"L = -\sum_n \log \hat y_{n,\,y_n} "
    r"= \sum_n \Bigl(\log \sum_j e^{z_{nj} - m_n} - (z_{n,\,y_n} - m_n)\Bigr), "
    r"\qquad m_n = \max_j z_{nj}",
    "last": r"\delta^{(K)} = \hat y - \operatorname{onehot}(y)",
    "back": r"\delta^{(k-1)} = \bigl({W^{(k)}}^{\top} \delta^{(k)}\bigr) "
    r"\odot \mathbf{1}\bigl[z^{(k-1)} > 0\bigr]",
    "weights": r"\frac{\partial L}{\partial W^{(k)}} = \sum_n \delta_n^{(k)} {h_n^{(k-1)}}^{\top}",
    "biases": r"\frac{\partial L}{\partial b^{(k)}} = \sum_n \delta_n^{(k)}",
}
INDICES = "ijklmnopq"


def in_order(names: Iterable[str]) -> list[str]:
    """Sort methods as they are registered."""
    registered = list(REGISTERED)
    return sorted(names, key=lambda name: (name not in registered, [*registered, name].index(name)))


def method(name: str) -> dict:
    """Return a method with its formula and what its docstring says.

    Parameters
    ----------
    name : str
        A method of `descent.core.methods.METHODS`.

    Returns
    -------
    dict
        `name`; `formula`, lines of LaTeX, or none; `equation`, the docstring's
        first line; `source`, its references; and `parameters`, each with symbol and meaning.
    """
    rule = REGISTERED[name]
    text = inspect.getdoc(rule.update) or ""
    body, _, references = text.partition("References\n----------\n")
    return {
        "name": name,
        "formula": METHODS.get(name, ()),
        "equation": body.partition("\n")[0],
        "source": " ".join(references.replace("`", "").split()),
        "parameters": {
            parameter: {
                "symbol": PARAMETERS[parameter].symbol,
                "meaning": PARAMETERS[parameter].meaning,
                "default": default,
            }
            for parameter, default in rule.parameters.items()
        },
    }


def network_formula(layers: Sequence[int]) -> list[str]:
    """Return the closed form of a ReLU network with a softmax output, line by line.

    Parameters
    ----------
    layers : sequence of int
        Units per layer, inputs first.

    Returns
    -------
    list of str
        LaTeX: the logits written out down to the inputs, and the softmax. Networks of more
        than four layers of weights are written layer by layer instead.
    """
    depth = len(layers) - 1
    softmax = (
        rf"\hat y_i = \frac{{e^{{z_i}}}}{{\sum_{{j=1}}^{{{layers[-1]}}} e^{{z_j}}}}, "
        rf"\qquad i = 1, \dots, {layers[-1]}"
    )
    if depth > 4:
        layer = r"\operatorname{relu}\bigl(W^{(k)} h^{(k-1)} + b^{(k)}\bigr)"
        hidden = rf"h^{{(k)}} = {layer}, \qquad h^{{(0)}} = x"
        logits = rf"z = W^{{({depth})}} h^{{({depth - 1})}} + b^{{({depth})}}"
        return [hidden, logits, softmax]
    return [f"z_i = {_sum(layers, depth, 0)}", softmax]


def _sum(layers: Sequence[int], layer: int, index: int) -> str:
    """Write W h + b of a layer, its inputs written out in turn."""
    row, column = INDICES[index], INDICES[index + 1]
    inner = "x_" + column
    if layer > 1:
        inner = rf"\operatorname{{relu}}\Bigl({_sum(layers, layer - 1, index + 1)}\Bigr)"
    return (
        rf"\sum_{{{column}=1}}^{{{layers[layer - 1]}}} W^{{({layer})}}_{{{row}{column}}}\,{inner}"
        rf" + b^{{({layer})}}_{{{row}}}"
    )
