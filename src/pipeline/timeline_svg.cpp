#include <algorithm>
#include <cstdio>
#include <sstream>

#include "pipeline/report_text.hpp"
#include "troupe/report.hpp"

namespace troupe {
namespace {

constexpr int kLeft = 150, kRight = 20, kTop = 50, kLane = 56, kBar = 16;

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20)
      out += c;  // control characters are not legal XML
  }
  return out;
}

std::string number(double value, int decimals = 1) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

/// Green as spoken, through amber at a quarter longer or shorter; red failed, grey generic.
const char* colour(const TurnReport& turn) {
  if (!turn.ok) return "#d64545";
  if (turn.verdict == Verdict::generic) return "#8a8f98";
  const double change = std::max(turn.stretch, 1 / std::max(turn.stretch, 0.01)) - 1;
  if (change < 0.05) return "#3fa06f";
  if (change < 0.15) return "#9fb844";
  return change < 0.30 ? "#e0a83a" : "#e0793a";
}

class Drawing {
 public:
  explicit Drawing(const Report& report) : report_(report) {
    for (const TurnReport& turn : report.turns)
      end_ms_ = std::max({end_ms_, turn.original_end_ms, turn.start_ms + turn.final_ms});
    end_ms_ = std::max(end_ms_, report.result.actual_ms);
    // 20 pixels a second, but a short message still fills a page and an hour still opens.
    plot_ = std::clamp(static_cast<double>(end_ms_) * 0.02, 800.0, 20000.0);
  }

  std::string draw() {
    const double width = kLeft + plot_ + kRight;
    const double height = kTop + kLane * static_cast<double>(report_.speakers.size()) + 40;
    out_ << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << number(width) << ' '
         << number(height) << "\" width=\"" << number(width) << "\" height=\"" << number(height)
         << "\" font-family=\"system-ui,sans-serif\" font-size=\"11\">\n"
         << "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
         << "<text x=\"10\" y=\"20\" font-size=\"14\" fill=\"#222\">" << escape(report_.message_id)
         << ": " << report_.result.ok << " of " << report_.result.turns << " turns spoken, drift "
         << number(report_.result.drift_percent, 2) << " %</text>\n";
    ruler(height);
    for (std::size_t lane = 0; lane < report_.speakers.size(); ++lane) speaker(lane);
    out_ << "<text x=\"10\" y=\"" << number(height - 12)
         << "\" fill=\"#555\">above: original; below: dubbed. green as spoken, yellow to orange "
            "stretched, grey generic voice, red failed</text>\n</svg>\n";
    return out_.str();
  }

 private:
  double x(std::int64_t ms) const {
    return kLeft +
           (end_ms_ > 0 ? plot_ * static_cast<double>(ms) / static_cast<double>(end_ms_) : 0);
  }

  void ruler(double height) {
    std::int64_t step = 1000;
    for (const std::int64_t next : {5000, 10000, 30000, 60000, 300000, 600000})
      if (end_ms_ / step > 25) step = next;
    step = std::max(step, end_ms_ / 100);
    for (std::int64_t ms = 0; ms <= end_ms_; ms += step)
      out_ << "<line x1=\"" << number(x(ms)) << "\" x2=\"" << number(x(ms)) << "\" y1=\""
           << kTop - 12 << "\" y2=\"" << number(height - 30) << "\" stroke=\"#e4e6ea\"/><text x=\""
           << number(x(ms) + 2) << "\" y=\"" << kTop - 14 << "\" fill=\"#888\">"
           << number(static_cast<double>(ms) / 1000, 0) << " s</text>\n";
  }

  void bar(std::int64_t start_ms, std::int64_t end_ms, double y, const char* fill,
           const std::string& title) {
    out_ << "<rect x=\"" << number(x(start_ms)) << "\" y=\"" << number(y) << "\" width=\""
         << number(std::max(1.0, x(end_ms) - x(start_ms))) << "\" height=\"" << kBar
         << "\" rx=\"2\" fill=\"" << fill << "\"><title>" << escape(title) << "</title></rect>\n";
  }

  void speaker(std::size_t lane) {
    const SpeakerReport& speaker = report_.speakers[lane];
    const double y = kTop + kLane * static_cast<double>(lane);
    out_ << "<text x=\"10\" y=\"" << number(y + 16) << "\" fill=\"#222\">" << escape(speaker.id)
         << "</text><text x=\"10\" y=\"" << number(y + 32) << "\" fill=\"#777\">"
         << name_of(speaker.voice);
    if (speaker.similarity) out_ << ' ' << number(*speaker.similarity, 2);
    out_ << "</text>\n";
    for (const TurnReport& turn : report_.turns) {
      if (turn.speaker != speaker.id) continue;
      bar(turn.original_start_ms, turn.original_end_ms, y, "#b9c4d6", "original");
      bar(turn.start_ms, turn.start_ms + turn.final_ms, y + kBar + 3, colour(turn),
          "turn " + std::to_string(turn.index) + " (" + name_of(turn.verdict) + "), stretch " +
              number(turn.stretch, 2) + (turn.ok ? "" : ", " + turn.error) + ": " + turn.text);
    }
  }

  const Report& report_;
  std::int64_t end_ms_ = 0;
  double plot_ = 800;
  std::ostringstream out_;
};

}  // namespace

std::string timeline_svg(const Report& report) { return Drawing(report).draw(); }

}  // namespace troupe
