"""Recipes whose authors write YAML each in another way."""

from __future__ import annotations

GUIDE = """\
# Base model
base_checkpoint: checkpoints/duv_universal.ckpt
base_frozen: true

# LoRA settings
lora:
  enable: true
  r: 8                    # Rank (4-16)
  alpha: 16               # Scaling factor
  dropout: 0.05
  target_modules:
    - "attn.q_proj"       # Query projection
    - "attn.v_proj"       # Value projection
    - "attn.out_proj"     # Output projection
    - "ff.in"             # Feed-forward input
    - "ff.out"            # Feed-forward output

# Data
manifest: manifests/lamd_guitar_enriched.jsonl
train_split: 0.9

features:
  inputs:
    - beat_pos          # Position in beat
    - beat_frac         # Fractional beat position
    - pitch             # MIDI pitch
    - dur_beats         # Duration in beats
    - prev_ioi          # Previous inter-onset interval
    - next_ioi          # Next inter-onset interval
    - is_downbeat       # Downbeat indicator
    - vel_norm          # Normalized velocity
    # Instrument-specific hints:
    - strum_dir_hint    # Guitar strum direction
    - section_onehot    # Section type (verse/chorus)
    - swing_hint        # Swing timing hint
  targets:
    - velocity          # Target velocity (0-127)
    - dur_beats         # Target duration (beats)

# Training
trainer:
  epochs: 6
  batch_size: 64
  lr: 2.0e-4
  precision: bf16       # or "fp16" / "32"
"""
UNUSUAL = """\
# flow, quotes, an unknown key, odd indentation, no last line break
"instrument":   'guitar'   # "quoted" # twice
lora: {r: 8, alpha: 16,   # in braces
       target_modules: [attn.*, 'ff.in',  # a glob
                        "ff.out"]}
features:
    inputs: [pitch , beat_pos]
    targets:
    -   velocity  # the first

    # between
    -   dur_beats
my_own:  {anything: [1, 2]}   # kept
title: >-
  folded
  text

trainer:
   # lr: null
   epochs:   6
filters:
replay: null # nothing
manifest: [a.jsonl,
           b.jsonl]
output_dir: x/y"""

# Texts that are hardly recipes.
LEAST = "manifest: a.jsonl\ninstrument: guitar\n"
TAGS = (
    "str",
    "int",
    "float",
    "bool",
    "null",
    "timestamp",
    "binary",
    "seq",
    "map",
    "set",
    "omap",
    "pairs",
    "merge",
    "x",
)
VALUES = ("foo", "''", "'+'", "[a]", "[[a, b]]", "{a: b}", "2001-99-99", "é", "-", "=", "1:2", "~")


def chain(links: str, levels: int) -> str:
    """Every line holds the one before it by its name."""
    return "".join(f"a{k}: &a{k} {links.replace('*', f'*a{k - 1}')}\n" for k in range(1, levels))


BOMBS = {
    "lists": "a0: &a0 [x]\n" + chain("[*, *, *, *, *, *, *, *, *]", 20) + "title: *a19\nmanifest: [*a19]\n",
    "block lists": "a0: &a0 [x]\n" + chain("\n  - *\n  - *\n  - *", 30) + "features:\n  inputs:\n    - *a29\n",
    "mappings": "a0: &a0 {x: 1}\n" + chain("{p: *, q: *, r: *}", 30) + "title: *a29\nlora: *a29\n",
    "merges": "a0: &a0 {x: 1}\n" + chain("{<<: [*, *, *, *, *, *, *, *, *]}", 20) + "lora: {<<: *a19}\n",
    "a chain": "a0: &a0 [x]\n" + chain("[*]", 2000) + "title: *a1999\n",
    "a chain of merges": "a0: &a0 {x: 1}\n" + chain("{<<: *}", 2000) + "<<: *a1999\n",
    "itself": "features:\n  inputs: &a [*a]\nmanifest: &b\n  - *b\nlora: &c {r: *c}\ntrainer: &d\n  <<: *d\n",
}
NESTED = {
    "brackets": "[" * 3000,
    "brackets in a key": "title: " + "[" * 3000 + "]" * 3000,
    "braces": "{a: " * 3000,
    "dashes": "- " * 3000 + "a",
    "question marks": "? " * 3000 + "a",
    "indents": "\n".join(f"{' ' * k}a:" for k in range(1200)),
}
ODD = {
    "NUL": "title: \x00",
    "an escaped NUL": 'manifest: "a\\0b"\noutput_dir: "\\0"',
    "half a pair": "title: \ud800",
    "an escaped half": '"\\ud800": "\\ud800"\ntitle: "\\udfff"\nname: "\\ud83c"',
    "no such character": 'title: "\\UFFFFFFFF"',
    "beyond Unicode": 'title: "\\U00110000"',
    "a version": f"%YAML {'9' * 5000}.1\n---\na: b",
    "a directive": "%TAG ! tag:\n---\ntitle: !foo bar",
    "a whole number in base 60": f"lora: {{r: 1{':59' * 500}}}",
    "a number in base 60": f"lora: {{alpha: 1{':59' * 500}.5}}",
    "a long number": f"lora: {{r: {'9' * 5000}}}",
    "a long number in base 16": f"lora: {{r: 0x{'f' * 5000}}}\nfilters: {{min_duration_sec: 0x{'f' * 5000}}}",
    "a number that is no float": f"filters: {{min_duration_sec: {'9' * 400}, max_duration_sec: 2}}",
    "line ends": "a: b\rtitle: [\x85lora: {r: 0}\u2028]\u2029",
    "a mark in the middle": "title: a\ufeffb\n\ufefflora: {r: 0}",
    "tabs": "lora:\n\tr: 8",
    "no text": "",
    "merges of nothing": "<<: 5\nlora: {<<: [5]}\n",
}
ODD_TEXTS = {**BOMBS, **NESTED, **ODD} | {
    f"!!{tag} {value}": f"title: !!{tag} {value}\n" for tag in TAGS for value in VALUES
}
