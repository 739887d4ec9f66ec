// SPDX-License-Identifier: Apache-2.0
// Einsum-12 of ai.onnx: explicit and implicit equations, repeated indices, ellipsis. Multiply-accumulates are
// the product of all index extents, once per product of two operands: the plain loop, as torch.einsum's
// counters do it.
#include <algorithm>
#include <cctype>
#include <map>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

/// Axes of one term. Axes that an ellipsis stands for are numbered from the last: '\x01', '\x02', ...
using Term = std::string;

struct Equation {
  std::vector<Term> terms;
  Term out;
  std::map<char, std::int64_t> extents;
};

constexpr std::size_t ellipsis_limit = 16;

Error malformed(const OpCall& call, std::string what) {
  return call.refuse(std::move(what),
                     "an equation reads like 'bij,bjk->bik', one term per input, one letter per axis");
}

/// `rank` is that of the operand, or for the output the number of letters plus `ellipsis_axes`.
Result<Term> term_of(const OpCall& call, std::string_view text, std::size_t ellipsis_axes) {
  Term term;
  bool seen = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (std::isalpha(static_cast<unsigned char>(text[i])) != 0) {
      term.push_back(text[i]);
    } else if (text.substr(i, 3) == "..." && !seen) {
      for (std::size_t axis = ellipsis_axes; axis > 0; --axis) term.push_back(static_cast<char>(axis));
      i += 2;
      seen = true;
    } else {
      return malformed(call, fmt::format("term '{}' is not letters and at most one ellipsis", text));
    }
  }
  return term;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == at)
      parts.emplace_back();
    else
      parts.back().push_back(c);
  }
  return parts;
}

/// Implicit output: the ellipsis, then the letters that occur once, in alphabetical order.
Term implicit_out(const std::vector<Term>& terms, std::size_t widest) {
  std::map<char, int> uses;
  for (const Term& term : terms) {
    for (const char index : term) ++uses[index];
  }
  Term out;
  for (std::size_t axis = widest; axis > 0; --axis) out.push_back(static_cast<char>(axis));
  for (const auto& [index, count] : uses) {
    if (count == 1 && std::isalpha(static_cast<unsigned char>(index)) != 0) out.push_back(index);
  }
  return out;
}

Status bind_extents(const OpCall& call, Equation& equation) {
  for (std::size_t i = 0; i < equation.terms.size(); ++i) {
    const Shape& shape = call.inputs[i].shape;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const char index = equation.terms[i][axis];
      const auto [found, fresh] = equation.extents.emplace(index, shape[axis]);
      if (fresh || found->second == shape[axis] || shape[axis] == 1) continue;
      if (found->second != 1) {
        return call.refuse(fmt::format("index '{}' is {} and {}", index > ' ' ? std::string(1, index) : "...",
                                       found->second, shape[axis]),
                           "an index has one extent in all terms: check --dim and --batch");
      }
      found->second = shape[axis];
    }
  }
  return Done{};
}

Result<Equation> parse(const OpCall& call) {
  std::string text = call.node.string_or("equation", "");
  std::erase_if(text, [](char c) { return c == ' '; });
  const std::size_t arrow = text.find("->");
  const std::vector<std::string> parts = split(std::string_view(text).substr(0, arrow), ',');
  if (text.empty() || parts.size() != call.inputs.size()) {
    return malformed(call, fmt::format("equation '{}' has {} terms for {} inputs", text, parts.size(),
                                       call.inputs.size()));
  }
  Equation equation;
  std::size_t widest = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t rank = call.inputs[i].shape.size();
    const bool has_ellipsis = parts[i].find("...") != std::string::npos;
    const std::size_t letters = parts[i].size() - (has_ellipsis ? 3 : 0);
    if (has_ellipsis ? rank < letters || rank - letters > ellipsis_limit : rank != letters) {
      return malformed(call, fmt::format("term '{}' does not fit an input of rank {}", parts[i], rank));
    }
    widest = std::max(widest, rank - letters);
    FORECOST_TRY(Term term, term_of(call, parts[i], rank - letters));
    equation.terms.push_back(std::move(term));
  }
  FORECOST_TRY([[maybe_unused]] const Done bound, bind_extents(call, equation));
  if (arrow == std::string::npos) {
    equation.out = implicit_out(equation.terms, widest);
    return equation;
  }
  FORECOST_TRY(equation.out, term_of(call, std::string_view(text).substr(arrow + 2), widest));
  for (const char index : equation.out) {
    if (!equation.extents.contains(index)) {
      return malformed(call, fmt::format("output index '{}' occurs in no input", index));
    }
  }
  return equation;
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready,
               needs_inputs(call, std::max<std::size_t>(call.inputs.size(), 1)));
  FORECOST_TRY(const Equation equation, parse(call));
  Shape out;
  for (const char index : equation.out) out.push_back(equation.extents.at(index));
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const Equation equation = parse(call).value();
  std::int64_t all = 1;
  std::int64_t batch = 1, m = 1, n = 1, k = 1;
  for (const auto& [index, extent] : equation.extents) {
    all = product({all, extent});
    const bool kept = equation.out.find(index) != Term::npos;
    const bool left = equation.terms.front().find(index) != Term::npos;
    const bool right = equation.terms.size() > 1 && equation.terms.back().find(index) != Term::npos;
    std::int64_t& loop = !kept ? k : left && right ? batch : right ? n : m;
    loop = product({loop, extent});
  }
  const auto products = static_cast<std::int64_t>(equation.terms.size()) - 1;
  const std::int64_t sums = products == 0 && all > outputs[0].elements() ? all : 0;
  return work_cost(call, outputs, {.macs = product({all, products}), .other = sums},
                   {.batch = real(batch), .m = real(m), .n = real(n), .k = real(k)});
}

network::Network example(std::int64_t batch) {
  network::Builder builder("einsum");
  const auto x = builder.input("x", {batch, 4, 8});
  builder.output(builder.node("Einsum", {x, builder.weights({8, 6}, 0.1)},
                              {{"equation", std::string("bik,kn->bin")}},
                              {{"y", ElementType::float32, {batch, 4, 6}}})[0]);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> einsum() {
  return {{.op = "Einsum",
           .shapes = shapes,
           .cost = cost,
           .example = example,
           .summary = "sum of products over named indices"}};
}

}  // namespace forecost::layer::ops
