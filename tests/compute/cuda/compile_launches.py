"""Compiles every launch of some circuits for GPUs that need not be there; a script of its own.

Triton's interpreter is chosen when Triton is imported, so this runs in a fresh process.
"""

import sys

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from wide import DTYPES, pruned, tree

from workbench.circuits import Builder
from workbench.compute import choose
from workbench.compute.cuda.engine import CudaEngine
from workbench.compute.cuda.jit import PLACES
from workbench.data.variables import categorical

FAST_MEMORY = 99 * 1024  # bytes of a program on the GPUs that have least
POINTERS = {
    "torch.float32": "*fp32",
    "torch.float64": "*fp64",
    "torch.int64": "*i64",
}


def narrow():
    """Blocks of one sum over one child, whose sizes are compiled in as ones."""
    build = Builder([categorical("a", 2), categorical("b", 2)])
    sides = [build.sum([build.categorical(k, [0.3, 0.7])], [1.0]) for k in (0, 1)]
    return build.circuit(build.sum([build.product(sides)], [1.0]))


def circuits():
    return narrow(), tree(5), tree(70), tree(140), pruned(tree(70), 0.2), pruned(tree(96), 0.2, 16)


def compiled(launch, capability):
    """The kernel of `launch`; numbers that are 1 are compiled in, as Triton itself does."""
    signature, constants = dict.fromkeys(launch.constants, "constexpr"), dict(launch.constants)
    for name, value in launch.arguments.items():
        if hasattr(value, "dtype"):
            signature[name] = POINTERS[str(value.dtype)]
        elif value == 1 and name not in PLACES:
            signature[name], constants[name] = "constexpr", 1
        else:
            signature[name] = "i32"
    order = launch.kernel.arg_names
    source = ASTSource(
        fn=launch.kernel,
        signature={name: signature[name] for name in order},
        constexprs={(order.index(name),): value for name, value in constants.items()},
    )
    return triton.compile(
        source, target=GPUTarget("cuda", capability, 32), options=dict(launch.options)
    )


def launches(dtype):
    for circuit in circuits():
        engine = CudaEngine(circuit, choose(circuit, "cpu", dtype, batch=40), kernels="triton")
        work = engine._shape(40).work
        for runner in engine._passes.runners:
            if hasattr(runner, "up"):
                yield runner.up(work)
                yield runner.down(work)


def main():
    names, capability = set(), int(sys.argv[1])
    for dtype in sys.argv[2:] or DTYPES:
        for launch in launches(dtype):
            kernel = compiled(launch, capability)
            assert kernel.asm["cubin"]
            assert kernel.metadata.shared <= FAST_MEMORY, launch.kernel.__name__
            names.add(launch.kernel.__name__)
    sys.stdout.write(" ".join(sorted(names)))


if __name__ == "__main__":
    main()
