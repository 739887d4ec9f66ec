// SPDX-License-Identifier: Apache-2.0
/// Networks whose energy on an Eyeriss-like accelerator was published, as the works of their convolutions and
/// fully connected layers.
#pragma once

#include <string>
#include <vector>

#include "forecost/accelerator/accelerator.h"
#include "forecost/outcome/outcome.h"

namespace forecost::studies {

struct PublishedEnergy {
  std::string network;
  std::int64_t batch = 1;
  double normalised = 0;  ///< energy of one image, in multiply-accumulates
};

/// Yang, Chen, Sze: Designing Energy-Efficient Convolutional Neural Networks using Energy-Aware Pruning,
/// CVPR 2017, the networks before pruning.
const std::vector<PublishedEnergy>& published_energies();

/// "alexnet" (as in Krizhevsky et al. 2012, two groups), "googlenet" (Szegedy et al. 2015, without the
/// auxiliary classifiers), "squeezenet" (Iandola et al. 2016, version 1.0).
std::vector<accelerator::Work> works_of(const std::string& network, std::int64_t batch);

/// Energy and time of works, one after the other. Fails: as accelerator::map_work does.
struct WorkSum {
  double joules = 0;
  double cycles = 0;
  double macs = 0;
  double dram_words = 0;
};
Result<WorkSum> sum_of(const accelerator::Accelerator& accelerator,
                       const std::vector<accelerator::Work>& works);

}  // namespace forecost::studies
