// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/device/runner.h"
#include "forecost/device/temp_folder.h"
#include "forecost/network/builder.h"
#include "forecost/network/writer.h"

namespace forecost::device {
namespace {

using network::Builder;
using network::Value;

/// The real machine, with its own temporary folder so that leftovers are seen.
class WithTmp final : public System {
 public:
  explicit WithTmp(std::filesystem::path tmp) : machine_(this_machine()), tmp_(std::move(tmp)) {}
  Seconds now() const override { return machine_->now(); }
  Seconds thread_cpu_time() const override { return machine_->thread_cpu_time(); }
  Seconds process_cpu_time() const override { return machine_->process_cpu_time(); }
  std::int64_t unix_time() const override { return machine_->unix_time(); }
  std::optional<CpuTimes> cpu_times() const override { return machine_->cpu_times(); }
  std::optional<double> frequency_mhz(int core) const override { return machine_->frequency_mhz(core); }
  std::int64_t involuntary_switches() const override { return machine_->involuntary_switches(); }
  Bytes resident_peak() const override { return machine_->resident_peak(); }
  Status reset_resident_peak() const override { return machine_->reset_resident_peak(); }
  Bytes resident_now() const override { return machine_->resident_now(); }
  Result<std::string> read_text(const std::filesystem::path& file) const override {
    return machine_->read_text(file);
  }
  std::vector<int> allowed_cores() const override { return machine_->allowed_cores(); }
  std::optional<std::string> environment(const std::string& name) const override {
    return name == "TMPDIR" ? std::optional(tmp_.string()) : machine_->environment(name);
  }

 private:
  std::unique_ptr<System> machine_;
  std::filesystem::path tmp_;
};

class OnnxRuntime : public testing::Test {
 protected:
  void SetUp() override {
    auto runner = find_runner("onnxruntime")->open(system_, {});
    if (!runner) GTEST_SKIP() << "skipped: " << to_string(runner.error());
    runner_ = std::move(*runner);
    reference_ = *find_runner("reference")->open(system_, {});
  }

  void TearDown() override {
    EXPECT_TRUE(std::filesystem::is_empty(folder_->path())) << "temporary files were left behind";
  }

  Result<TempFolder> folder_ = TempFolder::make(*this_machine());
  WithTmp system_{folder_->path()};
  std::unique_ptr<Runner> runner_, reference_;
};

std::string small_convolutions() {
  Builder b("small", 17, 3);
  Value x = b.input("x", {1, 3, 12, 12});
  x = b.relu(b.conv(x, 16, {.kernel = {3, 3}, .pads = {}}));
  x = b.relu(b.conv(x, 16, {.kernel = {3, 3}, .stride = {2, 2}, .pads = {1, 1, 1, 1}, .groups = 16}));
  x = b.clip(b.batch_norm(b.conv(x, 24, {.pads = {}})), 0, 6);
  x = b.max_pool(x, {});
  x = b.flatten(b.global_average_pool(x));
  b.output(b.softmax(b.linear(x, 10)));
  auto bytes = network::serialise(b.finish());
  return bytes ? *bytes : std::string();
}

void expect_same(Runner& a, Runner& b, const std::string& bytes) {
  const Model model{{}, bytes};
  auto left = a.open(model, {}), right = b.open(model, {});
  ASSERT_TRUE(left) << to_string(left.error());
  ASSERT_TRUE(right) << to_string(right.error());
  const auto x = (*left)->outputs(), y = (*right)->outputs();
  ASSERT_TRUE(x) << to_string(x.error());
  ASSERT_TRUE(y) << to_string(y.error());
  ASSERT_EQ(x->size(), y->size());
  for (std::size_t i = 0; i < x->size(); ++i) {
    EXPECT_EQ((*x)[i].name, (*y)[i].name);
    ASSERT_EQ((*x)[i].shape, (*y)[i].shape);
    for (std::size_t k = 0; k < (*x)[i].values.size(); ++k) {
      // float32 sums of at most a few hundred terms against double precision
      ASSERT_NEAR((*x)[i].values[k], (*y)[i].values[k], 1e-4 * (1 + std::abs((*y)[i].values[k]))) << k;
    }
  }
}

TEST_F(OnnxRuntime, GivesTheNumbersOfThePlainLoops) {
  expect_same(*runner_, *reference_, small_convolutions());
}

TEST_F(OnnxRuntime, GivesTheNumbersOfThePlainLoopsForAnyConvolution) {
  rc::check("conv = loops", [&] {
    const auto groups = *rc::gen::element<std::int64_t>(1, 2, 4);
    const auto in = groups * *rc::gen::inRange<std::int64_t>(1, 5),
               out = groups * *rc::gen::inRange<std::int64_t>(1, 5);
    const auto kernel = *rc::gen::inRange<std::int64_t>(1, 4), stride = *rc::gen::inRange<std::int64_t>(1, 3);
    const auto dilation = *rc::gen::inRange<std::int64_t>(1, 3), pad = *rc::gen::inRange<std::int64_t>(0, 2);
    Builder b("conv", 17, 5);
    const Value x = b.input("x", {2, in, 9, 8});
    b.output(b.conv(x, out,
                    {.kernel = {kernel, kernel},
                     .stride = {stride, stride},
                     .pads = {pad, pad, pad, pad},
                     .dilation = {dilation, dilation},
                     .groups = groups}));
    const auto bytes = network::serialise(b.finish());
    RC_ASSERT(bool(bytes));
    expect_same(*runner_, *reference_, *bytes);
    RC_ASSERT(!testing::Test::HasFailure());
  });
}

TEST_F(OnnxRuntime, GivesTheNumbersOfThePlainLoopsForMatricesAndLayouts) {
  Builder b("matrices", 17, 7);
  const Value x = b.input("x", {2, 6, 4});
  const Value y = b.transpose(b.linear(x, 8), {0, 2, 1});
  const Value z = b.concat({b.reshape(b.matmul(y, x), {2, 4, 8}), b.sigmoid(b.reshape(y, {2, 6, 8}))}, 1);
  b.output(b.softmax(b.mul(b.sub(z, b.scalar(0.5)), b.div(z, b.scalar(2))), 1));
  const auto bytes = network::serialise(b.finish());
  ASSERT_TRUE(bytes) << to_string(bytes.error());
  expect_same(*runner_, *reference_, *bytes);
}

TEST_F(OnnxRuntime, ThreadsOnTheirCoresGiveTheSameNumbers) {
  const auto cores = system_.allowed_cores();
  if (cores.size() < 2) GTEST_SKIP() << "skipped: a second core";
  const auto bytes = small_convolutions();
  const Model model{{}, bytes};
  SessionOptions two;
  two.settings = {2, {cores[0], cores[1]}};
  auto one_thread = runner_->open(model, {}), two_threads = runner_->open(model, two);
  ASSERT_TRUE(one_thread);
  ASSERT_TRUE(two_threads) << to_string(two_threads.error());
  const auto x = (*one_thread)->outputs(), y = (*two_threads)->outputs();
  ASSERT_TRUE(x);
  ASSERT_TRUE(y);
  for (std::size_t k = 0; k < x->front().values.size(); ++k) {
    EXPECT_NEAR(x->front().values[k], y->front().values[k], 1e-5);
  }
  EXPECT_EQ(system_.allowed_cores(), cores) << "the caller's own cores are given back";
}

TEST_F(OnnxRuntime, ThreadsAndCoresThatDoNotMatchAreRefused) {
  const auto bytes = small_convolutions();
  SessionOptions options;
  options.settings = {2, {0}};
  const auto session = runner_->open({{}, bytes}, options);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().hint, "name one core for each thread, or none");
}

TEST_F(OnnxRuntime, FusesActivationsIntoConvolutionsUnlessToldNotTo) {
  const auto bytes = small_convolutions();
  const auto fused = runner_->optimised_graph({{}, bytes}, {});
  ASSERT_TRUE(fused) << to_string(fused.error());
  SessionOptions as_given;
  as_given.optimise = false;
  const auto plain = runner_->optimised_graph({{}, bytes}, as_given);
  ASSERT_TRUE(plain) << to_string(plain.error());
  const auto ops_of = [](const network::Network& network) {
    std::multiset<std::string> ops;
    for (const auto& node : network.graph.nodes) ops.insert(node.op);
    return ops;
  };
  EXPECT_EQ(ops_of(*fused).count("Relu"), 0u);
  EXPECT_EQ(ops_of(*fused).count("BatchNormalization"), 0u);
  EXPECT_EQ(ops_of(*plain).count("Relu"), 2u);
}

TEST_F(OnnxRuntime, ProfilesTheNodesOfItsOptimisedGraph) {
  const auto bytes = small_convolutions();
  const auto graph = runner_->optimised_graph({{}, bytes}, {});
  ASSERT_TRUE(graph);
  const auto runs = runner_->profile({{}, bytes}, {}, 2, 3);
  ASSERT_TRUE(runs) << to_string(runs.error());
  ASSERT_EQ(runs->size(), 3u);
  std::vector<std::string> wanted;
  for (const auto& node : graph->graph.nodes) wanted.push_back(node.op);
  for (const auto& run : *runs) {
    std::vector<std::string> seen;
    for (const auto& node : run) {
      seen.push_back(node.op);
      EXPECT_GE(microseconds(node.time), 0.5);
    }
    EXPECT_THAT(seen, testing::UnorderedElementsAreArray(wanted));
  }
}

TEST_F(OnnxRuntime, AFreeBatchIsTheOneAskedFor) {
  auto network = [] {
    Builder b("free");
    b.output(b.relu(b.input("x", {1, 3})));
    return b.finish();
  }();
  network.graph.inputs[0].dims->at(0) = {std::nullopt, "N"};
  network.graph.outputs[0].dims->at(0) = {std::nullopt, "N"};
  const auto bytes = network::serialise(network);
  ASSERT_TRUE(bytes);
  Model model{{}, *bytes};
  model.batch = 5;
  auto session = runner_->open(model, {});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->outputs()->front().shape, (network::Shape{5, 3}));
  model.symbols["N"] = 2;
  session = runner_->open(model, {});
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->outputs()->front().shape, (network::Shape{2, 3}));
}

TEST_F(OnnxRuntime, IdsStayInsideSmallTables) {
  Builder b("table");
  const Value ids = b.input("ids", {1, 50}, network::ElementType::int64);
  b.output(b.gather(b.weights({7, 4}, 1), ids));
  const auto bytes = network::serialise(b.finish());
  ASSERT_TRUE(bytes);
  auto session = runner_->open({{}, *bytes}, {});
  ASSERT_TRUE(session);
  const auto ran = (*session)->run();
  EXPECT_TRUE(ran) << to_string(ran.error());
}

TEST_F(OnnxRuntime, GarbageGivesTheRuntimesOwnWords) {
  const auto session = runner_->open({{}, "this is not a model"}, {});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().fault, Fault::bad_input);
  EXPECT_EQ(session.error().where, "model in memory");
  EXPECT_THAT(session.error().what, testing::HasSubstr("protobuf"));
  EXPECT_FALSE(session.error().hint.empty());
  EXPECT_FALSE(runner_->optimised_graph({{}, "this is not a model"}, {}));
}

TEST_F(OnnxRuntime, AnAbsentFileIsNotFound) {
  const auto session = runner_->open({"/nowhere/at/all.onnx"}, {});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().fault, Fault::not_found);
}

TEST_F(OnnxRuntime, SaysWhoItIs) {
  const auto identity = runner_->identity({2, {}});
  EXPECT_EQ(identity.runtime, "onnxruntime");
  EXPECT_THAT(identity.runtime_version, testing::ContainsRegex("^1\\.[0-9]+\\."));
  EXPECT_FALSE(identity.runtime_build.empty());
  EXPECT_EQ(identity.provider, "CPUExecutionProvider");
  EXPECT_EQ(identity.settings.threads, 2);
}

}  // namespace
}  // namespace forecost::device
