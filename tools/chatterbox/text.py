#!/usr/bin/env python3
"""A tiny tokenizer of Chatterbox's kind, and what the reference makes of texts with it: tests/data/chatterbox/text/.

  text.py -o DIR    writes tokenizer.json (at most 320 entries, for the tiny model), Cangjie5_TC.json (a few signs) and cases.json

The published tokenizer cannot be shipped here; it is the same machine: BPE over words, tags and signs as added tokens.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers

SENTENCES = [
    "hello there, how are you today? i am fine, thank you very much.", "we will see you again on the other side of the river!",
    "bonjour, comment allez-vous ? c'est l'été, déjà.", "mañana será otro día, señor núñez.", "der kleine bär läuft über die straße.",
    "città però perché così", "привет, как дела сегодня?", "καλημέρα σας", "안녕하세요 만나서 반갑습니다", "さくら きょう テスト ガギグ", "नमस्ते दुनिया",
    "0 1 2 3 4 5 6 7 8 9 x q z w v k j", "olá você está bem", "çok güzel şey ığdır", "zażółć gęślą jaźń", "مرحبا بالعالم",
]
LANGUAGES = ["ar", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "it", "ja", "ko", "ms", "nl", "no", "pl", "pt", "ru", "sv", "sw", "tr", "zh"]
CANGJIE = ["日\ta", "曰\ta", "月\tb", "明\tab", "你\tonf", "好\tvnd"]
CASES = [
    ("en", "Hello there, how are you today?"), ("en", "hello   there... you — I \u201cam\u201d fine"), ("en", "It\u2019s 5:30; we will see - you"),
    ("en", "hello [STOP] there [x]"), ("en", "they? you!"), ("en", "  hello\n there\t "), ("en", "hello @@ ~~ there"),
    ("fr", "C'est déjà l'été\u00a0! Comment allez-vous…"), ("es", "Mañana será otro día, señor Núñez"), ("de", "Der kleine Bär läuft über die Straße."),
    ("it", "Città: però, perché così"), ("pt", "olá você está bem"), ("tr", "Çok güzel şey IĞDIR İ"), ("pl", "Zażółć gęślą jaźń"),
    ("el", "ΚΑΛΗΜΕΡΑ ΣΑΣ"), ("ru", "Привет, как дела сегодня?"), ("ko", "안녕하세요 만나서 반갑습니다"), ("ja", "さくら、きょう テスト ガギグ。"),
    ("hi", "नमस्ते दुनिया"), ("ar", "مرحبا بالعالم"), ("no", "ﬁne ① day"), ("en", "ßuper there"), ("zh", "你好,明月日曰"),
]


def tiny_tokenizer(path: Path) -> None:
    import unicodedata
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["[STOP]", "[UNK]", "[SPACE]", "[START]", *(f"[{code}]" for code in LANGUAGES), *(f"[cj_{sign}]" for sign in "abcdefghijklmnopqrstuvwyz12.")]
    trainer = trainers.BpeTrainer(vocab_size=270, special_tokens=[AddedToken(s, normalized=False) for s in special], show_progress=False)
    tokenizer.train_from_iterator([unicodedata.normalize("NFKD", s) for s in SENTENCES], trainer)
    assert tokenizer.get_vocab_size() <= 320
    tokenizer.save(str(path))


def write_tables(folder: Path) -> None:
    """What a model with random weights reads text by."""
    tiny_tokenizer(folder / "tokenizer.json")
    (folder / "Cangjie5_TC.json").write_text(json.dumps(CANGJIE, ensure_ascii=False) + "\n", encoding="utf-8")


def cases(folder: Path) -> list[dict]:
    """The reference's own functions, in its order: punc_norm, then MTLTokenizer.encode."""
    from chatterbox.models.tokenizers import tokenizer as reference
    from chatterbox.mtl_tts import punc_norm

    class Converter(reference.ChineseCangjieConverter):
        def _load_cangjie_mapping(self, model_dir=None):
            for entry in json.loads((folder / "Cangjie5_TC.json").read_text(encoding="utf-8")):
                word, code = entry.split("\t")[:2]
                self.word2cj[word] = code
                self.cj2word.setdefault(code, []).append(word)

        def _init_segmenter(self):
            self.segmenter = None  # needs a download; the cases have no word boundaries to lose

    reference.ChineseCangjieConverter = Converter
    tokenizer = reference.MTLTokenizer(str(folder / "tokenizer.json"))
    made = []
    for language, text in CASES:
        # Kanji alone would need pykakasi's readings; what has none passes through it unchanged.
        made.append({"language": language, "text": text, "normal": punc_norm(text), "ids": tokenizer.encode(punc_norm(text), language_id=language)})
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    write_tables(out)
    (out / "cases.json").write_text(json.dumps(cases(out), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
