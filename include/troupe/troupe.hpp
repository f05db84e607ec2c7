/// Troupe: re-voices a conversation in another language, each person in their own voice, in time
/// with the original. Start here:
///
///   job.hpp      what to dub            voice.hpp   what a voice is
///   options.hpp  how                    report.hpp  what came out
///   result.hpp   failure as a value
///
/// pipeline/dub.hpp runs a job against ports; app/ wires the real ones.
#pragma once

#include "troupe/job.hpp"
#include "troupe/options.hpp"
#include "troupe/report.hpp"
#include "troupe/result.hpp"
#include "troupe/voice.hpp"
