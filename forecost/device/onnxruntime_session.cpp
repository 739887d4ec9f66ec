// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/onnxruntime_session.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <onnxruntime_c_api.h>

#include "forecost/device/inputs.h"
#include "forecost/device/onnxruntime_profile.h"
#include "forecost/device/pinning.h"
#include "forecost/network/reader.h"

namespace forecost::device::ort {
namespace {

using network::ElementType;

std::string place_of(const Model& model) {
  return model.bytes.empty() ? model.file.string() : std::string("model in memory");
}

/// "2;3" for threads 1 and 2 on cores 1 and 2: the runtime counts processors from 1 and leaves the caller
/// out.
std::string affinities_of(const std::vector<int>& cores) {
  std::string text;
  for (std::size_t i = 1; i < cores.size(); ++i) text += fmt::format("{}{}", i == 1 ? "" : ";", cores[i] + 1);
  return text;
}

Result<Owned<OrtSessionOptions>> runtime_options(const OrtApi& api, const SessionOptions& options,
                                                 const Purpose& purpose) {
  const auto& settings = options.settings;
  if (settings.threads < 1 ||
      (!settings.cores.empty() && settings.cores.size() != static_cast<std::size_t>(settings.threads))) {
    return Error{Fault::bad_input,
                 fmt::format("{} threads on {} cores", settings.threads, settings.cores.size()),
                 "device settings", "name one core for each thread, or none"};
  }
  OrtSessionOptions* raw = nullptr;
  FORECOST_TRY([[maybe_unused]] auto made, check(api, api.CreateSessionOptions(&raw), "session options"));
  Owned<OrtSessionOptions> owned(raw, api.ReleaseSessionOptions);
  std::vector<OrtStatus*> statuses{
      api.SetIntraOpNumThreads(raw, settings.threads), api.SetInterOpNumThreads(raw, 1),
      api.SetSessionExecutionMode(raw, ORT_SEQUENTIAL),
      api.SetSessionLogSeverityLevel(raw, ORT_LOGGING_LEVEL_FATAL),
      api.SetSessionGraphOptimizationLevel(raw, options.optimise ? ORT_ENABLE_ALL : ORT_DISABLE_ALL)};
  const auto entry = [&](const char* key, const std::string& value) {
    statuses.push_back(api.AddSessionConfigEntry(raw, key, value.c_str()));
  };
  // Measured sessions take turns: threads of one that has run would spin on a core that the next one needs.
  entry("session.force_spinning_stop", "1");
  if (settings.cores.size() > 1) entry("session.intra_op_thread_affinities", affinities_of(settings.cores));
  if (!purpose.optimised_file.empty()) {
    statuses.push_back(api.SetOptimizedModelFilePath(raw, purpose.optimised_file.c_str()));
    // Small tensors stay in the graph, where the reader keeps their values.
    entry("session.optimized_model_external_initializers_file_name", "weights.bin");
    entry("session.optimized_model_external_initializers_min_size_in_bytes",
          std::to_string(network::Tensor::kept_elements * 8 + 1));
  }
  if (!purpose.prepack) entry("session.disable_prepacking", "1");
  if (!purpose.profile_prefix.empty()) {
    statuses.push_back(api.EnableProfiling(raw, purpose.profile_prefix.c_str()));
  }
  Status all = Done{};
  for (OrtStatus* status : statuses) {
    auto checked = check(api, status, "session options");
    if (all && !checked) all = std::move(checked);
  }
  if (!all) return std::move(all).error();
  return owned;
}

struct TensorType {
  ElementType element = ElementType::undefined;
  std::vector<network::Dimension> dims;
};

Result<TensorType> type_of(const OrtApi& api, const OrtTypeInfo* info, const std::string& where) {
  const OrtTensorTypeAndShapeInfo* tensor = nullptr;
  FORECOST_TRY([[maybe_unused]] auto cast, check(api, api.CastTypeInfoToTensorInfo(info, &tensor), where));
  if (tensor == nullptr) {
    return Error{Fault::unsupported, "it is not a tensor", where, "only networks between tensors can be run"};
  }
  ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::size_t rank = 0;
  FORECOST_TRY([[maybe_unused]] auto typed, check(api, api.GetTensorElementType(tensor, &element), where));
  FORECOST_TRY([[maybe_unused]] auto ranked, check(api, api.GetDimensionsCount(tensor, &rank), where));
  std::vector<std::int64_t> extents(rank);
  std::vector<const char*> symbols(rank);
  FORECOST_TRY([[maybe_unused]] auto sized,
               check(api, api.GetDimensions(tensor, extents.data(), rank), where));
  FORECOST_TRY([[maybe_unused]] auto named,
               check(api, api.GetSymbolicDimensions(tensor, symbols.data(), rank), where));
  TensorType type{static_cast<ElementType>(element), {}};  // the runtime uses ONNX's numbers
  for (std::size_t axis = 0; axis < rank; ++axis) {
    network::Dimension dim;
    if (extents[axis] >= 0) dim.extent = extents[axis];
    if (symbols[axis] != nullptr) dim.symbol = symbols[axis];
    type.dims.push_back(std::move(dim));
  }
  return type;
}

/// A name that the runtime allocated, copied.
Result<std::string> copied_name(const OrtApi& api, OrtAllocator* allocator, char* raw) {
  std::string name = raw;
  FORECOST_TRY([[maybe_unused]] auto freed, check(api, api.AllocatorFree(allocator, raw), name));
  return name;
}

std::map<std::string, std::int64_t, std::less<>> bounds_of(const Model& model) {
  const auto network = model.bytes.empty()
                           ? network::read(model.file)
                           : network::read(std::as_bytes(std::span(model.bytes)), "model in memory");
  return network ? index_bounds(network->graph) : std::map<std::string, std::int64_t, std::less<>>{};
}

}  // namespace

OpenSession::OpenSession(const Library& library, Owned<OrtEnv> env, Owned<OrtSession> session,
                         std::vector<int> cores)
    : api_(*library.api), env_(std::move(env)), session_(std::move(session)), cores_(std::move(cores)) {
  if (cores_.size() > 1) cores_.erase(cores_.begin() + 1, cores_.end());
}

OpenSession::~OpenSession() {
  release_results();
}

Result<std::unique_ptr<OpenSession>> OpenSession::load(const Library& library, const Model& model,
                                                       const SessionOptions& options,
                                                       const Purpose& purpose) {
  const OrtApi& api = *library.api;
  FORECOST_TRY(auto env, environment(api));
  FORECOST_TRY(auto settings, runtime_options(api, options, purpose));
  OrtSession* raw = nullptr;
  OrtStatus* status = model.bytes.empty()
                          ? api.CreateSession(env.get(), model.file.c_str(), settings.get(), &raw)
                          : api.CreateSessionFromArray(env.get(), model.bytes.data(), model.bytes.size(),
                                                       settings.get(), &raw);
  FORECOST_TRY([[maybe_unused]] auto made, check(api, status, place_of(model)));
  Owned<OrtSession> session(raw, api.ReleaseSession);
  auto opened =
      std::make_unique<OpenSession>(library, std::move(env), std::move(session), options.settings.cores);
  opened->keep(purpose);
  return opened;
}

Result<std::unique_ptr<OpenSession>> OpenSession::open(const Library& library, const Model& model,
                                                       const SessionOptions& options,
                                                       const Purpose& purpose) {
  FORECOST_TRY(auto session, load(library, model, options, purpose));
  FORECOST_TRY([[maybe_unused]] auto inputs, session->make_inputs(model));
  FORECOST_TRY([[maybe_unused]] auto outputs, session->name_outputs());
  return session;
}

Status OpenSession::name_outputs() {
  std::size_t count = 0;
  FORECOST_TRY([[maybe_unused]] auto counted,
               check(api_, api_.SessionGetOutputCount(session_.get(), &count), "outputs"));
  OrtAllocator* allocator = nullptr;
  FORECOST_TRY([[maybe_unused]] auto got,
               check(api_, api_.GetAllocatorWithDefaultOptions(&allocator), "allocator"));
  for (std::size_t i = 0; i < count; ++i) {
    char* raw = nullptr;
    FORECOST_TRY([[maybe_unused]] auto named,
                 check(api_, api_.SessionGetOutputName(session_.get(), i, allocator, &raw), "outputs"));
    FORECOST_TRY(auto name, copied_name(api_, allocator, raw));
    output_names_.push_back(std::move(name));
  }
  for (const auto& name : output_names_) output_keys_.push_back(name.c_str());
  results_.assign(count, nullptr);
  return Done{};
}

Status OpenSession::make_inputs(const Model& model) {
  std::size_t count = 0;
  FORECOST_TRY([[maybe_unused]] auto counted,
               check(api_, api_.SessionGetInputCount(session_.get(), &count), "inputs"));
  const auto bounds = bounds_of(model);
  for (std::size_t i = 0; i < count; ++i) {
    FORECOST_TRY([[maybe_unused]] auto made, make_input(i, model, bounds));
  }
  for (const auto& name : input_names_) input_keys_.push_back(name.c_str());
  for (const auto& value : inputs_) input_values_.push_back(value.get());
  return Done{};
}

Status OpenSession::make_input(std::size_t index, const Model& model,
                               const std::map<std::string, std::int64_t, std::less<>>& bounds) {
  OrtAllocator* allocator = nullptr;
  FORECOST_TRY([[maybe_unused]] auto got,
               check(api_, api_.GetAllocatorWithDefaultOptions(&allocator), "allocator"));
  char* raw_name = nullptr;
  FORECOST_TRY([[maybe_unused]] auto named,
               check(api_, api_.SessionGetInputName(session_.get(), index, allocator, &raw_name), "inputs"));
  FORECOST_TRY(auto name, copied_name(api_, allocator, raw_name));
  const auto where = fmt::format("input '{}'", name);
  OrtTypeInfo* raw_info = nullptr;
  FORECOST_TRY([[maybe_unused]] auto informed,
               check(api_, api_.SessionGetInputTypeInfo(session_.get(), index, &raw_info), where));
  const Owned<OrtTypeInfo> info(raw_info, api_.ReleaseTypeInfo);
  FORECOST_TRY(const auto type, type_of(api_, raw_info, where));
  InputSpec spec{name, type.element, extents_of(type.dims, model)};
  if (const auto bound = bounds.find(name); bound != bounds.end()) spec.below = bound->second;
  FORECOST_TRY(const auto bytes, generated(spec));
  OrtValue* raw_value = nullptr;  // the runtime's allocator aligns it as it aligns its own tensors
  FORECOST_TRY(
      [[maybe_unused]] auto made,
      check(api_,
            api_.CreateTensorAsOrtValue(allocator, spec.shape.data(), spec.shape.size(),
                                        static_cast<ONNXTensorElementDataType>(spec.element), &raw_value),
            where));
  Owned<OrtValue> value(raw_value, api_.ReleaseValue);
  void* data = nullptr;
  FORECOST_TRY([[maybe_unused]] auto opened, check(api_, api_.GetTensorMutableData(raw_value, &data), where));
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  inputs_.push_back(std::move(value));
  input_names_.push_back(std::move(name));
  return Done{};
}

void OpenSession::release_results() {
  for (OrtValue*& result : results_) {
    if (result != nullptr) api_.ReleaseValue(std::exchange(result, nullptr));
  }
}

Status OpenSession::run() {
  const Pinning pinning(cores_);
  OrtStatus* status = api_.Run(session_.get(), nullptr, input_keys_.data(), input_values_.data(),
                               input_keys_.size(), output_keys_.data(), output_keys_.size(), results_.data());
  release_results();
  return check(api_, status, "run");
}

Result<std::vector<Output>> OpenSession::outputs() {
  const Pinning pinning(cores_);
  OrtStatus* status = api_.Run(session_.get(), nullptr, input_keys_.data(), input_values_.data(),
                               input_keys_.size(), output_keys_.data(), output_keys_.size(), results_.data());
  FORECOST_TRY([[maybe_unused]] auto ran, check(api_, status, "run"));
  std::vector<Owned<OrtValue>> values;
  for (OrtValue*& result : results_) values.emplace_back(std::exchange(result, nullptr), api_.ReleaseValue);
  std::vector<Output> outputs;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto where = fmt::format("output '{}'", output_names_[i]);
    OrtTypeInfo* raw_info = nullptr;
    FORECOST_TRY([[maybe_unused]] auto informed,
                 check(api_, api_.GetTypeInfo(values[i].get(), &raw_info), where));
    const Owned<OrtTypeInfo> info(raw_info, api_.ReleaseTypeInfo);
    FORECOST_TRY(const auto type, type_of(api_, raw_info, where));
    Output output{output_names_[i], extents_of(type.dims, {}), {}};
    const auto size = network::bytes_of(type.element, output.shape);
    if (!size || network::bits_of(type.element) % 8 != 0 || network::bits_of(type.element) == 0) {
      return Error{Fault::unsupported, fmt::format("its type is {}", name_of(type.element)), where,
                   "compare networks with float or integer outputs"};
    }
    void* data = nullptr;
    FORECOST_TRY([[maybe_unused]] auto opened,
                 check(api_, api_.GetTensorMutableData(values[i].get(), &data), where));
    const std::span bytes(static_cast<const std::byte*>(data), static_cast<std::size_t>(size->value));
    const auto count = static_cast<std::size_t>(*network::elements_of(output.shape));
    output.values.reserve(count);
    for (std::size_t k = 0; k < count; ++k) {
      output.values.push_back(static_cast<float>(element_at(type.element, bytes, k)));
    }
    outputs.push_back(std::move(output));
  }
  return outputs;
}

Result<Study> OpenSession::end_study() {
  FORECOST_EXPECTS(purpose_.folder != nullptr, "the session was opened for a study, which has not ended");
  FORECOST_TRY(const auto file, end_profiling());
  std::ifstream text(file);
  Study study;
  FORECOST_TRY(study.runs, read_profile(text));
  FORECOST_TRY(study.graph, network::read(purpose_.optimised_file));
  purpose_ = {};
  return study;
}

Result<std::filesystem::path> OpenSession::end_profiling() {
  OrtAllocator* allocator = nullptr;
  FORECOST_TRY([[maybe_unused]] auto got,
               check(api_, api_.GetAllocatorWithDefaultOptions(&allocator), "allocator"));
  char* raw = nullptr;
  FORECOST_TRY([[maybe_unused]] auto ended,
               check(api_, api_.SessionEndProfiling(session_.get(), allocator, &raw), "profile"));
  FORECOST_TRY(auto name, copied_name(api_, allocator, raw));
  return std::filesystem::path(name);
}

}  // namespace forecost::device::ort
