// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/onnxruntime_library.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/device/temp_folder.h"
#include "tests/device/fake_system.h"

namespace forecost::device::ort {
namespace {

using testing::HasSubstr;

TEST(OnnxRuntimeLibrary, AbsentAtTheNamedPlaceNamesThatPlaceAndHowToGetIt) {
  FakeSystem system;
  system.variables["FORECOST_ONNXRUNTIME"] = "/nowhere/at/all";
  const auto library = load(system, {});
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().fault, Fault::not_found);
  EXPECT_THAT(library.error().where, HasSubstr("FORECOST_ONNXRUNTIME=/nowhere/at/all"));
  EXPECT_THAT(library.error().hint, HasSubstr("pip install onnxruntime"));
}

TEST(OnnxRuntimeLibrary, AnExplicitPathGoesBeforeTheVariable) {
  FakeSystem system;
  system.variables["FORECOST_ONNXRUNTIME"] = "/nowhere/at/all";
  const auto library = load(system, {"/another/place"});
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error().where, HasSubstr("/another/place"));
}

TEST(OnnxRuntimeLibrary, AFileThatIsNoLibraryGivesTheLoadersReason) {
  const auto folder = TempFolder::make(*this_machine());
  ASSERT_TRUE(folder);
  const auto file = folder->path() / "libonnxruntime.so.1.0.0";
  std::ofstream(file) << "not a library";
  const auto library = load(FakeSystem{}, {folder->path().string()});
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().fault, Fault::failed);
  EXPECT_EQ(library.error().where, file.string());
  EXPECT_THAT(library.error().what, HasSubstr("cannot load ONNX Runtime"));
}

TEST(OnnxRuntimeLibrary, AnotherLibraryIsRecognisedAsSuch) {
  const auto library = load(FakeSystem{}, {"/proc/self/exe"});
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().fault, Fault::failed);
}

TEST(OnnxRuntimeLibrary, ThePlacesBeginWithTheActiveEnvironment) {
  FakeSystem system;
  system.variables["VIRTUAL_ENV"] = "/my/env";
  system.variables["HOME"] = "/home/me";
  const auto list = places(system);
  ASSERT_GE(list.size(), 5u);
  EXPECT_EQ(list.front(), "/my/env/lib/python3/site-packages/onnxruntime/capi");
  EXPECT_THAT(list, testing::Contains("/home/me/.local/lib/python3/site-packages/onnxruntime/capi"));
}

TEST(OnnxRuntimeLibrary, TheVariableExcludesAllOtherPlaces) {
  FakeSystem system;
  system.variables["VIRTUAL_ENV"] = "/my/env";
  system.variables["FORECOST_ONNXRUNTIME"] = "/chosen";
  EXPECT_EQ(places(system), std::vector<std::filesystem::path>{"/chosen"});
}

}  // namespace
}  // namespace forecost::device::ort
