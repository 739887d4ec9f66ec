// SPDX-License-Identifier: Apache-2.0
// Laws that every network of the zoo keeps.
#include "forecost/network/zoo.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/network/builder.h"

namespace forecost::network {
namespace {

class Zoo : public testing::TestWithParam<ZooEntry> {};

TEST_P(Zoo, HasTheParametersItStates) {
  const ZooEntry& entry = GetParam();
  EXPECT_EQ(learned_parameters(entry.build({})), entry.parameters);
  EXPECT_FALSE(entry.summary.empty());
  EXPECT_FALSE(entry.source.empty());
  EXPECT_GT(entry.macs, 0);
}

TEST_P(Zoo, UsesATensorOnlyAfterItIsMade) {
  const Network network = GetParam().build({});
  std::set<std::string> made{""};
  for (const Tensor& tensor : network.graph.initializers)
    EXPECT_TRUE(made.insert(tensor.name).second) << tensor.name;
  for (const ValueInfo& input : network.graph.inputs)
    EXPECT_TRUE(made.insert(input.name).second) << input.name;
  for (const Node& node : network.graph.nodes) {
    for (const std::string& input : node.inputs)
      EXPECT_TRUE(made.contains(input)) << node.name << " reads " << input;
    for (const std::string& output : node.outputs) EXPECT_TRUE(made.insert(output).second) << output;
  }
  for (const ValueInfo& output : network.graph.outputs)
    EXPECT_TRUE(made.contains(output.name)) << output.name;
}

TEST_P(Zoo, GivesEveryNodeANameOfItsOwn) {
  std::set<std::string> names;
  for (const Node& node : GetParam().build({}).graph.nodes) {
    EXPECT_FALSE(node.name.empty());
    EXPECT_TRUE(names.insert(node.name).second) << node.name;
  }
}

TEST_P(Zoo, LeavesNoInitializerUnused) {
  const Network network = GetParam().build({});
  std::set<std::string> used;
  for (const Node& node : network.graph.nodes) used.insert(node.inputs.begin(), node.inputs.end());
  for (const Tensor& tensor : network.graph.initializers)
    EXPECT_TRUE(used.contains(tensor.name)) << tensor.name;
}

TEST_P(Zoo, KeepsItsParametersAndNodesAtAnyBatch) {
  const Network one = GetParam().build({});
  const Network seven = GetParam().build({.batch = 7});
  EXPECT_EQ(learned_parameters(one), learned_parameters(seven));
  ASSERT_EQ(one.graph.nodes.size(), seven.graph.nodes.size());
  ASSERT_EQ(one.graph.outputs.size(), seven.graph.outputs.size());
  for (std::size_t i = 0; i < one.graph.outputs.size(); ++i) {
    EXPECT_EQ(one.graph.outputs[i].dims->front().extent, 1);
    EXPECT_EQ(seven.graph.outputs[i].dims->front().extent, 7);
  }
}

TEST_P(Zoo, MaterialisesNoWeight) {
  for (const Tensor& tensor : GetParam().build({}).graph.initializers) {
    const auto elements = elements_of(tensor.dims).value();
    if (tensor.values) {
      EXPECT_LE(elements, Tensor::kept_elements) << tensor.name;
    } else {
      EXPECT_NE(tensor.fill.kind, Fill::Kind::stored) << tensor.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Zoo, testing::ValuesIn(zoo_entries()),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(FindZoo, FindsEveryEntryByName) {
  for (const ZooEntry& entry : zoo_entries()) EXPECT_EQ(find_zoo(entry.name).value()->name, entry.name);
}

TEST(FindZoo, HoldsNoNameTwice) {
  std::set<std::string_view> names;
  for (const ZooEntry& entry : zoo_entries()) EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
}

TEST(FindZoo, NamesTheNearestEntriesForAMisspeltOne) {
  const auto found = find_zoo("resnet5O");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().fault, Fault::not_found);
  EXPECT_THAT(found.error().hint, testing::HasSubstr("resnet50"));
}

TEST(FindZoo, NamesTheFamilyForAPartOfAName) {
  EXPECT_THAT(find_zoo("vit").error().hint,
              testing::AllOf(testing::HasSubstr("vit_b_16"), testing::HasSubstr("vit_s_16")));
}

TEST(ZooOptions, SequenceSetsTheTokensOfALanguageNetwork) {
  const Network network = find_zoo("bert_base").value()->build({.batch = 2, .sequence = 64});
  ASSERT_EQ(network.graph.inputs.at(0).dims->size(), 2U);
  EXPECT_EQ(network.graph.inputs.at(0).dims->at(1).extent, 64);
  EXPECT_EQ(learned_parameters(network), 109'482'240);
}

}  // namespace
}  // namespace forecost::network
