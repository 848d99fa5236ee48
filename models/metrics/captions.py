"""How well captions (or titles) match their references.

Conventions
-----------
`hypotheses` is a list of N strings, `references` a list of N lists of at least one string, in the same order. A
hypothesis may be empty (it matches nothing); a reference may not. Every metric ignores case. Scores are percentages
over the whole corpus except CIDEr, which goes from 0 to 10 (a score that papers print as 85 is 0.85 here).

Metrics
-------
* :func:`bleu`: BLEU-n, clipped n-gram precisions and brevity penalty (Papineni et al. 2002; sacrebleu)
* :func:`unigram_bleu`: BLEU-1, with the brevity penalty
* :func:`unigram_precision`: clipped unigram precision alone, BLEU-1 without the brevity penalty
* :func:`rouge`: ROUGE-1, ROUGE-2, ROUGE-L, F-measures (Lin 2004; rouge-score)
* :func:`meteor`: METEOR with stems and WordNet synonyms (Banerjee and Lavie 2005; nltk)
* :func:`cider`: CIDEr-D and CIDEr (Vedantam et al. 2015)
* :func:`distinct`: distinct n-grams among all n-grams (Li et al. 2016), :func:`different`: different captions among
  all captions; a model that says the same of everything shows here and nowhere else
* :func:`evaluate`: all of them

SPICE is not here: its scene graphs come from a Java parser, and this project runs without Java.
"""

from __future__ import annotations

import logging
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from nltk.tokenize import NLTKWordTokenizer
from nltk.translate.meteor_score import meteor_score
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU, BLEUScore

from models.metrics import wordnet

log = logging.getLogger(__name__)

_WORD = re.compile(r"\w+(?:['’\-]\w+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_Ngram = tuple[str, ...]

ROUGES = ("rouge1", "rouge2", "rougeL")


def validate(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Refuse what cannot be scored.

    Raises
    ------
    ValueError
        For nothing to score, different numbers of hypotheses and references, an example without a reference, an
        empty reference, or strings where lists of them belong; one line that names the first example at fault.
    """
    if isinstance(hypotheses, str) or isinstance(references, str):
        raise ValueError("captions: hypotheses are a list of strings, references a list of lists of strings")
    if len(hypotheses) != len(references):
        raise ValueError(f"captions: {len(hypotheses)} hypotheses but references of {len(references)} examples")
    if not len(hypotheses):
        raise ValueError("captions: nothing to score")
    for i, (hypothesis, texts) in enumerate(zip(hypotheses, references, strict=True)):
        if not isinstance(hypothesis, str):
            raise ValueError(f"captions: hypothesis {i} is of type {type(hypothesis).__name__}, not a string")
        if isinstance(texts, str):
            raise ValueError(f"captions: the references of example {i} are one string, not a list of strings")
        if not len(texts):
            raise ValueError(f"captions: example {i} has no reference")
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError(f"captions: a reference of example {i} is empty")


def words(text: str) -> list[str]:
    """Lower-case words without punctuation, as CIDEr and the counts of different n-grams take them."""
    return _WORD.findall(text.lower())


def _bleu(hypotheses: Sequence[str], references: Sequence[Sequence[str]], order: int, smooth: str) -> BLEUScore:
    """Score of sacrebleu: its tokenizer 13a, lower case; references as streams, None where an example has fewer."""
    validate(hypotheses, references)
    if order < 1:
        raise ValueError(f"captions: order={order}, but an n-gram has at least 1 word")
    most = max(map(len, references))
    streams = [[texts[i] if i < len(texts) else None for texts in references] for i in range(most)]
    metric = BLEU(lowercase=True, max_ngram_order=order, smooth_method=smooth)
    score: BLEUScore = metric.corpus_score(list(hypotheses), streams)  # type: ignore[arg-type]  # None is allowed
    return score


def bleu(hypotheses: Sequence[str], references: Sequence[Sequence[str]], order: int = 4) -> float:
    """BLEU over n-grams up to `order` in percent, with the brevity penalty.

    sacrebleu's signature is case:lc, tok:13a, smooth:exp: an order without any match counts 1 / (2^k x n-grams)
    instead of making the whole score 0 (no word matched at all is still 0).
    """
    return float(_bleu(hypotheses, references, order, "exp").score)


def unigram_bleu(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """BLEU-1 in percent: `unigram_precision` times the brevity penalty, not smoothed."""
    return float(_bleu(hypotheses, references, 1, "none").score)


def unigram_precision(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Share of the hypotheses' words that are in a reference, in percent, each at most as often as there.

    Papineni et al. 2002, eq. 1 with n = 1, without the brevity penalty: the title paper reports "unigram BLEU
    precision" and does not say whether its scores carry the penalty, so both are given.
    """
    return float(_bleu(hypotheses, references, 1, "none").precisions[0])


def rouge(hypotheses: Sequence[str], references: Sequence[Sequence[str]], *, stem: bool = False) -> dict[str, float]:
    """ROUGE F-measures in percent, the mean over examples of the best reference's.

    rouge-score's tokenizer keeps the letters a-z and digits only. `stem` takes Porter stems of longer words; the
    default is the package's (and that of the `rouge` of Hugging Face, with which ALCAP was scored).
    """
    validate(hypotheses, references)
    scorer = RougeScorer(list(ROUGES), use_stemmer=stem)
    totals = dict.fromkeys(ROUGES, 0.0)
    for hypothesis, texts in zip(hypotheses, references, strict=True):
        for name, score in scorer.score_multi(list(texts), hypothesis).items():
            totals[name] += score.fmeasure
    return {name: 100 * total / len(hypotheses) for name, total in totals.items()}


def meteor(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """METEOR in percent, the mean over examples of the best reference's.

    nltk's METEOR 1.0 (alpha 0.9, beta 3, gamma 0.5) on Treebank tokens, punctuation among them, which is what Hugging
    Face's `meteor` does; a sentence ends at a full stop, exclamation or question mark before a blank. nltk looks for
    synonyms of what stemming left of a word, so that words which are not their own stem find few: kept, since it is
    the METEOR that the music captioning papers report. The Java METEOR 1.5 of COCO has other weights and a paraphrase
    table: its scores cannot be compared with these.

    Raises
    ------
    models.metrics.wordnet.WordNetMissingError
        Where there is no WordNet: without synonyms it would be another metric under the same name.
    """
    validate(hypotheses, references)
    synonyms = wordnet.load()
    tokenizer = NLTKWordTokenizer()

    def tokens(text: str) -> list[str]:
        return [token for part in _SENTENCE_END.split(text.lower().strip()) for token in tokenizer.tokenize(part)]

    scores = (
        meteor_score([tokens(text) for text in texts], tokens(hypothesis), wordnet=synonyms)
        for hypothesis, texts in zip(hypotheses, references, strict=True)
    )
    return 100 * math.fsum(scores) / len(hypotheses)


def _ngrams(tokens: Sequence[str], n: int) -> Counter[_Ngram]:
    """Count the n-grams of a caption."""
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def _weights(counts: Counter[_Ngram], frequency: Counter[_Ngram], examples: int) -> dict[_Ngram, float]:
    """Weigh n-grams by tf-idf; one that no reference holds counts as held by one example's."""
    return {ngram: count * math.log(examples / max(1, frequency[ngram])) for ngram, count in counts.items()}


def _cosine(one: dict[_Ngram, float], other: dict[_Ngram, float], *, clip: bool) -> float:
    """Cosine of two weighted captions; `clip` takes no more of a weight than the other has. 0 for one without words."""
    norms = math.prod(math.sqrt(math.fsum(weight * weight for weight in side.values())) for side in (one, other))
    if not norms:
        return 0.0
    shared = ((weight, other[ngram]) for ngram, weight in one.items() if ngram in other)
    return math.fsum((min(mine, theirs) if clip else mine) * theirs for mine, theirs in shared) / norms


def cider(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    variant: Literal["D", "plain"] = "D",
    orders: int = 4,
    sigma: float = 6.0,
) -> float:
    """CIDEr-D (default) or plain CIDEr, 0 to 10.

    Vedantam et al. 2015: n-grams weighted by tf-idf, the idf over the references of the examples scored here (eq. 1);
    cosine to every reference, averaged (eq. 2), then over n = 1 to 4 (eq. 3). CIDEr-D (eqs. 4, 5) clips a hypothesis's
    weights at the reference's and multiplies by exp(-(difference of lengths)^2 / (2 sigma^2)), so that repeating
    words does not pay. Both are multiplied by 10; words are not stemmed: so does COCO's code, whose "CIDEr" is CIDEr-D.

    The idf makes the score one of a corpus: scores of different test sets cannot be compared, and at least two
    examples are needed (ValueError), since one example's n-grams all weigh log(1/1) = 0.
    """
    validate(hypotheses, references)
    if len(hypotheses) < 2:
        raise ValueError("captions: CIDEr weighs n-grams over a corpus: at least 2 examples are needed")
    spoken = [words(hypothesis) for hypothesis in hypotheses]
    texts = [[words(text) for text in group] for group in references]
    total = 0.0
    for n in range(1, orders + 1):
        groups = [[_ngrams(text, n) for text in group] for group in texts]
        frequency = Counter(ngram for group in groups for ngram in {ngram for text in group for ngram in text})
        for mine, theirs, group in zip(spoken, texts, groups, strict=True):
            weights = _weights(_ngrams(mine, n), frequency, len(hypotheses))
            for text, counts in zip(theirs, group, strict=True):
                likeness = _cosine(weights, _weights(counts, frequency, len(hypotheses)), clip=variant == "D")
                if variant == "D":
                    likeness *= math.exp(-((len(mine) - len(text)) ** 2) / (2 * sigma**2))
                total += likeness / len(group)
    return 10 * total / orders / len(hypotheses)


def distinct(hypotheses: Sequence[str], n: int) -> float:
    """Different n-grams among all n-grams of all hypotheses, in percent; 0 where no hypothesis is that long."""
    counts: Counter[_Ngram] = Counter()
    for hypothesis in hypotheses:
        counts.update(_ngrams(words(hypothesis), n))
    return 100 * len(counts) / total if (total := counts.total()) else 0.0


def different(hypotheses: Sequence[str]) -> float:
    """Different hypotheses (case and punctuation aside) among all of them, in percent."""
    if not len(hypotheses):
        raise ValueError("captions: nothing to score")
    return 100 * len({tuple(words(hypothesis)) for hypothesis in hypotheses}) / len(hypotheses)


def evaluate(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """All metrics by name.

    Returns
    -------
    dict of str to float
        bleu1 .. bleu4 (bleu1 is `unigram_bleu`), unigram_precision, rouge1, rouge2, rougeL, meteor, cider (CIDEr-D),
        distinct1, distinct2, different, and the share of `empty` hypotheses in percent. `meteor` is left out where
        there is no WordNet and `cider` for one example only; the log says why.
    """
    validate(hypotheses, references)
    scores = {"bleu1": unigram_bleu(hypotheses, references)}
    scores |= {f"bleu{order}": bleu(hypotheses, references, order) for order in (2, 3, 4)}
    scores["unigram_precision"] = unigram_precision(hypotheses, references)
    scores |= rouge(hypotheses, references)
    try:
        scores["meteor"] = meteor(hypotheses, references)
    except wordnet.WordNetMissingError as error:
        log.warning("METEOR is left out: %s", error)
    if len(hypotheses) > 1:
        scores["cider"] = cider(hypotheses, references)
    else:
        log.warning("CIDEr is left out: it needs at least 2 examples")
    scores |= {"distinct1": distinct(hypotheses, 1), "distinct2": distinct(hypotheses, 2)}
    scores["different"] = different(hypotheses)
    scores["empty"] = 100 * sum(not words(hypothesis) for hypothesis in hypotheses) / len(hypotheses)
    return scores
