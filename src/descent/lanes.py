"""A vector of runs as a number: the type on which the compiled engine evaluates formulas.

Inside a compiled function a value of type `Lanes` holds one float64 for each of
`LANES` runs, and behaves like a float: it adds, multiplies, compares. So a formula
written for one number advances `LANES` runs at once, in vector registers, without
relying on a compiler to discover the parallelism. Every operation is the IEEE one,
nothing is contracted or reordered: each lane gets the bits NumPy would give.
"""

import operator

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import (
    intrinsic,
    lower_builtin,
    lower_cast,
    models,
    overload,
    register_model,
)

from descent import elementary

# Four AVX-512 registers, or four AVX2 ones, hide the latency of arithmetic.
LANES = 32 if llvm.get_host_cpu_features().get("avx512f") else 16

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_MASK = ir.VectorType(ir.IntType(1), LANES)
_BITS = ir.VectorType(ir.IntType(64), LANES)


class Lanes(types.Type):
    """One float64 per lane."""

    def __init__(self):
        super().__init__(f"Lanes[{LANES}]")

    def can_convert_from(self, typingctx, other):
        """Let a plain number stand for a Lanes that holds it in every lane."""
        return Conversion.safe if isinstance(other, (types.Float, types.Integer)) else None


class Mask(types.Type):
    """One truth value per lane."""

    def __init__(self):
        super().__init__(f"Mask[{LANES}]")


class LaneArray(types.Type):
    """`size` values of one type (Lanes, or a tuple of them) on the stack."""

    def __init__(self, item, size):
        self.item, self.size = item, size
        super().__init__(f"LaneArray({item}, {size})")


lanes, mask = Lanes(), Mask()


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, type_):
        super().__init__(manager, type_, _VECTOR)


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager, type_):
        super().__init__(manager, type_, _MASK)


@register_model(LaneArray)
class _LaneArrayModel(models.PrimitiveModel):
    def __init__(self, manager, type_):
        item = manager.lookup(type_.item).get_value_type()
        super().__init__(manager, type_, item.as_pointer())


# Numbers standing for Lanes --------------------------------------------------------------


def _repeat(builder, item, vector):
    """`vector` with `item` in every lane."""
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, item, ir.IntType(32)(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, undefined, zeros)


@lower_cast(types.Float, Lanes)
@lower_cast(types.Integer, Lanes)
def _cast_number(context, builder, fromty, toty, number):
    return _repeat(builder, context.cast(builder, number, fromty, types.float64), _VECTOR)


# Arithmetic and comparison ------------------------------------------------------------


def _define(function, result, operands, instruction):
    """Let `function` of `operands` (numbers may stand for Lanes) emit `instruction`."""

    @infer_global(function)
    class _Typing(AbstractTemplate):
        def generic(self, args, kws):
            fits = len(args) == len(operands) and any(a in (lanes, mask) for a in args)
            if fits and all(
                a == o or (o == lanes and isinstance(a, (types.Float, types.Integer)))
                for a, o in zip(args, operands, strict=True)
            ):
                return signature(result, *operands)
            return None

    @lower_builtin(function, *[type(o) for o in operands])
    def _lowering(context, builder, sig, args):
        return instruction(builder, *args)


def _call(name):
    """Return the instruction that calls LLVM's intrinsic `name` on vectors."""

    def instruction(builder, *args):
        signature = ir.FunctionType(_VECTOR, [_VECTOR])
        function = cgutils.get_or_insert_function(
            builder.module, signature, f"llvm.{name}.v{LANES}f64"
        )
        return builder.call(function, args)

    return instruction


def _compare(sign):
    return lambda builder, a, b: builder.fcmp_ordered(sign, a, b)


_define(operator.add, lanes, (lanes, lanes), ir.IRBuilder.fadd)
_define(operator.sub, lanes, (lanes, lanes), ir.IRBuilder.fsub)
_define(operator.mul, lanes, (lanes, lanes), ir.IRBuilder.fmul)
_define(operator.truediv, lanes, (lanes, lanes), ir.IRBuilder.fdiv)
_define(operator.neg, lanes, (lanes,), ir.IRBuilder.fneg)
_define(abs, lanes, (lanes,), _call("fabs"))
_define(np.sqrt, lanes, (lanes,), _call("sqrt"))
_define(operator.lt, mask, (lanes, lanes), _compare("<"))
_define(operator.le, mask, (lanes, lanes), _compare("<="))
_define(operator.gt, mask, (lanes, lanes), _compare(">"))
_define(operator.ge, mask, (lanes, lanes), _compare(">="))
_define(operator.and_, mask, (mask, mask), ir.IRBuilder.and_)
_define(operator.or_, mask, (mask, mask), ir.IRBuilder.or_)
_define(operator.invert, mask, (mask,), ir.IRBuilder.not_)
_define(np.where, lanes, (mask, lanes, lanes), ir.IRBuilder.select)


# The exponent's bits --------------------------------------------------------------------


def _bits(number):
    return ir.Constant(_BITS, [number] * LANES)


def _power_of_two(builder, k):
    offset = ir.Constant(_VECTOR, [4503599627371519.0] * LANES)
    bits = builder.bitcast(builder.fadd(k, offset), _BITS)
    return builder.bitcast(builder.shl(bits, _bits(52)), _VECTOR)


_define(elementary.power_of_two, lanes, (lanes,), _power_of_two)


@infer_global(np.frexp)
class _Frexp(AbstractTemplate):
    def generic(self, args, kws):
        return signature(types.UniTuple(lanes, 2), *args) if args == (lanes,) else None


@lower_builtin(np.frexp, Lanes)
def _frexp(context, builder, sig, args):
    """Mantissa in [1/2, 1) and exponent of normal numbers."""
    bits = builder.bitcast(args[0], _BITS)
    half = builder.or_(builder.and_(bits, _bits(0x800FFFFFFFFFFFFF)), _bits(1022 << 52))
    exponent = builder.and_(builder.lshr(bits, _bits(52)), _bits(2047))
    # the integer e + 2**52, as a float, has the bits of 2**52 or e
    magic = builder.or_(exponent, _bits(1075 << 52))
    offset = ir.Constant(_VECTOR, [4503599627370496.0 + 1022.0] * LANES)
    k = builder.fsub(builder.bitcast(magic, _VECTOR), offset)
    mantissa = builder.bitcast(half, _VECTOR)
    return context.make_tuple(builder, sig.return_type, (mantissa, k))


@intrinsic
def lanes_where(typingctx, condition):
    """Return the lanes in which `condition`, a Mask, holds, as the bits of an integer."""

    def generate(context, builder, sig, args):
        bits = builder.bitcast(args[0], ir.IntType(LANES))
        return builder.zext(bits, ir.IntType(64))

    return types.uint64(mask), generate


# Memory ---------------------------------------------------------------------------------


def _position(context, builder, array_type, array, row, column):
    """Where the LANES numbers `array[row, column : column + LANES]` lie."""
    if array_type.layout == "F":
        raise TypeError("the columns of an array in Fortran order do not lie side by side")
    struct = context.make_array(array_type)(context, builder, array)
    shape = cgutils.unpack_tuple(builder, struct.shape)
    strides = cgutils.unpack_tuple(builder, struct.strides)
    item = cgutils.get_item_pointer2(
        context, builder, struct.data, shape, strides, array_type.layout, [row, column]
    )
    return builder.bitcast(item, _VECTOR.as_pointer())


@intrinsic(prefer_literal=True)
def load(typingctx, array, column, rows):
    """`array[:rows, column : column + LANES]`, as a tuple of `rows` (a constant) Lanes."""
    result = types.UniTuple(lanes, rows.literal_value)

    def generate(context, builder, sig, args):
        vectors = []
        for row in range(result.count):
            position = _position(context, builder, array, args[0], ir.IntType(64)(row), args[1])
            vectors.append(builder.load(position))
            vectors[-1].align = 8
        return context.make_tuple(builder, result, vectors)

    return result(array, types.intp, rows), generate


@intrinsic
def store(typingctx, array, column, vectors):
    """Set `array[:rows, column : column + LANES]` to the tuple `vectors`."""

    def generate(context, builder, sig, args):
        for row, vector in enumerate(cgutils.unpack_tuple(builder, args[2])):
            position = _position(context, builder, array, args[0], ir.IntType(64)(row), args[1])
            builder.store(vector, position).align = 8
        return context.get_dummy_value()

    return types.void(array, types.intp, vectors), generate


@intrinsic(prefer_literal=True)
def lane_array(typingctx, item, size):
    """Make a LaneArray of `size` (a constant) copies of `item`."""
    result = LaneArray(item, size.literal_value)

    def generate(context, builder, sig, args):
        array = cgutils.alloca_once(builder, context.get_value_type(item), size=result.size)
        for i in range(result.size):
            builder.store(args[0], cgutils.gep_inbounds(builder, array, i))
        return array

    return result(item, size), generate


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):
    def generic(self, args, kws):
        if isinstance(args[0], LaneArray):
            return signature(args[0].item, args[0], types.intp)
        return None


@lower_builtin(operator.getitem, LaneArray, types.Integer)
def _getitem(context, builder, sig, args):
    return builder.load(builder.gep(args[0], [args[1]]))


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):
    def generic(self, args, kws):
        if isinstance(args[0], LaneArray):
            return signature(types.none, args[0], types.intp, args[0].item)
        return None


@lower_builtin(operator.setitem, LaneArray, types.Integer, types.Any)
def _setitem(context, builder, sig, args):
    builder.store(args[2], builder.gep(args[0], [args[1]]))
    return context.get_dummy_value()


@intrinsic
def tail(typingctx, array, start):
    """Return the items of a LaneArray from `start` on, for writing and reading in place."""

    def generate(context, builder, sig, args):
        return builder.gep(args[0], [args[1]])

    return array(array, types.intp), generate


@overload(len)
def _length(array):
    if isinstance(array, LaneArray):
        size = array.size
        return lambda array: size
    return None
