"""The table of hints that training reads: every German form of the corpora with the candidates that the program gives it.

    python forms.py recipe.toml ../de-en-tiny/lexicon.bin > work/forms.tsv

Asks the program itself (`cargo run --release --example hints`), so that the network is trained with what it will hear, compounds split at
run time too. Lines of form, frequency, and candidates separated by `|`.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

import sentencepiece

from pieces import PLAIN, WORD

BEFORE = "§ "  # a form is not the first word of its sentence, where every word has a capital
ALL = "4000000000"  # forms of any frequency


def main() -> None:
    recipe, lexicon = tomllib.loads(Path(sys.argv[1]).read_text()), sys.argv[2]
    vocabulary = f"{recipe['start']['model']}/target.spm"
    pieces = sentencepiece.SentencePieceProcessor(vocabulary)
    forms = set()
    for corpus in recipe["corpus"]:
        with open(f"{recipe['data']}/{corpus['name']}.tsv", encoding="utf-8") as lines:
            for line in lines:
                forms.update(WORD.findall(line.split("\t")[0].translate(PLAIN)))
    ordered = sorted(forms)
    command = ["cargo", "run", "--quiet", "--release", "--example", "hints", "--", lexicon, vocabulary, ALL]
    text = "".join(f"{BEFORE}{form}\n" for form in ordered)
    printed = subprocess.run(command, input=text, stdout=subprocess.PIPE, check=True, text=True).stdout
    for form, line in zip(ordered, printed.splitlines(), strict=True):
        cells = line.split("\t")
        # Parts of a word with hyphens have hints of their own.
        hints = [(int(frequency), ids) for _, _, frequency, ids in zip(*(iter(cells),) * 4)]
        if hints:
            candidates = [pieces.decode([int(piece) for piece in ids.split()]) for _, found in hints for ids in found.split("|")]
            print(form, min(frequency for frequency, _ in hints), "|".join(candidates), sep="\t")


if __name__ == "__main__":
    main()
