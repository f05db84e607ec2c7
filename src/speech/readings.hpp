/// Written forms that espeak-ng 1.51 reads wrongly, written out in the language of the text.
#pragma once

#include <string>
#include <string_view>

namespace troupe::speech {

/// Abbreviations, amounts of money, ranges, ordinals, decades, units and addresses. Found by
/// listening to espeak-ng: what it reads well is left alone. Texts in languages without rules come
/// back as they are, less the scheme of web addresses.
std::string write_out(std::string_view utf8, std::string_view language);

}  // namespace troupe::speech
