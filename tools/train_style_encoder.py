#!/usr/bin/env python3
"""Maintainer's tool: learns Kokoro's style encoder, which finds the style vector that sounds like a person (docs/formats/style_encoder.md).

  train_style_encoder.py MODELS SPEAKERS WORK    SPEAKERS: a folder of recordings, one person each; WORK keeps what was rendered, to resume

Needs torch (CPU), onnxruntime and build/render_styles. First an ensemble of small networks learns Kokoro's own map from (style, pitch,
prosody) to the speaker embedding of its speech: differentiable, and a million times cheaper than a rendering. Round 0 renders styles
around the presets; every further round solves for the embeddings of real people (two thirds of SPEAKERS, and mixtures of two of them)
by the networks so far and renders there, so that they become exact where they are needed. The ensemble and its gradient are what is shipped:
the program solves for the style whose speech has a person's embedding. Everything is seeded.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))
from kokoro_parity import SpeakerEncoder  # noqa: E402
from people import without_rumble  # noqa: E402
from track import decode  # noqa: E402
from train_pitch import median_f0  # noqa: E402

AXES = 128                     # axes of the decoder half of the style: all of them
LEAST_DEVIATION = 0.12         # of an axis on which the presets hardly differ; Kokoro answers to it as smoothly as to the others
ROUNDS = (1400, 800)         # renderings
MEMBERS, WIDTH = 5, 320
BAG = 0.85                     # share of the renderings that a member sees, so that members differ where they guess
PRIOR = 0.02 / 54              # weight of |z|^2: 54 is its mean over the presets
PROSODY = (("af_heart", 194.1), ("am_michael", 114.4))  # speaks when rendering; median f0 in Hz
PITCH_HZ = 150                 # pitch is given as 3 log(f0 / PITCH_HZ)
SEED = 20261122
SENTENCES = [f"en-us\t{line}" for line in (ROOT / "tools" / "clone_sentences.txt").read_text(encoding="utf-8").splitlines()]


def main() -> int:
    models, speakers, work = map(Path, sys.argv[1:4])
    work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)      # the networks are small; two threads wait for one another
    torch.manual_seed(SEED)
    space = Space(models / "kokoro" / "voices")
    people = listen(models, speakers, work / "people.npz")
    data = []
    for number in range(len(ROUNDS)):
        data.append(render(models, work, number, space, lambda: nearer_styles(fit(data), data, people, number) if number else first_styles(space)))
    report(data)
    ensemble = fit(data)
    encoder = StyleEncoder(ensemble, space, linear_map(data)).eval()
    encoder.check(ensemble)
    export(encoder, ROOT / "assets" / "style_encoder.onnx")
    judge(models, work, space, ensemble, data, people)
    return 0


class Space:
    """Decoder half of a style = mean + z @ basis, with z of unit variance over the presets' rows."""

    def __init__(self, folder: Path):
        packs = {path.stem: np.fromfile(path, "<f4").reshape(510, 256) for path in sorted(folder.glob("*.bin"))}
        self.centre = {name: rows[60:140].mean(axis=0) for name, rows in packs.items()}
        decoder = np.stack([c[:128] for c in self.centre.values()])
        self.mean = decoder.mean(axis=0)
        rows = np.stack([rows[10:150:5, :128] for rows in packs.values()]).reshape(-1, 128) - self.mean
        variance, axes = np.linalg.eigh(rows.T @ rows / len(rows))
        order = np.argsort(-variance)[:AXES]
        deviation = np.maximum(np.sqrt(np.maximum(variance[order], 0)), LEAST_DEVIATION)
        self.basis = (axes[:, order] * deviation).T.astype(np.float32)            # [AXES, 128]
        self.inverse = (axes[:, order] / deviation).astype(np.float32)            # [128, AXES]
        self.presets = (decoder - self.mean) @ self.inverse                       # [presets, AXES]

    def rows(self, z: np.ndarray, f0_hz: np.ndarray, male: np.ndarray) -> np.ndarray:
        """Input of render_styles."""
        name, median = zip(*[PROSODY[m] for m in male])
        prosody = np.stack([self.centre[n][128:] for n in name])
        ratio = np.clip(f0_hz / np.array(median), 0.4, 2.2)
        return np.column_stack([self.mean + z @ self.basis, prosody, ratio]).astype("<f4")


def listen(models: Path, speakers: Path, cache: Path) -> dict:
    """Embedding and pitch of every recording; every third is left out of training."""
    if cache.exists():
        return dict(np.load(cache))
    encoder, embeddings, pitches = SpeakerEncoder(models), [], []
    files = sorted(speakers.iterdir())
    for path in files:
        audio = without_rumble(decode(path))
        embeddings.append(encoder(audio))
        pitches.append(median_f0(audio))
    people = {"embedding": np.stack(embeddings), "f0": np.array(pitches), "name": np.array([path.name for path in files]),
              "train": np.arange(len(files)) % 3 != 2}
    np.savez(cache, **people)
    return people


def first_styles(space: Space) -> tuple:
    """Between and around the presets."""
    random = np.random.default_rng(SEED)
    n = ROUNDS[0]
    pair = random.integers(len(space.presets), size=(n, 2))
    mix = random.random((n, 1)) * 1.4 - 0.2
    between = mix * space.presets[pair[:, 0]] + (1 - mix) * space.presets[pair[:, 1]] + random.uniform(0.3, 0.9, (n, 1)) * random.standard_normal((n, AXES))
    free = random.standard_normal((n, AXES)) * random.uniform(0.5, 1.1, (n, 1))
    z = np.where(random.random((n, 1)) < 0.6, between, free)
    f0 = np.exp(random.uniform(np.log(75), np.log(280), n))
    return z, f0, male_of(f0, random)


def male_of(f0: np.ndarray, random: np.random.Generator | None = None) -> np.ndarray:
    """Which of PROSODY speaks; near the border either."""
    border = 155 * np.exp(0 if random is None else 0.12 * random.standard_normal(len(f0)))
    return (f0 < border).astype(int)


def nearer_styles(ensemble: "Ensemble", data: list, people: dict, number: int) -> tuple:
    """Around the solutions for the training speakers and for mixtures of two of them."""
    random = np.random.default_rng(SEED + number)
    own = np.flatnonzero(people["train"])
    n = ROUNDS[number]
    first = own[np.arange(n) % len(own)]
    second = random.choice(own, n)
    share = np.where(np.arange(n) < n // 2, 1.0, random.uniform(0.5, 1.0, n))[:, None]
    target = share * people["embedding"][first] + (1 - share) * people["embedding"][second]
    target /= np.linalg.norm(target, axis=1, keepdims=True)
    f0 = people["f0"][first] ** share[:, 0] * people["f0"][second] ** (1 - share[:, 0]) * np.exp(0.04 * random.standard_normal(n))
    male = male_of(f0)
    z = solve(ensemble, target, f0, male, apply_map(linear_map(data), target, f0))
    return z + 0.15 * random.standard_normal(z.shape), f0, male


def render(models: Path, work: Path, number: int, space: Space, styles) -> dict:
    """z, f0 heard, male, sentence, embedding of the renderings; from the work folder when they are there."""
    kept = work / f"round{number}.npz"
    if not kept.exists():
        z, f0, male = styles()
        sentence = np.random.default_rng(SEED + 100 + number).integers(len(SENTENCES), size=len(z))
        embedding, f0 = hear(models, work, space.rows(z, f0, male), [SENTENCES[i] for i in sentence])
        good = (np.abs(embedding).sum(axis=1) > 0) & (f0 > 50)
        np.savez(kept, z=z[good], f0=f0[good], male=male[good], sentence=sentence[good], embedding=embedding[good])
    return dict(np.load(kept))


def hear(models: Path, work: Path, rows: np.ndarray, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Embedding and median f0 of a text in each style; zeros where it failed."""
    rows.tofile(work / "styles.f32")
    (work / "texts.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    subprocess.run([ROOT / "build" / "render_styles", models, work / "styles.f32", work / "texts.txt", work / "heard.f32"], check=True)
    heard = np.fromfile(work / "heard.f32", "<f4").reshape(len(rows), 257)
    return heard[:, :256], heard[:, 256]


def features(z, f0: np.ndarray, male: np.ndarray) -> torch.Tensor:
    z = torch.as_tensor(z, dtype=torch.float32)
    extra = np.column_stack([3 * np.log(f0 / PITCH_HZ), np.asarray(male) * 2.0 - 1])
    return torch.cat([z, torch.as_tensor(extra, dtype=torch.float32)], dim=1)


class Member(nn.Module):
    """What a style sounds like; a sentence moves that in its own way, and no sentence means all of them."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(AXES + 2, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, 256))
        self.skip = nn.Linear(AXES + 2, 256)
        self.sentence = nn.Parameter(torch.zeros(len(SENTENCES), 256))

    def forward(self, x, sentence=None):
        heard = self.net(x) + self.skip(x)
        if sentence is not None:
            heard = heard + (self.sentence - self.sentence.mean(dim=0))[sentence]
        return functional.normalize(heard, dim=-1)


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(members)

    def match(self, x, target, sentence=None):
        """Cosine, averaged over the members: where they disagree none of them can be right, and the average is low."""
        return sum((member(x, sentence) * target).sum(dim=1) for member in self.members) / len(self.members)


def fit(data: list, seen: torch.Tensor | None = None) -> Ensemble:
    """seen: which renderings; all by default."""
    x, sentence, y = gathered(data)
    if seen is not None:
        x, sentence, y = x[seen], sentence[seen], y[seen]
    return Ensemble([fit_member(x, sentence, y, seed) for seed in range(MEMBERS)]).eval()


def gathered(data: list) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    x = torch.cat([features(d["z"], d["f0"], d["male"]) for d in data])
    return x, torch.cat([torch.as_tensor(d["sentence"]) for d in data]), torch.cat([torch.as_tensor(d["embedding"]) for d in data])


def fit_member(x: torch.Tensor, sentence: torch.Tensor, y: torch.Tensor, seed: int, epochs: int = 80) -> Member:
    torch.manual_seed(SEED + seed)
    member = Member()
    bag = torch.randperm(len(x))[:int(BAG * len(x))]
    steps = epochs * ((len(bag) + 63) // 64)
    optimiser = torch.optim.AdamW(member.parameters(), lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    for _ in range(epochs):
        for batch in bag[torch.randperm(len(bag))].split(64):
            noisy = x[batch].clone()
            noisy[:, :AXES] += 0.05 * torch.randn(len(batch), AXES)
            loss = (1 - (member(noisy, sentence[batch]) * y[batch]).sum(dim=1)).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return member


def linear_map(data: list, alpha: float = 10) -> tuple[np.ndarray, np.ndarray]:
    """Ridge regression (embedding, pitch) -> z: where a solution starts."""
    a = np.concatenate([inverse_features(d["embedding"], d["f0"]) for d in data])
    b = np.concatenate([d["z"] for d in data])
    mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
    weight = np.linalg.solve((a - mean_a).T @ (a - mean_a) + alpha * np.eye(a.shape[1]), (a - mean_a).T @ (b - mean_b))
    return weight, mean_b - mean_a @ weight


def inverse_features(embedding: np.ndarray, f0: np.ndarray) -> np.ndarray:
    return np.column_stack([8 * embedding, 3 * np.log(np.asarray(f0) / PITCH_HZ)])


def apply_map(weights: tuple, embedding: np.ndarray, f0: np.ndarray) -> np.ndarray:
    return inverse_features(embedding, f0) @ weights[0] + weights[1]


def solve(ensemble: Ensemble, target: np.ndarray, f0: np.ndarray, male: np.ndarray, start: np.ndarray) -> np.ndarray:
    z = torch.tensor(start, dtype=torch.float32, requires_grad=True)
    first, wanted = z.detach().clone(), torch.as_tensor(target, dtype=torch.float32)
    optimiser = torch.optim.Adam([z], lr=0.05)
    for _ in range(100):
        match = ensemble.match(features(z, f0, male), wanted)
        loss = (1 - match + PRIOR * (z ** 2).sum(dim=1) + 0.003 * ((z - first) ** 2).sum(dim=1)).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    print(f"  predicted cosine {match.mean():.3f}, |z|^2 {(z ** 2).sum(dim=1).mean():.1f}")
    return z.detach().numpy()


def report(data: list) -> None:
    """How well the networks predict what they were not shown."""
    x, sentence, y = gathered(data)
    seen = torch.as_tensor(np.random.default_rng(SEED).random(len(x)) > 0.12)
    ensemble = fit(data, seen)
    with torch.no_grad():
        match = ensemble.match(x[~seen], y[~seen], sentence[~seen])
    print(f"{len(x)} renderings; cosine of prediction to what was heard, held out: mean {match.mean():.4f}, lowest {match.min():.4f}")


class StyleEncoder(nn.Module):
    """The ensemble as the program uses it, its gradient written out, so that a style is solved for by descent (src/speech/kokoro/kokoro_cloning.cpp).

    In: axes z [n, AXES], pitch_and_prosody [n, 2], embedding wanted [n, 256], missed [n, 256] (what is heard beyond what was predicted).
    Out: first [n, AXES], where to start; gradient [n, AXES] of the mean cosine of members' prediction + missed to the embedding;
    predicted [n, 256], mean of the members; style [n, 128]."""

    def __init__(self, ensemble: Ensemble, space: Space, weights: tuple):
        super().__init__()
        self.members = ensemble.members
        for name, value in (("mean", space.mean), ("basis", space.basis), ("ridge_embedding", 8 * weights[0][:256]), ("ridge_pitch", weights[0][256:]), ("ridge_bias", weights[1])):
            self.register_buffer(name, torch.as_tensor(value, dtype=torch.float32))

    def forward(self, z, pitch_and_prosody, embedding, missed):
        x = torch.cat([z, pitch_and_prosody], dim=1)
        sides = [self.member(member, x, embedding, missed) for member in self.members]
        gradient = sum(side[0] for side in sides)[:, :AXES] / len(sides)
        first = embedding @ self.ridge_embedding + pitch_and_prosody[:, :1] @ self.ridge_pitch + self.ridge_bias
        return first, gradient, sum(side[1] for side in sides) / len(sides), self.mean + z @ self.basis

    @staticmethod
    def member(member: Member, x, embedding, missed):
        """Gradient of the cosine by x, and the prediction."""
        into, middle, out = member.net[0], member.net[2], member.net[4]
        a1 = into(x)
        s1 = torch.sigmoid(a1)
        a2 = middle(a1 * s1)
        s2 = torch.sigmoid(a2)
        heard = out(a2 * s2) + member.skip(x)
        length = heard.pow(2).sum(dim=1, keepdim=True).sqrt()
        unit = heard / length
        total = unit + missed
        total_length = total.pow(2).sum(dim=1, keepdim=True).sqrt()
        direction = total / total_length
        back = (embedding - (direction * embedding).sum(dim=1, keepdim=True) * direction) / total_length
        back = (back - (back * unit).sum(dim=1, keepdim=True) * unit) / length
        back2 = (back @ out.weight) * (s2 + a2 * s2 * (1 - s2))
        back1 = (back2 @ middle.weight) * (s1 + a1 * s1 * (1 - s1))
        return back1 @ into.weight + back @ member.skip.weight, unit

    def check(self, ensemble: Ensemble) -> None:
        """The gradient written out against torch's own."""
        torch.manual_seed(SEED)
        z, extra = torch.randn(3, AXES, requires_grad=True), torch.randn(3, 2)
        wanted, missed = functional.normalize(torch.randn(3, 256), dim=1), 0.02 * torch.randn(3, 256)
        heard = [functional.normalize(functional.normalize(m.net(x) + m.skip(x), dim=1) + missed, dim=1) for m in ensemble.members for x in [torch.cat([z, extra], dim=1)]]
        (sum((h * wanted).sum() for h in heard) / len(heard)).backward()
        with torch.no_grad():
            assert torch.allclose(self(z, extra, wanted, missed)[1], z.grad, atol=1e-6)


def export(encoder: StyleEncoder, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    ins, outs = ["axes", "pitch_and_prosody", "embedding", "missed"], ["first", "gradient", "predicted", "style"]
    torch.onnx.export(encoder, (torch.zeros(2, AXES), torch.zeros(2, 2), torch.ones(2, 256), torch.zeros(2, 256)), path, input_names=ins, output_names=outs,
                      dynamic_axes={name: {0: "n"} for name in ins + outs}, opset_version=17, dynamo=False, do_constant_folding=False)  # folding keeps each matrix twice


def judge(models: Path, work: Path, space: Space, ensemble: Ensemble, data: list, people: dict, texts: int = 4) -> None:
    """A few short sentences each, the recording itself as the reference: a first look, bench/cloning.py is the measure."""
    for title, who in (("trained on", people["train"]), ("held out", ~people["train"])):
        target, f0 = people["embedding"][who], people["f0"][who]
        male = male_of(f0)
        z = solve(ensemble, target, f0, male, apply_map(linear_map(data), target, f0))
        embedding, pitch = hear(models, work, np.repeat(space.rows(z, f0, male), texts, axis=0), (SENTENCES[:texts] * len(z)))
        joined = embedding.reshape(-1, texts, 256).mean(axis=1)
        match = (joined * target).sum(axis=1) / np.linalg.norm(joined, axis=1)
        single = (embedding * np.repeat(target, texts, axis=0)).sum(axis=1)
        print(f"{title}: cosine to the person: mean {match.mean():.3f}, lowest {match.min():.3f}, of a single sentence {single.mean():.3f}; "
              f"pitch off by {np.abs(12 * np.log2(pitch / np.repeat(f0, texts))).mean():.2f} semitones")


if __name__ == "__main__":
    sys.exit(main())
