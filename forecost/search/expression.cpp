// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/expression.h"

#include <cmath>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <muParser.h>
#include <nlohmann/json.hpp>

#include "forecost/outcome/nearest.h"

namespace forecost::search {
namespace {

using nlohmann::json;

std::optional<double> number_of_choice(const std::string& choice) {
  const json value = json::parse(choice, nullptr, false);
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  return std::nullopt;
}

}  // namespace

std::optional<double> number_of(const Parameter& parameter, double value) {
  if (std::isnan(value)) return 0;
  if (parameter.choices.empty()) return value;
  return number_of_choice(parameter.choices[static_cast<std::size_t>(value)]);
}

struct Expression::Compiled {
  struct Variable {
    std::size_t parameter;
    std::vector<double> choices;  ///< empty: the value itself
    double value = 0;
  };
  std::vector<std::unique_ptr<Variable>> variables;
  mu::Parser parser;
  std::mutex turn;  // muparser reads the variables through pointers
};

Expression::Expression(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

Result<Expression> Expression::parse(std::string_view text, const Space& space) {
  auto compiled = std::make_unique<Compiled>();
  try {
    mu::Parser& parser = compiled->parser;
    parser.SetExpr(std::string(text));
    const mu::varmap_type used = parser.GetUsedVar();
    for (const auto& entry : used) {
      const std::string& name = entry.first;
      const std::optional<std::size_t> index = space.find(name);
      if (!index) {
        std::vector<std::string> names;
        for (const Parameter& p : space.parameters()) names.push_back(p.name);
        return Error{Fault::bad_input, fmt::format("'{}' in \"{}\" is no parameter", name, text), name,
                     did_you_mean(name, names)};
      }
      auto variable = std::make_unique<Compiled::Variable>(Compiled::Variable{*index, {}, 0});
      for (const std::string& choice : space[*index].choices) {
        const std::optional<double> number = number_of_choice(choice);
        if (!number) {
          return Error{Fault::bad_input, fmt::format("'{}' in \"{}\" is a text, {}", name, text, choice),
                       name, "expressions need parameters with numbers"};
        }
        variable->choices.push_back(*number);
      }
      parser.DefineVar(name, &variable->value);
      compiled->variables.push_back(std::move(variable));
    }
    parser.Eval();
  } catch (const mu::ParserError& problem) {
    return Error{Fault::bad_input, fmt::format("\"{}\" is no expression: {}", text, problem.GetMsg()), "",
                 "write arithmetic over parameters, as \"width * layers\""};
  }
  return Expression(std::move(compiled));
}

double Expression::value(const Design& design) const {
  const std::scoped_lock lock(compiled_->turn);
  for (const auto& variable : compiled_->variables) {
    const double value = design.values[variable->parameter];
    const auto& choices = variable->choices;
    variable->value = std::isnan(value) ? 0
                      : choices.empty() ? value
                                        : choices[static_cast<std::size_t>(value)];
  }
  return compiled_->parser.Eval();
}

std::vector<std::size_t> Expression::parameters() const {
  std::vector<std::size_t> indexes;
  for (const auto& variable : compiled_->variables) indexes.push_back(variable->parameter);
  return indexes;
}

}  // namespace forecost::search
