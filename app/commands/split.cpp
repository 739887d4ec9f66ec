// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/split.h"

#include <optional>
#include <set>

#include <fmt/format.h>

#include "app/command.h"
#include "app/forecasts.h"
#include "app/measures.h"
#include "forecost/deployment/part.h"
#include "forecost/report/split_report.h"
#include "forecost/search/limit_text.h"

namespace forecost::app {
namespace {

struct Options {
  std::string model;
  DeviceOptions devices;
  SizeOptions sizes;
  LoweringOptions lowering;
  LinkOptions link;
  std::string server;
  double factor = 0;
  std::string edge_power;
  int bits = 0;
  std::string minimise = "latency";
  std::vector<std::string> under;
  std::string picture;
  std::size_t limit = 20;
};

Result<deployment::SplitLimits> limits_of(const Options& options) {
  deployment::SplitLimits limits;
  for (const std::string& text : options.under) {
    FORECOST_TRY(const search::LimitText limit, search::split_limit(text));
    FORECOST_TRY(const search::Measured value, search::parse_measured(limit.right));
    if (limit.at_most && limit.left == "latency") {
      limits.latency = Seconds(value.value);
    } else if (limit.at_most && limit.left == "energy") {
      limits.energy = Joules(value.value);
    } else {
      return Error{Fault::bad_input, fmt::format("\"{}\" is no limit of a split", text), "--under",
                   "limits are latency <= and energy <="};
    }
  }
  return limits;
}

Result<deployment::TimedKernels> timed_on(const Session& session, const Options& options,
                                          const layer::LayeredNetwork& network, const std::string& device,
                                          std::optional<Watts>* power = nullptr) {
  FORECOST_TRY(const std::unique_ptr<predictor::Predictor> predictor, predictor_of(session, device, ""));
  FORECOST_TRY(layer::LoweredNetwork lowered,
               lower_for(session, network, options.sizes, predictor->card().identity, options.lowering));
  if (power != nullptr) {
    const auto compiled = predictor->compile(lowered.kernels);
    if (const auto energy = predictor->predict_energy(*compiled))
      *power = Watts(energy->energy.value / predictor->predict_total(*compiled).time.value);
  }
  return deployment::timed(std::move(lowered), *predictor);
}

/// The two sides of the network.
struct Sides {
  layer::LayeredNetwork network;
  std::string edge, server;
  deployment::PieceGraph graph;
  std::vector<Warning> warnings;
  std::optional<Watts> edge_power;  ///< mean of the whole network, where the edge forecasts energy
};

Result<Sides> sides_of(const Session& session, const Options& options) {
  if (options.server.empty() == (options.factor == 0)) {
    return Error{
        Fault::bad_input, "what the server is must be said in one way", "--server, --server-factor",
        "give --server DEVICE, a calibrated device, or --server-factor 10, ten times as fast as the edge"};
  }
  Sides sides;
  FORECOST_TRY(sides.network, load_layers(options.model, options.sizes));
  FORECOST_TRY(const std::vector<std::string> devices, chosen_devices(session, options.devices));
  const layer::LayeredNetwork& network = sides.network;
  sides.edge = devices.front();
  sides.warnings = network.warnings;
  FORECOST_TRY(const deployment::TimedKernels edge,
               timed_on(session, options, network, sides.edge, &sides.edge_power));
  const deployment::PieceOptions pieces{.bits = options.bits};
  if (options.server.empty()) {
    sides.server = fmt::format("{:g} x {}", options.factor, sides.edge);
    FORECOST_TRY(sides.graph,
                 deployment::make_pieces(network, edge, deployment::scaled(edge, options.factor), pieces));
    return sides;
  }
  FORECOST_TRY(const std::vector<std::string> servers, chosen_devices(session, {.names = {options.server}}));
  sides.server = servers.front();
  FORECOST_TRY(const deployment::TimedKernels server, timed_on(session, options, network, sides.server));
  FORECOST_TRY(sides.graph, deployment::make_pieces(network, edge, server, pieces));
  return sides;
}

/// One side's layers as a network of their own, by our rules. Nothing where its shapes need what the other
/// side computes.
std::optional<Seconds> forecast_part(const Session& session, const Sides& sides,
                                     const deployment::Placement& placement, bool edge,
                                     const std::string& device) {
  std::set<std::string> layers;
  for (std::size_t p = 0; p < placement.size(); ++p) {
    if (placement[p] == edge) {
      layers.insert(sides.graph.pieces[p].layers.begin(), sides.graph.pieces[p].layers.end());
    }
  }
  if (layers.empty()) return std::nullopt;
  const auto part = layer::infer(deployment::part_of(sides.network, layers));
  const auto predictor = predictor_of(session, device, "");
  if (!part || !predictor) return std::nullopt;
  const auto lowered =
      lower_for(session, *part, {}, (*predictor)->card().identity, {.by = "rules", .library = {}});
  if (!lowered) return std::nullopt;
  return (*predictor)->predict_total(*(*predictor)->compile(lowered->kernels)).time;
}

Error nothing_holds(const Options& options, const deployment::SplitSet& set) {
  std::string limits;
  for (const std::string& text : options.under) limits += (limits.empty() ? "" : ", ") + text;
  const deployment::Split& fast = *deployment::choose(set.splits, {}, deployment::SplitAim::latency);
  const deployment::Split& frugal = *deployment::choose(set.splits, {}, deployment::SplitAim::energy);
  return {Fault::not_found, "no split holds the limits: " + limits, options.model,
          fmt::format("the fastest takes {} and {}, the most frugal {} and {}", to_text(fast.cost.latency),
                      to_text(fast.cost.energy), to_text(frugal.cost.latency), to_text(frugal.cost.energy))};
}

Status split(const Options& options, const Session& session) {
  FORECOST_TRY(const deployment::SplitLimits limits, limits_of(options));
  FORECOST_TRY(const std::vector<deployment::Link> links, links_of(options.link));
  FORECOST_TRY(const Sides sides, sides_of(session, options));
  const bool energy = !options.edge_power.empty() || sides.edge_power;
  const bool about_energy = options.minimise == "energy" || limits.energy.value < 1e300;
  if (about_energy && !energy) {
    return Error{Fault::bad_input, "nothing says what the edge draws while it computes", "--edge-power",
                 "declare it, as --edge-power 4W, or calibrate the edge with a sensor; Forecost makes no "
                 "energy figure up"};
  }
  const auto aim =
      options.minimise == "energy" ? deployment::SplitAim::energy : deployment::SplitAim::latency;
  deployment::SplitProblem problem{
      .graph = sides.graph, .link = links.front(), .edge_power = sides.edge_power.value_or(Watts(0))};
  if (!options.edge_power.empty()) {
    FORECOST_TRY(const double watts, measured(options.edge_power, Measure::power));
    problem.edge_power = Watts(watts);
  }
  std::vector<report::SplitAt> others;
  for (const deployment::Link& link : links) {
    if (links.size() == 1) break;
    problem.link = link;
    const deployment::SplitSet set = deployment::list_splits(problem);
    const deployment::Split* best = deployment::choose(set.splits, limits, aim);
    if (best != nullptr) others.push_back({link.up, *best});
  }
  problem.link = links.front();
  const deployment::SplitSet set = deployment::list_splits(problem);
  const deployment::Split* chosen = deployment::choose(set.splits, limits, aim);
  if (chosen == nullptr) return nothing_holds(options, set);
  std::string goal = "least " + options.minimise;
  for (std::size_t i = 0; i < options.under.size(); ++i)
    goal += (i == 0 ? " with " : ", ") + options.under[i];
  const std::string server = options.server.empty() ? sides.edge : options.server;
  const std::optional<Seconds> edge_part = forecast_part(session, sides, chosen->edge, true, sides.edge);
  std::optional<Seconds> server_part = forecast_part(session, sides, chosen->edge, false, server);
  if (server_part && options.server.empty()) server_part = *server_part / options.factor;
  const report::SplitView view{.problem = problem,
                               .splits = set,
                               .chosen = chosen,
                               .network = short_name(options.model),
                               .edge = sides.edge,
                               .server = sides.server,
                               .goal = goal,
                               .energy = energy,
                               .edge_part = edge_part,
                               .server_part = server_part,
                               .others = others,
                               .warnings = sides.warnings};
  if (!options.picture.empty()) {
    FORECOST_TRY([[maybe_unused]] const Done done,
                 write_picture(options.picture, report::split_picture(view)));
  }
  return print(session, {report::split_report(view, options.limit)});
}

}  // namespace

void add_split(CLI::App& program, Invocation& invocation) {
  CLI::App* command =
      program.add_subcommand("split", "Where to cut a network between this device and a server");
  const auto options = std::make_shared<Options>();
  command->add_option("MODEL", options->model, "ONNX file, or zoo:NAME")->required();
  command->add_option("--server", options->server, "Calibrated device that is the server")
      ->type_name("DEVICE")
      ->check(CLI::Validator(check_device_name, ""));
  command->add_option("--server-factor", options->factor, "A server so many times as fast as the device")
      ->type_name("X")
      ->check(CLI::Range(1e-6, 1e9));
  add_link_options(*command, options->link);
  command->get_option("--bandwidth")->required();
  command
      ->add_option("--bits", options->bits, "Per number that is sent (default: as the network computes it)")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
  command->add_option("--edge-power", options->edge_power, "Declared, of the device while it computes")
      ->type_name("POWER")
      ->check(is_measured(Measure::power));
  command->add_option("--minimise", options->minimise, "latency (default) or energy")
      ->type_name("WHAT")
      ->check(CLI::IsMember({"latency", "energy"}));
  command->add_option("--under", options->under, "Limit: latency <= or energy <=; may be repeated")
      ->type_name("LIMIT")
      ->allow_extra_args(false);
  command->add_option("--picture", options->picture, "Write the cuts' latencies as SVG")->type_name("FILE");
  command->add_option("--limit", options->limit, "Rows of tables (default 20, 0 for all)")->type_name("N");
  add_device_options(*command, options->devices);
  add_size_options(*command, options->sizes);
  add_lowering_options(*command, options->lowering);
  command->footer(
      examples({"forecost split resnet50.onnx --server-factor 20 --bandwidth \"10 Mbit/s\" --round-trip 20ms",
                "forecost split zoo:alexnet --on edge --server big --bandwidth \"1 Mbit/s\" --bandwidth "
                "\"100 Mbit/s\" --bits 8",
                "forecost split net.onnx --server big --bandwidth 2MB/s --edge-power 4W --radio-energy 0.5uJ "
                "--minimise energy --under \"latency <= 50 ms\""}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return split(*options, session); };
  });
}

}  // namespace forecost::app
