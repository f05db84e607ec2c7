"""Each check of the frame must fail on what it forbids and pass on what it allows: violations are planted in a small tree."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

import check_layers  # noqa: E402
import check_lengths  # noqa: E402
import check_paths  # noqa: E402


class Planted(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def violations(self, module, **tree):
        for name, text in tree["tree"].items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(module.check(self.root))

    def assert_allowed(self, module, tree):
        self.assertEqual(self.violations(module, tree=tree), [])

    def assert_refused(self, module, tree, words):
        found = self.violations(module, tree=tree)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])


class Layers(Planted):
    def test_stage_may_know_core_dsp_nn_itself_and_the_api(self):
        text = '#include "core/audio.hpp"\n#include "dsp/a.hpp"\n#include "nn/a.hpp"\n#include "mix/b.hpp"\n#include "troupe/job.hpp"\n#include <vector>\n'
        self.assert_allowed(check_layers, {"src/mix/a.cpp": text})

    def test_stage_may_not_know_another_stage(self):
        self.assert_refused(check_layers, {"src/mix/a.cpp": '#include "timing/fit.hpp"\n'}, "but not timing")

    def test_core_may_not_know_pipeline(self):
        self.assert_refused(check_layers, {"src/core/a.hpp": '#include "pipeline/dub.hpp"\n'}, "but not pipeline")

    def test_pipeline_may_not_know_app(self):
        self.assert_refused(check_layers, {"src/pipeline/a.cpp": '#include "app/main.hpp"\n'}, "but not app")

    def test_public_header_may_not_know_src(self):
        self.assert_refused(check_layers, {"include/troupe/a.hpp": '#include "core/audio.hpp"\n'}, "stands alone")

    def test_relative_include_hides_the_layer(self):
        self.assert_refused(check_layers, {"src/mix/a.cpp": '#include "../timing/fit.hpp"\n'}, "from src/")

    def test_new_folder_needs_a_layer(self):
        self.assert_refused(check_layers, {"src/extra/a.cpp": '#include "core/audio.hpp"\n'}, "no place in the layers")

    def test_third_party_in_the_file_named_after_it(self):
        self.assert_allowed(check_layers, {"src/media/libav_reader.cpp": "#include <libavformat/avformat.h>\n#include <fcntl.h>\n",
                                           "src/segments/json_reader.cpp": "#include <nlohmann/json.hpp>\n",
                                           "include/troupe/result.hpp": "#include <tl/expected.hpp>\n"})

    def test_third_party_elsewhere(self):
        self.assert_refused(check_layers, {"src/media/reader.cpp": "#include <libavformat/avformat.h>\n"}, "only files with libav")

    def test_name_that_only_contains_the_word(self):
        self.assert_refused(check_layers, {"src/media/jsonish.cpp": "#include <nlohmann/json.hpp>\n"}, "only files with json")

    def test_third_party_in_a_header(self):
        self.assert_refused(check_layers, {"src/media/libav_reader.hpp": "#include <libavformat/avformat.h>\n"}, "hide it in a .cpp")

    def test_unknown_third_party(self):
        self.assert_refused(check_layers, {"src/mix/boost_a.cpp": "#include <boost/asio.hpp>\n"}, "unknown third party")


class Lengths(Planted):
    SHORT = {f"src/core/short{i}.cpp": "int a;\n" for i in range(5)}

    def test_short_files(self):
        self.assert_allowed(check_lengths, self.SHORT)

    def test_long_file_without_a_reason(self):
        self.assert_refused(check_lengths, {**self.SHORT, "src/core/a.cpp": "int a;\n" * 401}, "more than 400")

    def test_long_file_with_a_reason(self):
        self.assert_allowed(check_lengths, {**self.SHORT, "src/core/a.cpp": "// Long because: one table.\n" + "int a;\n" * 401})

    def test_reason_must_say_something(self):
        self.assert_refused(check_lengths, {**self.SHORT, "src/core/a.cpp": "// Long because: \n" + "int a;\n" * 401}, "more than 400")

    def test_very_long_file_even_with_a_reason(self):
        self.assert_refused(check_lengths, {**self.SHORT, "src/core/a.cpp": "// Long because: one table.\n" + "int a;\n" * 600}, "more than 600")

    def test_median(self):
        self.assert_refused(check_lengths, {f"src/core/a{i}.cpp": "int a;\n" * 121 for i in range(3)}, "median")

    def test_long_main(self):
        self.assert_refused(check_lengths, {**self.SHORT, "src/app/main.cpp": "int main() {\n" + "  f();\n" * 60 + "}\n"}, "main() has")


class Paths(Planted):
    def test_relative_and_system_paths(self):
        self.assert_allowed(check_paths, {"a.md": "see ../shared, /usr/share, $HOME/work, https://example.org/home/x and ${root}/home/y\n"})

    def test_home_folder(self):
        self.assert_refused(check_paths, {"a.md": "open /home/" + "jo/troupe\n"}, "a.md:1")

    def test_this_checkout(self):
        self.assert_refused(check_paths, {"a.cmake": f"set(X {self.root}/build)\n"}, "names a machine's path")

    def test_root_that_the_checkout_hangs_from(self):
        pattern = check_paths.forbidden(Path("/drive/main"))
        self.assertTrue(pattern.search('"/drive/other"'))
        self.assertFalse(pattern.search("hard/drive/other"))


class Format(Planted):
    def run_on(self, text):
        path = self.root / "a.cpp"
        path.write_text(text, encoding="utf-8")
        (self.root / ".clang-format").write_text((TOOLS.parent / ".clang-format").read_text(encoding="utf-8"), encoding="utf-8")
        return subprocess.run([TOOLS / "check_format.sh", path], capture_output=True, text=True, check=False)

    def test_formatted(self):
        done = self.run_on("int add(int a, int b) { return a + b; }\n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_unformatted(self):
        done = self.run_on("int add( int a,int b )\n{ return a+b; }\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("make format", done.stderr)


if __name__ == "__main__":
    unittest.main()
