/// A conversation of two speakers in memory, ports that count, and folders of its own.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>

#include "pipeline/dub.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_media.hpp"
#include "support/memory_store.hpp"
#include "support/tone_backend.hpp"

namespace troupe::test {

class DubFixture : public ::testing::Test {
 protected:
  static constexpr int kTurns = 10;

  DubFixture() : backend_(std::make_shared<ToneBackend>()) {
    std::string name = (std::filesystem::temp_directory_path() / "troupe-test-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    temp_root_ = root_ / "temp";
    out_ = root_ / "out";
    std::filesystem::create_directories(out_);
    outputs_.track = out_ / "dub.wav";
    make_conversation();
  }
  ~DubFixture() override {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  /// Ten turns of 2 s with 0.5 s between, A and B in turn; hum with a pulse, so that there is
  /// speech and silence for the quality gate.
  void make_conversation() {
    job_.source_audio = "memory:source";
    job_.target_language = "fr";
    auto& source = media_.sources[job_.source_audio];
    source.assign(static_cast<std::size_t>(ms_to_samples(500)), 0.0f);
    for (int turn = 0; turn < kTurns; ++turn) {
      const auto begin = samples_to_ms(static_cast<std::int64_t>(source.size()));
      const auto speech = tone(turn % 2 == 0 ? 160 : 240, ms_to_samples(2000));
      source.insert(source.end(), speech.begin(), speech.end());
      source.insert(source.end(), static_cast<std::size_t>(ms_to_samples(500)), 0.0f);
      job_.segments.push_back({turn % 2 == 0 ? "A" : "B", begin, begin + 2000, "original",
                               "voici la phrase numero " + std::to_string(turn) + " du test"});
    }
    // A floor of noise far below speech: digital silence is no recording.
    std::uint32_t state = 1;
    for (float& sample : source) {
      state = state * 1664525u + 1013904223u;
      sample += 1e-4f * (static_cast<float>(state >> 8) / 8388608.0f - 1.0f);
    }
  }

  Result<Report> dub() {
    const pipeline::Ports ports{media_,     encoder_,   nullptr, store_,
                                stretcher_, {backend_}, clock_,  log_};
    return pipeline::dub(job_, outputs_, ports, settings_with_root());
  }
  pipeline::DubSettings settings_with_root() {
    settings_.temp_root = temp_root_;
    return settings_;
  }

  static std::vector<std::string> names_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  void expect_nothing_left() {
    EXPECT_EQ(names_in(out_), std::vector<std::string>{});
    EXPECT_EQ(names_in(temp_root_), std::vector<std::string>{});
  }

  std::filesystem::path root_, temp_root_, out_;
  MemoryMedia media_;
  MemoryStore store_;
  PitchEncoder encoder_;
  PlainStretcher stretcher_;
  ManualClock clock_;
  MemoryLog log_;
  std::shared_ptr<ToneBackend> backend_;
  Job job_;
  pipeline::Outputs outputs_;
  pipeline::DubSettings settings_;
};

}  // namespace troupe::test
