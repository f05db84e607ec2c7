#include "speech/readings.hpp"

#include <gtest/gtest.h>

namespace troupe::speech {
namespace {

struct Case {
  const char *language, *written, *read;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.language << ": " << c.written; }

// The left column is what espeak-ng 1.51 reads wrongly: "euros twelve", "dot", letters of
// abbreviations, "nineteen hundred ninety z", names of signs in another language.
constexpr Case kCases[] = {
    {"en-us", "€12.50", "12 euros 50"},
    {"en-us", "$1,200", "1,200 dollars"},
    {"en-us", "$1.5 million", "1.5 million dollars"},
    {"en-gb", "£1", "1 pound"},
    {"en-us", "$3.00", "3 dollars"},
    {"en-us", "the 1990s and '80s", "the nineteen nineties and eighties"},
    {"en-us", "2000s", "two thousands"},
    {"en-us", "$5M, $10k, $3bn, £1.25M",
     "5 million dollars, 10 thousand dollars, 3 billion dollars, 1.25 million pounds"},
    {"en-us", "costs $5 200 people", "costs 5 dollars 200 people"},
    {"en-us", "$5 more, $5 m, $5.25.", "5 dollars more, 5 dollars m, 5 dollars 25."},
    {"en-us", "₹1,50,000", "1,50,000 rupees"},
    {"fr", "€2,5 M et 1 M€, 3 Md€, 10k€",
     "2,5 millions d'euros et 1 million d'euros, 3 milliards d'euros, 10 mille euros"},
    {"fr", "1 200 €", "1 200 euros"},
    {"es", "$1k y $2M", "mil dólares y 2 millones de dólares"},
    {"it", "€1k, €5k, €1M", "mille euro, 5 mila euro, 1 milione di euro"},
    {"pt-br", "R$1,5M", "1,5 milhão de reais"},
    {"hi", "₹5k", "5 हज़ार रुपये"},
    {"en-us", "wait 10s, then 30s later", "wait 10 seconds, then 30 seconds later"},
    {"en-us", "1s or 2.5 s", "1 second or 2.5 seconds"},
    {"en-us", "the mid-90s, in her 30s", "the mid-nineties, in her thirties"},
    {"en-us", "Mr. Smith and Mrs. Jones", "Mr Smith and Mrs Jones"},
    {"en-us", "King Jr. spoke. King Jr. Then", "King Junior spoke. King Jr. Then"},
    {"en-us", "Hello.How are you", "Hello. How are you"},
    {"fr", "Mme. Dupont", "Mme Dupont"},
    {"fr", "à 14h, 1 h, 14 h.", "à 14 heures, 1 heure, 14 heures."},
    {"es", "a las 14h, etc. y 1 h", "a las 14 horas, etcétera y 1 hora"},
    {"pt-br", "às 14h", "às 14 horas"},
    {"it", "il Dr. Rossi", "il dottor Rossi"},
    {"de", "Prof. Maier bzw. andere", "Prof Maier bzw andere"},
    {"en-us", "#5 and #go", "number 5 and go"},
    {"en-us", "5–10 km", "5 to 10 kilometers"},
    {"en-us", "see https://www.example.com/", "see example.com"},
    {"en-us", "e.g. this", "for example, this"},
    {"fr", "M. Dupont", "monsieur Dupont"},
    {"fr", "à 10h30", "à 10 heures 30"},
    {"fr", "le 2e et le 21ème", "le deuxième et le vingt-et-unième"},
    {"fr", "n° 5, p. ex.", "numéro 5, par exemple"},
    {"fr", "12,50 €", "12 euros 50"},
    {"es", "p. ej. R&D", "por ejemplo R y D"},
    {"es", "EE. UU.", "Estados Unidos"},
    {"es", "1.200 €", "1.200 euros"},
    {"it", "il Sig. Rossi, ecc.", "il signor Rossi, eccetera."},
    {"pt-br", "O Sr. Silva pagou R$ 12,50", "O senhor Silva pagou 12 reais 50"},
    {"hi", "₹1,200 & #5", "1,200 रुपये और नंबर 5"},
    {"de", "z.B. hier", "zum Beispiel hier"},
};

class Readings : public testing::TestWithParam<Case> {};

TEST_P(Readings, AreWrittenOut) {
  EXPECT_EQ(write_out(GetParam().written, GetParam().language), GetParam().read);
}

INSTANTIATE_TEST_SUITE_P(Languages, Readings, testing::ValuesIn(kCases));

TEST(Readings, LeaveAloneWhatIsReadWell) {
  for (const char* text :
       {"the end. Mr.", "Node.JS", "jo.hn.Smith@x.org", "AK-47s", "10:30", "2nd", "3.5 %",
        "me@x.com", "20 °C", "M. is here", "1,234,567", "2024-05-01", "555-1234"})
    EXPECT_EQ(write_out(text, "en-us"), text);
  EXPECT_EQ(write_out("1er, 1 200, 3,5 %", "fr"), "1er, 1 200, 3,5 %");
}

TEST(Readings, LeaveDigitsOfOtherScriptsAlone) {
  EXPECT_EQ(write_out("le ٣e jour", "fr"), "le ٣e jour");
  EXPECT_EQ(write_out("the ١٠s", "en-us"), "the ١٠s");
}

TEST(Readings, LeaveLanguagesWithoutRulesAlone) {
  EXPECT_EQ(write_out("€12,50 & #5", "fi"), "€12,50 & #5");
  EXPECT_EQ(write_out("", "xx"), "");
}

}  // namespace
}  // namespace troupe::speech
