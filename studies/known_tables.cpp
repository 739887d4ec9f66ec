// SPDX-License-Identifier: Apache-2.0
#include "known_tables.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/layer/layer.h"
#include "forecost/numeric/statistics.h"
#include "forecost/record/csv_cells.h"
#include "forecost/record/csv_table.h"
#include "forecost/search/pool.h"
#include "forecost/search/space_entry.h"

namespace forecost::studies {
namespace {

namespace fs = std::filesystem;
using record::CsvTable;
using search::Design;
using search::Parameter;
using Rows = std::vector<std::size_t>;
using Tables = std::vector<std::shared_ptr<const TableRows>>;

Result<CsvTable> read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  if (!stream || !(bytes << stream.rdbuf())) {
    return Error{Fault::not_found, "the table cannot be read", file.string(),
                 "set FORECOST_STUDY_DATA to its folder"};
  }
  FORECOST_TRY(const std::string text, record::unpacked(bytes.str(), file.string()));
  return CsvTable::parse(text, file.string());
}

/// Cells by the name of their column; what is missing is "".
class Cells {
 public:
  Cells(const CsvTable& table, std::size_t row) : table_(table), row_(row) {}
  std::string text(std::string_view column) const {
    const auto place = table_.find(column);
    return place ? table_.cell(row_, *place) : "";
  }
  double number(std::string_view column) const {
    return record::csv_number(text(column)).value_or(std::nan(""));
  }

 private:
  const CsvTable& table_;
  std::size_t row_;
};

/// A parameter of the different texts of a column; numbers are ordered.
Parameter parameter_of(const CsvTable& table, const std::string& column, const Rows& rows) {
  std::set<std::string> texts;
  for (const std::size_t row : rows) texts.insert(Cells(table, row).text(column));
  const bool numbers = std::all_of(texts.begin(), texts.end(), [](const std::string& text) {
    return record::csv_number(text).has_value();
  });
  Parameter parameter{.name = column};
  parameter.kind = numbers ? Parameter::Kind::ordinal : Parameter::Kind::categorical;
  std::vector<std::string> sorted(texts.begin(), texts.end());
  if (numbers) {
    std::sort(sorted.begin(), sorted.end(),
              [](const std::string& a, const std::string& b) { return std::stod(a) < std::stod(b); });
  }
  for (const std::string& text : sorted)
    parameter.choices.push_back(numbers ? text : nlohmann::json(text).dump());
  return parameter;
}

double code_of(const Parameter& parameter, const std::string& text) {
  const std::string choice = parameter.kind == Parameter::Kind::ordinal ? text : nlohmann::json(text).dump();
  const auto found = std::find(parameter.choices.begin(), parameter.choices.end(), choice);
  FORECOST_EXPECTS(found != parameter.choices.end(), "choices are the texts of the column");
  return static_cast<double>(found - parameter.choices.begin());
}

Design design_of(const search::Space& space, const Cells& cells) {
  Design design;
  for (const Parameter& p : space.parameters()) design.values.push_back(code_of(p, cells.text(p.name)));
  return design;
}

search::Space space_of(const CsvTable& table, const std::vector<std::string>& columns, const Rows& rows) {
  std::vector<Parameter> parameters;
  for (const std::string& column : columns) parameters.push_back(parameter_of(table, column, rows));
  return search::Space::make(std::move(parameters)).value();
}

/// The cell of a text like |op~0|+|op~0|op~1|+|op~0|op~1|op~2|.
std::optional<Design> cell_design(const std::string& text, const search::Space& space) {
  Design design;
  std::size_t at = 0;
  for (const Parameter& edge : space.parameters()) {
    const std::size_t tilde = text.find('~', at);
    if (tilde == std::string::npos) return std::nullopt;
    const std::size_t begin = text.rfind('|', tilde) + 1;
    design.values.push_back(code_of(edge, text.substr(begin, tilde - begin)));
    at = tilde + 1;
  }
  return design;
}

/// Capacities of the cells' networks, each built once.
class CellCapacities {
 public:
  Result<search::Capacity> operator()(const Design& design) {
    const auto found = memory_.find(design.values);
    if (found != memory_.end()) return found->second;
    FORECOST_TRY(network::Network network, entry_.build(space_, design));
    FORECOST_TRY(const layer::LayeredNetwork layered, layer::infer(std::move(network)));
    return memory_.emplace(design.values, search::capacity_of(layered)).first->second;
  }

 private:
  const search::SpaceEntry& entry_ = *search::find_space("nasbench201");
  search::Space space_ = entry_.space();
  std::map<std::vector<double>, search::Capacity> memory_;
};

/// Whether a wanted name lies in the table, or the table under a wanted name.
bool is_wanted(const std::vector<std::string>& wanted, const std::string& table) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
           return name.starts_with(table) || table.starts_with(name);
         });
}

Status read_nasbench201(const fs::path& folder, const std::vector<std::string>& wanted, Tables& tables) {
  FORECOST_TRY(const CsvTable accuracy, read(folder / "accuracy.csv.gz"));
  FORECOST_TRY(const CsvTable latency, read(folder / "latency_ms.csv.gz"));
  if (accuracy.rows() != latency.rows() || accuracy.rows() == 0) {
    return Error{Fault::bad_input, "the two tables of NAS-Bench-201 differ in their rows", folder.string(),
                 "fetch both anew"};
  }
  const auto capacities = std::make_shared<CellCapacities>();
  for (const std::string set : {"cifar10", "cifar100", "imagenet16_120"}) {
    TableRows rows;
    rows.name = "nasbench201." + set;
    if (!is_wanted(wanted, rows.name + ".")) continue;
    rows.capacity = [capacities](const Design& design) { return (*capacities)(design); };
    rows.space = search::find_space("nasbench201")->space();
    for (std::size_t r = 0; r < accuracy.rows(); ++r) {
      const Cells a(accuracy, r);
      const Cells l(latency, r);
      const auto design = cell_design(a.text("arch_str"), rows.space);
      if (!design || a.text("arch_idx") != l.text("arch_idx")) {
        return Error{Fault::bad_input, "a row of NAS-Bench-201 is not as expected", accuracy.place(r),
                     "fetch both tables anew"};
      }
      rows.designs.push_back(*design);
      rows.score.push_back(100 - a.number(set + "_test_acc_200ep"));
      rows.early.push_back(100 - a.number(set + "_val_acc_12ep"));
      rows.seconds.push_back(a.number(set + "_train_s_total"));
      for (const char* device : {"gold_6226", "silver_4114", "pixel3", "raspi4", "samsung_a50", "1080ti_1"})
        rows.costs[device].push_back(l.number(device));
    }
    rows.index();
    tables.push_back(std::make_shared<const TableRows>(std::move(rows)));
  }
  return Done{};
}

/// What the table says of a network: blocks repeat their layers, a squeeze-and-excitation counts for none.
search::Capacity network_of(const Cells& cells) {
  search::Capacity capacity{.macs = 1e6 * cells.number("macs_M"),
                            .parameters = 1e6 * cells.number("params_M")};
  for (int block = 0; block < 7; ++block) capacity.longest += cells.number(fmt::format("block{}_l", block));
  capacity.shortest = capacity.longest;
  return capacity;
}

Status read_accel_nasbench(const fs::path& folder, Tables& tables) {
  FORECOST_TRY(const CsvTable table, read(folder / "accel_nasbench.csv.gz"));
  std::vector<std::string> columns;
  for (int block = 0; block < 7; ++block) {
    for (const char part : {'e', 'k', 'l', 's'})
      columns.push_back(fmt::format("block{}_{}", block, part == 's' ? "se" : std::string(1, part)));
  }
  TableRows rows;
  rows.name = "accel_nasbench";
  Rows all(table.rows());
  std::iota(all.begin(), all.end(), std::size_t{0});
  rows.space = space_of(table, columns, all);
  auto capacity = std::make_shared<std::map<std::vector<double>, search::Capacity>>();
  for (const std::size_t r : all) {
    const Cells cells(table, r);
    rows.designs.push_back(design_of(rows.space, cells));
    capacity->emplace(rows.designs.back().values, network_of(cells));
    rows.score.push_back(100 - cells.number("val_top1"));
    rows.costs["zcu102"].push_back(cells.number("latency_zcu102_mean"));
    rows.costs["rtx3090"].push_back(1e6 / cells.number("throughput_3090_mean"));
  }
  rows.capacity = [capacity](const Design& design) -> Result<search::Capacity> {
    const auto found = capacity->find(design.values);
    if (found == capacity->end())
      return Error{Fault::not_found, "the table has no such design", "accel_nasbench", "propose a row"};
    return found->second;
  };
  rows.index();
  tables.push_back(std::make_shared<const TableRows>(std::move(rows)));
  return Done{};
}

Status read_mlperf_edge(const fs::path& folder, Tables& tables) {
  FORECOST_TRY(const CsvTable table, read(folder / "singlestream_energy.csv"));
  constexpr std::size_t fewest_rows = 40;
  std::map<std::string, Rows> platforms;
  for (std::size_t r = 0; r < table.rows(); ++r) platforms[Cells(table, r).text("platform")].push_back(r);
  for (const auto& platform : platforms) {
    if (platform.second.size() < fewest_rows) continue;
    TableRows rows;
    rows.name = "mlperf_edge." + platform.first;
    rows.space = space_of(table, {"family", "width_mult", "resolution", "dtype"}, platform.second);
    for (const std::size_t r : platform.second) {
      const Cells cells(table, r);
      rows.designs.push_back(design_of(rows.space, cells));
      rows.score.push_back(100 - cells.number("imagenet_top1"));
      rows.costs["energy"].push_back(cells.number("energy_mJ"));
    }
    rows.index();
    tables.push_back(std::make_shared<const TableRows>(std::move(rows)));
  }
  return Done{};
}

struct Job {
  std::string set, network, optimizer, target;
};

/// Energy until the target: mean epochs over runs x seconds per epoch x mean watts; the limit is on the
/// watts.
Status read_zeus(const fs::path& folder, Tables& tables) {
  FORECOST_TRY(const CsvTable power, read(folder / "summary_power_v100.csv"));
  FORECOST_TRY(const CsvTable training, read(folder / "summary_train.csv"));
  const std::array<Job, 4> jobs{{{"cifar100", "shufflenetv2", "adadelta", "0.6"},
                                 {"imagenet", "resnet50", "adadelta", "0.6"},
                                 {"librispeech", "deepspeech2", "adamw", "40"},
                                 {"movielens-1m", "ncf", "adam", "0.41"}}};
  const auto belongs = [](const Cells& cells, const Job& job) {
    return cells.text("dataset") == job.set && cells.text("network") == job.network &&
           cells.text("optimizer") == job.optimizer;
  };
  for (const Job& job : jobs) {
    std::map<std::string, std::vector<double>> epochs;
    for (std::size_t r = 0; r < training.rows(); ++r) {
      const Cells cells(training, r);
      const double epoch = cells.number("target_epoch");
      if (belongs(cells, job) && cells.text("target_metric") == job.target && std::isfinite(epoch))
        epochs[cells.text("batch_size")].push_back(epoch);
    }
    TableRows rows;
    rows.name = "zeus." + job.set;
    Rows own;
    for (std::size_t r = 0; r < power.rows(); ++r) {
      const Cells cells(power, r);
      if (belongs(cells, job) && epochs.count(cells.text("batch_size")) > 0) own.push_back(r);
    }
    rows.space = space_of(power, {"batch_size", "power_limit"}, own);
    rows.near = 0.005;
    rows.relative = true;
    for (const std::size_t r : own) {
      const Cells cells(power, r);
      rows.designs.push_back(design_of(rows.space, cells));
      const double watts = cells.number("average_power");
      rows.score.push_back(numeric::mean(epochs.at(cells.text("batch_size"))) *
                           cells.number("time_per_epoch") * watts);
      rows.costs["power"].push_back(watts);
    }
    rows.index();
    tables.push_back(std::make_shared<const TableRows>(std::move(rows)));
  }
  return Done{};
}

std::vector<double> kept(const std::vector<double>& values, const std::vector<bool>& keep) {
  std::vector<double> result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (keep[i]) result.push_back(values[i]);
  }
  return result;
}

KnownTable under(const std::shared_ptr<const TableRows>& rows, const std::string& cost, int percent) {
  const std::vector<double>& costs = rows->costs.at(cost);
  KnownTable table;
  table.rows = rows;
  table.cost = cost;
  table.bound = numeric::quantile(costs, percent / 100.0);
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (costs[i] <= table.bound) best = std::min(best, rows->score[i]);
  }
  table.found = rows->relative ? best * (1 + rows->near) : best + rows->near;
  KnownProblem& known = table.known;
  known.name = fmt::format("{}.{}.at_{}", rows->name, cost, percent);
  known.optimum = best;
  search::Problem& problem = known.problem;
  problem.space = rows->space;
  problem.objectives = {{.metric = "f"}};
  problem.limits = {{.metric = "cost", .bound = table.bound, .known = true}};
  problem.forecast = [rows, cost](const Design& design) -> Result<std::vector<search::Known>> {
    const auto row = rows->find(design);
    if (!row)
      return Error{Fault::not_found, "the table has no such design", rows->name, "propose one of its rows"};
    return std::vector<search::Known>{{.value = rows->costs.at(cost)[*row]}};
  };
  problem.capacity = rows->capacity;
  if (static_cast<double>(rows->designs.size()) < rows->space.cardinality())
    problem.pool = std::make_shared<const search::Pool>(rows->designs, rows->space);
  known.evaluate = [rows, cost](const Design& design) {
    const std::size_t row = rows->find(design).value();
    return search::Metrics{{"f", rows->score[row]}, {"cost", rows->costs.at(cost)[row]}};
  };
  return table;
}

}  // namespace

std::optional<std::size_t> TableRows::find(const Design& design) const {
  const auto found = index_.find(design.values);
  return found == index_.end() ? std::nullopt : std::optional(found->second);
}

void TableRows::index() {
  std::vector<bool> keep(designs.size(), false);
  std::vector<Design> rest;
  for (std::size_t i = 0; i < designs.size(); ++i) {
    bool whole = std::isfinite(score[i]);
    for (const auto& cost : costs) whole = whole && std::isfinite(cost.second[i]);
    keep[i] = whole && index_.emplace(designs[i].values, rest.size()).second;
    if (keep[i]) rest.push_back(designs[i]);
  }
  designs = std::move(rest);
  score = kept(score, keep);
  if (!early.empty()) early = kept(early, keep);
  if (!seconds.empty()) seconds = kept(seconds, keep);
  for (auto& cost : costs) cost.second = kept(cost.second, keep);
}

Result<Tables> read_tables(const fs::path& folder, const std::vector<std::string>& wanted) {
  if (!fs::exists(folder / "nasbench201")) {
    return Error{
        Fault::not_found, "the published tables are not here", folder.string(),
        "set FORECOST_STUDY_DATA to the folder that holds nasbench201, accel_nasbench, mlperf_edge and zeus"};
  }
  Tables tables;
  if (is_wanted(wanted, "nasbench201.")) {
    FORECOST_TRY([[maybe_unused]] const Done a, read_nasbench201(folder / "nasbench201", wanted, tables));
  }
  if (is_wanted(wanted, "accel_nasbench.")) {
    FORECOST_TRY([[maybe_unused]] const Done b, read_accel_nasbench(folder / "accel_nasbench", tables));
  }
  if (is_wanted(wanted, "mlperf_edge.")) {
    FORECOST_TRY([[maybe_unused]] const Done c, read_mlperf_edge(folder / "mlperf_edge", tables));
  }
  if (is_wanted(wanted, "zeus.")) {
    FORECOST_TRY([[maybe_unused]] const Done d, read_zeus(folder / "zeus", tables));
  }
  return tables;
}

std::vector<KnownTable> known_tables(const Tables& tables) {
  std::vector<KnownTable> known;
  for (const auto& rows : tables) {
    for (const auto& cost : rows->costs) {
      for (const int percent : {5, 10, 25, 50}) known.push_back(under(rows, cost.first, percent));
    }
  }
  return known;
}

}  // namespace forecost::studies
