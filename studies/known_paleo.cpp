// SPDX-License-Identifier: Apache-2.0
#include "known_paleo.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "forecost/device/system.h"
#include "forecost/record/csv_cells.h"
#include "forecost/record/csv_table.h"

namespace forecost::studies {

using predictor::PaleoTime;

namespace {

/// "64x3x224x224" as numbers.
std::vector<double> extents_of(std::string text) {
  std::replace(text.begin(), text.end(), 'x', ',');
  std::vector<double> extents;
  for (const std::string& cell : record::csv_cells(text))
    extents.push_back(record::csv_number(cell).value_or(0));
  return extents;
}

}  // namespace

Result<std::vector<PaleoRow>> paleo_rows(const std::filesystem::path& file) {
  FORECOST_TRY(const std::string text, device::this_machine()->read_text(file));
  FORECOST_TRY(const record::CsvTable csv, record::CsvTable::parse(text, file.filename().string()));
  std::vector<PaleoRow> rows;
  std::map<std::string, std::string> first;
  for (std::size_t r = 0; r < csv.rows(); ++r) {
    const auto cell = [&](const char* column) { return csv.cell(r, csv.find(column).value()); };
    const auto number = [&](const char* column) { return record::csv_number(cell(column)).value_or(0); };
    rows.push_back({.net = cell("net"),
                    .layer = cell("layer"),
                    .type = cell("type"),
                    .device = cell("device"),
                    .direction = cell("direction"),
                    .in = extents_of(cell("inputs")),
                    .window = extents_of(cell("filters_or_kernel")),
                    .stride = extents_of(cell("strides")),
                    .out = extents_of(cell("outputs")),
                    .golden = {number("comp_ms"), number("comm_ms")}});
    PaleoRow& row = rows.back();
    row.first = first.emplace(row.net, row.layer).first->second == row.layer;
  }
  return rows;
}

PaleoTime paleo_time(const PaleoRow& row) {
  const predictor::PaleoDevice& device = *predictor::find_paleo_device(row.device);
  if (row.type == "dropout")
    return predictor::paleo_dropout(row.in[0] * row.in[1] * row.in[2] * row.in[3], device);
  if (row.type == "pool2d") {
    return predictor::paleo_pool({.batch = row.in[0],
                                  .in_h = row.in[1],
                                  .in_w = row.in[2],
                                  .channels = row.in[3],
                                  .kernel_h = row.window[1],
                                  .kernel_w = row.window[2],
                                  .out_h = row.out[1],
                                  .out_w = row.out[2]},
                                 device);
  }
  const predictor::PaleoConvolution layer{.batch = row.in[0],
                                          .in_h = row.in[1],
                                          .in_w = row.in[2],
                                          .in_c = row.in[3],
                                          .kernel_h = row.window[0],
                                          .kernel_w = row.window[1],
                                          .stride_h = row.stride[1],
                                          .stride_w = row.stride[2],
                                          .out_h = row.out[1],
                                          .out_w = row.out[2],
                                          .out_c = row.out[3]};
  return row.forward() ? predictor::paleo_forward(layer, device)
                       : predictor::paleo_backward(layer, device, row.first);
}

double paleo_error(const PaleoRow& row) {
  const PaleoTime time = paleo_time(row);
  return std::max(std::abs(time.compute_ms / row.golden.compute_ms - 1),
                  std::abs(time.memory_ms / row.golden.memory_ms - 1));
}

const std::vector<PaleoTotal>& paleo_totals() {
  static const std::vector<PaleoTotal> totals{{"np_vgg16", 345.8311},
                                              {"np_alex_v2", 33.1617},
                                              {"np_nin", 45.6787},
                                              {"np_overfeat", 114.7094},
                                              {"np_cifar10_6conv", 28.7537}};
  return totals;
}

double paleo_total_ms(const std::vector<PaleoRow>& rows, const std::string& net) {
  double total = 0;
  for (const PaleoRow& row : rows) {
    if (row.net == net && row.device == "TITAN_X" && row.forward()) total += paleo_time(row).total_ms();
  }
  return total;
}

}  // namespace forecost::studies
