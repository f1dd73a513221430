"""Formulas of networks in LaTeX, which the report turns into MathML."""

from collections.abc import Sequence

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
INDEX_LETTERS = "ijklmnopq"


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
    return [f"z_i = {_layer_sum(layers, depth, 0)}", softmax]


def _layer_sum(layers: Sequence[int], layer: int, index: int) -> str:
    """Write W h + b of a layer, its inputs written out in turn."""
    row, column = INDEX_LETTERS[index], INDEX_LETTERS[index + 1]
    inner = "x_" + column
    if layer > 1:
        inner = rf"\operatorname{{relu}}\Bigl({_layer_sum(layers, layer - 1, index + 1)}\Bigr)"
    return (
        rf"\sum_{{{column}=1}}^{{{layers[layer - 1]}}} W^{{({layer})}}_{{{row}{column}}}\,{inner}"
        rf" + b^{{({layer})}}_{{{row}}}"
    )
