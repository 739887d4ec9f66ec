// SPDX-License-Identifier: Apache-2.0
#include "forecost/accelerator/systolic.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "known_scalesim.h"

namespace forecost::accelerator {
namespace {

TEST(Systolic, AlexNetsFirstConvolutionTakes112283CyclesOn32x32WeightStationary) {
  Work work;
  work.extent = {1, 96, 3, 55, 55, 11, 11};
  const SystolicCount count = count_systolic(
      {.rows = 32, .columns = 32, .dataflow = Systolic::weight_stationary}, matrix_product_of(work));
  EXPECT_EQ(count.cycles, 112283);  // SCALE-Sim, golden_trace_calc
  EXPECT_EQ(count.input_reads, 3294225);
  EXPECT_EQ(count.filter_reads, 34848);
  EXPECT_EQ(count.output_writes, 3484800);
  EXPECT_DOUBLE_EQ(count.mapping_efficiency, 0.9453125);
}

TEST(Systolic, AgreesWithScaleSimsGoldenReports) {
  const auto cases = studies::scalesim_cases();
  ASSERT_TRUE(cases.has_value()) << to_string(cases.error());
  if (cases->empty()) GTEST_SKIP() << "skipped: ../shared/data/simulators is not there";
  EXPECT_EQ(cases->size(), 5);
  for (const studies::ScaleSimCase& golden : *cases) {
    const SystolicCount count = count_systolic(golden.array, golden.product);
    EXPECT_EQ(static_cast<double>(count.cycles), golden.total_cycles - golden.stall_cycles) << golden.name;
    EXPECT_EQ(static_cast<double>(count.filter_reads), golden.filter_reads) << golden.name;
    if (golden.name == "sparse_conv1") continue;  // its reports count inputs of rows that are skipped
    EXPECT_EQ(static_cast<double>(count.input_reads), golden.input_reads) << golden.name;
    EXPECT_NEAR(100 * count.mapping_efficiency, golden.mapping_efficiency, 1e-9) << golden.name;
    if (golden.name == "os") continue;  // its report counts two more cycles of writes in each fold
    EXPECT_EQ(static_cast<double>(count.output_writes), golden.output_writes) << golden.name;
  }
}

RC_GTEST_PROP(SystolicLaw, NoArrayDoesMoreThanOneProductPerElementAndCycle, ()) {
  const auto size = [](std::int64_t most) { return *rc::gen::inRange<std::int64_t>(1, most); };
  const SystolicArray array = {
      .rows = size(65),
      .columns = size(65),
      .dataflow = *rc::gen::element(Systolic::output_stationary, Systolic::weight_stationary,
                                    Systolic::input_stationary)};
  const MatrixProduct product = {.m = size(300), .n = size(300), .k = size(300)};
  const SystolicCount count = count_systolic(array, product);
  RC_ASSERT((count.cycles + 1) * array.rows * array.columns >= product.m * product.n * product.k);
  RC_ASSERT(count.mapping_efficiency > 0);
  RC_ASSERT(count.mapping_efficiency <= 1);
  RC_ASSERT(count.input_reads >= product.m * product.k);
  RC_ASSERT(count.filter_reads >= product.k * product.n);
}

}  // namespace
}  // namespace forecost::accelerator
