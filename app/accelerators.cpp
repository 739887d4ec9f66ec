// SPDX-License-Identifier: Apache-2.0
#include "app/accelerators.h"

#include "app/devices.h"
#include "forecost/accelerator/card.h"
#include "forecost/predictor/accelerator_predictor.h"

namespace forecost::app {

bool is_card_file(const std::string& device) {
  return device.ends_with(".toml");
}

bool is_accelerator(const Session& session, const std::string& device) {
  if (is_card_file(device)) return true;
  std::error_code ignored;
  return accelerator::find_accelerator(device) != nullptr &&
         !std::filesystem::exists(predictor_file(session, device), ignored);
}

Result<std::unique_ptr<predictor::Predictor>> accelerator_predictor(const Session& session,
                                                                    const std::string& device) {
  if (is_card_file(device)) {
    FORECOST_TRY(const std::string text, session.system->read_text(device));
    FORECOST_TRY(const accelerator::Accelerator card, accelerator::parse_card(text, device));
    return predictor::make_accelerator_predictor(card);
  }
  const accelerator::AcceleratorEntry* entry = accelerator::find_accelerator(device);
  FORECOST_EXPECTS(entry != nullptr, "only accelerators are asked for");
  return predictor::make_accelerator_predictor(entry->accelerator());
}

}  // namespace forecost::app
