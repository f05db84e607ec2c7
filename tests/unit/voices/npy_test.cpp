#include "voices/npy.hpp"

#include <gtest/gtest.h>

#include <string>

namespace troupe::voices {
namespace {

TEST(Npy, SurvivesTheWayThroughBytes) {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{256}, {40, 201}, {2, 3, 4}}) {
    Tensor before(shape, std::vector<float>());
    before.data = std::vector<float>(static_cast<std::size_t>(before.size()), 0.25F);
    const auto after = parse_npy(write_npy(before), "test.npy");
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_EQ(after->shape, shape);
    EXPECT_EQ(*after->floats(), *before.floats());
  }
}

TEST(Npy, DataBeginsAtAMultipleOf64AsNumpyWants) {
  const auto bytes = write_npy(Tensor({3}, std::vector<float>{1, 2, 3}));
  EXPECT_EQ((bytes.size() - 12) % 64, 0U);
  EXPECT_EQ(bytes[bytes.size() - 13], '\n');
}

/// Written by numpy 2: np.save(f, np.array([[1.5, -2.0]], dtype=np.float32)).
TEST(Npy, ReadsWhatNumpyWrote) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  header.resize(117, ' ');
  header += '\n';
  std::string file = std::string("\x93NUMPY\x01\x00", 8) + '\x76' + '\x00' + header;
  file += std::string("\x00\x00\xc0\x3f\x00\x00\x00\xc0", 8);
  const auto tensor =
      parse_npy({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, "numpy.npy");
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_EQ(tensor->shape, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(*tensor->floats(), (std::vector<float>{1.5F, -2.0F}));
}

TEST(Npy, RefusesTruncationAndOtherTypes) {
  const auto bytes = write_npy(Tensor({4}, std::vector<float>{1, 2, 3, 4}));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(parse_npy(std::span(bytes).first(size), "cut.npy")) << size;
  auto doubles = bytes;
  std::string text(doubles.begin(), doubles.end());
  doubles[text.find("<f4") + 2] = '8';
  const auto refused = parse_npy(doubles, "doubles.npy");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("doubles.npy"), std::string::npos);
}

}  // namespace
}  // namespace troupe::voices
