// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/zoo.h"

#include <fmt/format.h>

#include "app/command.h"
#include "app/tables.h"
#include "forecost/network/writer.h"

namespace forecost::app {
namespace {

struct Options {
  std::string name;
  std::string file;
  network::ZooOptions sizes;
  bool hollow = false;
  bool list = false;
};

Status write_zoo(const Options& options, const Session& session) {
  if (options.list) return print(session, {zoo_report()});
  FORECOST_TRY(const network::ZooEntry* entry, network::find_zoo(options.name));
  const network::Network network = entry->build(options.sizes);
  const std::string file = options.file.empty() ? options.name + ".onnx" : options.file;
  FORECOST_TRY(
      [[maybe_unused]] const Done done,
      network::write(network, file, options.hollow ? network::Payload::hollow : network::Payload::full));
  std::error_code fault;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file, fault));
  return print(fmt::format("{}: {}, {} nodes, {}\n", file, entry->summary, network.graph.nodes.size(),
                           to_text(Bytes(fault ? 0 : size))));
}

}  // namespace

void add_zoo(CLI::App& program, Invocation& invocation) {
  CLI::App* command =
      program.add_subcommand("zoo", "Write a well-known network as ONNX, random weights of true size");
  const auto options = std::make_shared<Options>();
  CLI::Option* name = command->add_option("NAME", options->name, "Which one (see --list)");
  CLI::Option* list = command->add_flag("--list", options->list, "Show what there is");
  command->add_option("-o,--output", options->file, "File to write; NAME.onnx when absent")
      ->type_name("FILE");
  command->add_option("--batch", options->sizes.batch, "Batch size")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("--sequence", options->sizes.sequence, "Tokens, for language networks")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_flag("--hollow", options->hollow, "Leave the weights out: the structure only");
  command->footer(examples({"forecost zoo --list", "forecost zoo resnet50 -o resnet50.onnx",
                            "forecost zoo bert_base --sequence 256 --batch 8 -o bert.onnx"}));
  command->callback([&invocation, options, name, list] {
    if (name->count() == 0 && list->count() == 0) throw CLI::RequiredError("NAME (or --list)");
    invocation.run = [options](const Session& session) { return write_zoo(*options, session); };
  });
}

}  // namespace forecost::app
