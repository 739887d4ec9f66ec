// SPDX-License-Identifier: Apache-2.0
// Devices behind a program, with stand-ins for ssh, scp and adb.
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string examples = std::string(FORECOST_SOURCE_DIR) + "/examples/board/";

/// A board whose times follow the size of the file.
const std::string board = R"(import json, os, sys
question = json.loads(sys.stdin.readline())
print(json.dumps({"format": "forecost.runner", "version": 1, "processor": "made-up board", "cores": 3,
                  "runtime": "torch", "runtime_version": "1", "provider": "mini"}), flush=True)
if question["ask"] == "measure":
    name = os.environ.get("BREAKS_AT")
    size = os.path.getsize(question["network"])
    if name and abs(size - float(name)) < 0.5 * float(name):
        print("Broken pipe", file=sys.stderr)
        sys.exit(255)
    time = 0.1 + size * 1e-6
    print(json.dumps({"run_ms": [time, 1.02 * time]}))
    if question["energy"]:
        print(json.dumps({"energy": {"sensor": "ina3221", "scope": "board", "total_mj": 5 * time, "idle_w": 1}}))
    print(json.dumps({"done": True}))
)";

class Board : public testing::Test {
 protected:
  Board() {
    file_ = workplace_.write("board.py", board);
    program_ = "python3 '" + file_.string() + "'";
  }

  Outcome measure(std::vector<std::string> more) const {
    more.insert(more.begin(), {"measure", "--format", "json", "--runner", "command"});
    return workplace_.run(more);
  }
  /// An executable that the examples find before the real one.
  void stand_in(const std::string& name, const std::string& script) const {
    std::filesystem::create_directories(workplace_.folder() / "stand_ins");
    const auto file = workplace_.write("stand_ins/" + name, "#!/bin/sh\n" + script);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  std::string with_stand_ins(const std::string& command) const {
    return "PATH='" + (workplace_.folder() / "stand_ins").string() + "':\"$PATH\" " + command;
  }

  Workplace workplace_;
  std::filesystem::path file_;
  std::string program_;
};

TEST_F(Board, IsMeasuredWithItsOwnEnergy) {
  const Outcome outcome = measure({"zoo:lenet5", "--program", program_});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json row = json::parse(outcome.out).at("networks").at(0);
  EXPECT_EQ(row.at("device"), "command-t3");
  EXPECT_EQ(row.at("energy_by"), "ina3221");
  EXPECT_NEAR(row.at("energy_mj").get<double>(), 5 * row.at("measured_ms").get<double>() / 1.01, 0.05);
}

TEST_F(Board, ThatBreaksAtOneNetworkKeepsTheOthers) {
  const Outcome outcome = measure({"zoo:lenet5", "zoo:mlp", "--program", "BREAKS_AT=2700000 " + program_});
  EXPECT_EQ(outcome.exit_code, 1);
  const json networks = json::parse(outcome.out).at("networks");
  ASSERT_EQ(networks.size(), 1) << outcome.out;
  EXPECT_EQ(networks.at(0).at("network"), "lenet5");
  EXPECT_THAT(outcome.err, HasSubstr("mlp: the program ended with 255 before its answer was complete"));
  EXPECT_THAT(outcome.err, HasSubstr("Broken pipe"));
}

TEST_F(Board, BecomesACalibratedDevice) {
  const std::vector<std::string> how{"--runner", "command", "--program", program_,
                                     "--on",     "board",   "--family",  "roofline"};
  std::vector<std::string> words{"calibrate", "--budget", "6s"};
  words.insert(words.end(), how.begin(), how.end());
  Outcome calibrated;
  for (int goes = 0; goes < 10; ++goes) {  // a slow machine needs several
    calibrated = workplace_.run(words);
    if (calibrated.err.find("too few to fit") == std::string::npos) break;
  }
  ASSERT_EQ(calibrated.exit_code, 0) << calibrated.err;
  const Outcome predicted = workplace_.run({"predict", "zoo:lenet5", "--on", "board", "--format", "json"});
  ASSERT_EQ(predicted.exit_code, 0) << predicted.err;
  EXPECT_GT(json::parse(predicted.out).at("latency_ms").get<double>(), 0);
  const Outcome compared = measure({"zoo:lenet5", "--program", program_, "--on", "board", "--compare"});
  ASSERT_EQ(compared.exit_code, 0) << compared.err;
  EXPECT_FALSE(json::parse(compared.out).at("networks").at(0).at("predicted_ms").is_null());
  EXPECT_TRUE(json::parse(compared.out).at("warnings").empty()) << compared.out;
}

TEST_F(Board, OptionsOfOtherRunnersAreRefused) {
  EXPECT_THAT(workplace_.run({"measure", "zoo:lenet5", "--program", "x"}).err, HasSubstr("--runner command"));
  EXPECT_THAT(workplace_.run({"measure", "zoo:lenet5", "--precision", "bf16"}).err,
              HasSubstr("--runner torch"));
  EXPECT_EQ(workplace_.run({"measure", "zoo:lenet5", "--runner", "abacus"}).exit_code, 2);
  EXPECT_EQ(workplace_.run({"measure", "zoo:lenet5", "--program-timeout", "soon"}).exit_code, 2);
  EXPECT_THAT(measure({"zoo:lenet5", "--program", program_, "--sensor", "rapl"}).err, HasSubstr("--sensor"));
}

TEST_F(Board, OverSshGetsTheNetworkAndItsBench) {
  stand_in("ssh",
           "while [ \"$1\" = -o ]; do shift 2; done\n[ \"$1\" = pi@board ] || exit 255\nshift\nexec sh -c "
           "\"$*\"\n");
  stand_in("scp",
           "while :; do case \"$1\" in -o) shift 2;; -*) shift;; *) break;; esac; done\n"
           "for last; do :; done\nfolder=${last#pi@board:}\n"
           "while [ $# -gt 1 ]; do cp \"$1\" \"$folder\" || exit 1; shift; done\n");
  const std::string there = (workplace_.folder() / "there").string();
  const std::string drive =
      "'" + examples + "ssh_board.py' --bench '" + file_.string() + "' --folder '" + there + "' ";
  const Outcome outcome = measure({"zoo:lenet5", "--program", with_stand_ins(drive + "pi@board")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_GT(json::parse(outcome.out).at("networks").at(0).at("measured_ms").get<double>(), 0.1);
  EXPECT_TRUE(std::filesystem::exists(there + "/board.py"));
  const Outcome dead = measure({"zoo:lenet5", "--program", with_stand_ins(drive + "pi@elsewhere")});
  EXPECT_EQ(dead.exit_code, 1);
  EXPECT_THAT(dead.err, HasSubstr("ssh ended with 255"));
}

TEST_F(Board, APhoneOverAdbIsMeasuredByOnnxRuntimesOwnProgram) {
  const std::string phone = (workplace_.folder() / "phone").string();
  std::filesystem::create_directories(phone);
  stand_in("adb",
           "case $1 in\n"
           "push) cp \"$2\" \"$3\";;\n"
           "shell) case $2 in 'getprop '*) echo 'Phone 7';; nproc) echo 8;; *) exec sh -c \"$2\";; "
           "esac;;\nesac\n");
  stand_in("../phone/onnxruntime_perf_test",
           "for last; do :; done\nfor i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo \"net,0.0$((10 + "
           "i)),5000000,90,$i\" "
           ">> \"$last\"; done\n");
  const std::string drive = "'" + examples + "adb_phone.py' --version 1.20.1 --folder '" + phone + "'";
  const Outcome outcome = measure({"zoo:lenet5", "--program", with_stand_ins(drive), "--threads", "4"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json row = json::parse(outcome.out).at("networks").at(0);
  EXPECT_EQ(row.at("samples"), 9);  // 12 less 3 of warm-up
  EXPECT_NEAR(row.at("minimum_ms").get<double>(), 14, 1e-9);
  EXPECT_EQ(row.at("peak_memory_bytes"), 5000000);
  stand_in("adb", "echo 'error: no devices/emulators found' >&2\nexit 1\n");
  const Outcome dead = measure({"zoo:lenet5", "--program", with_stand_ins(drive)});
  EXPECT_EQ(dead.exit_code, 1);
  EXPECT_THAT(dead.err, HasSubstr("no devices/emulators found"));
}

TEST_F(Board, TheExampleOfABoardAnswersWhereOnnxRuntimeIsThere) {
  if (std::system("python3 -c 'import onnxruntime, numpy' 2>/dev/null") != 0) {
    GTEST_SKIP() << "skipped: Python's onnxruntime";
  }
  workplace_.write("power", "2500000\n");
  const Outcome outcome = measure(
      {"zoo:lenet5", "--program", "python3 '" + examples + "bench.py' --power power", "--threads", "1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json energy = json::parse(outcome.out).at("energies").at(0);
  EXPECT_EQ(energy.at("sensor"), "power");
  EXPECT_NEAR(energy.at("idle_before_w").get<double>(), 2.5, 1e-9);
}

TEST(Torch, MeasuresInferencesAndTrainingSteps) {
  const Workplace workplace;
  const Outcome inference =
      workplace.run({"measure", "zoo:lenet5", "--runner", "torch", "--threads", "1", "--format", "json"});
  if (inference.err.find("made without libtorch") != std::string::npos) GTEST_SKIP() << "skipped: libtorch";
  ASSERT_EQ(inference.exit_code, 0) << inference.err;
  const json row = json::parse(inference.out).at("networks").at(0);
  EXPECT_EQ(row.at("device"), "torch-t1");
  EXPECT_GT(row.at("measured_ms").get<double>(), 0);
  const Outcome training = workplace.run({"measure", "zoo:lenet5", "--runner", "torch", "--threads", "1",
                                          "--training", "adam", "--batch", "8", "--format", "json"});
  ASSERT_EQ(training.exit_code, 0) << training.err;
  EXPECT_EQ(json::parse(training.out).at("networks").at(0).at("batch"), 8);
  EXPECT_THAT(workplace.run({"measure", "zoo:lenet5", "--runner", "torch", "--precision", "tf32"}).err,
              HasSubstr("CUDA devices alone"));
}

/// The study of a GPU in miniature, on this processor.
TEST(GpuCampaign, RunsInMiniatureAndGoesOnWhereItStopped) {
  const Workplace workplace;
  const Outcome here = workplace.run({"measure", "zoo:lenet5", "--runner", "torch", "--threads", "1"});
  if (here.err.find("made without libtorch") != std::string::npos) GTEST_SKIP() << "skipped: libtorch";
  const std::string folder = (workplace.folder() / "campaign").string();
  const std::string output = (workplace.folder() / "output").string();
  const std::string command =
      "FORECOST_CAMPAIGN_PROVIDER=cpu FORECOST_CAMPAIGN_PRECISIONS=fp32 FORECOST_CAMPAIGN_BATCHES=1 "
      "FORECOST_CAMPAIGN_NETWORKS=lenet5,mlp FORECOST_CAMPAIGN_MINUTES=5 FORECOST_CAMPAIGN_BUDGET=20 "
      "FORECOST_CAMPAIGN_FOLDER='" +
      folder + "' FORECOST_CAMPAIGN_PROGRAM='" FORECOST_PROGRAM "' python3 '" +
      FORECOST_SOURCE_DIR "/studies/gpu_campaign.py' > '" + output + "'";
  std::string text;
  for (int goes = 0; goes < 10; ++goes) {  // a slow machine needs several
    ASSERT_EQ(std::system(command.c_str()), 0);
    std::ifstream file(output);
    text.assign(std::istreambuf_iterator<char>(file), {});
    if (text.find("too few to fit") == std::string::npos) break;
  }
  EXPECT_THAT(text, HasSubstr("RESULT gpu_campaign.fp32.ours.latency_mape"));
  EXPECT_THAT(text, HasSubstr("% of 2 networks goal 5"));
  EXPECT_THAT(text, HasSubstr("RESULT gpu_campaign.fp32.roofline.latency_mape"));
  EXPECT_THAT(text, HasSubstr("RESULT gpu_campaign.fp32.training_by_rule_mape"));
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::ifstream file(output);
  const std::string again(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(again, text) << "everything was kept";
}

}  // namespace
}  // namespace forecost::app_tests
