// SPDX-License-Identifier: Apache-2.0
/// TensorProto and SparseTensorProto: sizes are checked, payloads stepped over, small contents decoded.
#pragma once

#include "forecost/network/network.h"
#include "forecost/network/reader_place.h"
#include "forecost/network/wire.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

/// A tensor of a model. A payload in the file must be exactly as long as type and extents say; one that is
/// absent (a stripped model) leaves `stored` 0, one in external data keeps file and offset; that file is read
/// for small tensors alone, where it is there.
/// Fails: `bad_input` for negative or overflowing extents, no or unknown type, a payload of another size, an
/// external path that is absolute or climbs out of the model's folder. O(number of fields + kept elements);
/// payloads beyond Tensor::kept_elements are not touched.
Result<Tensor> read_tensor(wire::Message message, const Place& place);

/// A sparse tensor as a tensor of its dense extents, without values; `stored` counts values and indices.
Result<Tensor> read_sparse_tensor(wire::Message message, const Place& place);

}  // namespace forecost::network
