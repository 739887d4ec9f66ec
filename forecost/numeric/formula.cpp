// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/formula.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <muParser.h>

#include "forecost/outcome/nearest.h"

namespace forecost::numeric {
namespace {

double floor_of(double x) {
  return std::floor(x);
}

double ceil_of(double x) {
  return std::ceil(x);
}

}  // namespace

struct Formula::Compiled {
  std::string text;
  std::vector<std::size_t> used;
  std::vector<double> numbers;  ///< of `used`; never grows, the parser points into it
  mu::Parser parser;
};

Formula::Formula(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Formula::Formula(Formula&&) noexcept = default;
Formula& Formula::operator=(Formula&&) noexcept = default;
Formula::~Formula() = default;

Result<Formula> Formula::parse(std::string_view text, const std::vector<std::string>& names) {
  auto compiled = std::make_unique<Compiled>();
  compiled->text = text;
  try {
    mu::Parser& parser = compiled->parser;
    parser.DefineFun("floor", floor_of);
    parser.DefineFun("ceil", ceil_of);
    parser.SetExpr(compiled->text);
    const mu::varmap_type used = parser.GetUsedVar();
    compiled->numbers.assign(used.size(), 1.0);
    for (const auto& entry : used) {
      const auto found = std::find(names.begin(), names.end(), entry.first);
      if (found == names.end()) {
        return Error{Fault::bad_input, fmt::format("'{}' in \"{}\" is not known", entry.first, text),
                     entry.first, did_you_mean(entry.first, names)};
      }
      compiled->used.push_back(static_cast<std::size_t>(found - names.begin()));
    }
    std::sort(compiled->used.begin(), compiled->used.end());
    for (std::size_t i = 0; i < compiled->used.size(); ++i) {
      parser.DefineVar(names[compiled->used[i]], &compiled->numbers[i]);
    }
    parser.Eval();
  } catch (const mu::ParserError& problem) {
    return Error{Fault::bad_input, fmt::format("\"{}\" is no expression: {}", text, problem.GetMsg()), "",
                 "write arithmetic over names, as \"width * height\""};
  }
  return Formula(std::move(compiled));
}

double Formula::value(std::span<const double> numbers) const {
  for (std::size_t i = 0; i < compiled_->used.size(); ++i)
    compiled_->numbers[i] = numbers[compiled_->used[i]];
  return compiled_->parser.Eval();
}

const std::vector<std::size_t>& Formula::used() const {
  return compiled_->used;
}

const std::string& Formula::text() const {
  return compiled_->text;
}

}  // namespace forecost::numeric
