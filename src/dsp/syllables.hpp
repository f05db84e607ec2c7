/// Speaking rate without a transcript (after de Jong & Wempe 2009, Behavior Research Methods
/// 41(2)).
#pragma once

#include <optional>
#include <span>

#include "core/audio.hpp"

namespace troupe::dsp {

/// Syllable nuclei per second of speech; pauses above 0.3 s do not count. A nucleus is a voiced
/// peak of the level, within 25 dB of the loudest, that stands 2 dB above the dips beside it.
/// @param f0 its f0_contour(). @return absent with less than 2 s of speech.
std::optional<double> syllables_per_second(const AudioBuffer& audio, std::span<const float> f0);

}  // namespace troupe::dsp
