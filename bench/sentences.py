"""Texts that nothing was trained on. The first 20 English ones are data/sentences/en.txt where that is at hand."""

from __future__ import annotations

from scenarios import ROOT

_ENGLISH = """The quick tour of the harbour begins at nine, and it ends where it started two hours later.
My neighbour keeps three old bicycles, and on Sundays he repairs them in front of the house.
If you walk along the canal long enough, you will reach a small factory that makes wooden toys.
Nobody in the office knew why the clock had stopped, but everybody went home a little earlier.
The train was so full that we stood next to the doors and held our bags above our heads.
She promised to send the photographs from the mountains as soon as she finds a connection.
There is a simple reason for the delay, and I would rather explain it to you in person.
Every winter the lake freezes for a few weeks, and the whole town meets on the ice.
He speaks four languages quite well, although he has never lived anywhere but here.
Would you mind holding the ladder for a minute while I change the lamp above the stairs?
The smallest of the islands has no shop, so people bring everything they need by boat.
We tried the new bakery this morning, and I must say that their rye bread is excellent.
After the concert a few of the musicians sat down among the audience and kept on playing.
I have never understood how she can work with the radio on and still notice every mistake.
The path gets narrow behind the second bridge, so please stay close together there.
They moved the meeting to the larger room, since nearly forty people want to take part.
Could you tell me which of these two keys belongs to the cupboard under the window?
Last summer we planted a plum tree, and this year we already had enough fruit for jam.
Whenever it rains like this, the cellar fills with water and we carry everything upstairs.
The report is nearly finished, only the last table and a few of the figures are missing."""

_FRENCH = """Le musée ouvre un peu plus tard en hiver, mais il reste ouvert jusqu'au soir.
Mon voisin répare de vieux vélos devant sa maison tous les dimanches matin.
Si vous longez le canal assez longtemps, vous arriverez à une petite fabrique de jouets.
Personne ne savait pourquoi l'horloge s'était arrêtée, mais tout le monde est rentré plus tôt.
Chaque hiver le lac gèle pendant quelques semaines et toute la ville se retrouve sur la glace."""

_SPANISH = """El museo abre un poco más tarde en invierno, pero sigue abierto hasta la noche.
Mi vecino arregla bicicletas viejas delante de su casa todos los domingos por la mañana.
Si caminas bastante tiempo por el canal, llegarás a una pequeña fábrica de juguetes.
Nadie sabía por qué se había parado el reloj, pero todos se fueron antes a casa.
Cada invierno el lago se hiela unas semanas y todo el pueblo se reúne sobre el hielo."""

_ITALIAN = """Il museo apre un po' più tardi d'inverno, ma resta aperto fino a sera.
Il mio vicino ripara vecchie biciclette davanti a casa tutte le domeniche mattina.
Se cammini abbastanza a lungo lungo il canale, arrivi a una piccola fabbrica di giocattoli.
Nessuno sapeva perché l'orologio si fosse fermato, ma tutti tornarono a casa prima.
Ogni inverno il lago gela per qualche settimana e tutto il paese si ritrova sul ghiaccio."""


def sentences(language: str) -> list[str]:
    if language != "en":
        return {"fr": _FRENCH, "es": _SPANISH, "it": _ITALIAN}[language].splitlines()
    given = ROOT.parent / "shared" / "data" / "sentences" / "en.txt"
    return (given.read_text(encoding="utf-8").splitlines() if given.is_file() else []) + _ENGLISH.splitlines()
