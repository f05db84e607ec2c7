#include "voices/disk_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "support/manual_clock.hpp"
#include "unit/voices/temp_directory.hpp"

namespace troupe::voices {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kDay = 86400;
const std::string kKey(64, 'c');

VoicePtr some_voice(const std::string& name, std::size_t floats = 16) {
  auto conditionals = std::make_shared<Conditionals>();
  conditionals->backend = "fake";
  conditionals->model_hash = "hash";
  conditionals->arrays["style"] =
      Tensor({static_cast<std::int64_t>(floats)}, std::vector<float>(floats, 0.5F));
  auto voice = std::make_shared<Voice>();
  voice->kind = VoiceKind::cloned;
  voice->name = name;
  voice->conditionals = conditionals;
  voice->embedding.emplace();
  voice->embedding->fill(0.0625F);
  voice->f0_hz = 123.5;
  voice->quality = VoiceQuality{20, 1, 10, -25, 5000, 0.75};
  voice->similarity = 0.9;
  return voice;
}

class DiskStoreTest : public testing::Test {
 protected:
  std::unique_ptr<VoiceStore> open(std::int64_t max_bytes = 1 << 30) {
    return make_disk_store({automatic_, named_, max_bytes}, clock_);
  }
  static std::vector<std::string> entries(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  static void set_last_use(const fs::path& folder, int hours_ago) {
    fs::last_write_time(folder, fs::file_time_type::clock::now() - std::chrono::hours(hours_ago));
  }

  test::TempDirectory temp_;
  test::ManualClock clock_;
  fs::path automatic_ = temp_.path() / "cache" / "voices";
  fs::path named_ = temp_.path() / "named";
};

TEST_F(DiskStoreTest, GivesBackWhatWasPut) {
  auto store = open();
  EXPECT_FALSE(store->find(kKey, 7));
  const auto voice = some_voice("v");
  ASSERT_TRUE(store->put(kKey, voice, nullptr));
  const auto found = open()->find(kKey, 7);
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->kind, VoiceKind::cloned);
  EXPECT_EQ((*found)->name, "v");
  EXPECT_EQ((*found)->embedding, voice->embedding);
  EXPECT_EQ((*found)->f0_hz, 123.5);
  EXPECT_EQ((*found)->similarity, 0.9);
  ASSERT_TRUE((*found)->quality);
  EXPECT_EQ((*found)->quality->speech_ms, 5000);
  EXPECT_EQ((*found)->quality->score, 0.75);
  EXPECT_EQ(*(*found)->conditionals->arrays.at("style").floats(),
            *voice->conditionals->arrays.at("style").floats());
  EXPECT_THAT(entries(automatic_), ElementsAre(kKey));
  EXPECT_THAT(entries(automatic_ / kKey),
              ElementsAre("conditionals.safetensors", "embedding.npy", "metadata.json"));
}

TEST_F(DiskStoreTest, AKeyThatIsNoHashStaysInsideItsDirectory) {
  auto store = open();
  ASSERT_TRUE(store->put("../../escape", some_voice("v"), nullptr));
  EXPECT_TRUE(store->find("../../escape", 7));
  EXPECT_EQ(entries(automatic_).size(), 1U);
  EXPECT_EQ(entries(automatic_).front().size(), 64U);
}

TEST_F(DiskStoreTest, AnOldVoiceIsNotThere) {
  auto store = open();
  ASSERT_TRUE(store->put(kKey, some_voice("v"), nullptr));
  clock_.set_unix_seconds(clock_.unix_seconds() + 7 * kDay - 1);
  EXPECT_TRUE(store->find(kKey, 7));
  clock_.set_unix_seconds(clock_.unix_seconds() + 1);
  EXPECT_FALSE(store->find(kKey, 7));
  EXPECT_TRUE(store->find(kKey, 8));  // another job may allow more
  EXPECT_FALSE(store->find(kKey, 0));
}

TEST_F(DiskStoreTest, AVoiceFromTheFutureIsNotThere) {
  auto store = open();
  ASSERT_TRUE(store->put(kKey, some_voice("v"), nullptr));
  clock_.set_unix_seconds(clock_.unix_seconds() - 1);
  EXPECT_FALSE(store->find(kKey, 7));
}

TEST_F(DiskStoreTest, AVoiceThatCannotBeReadNowIsNotRemoved) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's own check of a pointer opens a pipe; run the release build";
#endif
  auto store = open();
  ASSERT_TRUE(store->put(kKey, some_voice("v"), nullptr));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};  // too many open files, whatever is opened
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const bool found = store->find(kKey, 7).has_value();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_FALSE(found);
  EXPECT_TRUE(store->find(kKey, 7));
}

TEST_F(DiskStoreTest, ADamagedVoiceIsRemovedAndMadeAgain) {
  for (const char* file : {"conditionals.safetensors", "embedding.npy", "metadata.json"}) {
    auto store = open();
    ASSERT_TRUE(store->put(kKey, some_voice("v"), nullptr));
    const fs::path path = automatic_ / kKey / file;
    std::fstream damage(path, std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(static_cast<std::streamoff>(fs::file_size(path)) - 5);
    damage.put('\xEE');
    damage.close();
    EXPECT_FALSE(store->find(kKey, 7)) << file;
    EXPECT_TRUE(entries(automatic_).empty()) << file;
    ASSERT_TRUE(store->put(kKey, some_voice("v"), nullptr));
    EXPECT_TRUE(store->find(kKey, 7)) << file;
  }
}

TEST_F(DiskStoreTest, AMissingFileCountsAsDamage) {
  auto store = open();
  ASSERT_TRUE(store->put(kKey, some_voice("v"), nullptr));
  fs::remove(automatic_ / kKey / "conditionals.safetensors");
  EXPECT_FALSE(store->find(kKey, 7));
}

TEST_F(DiskStoreTest, TheLeastRecentlyUsedGoFirstAndTheNewestNever) {
  constexpr std::size_t kFloats = 25000;  // 100 kB a voice
  auto store = open(350'000);
  for (const char* key : {"one", "two", "three"})
    ASSERT_TRUE(store->put(key, some_voice(key, kFloats), nullptr));
  int hours = 10;
  for (const auto& entry : fs::directory_iterator(automatic_)) set_last_use(entry.path(), hours++);
  ASSERT_TRUE(store->find("one", 7));  // used just now
  ASSERT_TRUE(store->put("four", some_voice("four", kFloats), nullptr));
  EXPECT_TRUE(store->find("one", 7));
  EXPECT_TRUE(store->find("four", 7));
  EXPECT_EQ(entries(automatic_).size(), 3U);
  ASSERT_TRUE(store->put("huge", some_voice("huge", 10 * kFloats), nullptr));
  EXPECT_TRUE(store->find("huge", 7));
  EXPECT_EQ(entries(automatic_).size(), 1U);
}

TEST_F(DiskStoreTest, ReplacesAVoiceUnderTheSameKey) {
  auto store = open();
  ASSERT_TRUE(store->put(kKey, some_voice("first"), nullptr));
  ASSERT_TRUE(store->put(kKey, some_voice("second"), nullptr));
  EXPECT_EQ((*store->find(kKey, 7))->name, "second");
  EXPECT_EQ(entries(automatic_).size(), 1U);
}

TEST_F(DiskStoreTest, ANamedVoiceIsThereAtEveryMomentWhileItIsReplaced) {
  auto store = open();
  ASSERT_TRUE(store->save_named("adam", some_voice("v"), nullptr));
  std::atomic<bool> done{false};
  std::atomic<int> looks{0}, missing{0};
  std::jthread reader([&] {
    while (!done) {
      missing += !fs::exists(named_ / "adam" / "metadata.json");
      ++looks;
    }
  });
  for (int round = 0; round < 100; ++round)
    ASSERT_TRUE(store->save_named("adam", some_voice(std::to_string(round)), nullptr));
  done = true;
  reader.join();
  EXPECT_EQ(missing, 0) << "of " << looks;
  EXPECT_THAT(entries(named_), ElementsAre("adam"));
}

TEST_F(DiskStoreTest, ManyVoicesStayWithinTheBound) {
  auto store = open(350'000);
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(store->put(std::to_string(i), some_voice("v", 25000), nullptr));  // 100 kB
    EXPECT_LE(entries(automatic_).size(), 3U);
    EXPECT_TRUE(store->find(std::to_string(i), 7));
  }
}

TEST_F(DiskStoreTest, ManyWritersOfOneKeyLeaveOneWholeVoice) {
  auto store = open();
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i)
      writers.emplace_back([&store, i] {
        for (int round = 0; round < 5; ++round)
          (void)store->put(kKey, some_voice(std::to_string(i)), nullptr);
      });
  }
  EXPECT_TRUE(store->find(kKey, 7));
  EXPECT_THAT(entries(automatic_), ElementsAre(kKey));
}

TEST_F(DiskStoreTest, WhatACrashLeftBehindIsSweptOnceItIsStale) {
  fs::create_directories(automatic_ / ".tmp-1-2-3");
  fs::create_directories(automatic_ / ".old-1-2-3");
  fs::create_directories(automatic_ / ".tmp-in-use");
  set_last_use(automatic_ / ".tmp-1-2-3", 2);
  set_last_use(automatic_ / ".old-1-2-3", 2);
  ASSERT_TRUE(open()->put(kKey, some_voice("v"), nullptr));
  EXPECT_THAT(entries(automatic_), ElementsAre(".tmp-in-use", kKey));
}

TEST_F(DiskStoreTest, ADirectoryThatCannotBeWrittenIsAnErrorThatNamesIt) {
  std::ofstream(temp_.path() / "cache") << "a file in the way";
  const auto put = open()->put(kKey, some_voice("v"), nullptr);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Errc::io);
  EXPECT_THAT(put.error().message, HasSubstr((temp_.path() / "cache").string()));
}

TEST_F(DiskStoreTest, ANameIsDataWhateverItHolds) {
  auto store = open();
  const std::vector<std::string> names{
      "..",     "../up", "/etc/passwd",          "a/b", "Zoë ☺", ".hidden",
      "nul\tl", "%41",   std::string(5000, 'x'), "Zoe", "-rf",   "plain_name-1"};
  for (const std::string& name : names)
    ASSERT_TRUE(store->save_named(name, some_voice("v"), nullptr));
  EXPECT_EQ(entries(named_).size(), names.size());
  for (const std::string& name : names) {
    const auto voice = store->load_named(name);
    ASSERT_TRUE(voice) << voice.error().message;
    EXPECT_EQ((*voice)->name, name);
  }
  auto sorted = names;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(store->named(), sorted);
  EXPECT_TRUE(fs::exists(named_ / "plain_name-1"));
  for (const std::string& name : names) EXPECT_TRUE(store->delete_named(name));
  EXPECT_TRUE(entries(named_).empty());
}

TEST_F(DiskStoreTest, ANameThatIsNotUtf8OrEmptyIsRefused) {
  EXPECT_EQ(open()->save_named("\xff", some_voice("v"), nullptr).error().code, Errc::bad_input);
  EXPECT_EQ(open()->save_named("", some_voice("v"), nullptr).error().code, Errc::bad_input);
  EXPECT_TRUE(open()->named().empty());
}

TEST_F(DiskStoreTest, AnUnknownNameListsTheKnownOnes) {
  auto store = open();
  const auto none = store->load_named("zoe");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("troupe voice create"));
  ASSERT_TRUE(store->save_named("adam", some_voice("v"), nullptr));
  const auto unknown = store->load_named("zoe");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::bad_input);
  EXPECT_THAT(unknown.error().message, testing::AllOf(HasSubstr("'zoe'"), HasSubstr("adam")));
  EXPECT_FALSE(store->delete_named("zoe"));
}

TEST_F(DiskStoreTest, TheListOfKnownNamesIsOneShortLine) {
  auto store = open();
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(store->save_named(std::to_string(100 + i) + "\n" + std::string(500, 'x'),
                                  some_voice("v"), nullptr));
  const auto unknown = store->load_named("\n" + std::string(500, 'z'));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message.find('\n'), std::string::npos);
  EXPECT_THAT(unknown.error().message, HasSubstr("and 10 more"));
  EXPECT_LT(unknown.error().message.size(), 2000U);  // 21 names of 60 and what is around them
}

TEST_F(DiskStoreTest, ADamagedNamedVoiceIsKeptAndNamed) {
  auto store = open();
  ASSERT_TRUE(store->save_named("adam", some_voice("v"), nullptr));
  fs::resize_file(named_ / "adam" / "conditionals.safetensors", 40);
  const auto voice = store->load_named("adam");
  ASSERT_FALSE(voice);
  EXPECT_EQ(voice.error().code, Errc::bad_input);
  EXPECT_THAT(voice.error().message,
              testing::AllOf(HasSubstr("conditionals.safetensors"), HasSubstr("again")));
  EXPECT_TRUE(fs::exists(named_ / "adam"));
}

TEST_F(DiskStoreTest, NamedVoicesNeverExpireAndKeepTheirReference) {
  auto store = open();
  AudioBuffer reference;
  reference.samples = {0.0F, 0.5F, -1.0F, 2.0F};
  ASSERT_TRUE(store->save_named("adam", some_voice("v"), &reference));
  clock_.set_unix_seconds(clock_.unix_seconds() + 10000 * kDay);
  EXPECT_TRUE(store->load_named("adam"));
  std::ifstream file(named_ / "adam" / "reference.wav", std::ios::binary);
  const std::string wav((std::istreambuf_iterator<char>(file)), {});
  ASSERT_EQ(wav.size(), 44U + 8U);
  EXPECT_EQ(wav.substr(0, 4), "RIFF");
  EXPECT_EQ(wav.substr(24, 4), std::string("\xc0\x5d\x00\x00", 4));               // 24000 Hz
  EXPECT_EQ(wav.substr(44), std::string("\x00\x00\x00\x40\x01\x80\xff\x7f", 8));  // clamped
}

TEST_F(DiskStoreTest, FoldersOfVoicesArePrivate) {
  ASSERT_TRUE(open()->save_named("adam", some_voice("v"), nullptr));
  EXPECT_EQ(fs::status(named_).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(named_ / "adam").permissions(), fs::perms::owner_all);
}

}  // namespace
}  // namespace troupe::voices
