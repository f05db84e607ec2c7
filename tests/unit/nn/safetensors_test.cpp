#include "nn/safetensors.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace troupe::nn {
namespace {

SafeTensors sample() {
  SafeTensors content;
  content.metadata["model"] = "caf\u00e9";
  content.tensors.emplace("a", Tensor({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}));
  content.tensors.emplace("empty", Tensor({0}, std::vector<float>{}));
  content.tensors.emplace("ids", Tensor({2}, std::vector<std::int64_t>{-1, 1LL << 40}));
  return content;
}

std::vector<std::uint8_t> with_header(const std::string& header, std::size_t data_bytes) {
  std::vector<std::uint8_t> out(8 + header.size() + data_bytes);
  const std::uint64_t length = header.size();
  std::memcpy(out.data(), &length, 8);
  std::memcpy(out.data() + 8, header.data(), header.size());
  return out;
}

TEST(SafeTensors, ReadsBackWhatItWrote) {
  const auto bytes = write_safetensors(sample());
  const auto back = read_safetensors(bytes, "voice");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->metadata.at("model"), "caf\u00e9");
  EXPECT_EQ(*back->tensors.at("a").floats(), *sample().tensors.at("a").floats());
  EXPECT_EQ(back->tensors.at("a").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(*back->tensors.at("ids").ints(), *sample().tensors.at("ids").ints());
  EXPECT_EQ(back->tensors.at("empty").size(), 0);
  EXPECT_EQ(write_safetensors(*back), bytes);
}

TEST(SafeTensors, EveryTruncationIsRefused) {
  const auto bytes = write_safetensors(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(read_safetensors(std::span(bytes).first(length), "voice")) << length;
}

TEST(SafeTensors, RefusesHostileHeadersNamingTheOrigin) {
  const char* headers[] = {
      "[]",
      "{",
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})",
      R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})",
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})",
      R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})",
      R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})",
      R"({"a":{"dtype":"F32","shape":[1099511627776,1099511627776],"data_offsets":[0,4]}})",
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
      R"({"__metadata__":{"k":1}})",
  };
  for (const char* header : headers) {
    const auto result = read_safetensors(with_header(header, 8), "voice.safetensors");
    ASSERT_FALSE(result) << header;
    EXPECT_EQ(result.error().code, Errc::bad_input);
    EXPECT_TRUE(result.error().message.starts_with("voice.safetensors: "))
        << result.error().message;
  }
}

}  // namespace
}  // namespace troupe::nn
