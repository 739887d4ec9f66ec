// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/network/onnx_bytes.h"

namespace forecost::network::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Bytes holding(const Bytes& tensor) {
  return model(relu_graph().part(5, tensor));
}

Tensor read_one(const Bytes& bytes) {
  auto network = parse(holding(bytes));
  EXPECT_TRUE(network) << to_string(network.error());
  return network ? network->graph.initializers.at(0) : Tensor{};
}

std::vector<std::int64_t> integers(const Tensor& tensor) {
  return tensor.values ? std::get<std::vector<std::int64_t>>(*tensor.values) : std::vector<std::int64_t>{};
}
std::vector<double> reals(const Tensor& tensor) {
  return tensor.values ? std::get<std::vector<double>>(*tensor.values) : std::vector<double>{};
}

TEST(ReaderTensor, RawAndTypedContentsAreTheSame) {
  const Tensor raw = read_one(tensor("t", 6, {2}).bytes(9, std::string("\x05\0\0\0\xFE\xFF\xFF\xFF", 8)));
  const Tensor unpacked = read_one(tensor("t", 6, {2}).number(5, 5).number(5, -2));
  const Tensor packed =
      read_one(tensor("t", 6, {2}).bytes(5, Bytes::varint(5) + Bytes::varint(std::uint64_t(-2))));
  EXPECT_THAT(integers(raw), ElementsAre(5, -2));
  EXPECT_EQ(integers(raw), integers(unpacked));
  EXPECT_EQ(integers(raw), integers(packed));
  EXPECT_EQ(raw.stored, forecost::Bytes(8));
  EXPECT_EQ(packed.stored, forecost::Bytes(11)) << "-2 takes ten bytes as a varint";
}

TEST(ReaderTensor, SmallFloatsAreDecoded) {
  const std::string halves("\x00\x3C\x00\xC1", 4);
  EXPECT_THAT(reals(read_one(tensor("t", 10, {2}).bytes(9, halves))), ElementsAre(1.0, -2.5));
  const std::string brains("\x80\x3F\x20\xC0", 4);
  EXPECT_THAT(reals(read_one(tensor("t", 16, {2}).bytes(9, brains))), ElementsAre(1.0, -2.5));
  EXPECT_THAT(reals(read_one(tensor("t", 10, {1}).number(5, 0x3C00))), ElementsAre(1.0));
}

TEST(ReaderTensor, SubByteTypesArePackedFromTheLowestBits) {
  EXPECT_THAT(integers(read_one(tensor("t", 22, {3}).bytes(9, "\xF1\x08"))), ElementsAre(1, -1, -8));
  EXPECT_THAT(integers(read_one(tensor("t", 21, {3}).number(5, 0xF1).number(5, 8))), ElementsAre(1, 15, 8));
  EXPECT_THAT(integers(read_one(tensor("t", 25, {4}).bytes(9, "\xE4"))), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(integers(read_one(tensor("t", 26, {4}).bytes(9, "\xE4"))), ElementsAre(0, 1, -2, -1));
}

TEST(ReaderTensor, LargeTensorsAreNotKept) {
  EXPECT_TRUE(read_one(tensor("t", 3, {4096}).bytes(9, std::string(4096, 'a'))).values);
  const Tensor large = read_one(tensor("t", 3, {4097}).bytes(9, std::string(4097, 'a')));
  EXPECT_FALSE(large.values);
  EXPECT_EQ(large.stored, forecost::Bytes(4097));
}

TEST(ReaderTensor, NoElementsAreValuesToo) {
  const Tensor none = read_one(tensor("t", 7, {0}));
  ASSERT_TRUE(none.values);
  EXPECT_TRUE(integers(none).empty());
}

TEST(ReaderTensor, AStrippedModelKeepsItsExtents) {
  for (const Bytes& stripped : {tensor("t", 1, {64, 3}), tensor("t", 1, {64, 3}).bytes(9, "")}) {
    const Tensor hollow = read_one(stripped);
    EXPECT_EQ(hollow.stored, forecost::Bytes(0));
    EXPECT_FALSE(hollow.values);
    EXPECT_THAT(hollow.dims, ElementsAre(64, 3));
  }
}

TEST(ReaderTensor, APayloadOfAnotherSizeIsRefused) {
  const Error error = refused(holding(tensor("w", 1, {2}).bytes(9, "1234567")));
  EXPECT_THAT(error.what, HasSubstr("needs 8 bytes of contents, but has 7"));
  EXPECT_THAT(error.where, HasSubstr("'w'"));
  EXPECT_THAT(refused(holding(tensor("w", 1, {2}).bytes(9, "123456789"))).what, HasSubstr("but has 9"));
  EXPECT_THAT(refused(holding(tensor("w", 7, {3}).number(7, 1))).what, HasSubstr("needs 3 entries"));
  EXPECT_THAT(refused(holding(tensor("w", 7, {3}).bytes(7, std::string(5, '\x01')))).what,
              HasSubstr("another number"));
  EXPECT_THAT(refused(holding(tensor("w", 7, {5000}).bytes(7, std::string(4999, '\x01')))).what,
              HasSubstr("needs 5000"));
}

TEST(ReaderTensor, ContentsLieInTheFieldOfTheirType) {
  EXPECT_THAT(refused(holding(tensor("w", 1, {1}).number(7, 1))).what, HasSubstr("field 7 instead of 4"));
  EXPECT_THAT(refused(holding(tensor("w", 7, {1}).number(7, 1).bytes(9, "12345678"))).what,
              HasSubstr("twice"));
}

TEST(ReaderTensor, TheElementTypeIsKnown) {
  EXPECT_THAT(refused(holding(tensor("w", 0, {1}))).what, HasSubstr("no element type"));
  const Error error = refused(holding(tensor("w", 99, {1})));
  EXPECT_EQ(error.fault, Fault::unsupported);
  EXPECT_THAT(error.what, HasSubstr("unknown element type 99"));
}

Bytes external(const std::string& location, const std::string& length) {
  return tensor("w", 1, {2, 3})
      .number(14, 1)
      .part(13, Bytes().bytes(1, "location").bytes(2, location))
      .part(13, Bytes().bytes(1, "offset").bytes(2, "4096"))
      .part(13, Bytes().bytes(1, "length").bytes(2, length));
}

TEST(ReaderTensor, ExternalDataIsNotedAndNotOpened) {
  const Tensor found = read_one(external("sub/weights.bin", "24"));
  EXPECT_EQ(found.external_file, "sub/weights.bin");
  EXPECT_EQ(found.external_offset, 4096);
  EXPECT_EQ(found.stored, forecost::Bytes(24));
}

TEST(ReaderTensor, ExternalDataStaysBesideTheModel) {
  for (const std::string path : {"/etc/passwd", "../secret", "a/../../b", "..\\secret", "\\\\host\\share"}) {
    EXPECT_THAT(refused(holding(external(path, "24"))).what, HasSubstr("outside of the model's folder"))
        << path;
  }
  EXPECT_THAT(refused(holding(external("", "24"))).what, HasSubstr("no location"));
}

TEST(ReaderTensor, ExternalDataHasTheSizeOfTheTensor) {
  EXPECT_THAT(refused(holding(external("w.bin", "25"))).what, HasSubstr("25 bytes"));
  EXPECT_THAT(refused(holding(external("w.bin", "-1"))).what, HasSubstr("\"-1\""));
  EXPECT_THAT(refused(holding(external("w.bin", "many"))).what, HasSubstr("\"many\""));
}

TEST(ReaderTensor, ASparseInitializerIsItsDenseExtents) {
  const Bytes values = tensor("s", 1, {2}).bytes(9, "12345678");
  const Bytes indices = tensor("", 7, {2}).number(7, 0).number(7, 9);
  const Bytes sparse = Bytes().part(1, values).part(2, indices).number(3, 10).number(3, 20);
  const auto network = parse(model(relu_graph().part(15, sparse)));
  ASSERT_TRUE(network) << to_string(network.error());
  const Tensor& found = network->graph.initializers.at(0);
  EXPECT_EQ(found.name, "s");
  EXPECT_THAT(found.dims, ElementsAre(10, 20));
  EXPECT_FALSE(found.values);
  EXPECT_THAT(refused(model(relu_graph().part(15, Bytes().number(3, 10)))).what, HasSubstr("no values"));
}

}  // namespace
}  // namespace forecost::network::test
