// SPDX-License-Identifier: Apache-2.0
// Arithmetic with broadcasting, and operators that move elements.
#include <algorithm>
#include <utility>

#include "forecost/network/builder.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

namespace {

Shape broadcast(const Shape& a, const Shape& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Shape out(rank, 1);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    FORECOST_EXPECTS(left == right || left == 1 || right == 1, "the extents do not broadcast");
    out[rank - 1 - i] = left == 1 ? right : left;
  }
  return out;
}

std::size_t place_of(std::int64_t axis, std::size_t rank) {
  const std::int64_t place = axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
  FORECOST_EXPECTS(place >= 0 && place < static_cast<std::int64_t>(rank),
                   "the axis lies outside of the tensor's rank");
  return static_cast<std::size_t>(place);
}

}  // namespace

Value Builder::binary(std::string op, const Value& a, const Value& b, ElementType element) {
  Shape out = broadcast(a.shape, b.shape);
  if (element == ElementType::undefined) element = a.element;
  return node(std::move(op), {a, b}, {}, {{.name = {}, .element = element, .shape = std::move(out)}}).front();
}

Value Builder::add(const Value& a, const Value& b) {
  return binary("Add", a, b);
}
Value Builder::sub(const Value& a, const Value& b) {
  return binary("Sub", a, b);
}
Value Builder::mul(const Value& a, const Value& b) {
  return binary("Mul", a, b);
}
Value Builder::div(const Value& a, const Value& b) {
  return binary("Div", a, b);
}

Value Builder::matmul(const Value& a, const Value& b) {
  FORECOST_EXPECTS(a.shape.size() >= 2 && b.shape.size() >= 2,
                   "a matrix product needs two axes on both sides");
  FORECOST_EXPECTS(a.dim(-1) == b.dim(-2), "the inner extents of a matrix product differ");
  Shape out = broadcast({a.shape.begin(), a.shape.end() - 2}, {b.shape.begin(), b.shape.end() - 2});
  out.push_back(a.dim(-2));
  out.push_back(b.dim(-1));
  return one("MatMul", {a, b}, {}, std::move(out));
}

Value Builder::concat(const std::vector<Value>& parts, std::int64_t axis) {
  FORECOST_EXPECTS(!parts.empty(), "nothing to concatenate");
  Shape out = parts.front().shape;
  const std::size_t place = place_of(axis, out.size());
  out[place] = 0;
  for (const Value& part : parts) {
    FORECOST_EXPECTS(part.shape.size() == out.size(), "parts to concatenate differ in rank");
    for (std::size_t i = 0; i < out.size(); ++i)
      FORECOST_EXPECTS(i == place || part.shape[i] == out[i], "parts to concatenate differ beside the axis");
    out[place] += part.shape[place];
  }
  return one("Concat", parts, {{"axis", axis}}, std::move(out));
}

std::vector<Value> Builder::split(const Value& x, std::int64_t axis, const std::vector<std::int64_t>& sizes) {
  const std::size_t place = place_of(axis, x.shape.size());
  std::vector<Value> outputs;
  std::int64_t sum = 0;
  for (const std::int64_t size : sizes) {
    Value part{.name = {}, .element = x.element, .shape = x.shape};
    part.shape[place] = size;
    sum += size;
    outputs.push_back(std::move(part));
  }
  FORECOST_EXPECTS(sum == x.shape[place], "the parts of a split must add up to its extent");
  if (opset() < 13) return node("Split", {x}, {{"axis", axis}, {"split", sizes}}, outputs);
  return node("Split", {x, integers(sizes, {std::ssize(sizes)})}, {{"axis", axis}}, outputs);
}

Value Builder::slice(const Value& x, std::int64_t axis, std::int64_t begin, std::int64_t end) {
  const std::size_t place = place_of(axis, x.shape.size());
  const std::int64_t extent = x.shape[place];
  const std::int64_t first = begin < 0 ? begin + extent : begin;
  const std::int64_t last = end < 0 ? end + extent : std::min(end, extent);
  FORECOST_EXPECTS(first >= 0 && first < last, "a slice must pick something inside of its extent");
  Shape out = x.shape;
  out[place] = last - first;
  if (opset() < 10) {
    const auto list = [](std::int64_t value) { return std::vector<std::int64_t>{value}; };
    return one("Slice", {x}, {{"axes", list(axis)}, {"ends", list(end)}, {"starts", list(begin)}},
               std::move(out));
  }
  const Value starts = integers({begin}, {1});
  const Value ends = integers({end}, {1});
  return one("Slice", {x, starts, ends, integers({axis}, {1})}, {}, std::move(out));
}

Value Builder::reshape(const Value& x, Shape shape) {
  const std::optional<std::int64_t> elements = elements_of(x.shape);
  std::int64_t known = 1;
  for (const std::int64_t extent : shape) known *= extent == -1 ? 1 : extent;
  Shape out = shape;
  for (std::int64_t& extent : out) {
    if (extent == -1) extent = known == 0 ? 0 : *elements / known;
  }
  FORECOST_EXPECTS(elements_of(out) == elements, "a reshape must keep the number of elements");
  // 0 copies the input's extent: what a reshape keeps in front stays right when the batch changes.
  for (std::size_t i = 0; i < shape.size() && i < x.shape.size() && out[i] == x.shape[i]; ++i) {
    if (shape[i] != -1) shape[i] = 0;
  }
  const auto rank = std::ssize(shape);
  return one("Reshape", {x, integers(std::move(shape), {rank})}, {}, std::move(out));
}

Value Builder::transpose(const Value& x, std::vector<std::int64_t> permutation) {
  FORECOST_EXPECTS(permutation.size() == x.shape.size(), "a permutation names every axis once");
  Shape out;
  for (const std::int64_t axis : permutation) out.push_back(x.dim(axis));
  return one("Transpose", {x}, {{"perm", std::move(permutation)}}, std::move(out));
}

Value Builder::flatten(const Value& x) {
  const std::int64_t rows = x.dim(0);
  const std::int64_t columns = rows == 0 ? 0 : elements_of(x.shape).value_or(0) / rows;
  return one("Flatten", {x}, {{"axis", std::int64_t{1}}}, {rows, columns});
}

Value Builder::squeeze(const Value& x, std::int64_t axis) {
  const std::size_t place = place_of(axis, x.shape.size());
  FORECOST_EXPECTS(x.shape[place] == 1, "only an extent of 1 can be squeezed");
  Shape out = x.shape;
  out.erase(out.begin() + static_cast<std::ptrdiff_t>(place));
  if (opset() < 13) return one("Squeeze", {x}, {{"axes", std::vector<std::int64_t>{axis}}}, std::move(out));
  return one("Squeeze", {x, integers({axis}, {1})}, {}, std::move(out));
}

Value Builder::unsqueeze(const Value& x, std::int64_t axis) {
  const std::size_t place = place_of(axis, x.shape.size() + 1);
  Shape out = x.shape;
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(place), 1);
  if (opset() < 13) return one("Unsqueeze", {x}, {{"axes", std::vector<std::int64_t>{axis}}}, std::move(out));
  return one("Unsqueeze", {x, integers({axis}, {1})}, {}, std::move(out));
}

Value Builder::expand(const Value& x, Shape shape) {
  Shape out = broadcast(x.shape, shape);
  const auto rank = std::ssize(shape);
  return one("Expand", {x, integers(std::move(shape), {rank})}, {}, std::move(out));
}

Value Builder::cast(const Value& x, ElementType element) {
  return node("Cast", {x}, {{"to", static_cast<std::int64_t>(element)}},
              {{.name = {}, .element = element, .shape = x.shape}})
      .front();
}

Value Builder::gather(const Value& table, const Value& indices, std::int64_t axis) {
  const auto place = static_cast<std::ptrdiff_t>(place_of(axis, table.shape.size()));
  Shape out(table.shape.begin(), table.shape.begin() + place);
  out.insert(out.end(), indices.shape.begin(), indices.shape.end());
  out.insert(out.end(), table.shape.begin() + place + 1, table.shape.end());
  return one("Gather", {table, indices}, {{"axis", axis}}, std::move(out));
}

Value Builder::reduce_mean(const Value& x, std::vector<std::int64_t> axes, bool keep) {
  std::vector<bool> reduced(x.shape.size(), false);
  for (const std::int64_t axis : axes) reduced[place_of(axis, x.shape.size())] = true;
  Shape out;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    if (!reduced[i]) out.push_back(x.shape[i]);
    if (reduced[i] && keep) out.push_back(1);
  }
  const auto kept = static_cast<std::int64_t>(keep);
  if (opset() < 18)
    return one("ReduceMean", {x}, {{"axes", std::move(axes)}, {"keepdims", kept}}, std::move(out));
  const auto count = std::ssize(axes);
  return one("ReduceMean", {x, integers(std::move(axes), {count})}, {{"keepdims", kept}}, std::move(out));
}

Value Builder::upsample(const Value& x, std::int64_t factor, std::string mode) {
  FORECOST_EXPECTS(x.shape.size() >= 3 && factor >= 1,
                   "upsampling needs spatial axes and a factor of at least 1");
  Shape out = x.shape;
  std::vector<double> factors(x.shape.size(), static_cast<double>(factor));
  factors[0] = factors[1] = 1;
  for (std::size_t i = 2; i < out.size(); ++i) out[i] *= factor;
  if (opset() < 9) return one("Upsample", {x}, {{"mode", mode}, {"scales", factors}}, std::move(out));

  const Value scales = initializer(fresh("constant"), {std::ssize(factors)}, {});
  network_.graph.initializers.back().values = std::move(factors);
  if (opset() < 10) return one("Upsample", {x, scales}, {{"mode", mode}}, std::move(out));
  if (opset() < 11) return one("Resize", {x, scales}, {{"mode", mode}}, std::move(out));
  Attributes attributes{
      {"coordinate_transformation_mode", std::string(mode == "nearest" ? "asymmetric" : "half_pixel")},
      {"mode", mode}};
  if (mode == "nearest") attributes["nearest_mode"] = std::string("floor");
  const Value region = opset() < 13 ? filled({0}, 0) : Value{};
  return one("Resize", {x, region, scales}, std::move(attributes), std::move(out));
}

}  // namespace forecost::network
