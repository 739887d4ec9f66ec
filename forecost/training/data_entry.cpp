// SPDX-License-Identifier: Apache-2.0
#include "forecost/training/data_entry.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "forecost/layer/layer.h"

namespace forecost::training {
namespace {

Error unfit(std::string what) {
  return {
      Fault::unsupported, std::move(what), "",
      "the trainer takes networks that classify images: one input of rank 4 (or flat squares), one output "
      "with a number per class"};
}

std::int64_t root_of(std::int64_t area) {
  const auto root = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(area))));
  return root * root == area ? root : 0;
}

/// Flat pixels: squares of one channel or of three.
Status read_flat(std::int64_t pixels, DataRequest& request) {
  std::int64_t side = root_of(pixels);
  request.channels = 1;
  if (side == 0 && pixels % 3 == 0) {
    side = root_of(pixels / 3);
    request.channels = 3;
  }
  if (side == 0) return unfit(fmt::format("{} input features are no square image", pixels));
  request.height = request.width = side;
  return Done{};
}

}  // namespace

const DataEntry* find_data(std::string_view name) {
  const auto& table = data_list();
  const auto found =
      std::find_if(table.begin(), table.end(), [name](const DataEntry& e) { return e.name == name; });
  return found == table.end() ? nullptr : &*found;
}

Result<DataRequest> request_for(const network::Network& network) {
  if (network.graph.inputs.size() != 1 || network.graph.outputs.size() != 1) {
    return unfit(fmt::format("the network has {} inputs and {} outputs", network.graph.inputs.size(),
                             network.graph.outputs.size()));
  }
  FORECOST_TRY(const layer::LayeredNetwork layered, layer::infer(network));
  const layer::TensorFact* input = layered.tensor(network.graph.inputs.front().name);
  const layer::TensorFact* output = layered.tensor(network.graph.outputs.front().name);
  if (input == nullptr || output == nullptr) return unfit("the network's tensors have no shapes");
  DataRequest request;
  if (input->shape.size() == 4) {
    request.channels = input->shape[1];
    request.height = input->shape[2];
    request.width = input->shape[3];
  } else if (input->shape.size() == 2) {
    FORECOST_TRY([[maybe_unused]] const Done square, read_flat(input->shape[1], request));
  } else {
    return unfit(fmt::format("the network's input has {} extents", input->shape.size()));
  }
  if (output->shape.size() != 2) {
    return unfit(
        fmt::format("the network's output has {} extents, not batch and classes", output->shape.size()));
  }
  request.classes = output->shape[1];
  return request;
}

Status check_size(const DataRequest& request, const DataRequest& there) {
  if (request.channels != there.channels || request.height != there.height || request.width != there.width) {
    return Error{
        Fault::bad_input,
        fmt::format("the network takes images of {} x {} x {}, the data are {} x {} x {}", request.channels,
                    request.height, request.width, there.channels, there.height, there.width),
        "",
        fmt::format("set the input of [network] to [{}, {}, {}]", there.channels, there.height, there.width)};
  }
  if (request.classes == there.classes) return Done{};
  return Error{
      Fault::bad_input,
      fmt::format("the network has {} outputs, the data have {} classes", request.classes, there.classes), "",
      fmt::format("end the network with {} features", there.classes)};
}

}  // namespace forecost::training
