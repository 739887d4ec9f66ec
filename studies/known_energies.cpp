// SPDX-License-Identifier: Apache-2.0
#include "known_energies.h"

#include <array>

#include "forecost/accelerator/mapper.h"

namespace forecost::studies {
namespace {

using accelerator::Work;

struct Layer {
  std::int64_t in, out, size, kernel;  ///< channels, filters, height and width of the outputs, of the filter
  std::int64_t stride = 1;
  std::int64_t groups = 1;
};

constexpr std::array<Layer, 8> alexnet = {{{3, 96, 55, 11, 4},
                                           {96, 256, 27, 5, 1, 2},
                                           {256, 384, 13, 3},
                                           {384, 384, 13, 3, 1, 2},
                                           {384, 256, 13, 3, 1, 2},
                                           {9216, 4096, 1, 1},
                                           {4096, 4096, 1, 1},
                                           {4096, 1000, 1, 1}}};

/// Filters of an inception module: 1 x 1, before and of 3 x 3, before and of 5 x 5, behind the pool.
struct Inception {
  std::int64_t size, in;
  std::array<std::int64_t, 6> filters;
};

constexpr std::array<Inception, 9> inceptions = {{{28, 192, {64, 96, 128, 16, 32, 32}},
                                                  {28, 256, {128, 128, 192, 32, 96, 64}},
                                                  {14, 480, {192, 96, 208, 16, 48, 64}},
                                                  {14, 512, {160, 112, 224, 24, 64, 64}},
                                                  {14, 512, {128, 128, 256, 24, 64, 64}},
                                                  {14, 512, {112, 144, 288, 32, 64, 64}},
                                                  {14, 528, {256, 160, 320, 32, 128, 128}},
                                                  {7, 832, {256, 160, 320, 32, 128, 128}},
                                                  {7, 832, {384, 192, 384, 48, 128, 128}}}};

/// A fire module: squeeze, and as many filters of 1 x 1 as of 3 x 3.
struct Fire {
  std::int64_t size, in, squeeze, expand;
};

constexpr std::array<Fire, 8> fires = {{{55, 96, 16, 64},
                                        {55, 128, 16, 64},
                                        {55, 128, 32, 128},
                                        {27, 256, 32, 128},
                                        {27, 256, 48, 192},
                                        {27, 384, 48, 192},
                                        {27, 384, 64, 256},
                                        {13, 512, 64, 256}}};

std::vector<Layer> layers_of(const std::string& network) {
  if (network == "alexnet") return {alexnet.begin(), alexnet.end()};
  std::vector<Layer> layers;
  if (network == "googlenet") {
    layers = {{3, 64, 112, 7, 2}, {64, 64, 56, 1}, {64, 192, 56, 3}};
    for (const Inception& module : inceptions) {
      const auto& filters = module.filters;
      layers.push_back({module.in, filters[0], module.size, 1});
      layers.push_back({module.in, filters[1], module.size, 1});
      layers.push_back({filters[1], filters[2], module.size, 3});
      layers.push_back({module.in, filters[3], module.size, 1});
      layers.push_back({filters[3], filters[4], module.size, 5});
      layers.push_back({module.in, filters[5], module.size, 1});
    }
    layers.push_back({1024, 1000, 1, 1});
  } else if (network == "squeezenet") {
    layers = {{3, 96, 111, 7, 2}};
    for (const Fire& module : fires) {
      layers.push_back({module.in, module.squeeze, module.size, 1});
      layers.push_back({module.squeeze, module.expand, module.size, 1});
      layers.push_back({module.squeeze, module.expand, module.size, 3});
    }
    layers.push_back({512, 1000, 13, 1});
  }
  return layers;
}

}  // namespace

const std::vector<PublishedEnergy>& published_energies() {
  static const std::vector<PublishedEnergy> energies = {
      {"alexnet", 44, 3.97e9}, {"googlenet", 48, 7.63e9}, {"squeezenet", 48, 5.28e9}};
  return energies;
}

std::vector<Work> works_of(const std::string& network, std::int64_t batch) {
  std::vector<Work> works;
  for (const Layer& layer : layers_of(network)) {
    Work work;
    work.extent = {
        batch,       layer.out / layer.groups, layer.in / layer.groups, layer.size, layer.size, layer.kernel,
        layer.kernel};
    work.stride_p = work.stride_q = layer.stride;
    work.repeats = layer.groups;
    works.push_back(work);
  }
  return works;
}

Result<WorkSum> sum_of(const accelerator::Accelerator& accelerator, const std::vector<Work>& works) {
  WorkSum sum;
  for (const Work& work : works) {
    FORECOST_TRY(const accelerator::Mapping mapping, accelerator::map_work(accelerator, work));
    sum.joules += mapping.cost.total().value;
    sum.cycles += mapping.cost.cycles;
    sum.macs += mapping.cost.macs;
    sum.dram_words += mapping.cost.dram_words;
  }
  return sum;
}

}  // namespace forecost::studies
