// SPDX-License-Identifier: Apache-2.0
#include "eager/question.h"

#include <nlohmann/json.hpp>

#include "forecost/device/runner_protocol.h"

namespace forecost::eager {

using nlohmann::json;

Result<Question> read_question(const std::string& line) {
  const json object = json::parse(line, nullptr, false);
  const auto wrong = [](const std::string& what) {
    return Error{Fault::bad_input, what, "standard input", "let forecost start this program: --runner torch"};
  };
  if (!object.is_object() || object.value("format", json()) != "forecost.runner") {
    return wrong("no question of forecost.runner");
  }
  if (object.value("version", json()) != device::runner_protocol_version) {
    return Error{Fault::unsupported, "the question is of version " + object.value("version", json()).dump(),
                 "standard input", "take forecost and forecost-torch of one build"};
  }
  try {
    Question question;
    const json& settings = object.at("settings");
    question.request.settings.threads = settings.at("threads");
    question.request.settings.cores = settings.at("cores").get<std::vector<int>>();
    question.request.settings.precision = settings.at("precision");
    question.provider = settings.at("provider");
    if (question.provider.empty()) question.provider = "cpu";
    question.measures = object.at("ask") == "measure";
    if (!question.measures) return question;
    question.model.file = object.at("network").get<std::string>();
    question.model.batch = object.at("batch");
    question.model.symbols = object.at("dims").get<std::map<std::string, std::int64_t, std::less<>>>();
    question.request.training = object.at("training");
    question.request.warmup_runs = object.at("warmup_runs");
    question.request.least_runs = object.at("least_runs");
    question.request.longest = Seconds(object.at("longest_ms").get<double>() * 1e-3);
    question.request.evict = Bytes(object.at("evict_bytes").get<std::int64_t>());
    question.request.energy = object.at("energy");
    return question;
  } catch (const json::exception& problem) {
    return wrong(problem.what());
  }
}

}  // namespace forecost::eager
