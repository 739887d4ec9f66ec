// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/kernel_json.h"

namespace forecost::measurement {
namespace {

using nlohmann::json;

json to_json(const layer::Extents& e) {
  return json::array({e.batch, e.groups, e.m, e.n, e.k, e.kernel_h, e.kernel_w, e.stride_h, e.stride_w,
                      e.dilation, e.in_h, e.in_w, e.out_h, e.out_w});
}

layer::Extents extents_from(const json& j) {
  layer::Extents e;
  std::size_t i = 0;
  for (double* field : {&e.batch, &e.groups, &e.m, &e.n, &e.k, &e.kernel_h, &e.kernel_w, &e.stride_h,
                        &e.stride_w, &e.dilation, &e.in_h, &e.in_w, &e.out_h, &e.out_w}) {
    *field = j.at(i++).get<double>();
  }
  return e;
}

}  // namespace

json to_json(const layer::Kernel& k) {
  return {{"op", k.op},
          {"domain", k.domain},
          {"path", k.path},
          {"element", static_cast<int>(k.element)},
          {"activation", k.activation},
          {"accumulates", k.accumulates},
          {"known", k.known},
          {"macs", k.cost.macs.value},
          {"operations", k.cost.operations.value},
          {"read", k.cost.read.value},
          {"written", k.cost.written.value},
          {"weights", k.cost.weights.value},
          {"parameters", k.cost.parameters},
          {"extents", to_json(k.cost.extents)},
          {"inputs", k.inputs},
          {"outputs", k.outputs},
          {"constant_inputs", k.constant_inputs},
          {"workspace", k.workspace.value},
          {"footprint", k.footprint.value},
          {"before", k.before.value},
          {"input_age", k.input_age.value},
          {"signature", k.signature}};
}

Result<layer::Kernel> kernel_from_json(const json& j) {
  try {
    layer::Kernel k;
    k.op = j.at("op");
    k.domain = j.at("domain");
    k.path = j.at("path");
    k.element = static_cast<network::ElementType>(j.at("element").get<int>());
    k.activation = j.at("activation");
    k.accumulates = j.at("accumulates");
    k.known = j.at("known");
    k.cost.macs = Macs(j.at("macs"));
    k.cost.operations = Operations(j.at("operations"));
    k.cost.read = Bytes(j.at("read"));
    k.cost.written = Bytes(j.at("written"));
    k.cost.weights = Bytes(j.at("weights"));
    k.cost.parameters = j.at("parameters");
    k.cost.extents = extents_from(j.at("extents"));
    k.inputs = j.at("inputs").get<std::vector<layer::Shape>>();
    k.outputs = j.at("outputs").get<std::vector<layer::Shape>>();
    k.constant_inputs = j.at("constant_inputs").get<std::vector<bool>>();
    k.workspace = Bytes(j.at("workspace"));
    k.footprint = Bytes(j.at("footprint"));
    k.before = Bytes(j.at("before"));
    k.input_age = Bytes(j.at("input_age"));
    k.signature = j.at("signature");
    return k;
  } catch (const json::exception& problem) {
    return Error{Fault::bad_input, std::string("a stored kernel cannot be read: ") + problem.what(), "",
                 "the store was written by another version; calibrate again into a new --home"};
  }
}

}  // namespace forecost::measurement
