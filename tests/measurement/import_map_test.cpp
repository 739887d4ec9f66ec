// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/import_map.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecost::measurement {
namespace {

using ::testing::HasSubstr;

const std::string devices = R"([devices.board]
peak_gflops = { float32 = 100 }
memory = [{ name = "L2", capacity_mib = 2, bandwidth_gb_s = 90 }, { bandwidth_gb_s = 30 }]
)";
const std::string layer = R"([layer]
op = "Conv"
inputs = [["n", "c", "h", "h"], ["f", "c", 3, 3]]
)";
const std::string time = R"([time]
value = "t"
unit = "ms"
)";

Error refused(const std::string& text) {
  const auto map = parse_import_map(text, "m.toml");
  return map ? Error{Fault::failed, "it was read", "", ""} : map.error();
}

TEST(ImportMap, ReadsDevicesLayersUnitsAndRules) {
  const auto map = parse_import_map(
      "name = \"x\"\nseparator = \";\"\ngroup = [\"c\"]\n" + devices + layer +
          "weights = [1]\nattributes = { pads = [1, 1, 1, 1], group = \"g\", auto_pad = { text = \"NOTSET\" "
          "} }\n" +
          time + "[energy]\nvalue = \"e\"\nunit = \"uJ\"\n[[drop]]\nwhen = \"bad\"\nwhy = \"wrapped\"\n",
      "m.toml");
  ASSERT_TRUE(map.has_value()) << to_string(map.error());
  EXPECT_EQ(map->separator, ';');
  ASSERT_EQ(map->devices.size(), 1U);
  const device::Card& card = map->devices[0].card;
  EXPECT_EQ(card.identity.name, "board");
  EXPECT_EQ(card.peak_operations.at("float32"), 100e9);
  EXPECT_EQ(card.memory[0].capacity, Bytes(2 << 20));
  EXPECT_EQ(card.memory[1].bandwidth, 30e9);
  EXPECT_EQ(map->layer.inputs[1][2].text, "3");
  EXPECT_EQ(map->layer.weights, std::vector<std::size_t>{1});
  EXPECT_EQ(map->layer.attributes.size(), 3U);
  EXPECT_EQ(map->time.unit, 1e-3);
  EXPECT_EQ(map->energy->unit, 1e-6);
  EXPECT_EQ(map->drops[0].why, "wrapped");
}

TEST(ImportMap, WhatIsMissingIsNamedWithAnExample) {
  EXPECT_THAT(refused(layer + time).hint, HasSubstr("[devices."));
  EXPECT_THAT(refused(devices + time).what, HasSubstr("'layer'"));
  EXPECT_THAT(refused(devices + layer).what, HasSubstr("'time'"));
  EXPECT_THAT(refused(devices + layer + "[time]\nvalue = \"t\"\n").what, HasSubstr("'unit'"));
}

TEST(ImportMap, AWrongUnitIsRefusedWithItsPlaceAndTheUnitsThereAre) {
  const Error error = refused(devices + layer + "[time]\nvalue = \"t\"\nunit = \"W\"\n");
  EXPECT_THAT(error.what, HasSubstr("'W' is no unit of [time]"));
  EXPECT_EQ(error.where, "m.toml:9:1");
  EXPECT_THAT(error.hint, HasSubstr("s, ms, us, ns"));
}

TEST(ImportMap, AnUnknownOperatorIsRefusedWithTheNearest) {
  const Error error = refused(devices + "[layer]\nop = \"Convv\"\ninputs = []\n" + time);
  EXPECT_THAT(error.what, HasSubstr("'Convv'"));
  EXPECT_THAT(error.hint, HasSubstr("Conv"));
}

TEST(ImportMap, AnUnknownKeyIsRefused) {
  EXPECT_THAT(refused("sauce = \"x\"\n" + devices + layer + time).hint, HasSubstr("source"));
}

TEST(ImportMap, SeveralDevicesNeedAColumn) {
  const std::string two =
      devices + "[devices.other]\npeak_gflops = { float32 = 1 }\nmemory = [{ bandwidth_gb_s = 1 }]\n";
  EXPECT_THAT(refused(two + layer + time).hint, HasSubstr("device_column"));
  EXPECT_TRUE(parse_import_map("device_column = \"gpu\"\n" + two + layer + time, "m.toml").has_value());
}

TEST(ImportMap, ARuleThatDropsNothingIsRefused) {
  EXPECT_THAT(refused(devices + layer + time + "[[drop]]\nwhy = \"x\"\n").hint, HasSubstr("when ="));
}

TEST(ImportMap, EveryMapOfTheStudiesIsOne) {
  int maps = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(FORECOST_SOURCE_DIR) + "/studies/maps")) {
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const auto map = parse_import_map(text.str(), entry.path().filename().string());
    EXPECT_TRUE(map.has_value()) << to_string(map.error());
    ++maps;
  }
  EXPECT_GE(maps, 9);
}

}  // namespace
}  // namespace forecost::measurement
