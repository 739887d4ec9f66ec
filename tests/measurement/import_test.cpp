// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/device/temp_folder.h"

namespace forecost::measurement {
namespace {

using ::testing::HasSubstr;

const std::string map_text = R"(name = "layers"
device_column = "gpu"
[devices.small]
is = "S 1"
peak_gflops = { float32 = 100 }
memory = [{ bandwidth_gb_s = 30 }]
[devices.large]
is = "L 1"
peak_gflops = { float32 = 1000 }
memory = [{ bandwidth_gb_s = 300 }]
[layer]
op = "Conv"
path = "conv_{kind}"
inputs = [["n", "c", "h", "h"], ["f", "c", "k", "k"], ["bias * f"]]
weights = [1, 2]
attributes = { strides = ["s", "s"], pads = ["p", "p", "p", "p"] }
[time]
value = "t / runs"
unit = "ms"
[energy]
value = "e"
unit = "uJ"
[[drop]]
when = "bad != 0"
why = "the counter wrapped"
[[drop]]
column = "kind"
is = ["old"]
)";
const std::string heading = "gpu,kind,n,c,h,f,k,s,p,bias,t,runs,e,bad\n";
/// AlexNet's first convolution: 96 filters of 11 x 11 x 3 at stride 4 on 227 x 227.
const std::string alexnet = "S 1,new,1,3,227,96,11,4,0,1,8,4,5000,0\n";

ImportMap map() {
  return parse_import_map(map_text, "m.toml").value();
}

record::CsvTable csv(const std::string& rows) {
  return record::CsvTable::parse(heading + rows, "t.csv").value();
}

Result<ImportedRows> imported(const std::string& rows) {
  const record::CsvTable table = csv(rows);
  return import_rows(table, map(), 0, table.rows());
}

Error refused(const std::string& rows) {
  const auto result = imported(rows);
  return result ? Error{Fault::failed, "it was imported", "", ""} : result.error();
}

TEST(Import, ARowBecomesAKernelWithOurCounts) {
  const auto result = imported(alexnet);
  ASSERT_TRUE(result.has_value()) << to_string(result.error());
  ASSERT_EQ(result->rows.size(), 1U);
  const ImportedRow& row = result->rows[0];
  EXPECT_EQ(row.kernel.cost.macs.value, 105'415'200);  // 55 * 55 * 96 * 11 * 11 * 3, as published for AlexNet
  EXPECT_EQ(row.kernel.cost.extents.out_h, 55);
  EXPECT_EQ(row.kernel.cost.weights, Bytes(4 * (96 * 3 * 11 * 11 + 96)));
  EXPECT_EQ(row.kernel.path, "conv_new");
  EXPECT_EQ(row.kernel.name, "line 2");
  EXPECT_DOUBLE_EQ(row.time.value, 2e-3);
  EXPECT_DOUBLE_EQ(row.origin.energy->value, 5e-3);
  EXPECT_EQ(nlohmann::json::parse(row.origin.cells).at("runs"), "4");
}

TEST(Import, AnInputWithAnExtentOf0IsAbsent) {
  const auto with = imported("S 1,new,1,3,9,8,3,1,0,1,8,4,5,0\n");
  const auto without = imported("S 1,new,1,3,9,8,3,1,0,0,8,4,5,0\n");
  ASSERT_TRUE(with && without);
  EXPECT_EQ(with->rows[0].kernel.cost.weights - without->rows[0].kernel.cost.weights, Bytes(4 * 8));
}

TEST(Import, RowsAreLeftOutByRuleAndCounted) {
  const auto result =
      imported(alexnet + "S 1,new,1,3,227,96,11,4,0,1,8,4,5000,1\n" +
               "S 1,new,1,3,227,96,11,4,0,1,8,4,5000,x\n" + "S 1,old,1,3,227,96,11,4,0,1,nan,4,5000,0\n");
  ASSERT_TRUE(result.has_value()) << to_string(result.error());
  EXPECT_EQ(result->rows.size(), 1U);
  EXPECT_EQ(result->dropped[0].why, "the counter wrapped");
  EXPECT_EQ(result->dropped[0].rows, 2);
  EXPECT_EQ(result->dropped[1].rows, 1);
}

TEST(Import, ACellThatIsNoNumberIsNamedWithLineAndColumn) {
  const Error text = refused(alexnet + "S 1,new,1,3,abc,96,11,4,0,1,8,4,5,0\n");
  EXPECT_EQ(text.fault, Fault::bad_input);
  EXPECT_THAT(text.what, HasSubstr("'abc' is no number"));
  EXPECT_EQ(text.where, "t.csv:3 (h)");
  EXPECT_EQ(refused("S 1,new,1,3,227,96,11,4,0,1,nan,4,5,0\n").where, "t.csv:2 (t)");
  EXPECT_EQ(refused("S 1,new,1,3,227,96,11,4,0,1,inf,4,5,0\n").where, "t.csv:2 (t)");
  EXPECT_EQ(refused("S 1,new,,3,227,96,11,4,0,1,1,4,5,0\n").where, "t.csv:2 (n)");
}

TEST(Import, ATimeOrEnergyThatIsNotAbove0IsRefusedAndARuleIsAdvised) {
  const Error error = refused("S 1,new,1,3,227,96,11,4,0,1,0,4,5,0\n");
  EXPECT_THAT(error.what, HasSubstr("not above 0"));
  EXPECT_THAT(error.hint, HasSubstr("[[drop]]"));
  EXPECT_FALSE(imported("S 1,new,1,3,227,96,11,4,0,1,8,4,-5,0\n").has_value());
  EXPECT_FALSE(imported("S 1,new,1,3,227,96,11,4,0,1,8,0,5,0\n").has_value());  // divided by no runs
}

TEST(Import, ExtentsAreWhole) {
  const Error error = refused("S 1,new,1,3,22.5,96,11,4,0,1,8,4,5,0\n");
  EXPECT_THAT(error.what, HasSubstr("no whole number"));
  EXPECT_THAT(error.hint, HasSubstr("ceil"));
}

TEST(Import, ExtentsBeyondCountingAreRefused) {
  EXPECT_THAT(refused("S 1,new,1e12,1e12,227,96,11,4,0,1,8,4,5,0\n").what, HasSubstr("too large"));
}

TEST(Import, ShapesThatTheOperatorRefusesNameTheLine) {
  const Error error = refused("S 1,new,1,3,5,96,11,4,0,1,8,4,5,0\n");  // a filter larger than the image
  EXPECT_EQ(error.where, "t.csv:2");
}

TEST(Import, ADeviceThatTheMapDoesNotDescribeIsRefused) {
  const Error error = refused("S 2,new,1,3,227,96,11,4,0,1,8,4,5,0\n");
  EXPECT_EQ(error.where, "t.csv:2 (gpu)");
  EXPECT_THAT(error.hint, HasSubstr("S 1"));
}

TEST(Import, AColumnThatTheFileLacksIsNamedAtTheMapsPlace) {
  const auto table = record::CsvTable::parse("gpu,kind,n,c,hh\n", "t.csv").value();
  const auto result = import_rows(table, map(), 0, 0);
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().where, HasSubstr("m.toml:"));
}

TEST(Import, AListColumnIsTakenApart) {
  const auto split = parse_import_map(R"([split]
shape = ["n", "k"]
[devices.d]
peak_gflops = { float32 = 1 }
memory = [{ bandwidth_gb_s = 1 }]
[layer]
op = "MatMul"
inputs = [["n", "k"], ["k", "n"]]
[time]
value = "t"
unit = "s"
)",
                                      "m.toml");
  ASSERT_TRUE(split.has_value()) << to_string(split.error());
  const auto good = record::CsvTable::parse("shape,t\n\"2,3\",1\n", "t.csv").value();
  EXPECT_EQ(import_rows(good, *split, 0, 1)->rows[0].kernel.cost.macs, Macs(12));
  const auto bad = record::CsvTable::parse("shape,t\n\"2,3,4\",1\n", "t.csv").value();
  const auto result = import_rows(bad, *split, 0, 1);
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().what, HasSubstr("3 parts, the map names 2"));
}

class ImportedStore : public testing::Test {
 protected:
  Result<ImportSummary> import(const std::string& rows) {
    const ImportSource source{.file = "t.csv",
                              .bytes = static_cast<std::int64_t>(rows.size()),
                              .checksum = record::checksum(rows),
                              .map_file = "m.toml",
                              .map_text = map_text};
    return import_into(*store_, csv(rows), map(), source, {});
  }

  Result<device::TempFolder> folder_ = device::TempFolder::make(*device::this_machine());
  Result<Store> store_ = Store::open(folder_->path() / "measurements.sqlite");
};

TEST_F(ImportedStore, KeepsRowsByDeviceWithEnergyGroupAndCells) {
  const auto summary = import(alexnet + alexnet + "L 1,new,2,3,227,96,11,4,0,1,8,4,5000,0\n");
  ASSERT_TRUE(summary.has_value()) << to_string(summary.error());
  EXPECT_EQ(summary->imported.at("small"), 2);
  EXPECT_EQ(summary->imported.at("large"), 1);
  const auto id = store_->enter_device(map().devices[0].card);
  const auto records = store_->records(*id, "imported");
  ASSERT_TRUE(records.has_value()) << to_string(records.error());
  const Table table = tabulate(map().devices[0].card, *records);
  ASSERT_EQ(table.kernels.size(), 2U);
  EXPECT_TRUE(table.networks.empty());
  EXPECT_EQ(table.kernels[0].state, KernelState::imported);
  EXPECT_DOUBLE_EQ(table.kernels[0].time.value, 2e-3);
  EXPECT_DOUBLE_EQ(table.kernels[0].energy->value, 5e-3);
  EXPECT_EQ(table.kernels[0].group, table.kernels[1].group);
  EXPECT_EQ(nlohmann::json::parse(table.kernels[0].cells).at("kind"), "new");
}

TEST_F(ImportedStore, TheSameFileIsNotCountedTwice) {
  ASSERT_TRUE(import(alexnet).has_value());
  const auto again = import(alexnet);
  ASSERT_TRUE(again.has_value()) << to_string(again.error());
  EXPECT_EQ(again->known, 1);
  EXPECT_EQ(store_->records(*store_->enter_device(map().devices[0].card), "imported")->size(), 1U);
}

}  // namespace
}  // namespace forecost::measurement
