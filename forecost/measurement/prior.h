// SPDX-License-Identifier: Apache-2.0
/// The prior over layer shapes: families of random networks whose building blocks, widths and resolutions are
/// those of published architectures. Calibration measures networks drawn from it, so that every kernel is
/// timed with its real neighbours around it. One file per family in prior/, one line in prior.txt, one test.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/layer/layer.h"
#include "forecost/measurement/dice.h"
#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"

namespace forecost::measurement {

struct Prior {
  std::string_view name;
  std::string_view summary;
  /// Share of a calibration's networks before active sampling; the shares of all families sum to about 1.
  double share = 0;
  /// A random network. The same dice give the same network.
  network::Network (*draw)(Dice& dice) = nullptr;
  /// Instead of `draw`, for families of single operators: `copies` of one operator side by side, so that the
  /// slope between one copy and several is the operator's time without the session around it. Operators take
  /// turns: `turn` counts up from draw to draw.
  network::Network (*repeat)(Dice& dice, std::uint64_t turn, std::int64_t copies) = nullptr;
};

/// Every family, in the order of prior.txt.
const std::vector<Prior>& prior_list();

/// A drawn calibration network; `family` and `seed` name it for ever.
struct Draw {
  std::string family;
  std::uint64_t seed = 0;
  std::int64_t copies = 1;  ///< only for families that repeat
  /// "residual-17", "operators-4x5" (5 copies).
  std::string name() const;
};

/// Builds the network of a draw. A network that inference refuses, or whose work (operations + 4 x bytes
/// moved) is above `work_limit` (four times that for one draw in twelve), is redrawn with a derived seed; so
/// every draw of a known family gives a runnable network. Fails: `not_found` for an unknown family.
Result<network::Network> build(const Draw& draw, double work_limit);

/// The same redraws, until one is accepted: finds the network that an earlier work limit led to, when
/// `accept` tells it.
Result<network::Network> build(const Draw& draw,
                               const std::function<bool(const layer::LayeredNetwork&)>& accept);

}  // namespace forecost::measurement
