"""The steps by Triton kernels: one launch for each step and pass."""

from __future__ import annotations

from workbench.compute.cuda.matrices import Placement
from workbench.compute.cuda.program import Leaves, Runner, Sums
from workbench.compute.cuda.steps import FusedStep, LeafStep, ProductStep, Step, SumStep
from workbench.compute.cuda.triton_leaves import TritonLeaves
from workbench.compute.cuda.triton_products import TritonProducts
from workbench.compute.cuda.triton_sums import TritonSums
from workbench.compute.leaves import LEAF_LAYERS, CategoricalLeaves


def runner(step: Step, place: Placement, precision: str) -> Runner:
    """What runs `step`; float32 products are rounded as `precision`, "ieee" or "tf32", says.

    Leaves with a density, and sums over several groups, whose scales have to be aligned, run on
    torch.
    """
    match step:
        case FusedStep():
            products = TritonProducts(step.products, place)
            return TritonSums(step.sums, place, precision, products)
        case ProductStep():
            return TritonProducts(step, place)
        case SumStep(is_mixed=False):
            return TritonSums(step, place, precision)
        case SumStep():
            return Sums(step, place)
        case LeafStep() if LEAF_LAYERS[step.leaves.family.code] is CategoricalLeaves:
            return TritonLeaves(step, place)
        case LeafStep():
            return Leaves(step, place)
