// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "app/command.h"
#include "app/forecasts.h"
#include "app/measures.h"
#include "forecost/deployment/cascade_search.h"
#include "forecost/outcome/nearest.h"
#include "forecost/report/cascade_report.h"
#include "forecost/search/limit_text.h"

namespace forecost::app {
namespace {

using deployment::Candidate;
using deployment::Place;
using deployment::Spending;

struct Options {
  std::string scores;
  std::vector<std::string> models, times, energies, server_times;
  std::string power, server;
  std::vector<std::string> under;
  std::string minimise;
  std::size_t stages = 3;
  std::string confidence = "margin";
  double share = 0.5;
  std::uint64_t seed = 1;
  double chance = 0.5;
  std::string sample_size, answer_size;
  std::string picture;
  std::size_t limit = 12;
  DeviceOptions devices;
  SizeOptions sizes;
  LoweringOptions lowering;
  LinkOptions link;
};

using Named = std::map<std::string, std::string, std::less<>>;

/// NAME=VALUE options by name. Fails: `bad_input` for a network that the scores do not have.
Result<Named> by_network(const std::vector<std::string>& texts, const deployment::Scores& scores,
                         const std::string& option) {
  Named values;
  for (const std::string& text : texts) {
    FORECOST_TRY(auto parts, named_value(text));
    std::vector<std::string> names;
    for (const auto& network : scores.networks) names.push_back(network.network);
    if (std::find(names.begin(), names.end(), parts.first) == names.end()) {
      return Error{Fault::bad_input, fmt::format("the scores have no network '{}'", parts.first), option,
                   did_you_mean(parts.first, names)};
    }
    values.insert_or_assign(std::move(parts.first), std::move(parts.second));
  }
  return values;
}

/// Of one inference; the energy where the device forecasts one.
struct Forecast {
  Seconds time;
  std::optional<Joules> energy;
};

/// A model on a device.
Result<Forecast> forecast(const Session& session, const Options& options, const std::string& model,
                          const predictor::Predictor& predictor) {
  FORECOST_TRY(const layer::LayeredNetwork network, load_layers(model, options.sizes));
  FORECOST_TRY(const layer::LoweredNetwork lowered,
               lower_for(session, network, options.sizes, predictor.card().identity, options.lowering));
  const auto compiled = predictor.compile(lowered.kernels);
  Forecast forecast{.time = predictor.predict_total(*compiled).time, .energy = {}};
  if (const auto energy = predictor.predict_energy(*compiled)) forecast.energy = energy->energy;
  return forecast;
}

/// Predictors, opened when they are first needed.
class Devices {
 public:
  Devices(const Session& session, const Options& options) : session_(session), options_(options) {}

  Result<Forecast> on_device(const std::string& model) {
    if (!device_) {
      FORECOST_TRY(const std::vector<std::string> names, chosen_devices(session_, options_.devices));
      FORECOST_TRY(device_, predictor_of(session_, names.front(), ""));
    }
    return forecast(session_, options_, model, *device_);
  }
  Result<Forecast> on_server(const std::string& model) {
    if (!server_) {
      FORECOST_TRY(const std::vector<std::string> names,
                   chosen_devices(session_, {.names = {options_.server}}));
      FORECOST_TRY(server_, predictor_of(session_, names.front(), ""));
    }
    return forecast(session_, options_, model, *server_);
  }

 private:
  const Session& session_;
  const Options& options_;
  std::unique_ptr<predictor::Predictor> device_, server_;
};

struct Candidates {
  std::vector<Candidate> list;
  bool declared = false;  ///< energy by a declared power
};

Result<Candidates> candidates_of(const Session& session, const Options& options,
                                 const deployment::Scores& scores) {
  FORECOST_TRY(const Named models, by_network(options.models, scores, "--model"));
  FORECOST_TRY(const Named times, by_network(options.times, scores, "--time"));
  FORECOST_TRY(const Named energies, by_network(options.energies, scores, "--energy"));
  FORECOST_TRY(const Named server_times, by_network(options.server_times, scores, "--server-time"));
  Devices devices(session, options);
  Candidates candidates;
  for (std::size_t n = 0; n < scores.networks.size(); ++n) {
    const std::string& name = scores.networks[n].network;
    const auto model = models.find(name);
    std::optional<Seconds> here;
    std::optional<Seconds> there;
    std::optional<Joules> forecast_energy;
    if (const auto given = times.find(name); given != times.end()) {
      FORECOST_TRY(const double seconds, measured(given->second, Measure::time));
      here = Seconds(seconds);
    } else if (model != models.end() && (options.server.empty() || !options.devices.names.empty())) {
      FORECOST_TRY(const Forecast on, devices.on_device(model->second));
      here = on.time;
      forecast_energy = on.energy;
    }
    if (const auto given = server_times.find(name); given != server_times.end()) {
      FORECOST_TRY(const double seconds, measured(given->second, Measure::time));
      there = Seconds(seconds);
    } else if (model != models.end() && !options.server.empty()) {
      FORECOST_TRY(const Forecast on, devices.on_server(model->second));
      there = on.time;
    }
    if (!here && !there) {
      return Error{Fault::bad_input, fmt::format("nothing says how long network '{}' takes", name),
                   options.scores,
                   fmt::format("give --time {0}=5ms, or --model {0}=FILE.onnx to have it forecast", name)};
    }
    if (here) {
      Candidate candidate{name, n, Place::device, *here, std::nullopt};
      if (const auto given = energies.find(name); given != energies.end()) {
        FORECOST_TRY(const double joules, measured(given->second, Measure::energy));
        candidate.energy = Joules(joules);
      } else if (!options.power.empty()) {
        FORECOST_TRY(const double watts, measured(options.power, Measure::power));
        candidate.energy = Joules(watts * here->value);
        candidates.declared = true;
      } else {
        candidate.energy = forecast_energy;
      }
      candidates.list.push_back(candidate);
    }
    if (there) candidates.list.push_back({name, n, Place::server, *there, std::nullopt});
  }
  return candidates;
}

/// What is asked for.
struct Goal {
  deployment::CascadeQuestion question;
  double accuracy = -1;  ///< least; below 0: none
  bool most_accurate = false;
  std::string text;
};

std::optional<Spending> spending_named(std::string_view name) {
  if (name == "time") return Spending::time;
  if (name == "energy") return Spending::energy;
  if (name == "sent") return Spending::sent;
  return std::nullopt;
}

constexpr std::string_view name_of(Spending spending) {
  return spending == Spending::time ? "time" : spending == Spending::energy ? "energy" : "sent";
}

Result<Goal> goal_of(const Options& options, bool energy_known) {
  Goal goal;
  goal.question.stages = options.stages;
  std::optional<Spending> limited;
  for (const std::string& text : options.under) {
    FORECOST_TRY(const search::LimitText limit, search::split_limit(text));
    FORECOST_TRY(const search::Measured value, search::parse_measured(limit.right));
    const std::optional<Spending> spending = spending_named(limit.left);
    if (limit.left == "accuracy" && !limit.at_most) {
      goal.accuracy = value.value;
    } else if (limit.left == "error" && limit.at_most) {
      goal.accuracy = 1 - value.value;
    } else if (limit.left == "longest" && limit.at_most) {
      goal.question.longest = Seconds(value.value);
    } else if (spending && limit.at_most) {
      goal.question.most[static_cast<std::size_t>(*spending)] = value.value;
      if (!limited) limited = spending;
    } else {
      return Error{Fault::bad_input, fmt::format("\"{}\" is no limit of a cascade", text), "--under",
                   "limits are accuracy >=, error <=, time <=, energy <=, sent <= (means) and longest <="};
    }
    goal.text += (goal.text.empty() ? "" : ", ") + text;
  }
  if (goal.accuracy > 1) {
    return Error{Fault::bad_input, "an accuracy is at most 100 %", "--under",
                 "write accuracy >= 92 % or >= 0.92"};
  }
  goal.question.minimise = energy_known ? Spending::energy : Spending::time;
  if (limited && goal.accuracy < 0) goal.question.minimise = *limited;
  if (const auto asked = spending_named(options.minimise)) goal.question.minimise = *asked;
  goal.most_accurate =
      options.minimise == "error" || (options.minimise.empty() && limited && goal.accuracy < 0);
  const std::string aim =
      goal.most_accurate ? "most accurate" : fmt::format("least {}", name_of(goal.question.minimise));
  if (goal.text.empty()) {
    goal.text = goal.most_accurate ? aim : aim + ", no less accurate than the best network alone";
  } else {
    goal.text = aim + " with " + goal.text;
  }
  return goal;
}

/// Accuracy of the best network alone that holds the limits, on the tuning half; 0 where none does.
double best_alone(const Goal& goal, const deployment::CascadeProblem& problem,
                  const deployment::Scores& scores, const deployment::Halves& halves) {
  double best = 0;
  for (std::size_t c = 0; c < problem.candidates.size(); ++c) {
    const deployment::CascadeResult alone = deployment::evaluate(problem, scores, {{c}}, halves.tune);
    bool holds = alone.longest <= goal.question.longest;
    for (std::size_t i = 0; i < deployment::spendings; ++i) {
      holds = holds && alone.mean[i] <= goal.question.most[i];
    }
    if (holds) best = std::max(best, alone.accuracy);
  }
  return best;
}

Error nothing_holds(const Goal& goal, const deployment::CascadeFront& front) {
  std::string hint = "loosen the other limits, or give faster networks";
  if (!front.points.empty()) {
    hint = fmt::format(
        "the most accurate cascade that holds the other limits is right in {:.1f} % of the samples",
        100 * front.points.back().tuned.accuracy);
  }
  return {Fault::not_found, "no cascade holds the limits: " + goal.text, "", hint};
}

Status cascade(const Options& options, const Session& session) {
  FORECOST_TRY(const deployment::Confidence confidence, deployment::parse_confidence(options.confidence));
  FORECOST_TRY(const deployment::Scores scores, deployment::read_scores(options.scores, confidence));
  FORECOST_TRY(const deployment::Halves halves, deployment::halve(scores, options.share, options.seed));
  FORECOST_TRY(const Candidates candidates, candidates_of(session, options, scores));
  FORECOST_TRY(const std::vector<deployment::Link> links, links_of(options.link));
  deployment::CascadeProblem problem{.candidates = candidates.list, .link = links.front()};
  if (!options.sample_size.empty()) {
    FORECOST_TRY(const double bytes, measured(options.sample_size, Measure::size));
    problem.sample = Bytes(std::llround(bytes));
  }
  if (!options.answer_size.empty()) {
    FORECOST_TRY(const double bytes, measured(options.answer_size, Measure::size));
    problem.answer = Bytes(std::llround(bytes));
  }
  const bool energy_known =
      std::all_of(candidates.list.begin(), candidates.list.end(), [](const Candidate& candidate) {
        return candidate.place == Place::server || candidate.energy.has_value();
      });
  const bool any_device = std::any_of(candidates.list.begin(), candidates.list.end(),
                                      [](const Candidate& c) { return c.place == Place::device; });
  FORECOST_TRY(const Goal goal, goal_of(options, energy_known && any_device));
  const deployment::CascadeFront front =
      deployment::search_cascades(problem, scores, halves.tune, goal.question);
  const deployment::CascadePoint* chosen = nullptr;
  if (goal.most_accurate) {
    const bool good = !front.points.empty() && front.points.back().tuned.accuracy >= goal.accuracy;
    chosen = good ? &front.points.back() : nullptr;
  } else if (goal.accuracy < 0) {
    chosen = deployment::cheapest(front, halves.tune.size(), best_alone(goal, problem, scores, halves), 0.5);
  } else {
    chosen = deployment::cheapest(front, halves.tune.size(), goal.accuracy, options.chance);
  }
  if (chosen == nullptr) return nothing_holds(goal, front);
  const report::CascadeView view{.problem = problem,
                                 .scores = scores,
                                 .halves = halves,
                                 .front = front,
                                 .chosen = chosen,
                                 .minimised = goal.question.minimise,
                                 .goal = goal.text,
                                 .accuracy = std::max(0.0, goal.accuracy),
                                 .declared = candidates.declared};
  if (!options.picture.empty()) {
    FORECOST_TRY([[maybe_unused]] const Done done,
                 write_picture(options.picture, report::cascade_picture(view)));
  }
  return print(session, {report::cascade_report(view, options.limit)});
}

}  // namespace

void add_cascade(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand(
      "cascade", "Choose which networks to ask, in which order, and how sure each must be");
  const auto options = std::make_shared<Options>();
  const auto named = [command](const char* name, std::vector<std::string>& values, const char* help) {
    return command->add_option(name, values, help)->type_name("NETWORK=VALUE")->allow_extra_args(false);
  };
  command->add_option("SCORES", options->scores, "CSV of answers, see docs/formats/scores.md")
      ->required()
      ->type_name("FILE");
  named("--time", options->times, "What a network takes on the device")->check(is_named(Measure::time));
  named("--energy", options->energies, "What it costs there")->check(is_named(Measure::energy));
  named("--model", options->models, "ONNX file or zoo:NAME of a network: its time is forecast")
      ->check(is_named());
  command->add_option("--power", options->power, "Declared: energy is time x this where --energy is absent")
      ->type_name("POWER")
      ->check(is_measured(Measure::power));
  command
      ->add_option(
          "--under", options->under,
          "Limit: accuracy >=, error <=, time <=, energy <=, sent <= (means), longest <=; may be repeated")
      ->type_name("LIMIT")
      ->allow_extra_args(false);
  command
      ->add_option("--minimise", options->minimise,
                   "time, energy, sent or error (default: what is not limited)")
      ->type_name("WHAT")
      ->check(CLI::IsMember({"time", "energy", "sent", "error"}));
  command->add_option("--stages", options->stages, "Networks in a cascade, at most (default 3)")
      ->type_name("N")
      ->check(CLI::Range(1, 6));
  command
      ->add_option("--confidence", options->confidence,
                   "How sure scores are: margin (default), top or entropy")
      ->type_name("HOW")
      ->check(CLI::IsMember({"margin", "top", "entropy"}));
  command
      ->add_option("--chance", options->chance,
                   "With which an accuracy must hold on new samples (default 0.5)")
      ->type_name("P")
      ->check(CLI::Range(0.5, 0.999));
  command->add_option("--share", options->share, "Of the samples that thresholds are chosen on (default 0.5)")
      ->type_name("SHARE")
      ->check(CLI::Range(0.01, 0.99));
  command->add_option("--seed", options->seed, "Of drawing them (default 1)")->type_name("N");
  named("--server-time", options->server_times, "What a network takes on the server")
      ->check(is_named(Measure::time));
  command->add_option("--server", options->server, "Calibrated device on which models are forecast as well")
      ->type_name("DEVICE")
      ->check(CLI::Validator(check_device_name, ""));
  command
      ->add_option("--sample-size", options->sample_size,
                   "Of a sample sent to the server, as \"3 kB\" (default 0)")
      ->type_name("SIZE")
      ->check(is_measured(Measure::size));
  command->add_option("--answer-size", options->answer_size, "Of what comes back (default 0)")
      ->type_name("SIZE")
      ->check(is_measured(Measure::size));
  add_link_options(*command, options->link);
  command->add_option("--picture", options->picture, "Write accuracy against cost as SVG")->type_name("FILE");
  command->add_option("--limit", options->limit, "Rows of tables (default 12, 0 for all)")->type_name("N");
  add_device_options(*command, options->devices);
  add_size_options(*command, options->sizes);
  add_lowering_options(*command, options->lowering);
  command->footer(
      examples({"forecost cascade scores.csv --time small=1ms --time big=9ms --under \"accuracy >= 92 %\"",
                "forecost cascade scores.csv --model small=s.onnx --model big=b.onnx --power 3W --under "
                "\"energy <= 5 mJ\"",
                "forecost cascade scores.csv --time small=1ms --server-time big=2ms --sample-size 3kB "
                "--bandwidth \"10 Mbit/s\" --round-trip 20ms --picture front.svg"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return cascade(*options, session); };
  });
}

}  // namespace forecost::app
