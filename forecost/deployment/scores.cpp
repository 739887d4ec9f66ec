// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/scores.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "forecost/numeric/random.h"
#include "forecost/outcome/nearest.h"
#include "forecost/record/csv_cells.h"

namespace forecost::deployment {
namespace {

constexpr std::string_view score_prefix = "score_";

/// Where the answers stand in a line.
struct Columns {
  std::size_t sample = 0, network = 0;
  std::optional<std::size_t> label, confidence, predicted, correct, half;
  std::vector<std::size_t> scores;
  std::vector<std::string> classes;  ///< of `scores`
  std::size_t count = 0;
};

Result<Columns> columns_of(const std::vector<std::string>& names, const std::string& where) {
  const auto find = [&names](std::string_view name) -> std::optional<std::size_t> {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
  };
  for (const char* name : {"sample", "network"}) {
    if (!find(name)) {
      return Error{Fault::bad_input, fmt::format("there is no column '{}'", name), where,
                   did_you_mean(name, names)};
    }
  }
  Columns columns{.sample = *find("sample"),
                  .network = *find("network"),
                  .label = find("label"),
                  .confidence = find("confidence"),
                  .predicted = find("predicted"),
                  .correct = find("correct"),
                  .half = find("half"),
                  .count = names.size()};
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (names[c].rfind(score_prefix, 0) != 0) continue;
    columns.scores.push_back(c);
    columns.classes.push_back(names[c].substr(score_prefix.size()));
  }
  const bool by_class = columns.scores.size() >= 2 && columns.label && !columns.confidence;
  const bool by_confidence = columns.scores.empty() && columns.confidence &&
                             (columns.correct || (columns.predicted && columns.label));
  if (!by_class && !by_confidence) {
    return Error{Fault::bad_input, "the columns do not say what was answered and how surely", where,
                 "give label and two or more of score_CLASS, or confidence with correct (0 or 1) or with "
                 "predicted and label"};
  }
  return columns;
}

double confidence_of(std::vector<double> p, Confidence kind) {
  if (kind == Confidence::entropy) {
    double entropy = 0;
    for (const double x : p) entropy -= x > 0 ? x * std::log(x) : 0;
    return 1 - entropy / std::log(static_cast<double>(p.size()));
  }
  std::partial_sort(p.begin(), p.begin() + 2, p.end(), std::greater<>());
  return kind == Confidence::top ? p[0] : p[0] - p[1];
}

void to_softmax(std::vector<double>& scores) {
  const double largest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - largest);
  for (double& score : scores) score /= sum;
}

bool is_distribution(const std::vector<double>& scores) {
  return *std::min_element(scores.begin(), scores.end()) >= 0 &&
         std::abs(std::accumulate(scores.begin(), scores.end(), 0.0) - 1) <= 0.01;
}

/// One line, read.
struct Row {
  std::size_t sample = 0, network = 0;
  double confidence = 0;
  std::vector<double> scores;
  std::uint8_t correct = 0;
};

class Reader {
 public:
  Reader(Columns columns, std::string file) : columns_(std::move(columns)), file_(std::move(file)) {}

  Status add(const std::vector<std::string>& cells, std::size_t line) {
    if (cells.size() != columns_.count) {
      return refuse(line, fmt::format("the line has {} cells, the heading {}", cells.size(), columns_.count),
                    "give every line one cell per column");
    }
    Row row;
    row.sample = index_of(cells[columns_.sample], samples_, scores_.samples);
    if (row.sample == labels_.size()) {
      labels_.push_back(columns_.label ? cells[*columns_.label] : std::string());
    } else if (columns_.label && labels_[row.sample] != cells[*columns_.label]) {
      return refuse(line, fmt::format("sample '{}' has two labels", cells[columns_.sample]),
                    "give a sample the same label in every line");
    }
    row.network = index_of(cells[columns_.network], networks_, names_);
    FORECOST_TRY([[maybe_unused]] const Done answered, answer(cells, line, row));
    FORECOST_TRY([[maybe_unused]] const Done halved, half(cells, line, row.sample));
    rows_.push_back(std::move(row));
    return Done{};
  }

  Result<Scores> finish(Confidence kind) {
    const std::size_t samples = scores_.samples.size();
    if (rows_.empty()) {
      return Error{Fault::bad_input, "the file has no rows", file_, "add a line per sample and network"};
    }
    scores_.softmax =
        !columns_.scores.empty() &&
        !std::all_of(rows_.begin(), rows_.end(), [](const Row& row) { return is_distribution(row.scores); });
    std::vector<std::vector<std::uint8_t>> seen(names_.size(), std::vector<std::uint8_t>(samples));
    for (const std::string& name : names_) {
      scores_.networks.push_back({name, std::vector<double>(samples), std::vector<std::uint8_t>(samples)});
    }
    for (Row& row : rows_) {
      if (seen[row.network][row.sample]++ != 0) {
        return missing(row, "answers sample '{}' twice", "give every network one line per sample");
      }
      if (scores_.softmax) to_softmax(row.scores);
      Answers& answers = scores_.networks[row.network];
      answers.confidence[row.sample] =
          row.scores.empty() ? row.confidence : confidence_of(std::move(row.scores), kind);
      answers.correct[row.sample] = row.correct;
    }
    for (std::size_t n = 0; n < names_.size(); ++n) {
      const auto hole = std::find(seen[n].begin(), seen[n].end(), 0);
      if (hole == seen[n].end()) continue;
      return missing({static_cast<std::size_t>(hole - seen[n].begin()), n, 0, {}, 0},
                     "does not answer sample '{}'", "a cascade needs every network's answer to every sample");
    }
    return std::move(scores_);
  }

 private:
  using Indexes = std::map<std::string, std::size_t, std::less<>>;

  Error refuse(std::size_t line, std::string what, std::string hint) const {
    return {Fault::bad_input, std::move(what), fmt::format("{}:{}", file_, line), std::move(hint)};
  }

  Error missing(const Row& row, fmt::format_string<const std::string&> what, std::string hint) const {
    return {
        Fault::bad_input,
        fmt::format("network '{}' ", names_[row.network]) + fmt::format(what, scores_.samples[row.sample]),
        file_, std::move(hint)};
  }

  static std::size_t index_of(const std::string& name, Indexes& indexes, std::vector<std::string>& names) {
    const auto [entry, fresh] = indexes.try_emplace(name, names.size());
    if (fresh) names.push_back(name);
    return entry->second;
  }

  Status answer(const std::vector<std::string>& cells, std::size_t line, Row& row) const {
    if (columns_.scores.empty()) {
      const std::string& cell = cells[*columns_.confidence];
      const auto confidence = record::csv_number(cell);
      if (!confidence || !std::isfinite(*confidence)) {
        return refuse(line, fmt::format("confidence '{}' is no number", cell), "give a number");
      }
      row.confidence = *confidence;
      if (!columns_.correct) {
        row.correct = cells[*columns_.predicted] == cells[*columns_.label] ? 1 : 0;
        return Done{};
      }
      const std::string& verdict = cells[*columns_.correct];
      if (verdict != "0" && verdict != "1") {
        return refuse(line, fmt::format("correct is '{}'", verdict), "write 1 where it is right, else 0");
      }
      row.correct = verdict == "1" ? 1 : 0;
      return Done{};
    }
    for (const std::size_t column : columns_.scores) {
      const auto score = record::csv_number(cells[column]);
      if (!score || !std::isfinite(*score)) {
        return refuse(line, fmt::format("score '{}' is no number", cells[column]), "give a number");
      }
      row.scores.push_back(*score);
    }
    const auto best = std::max_element(row.scores.begin(), row.scores.end()) - row.scores.begin();
    const std::string& label = cells[*columns_.label];
    if (std::find(columns_.classes.begin(), columns_.classes.end(), label) == columns_.classes.end()) {
      return refuse(line, fmt::format("there is no column score_{} for label '{}'", label, label),
                    "name score columns after the labels");
    }
    row.correct = columns_.classes[static_cast<std::size_t>(best)] == label ? 1 : 0;
    return Done{};
  }

  Status half(const std::vector<std::string>& cells, std::size_t line, std::size_t sample) {
    if (!columns_.half) return Done{};
    const std::string& cell = cells[*columns_.half];
    if (cell != "tune" && cell != "report") {
      return refuse(line, fmt::format("half is '{}'", cell), "write tune or report");
    }
    const std::uint8_t code = cell == "report" ? 1 : 0;
    if (sample == scores_.half.size()) {
      scores_.half.push_back(code);
    } else if (scores_.half[sample] != code) {
      return refuse(line, fmt::format("sample '{}' is in both halves", scores_.samples[sample]),
                    "give a sample the same half in every line");
    }
    return Done{};
  }

  Columns columns_;
  std::string file_;
  Scores scores_;
  std::vector<std::string> names_, labels_;
  Indexes samples_, networks_;
  std::vector<Row> rows_;
};

}  // namespace

Result<Confidence> parse_confidence(std::string_view name) {
  if (name == "margin") return Confidence::margin;
  if (name == "top") return Confidence::top;
  if (name == "entropy") return Confidence::entropy;
  return Error{Fault::bad_input, fmt::format("there is no confidence '{}'", name), "",
               "it is margin, top or entropy"};
}

Result<Scores> read_scores(const std::filesystem::path& file, Confidence confidence) {
  std::ifstream stream(file);
  std::string line;
  if (!stream || !std::getline(stream, line)) {
    return Error{Fault::not_found, "the scores cannot be read", file.string(), "check the file's name"};
  }
  FORECOST_TRY(Columns columns, columns_of(record::csv_cells(line), file.string() + ":1"));
  Reader reader(std::move(columns), file.string());
  for (std::size_t number = 2; std::getline(stream, line); ++number) {
    if (line.find_first_not_of(" \r") == std::string::npos) continue;
    FORECOST_TRY([[maybe_unused]] const Done done, reader.add(record::csv_cells(line), number));
  }
  return reader.finish(confidence);
}

Result<Halves> halve(const Scores& scores, double share, std::uint64_t seed) {
  FORECOST_EXPECTS(share > 0 && share < 1, "a share of the samples lies between 0 and 1");
  Halves halves;
  std::vector<std::uint32_t> order(scores.samples.size());
  std::iota(order.begin(), order.end(), 0U);
  if (scores.half.empty()) numeric::Random(seed).shuffle(order);
  const auto tuning = static_cast<std::size_t>(std::llround(share * static_cast<double>(order.size())));
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool report = scores.half.empty() ? i >= tuning : scores.half[order[i]] == 1;
    (report ? halves.report : halves.tune).push_back(order[i]);
  }
  if (halves.tune.empty() || halves.report.empty()) {
    return Error{Fault::bad_input, "one of the two halves has no sample", "",
                 "thresholds are chosen on one half and reported on the other: give more samples"};
  }
  std::sort(halves.tune.begin(), halves.tune.end());
  std::sort(halves.report.begin(), halves.report.end());
  return halves;
}

}  // namespace forecost::deployment
