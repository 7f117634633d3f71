"""How the edges of a block of sums are laid out: whole, as surviving tiles, or one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.compute.cuda.steps import Dense, EdgeList, Matrix, Tiles
from workbench.compute.plan import PADDED_TO, DenseLayer, SparseLayer
from workbench.core.arrays import AnyArray, BoolArray, IdArray, frozen

# Work per cell beside that of a dense product, which reuses what it loads. Estimates to be
# measured: a tile is gathered and its rows are added up, an edge loads a child for each sum.
TILE_COST = 1.5
EDGE_COST = 4.0
TILE_SIZES = (64, 32, 16)  # from 16 on the tensor cores of a GPU multiply a tile at once
LEAST_CELLS = 4096  # a smaller block costs one launch whatever its format
MOST_CELLS = 2**26  # of a block whose tiles are looked for cell by cell

DENSE, TILES, EDGES = "dense", "tiles", "edges"


@dataclass(frozen=True, eq=False)
class Block:
    """Sums that share children.

    Parameters
    ----------
    sums, children
        Slots.
    rows, columns, edges
        (edges,) the places of each edge in `sums` and `children`, and its number.
    """

    sums: IdArray
    children: IdArray
    rows: IdArray
    columns: IdArray
    edges: IdArray

    @property
    def n_cells(self) -> int:
        """Cells of the whole rectangle."""
        return len(self.sums) * len(self.children)

    @property
    def has_parallel_edges(self) -> bool:
        """Whether a sum has two edges to one child, for which a cell has no room."""
        cells = self.rows * len(self.children) + self.columns
        return len(np.unique(cells)) < len(cells)


@dataclass(frozen=True, order=True)
class Form:
    """A format with the number that sides of a block are padded to."""

    name: str
    padded_to: int = PADDED_TO

    def side(self, size: int) -> int:
        """`size` padded."""
        if self.name != TILES and size <= 2:
            return size
        return -(-size // self.padded_to) * self.padded_to


def blocks(layer: DenseLayer | SparseLayer, n_edges: int) -> Iterator[Block]:
    """The blocks of a layer of the plan, without padding."""
    if isinstance(layer, SparseLayer):
        sums = layer.start + np.arange(layer.n_sums)
        places = (layer.sums, layer.columns, layer.edges)
        yield Block(sums, layer.children, *(array.astype(np.int64) for array in places))
        return
    n_sums = layer.edges.shape[1]
    for number, (children, cells) in enumerate(zip(layer.children, layer.edges, strict=True)):
        is_edge = cells < n_edges
        rows, columns = np.nonzero(is_edge)
        n_real, width = int(is_edge.any(axis=1).sum()), int(is_edge.any(axis=0).sum())
        first = layer.start + number * n_sums
        yield Block(
            sums=first + np.arange(n_real),
            children=children[:width],
            rows=rows,
            columns=columns,
            edges=cells[is_edge],
        )


def choose(block: Block) -> tuple[Form, Block]:
    """The cheapest form of `block`, and the block in an order that fits it."""
    if block.has_parallel_edges:
        return Form(EDGES), block
    if block.n_cells < LEAST_CELLS or len(block.edges) * TILE_COST >= block.n_cells:
        return Form(DENSE), block
    ordered = _by_support(block)
    costs = {Form(DENSE): float(block.n_cells), Form(EDGES): EDGE_COST * len(block.edges)}
    for size in TILE_SIZES:
        if size <= min(len(block.sums), len(block.children)):
            n_tiles = len(np.unique(_tile_of(ordered, size)))
            costs[Form(TILES, size)] = TILE_COST * n_tiles * size**2
    best = min(costs, key=lambda form: costs[form])
    return best, ordered if best.name == TILES else block


def matrix(form: Form, members: Sequence[Block], shape: tuple[int, int], n_edges: int) -> Matrix:
    """The edges of stacked blocks of the padded `shape` (sums, children)."""
    return _BUILD[form.name](members, shape, form, n_edges)


def _dense(members: Sequence[Block], shape: tuple[int, int], _form: Form, n_edges: int) -> Dense:
    edges = np.full((len(members), *shape), n_edges, dtype=np.int64)
    for number, block in enumerate(members):
        edges[number, block.rows, block.columns] = block.edges
    return Dense(frozen(edges))


def _tiles(members: Sequence[Block], shape: tuple[int, int], form: Form, n_edges: int) -> Tiles:
    size = form.padded_to
    rows, columns, edges = _flat(members, shape)
    n_rows, n_columns = len(members) * shape[0] // size, len(members) * shape[1] // size
    tiles, tile_of = np.unique(rows // size * n_columns + columns // size, return_inverse=True)
    cells = np.full((len(tiles), size, size), n_edges, dtype=np.int64)
    cells[tile_of, rows % size, columns % size] = edges
    of_rows, of_columns = np.divmod(tiles, n_columns)
    return Tiles(frozen(cells), *_compressed(of_rows, of_columns, n_rows, n_columns))


def _edge_list(
    members: Sequence[Block], shape: tuple[int, int], _form: Form, _n_edges: int
) -> EdgeList:
    rows, columns, edges = _flat(members, shape)
    order = np.argsort(rows, kind="stable")
    sizes = (len(members) * shape[0], len(members) * shape[1])
    return EdgeList(frozen(edges[order]), *_compressed(rows[order], columns[order], *sizes))


_BUILD: dict[str, Callable[[Sequence[Block], tuple[int, int], Form, int], Matrix]] = {
    DENSE: _dense,
    TILES: _tiles,
    EDGES: _edge_list,
}


def _flat(members: Sequence[Block], shape: tuple[int, int]) -> tuple[IdArray, IdArray, IdArray]:
    """Rows, columns and edges counted over all blocks."""
    rows = [number * shape[0] + block.rows for number, block in enumerate(members)]
    columns = [number * shape[1] + block.columns for number, block in enumerate(members)]
    edges = [block.edges for block in members]
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(edges)


def _compressed(
    rows: IdArray, columns: IdArray, n_rows: int, n_columns: int
) -> tuple[IdArray, IdArray, IdArray, IdArray, IdArray]:
    """Ascending `rows`, `columns`, and the offsets that find them by row and by column."""
    return (
        frozen(rows),
        frozen(columns),
        frozen(np.searchsorted(rows, np.arange(n_rows + 1))),
        frozen(np.searchsorted(np.sort(columns), np.arange(n_columns + 1))),
        frozen(np.argsort(columns, kind="stable")),
    )


def _by_support(block: Block) -> Block:
    """The block with sums that have edges to the same children beside each other, and vice versa.

    Block-aware pruning leaves such stripes; where nodes of one are gone, or ids
    were shuffled, this finds them again.
    """
    if block.n_cells > MOST_CELLS:
        return block
    has_edge = np.zeros((len(block.sums), len(block.children)), dtype=np.bool_)
    has_edge[block.rows, block.columns] = True
    rows, columns = _stripes(has_edge), _stripes(has_edge.T)
    return replace(
        block,
        sums=block.sums[rows],
        children=block.children[columns],
        rows=np.argsort(rows)[block.rows],
        columns=np.argsort(columns)[block.columns],
    )


def _stripes(has_edge: BoolArray) -> IdArray:
    """The order that puts equal rows beside each other, by the first of each kind."""
    _, first, kind = np.unique(
        np.packbits(has_edge, axis=1), axis=0, return_index=True, return_inverse=True
    )
    order: IdArray = np.argsort(first[kind.ravel()], kind="stable")
    return order


def _tile_of(block: Block, size: int) -> AnyArray:
    n_columns = -(-len(block.children) // size)
    return block.rows // size * n_columns + block.columns // size
