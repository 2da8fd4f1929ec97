"""English sentences of a small grammar, every word with its part of speech; some words depend on what follows.

"her" is a determiner in "her light fades" and a pronoun in "we see her"; "light" is an adjective before a noun, a noun
before a verb; "saw", "watch" and "play" are verbs or nouns by what stands before.
"""

from __future__ import annotations

import numpy as np

from zoo import RandomStream
from zoo.data import Column, DataOptions, Dataset, DatasetSource, Ragged

SENTENCES = 1200
PARTS = ("adjective", "adverb", "determiner", "noun", "pronoun", "verb")
Words = list[tuple[str, str]]

DETERMINERS = ("the", "a", "her", "that")
ADJECTIVES = ("old", "light", "young", "cold", "green")
NOUNS = ("dog", "boat", "saw", "light", "watch", "old", "young", "cold", "play", "man", "duck", "river")
ADVERBS = ("slowly", "often", "here", "well")
INTRANSITIVE = ("fades", "swims", "waits", "shines")
TRANSITIVE = ("see", "saw", "watch", "play", "man", "duck", "like")
SUBJECTS = ("we", "they", "you")
OBJECTS = ("her", "that", "them", "you")


def sentence(random: np.random.Generator) -> Words:
    """One sentence: a noun phrase or pronoun, a verb, what it is done to, perhaps how, perhaps another such."""

    def one(words: tuple[str, ...]) -> str:
        return words[int(random.integers(len(words)))]

    def phrase() -> Words:
        words: Words = [(one(DETERMINERS), "determiner")]
        words += [(one(ADJECTIVES), "adjective") for _ in range(int(random.integers(3)))]
        return [*words, (one(NOUNS), "noun")]

    def clause() -> Words:
        if random.random() < 0.5:
            words = [*phrase(), (one(INTRANSITIVE), "verb")]
        else:
            words = [(one(SUBJECTS), "pronoun"), (one(TRANSITIVE), "verb")]
            words += [(one(OBJECTS), "pronoun")] if random.random() < 0.5 else phrase()
        return [*words, (one(ADVERBS), "adverb")] if random.random() < 0.5 else words

    words = clause()
    while random.random() < 0.4:
        words += clause()
    return words


def sentences(options: DataOptions) -> Dataset:
    """1,200 sentences of 3 to some 20 words; a share drawn at random is held out."""
    random = RandomStream(0)("sentences")
    drawn = [sentence(random) for _ in range(SENTENCES)]
    vocabulary = tuple(sorted({word for each in drawn for word, _ in each}))
    places = {word: number for number, word in enumerate(vocabulary)}
    words = [np.array([places[word] for word, _ in each], np.uint8) for each in drawn]
    parts = [np.array([PARTS.index(part) for _, part in each], np.int64) for each in drawn]
    return Dataset(
        name="sentences",
        task="labelling",
        inputs=Ragged.of(words, "sentences"),
        targets=Ragged.of(parts, "sentences"),
        labels=PARTS,
        kind="sequences",
        columns=(Column("word", vocabulary),),
        test=options.test,
    )


SOURCE = DatasetSource(
    "sentences", "1,200 sentences of a small grammar: the part of speech of every word", sentences, "labelling"
)
