// SPDX-License-Identifier: Apache-2.0
/// How a call ends when it may fail: a value, or an Error that says what, where and what to do.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace forecost {

/// Whose fault it is; decides the exit code and how a caller may react.
enum class Fault {
  bad_input,    ///< A file or value is malformed or breaks a rule.
  unsupported,  ///< Well-formed, but outside of what this build handles.
  not_found,    ///< A file, library, device or name does not exist.
  permission,   ///< It exists, but may not be read, written or run.
  exhausted,    ///< Disk, memory or time ran out.
  failed,       ///< Something outside (runtime, program, server) failed.
  interrupted   ///< Stopped on request; what was done before is kept.
};

/// Name of a fault, as printed and as stored.
std::string_view name_of(Fault fault);

struct Error {
  Fault fault = Fault::failed;
  std::string what;   ///< What is wrong, one sentence without a full stop.
  std::string where;  ///< File, node, line: whatever finds the place. May be empty.
  std::string hint;   ///< What to do about it. May be empty only where nothing helps.
};

/// "what (where); hint" on one line.
std::string to_string(const Error& error);

/// Something the reader of a result must know; never changes the result.
struct Warning {
  std::string what;
  std::string advice;
};

/// The caller broke a precondition: thrown in every build, never caught inside the library.
class BrokenContract : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// A line of code. (clang 14 has no std::source_location with libstdc++ 12.)
struct SourcePlace {
  const char* file;
  int line;
  static constexpr SourcePlace current(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

[[noreturn]] void broken_contract(const char* condition, const char* why, SourcePlace where);

/// A value or an Error. Member names follow std::expected, so that an alias can replace it one day.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return checked(), *std::get_if<0>(&state_); }
  const T& value() const& { return checked(), *std::get_if<0>(&state_); }
  T&& value() && { return checked(), std::move(*std::get_if<0>(&state_)); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    if (has_value())
      broken_contract("!has_value()", "error() of a result that holds a value", SourcePlace::current());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    return std::move(const_cast<Error&>(static_cast<const Result&>(*this).error()));  // NOLINT
  }

  T value_or(T other) const& { return has_value() ? value() : std::move(other); }

 private:
  void checked() const {
    if (!has_value())
      broken_contract("has_value()", std::get_if<1>(&state_)->what.c_str(), SourcePlace::current());
  }
  std::variant<T, Error> state_;
};

/// A call that gives nothing back but may fail.
struct Done {};
using Status = Result<Done>;

}  // namespace forecost

/// Checks what the caller promised; throws BrokenContract.
#define FORECOST_EXPECTS(condition, why)                                                                \
  do {                                                                                                  \
    if (!(condition)) ::forecost::broken_contract(#condition, why, ::forecost::SourcePlace::current()); \
  } while (false)

#define FORECOST_CONCAT_(a, b) a##b
#define FORECOST_CONCAT(a, b) FORECOST_CONCAT_(a, b)

/// `FORECOST_TRY(auto x, call());` binds the value, or returns the error from the enclosing function.
#define FORECOST_TRY(declaration, expression) \
  FORECOST_TRY_(declaration, expression, FORECOST_CONCAT(result_, __LINE__))
#define FORECOST_TRY_(declaration, expression, name)     \
  auto&& name = (expression);                            \
  if (!name.has_value()) return std::move(name).error(); \
  declaration = *std::move(name)
