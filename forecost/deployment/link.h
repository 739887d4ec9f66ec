// SPDX-License-Identifier: Apache-2.0
/// The connection between an edge device and a server, and what it costs the edge device to use it.
#pragma once

#include <limits>
#include <string_view>

#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"

namespace forecost::deployment {

/// What a user declares. Everything >= 0; bandwidths > 0.
struct Link {
  double up = std::numeric_limits<double>::infinity();    ///< bytes per second, edge to server
  double down = std::numeric_limits<double>::infinity();  ///< bytes per second, server to edge
  Seconds round_trip{0};                                  ///< once per request that leaves the edge
  double radio_energy = 0;                                ///< joules per byte, sent or received
  Watts radio_power;                                      ///< while sending or receiving
  Watts idle_power;                                       ///< of the edge while it waits for the server
};

/// Time on the wire, without the round trip.
Seconds sending_time(const Link& link, Bytes sent);
Seconds receiving_time(const Link& link, Bytes received);

/// Energy of the edge for the bytes alone: bytes x joules per byte + time on the wire x radio power
/// (E = P_tx t_tx of Stamoulis et al., ICCAD 2018; Kang et al., ASPLOS 2017).
Joules radio_energy(const Link& link, Bytes sent, Bytes received);

/// Energy of the edge while it waits.
Joules waiting_energy(const Link& link, Seconds wait);

/// "10 Mbit/s", "2.5 MB/s", "1 GiB/s" as bytes per second. Decimal prefixes are thousands.
/// Fails: `bad_input`, the hint shows how.
Result<double> parse_bandwidth(std::string_view text);

}  // namespace forecost::deployment
