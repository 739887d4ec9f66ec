// SPDX-License-Identifier: Apache-2.0
#include "trainer/training.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "forecost/numeric/random.h"
#include "trainer/optimiser.h"

namespace forecost::trainer {
namespace {

constexpr std::int64_t judged_at_once = 250;

struct Level {
  at::Tensor mean, deviation;  ///< per channel, to be broadcast over images
};

struct Batch {
  at::Tensor images, labels;
};

/// Images as bytes in memory, standardised when a batch is taken.
class Batches {
 public:
  Batches(const training::Images& images, const Level& level, bool flat)
      : images_(at::from_blob(const_cast<std::uint8_t*>(images.pixels.data()),  // NOLINT: only read
                              {images.count(), images.channels, images.height, images.width}, at::kByte)),
        labels_(at::from_blob(const_cast<std::uint8_t*>(images.labels.data()), {images.count()},  // NOLINT
                              at::kByte)
                    .to(at::kLong)),
        level_(level),
        flat_(flat) {}

  std::int64_t count() const { return labels_.size(0); }

  Batch take(const at::Tensor& places) const {
    const at::Tensor bytes = images_.index_select(0, places);
    const at::Tensor images = bytes.to(at::kFloat).sub(level_.mean).div(level_.deviation);
    return {flat_ ? images.flatten(1) : images, labels_.index_select(0, places)};
  }

 private:
  at::Tensor images_, labels_;
  Level level_;
  bool flat_;
};

Level level_of(const training::Images& images) {
  std::vector<double> mean, deviation;
  const std::int64_t area = images.height * images.width;
  for (std::int64_t channel = 0; channel < images.channels; ++channel) {
    double sum = 0;
    double squares = 0;
    for (std::int64_t i = 0; i < images.count(); ++i) {
      for (const std::uint8_t pixel : images.image(i).subspan(static_cast<std::size_t>(channel * area),
                                                              static_cast<std::size_t>(area))) {
        sum += pixel;
        squares += static_cast<double>(pixel) * pixel;
      }
    }
    const auto count = static_cast<double>(images.count() * area);
    mean.push_back(sum / count);
    deviation.push_back(std::max(1.0, std::sqrt(std::max(0.0, squares / count - mean.back() * mean.back()))));
  }
  const std::vector<std::int64_t> shape{1, images.channels, 1, 1};
  return {at::tensor(mean).to(at::kFloat).reshape(shape),
          at::tensor(deviation).to(at::kFloat).reshape(shape)};
}

at::Tensor range(std::int64_t from, std::int64_t to) {
  return at::arange(from, to, at::TensorOptions(at::kLong));
}

class Training {
 public:
  Training(TrainableNetwork& network, const training::ImageData& data, const training::Recipe& recipe)
      : network_(network),
        recipe_(recipe),
        level_(level_of(data.train)),
        train_(data.train, level_, network.takes_flat()),
        held_out_(data.held_out, level_, network.takes_flat()),
        optimiser_(make_optimiser(recipe, network)),
        random_(static_cast<std::uint64_t>(recipe.seed)),
        batch_(std::min(recipe.batch, train_.count())),
        steps_(train_.count() / batch_) {}

  Result<Score> run(const EpochEnd& epoch_end) {
    Score score;
    for (std::int64_t epoch = 1; epoch <= recipe_.epochs; ++epoch) {
      FORECOST_TRY(const double train_loss, learn(epoch));
      score = judge();
      score.train_loss = train_loss;
      if (!std::isfinite(score.loss)) return diverged(epoch, steps_, score.loss);
      if (!epoch_end(epoch, score)) break;
    }
    return score;
  }

 private:
  Error diverged(std::int64_t epoch, std::int64_t step, double loss) const {
    return {Fault::failed, fmt::format("diverged: the loss is {} in step {} of epoch {}", loss, step, epoch),
            "", "lower the learning rate"};
  }

  Result<double> learn(std::int64_t epoch) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(train_.count()));
    std::iota(order.begin(), order.end(), 0);
    numeric::Random dice = random_.fork(static_cast<std::uint64_t>(epoch));
    dice.shuffle(order);
    const at::Tensor places = at::tensor(order, at::kLong);
    const auto all = static_cast<double>(steps_ * recipe_.epochs);
    double total = 0;
    for (std::int64_t step = 0; step < steps_; ++step) {
      const Batch batch = train_.take(places.slice(0, step * batch_, (step + 1) * batch_));
      const at::Tensor loss =
          at::cross_entropy_loss(network_.logits(batch.images, Mode::learning), batch.labels);
      const auto value = loss.item<double>();
      if (!std::isfinite(value)) return diverged(epoch, step + 1, value);
      total += value;
      loss.backward();
      const double progress = static_cast<double>((epoch - 1) * steps_ + step) / all;
      optimiser_->step(recipe_.learning_rate * training::rate_factor(recipe_.schedule, progress));
    }
    return total / static_cast<double>(steps_);
  }

  Score judge() {
    const at::NoGradGuard no_gradients;
    double wrong = 0;
    double loss = 0;
    for (std::int64_t from = 0; from < held_out_.count(); from += judged_at_once) {
      const Batch batch = held_out_.take(range(from, std::min(from + judged_at_once, held_out_.count())));
      const at::Tensor logits = network_.logits(batch.images, Mode::judged);
      wrong += logits.argmax(1).ne(batch.labels).sum().item<double>();
      loss += at::cross_entropy_loss(logits, batch.labels).item<double>() *
              static_cast<double>(batch.labels.size(0));
    }
    const auto count = static_cast<double>(held_out_.count());
    return {wrong / count, loss / count, 0};
  }

  TrainableNetwork& network_;
  const training::Recipe& recipe_;
  Level level_;
  Batches train_, held_out_;
  std::unique_ptr<Optimiser> optimiser_;
  numeric::Random random_;
  std::int64_t batch_, steps_;
};

}  // namespace

Result<Score> train(TrainableNetwork& network, const training::ImageData& data,
                    const training::Recipe& recipe, const EpochEnd& epoch_end) {
  FORECOST_EXPECTS(data.train.count() > 0 && data.held_out.count() > 0, "there are images");
  at::set_num_threads(static_cast<int>(recipe.threads));
  try {
    return Training(network, data, recipe).run(epoch_end);
  } catch (const Untrainable& problem) {
    return Error{Fault::unsupported, problem.what(), "",
                 "train with a program of yours: [objective] command"};
  } catch (const c10::Error& problem) {
    const std::string words = problem.what_without_backtrace();
    return Error{Fault::unsupported, "libtorch: " + words.substr(0, words.find('\n')), "",
                 "train with a program of yours: [objective] command"};
  }
}

}  // namespace forecost::trainer
