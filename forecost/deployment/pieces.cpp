// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/pieces.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <queue>
#include <set>
#include <string_view>
#include <utility>

#include "forecost/deployment/reads.h"

namespace forecost::deployment {
namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

/// Sets that only grow together.
class Unions {
 public:
  explicit Unions(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0U); }
  std::size_t root(std::size_t item) {
    while (parent_[item] != item) item = parent_[item] = parent_[parent_[item]];
    return item;
  }
  /// The lower root stays.
  void join(std::size_t a, std::size_t b) {
    a = root(a);
    b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

bool is_real(network::ElementType element) {
  using network::ElementType;
  return element == ElementType::float32 || element == ElementType::float16 ||
         element == ElementType::float64 || element == ElementType::bfloat16;
}

Bytes bytes_when_sent(const layer::TensorFact& fact, int bits) {
  if (bits == 0 || !is_real(fact.element)) return fact.bytes();
  return Bytes((fact.elements() * bits + 7) / 8);
}

class Cutter {
 public:
  explicit Cutter(const layer::LayeredNetwork& network)
      : network_(network), layers_(network.layers), unions_(network.layers.size()) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i].folded) continue;
      names_.emplace(layers_[i].name, i);
      for (const std::string& output : layers_[i].outputs) {
        if (!output.empty()) maker_.emplace(output, i);
      }
    }
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i].folded) continue;
      for (const std::string& name : reads_of(network.network.graph.nodes[layers_[i].node])) {
        if (is_activation(name)) readers_[name].insert(i);
      }
    }
  }

  bool empty() const { return names_.empty(); }

  /// Layers of one kernel become one.
  void join_kernels(const layer::LoweredNetwork& lowered) {
    for (const layer::Kernel& kernel : lowered.kernels) {
      std::size_t first = none;
      for (const std::string& name : kernel.layers) {
        const auto layer = names_.find(name);
        if (layer == names_.end()) continue;
        if (first == none) first = layer->second;
        unions_.join(first, layer->second);
      }
    }
  }

  /// Joins what depends on itself until nothing does.
  void join_cycles() {
    while (join_one_round()) {
    }
  }

  void number_pieces(PieceGraph& graph) {
    piece_.assign(layers_.size(), none);
    std::map<std::size_t, std::set<std::size_t>> after = edges();
    std::map<std::size_t, std::size_t> waiting;
    for (const auto& entry : names_) waiting.emplace(unions_.root(entry.second), 0);
    for (const auto& entry : after) {
      for (const std::size_t reader : entry.second) ++waiting[reader];
    }
    std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
    for (const auto& entry : waiting) {
      if (entry.second == 0) ready.push(entry.first);
    }
    while (!ready.empty()) {
      const std::size_t root = ready.top();
      ready.pop();
      piece_[root] = graph.pieces.size();
      graph.pieces.emplace_back();
      for (const std::size_t reader : after[root]) {
        if (--waiting[reader] == 0) ready.push(reader);
      }
    }
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i].folded) continue;
      piece_[i] = piece_[unions_.root(i)];
      graph.pieces[piece_[i]].layers.push_back(layers_[i].name);
    }
  }

  void add_parcels(PieceGraph& graph, int bits) const {
    std::set<std::string, std::less<>> outputs;
    for (const auto& output : network_.network.graph.outputs) outputs.insert(output.name);
    const auto add = [&](const std::string& name, std::optional<std::size_t> maker) {
      const layer::TensorFact* fact = network_.tensor(name);
      Parcel parcel{.tensor = name, .maker = maker, .readers = {}, .bytes = Bytes(0)};
      if (fact != nullptr) parcel.bytes = bytes_when_sent(*fact, bits);
      std::set<std::size_t> readers;
      if (const auto found = readers_.find(name); found != readers_.end()) {
        for (const std::size_t layer : found->second) readers.insert(piece_[layer]);
      }
      if (maker) readers.erase(*maker);
      parcel.readers.assign(readers.begin(), readers.end());
      parcel.output = maker && outputs.contains(name);
      if (!parcel.readers.empty() || parcel.output) graph.parcels.push_back(std::move(parcel));
    };
    for (const auto& input : network_.network.graph.inputs) add(input.name, std::nullopt);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i].folded) continue;
      for (const std::string& output : layers_[i].outputs) {
        if (is_activation(output)) add(output, piece_[i]);
      }
    }
  }

  /// Seconds of each piece.
  std::vector<Seconds> times_of(const TimedKernels& side, std::size_t pieces) const {
    const std::vector<std::size_t> owner = owners_of(side.lowered);
    std::vector<Seconds> times(pieces);
    for (std::size_t k = 0; k < owner.size(); ++k) times[owner[k]] += side.times[k];
    return times;
  }

 private:
  bool is_activation(const std::string& name) const {
    if (name.empty()) return false;
    const layer::TensorFact* fact = network_.tensor(name);
    if (fact != nullptr && fact->constant) return false;
    if (maker_.contains(name)) return true;
    const auto& inputs = network_.network.graph.inputs;
    return std::any_of(inputs.begin(), inputs.end(), [&](const auto& input) { return input.name == name; });
  }

  /// Roots of makers to roots of readers, without loops.
  std::map<std::size_t, std::set<std::size_t>> edges() {
    std::map<std::size_t, std::set<std::size_t>> after;
    for (const auto& [name, readers] : readers_) {
      const auto maker = maker_.find(name);
      if (maker == maker_.end()) continue;
      for (const std::size_t reader : readers) {
        const std::size_t from = unions_.root(maker->second);
        const std::size_t to = unions_.root(reader);
        if (from != to) after[from].insert(to);
      }
    }
    return after;
  }

  /// What Kahn's order cannot reach lies on or behind a cycle; the cycle found by walking back is joined.
  bool join_one_round() {
    const std::map<std::size_t, std::set<std::size_t>> after = edges();
    std::map<std::size_t, std::size_t> waiting;
    for (const auto& entry : after) {
      for (const std::size_t reader : entry.second) ++waiting[reader];
    }
    std::vector<std::size_t> ready;
    for (const auto& entry : after) {
      if (!waiting.contains(entry.first)) ready.push_back(entry.first);
    }
    while (!ready.empty()) {
      const std::size_t root = ready.back();
      ready.pop_back();
      const auto readers = after.find(root);
      if (readers == after.end()) continue;
      for (const std::size_t reader : readers->second) {
        if (--waiting[reader] == 0) ready.push_back(reader);
      }
    }
    std::map<std::size_t, std::size_t> before;
    for (const auto& entry : after) {
      for (const std::size_t reader : entry.second) {
        const auto stuck = waiting.find(entry.first);
        if (stuck != waiting.end() && stuck->second > 0 && waiting.at(reader) > 0)
          before[reader] = entry.first;
      }
    }
    if (before.empty()) return false;
    std::set<std::size_t> seen;
    std::size_t at = before.begin()->first;
    while (seen.insert(at).second) at = before.at(at);
    const std::size_t start = at;
    for (at = before.at(start); at != start; at = before.at(at)) joined_.push_back(at);
    for (const std::size_t member : joined_) unions_.join(start, member);
    joined_.clear();
    return true;
  }

  /// The piece that pays for each kernel.
  std::vector<std::size_t> owners_of(const layer::LoweredNetwork& lowered) const {
    std::vector<std::size_t> owner(lowered.kernels.size(), none);
    std::vector<const layer::Layer*> nodes;
    for (const layer::Layer& node : lowered.graph.layers) {
      if (!node.folded) nodes.push_back(&node);
    }
    FORECOST_EXPECTS(nodes.size() == owner.size(), "a kernel is a layer of the optimised graph");
    std::map<std::string_view, std::size_t> maker;
    for (std::size_t k = 0; k < owner.size(); ++k) {
      for (const std::string& name : lowered.kernels[k].layers) {
        const auto layer = names_.find(name);
        if (layer != names_.end()) owner[k] = piece_[layer->second];
      }
      for (const std::string& input : nodes[k]->inputs) {
        const auto made = maker.find(input);
        if (owner[k] == none && made != maker.end()) owner[k] = owner[made->second];
      }
      for (const std::string& output : nodes[k]->outputs) {
        if (!output.empty()) maker.emplace(output, k);
      }
    }
    for (std::size_t k = owner.size(); k-- > 0;) {
      for (const std::string& input : nodes[k]->inputs) {
        const auto made = maker.find(input);
        if (made != maker.end() && owner[made->second] == none) owner[made->second] = owner[k];
      }
    }
    std::replace(owner.begin(), owner.end(), none, std::size_t{0});
    return owner;
  }

  const layer::LayeredNetwork& network_;
  const std::vector<layer::Layer>& layers_;
  Unions unions_;
  std::map<std::string, std::size_t, std::less<>> names_;  // of layers that run
  std::map<std::string, std::size_t, std::less<>> maker_;
  std::map<std::string, std::set<std::size_t>, std::less<>> readers_;
  std::vector<std::size_t> piece_;  // by layer
  std::vector<std::size_t> joined_;
};

}  // namespace

TimedKernels timed(layer::LoweredNetwork lowered, const predictor::Predictor& predictor) {
  const auto compiled = predictor.compile(lowered.kernels);
  TimedKernels side;
  Seconds sum;
  for (const predictor::KernelForecast& forecast : predictor.predict(*compiled)) {
    side.times.push_back(forecast.time);
    sum += forecast.time;
  }
  side.run = std::max(Seconds(0), predictor.predict_total(*compiled).time - sum);
  side.lowered = std::move(lowered);
  return side;
}

TimedKernels scaled(const TimedKernels& edge, double factor) {
  FORECOST_EXPECTS(factor > 0, "a server is faster by a factor above 0");
  TimedKernels server = edge;
  for (Seconds& time : server.times) time = time / factor;
  server.run = server.run / factor;
  return server;
}

Result<PieceGraph> make_pieces(const layer::LayeredNetwork& network, const TimedKernels& edge,
                               const TimedKernels& server, const PieceOptions& options) {
  FORECOST_EXPECTS(options.bits >= 0 && options.bits <= 64, "a number is sent in 1 to 64 bits");
  Cutter cutter(network);
  if (cutter.empty()) {
    return Error{Fault::bad_input, "the network has no layer to run", network.network.source,
                 "give a network with at least one layer that reads its input"};
  }
  cutter.join_kernels(edge.lowered);
  cutter.join_kernels(server.lowered);
  cutter.join_cycles();
  PieceGraph graph;
  cutter.number_pieces(graph);
  cutter.add_parcels(graph, options.bits);
  const std::vector<Seconds> on_edge = cutter.times_of(edge, graph.pieces.size());
  const std::vector<Seconds> on_server = cutter.times_of(server, graph.pieces.size());
  for (std::size_t p = 0; p < graph.pieces.size(); ++p) {
    graph.pieces[p].edge = on_edge[p];
    graph.pieces[p].server = on_server[p];
  }
  graph.edge_run = edge.run;
  graph.server_run = server.run;
  return graph;
}

}  // namespace forecost::deployment
