// SPDX-License-Identifier: Apache-2.0
/// Widths of layers under a forecast cost: how wide a layer may be, and how wide all may be together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/search/space.h"

namespace forecost::deployment {

/// Seconds, bytes or counts of a design. Fails: it cannot be built.
using DesignCost = std::function<Result<double>(const search::Design&)>;

/// Parameters of a space that are widths of layers: integers, or ordinals whose choices are rising numbers.
struct Widths {
  std::vector<std::size_t> parameters;  ///< in the order of the layers
  std::int64_t multiple = 8;            ///< integers take its multiples, and the ends of their range
};

/// Values that a width takes, as in a Design, rising.
std::vector<double> values_of(const search::Space& space, const Widths& widths, std::size_t parameter);
/// What such a value stands for: itself, or the number that is the choice.
double width_of(const search::Parameter& parameter, double value);

/// Every width at its largest; the rest of `design` as it is.
search::Design widest(const search::Space& space, const Widths& widths, search::Design design);

/// `design` with `parameter` at the largest value below its own whose cost is at most `bound` (one proposal
/// of NetAdapt, Yang et al., ECCV 2018). Nothing where there is none. Values that cannot be built are passed
/// over. At most one cost per value.
std::optional<search::Design> narrowed(const search::Space& space, const Widths& widths,
                                       const search::Design& design, std::size_t parameter,
                                       const DesignCost& cost, double bound);

struct ScaledWidths {
  search::Design design;
  double factor = 1;
  double cost = 0;
};

/// Every width multiplied by the largest factor, rounded down to a value that it takes, at which the cost is
/// at most `bound`: the expansion of MorphNet (Gordon et al., CVPR 2018), which also shrinks. Costs need not
/// rise with the factor. Nothing where no factor holds the bound. At most one cost per value of any width.
std::optional<ScaledWidths> scale_widths(const search::Space& space, const Widths& widths,
                                         const search::Design& design, const DesignCost& cost, double bound);

/// What the last channel of each width adds to the cost of `design`, in the order of `widths.parameters`. Of
/// macs, operations or parameters of plain convolutions this is the coefficient of MorphNet's regulariser:
/// the cost is bilinear, C alive_in alive_out, so that a channel costs C alive_in where it is made and C'
/// alive_out where it is read (Gordon et al. 2018, equations 4 and 5). Ordinals: per channel of the step to
/// the choice before. The first value of a width takes the step to the next one. Never negative. Fails: a
/// design cannot be built. Two costs per width.
Result<std::vector<double>> channel_costs(const search::Space& space, const Widths& widths,
                                          const search::Design& design, const DesignCost& cost);

/// `wanted`, its widths clipped one after the other to the largest value with which the bound still holds
/// when all later layers are at their narrowest: the action wall of AMC (He et al., ECCV 2018), a <= (bound -
/// cost of the others) / cost of this. Holds the bound where costs rise with widths. Nothing where even the
/// narrowest design breaks it.
std::optional<search::Design> clip_widths(const search::Space& space, const Widths& widths,
                                          const search::Design& wanted, const DesignCost& cost, double bound);

}  // namespace forecost::deployment
