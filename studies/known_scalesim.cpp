// SPDX-License-Identifier: Apache-2.0
#include "known_scalesim.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

#include "forecost/device/system.h"
#include "known_files.h"

namespace forecost::studies {
namespace {

using accelerator::MatrixProduct;
using accelerator::Systolic;

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Names and numbers of the first row below the heading.
struct Row {
  std::vector<std::string> names;
  std::vector<double> values;

  double at(const std::string& name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    const auto index = static_cast<std::size_t>(found - names.begin());
    return index < values.size() ? values[index] : -1;
  }
};

Result<Row> first_row(const std::string& file) {
  const auto path = data_file("simulators/scalesim/" + file);
  if (!path) return Error{Fault::not_found, "a report is missing", file, "restore the data folder"};
  const auto system = device::this_machine();
  FORECOST_TRY(const std::string text, system->read_text(*path));
  std::istringstream lines(text);
  std::string heading, line, field;
  std::getline(lines, heading);
  std::getline(lines, line);
  Row row;
  std::istringstream names(heading), values(line);
  while (std::getline(names, field, ',')) row.names.push_back(trimmed(field));
  while (std::getline(values, field, ',')) row.values.push_back(std::strtod(field.c_str(), nullptr));
  if (row.values.size() < 2) return Error{Fault::bad_input, "a report without a row", file, "restore it"};
  return row;
}

Result<MatrixProduct> product_of(const std::string& topology) {
  FORECOST_TRY(const Row row, first_row(topology));
  const auto whole = [&](const std::string& name) { return static_cast<std::int64_t>(row.at(name)); };
  if (whole("K") > 0) return MatrixProduct{.m = whole("M"), .n = whole("N"), .k = whole("K")};
  const std::int64_t stride = whole("Strides");
  const auto out = [&](const std::string& in, const std::string& filter) {  // rounded up, as SCALE-Sim does
    return (whole(in) - whole(filter) + stride + stride - 1) / stride;
  };
  return MatrixProduct{.m = out("IFMAP Height", "Filter Height") * out("IFMAP Width", "Filter Width"),
                       .n = whole("Num Filter"),
                       .k = whole("Filter Height") * whole("Filter Width") * whole("Channels")};
}

struct Known {
  const char* name;
  const char* folder;
  const char* topology;
  accelerator::SystolicArray array;
};

constexpr std::array<Known, 5> known = {{
    {"os", "test/general/golden_trace_user_os", "test_mnk_input.csv", {32, 32, Systolic::output_stationary}},
    {"ws", "test/general/golden_trace_user_ws", "test_mnk_input.csv", {32, 32, Systolic::weight_stationary}},
    {"is", "test/general/golden_trace_user_is", "test_mnk_input.csv", {32, 32, Systolic::input_stationary}},
    {"alexnet_conv1",
     "test/general/golden_trace_calc",
     "topologies/conv_nets/alexnet_part.csv",
     {32, 32, Systolic::weight_stationary}},
    {"sparse_conv1",
     "test/sparsity/golden_trace",
     "topologies/conv_nets/alexnet_part.csv",
     {128, 128, Systolic::weight_stationary}},
}};

}  // namespace

Result<std::vector<ScaleSimCase>> scalesim_cases() {
  std::vector<ScaleSimCase> cases;
  if (!data_file("simulators/scalesim")) return cases;
  for (const Known& one : known) {
    ScaleSimCase next;
    next.name = one.name;
    next.array = one.array;
    FORECOST_TRY(next.product, product_of(one.topology));
    const std::string folder = one.folder;
    FORECOST_TRY(const Row compute, first_row(folder + "/COMPUTE_REPORT.csv"));
    FORECOST_TRY(const Row access, first_row(folder + "/DETAILED_ACCESS_REPORT.csv"));
    next.total_cycles = compute.at("Total Cycles");
    next.stall_cycles = compute.at("Stall Cycles");
    next.mapping_efficiency = compute.at("Mapping Efficiency %");
    next.input_reads = access.at("SRAM IFMAP Reads");
    next.filter_reads = access.at("SRAM Filter Reads");
    next.output_writes = access.at("SRAM OFMAP Writes");
    if (next.name == "sparse_conv1") {
      next.product.k = static_cast<std::int64_t>(next.filter_reads) / next.product.n;
    }
    cases.push_back(std::move(next));
  }
  return cases;
}

}  // namespace forecost::studies
