// SPDX-License-Identifier: Apache-2.0
#include "forecost/accelerator/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecost::accelerator {
namespace {

using testing::HasSubstr;

Error refused(std::string_view text) {
  const auto card = parse_card(text, "card.toml");
  if (card) throw std::runtime_error("the card was taken");
  return card.error();
}

TEST(Card, AnEmptyOneIsEyerissUnderAnotherName) {
  const auto card = parse_card("name = 'mine'", "card.toml");
  ASSERT_TRUE(card.has_value()) << to_string(card.error());
  const Accelerator eyeriss = find_accelerator("eyeriss")->accelerator();
  EXPECT_EQ(card->name, "mine");
  EXPECT_EQ(card->rows, eyeriss.rows);
  EXPECT_EQ(card->registers, eyeriss.registers);
  EXPECT_DOUBLE_EQ(card->energy.dram.read.value, eyeriss.energy.dram.read.value);
}

TEST(Card, ReadsEveryKey) {
  const auto card = parse_card(R"(
name = "mine"
base = "eyeriss"
clock_mhz = 500
rows = 16
columns = 8
word_bits = 8
dataflow = "weight_stationary"
aim = "energy"
shares_rows = false
[registers]
weights = 64
inputs = 2
outputs = 4
[buffer]
kib = 64
keeps = ["weights", "inputs"]
words_per_cycle = 8
[dram]
words_per_cycle = 2
[energy]
bits = 8
mac_pj = 0.5
registers = 1.5
network = 3
buffer = { read_pj = 18.2, write_pj = 14.1 }
dram = 100
[sparsity]
zero_weights = 0.25
zero_activations = 0.5
gates = false
compresses = false
)",
                               "card.toml");
  ASSERT_TRUE(card.has_value()) << to_string(card.error());
  EXPECT_DOUBLE_EQ(card->clock_hz, 500e6);
  EXPECT_EQ(card->elements(), 128);
  EXPECT_EQ(card->dataflow, Dataflow::weight_stationary);
  EXPECT_EQ(card->aim, Aim::energy);
  EXPECT_EQ(card->halo, Halo::separate);
  EXPECT_EQ(card->registers, (std::array<std::int64_t, 3>{64, 2, 4}));
  EXPECT_EQ(card->buffer_words(), 64 * 1024);
  EXPECT_EQ(card->buffer_keeps, (Keeps{true, true, false}));
  EXPECT_DOUBLE_EQ(card->dram_words_per_cycle, 2);
  EXPECT_DOUBLE_EQ(card->energy.mac.value, 0.5e-12);
  EXPECT_DOUBLE_EQ(card->energy.registers.read.value, 0.75e-12);
  EXPECT_DOUBLE_EQ(card->energy.hop.value, 1.5e-12);
  EXPECT_DOUBLE_EQ(card->energy.buffer.write.value, 14.1e-12);
  EXPECT_DOUBLE_EQ(card->energy.dram.write.value, 50e-12);
  EXPECT_DOUBLE_EQ(card->sparsity.activations, 0.5);
  EXPECT_FALSE(card->sparsity.gates);
}

TEST(Card, AnotherMultiplierKeepsTheRatios) {
  const auto card = parse_card("name = 'mine'\n[energy]\nmac_pj = 2", "card.toml");
  ASSERT_TRUE(card.has_value()) << to_string(card.error());
  EXPECT_NEAR(card->energy.dram.read.value, 400e-12, 1e-18);
  EXPECT_NEAR(card->energy.hop.value, 4e-12, 1e-20);
}

TEST(Card, FewerBitsScaleTheTable) {
  const auto card = parse_card("name = 'mine'\nword_bits = 8", "card.toml");
  ASSERT_TRUE(card.has_value()) << to_string(card.error());
  const Accelerator eyeriss = find_accelerator("eyeriss")->accelerator();
  EXPECT_DOUBLE_EQ(card->energy.dram.read.value, eyeriss.energy.dram.read.value / 2);
  EXPECT_EQ(card->buffer_words(), 2 * eyeriss.buffer_words());
}

TEST(Card, AnUnknownKeyIsNamedWithItsLineAndTheNearest) {
  const Error error = refused("name = 'mine'\nrow = 3\n");
  EXPECT_EQ(error.fault, Fault::bad_input);
  EXPECT_THAT(error.what, HasSubstr("'row'"));
  EXPECT_THAT(error.where, HasSubstr("card.toml:2"));
  EXPECT_THAT(error.hint, HasSubstr("rows"));
}

TEST(Card, AnUnknownDataflowIsAnsweredWithThoseThereAre) {
  const Error error = refused("name = 'mine'\ndataflow = 'no_local_reuse'");
  EXPECT_THAT(error.hint, HasSubstr("row_stationary, weight_stationary, output_stationary"));
}

TEST(Card, AnUnknownBaseIsNotFound) {
  EXPECT_EQ(refused("name = 'mine'\nbase = 'eyerisss'").fault, Fault::not_found);
}

TEST(Card, WithoutANameItSaysHowToGiveOne) {
  EXPECT_THAT(refused("rows = 12").hint, HasSubstr("name ="));
}

TEST(Card, ABufferThatHoldsNothingIsRefused) {
  const Error error = refused("name = 'mine'\n[buffer]\nkib = 0.1");
  EXPECT_THAT(error.hint, HasSubstr("[buffer] kib"));
}

TEST(Card, MistakesInsideATableCarryTheirPlace) {
  EXPECT_THAT(refused("name = 'mine'\n[sparsity]\nzero_weights = 1.5").where, HasSubstr("card.toml:3"));
  EXPECT_THAT(refused("name = 'mine'\n[buffer]\nkeeps = ['sums']").what, HasSubstr("'sums'"));
  EXPECT_THAT(refused("name = 'mine'\n[energy]\nbuffer = { read_pj = 3 }").hint, HasSubstr("write_pj"));
}

}  // namespace
}  // namespace forecost::accelerator
