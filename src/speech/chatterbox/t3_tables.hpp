/// T3's embedding tables: what it reads instead of token ids.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "troupe/result.hpp"
#include "troupe/tensor.hpp"

namespace troupe::speech::chatterbox {

struct T3Tables {
  int hidden = 0;
  std::vector<float> text, text_positions, speech, speech_positions;  ///< [rows, hidden]

  int text_rows() const { return static_cast<int>(text.size()) / hidden; }
  int text_limit() const { return static_cast<int>(text_positions.size()) / hidden; }
  int speech_rows() const { return static_cast<int>(speech.size()) / hidden; }
  int speech_limit() const { return static_cast<int>(speech_positions.size()) / hidden; }

  /// Appends the embedding of a text token at a position counted from the first text token.
  /// @param blank leaves the token out and keeps the position: the row that guidance compares with.
  void append_text(std::vector<float>& out, std::int32_t id, int position, bool blank) const;
  /// Appends the embedding of a speech token at a position counted from the first speech token.
  void append_speech(std::vector<float>& out, std::int32_t id, int position) const;
};

/// @return missing_model when the file is absent or not the four tables.
Result<T3Tables> read_t3_tables(const std::filesystem::path& path);

}  // namespace troupe::speech::chatterbox
