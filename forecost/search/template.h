// SPDX-License-Identifier: Apache-2.0
/// An architecture written in a study file, whose layers' fields may name parameters: a design becomes a
/// network (docs/formats/study-file.md lists the layers and their fields).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "forecost/layer/weight_format.h"
#include "forecost/network/builder.h"
#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"
#include "forecost/search/chain.h"
#include "forecost/search/expression.h"
#include "forecost/search/space.h"
#include "forecost/search/toml_tree.h"

namespace forecost::search {

class Template {
 public:
  /// `table`: { input = [3, 32, 32], batch = 1, layers = [{ type = "conv", channels = "$width" }, ...] }.
  /// Texts that begin with "$" are expressions over the parameters of the space; in fields that take a name
  /// they are one parameter with texts. Fails: `bad_input` with line and column for an unknown layer, field
  /// or parameter, and for a field of the wrong sort.
  static Result<Template> parse(const TomlNode& table, const Space& space);

  /// Expressions are rounded to whole numbers where the field is one. Fails: `bad_input` naming the layer for
  /// a field outside of its range or layers that do not fit each other (a window larger than its image): this
  /// design cannot be built. Linear in the number of layers.
  Result<network::Network> build(const Design& design) const;

  /// Whether a layer says in which format it keeps its weights.
  bool formats_weights() const;
  /// That format, of a node of the network that `build` makes; null for nodes of layers that say none.
  const layer::WeightFormat* weights(const Design& design, std::string_view node) const;

  /// Indexes of the parameters that the network and its weights depend on, sorted.
  std::vector<std::size_t> parameters() const;

  /// The template's layers as links.
  static Chain chain(std::shared_ptr<const Template> network);

 private:
  /// A field's value: a constant, an expression, or the choice of a parameter.
  struct Field {
    enum class Source { constant, expression, parameter };
    Source source = Source::constant;
    double number = 0;
    std::string text;
    std::size_t index = 0;  ///< of the expression or the parameter
  };
  struct Layer {
    std::string type;
    std::map<std::string, Field, std::less<>> fields;
    Field repeat;
    std::string where;
  };

  Result<Layer> parse_layer(const TomlNode& table, const Space& space);
  Result<Field> parse_field(const TomlNode& node, const Space& space, bool number);
  double number_in(const Field& field, const Design& design) const;
  std::string text_in(const Field& field, const Design& design) const;
  /// Layer `index` behind `x`, as often as it is repeated.
  Result<network::Value> grown(network::Builder& builder, network::Value x, std::size_t index,
                               const Design& design) const;
  std::vector<std::size_t> parameters_of(const Layer& layer) const;

  std::string name_;
  std::vector<std::int64_t> input_;
  std::int64_t batch_ = 1;
  std::vector<Layer> layers_;
  std::vector<Expression> expressions_;
  std::vector<std::vector<std::string>> texts_;  ///< per parameter of the space: its choices, unquoted
};

}  // namespace forecost::search
