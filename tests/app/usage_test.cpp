// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class EveryCommand : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryCommand, HelpShowsExamplesAndEndsWith0) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({GetParam(), "--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("Examples:\n  forecost " + std::string(GetParam())));
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_P(EveryCommand, AnUnknownOptionIsWrongUsage) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({GetParam(), "--no-such-option"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, StartsWith("error: "));
  EXPECT_THAT(outcome.err, HasSubstr("\n  hint: "));
}

INSTANTIATE_TEST_SUITE_P(App, EveryCommand,
                         ::testing::Values("inspect", "zoo", "calibrate", "predict", "measure", "search",
                                           "study", "compress", "cascade", "split", "devices", "list",
                                           "import", "fit", "compare-families", "transfer"));

TEST(Usage, VersionNamesTheProgram) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, StartsWith("forecost "));
}

TEST(Usage, NoCommandIsWrongUsage) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("forecost --help"));
}

TEST(Usage, AnUnknownCommandIsWrongUsage) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run({"divine"}).exit_code, 2);
}

TEST(Usage, AnUnknownFormatIsWrongUsageAndTheOnesThereAreAreNamed) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"list", "families", "--format", "xml"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("markdown"));
}

TEST(Usage, ADimensionWithoutANumberIsWrongUsage) {
  const Workplace workplace;
  for (const char* dim :
       {"sequence", "sequence=", "=3", "sequence=x", "sequence=0", "sequence=-4", "sequence=3x"}) {
    EXPECT_EQ(workplace.run({"inspect", "x.onnx", "--dim", dim}).exit_code, 2) << dim;
  }
}

TEST(Usage, ABatchOfZeroIsWrongUsage) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run({"inspect", "x.onnx", "--batch", "0"}).exit_code, 2);
}

TEST(Usage, AFullDiskBehindARedirectIsAnErrorAndNotSilence) {
  const Workplace workplace;
  const std::string command = std::string(FORECOST_PROGRAM) + " list operators >/dev/full 2>/dev/null";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

TEST(Colours, AppearOnATerminal) {
  const Workplace workplace;
  EXPECT_THAT(workplace.run_on_terminal({"list", "families"}).out, HasSubstr("\x1b["));
}

TEST(Colours, StayAwayWithNoColor) {
  const Workplace workplace;
  EXPECT_THAT(workplace.run_on_terminal({"list", "families"}, {"NO_COLOR=1"}).out, Not(HasSubstr("\x1b[")));
}

TEST(Colours, StayAwayInAPipe) {
  const Workplace workplace;
  EXPECT_THAT(workplace.run({"list", "families"}).out, Not(HasSubstr("\x1b[")));
}

TEST(Terminal, TablesFitItsWidth) {
  const Workplace workplace;
  const Outcome outcome = workplace.run_on_terminal({"list", "networks"}, {"NO_COLOR=1"});
  std::size_t begin = 0;
  std::size_t line_number = 0;
  while (begin < outcome.out.size()) {
    const std::size_t end = std::min(outcome.out.find('\n', begin), outcome.out.size());
    std::string line = outcome.out.substr(begin, end - begin);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (++line_number > 1) {
      EXPECT_LE(line.size(), 80U) << line;
    }
    begin = end + 1;
  }
  EXPECT_GT(line_number, 5U);
}

}  // namespace
}  // namespace forecost::app_tests
