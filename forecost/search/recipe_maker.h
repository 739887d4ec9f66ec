// SPDX-License-Identifier: Apache-2.0
/// The trainer's recipe in a study file, whose fields may be parameters: a design becomes a recipe
/// (docs/formats/study-file.md lists the fields).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/search/expression.h"
#include "forecost/search/space.h"
#include "forecost/search/toml_tree.h"
#include "forecost/training/recipe.h"

namespace forecost::search {

class RecipeMaker {
 public:
  /// `node`: the name of the data, or a table of fields. Texts that begin with "$" are expressions over the
  /// parameters; in fields that take a name they are one parameter with texts. A field that may be searched
  /// and is not written takes the parameter of its own name, where the space has one.
  /// Fails: `bad_input` with line and column.
  static Result<RecipeMaker> parse(const TomlNode& node, const Space& space);

  /// Whole numbers are rounded. Fails: `bad_input` naming the field for a value outside of its range.
  Result<training::Recipe> operator()(const Design& design) const;
  /// The recipe as far as it is the same for all designs.
  const training::Recipe& base() const { return base_; }

 private:
  struct Searched {
    const training::RecipeField* field = nullptr;
    std::size_t expression = 0;              ///< of a number
    std::optional<std::size_t> parameter{};  ///< where it is not active, the field keeps its default
    std::vector<std::string> choices{};      ///< of a text
  };

  Status read_field(const TomlNode& node, const training::RecipeField& field, const Space& space);
  Status add_searched(const std::string& text, const training::RecipeField& field, const Space& space);

  training::Recipe base_;
  std::vector<Searched> searched_;
  std::vector<Expression> expressions_;
};

}  // namespace forecost::search
