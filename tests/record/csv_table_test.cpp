// SPDX-License-Identifier: Apache-2.0
#include "forecost/record/csv_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace forecost::record {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CsvTable table(const std::string& text, const CsvOptions& options = {}) {
  return CsvTable::parse(text, "t.csv", options).value();
}

Error refused(const std::string& text, const CsvOptions& options = {}) {
  const auto result = CsvTable::parse(text, "t.csv", options);
  return result ? Error{Fault::failed, "it was read", "", ""} : result.error();
}

TEST(CsvTable, HasAHeadingAndRowsWithTheirLines) {
  const CsvTable read = table(
      "\xEF\xBB\xBF"
      "a,b\r\n1,2\r\n\r\n3,\n");
  EXPECT_THAT(read.columns(), ElementsAre("a", "b"));
  ASSERT_EQ(read.rows(), 2U);
  EXPECT_EQ(read.cell(0, 1), "2");
  EXPECT_EQ(read.cell(1, 1), "");
  EXPECT_EQ(read.place(1, 0), "t.csv:4 (a)");
  EXPECT_EQ(read.find("b"), 1U);
  EXPECT_FALSE(read.find("c").has_value());
}

TEST(CsvTable, QuotedCellsHoldSeparatorsQuotesAndLineEnds) {
  const CsvTable read = table("a,b\n\"1,\"\"x\"\"\n2\",y\nz,w");
  ASSERT_EQ(read.rows(), 2U);
  EXPECT_EQ(read.cell(0, 0), "1,\"x\"\n2");
  EXPECT_EQ(read.cell(0, 1), "y");
  EXPECT_EQ(read.place(1), "t.csv:4");
}

TEST(CsvTable, TakesAnotherSeparator) {
  EXPECT_EQ(table("a b\n1,2 3\n", {.separator = ' '}).cell(0, 0), "1,2");
}

TEST(CsvTable, ARaggedRowIsRefusedWithItsLineAndBothCounts) {
  const Error error = refused("a,b\n1,2\n1,2,3\n");
  EXPECT_EQ(error.fault, Fault::bad_input);
  EXPECT_THAT(error.what, HasSubstr("3 cells, the heading 2"));
  EXPECT_EQ(error.where, "t.csv:3");
}

TEST(CsvTable, AQuoteThatIsNeverClosedIsRefusedWhereItOpens) {
  const Error error = refused("a,b\n1,\"2\n3,4\n");
  EXPECT_THAT(error.what, HasSubstr("never ends"));
  EXPECT_EQ(error.where, "t.csv:2:3");
}

TEST(CsvTable, TextAfterAClosingQuoteIsRefused) {
  EXPECT_THAT(refused("a,b\n\"1\"x,2\n").what, HasSubstr("follows a closing quote"));
}

TEST(CsvTable, AHugeCellIsRefused) {
  const Error error = refused("a\n" + std::string(40, 'x') + "\n", {.longest_cell = 32});
  EXPECT_THAT(error.what, HasSubstr("longer than 32 bytes"));
  EXPECT_THAT(error.where, HasSubstr("t.csv:2:"));
}

TEST(CsvTable, BinaryFilesAreRefused) {
  EXPECT_THAT(refused(std::string("a,b\n1,\0\n", 8)).what, HasSubstr("NUL"));
}

TEST(CsvTable, AHeadingMustNameEveryColumnOnce) {
  EXPECT_THAT(refused("").what, HasSubstr("no heading"));
  EXPECT_THAT(refused("a,,b\n").what, HasSubstr("column 2 has no name"));
  EXPECT_THAT(refused("a,b,a\n").what, HasSubstr("two columns are named 'a'"));
}

RC_GTEST_PROP(CsvTableLaw, AnyBytesAreReadOrRefusedWithAPlace, (const std::string& bytes)) {
  const auto result = CsvTable::parse(bytes, "t.csv");
  if (result) {
    RC_ASSERT(!result->columns().empty());
  } else {
    RC_ASSERT(result.error().where.find("t.csv") == 0);
  }
}

RC_GTEST_PROP(CsvTableLaw, QuotedTextsComeBack, (const std::vector<std::string>& texts)) {
  std::string csv = "c\n";
  for (std::string text : texts) {
    std::string quoted;
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c == '\0' ? '0' : c);
    csv += "\"" + quoted + "\"\n";
  }
  const CsvTable read = CsvTable::parse(csv, "t.csv").value();
  RC_ASSERT(read.rows() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string expected = texts[i];
    for (char& c : expected) c = c == '\0' ? '0' : c;
    RC_ASSERT(read.cell(i, 0) == expected);
  }
}

/// printf 'a,b\n1,2\n' | gzip -n
const std::string packed(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\xd4\x49\xe2\x32\xd4\x31\xe2\x02\x00\x7b\x07\x97\x0a\x08\x00"
    "\x00\x00",
    28);

TEST(Unpacked, PlainTextStaysAsItIs) {
  EXPECT_EQ(unpacked("a,b\n", "t.csv").value(), "a,b\n");
}

TEST(Unpacked, AGzippedFileIsUnpacked) {
  const auto text = unpacked(packed, "t.csv.gz");
  ASSERT_TRUE(text.has_value()) << to_string(text.error());
  EXPECT_EQ(*text, "a,b\n1,2\n");
}

TEST(Unpacked, ADamagedOrCutArchiveIsRefused) {
  EXPECT_THAT(unpacked(packed.substr(0, 20), "t.csv.gz").error().what, HasSubstr("damaged"));
  std::string wrong = packed;
  wrong[14] = static_cast<char>(wrong[14] ^ 0x55);
  EXPECT_FALSE(unpacked(wrong, "t.csv.gz").has_value());
}

TEST(Unpacked, AnArchiveThatHoldsMoreThanAllowedIsRefused) {
  EXPECT_EQ(unpacked(packed, "t.csv.gz", 4).error().fault, Fault::exhausted);
}

TEST(Checksum, IsThatOfGzip) {
  EXPECT_EQ(checksum("123456789"), 0xCBF43926U);  // the check value of CRC-32 in every catalogue
}

}  // namespace
}  // namespace forecost::record
