// SPDX-License-Identifier: Apache-2.0
#include "forecost/accelerator/systolic.h"

namespace forecost::accelerator {
namespace {

std::int64_t pieces(std::int64_t whole, std::int64_t part) {
  return (whole + part - 1) / part;
}

}  // namespace

MatrixProduct matrix_product_of(const Work& work) {
  return {.m = work.of(Dim::n) * work.of(Dim::p) * work.of(Dim::q),
          .n = work.of(Dim::m),
          .k = work.of(Dim::c) * work.of(Dim::r) * work.of(Dim::s)};
}

SystolicCount count_systolic(const SystolicArray& array, const MatrixProduct& product) {
  const auto [m, n, k] = product;
  const bool outputs_stay = array.dataflow == Systolic::output_stationary;
  const bool inputs_stay = array.dataflow == Systolic::input_stationary;
  const std::int64_t along_rows = outputs_stay ? m : k;
  const std::int64_t along_columns = inputs_stay ? m : n;
  const std::int64_t streamed = outputs_stay ? k : inputs_stay ? n : m;
  const std::int64_t down = pieces(along_rows, array.rows), across = pieces(along_columns, array.columns);
  const std::int64_t loading = outputs_stay ? 0 : array.rows;
  SystolicCount count;
  count.folds = down * across;
  count.cycles = count.folds * (loading + streamed + array.rows + array.columns - 2) - 1;
  count.input_reads = m * k * (inputs_stay ? 1 : across);
  count.filter_reads = k * n * (outputs_stay ? down : inputs_stay ? across : 1);
  count.output_writes = m * n * (outputs_stay ? 1 : down);
  count.mapping_efficiency =
      static_cast<double>(along_rows) / static_cast<double>(down * array.rows) *
      (static_cast<double>(along_columns) / static_cast<double>(across * array.columns));
  return count;
}

}  // namespace forecost::accelerator
