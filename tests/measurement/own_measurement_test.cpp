// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/own_measurement.h"

#include <cmath>
#include <functional>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/measurement/table.h"
#include "forecost/measurement/total_split.h"
#include "forecost/network/builder.h"
#include "forecost/network/reader.h"
#include "forecost/network/writer.h"
#include "tests/measurement/made_up_machine.h"

namespace forecost::measurement {
namespace {

using testing::DoubleEq;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// A runner that says what a function of the network's name says.
class Teller final : public device::Runner {
 public:
  std::function<Result<device::Measured>(const std::string& name)> tells;
  std::vector<device::MeasureRequest> asked;

  bool measures_itself() const override { return true; }
  device::Identity identity(const device::Settings& settings) const override {
    return {.name = "",
            .processor = "board",
            .cores = 4,
            .instruction_set = "neon",
            .runtime = "torch",
            .runtime_version = "1",
            .runtime_build = "",
            .provider = "",
            .settings = settings};
  }
  Result<device::Measured> measure(const device::Model& model,
                                   const device::MeasureRequest& request) override {
    asked.push_back(request);
    return tells(model.file.string());
  }
  Result<std::unique_ptr<device::Session>> open(const device::Model&,
                                                const device::SessionOptions&) override {
    return Error{};
  }
  Result<network::Network> optimised_graph(const device::Model&, const device::SessionOptions&) override {
    return Error{};
  }
  Result<std::vector<std::vector<device::NodeTime>>> profile(const device::Model&,
                                                             const device::SessionOptions&, int,
                                                             int) override {
    return Error{};
  }
};

/// Linear and Relu.
network::Network small(std::int64_t width) {
  network::Builder builder("small");
  builder.output(builder.relu(builder.linear(builder.input("x", {8, width}), width)));
  return builder.finish();
}

class OwnMeasurement : public testing::Test {
 protected:
  static Item item(const std::string& name, std::int64_t width = 64) {
    Item item{.name = name, .kind = "calibration", .group = name};
    item.file = name;
    item.network = small(width);
    return item;
  }

  made_up::Machine machine_;
  Teller runner_;
  Bench bench_{.system = machine_, .runner = runner_, .settings = {.threads = 2}};
};

TEST_F(OwnMeasurement, TakesTheRunnersWordForRunsNodesMemoryAndEnergy) {
  runner_.tells = [](const std::string&) {
    device::Measured told;
    told.run_seconds = {0.002, 0.001};
    const auto layered = layer::infer(small(64));
    std::vector<device::NodeTime> run;
    for (const layer::Layer& layer : layered->layers) run.push_back({layer.name, layer.op, Seconds(0.0004)});
    told.nodes = {run, run};
    told.peak_memory = Bytes(77);
    told.energies = {{.sensor = "ina3221", .scope = "board", .total = Joules(0.006), .idle = Watts(2)}};
    return told;
  };
  const std::vector<Item> items{item("A")};
  const auto records = measure(bench_, items, {});
  ASSERT_THAT(records, SizeIs(1));
  ASSERT_TRUE(records[0]) << to_string(records[0].error());
  EXPECT_THAT(records[0]->run_seconds, ElementsAre(0.002, 0.001));
  EXPECT_EQ(records[0]->peak_memory, Bytes(77));
  EXPECT_THAT(records[0]->kernel_seconds, SizeIs(2));
  EXPECT_THAT(records[0]->kernel_seconds, Each(ElementsAre(DoubleEq(0.0004), DoubleEq(0.0004))));
  const Energy& energy = records[0]->energies.at(0);
  EXPECT_EQ(energy.sensor, "ina3221");
  EXPECT_FALSE(energy.declared);
  EXPECT_NEAR(energy.above_idle.value, 0.006 - 2 * 0.0015, 1e-12);  // the median run takes 1.5 ms
  EXPECT_NEAR(energy.power.value, 4, 1e-9);
}

TEST_F(OwnMeasurement, OneThatFailsLosesNoneBeforeOrAfter) {
  runner_.tells = [](const std::string& name) -> Result<device::Measured> {
    if (name == "B") return Error{Fault::failed, "the connection died", "board", "look at it"};
    device::Measured told;
    if (name != "C") told.run_seconds = {0.001};
    return told;
  };
  const std::vector<Item> items{item("A"), item("B"), item("C"), item("D")};
  const auto records = measure(bench_, items, {});
  ASSERT_THAT(records, SizeIs(4));
  EXPECT_TRUE(records[0]);
  EXPECT_THAT(records[1].error().what, HasSubstr("connection died"));
  EXPECT_THAT(records[2].error().what, HasSubstr("no time"));
  EXPECT_TRUE(records[3]);
}

TEST_F(OwnMeasurement, AStopEndsBeforeTheNextNetwork) {
  bool stopped = false;
  runner_.tells = [&stopped](const std::string&) {
    stopped = true;
    device::Measured told;
    told.run_seconds = {0.001};
    return told;
  };
  bench_.stop = [&stopped] { return stopped; };
  const std::vector<Item> items{item("A"), item("B")};
  const auto records = measure(bench_, items, {});
  EXPECT_TRUE(records[0]);
  EXPECT_EQ(records[1].error().fault, Fault::interrupted);
}

TEST_F(OwnMeasurement, CachesCountAsEmptyOnlyWhereTheRunnerSaysSo) {
  for (const bool evicts : {false, true}) {
    runner_.tells = [evicts](const std::string&) {
      device::Measured told;
      told.run_seconds = {0.001};
      told.evicted = evicts;
      return told;
    };
    Item cold = item("A");
    cold.evict = Bytes(1 << 20);
    const auto record = measure(bench_, std::span(&cold, 1), {});
    ASSERT_TRUE(record[0]);
    EXPECT_EQ(runner_.asked.back().evict, Bytes(1 << 20));
    EXPECT_EQ(record[0]->evicted, evicts);
    EXPECT_EQ(record[0]->kernels[0].footprint >= Bytes(1 << 20), evicts);
  }
}

TEST_F(OwnMeasurement, WithoutNodeTimesKernelsShareTheTimeOfTheirNetwork) {
  runner_.tells = [](const std::string&) {
    device::Measured told;
    told.run_seconds = {0.003, 0.0031};
    return told;
  };
  std::vector<Record> records;
  for (int i = 0; i < 6; ++i) {
    const Item one = item("N" + std::to_string(i), 64 * (i + 1));
    auto measured = measure(bench_, std::span(&one, 1), {});
    ASSERT_TRUE(measured[0]);
    EXPECT_TRUE(tells_only_total(*measured[0]));
    records.push_back(*std::move(measured[0]));
  }
  device::Card card;
  card.peak_operations["float32"] = 1e10;
  card.memory = {{"far", Bytes(0), 1e9}};
  const Table table = tabulate(card, records);
  ASSERT_THAT(table.networks, SizeIs(6));
  ASSERT_THAT(table.kernels, SizeIs(12));
  for (std::size_t n = 0; n < 6; ++n) {
    const KernelRow& first = table.kernels[2 * n];
    const KernelRow& second = table.kernels[2 * n + 1];
    EXPECT_EQ(first.state, KernelState::split);
    EXPECT_NEAR((first.time + second.time).value, table.networks[n].time.value, 1e-9);
    EXPECT_GT(second.time.value, 0);
  }
}

TEST(TotalSplit, FindsTheFactorsBehindTotals) {
  device::Card card;
  card.peak_operations["float32"] = 1e9;
  card.memory = {{"far", Bytes(0), 1e9}};
  const auto kernel = [](double macs, double bytes) {
    layer::Kernel made;
    made.cost.macs = Macs(static_cast<std::int64_t>(macs));
    made.cost.operations = Operations(static_cast<std::int64_t>(2 * macs));
    made.cost.read = Bytes(static_cast<std::int64_t>(bytes));
    return made;
  };
  std::vector<Record> records;
  for (int i = 1; i <= 8; ++i) {
    Record record{.name = "N"};
    for (int k = 0; k < i; ++k)
      record.kernels.push_back(kernel(5e5 * (1 + (i * k) % 3), 0));            // 1 ms each or more
    for (int k = 0; k < 9 - i; ++k) record.kernels.push_back(kernel(0, 2e6));  // 2 ms
    double total = 0;
    for (const layer::Kernel& one : record.kernels) {
      const double roof =
          one.cost.macs.value > 0 ? static_cast<double>(one.cost.operations.value) * 1e-9 : 2e-3;
      total += (one.cost.macs.value > 0 ? 3 : 0.5) * roof + 1e-4;
    }
    record.run_seconds = {total};
    record.kernel_seconds.resize(record.kernels.size());
    records.push_back(std::move(record));
  }
  const TotalSplit split(card, records);
  const auto times = split.times(records[3], records[3].run_seconds[0]);
  EXPECT_NEAR(times.back(), 0.5 * 2e-3 + 1e-4, 1e-5);
  EXPECT_NEAR(std::accumulate(times.begin(), times.end(), 0.0), records[3].run_seconds[0], 1e-12);
}

/// Arithmetic at 1e11 operations a second or memory at 1e10 bytes a second, and 10 us.
TEST_F(OwnMeasurement, RoofsAreThoseOfNetworksWithOneKernel) {
  class Machine final : public device::Runner {
   public:
    explicit Machine(Teller& other) : other_(other) {}
    bool measures_itself() const override { return true; }
    device::Identity identity(const device::Settings& s) const override { return other_.identity(s); }
    Result<device::Measured> measure(const device::Model& model, const device::MeasureRequest&) override {
      const std::string file = testing::TempDir() + "roof.onnx";
      if (std::FILE* out = std::fopen(file.c_str(), "wb")) {
        std::fwrite(model.bytes.data(), 1, model.bytes.size(), out);
        std::fclose(out);
      }
      const auto layered = layer::infer(*network::read(file));
      const layer::Totals totals = layer::totals_of(*layered);
      device::Measured told;
      told.run_seconds = {1e-5 + std::max(static_cast<double>(totals.macs.value) * 2e-11,
                                          static_cast<double>(totals.traffic.value) * 1e-10)};
      return told;
    }
    Result<std::unique_ptr<device::Session>> open(const device::Model&,
                                                  const device::SessionOptions&) override {
      return Error{};
    }
    Result<network::Network> optimised_graph(const device::Model&, const device::SessionOptions&) override {
      return Error{};
    }
    Result<std::vector<std::vector<device::NodeTime>>> profile(const device::Model&,
                                                               const device::SessionOptions&, int,
                                                               int) override {
      return Error{};
    }

   private:
    Teller& other_;
  };
  Machine machine(runner_);
  const Bench bench{.system = machine_, .runner = machine, .settings = {.threads = 2}};
  const auto card = roofs_there(bench);
  ASSERT_TRUE(card) << to_string(card.error());
  EXPECT_NEAR(card->peak_operations.at("float32"), 1e11, 2e9);
  ASSERT_THAT(card->memory, SizeIs(3));
  EXPECT_NEAR(card->memory.back().bandwidth, 1e10, 1e8);
  EXPECT_EQ(card->memory.back().capacity, Bytes(0));
  EXPECT_EQ(card->identity.processor, "board");
  runner_.tells = [](const std::string&) { return Error{Fault::failed, "no board", "", ""}; };
  EXPECT_FALSE(roofs_there(bench_));
}

}  // namespace
}  // namespace forecost::measurement
