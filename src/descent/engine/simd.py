"""A vector of runs as a number: the type on which the compiled engine evaluates formulas.

Inside a compiled function a value of type `Lanes` holds one float64 for each of several runs, and
behaves like a float: it adds, multiplies, compares. So a formula written for one number advances
many runs at once, in vector registers, without relying on a compiler to discover the parallelism.
Every operation is the IEEE one, nothing is contracted or reordered: each lane gets the bits NumPy
would give.

Vectors have several widths. A wide one may hold several samples of each run, one sample after the
other; where it meets a narrow one, which holds a number for each run, that is repeated for all
samples.
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

from descent.core import elementary

# Four AVX-512 registers, or four AVX2 ones, hide the latency of arithmetic.
VECTOR_WIDTH = 32 if llvm.get_host_cpu_features().get("avx512f") else 16
# Longer arrays are filled in a loop: of a thousand single stores LLVM makes minutes of work.
LONGEST_UNROLLED = 32


class Lanes(types.Type):
    """One float64 per lane."""

    def __init__(self, width):
        self.width = width
        super().__init__(f"Lanes({width})")

    def can_convert_from(self, typingctx, other):
        """Let a number stand for a vector that holds it in every lane, or in every sample's."""
        narrower = isinstance(other, Lanes) and self.width % other.width == 0
        is_number = isinstance(other, (types.Float, types.Integer))
        return Conversion.safe if narrower or is_number else None


class Mask(types.Type):
    """One truth value per lane."""

    def __init__(self, width):
        self.width = width
        super().__init__(f"Mask({width})")


class LaneArray(types.Type):
    """`size` values of one type (Lanes, or a tuple of them) on the stack."""

    def __init__(self, item, size):
        self.item, self.size = item, size
        super().__init__(f"LaneArray({item}, {size})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, type_):
        super().__init__(manager, type_, ir.VectorType(ir.DoubleType(), type_.width))


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager, type_):
        super().__init__(manager, type_, ir.VectorType(ir.IntType(1), type_.width))


@register_model(LaneArray)
class _LaneArrayModel(models.PrimitiveModel):
    def __init__(self, manager, type_):
        item = manager.lookup(type_.item).get_value_type()
        super().__init__(manager, type_, item.as_pointer())


# Numbers standing for Lanes --------------------------------------------------------------


def _pick(builder, vector, lanes):
    """Return the vector of these lanes of a vector, in their order."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), list(lanes))
    return builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask)


def _repeat(builder, number, width):
    """Return a vector with `number` in every lane."""
    undefined = ir.Constant(ir.VectorType(number.type, width), ir.Undefined)
    first = builder.insert_element(undefined, number, ir.IntType(32)(0))
    return _pick(builder, first, [0] * width)


@lower_cast(types.Float, Lanes)
@lower_cast(types.Integer, Lanes)
def _cast_number(context, builder, fromty, toty, number):
    return _repeat(builder, context.cast(builder, number, fromty, types.float64), toty.width)


@lower_cast(Lanes, Lanes)
def _cast_narrow(context, builder, fromty, toty, vector):
    return _pick(builder, vector, [lane % fromty.width for lane in range(toty.width)])


# Arithmetic and comparison ------------------------------------------------------------


def _define(function, result, operands, instruction):
    """Let `function` of `operands` (numbers may stand for Lanes) emit `instruction`."""

    @infer_global(function)
    class _Typing(AbstractTemplate):
        def generic(self, args, kws):
            vectors = [a for a in args if isinstance(a, (Lanes, Mask))]
            if len(args) != len(operands) or not vectors:
                return None
            width = max(vector.width for vector in vectors)
            wanted = [operand(width) for operand in operands]
            if all(
                a == o or (isinstance(o, Lanes) and o.can_convert_from(None, a) is not None)
                for a, o in zip(args, wanted, strict=True)
            ):
                return signature(result(width), *wanted)
            return None

    @lower_builtin(function, *operands)
    def _lowering(context, builder, sig, args):
        return instruction(builder, *args)


def _call(name):
    """Return the instruction that calls LLVM's intrinsic `name` on vectors."""

    def instruction(builder, vector):
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(vector.type, [vector.type]),
            f"llvm.{name}.v{vector.type.count}f64",
        )
        return builder.call(function, [vector])

    return instruction


def _compare(sign):
    return lambda builder, a, b: builder.fcmp_ordered(sign, a, b)


_define(operator.add, Lanes, (Lanes, Lanes), ir.IRBuilder.fadd)
_define(operator.sub, Lanes, (Lanes, Lanes), ir.IRBuilder.fsub)
_define(operator.mul, Lanes, (Lanes, Lanes), ir.IRBuilder.fmul)
_define(operator.truediv, Lanes, (Lanes, Lanes), ir.IRBuilder.fdiv)
_define(operator.neg, Lanes, (Lanes,), ir.IRBuilder.fneg)
_define(abs, Lanes, (Lanes,), _call("fabs"))
_define(np.sqrt, Lanes, (Lanes,), _call("sqrt"))
_define(operator.lt, Mask, (Lanes, Lanes), _compare("<"))
_define(operator.le, Mask, (Lanes, Lanes), _compare("<="))
_define(operator.gt, Mask, (Lanes, Lanes), _compare(">"))
_define(operator.ge, Mask, (Lanes, Lanes), _compare(">="))
_define(operator.eq, Mask, (Lanes, Lanes), _compare("=="))
_define(operator.and_, Mask, (Mask, Mask), ir.IRBuilder.and_)
_define(operator.or_, Mask, (Mask, Mask), ir.IRBuilder.or_)
_define(operator.invert, Mask, (Mask,), ir.IRBuilder.not_)
_define(np.where, Lanes, (Mask, Lanes, Lanes), ir.IRBuilder.select)


# The exponent's bits --------------------------------------------------------------------


def _as(builder, vector, item):
    """Take the bits of a vector's numbers for another type."""
    return builder.bitcast(vector, ir.VectorType(item, vector.type.count))


def _all(vector, number):
    """Return the constant `number` in every lane of vectors like this one."""
    return ir.Constant(vector.type, [number] * vector.type.count)


def _power_of_two(builder, rounded):
    bits = _as(builder, rounded, ir.IntType(64))
    return _as(builder, builder.shl(bits, _all(bits, 52)), ir.DoubleType())


_define(elementary.power_of_two, Lanes, (Lanes,), _power_of_two)


@infer_global(np.frexp)
class _Frexp(AbstractTemplate):
    def generic(self, args, kws):
        if len(args) == 1 and isinstance(args[0], Lanes):
            return signature(types.UniTuple(args[0], 2), *args)
        return None


@lower_builtin(np.frexp, Lanes)
def _frexp(context, builder, sig, args):
    """Mantissa in [1/2, 1) and exponent; 0, infinity and NaN are their own, with the exponent 0."""
    (number,) = args
    size = _call("fabs")(builder, number)
    is_small = builder.fcmp_ordered("<", size, _all(size, 2.0**-1022))
    is_plain = builder.and_(
        builder.fcmp_ordered(">", size, _all(size, 0.0)),
        builder.fcmp_ordered("<", size, _all(size, np.inf)),
    )
    normal = builder.select(is_small, builder.fmul(number, _all(size, 2.0**54)), number)
    scale = builder.select(is_small, _all(size, 54.0), _all(size, 0.0))
    bits = _as(builder, normal, ir.IntType(64))
    half = builder.or_(builder.and_(bits, _all(bits, 0x800FFFFFFFFFFFFF)), _all(bits, 1022 << 52))
    exponent = builder.and_(builder.lshr(bits, _all(bits, 52)), _all(bits, 0x7FF))
    magic = _as(builder, builder.or_(exponent, _all(bits, 1075 << 52)), ir.DoubleType())
    k = builder.fsub(builder.fsub(magic, _all(magic, 4503599627370496.0 + 1022.0)), scale)
    mantissa = builder.select(is_plain, _as(builder, half, ir.DoubleType()), number)
    k = builder.select(is_plain, k, _all(k, 0.0))
    return context.make_tuple(builder, sig.return_type, (mantissa, k))


@intrinsic
def lanes_where(typingctx, condition):
    """Return the lanes in which `condition`, a Mask, holds, as the bits of an integer."""

    def generate(context, builder, sig, args):
        bits = builder.bitcast(args[0], ir.IntType(condition.width))
        return builder.zext(bits, ir.IntType(64))

    return types.uint64(condition), generate


@intrinsic
def lowest_bit(typingctx, bits):
    """Return which is the lowest bit of an integer that is set."""

    def generate(context, builder, sig, args):
        return builder.cttz(args[0], ir.IntType(1)(1))

    return types.int64(types.uint64), generate


# Samples of each run ----------------------------------------------------------------------


@intrinsic
def samples(typingctx, array, first, column, narrow, wide):
    """`array[first:, column]`, a number for each sample that `wide` has of `narrow`'s runs."""

    def generate(context, builder, sig, args):
        vectors = []
        for sample in range(wide.width // narrow.width):
            row = builder.add(args[1], ir.IntType(64)(sample))
            number = builder.load(_address(context, builder, array, args[0], row, args[2]))
            vectors.append(_repeat(builder, number, narrow.width))
        while len(vectors) > 1:
            halves = zip(vectors[::2], vectors[1::2], strict=True)
            vectors = [_join(builder, *pair) for pair in halves]
        return vectors[0]

    return wide(array, types.intp, types.intp, narrow, wide), generate


def _join(builder, first, second):
    """Return the lanes of one vector followed by those of another."""
    width = 2 * first.type.count
    mask = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(width)))
    return builder.shuffle_vector(first, second, mask)


def _fold(instruction):
    """Make a function of a narrow and a wide vector: combine the samples with it, in order."""

    def fold(typingctx, narrow, wide):
        def generate(context, builder, sig, args):
            total, vector = args
            for start in range(0, wide.width, narrow.width):
                lanes = range(start, start + narrow.width)
                total = instruction(builder, total, _pick(builder, vector, lanes))
            return total

        return narrow(narrow, wide), generate

    return intrinsic(fold)


add_samples = _fold(ir.IRBuilder.fadd)
multiply_samples = _fold(ir.IRBuilder.fmul)


@intrinsic(prefer_literal=True)
def repeat(typingctx, narrow, count):
    """Return a vector that holds `count` (a constant) samples of each run, `narrow` in each."""
    wide = Lanes(narrow.width * count.literal_value)
    return wide(narrow, count), lambda context, builder, sig, args: context.cast(
        builder, args[0], narrow, wide
    )


@intrinsic
def like(typingctx, value, vector):
    """Return a number or a narrower vector as a vector of the same width as another."""
    return vector(value, vector), lambda context, builder, sig, args: context.cast(
        builder, args[0], value, vector
    )


# Memory ---------------------------------------------------------------------------------


def _address(context, builder, array_type, array, row, column):
    """Where the number `array[row, column]` lies."""
    struct = context.make_array(array_type)(context, builder, array)
    shape = cgutils.unpack_tuple(builder, struct.shape)
    strides = cgutils.unpack_tuple(builder, struct.strides)
    return cgutils.get_item_pointer2(
        context, builder, struct.data, shape, strides, array_type.layout, [row, column]
    )


def _position(context, builder, array_type, array, row, column, width):
    """Where the `width` numbers `array[row, column : column + width]` lie."""
    if array_type.layout == "F":
        raise TypeError("the columns of an array in Fortran order do not lie side by side")
    item = _address(context, builder, array_type, array, row, column)
    return builder.bitcast(item, ir.VectorType(ir.DoubleType(), width).as_pointer())


@intrinsic(prefer_literal=True)
def load(typingctx, array, row, column, rows, width):
    """`array[row : row + rows, column : column + width]` as Lanes; the last two are constants."""
    result = types.UniTuple(Lanes(width.literal_value), rows.literal_value)

    def generate(context, builder, sig, args):
        vectors = []
        for i in range(result.count):
            place = builder.add(args[1], ir.IntType(64)(i))
            place = (array, args[0], place, args[2], result.dtype.width)
            vectors.append(builder.load(_position(context, builder, *place)))
            vectors[-1].align = 8
        return context.make_tuple(builder, result, vectors)

    return result(array, types.intp, types.intp, rows, width), generate


@intrinsic
def store(typingctx, array, row, column, vectors):
    """Set `array[row : row + rows, column : column + width]` to the tuple `vectors`."""

    def generate(context, builder, sig, args):
        for i, vector in enumerate(cgutils.unpack_tuple(builder, args[3])):
            place = builder.add(args[1], ir.IntType(64)(i))
            place = (array, args[0], place, args[2], vector.type.count)
            builder.store(vector, _position(context, builder, *place)).align = 8
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, vectors), generate


@intrinsic(prefer_literal=True)
def lane_array(typingctx, item, size):
    """Make a LaneArray of `size` (a constant) copies of `item`."""
    result = LaneArray(item, size.literal_value)

    def generate(context, builder, sig, args):
        array = cgutils.alloca_once(builder, context.get_value_type(item), size=result.size)
        if result.size > LONGEST_UNROLLED:
            with cgutils.for_range(builder, ir.Constant(ir.IntType(64), result.size)) as loop:
                builder.store(args[0], builder.gep(array, [loop.index]))
            return array
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


@overload(len)
def _length(array):
    if isinstance(array, LaneArray):
        size = array.size
        return lambda array: size
    return None
