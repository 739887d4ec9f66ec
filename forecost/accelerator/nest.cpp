// SPDX-License-Identifier: Apache-2.0
// After the nest analysis of Timeloop (Parashar et al., ISPASS 2019), for rectangular tiles in closed form.
#include "forecost/accelerator/nest.h"

#include <algorithm>

#include "forecost/outcome/outcome.h"

namespace forecost::accelerator {
namespace {

constexpr Extents ones = {1, 1, 1, 1, 1, 1, 1};
constexpr std::array<Dim, dim_count> all_dims = {Dim::n, Dim::m, Dim::c, Dim::p, Dim::q, Dim::r, Dim::s};

std::int64_t pieces(std::int64_t whole, std::int64_t part) {
  return (whole + part - 1) / part;
}

Extents inside(const Nest& nest, std::size_t from) {
  Extents extents = ones;
  for (std::size_t i = from; i < nest.loops.size(); ++i) {
    extents[index_of(nest.loops[i].dim)] *= nest.loops[i].turns;
  }
  return extents;
}

/// One border between two memories that keep a tensor, or between a memory and the arithmetic.
struct Border {
  std::size_t outer = 0;  ///< first loop of the outer memory
  std::size_t inner = 0;  ///< first loop of the inner one, the number of loops for the arithmetic
  bool arithmetic = false;
};

/// What is fetched again and again at a border, and which loop slides a window there.
struct Repetition {
  double turns = 1;        ///< of loops that do not move the tensor
  double copies_out = 1;   ///< of the outer memory, for the same words
  double copies_in = 1;    ///< of the inner one, per copy of the outer one, for the same words
  std::size_t slides = 0;  ///< index of the sliding loop + 1, 0: none
};

Repetition repetition(const Work& work, const Nest& nest, Tensor tensor, Border border) {
  Repetition result;
  Extents again = ones;
  bool staying = true, innermost = true;
  for (std::size_t i = border.inner; i-- > 0;) {
    const Loop& loop = nest.loops[i];
    if (loop.turns == 1) continue;
    const bool moving = moves(loop.dim, tensor);
    if (loop.spread) {
      if (!moving)
        (i < border.outer ? result.copies_out : result.copies_in) *= static_cast<double>(loop.turns);
      continue;
    }
    if (moving) {
      if (innermost && tensor == Tensor::inputs) result.slides = i + 1;
      staying = false;
    } else if (!staying) {
      again[index_of(loop.dim)] *= loop.turns;
    }
    innermost = false;
  }
  const Extents covered = inside(nest, 0);
  for (const Dim dim : all_dims) {
    const std::size_t d = index_of(dim);
    if (again[d] > 1) {
      result.turns *= static_cast<double>(pieces(work.extent[d], covered[d] / again[d]));
    }
  }
  return result;
}

/// One axis of the inputs: outputs along it, the filter along it.
struct Axis {
  Dim position;
  Dim tap;
  std::int64_t stride;
};

/// Rows of the inputs that all tiles of an axis read together.
double rows(const Work& work, const Nest& nest, const Axis& axis, const Extents& tile, std::size_t slides) {
  const std::size_t p = index_of(axis.position), r = index_of(axis.tap);
  std::int64_t height = tile[p], taps = std::min(tile[r], work.extent[r]);
  const auto reach = [&] { return (taps - 1) * work.dilation + 1; };
  double shared = 0;  // rows that a window keeps when it slides, where its turns are not neighbours
  if (slides > 0) {
    const Loop& loop = nest.loops[slides - 1];
    const std::int64_t step = inside(nest, slides)[index_of(loop.dim)];
    if (loop.dim == axis.position && step == height && reach() > axis.stride) {
      height *= loop.turns;
    } else if (loop.dim == axis.position && step > height) {
      const std::int64_t overlap = (height - 1) * axis.stride + reach() - step * axis.stride;
      const auto tiles = static_cast<double>(pieces(work.extent[p], height));
      if (overlap > 0) {
        shared = static_cast<double>(overlap) * tiles * static_cast<double>(loop.turns - 1) /
                 static_cast<double>(loop.turns);
      }
    } else if (loop.dim == axis.tap && step == taps) {
      taps = std::min(taps * loop.turns, work.extent[r]);
    }
  }
  const auto tiles = static_cast<double>(pieces(work.extent[p], height));
  const auto of_taps = [&](std::int64_t count) {
    return input_rows(static_cast<double>(work.extent[p]), tiles, static_cast<double>(axis.stride),
                      static_cast<double>((count - 1) * work.dilation + 1)) -
           shared;
  };
  const std::int64_t parts = pieces(work.extent[r], taps);
  return static_cast<double>(parts - 1) * of_taps(taps) + of_taps(work.extent[r] - (parts - 1) * taps);
}

/// Words of a tensor in all tiles, none of them twice by loops that do not move it.
double words_in_tiles(const Work& work, const Nest& nest, Tensor tensor, const Extents& tile,
                      std::size_t slides) {
  if (tensor != Tensor::inputs) return work.words(tensor);
  return static_cast<double>(work.of(Dim::n)) * static_cast<double>(work.of(Dim::c)) *
         rows(work, nest, {Dim::p, Dim::r, work.stride_p}, tile, slides) *
         rows(work, nest, {Dim::q, Dim::s, work.stride_q}, tile, slides);
}

/// The tile of all copies below the outer memory together.
Extents joined(const Nest& nest, Border border) {
  Extents tile = inside(nest, border.inner);
  for (std::size_t i = border.outer; i < border.inner; ++i) {
    if (nest.loops[i].spread) tile[index_of(nest.loops[i].dim)] *= nest.loops[i].turns;
  }
  return tile;
}

struct Crossing {
  double outer = 0;  ///< words at the outer memory
  double inner = 0;  ///< words at the inner memory, or at the arithmetic
  Repetition repetition;
};

Crossing crossing(const Work& work, const Nest& nest, Tensor tensor, Border border, Halo halo) {
  Crossing result;
  result.repetition = repetition(work, nest, tensor, border);
  const Repetition& again = result.repetition;
  if (border.arithmetic) {
    result.inner = work.macs();
    result.outer = result.inner / again.copies_in;
    return result;
  }
  const double separate =
      words_in_tiles(work, nest, tensor, inside(nest, border.inner), again.slides) * again.turns;
  result.outer = separate * again.copies_out;
  result.inner = result.outer * again.copies_in;
  if (halo == Halo::shared && tensor == Tensor::inputs) {
    result.outer = words_in_tiles(work, nest, tensor, joined(nest, border), again.slides) * again.turns *
                   again.copies_out;
  }
  return result;
}

void add_crossing(const Work& work, const Crossing& crossing, Tensor tensor, std::size_t outer,
                  std::size_t inner, Traffic& traffic) {
  Use& above = traffic.memories[outer][index_of(tensor)];
  Use* below = inner < most_memories ? &traffic.memories[inner][index_of(tensor)] : nullptr;
  traffic.hops[index_of(tensor)] += crossing.inner - crossing.outer;
  if (tensor != Tensor::outputs) {
    above.reads += crossing.outer;
    if (below != nullptr) below->fills += crossing.inner;
    return;
  }
  const double first = work.words(tensor) * crossing.repetition.copies_out;
  above.updates += crossing.outer;
  above.reads += crossing.outer - first;
  if (below != nullptr) below->fills += crossing.inner - first * crossing.repetition.copies_in;
}

}  // namespace

double tile_words(const Work& work, const Nest& nest, std::size_t memory, Tensor tensor) {
  Work tile = work;
  tile.extent = inside(nest, nest.start[memory]);
  for (std::size_t d = 0; d < dim_count; ++d) tile.extent[d] = std::min(tile.extent[d], work.extent[d]);
  return tile.words(tensor);
}

std::int64_t copies_of(const Nest& nest, std::size_t memory) {
  std::int64_t copies = 1;
  for (std::size_t i = 0; i < nest.start[memory]; ++i) {
    if (nest.loops[i].spread) copies *= nest.loops[i].turns;
  }
  return copies;
}

Traffic traffic_of(const Work& work, const Nest& nest, const std::vector<Keeps>& keeps, Halo halo) {
  FORECOST_EXPECTS(keeps.size() == nest.start.size() && keeps.size() <= most_memories,
                   "every memory says what it keeps");
  Traffic traffic;
  for (const Tensor tensor : all_tensors) {
    std::size_t outer = 0;
    for (std::size_t inner = 1; inner <= keeps.size(); ++inner) {
      const bool arithmetic = inner == keeps.size();
      if (!arithmetic && !keeps[inner][index_of(tensor)]) continue;
      const Border border = {nest.start[outer], arithmetic ? nest.loops.size() : nest.start[inner],
                             arithmetic};
      add_crossing(work, crossing(work, nest, tensor, border, halo), tensor, outer,
                   arithmetic ? most_memories : inner, traffic);
      outer = inner;
    }
  }
  Extents spread = ones;
  for (const Loop& loop : nest.loops) {
    if (loop.spread) spread[index_of(loop.dim)] *= loop.turns;
  }
  traffic.steps = 1;
  for (std::size_t d = 0; d < dim_count; ++d) {
    traffic.steps *= static_cast<double>(pieces(work.extent[d], spread[d]));
    traffic.copies *= static_cast<double>(spread[d]);
  }
  return traffic;
}

}  // namespace forecost::accelerator
