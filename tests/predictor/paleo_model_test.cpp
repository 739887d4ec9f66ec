// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/paleo_model.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "known_data.h"
#include "known_paleo.h"

namespace forecost::predictor {
namespace {

const PaleoDevice& titan() {
  return *find_paleo_device("TITAN_X");
}

PaleoConvolution square(double batch, double in, double channels, double kernel, double filters) {
  return {.batch = batch,
          .in_h = in,
          .in_w = in,
          .in_c = channels,
          .kernel_h = kernel,
          .kernel_w = kernel,
          .out_h = in,
          .out_w = in,
          .out_c = filters};
}

void expect_near(const PaleoTime& time, double compute, double memory) {
  EXPECT_NEAR(time.compute_ms, compute, 1e-6 * compute);  // printed with nine digits
  EXPECT_NEAR(time.memory_ms, memory, 1e-6 * memory);
}

// Computed by the authors' code (TalwalkarLab/paleo): GEMM only, percent of peak 1, TITAN X.
TEST(PaleoModel, AlexNetsConvolutionsForwardAreThoseOfTheAuthors) {
  PaleoConvolution first{.batch = 128, .in_h = 224, .in_w = 224, .in_c = 3, .kernel_h = 11, .kernel_w = 11};
  first.stride_h = first.stride_w = 4;
  first.out_h = first.out_w = 54;
  first.out_c = 64;
  expect_near(paleo_forward(first, titan()), 2.822688, 0.478018269);
  expect_near(paleo_forward(square(128, 26, 64, 5, 192), titan()), 8.6528, 0.26894466);
}

TEST(PaleoModel, AlexNetsGradientsAreThoseOfTheAuthors) {
  expect_near(paleo_backward(square(128, 26, 64, 5, 192), titan(), false), 17.3056, 0.578518962);
  PaleoConvolution dense{.batch = 128, .in_h = 5, .in_w = 5, .in_c = 256, .kernel_h = 5, .kernel_w = 5};
  dense.out_c = 4096;
  expect_near(paleo_backward(dense, titan(), false), 28.3989333, 1.07450896);
}

TEST(PaleoModel, PoolsAndDropoutAreThoseOfTheAuthors) {
  expect_near(paleo_pool({.batch = 128,
                          .in_h = 54,
                          .in_w = 54,
                          .channels = 64,
                          .kernel_h = 3,
                          .kernel_w = 3,
                          .out_h = 26,
                          .out_w = 26},
                         titan()),
              0.016224, 0.325762676);
  expect_near(paleo_dropout(128 * 4096, titan()), 8.53333333e-05, 0.0116084695);
}

// VGG-16 at batch 64, the authors' FFT models, ../shared/methods.md section 5.
TEST(PaleoModel, FftsAreThoseOfTheAuthors) {
  const PaleoConvolution conv1 = square(64, 224, 64, 3, 64);
  const PaleoConvolution conv4 = square(64, 28, 512, 3, 512);
  const PaleoConvolution conv5 = square(64, 14, 512, 3, 512);
  const auto total = [](const PaleoConvolution& layer, PaleoAlgorithm algorithm) {
    return paleo_forward(layer, titan(), algorithm).total_ms();
  };
  EXPECT_NEAR(total(conv1, PaleoAlgorithm::gemm), 43.126907, 5e-7);  // printed with six decimals
  EXPECT_NEAR(total(conv1, PaleoAlgorithm::fft), 50.407732, 5e-7);
  EXPECT_NEAR(total(conv1, PaleoAlgorithm::fft_tiles), 34.074007, 5e-7);
  EXPECT_NEAR(total(conv4, PaleoAlgorithm::gemm), 39.172183, 5e-7);
  EXPECT_NEAR(total(conv4, PaleoAlgorithm::fft), 27.614596, 5e-7);
  EXPECT_NEAR(total(conv4, PaleoAlgorithm::fft_tiles), 31.173165, 5e-7);
  EXPECT_NEAR(total(conv5, PaleoAlgorithm::gemm), 9.823881, 5e-7);
  EXPECT_NEAR(total(conv5, PaleoAlgorithm::fft), 7.718198, 5e-7);
  EXPECT_NEAR(total(conv5, PaleoAlgorithm::fft_tiles), 30.959859, 5e-7);
}

// AlexNet v2 and VGG-16, parameters in bytes and update times from the same source.
TEST(PaleoModel, UpdatesAreThoseOfTheAuthorsAtTheFullPeaks) {
  EXPECT_NEAR(paleo_update(201'215'648 / 4, titan()).total_ms(), 1.687073, 5e-7);
  PaleoDevice slow = titan();
  slow.percent_of_peak = 0.5;
  EXPECT_NEAR(paleo_update(553'430'176 / 4, slow).total_ms(), 4.640183, 5e-7);
}

TEST(PaleoModel, AShareOfThePeaksScalesEveryTimeAboveACycle) {
  PaleoDevice half = titan();
  half.percent_of_peak = 0.5;
  const PaleoConvolution layer = square(64, 28, 512, 3, 512);
  EXPECT_DOUBLE_EQ(paleo_forward(layer, half).total_ms(), 2 * paleo_forward(layer, titan()).total_ms());
  EXPECT_DOUBLE_EQ(paleo_plain(1, 1, titan()).compute_ms, 1e-6);  // one cycle of 1 GHz
  EXPECT_EQ(paleo_plain(0, 1, titan()).compute_ms, 0);
}

TEST(PaleoModel, ExchangesFollowTheirSchemes) {
  const PaleoLink ethernet{.gigabits_s = 10, .percent_of_peak = 0.5};
  const double once = 1e9 / 1.25e9 * 1e3 / 0.5;
  EXPECT_DOUBLE_EQ(paleo_exchange_ms(1e9, 8, PaleoExchange::one_to_all, ethernet), 14 * once);
  EXPECT_DOUBLE_EQ(paleo_exchange_ms(1e9, 5, PaleoExchange::tree_all_reduce, ethernet), 6 * once);
  EXPECT_DOUBLE_EQ(paleo_exchange_ms(1e9, 8, PaleoExchange::butterfly, ethernet), 3 * once);
  EXPECT_DOUBLE_EQ(paleo_exchange_ms(1e9, 8, PaleoExchange::butterfly_mixing, ethernet), once);
  EXPECT_EQ(paleo_exchange_ms(1e9, 1, PaleoExchange::one_to_all, ethernet), 0);
}

TEST(PaleoModel, UnknownDevicesAreNotThere) {
  EXPECT_EQ(find_paleo_device("ABACUS"), nullptr);
}

RC_GTEST_PROP(PaleoLaw, TwiceTheBatchIsTwiceTheArithmeticInBothDirections, ()) {
  PaleoConvolution layer = square(*rc::gen::inRange(1, 64), *rc::gen::inRange(8, 64),
                                  *rc::gen::inRange(16, 256), 3, *rc::gen::inRange(16, 256));
  const double forward = paleo_forward(layer, titan()).compute_ms;
  const double backward = paleo_backward(layer, titan(), false).compute_ms;
  layer.batch *= 2;
  RC_ASSERT(std::abs(paleo_forward(layer, titan()).compute_ms / forward - 2) < 1e-12);
  RC_ASSERT(std::abs(paleo_backward(layer, titan(), false).compute_ms / backward - 2) < 1e-12);
}

TEST(PaleoGolden, EveryLayerOfTheAuthorsNetworksIsReproduced) {
  const auto file = studies::data_file("paleo/paleo_golden.csv");
  if (!file) GTEST_SKIP() << "skipped: paleo/paleo_golden.csv is not in the data folder";
  const auto rows = studies::paleo_rows(*file);
  ASSERT_TRUE(rows.has_value()) << to_string(rows.error());
  EXPECT_EQ(rows->size(), 752U);
  for (const studies::PaleoRow& row : *rows)
    EXPECT_LT(studies::paleo_error(row), 1e-6) << row.net << " " << row.layer << " " << row.direction;
  for (const studies::PaleoTotal& total : studies::paleo_totals())
    EXPECT_NEAR(studies::paleo_total_ms(*rows, total.net), total.printed_ms, 5e-5)
        << total.net;  // four decimals
}

}  // namespace
}  // namespace forecost::predictor
