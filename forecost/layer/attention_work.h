// SPDX-License-Identifier: Apache-2.0
/// Work of scaled dot-product attention, whatever operator asks for it.
#pragma once

#include "forecost/layer/work.h"

namespace forecost::layer {

struct AttentionSizes {
  std::int64_t batch = 1, heads = 1, kv_heads = 1;
  std::int64_t queries = 1;  ///< length of the query sequence
  std::int64_t keys = 1;     ///< length of keys and values, past included
  std::int64_t width = 1;    ///< of a query and key head
  std::int64_t value_width = 1;
  bool biased = false;  ///< a mask or bias is added to the scores
};

/// batch * heads * queries * keys * (width + value_width) multiply-accumulates; per score 5 operations of the
/// softmax, one scale, and one addition where a mask or bias is added.
inline Work attention_work(const AttentionSizes& s) {
  const std::int64_t scores = product({s.batch, s.heads, s.queries, s.keys});
  return {.macs = product({scores, sum({s.width, s.value_width})}),
          .other = product({scores, s.biased ? 7 : 6})};
}

/// As a matrix product: batch * heads of queries x width times width x keys.
inline Extents attention_extents(const AttentionSizes& s) {
  return {.batch = real(product({s.batch, s.heads})),
          .m = real(s.queries),
          .n = real(s.keys),
          .k = real(s.width)};
}

}  // namespace forecost::layer
