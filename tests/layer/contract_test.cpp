// SPDX-License-Identifier: Apache-2.0
/// What every operator rule owes, run over the whole table.
#include <gtest/gtest.h>

#include "forecost/layer/op_rule.h"
#include "forecost/layer/rule_parts.h"

namespace forecost::layer {
namespace {

class OperatorContract : public testing::TestWithParam<const OpRule*> {
 protected:
  const OpRule& rule() const { return *GetParam(); }

  LayeredNetwork example(std::int64_t batch) const {
    auto layered = infer(rule().example(batch));
    EXPECT_TRUE(layered) << (layered ? "" : to_string(layered.error()));
    return layered ? *std::move(layered) : LayeredNetwork{};
  }

  /// The layer of this operator; an example may hold others around it.
  const Layer* find(const LayeredNetwork& network) const {
    for (const Layer& layer : network.layers) {
      if (layer.op == rule().op && layer.domain == rule().domain) return &layer;
    }
    ADD_FAILURE() << "the example holds no " << rule().op;
    return nullptr;
  }
};

TEST_P(OperatorContract, TwiceTheBatchIsTwiceTheWork) {
  const auto one = example(2);
  const auto two = example(4);
  const Layer* single = find(one);
  const Layer* twice = find(two);
  ASSERT_TRUE(single && twice);
  if (!rule().batch_scales) {
    EXPECT_GE(twice->cost.operations.value, single->cost.operations.value);
    return;
  }
  EXPECT_EQ(twice->cost.macs.value, 2 * single->cost.macs.value);
  EXPECT_EQ(twice->cost.operations.value, 2 * single->cost.operations.value);
  EXPECT_EQ(twice->cost.written.value, 2 * single->cost.written.value);
}

TEST_P(OperatorContract, ParametersDoNotDependOnTheBatch) {
  const auto one = example(1);
  const auto many = example(5);
  ASSERT_TRUE(find(one) && find(many));
  EXPECT_EQ(find(one)->cost.parameters, find(many)->cost.parameters);
}

TEST_P(OperatorContract, OperationsHoldTwiceTheMultiplyAccumulates) {
  const auto network = example(2);
  ASSERT_TRUE(find(network));
  EXPECT_GE(find(network)->cost.operations.value, 2 * find(network)->cost.macs.value);
  EXPECT_GE(find(network)->cost.read.value, find(network)->cost.weights.value);
}

TEST_P(OperatorContract, WritesItsOutputsOnceUnlessItIsAView) {
  const auto network = example(2);
  const Layer* layer = find(network);
  ASSERT_TRUE(layer);
  std::int64_t bytes = 0;
  for (const std::string& output : layer->outputs) {
    if (!output.empty()) bytes += network.tensor(output)->bytes().value;
  }
  const bool free = (rule().domain.empty() && is_view(rule().op)) || rule().op == "Constant";
  EXPECT_EQ(layer->cost.written.value, free ? 0 : bytes);
}

TEST_P(OperatorContract, TheExampleAgreesWithTheBuildersShapes) {
  const network::Network built = rule().example(3);
  const auto network = example(3);
  for (const auto& output : built.graph.outputs) {
    ASSERT_TRUE(output.dims);
    const TensorFact* fact = network.tensor(output.name);
    ASSERT_TRUE(fact);
    Shape stated;
    for (const auto& dimension : *output.dims) stated.push_back(dimension.extent.value_or(-1));
    EXPECT_EQ(fact->shape, stated);
    EXPECT_EQ(fact->element, output.element);
  }
}

TEST_P(OperatorContract, NonsenseIsRefusedWithAHintAndNeverCrashes) {
  network::Node node;
  node.op = std::string(rule().op);
  node.domain = std::string(rule().domain);
  node.outputs = {"y"};
  const std::vector<Shape> shapes{{}, {0}, {7}, {2, 3}, {1, 2, 3, 4, 5}, {Shape::value_type{1} << 40}};
  for (std::size_t count = 0; count <= 9; ++count) {
    for (const Shape& shape : shapes) {
      for (const ElementType element : {ElementType::float32, ElementType::int64}) {
        node.inputs.assign(count, "x");
        const TensorFact fact{.element = element, .shape = shape, .values = {}, .constant = false};
        const std::vector<TensorFact> inputs(count, fact);
        for (const std::int64_t opset : {1, 7, 13, 22}) {
          const OpCall call{node, opset, inputs};
          const auto outputs = rule().shapes(call);
          if (outputs) {
            const Cost cost = rule().cost(call, *outputs);
            EXPECT_GE(cost.operations.value, 0);
            EXPECT_GE(cost.read.value, 0);
            EXPECT_GE(cost.macs.value, 0);
          } else {
            EXPECT_FALSE(outputs.error().hint.empty()) << outputs.error().what;
            EXPECT_FALSE(outputs.error().where.empty()) << outputs.error().what;
          }
        }
      }
    }
  }
}

std::vector<const OpRule*> every_rule() {
  std::vector<const OpRule*> rules;
  for (const OpRule& rule : op_rules()) rules.push_back(&rule);
  return rules;
}

std::string test_name(const testing::TestParamInfo<const OpRule*>& info) {
  std::string name = std::string(info.param->op) + "_" + std::string(info.param->domain);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(EveryOperator, OperatorContract, testing::ValuesIn(every_rule()), test_name);

TEST(OperatorTable, NamesEachOperatorOnce) {
  for (const OpRule& rule : op_rules()) {
    EXPECT_EQ(find_op_rule(rule.domain, rule.op), &rule) << rule.op;
    EXPECT_FALSE(rule.summary.empty()) << rule.op;
  }
}

TEST(OperatorTable, TheDefaultDomainHasTwoNames) {
  EXPECT_EQ(find_op_rule("ai.onnx", "Conv"), find_op_rule("", "Conv"));
  EXPECT_EQ(find_op_rule("com.acme", "Conv"), nullptr);
}

}  // namespace
}  // namespace forecost::layer
