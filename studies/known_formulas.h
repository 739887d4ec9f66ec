// SPDX-License-Identifier: Apache-2.0
/// The functions behind the known problems. Small is good; limits hold at <= 0.
#pragma once

#include <vector>

namespace forecost::studies {

using Values = std::vector<double>;

struct Outcome {
  Values objectives;
  Values limits;
};

double branin(double x, double y);
double hartmann6(const Values& x);
double ackley(const Values& x);
/// Ackley with its minimum off the centre and off every axis.
double shifted_ackley(const Values& x);
double currin(double x, double y);
/// The disk of Gelbart's constrained Branin.
double disk(double x, double y);
double length(const Values& x);
/// The limits see thicknesses x1, x2; the cost sees s1, s2.
Outcome pressure_vessel(double x1, double x2, double r, double l, double s1, double s2);
Outcome welded_beam(const Values& x);
Outcome speed_reducer(const Values& x);
/// Keane's bump, in any number of dimensions: a product of at least 0.75, a sum of at most 7.5 n.
Outcome keane(const Values& x);
Values dtlz2(const Values& x, std::size_t objectives = 2);
/// The standard limit of C2-DTLZ2 for two objectives, r = 0.2 (Jain and Deb 2014).
double c2_limit(const Values& f);
Values zdt1(const Values& x);

/// Error in percent, latency in ms and energy in mJ of a small CNN in closed form. Values: layers, width,
/// index of the kernel (1, 3, 5, 7), of the activation, learning rate, index of the batch (16, 32, ...),
/// dropout.
struct Cnn {
  double error = 0;
  double latency = 0;
  double energy = 0;
};
Cnn cnn(const Values& values);

}  // namespace forecost::studies
