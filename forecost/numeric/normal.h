// SPDX-License-Identifier: Apache-2.0
/// Logarithms of the normal distribution's functions, exact far in the tails.
#pragma once

namespace forecost::numeric {

/// A function's value and its derivative.
struct Tangent {
  double value = 0;
  double slope = 0;
};

/// exp(x^2) erfc(x) for x >= 0; relative error below 1e-12.
double scaled_erfc(double x);
/// log Phi(z), the chance that a standard normal number is below z.
Tangent log_normal_cdf(double z);
/// log(phi(z) + z Phi(z)): the logarithm of the expected excess of a standard normal number over -z, the
/// shape of expected improvement (Ament et al., "Unexpected improvements to expected improvement", 2023).
Tangent log_expected_excess(double z);

}  // namespace forecost::numeric
