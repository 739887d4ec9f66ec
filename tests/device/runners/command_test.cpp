// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/device/runner.h"
#include "forecost/device/runner_protocol.h"
#include "forecost/device/temp_folder.h"

namespace forecost::device {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string hello =
    R"({"format":"forecost.runner","version":1,"processor":"board","cores":4,"instruction_set":"neon",)"
    R"("runtime":"torch","runtime_version":"2","provider":"mine"})";

class CommandRunner : public testing::Test {
 protected:
  Result<std::unique_ptr<Runner>> open(const std::string& program, Seconds longest = Seconds(60)) const {
    return find_runner("command")->open(*system_, {.program = program, .longest = longest});
  }

  /// A program that greets, and goes on with these shell lines when it is asked to measure.
  std::string program_that(const std::string& lines) const {
    const auto file = folder_.path() / "program.sh";
    std::ofstream(file) << "read -r question\nprintf '%s\\n' \"$question\" >> '" << questions().string()
                        << "'\necho '" << hello
                        << "'\ncase \"$question\" in *'\"measure\"'*) ;; *) exit 0;; esac\n"
                        << lines << "\n";
    return "exec sh '" + file.string() + "'";
  }
  std::filesystem::path questions() const { return folder_.path() / "questions"; }

  Result<Measured> measured(const std::string& lines, Seconds longest = Seconds(60)) const {
    auto runner = open(program_that(lines), longest);
    if (!runner) return runner.error();
    return (*runner)->measure({.file = "network.onnx"}, {});
  }

  std::unique_ptr<System> system_ = this_machine();
  TempFolder folder_ = *TempFolder::make(*system_);
};

TEST_F(CommandRunner, WithoutAProgramTheHintShowsOne) {
  const auto runner = open("");
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().fault, Fault::not_found);
  EXPECT_THAT(runner.error().hint, HasSubstr("--program"));
}

TEST_F(CommandRunner, SaysWhoItIs) {
  const auto runner = open(program_that(""));
  ASSERT_TRUE(runner) << to_string(runner.error());
  EXPECT_TRUE((*runner)->measures_itself());
  const Identity identity = (*runner)->identity({.threads = 2});
  EXPECT_EQ(identity.processor, "board");
  EXPECT_EQ(identity.cores, 4);
  EXPECT_EQ(identity.runtime, "torch");
  EXPECT_EQ(identity.provider, "mine");
  EXPECT_EQ(identity.settings.threads, 2);
}

TEST_F(CommandRunner, TellsTimesNodesMemoryEnergyAndConditions) {
  const auto told = measured(R"(echo '{"run_ms":[4.5,4]}'
echo '{"run_ms":[5],"forward_ms":[1],"backward_ms":[2],"update_ms":[0.5]}'
echo '{"node_ms":[["a","Conv",3],["b","Relu",0.5]]}'
echo '{"peak_memory_bytes":1000,"evicted":true,"conditions":{"clock_mhz":1500}}'
echo '{"energy":{"sensor":"ina3221","scope":"board","total_mj":31,"idle_w":2.5,"window_ms":2000,"runs":480}}'
echo '{"done":true}'
sleep 60)");
  ASSERT_TRUE(told) << to_string(told.error());
  EXPECT_THAT(told->run_seconds, ElementsAre(DoubleEq(0.0045), DoubleEq(0.004), DoubleEq(0.005)));
  EXPECT_THAT(told->backward_seconds, ElementsAre(DoubleEq(0.002)));
  ASSERT_EQ(told->nodes.size(), 1);
  EXPECT_EQ(told->nodes[0][1].op, "Relu");
  EXPECT_DOUBLE_EQ(told->nodes[0][0].time.value, 0.003);
  EXPECT_EQ(told->peak_memory, Bytes(1000));
  EXPECT_TRUE(told->evicted);
  EXPECT_EQ(told->conditions.at("clock_mhz"), 1500);
  ASSERT_EQ(told->energies.size(), 1);
  EXPECT_EQ(told->energies[0].sensor, "ina3221");
  EXPECT_DOUBLE_EQ(told->energies[0].total.value, 0.031);
  EXPECT_EQ(told->energies[0].idle.value, 2.5);
}

TEST_F(CommandRunner, TheQuestionHasAllThatItNeedsToKnow) {
  const auto runner = open(program_that(R"(echo '{"run_ms":[1]}'; echo '{"done":true}')"));
  ASSERT_TRUE(runner) << to_string(runner.error());
  Model model{.file = "network.onnx", .symbols = {{"sequence", 7}}};
  model.batch = 3;
  MeasureRequest request{.settings = {.threads = 2, .cores = {1, 3}, .precision = "bf16"},
                         .training = "adam"};
  request.evict = Bytes(64);
  request.energy = true;
  ASSERT_TRUE((*runner)->measure(model, request));
  std::ifstream file(questions());
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(nlohmann::json::parse(line).at("ask"), "identity");
  std::getline(file, line);
  const auto question = nlohmann::json::parse(line);
  EXPECT_EQ(question.at("format"), "forecost.runner");
  EXPECT_EQ(question.at("version"), 1);
  EXPECT_EQ(question.at("settings").at("cores"), nlohmann::json({1, 3}));
  EXPECT_EQ(question.at("settings").at("precision"), "bf16");
  EXPECT_EQ(question.at("dims").at("sequence"), 7);
  EXPECT_EQ(question.at("batch"), 3);
  EXPECT_EQ(question.at("training"), "adam");
  EXPECT_EQ(question.at("evict_bytes"), 64);
  EXPECT_EQ(question.at("energy"), true);
  EXPECT_TRUE(std::filesystem::path(question.at("network").get<std::string>()).is_absolute());
}

TEST_F(CommandRunner, ANetworkInMemoryBecomesAFileForAsLongAsItRuns) {
  const auto copy = folder_.path() / "copy";
  const auto runner =
      open(program_that("file=$(printf '%s' \"$question\" | sed 's/.*\"network\":\"\\([^\"]*\\)\".*/\\1/')\n"
                        "cp \"$file\" '" +
                        copy.string() + "'\necho \"$file\" > '" + copy.string() +
                        ".name'\necho '{\"run_ms\":[1]}'; echo '{\"done\":true}'"));
  ASSERT_TRUE(runner) << to_string(runner.error());
  ASSERT_TRUE((*runner)->measure({.bytes = "the bytes"}, {}));
  std::string text, name;
  std::getline(std::ifstream(copy), text);
  std::getline(std::ifstream(copy.string() + ".name"), name);
  EXPECT_EQ(text, "the bytes");
  EXPECT_FALSE(std::filesystem::exists(name));
}

TEST_F(CommandRunner, GarbageIsAnErrorThatNamesTheLine) {
  struct Case {
    const char* line;
    const char* complaint;
  };
  for (const Case& one :
       {Case{"Segmentation fault", "no JSON object: 'Segmentation fault'"}, Case{"[1, 2]", "no JSON object"},
        Case{R"({"run_ms":[1,-2]})", "'run_ms' holds -2, which is negative"},
        Case{R"({"run_ms":["fast"]})", "which is no number"},
        Case{R"({"run_ms":3})", "'run_ms' must be an array"},
        Case{R"({"node_ms":[["a",1]]})", "'node_ms' must be an array of"},
        Case{R"({"node_ms":[["a","Conv",-1]]})", "negative"},
        Case{R"({"energy":{"sensor":"x","total_mj":-5}})", "'total_mj' holds -5"},
        Case{R"({"energy":{"total_mj":5}})", "must name its sensor"},
        Case{R"({"energy":{"sensor":"x"}})", "total_mj"},
        Case{R"({"peak_memory_bytes":-1})", "'peak_memory_bytes' holds -1"},
        Case{R"({"graph":"nowhere.onnx"})", "nowhere.onnx"}}) {
    const auto told = measured("echo '{\"conditions\":{}}'\nprintf '%s\\n' '" + std::string(one.line) +
                               "'\necho '{\"run_ms\":[1]}'\necho '{\"done\":true}'");
    ASSERT_FALSE(told) << one.line;
    EXPECT_EQ(told.error().fault, Fault::bad_input);
    EXPECT_THAT(told.error().what, HasSubstr("line 3")) << one.line;
    EXPECT_THAT(told.error().what, HasSubstr(one.complaint)) << one.line;
    EXPECT_THAT(told.error().where, HasSubstr("program.sh"));
    EXPECT_THAT(told.error().hint, HasSubstr("docs/formats/runner.md"));
  }
}

TEST_F(CommandRunner, DoneWithoutATimeIsAnError) {
  const auto told = measured("echo '{\"done\":true}'");
  ASSERT_FALSE(told);
  EXPECT_THAT(told.error().what, HasSubstr("run_ms"));
}

TEST_F(CommandRunner, AConnectionThatDiesSaysHowFarItCameAndItsLastWords) {
  const auto told =
      measured("echo '{\"run_ms\":[1]}'\necho 'Connection to board closed by remote host.' >&2\nexit 255");
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().fault, Fault::failed);
  EXPECT_THAT(told.error().what, HasSubstr("ended with 255 before its answer was complete, 2 lines came"));
  EXPECT_THAT(told.error().what, HasSubstr("Connection to board closed"));
}

TEST_F(CommandRunner, AProgramThatIsKilledSaysBySignal) {
  const auto told = measured("kill -9 $$");
  ASSERT_FALSE(told);
  EXPECT_THAT(told.error().what, HasSubstr("by signal 9"));
}

TEST_F(CommandRunner, AProgramThatHangsIsEndedWhenItsTimeIsOver) {
  const auto told = measured("sleep 1000", Seconds(0.3));
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().fault, Fault::exhausted);
  EXPECT_THAT(told.error().what, HasSubstr("not complete"));
  EXPECT_THAT(told.error().hint, HasSubstr("--program-timeout"));
}

TEST_F(CommandRunner, AStopEndsItAtOnce) {
  const auto runner = open(program_that("sleep 1000"));
  ASSERT_TRUE(runner) << to_string(runner.error());
  MeasureRequest request;
  request.stop = [] { return true; };
  const auto told = (*runner)->measure({.file = "network.onnx"}, request);
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().fault, Fault::interrupted);
}

TEST_F(CommandRunner, ItsOwnFailureIsPassedOnWithItsHint) {
  const auto told = measured(R"(echo '{"failure":"out of memory","hint":"a smaller batch"}')");
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().what, "out of memory");
  EXPECT_EQ(told.error().hint, "a smaller batch");
}

TEST_F(CommandRunner, AFailureLosesNoLaterNetwork) {
  const auto runner =
      open(program_that("case \"$question\" in *bad.onnx*) exit 3;; esac\n"
                        "echo '{\"run_ms\":[1]}'; echo '{\"done\":true}'"));
  ASSERT_TRUE(runner) << to_string(runner.error());
  EXPECT_FALSE((*runner)->measure({.file = "bad.onnx"}, {}));
  EXPECT_TRUE((*runner)->measure({.file = "good.onnx"}, {}));
}

TEST_F(CommandRunner, AnotherVersionAndAnUnknownRuntimeAreRefusedWhenItIsOpened) {
  const auto newer = open(R"(echo '{"format":"forecost.runner","version":2}')");
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().fault, Fault::unsupported);
  EXPECT_THAT(newer.error().what, HasSubstr("speaks version 2"));
  const auto stranger =
      open(R"(echo '{"format":"forecost.runner","version":1,"processor":"p","runtime":"magic"}')");
  ASSERT_FALSE(stranger);
  EXPECT_THAT(stranger.error().what, HasSubstr("'magic'"));
  EXPECT_THAT(stranger.error().hint, HasSubstr("forecost list runtimes"));
  for (const char* other :
       {"echo hello", R"(echo '{"version":1}')", R"(echo '{"format":"forecost.runner","version":1}')"}) {
    const auto refused = open(other);
    ASSERT_FALSE(refused) << other;
    EXPECT_THAT(refused.error().what, HasSubstr("line 1")) << other;
  }
  const auto absent = open("no-such-program-anywhere");
  ASSERT_FALSE(absent);
  EXPECT_THAT(absent.error().what, HasSubstr("ended with 127"));
}

TEST_F(CommandRunner, RunsCannotBeTimedFromHere) {
  const auto runner = open(program_that(""));
  ASSERT_TRUE(runner) << to_string(runner.error());
  EXPECT_EQ((*runner)->open({}, {}).error().fault, Fault::unsupported);
  EXPECT_EQ((*runner)->optimised_graph({}, {}).error().fault, Fault::unsupported);
  EXPECT_EQ((*runner)->profile({}, {}, 1, 1).error().fault, Fault::unsupported);
}

TEST(ReferenceRunner, DoesNotMeasureItself) {
  const auto system = this_machine();
  const auto runner = find_runner("reference")->open(*system, {});
  ASSERT_TRUE(runner);
  EXPECT_FALSE((*runner)->measures_itself());
  EXPECT_EQ((*runner)->measure({}, {}).error().fault, Fault::unsupported);
}

}  // namespace
}  // namespace forecost::device
