#include "media/iso639.hpp"

namespace troupe::media {
namespace {

// ISO 639-1 code and ISO 639-2/T code, one entry each 6 characters (ISO 639-2 code list).
constexpr std::string_view kTerminology =
    "aaaar ababk aeave afafr akaka amamh anarg arara asasm avava ayaym azaze babak bebel "
    "bgbul bhbih bibis bmbam bnben bobod brbre bsbos cacat ceche chcha cocos crcre csces "
    "cuchu cvchv cycym dadan dedeu dvdiv dzdzo eeewe elell eneng eoepo esspa etest eueus "
    "fafas ffful fifin fjfij fofao frfra fyfry gagle gdgla glglg gngrn guguj gvglv hahau "
    "heheb hihin hohmo hrhrv hthat huhun hyhye hzher iaina idind ieile igibo iiiii ikipk "
    "ioido isisl itita iuiku jajpn jvjav kakat kgkon kikik kjkua kkkaz klkal kmkhm knkan "
    "kokor krkau kskas kukur kvkom kwcor kykir lalat lbltz lglug lilim lnlin lolao ltlit "
    "lulub lvlav mgmlg mhmah mimri mkmkd mlmal mnmon mrmar msmsa mtmlt mymya nanau nbnob "
    "ndnde nenep ngndo nlnld nnnno nonor nrnbl nvnav nynya ococi ojoji omorm orori ososs "
    "papan pipli plpol pspus ptpor quque rmroh rnrun roron rurus rwkin sasan scsrd sdsnd "
    "sesme sgsag sisin skslk slslv smsmo snsna sosom sqsqi srsrp ssssw stsot susun svswe "
    "swswa tatam tetel tgtgk ththa titir tktuk tltgl tntsn toton trtur tstso tttat twtwi "
    "tytah uguig ukukr ururd uzuzb veven vivie vovol wawln wowol xhxho yiyid yoyor zazha "
    "zhzho zuzul ";
// The 20 whose 639-2/B code differs: T code and B code, 7 characters each.
constexpr std::string_view kBibliographic =
    "bodtib cescze cymwel deuger ellgre eusbaq fasper frafre hyearm islice katgeo mrimao "
    "mkdmac msamay myabur nlddut ronrum slkslo sqialb zhochi ";

std::string_view find(std::string_view table, std::string_view key, std::size_t entry) {
  for (std::size_t at = 0; at + entry <= table.size(); at += entry)
    if (table.substr(at, key.size()) == key) return table.substr(at + key.size(), 3);
  return {};
}

}  // namespace

std::string iso639_2(std::string_view bcp47, bool bibliographic) {
  std::string language(bcp47.substr(0, bcp47.find_first_of("-_")));
  for (char& c : language)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const char c : language)
    if (c < 'a' || c > 'z') return "und";
  if (language.size() == 2) language = find(kTerminology, language, 6);
  if (language.size() != 3) return "und";
  if (bibliographic)
    if (const std::string_view b = find(kBibliographic, language, 7); !b.empty())
      return std::string(b);
  return language;
}

}  // namespace troupe::media
