/// One text in one voice, without a conversation around it; and a voice from one recording.
#pragma once

#include <filesystem>
#include <string>

#include "pipeline/dub.hpp"
#include "speech/router.hpp"
#include "voices/builder.hpp"

namespace troupe::pipeline {

/// What `troupe speak` asks for.
struct SpeakRequest {
  std::string text;      ///< UTF-8, 1 .. 100,000 characters
  std::string language;  ///< canonical
  speech::BackendPtr backend;
  voices::SpeakerVoice voice;
  Options options;
  Outputs outputs;  ///< a track alone
};

/// What text and names alone decide. @return bad_input: invalid UTF-8, more than 100,000
/// characters; and as check_outputs().
Result<void> check_speak(const std::string& text, const Outputs& outputs);

/// Speaks a text of any length, part by part, into one file. The report has one turn per part
/// (at most 500 characters). Errors and clean-up as for dub().
Result<Report> speak_text(const SpeakRequest& request, const Ports& ports,
                          const DubSettings& settings);

/// A voice from the first minute of a recording of one person; kept in the automatic store like
/// any other. A recording below the quality gate gives a generic voice with its reason.
/// @param language canonical tag of what the voice will speak.
Result<voices::SpeakerVoice> voice_from_recording(const std::filesystem::path& recording,
                                                  const std::string& language,
                                                  const speech::BackendPtr& backend,
                                                  const Options& options, const Ports& ports,
                                                  const DubSettings& settings);

/// The embedding of the first minute of a recording. @return bad_input as Media::decode, or when
/// there is too little sound.
Result<Embedding> embed_recording(const std::filesystem::path& recording, const Media& media,
                                  const SpeakerEncoder& encoder, std::stop_token stop);

}  // namespace troupe::pipeline
