"""Recipes: every mistake is reported at once with its place, and the guide's own blocks are no mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from duv_studio.engine.features.feature_groups import INPUTS, TARGETS
from duv_studio.engine.features.hints import HINTS, Hint
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.paths import resource
from duv_studio.training.lora.recipe.load import load_recipe, preset_names
from duv_studio.training.lora.recipe.schema import FAMILIES, LoraRecipe, recipe_schema
from duv_studio.training.lora.recipe.sections import FIVE_MODULES, LoraSettings, feature_names
from duv_studio.training.lora.recipe.writer import dump_recipe, recipe_text, schema_table
from duv_studio.training.schema.document import RecipeError
from tests import ROOT

LEAST = "manifest: a.jsonl\n"
KEYS = ", ".join(LoraRecipe.model_fields)


def saved(folder: Path, text: str | bytes, name: str = "guitar_Lora.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def told(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        load_recipe(saved(folder, text))
    assert str(caught.value).startswith(str(folder / "guitar_Lora.yaml"))
    return [str(problem) for problem in caught.value.problems]


# ---- mistakes --------------------------------------------------------------------------------------------------------

NO_TRACK = "so no track would be left; the first must be less."
NOTHING = (
    "lora.enable is false while base_frozen is true, so there is nothing to train; set one of them otherwise,"
    " or base_checkpoint: null to train from scratch."
)
SINGLE = [
    ("lora:\n  r: 0", "line 3, column 6: lora.r is 0; it must be a whole number from 1 to 128."),
    ("lora:\n  r: 8.0", "line 3, column 6: lora.r is 8.0; it must be a whole number from 1 to 128."),
    ("lora:\n  r: true", "line 3, column 6: lora.r is true; it must be a whole number from 1 to 128."),
    ('lora:\n  r: "8"', 'line 3, column 6: lora.r is "8"; it must be a whole number from 1 to 128.'),
    ("lora:\n  r:", 'line 3, column 5: lora.r is ""; it must be a whole number from 1 to 128.'),
    ("lora: {alpha: .inf}", "line 2, column 15: lora.alpha is .inf; it must be a number above 0, at most 1024."),
    ("lora: {alpha: .nan}", "line 2, column 15: lora.alpha is .nan; it must be a number above 0, at most 1024."),
    ("lora: {enable: 1}", "line 2, column 16: lora.enable is 1; it must be true or false."),
    ("lora: {enable: false}", f"line 2, column 16: {NOTHING}"),
    (
        "lora: {target_modules: []}",
        "line 2, column 24: lora.target_modules is empty; it must be a list of names, such as attn.* or ff.in.",
    ),
    (
        "lora: {target_modules: ff.in}",
        "line 2, column 24: lora.target_modules is ff.in; it must be a list of names, such as attn.* or ff.in.",
    ),
    ("lora: {target_modules: [ff.in, ff.in]}", "line 2, column 32: lora.target_modules names ff.in twice."),
    ("lora: {target_modules: [5]}", "line 2, column 25: lora.target_modules[1] is 5; it must be text."),
    (
        "lora: [8]",
        "line 2, column 7: lora is a list; it must hold keys and values (enable, r, alpha, dropout, target_modules).",
    ),
    (
        "instrument: guitarr",
        f'line 2, column 13: instrument is guitarr; did you mean "guitar"? It must be one of {", ".join(FAMILIES)}.',
    ),
    ("instrument: kazoo", f"line 2, column 13: instrument is kazoo; it must be one of {', '.join(FAMILIES)}."),
    ("name: a b", "line 2, column 7: name is a b; it must be text or null, only of letters, digits and . _ -."),
    ("train_split: 1", "line 2, column 14: train_split is 1; it must be a number above 0, below 1."),
    ("base_checkpoint: 5", "line 2, column 18: base_checkpoint is 5; it must be text or null."),
    ("base_checkpoint: ''", "line 2, column 18: base_checkpoint is empty; it must be text or null."),
    (
        "features: {targets: []}",
        "line 2, column 21: features.targets is empty; it must be a list of velocity, dur_beats or both.",
    ),
    (
        "features: {targets: [velocty]}",
        "line 2, column 22: features.targets[1] is velocty;"
        ' did you mean "velocity"? It must be one of velocity, dur_beats.',
    ),
    ("features: {inputs: [pitch, pitch]}", "line 2, column 28: features.inputs names pitch twice."),
    ("trainer: {precision: 16}", "line 2, column 22: trainer.precision is 16; it must be one of bf16, fp16, 32."),
    ("trainer: {precision: fp8}", "line 2, column 22: trainer.precision is fp8; it must be one of bf16, fp16, 32."),
    ("trainer: {seed: -1}", "line 2, column 17: trainer.seed is -1; it must be a whole number from 0 to 4294967295."),
    (
        "trainer: {warmup_steps: -1}",
        "line 2, column 25: trainer.warmup_steps is -1; it must be a whole number of at least 0.",
    ),
    ("trainer: {lr: fast}", "line 2, column 15: trainer.lr is fast; it must be a number above 0, at most 1."),
    (f"title: {{a: {'b' * 9}}}", "line 2, column 8: title is keys and values; it must be text."),
    (
        f"train_split: {'x' * 99}",
        f"line 2, column 14: train_split is {'x' * 57}...; it must be a number above 0, below 1.",
    ),
    (
        "filters: {min_duration_sec: 700}",
        f"line 2, column 29: filters.min_duration_sec is 700 and filters.max_duration_sec is 600, {NO_TRACK}",
    ),
    (
        "filters: {max_duration_sec: 2}",
        f"line 2, column 29: filters.min_duration_sec is 3 and filters.max_duration_sec is 2, {NO_TRACK}",
    ),
    # keys
    ("base_checkpont: x", 'line 2, column 1: There is no key "base_checkpont"; did you mean "base_checkpoint"?'),
    ("trainer: {learning_rte: 1, lrr: 1}", 'line 2, column 28: There is no key "lrr" in trainer; did you mean "lr"?'),
    ("max_len: 128", 'line 2, column 1: There is no key "max_len" here; did you mean "trainer.max_len"?'),
    ("lora: {epochs: 3}", 'line 2, column 8: There is no key "epochs" in lora; did you mean "trainer.epochs"?'),
    ("epoch: 3", 'line 2, column 1: There is no key "epoch"; did you mean "trainer.epochs"?'),
    ("xyzzy: 3", f'line 2, column 1: There is no key "xyzzy"; the keys are {KEYS}.'),
    ("true: 3", f'line 2, column 1: There is no key "true"; the keys are {KEYS}.'),
    ("? [a, b]\n: 3", f'line 2, column 3: There is no key "?"; the keys are {KEYS}.'),
    ("manifest: b.jsonl", 'line 2, column 1: "manifest" is here for the second time; it was first in line 1.'),
    ("lora:\n  r: 4\n  r: 8", 'line 4, column 3: "r" is here for the second time; it was first in line 3.'),
    # no YAML
    (
        "lora: [",
        "line 3, column 1: This is not valid YAML: while parsing a flow node, expected the node content,"
        " but found '<stream end>'.",
    ),
    ("lora:\n\tr: 8", "line 3, column 1: This is not valid YAML: a tab stands where only spaces may."),
    (
        "---\ntitle: b",
        "line 2, column 1: This is not valid YAML: expected a single document in the stream,"
        " but found another document.",
    ),
    (
        "title: !!python/name:os.system ''",
        "line 2, column 8: This is not valid YAML: could not determine a constructor for the tag"
        " 'tag:yaml.org,2002:python/name:os.system'.",
    ),
    ("title: *nobody", "line 2, column 8: This is not valid YAML: found undefined alias 'nobody'."),
    ("title: a\x07b", "line 2, column 9: The character U+0007 must not be in a recipe."),
]


@pytest.mark.parametrize(("text", "sentence"), SINGLE, ids=range(len(SINGLE)))
def test_a_mistake_is_one_sentence_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in told(tmp_path, f"{LEAST}{text}\n")


WRONG_ALL_OVER = """\
base_checkpoint: 5
lora:
  r: 0
  rnk: 8
  r: 8
trainer:
  epochs: many
  precision: 64
filters: {min_duration_sec: 9, max_duration_sec: 8}
features:
  inputs: [pich, 3]
  targets: []
"""


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HINTS, "made_hint", Hint("made_hint", 1, (), None, "a hint that is registered late"))
    names = ", ".join(feature_names())
    assert told(tmp_path, WRONG_ALL_OVER) == [
        "line 1, column 1: manifest is missing; it must be a list of files, or one file.",
        "line 1, column 18: base_checkpoint is 5; it must be text or null.",
        f'line 4, column 3: There is no key "rnk" in lora; the keys are {", ".join(LoraSettings.model_fields)}.',
        'line 5, column 3: "r" is here for the second time; it was first in line 3.',
        "line 7, column 11: trainer.epochs is many; it must be a whole number from 1 to 10000.",
        "line 8, column 14: trainer.precision is 64; it must be one of bf16, fp16, 32.",
        f"line 9, column 29: filters.min_duration_sec is 9 and filters.max_duration_sec is 8, {NO_TRACK}",
        f'line 11, column 12: features.inputs[1] is pich; did you mean "pitch"? It must be one of {names}.',
        "line 11, column 18: features.inputs[2] is 3; it must be text.",
        "line 12, column 12: features.targets is empty; it must be a list of velocity, dur_beats or both.",
    ]


def test_a_file_that_is_not_utf_8_is_pointed_into(tmp_path: Path) -> None:
    assert told(tmp_path, LEAST.encode() + "title: é bücher".encode().replace(b"\xc3\xbc", b"\xfc")) == [
        "line 2, column 11: Byte 0xfc is not UTF-8; save the recipe as UTF-8 text."
    ]
    assert load_recipe(saved(tmp_path, b"\xef\xbb\xbf" + LEAST.encode())).manifest == ("a.jsonl",)  # a mark is no harm


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, text: str) -> None:
    with pytest.raises(DuvError, match="is empty"):
        load_recipe(saved(tmp_path, text))


@pytest.mark.parametrize("text", ["just words", "- a\n- b", "5"])
def test_a_file_without_keys_is_no_recipe(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == ['line 1, column 1: There are no keys here; a recipe is made of lines "key: value".']


def test_aliases_that_hold_themselves_end(tmp_path: Path) -> None:
    assert told(tmp_path, f"{LEAST}features:\n  inputs: &a [*a]\n") == [
        "line 3, column 11: features.inputs[1] is a list; it must be text."
    ]


def test_many_aliases_of_aliases_cost_nothing(tmp_path: Path) -> None:
    levels = [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 20)]
    text = "\n".join(["a0: &a0 [x]", *levels, "title: *a19", ""])
    assert any("title is a list; it must be text." in problem for problem in told(tmp_path, LEAST + text))


@pytest.mark.parametrize("name", ["nobody.yaml", "folder/guitar_Lora.yaml", "base.yaml"])
def test_a_missing_recipe_names_those_that_ship(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DuvError, match=r"no such recipe .*bass_Lora\.yaml, drums_Lora\.yaml"):
        load_recipe(name)


def test_a_folder_is_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(DuvError, match="is a folder, not a file"):
        load_recipe(tmp_path)


def test_a_recipe_made_in_code_is_checked_too() -> None:
    with pytest.raises(ValidationError, match="nothing to train"):
        LoraRecipe.model_validate({"manifest": "a", "output_dir": "b", "lora": {"enable": False}})


# ---- what is right ---------------------------------------------------------------------------------------------------

# The YAML blocks of the training guide, as it prints them.
GUIDE = """
```yaml
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

# Training
trainer:
  epochs: 6
  batch_size: 64
  lr: 2.0e-4
  precision: bf16       # or "fp16" / "32"
```

```yaml
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
```

```yaml
trainer:
  epochs: 6                    # Training epochs
  batch_size: 64               # Batch size
  lr: 2.0e-4                   # Learning rate
  weight_decay: 0.01           # L2 regularization
  warmup_steps: 1000           # LR warmup steps
  early_stop_patience: 2       # Early stopping patience
  grad_clip_norm: 1.0          # Gradient clipping
  precision: bf16              # Mixed precision (bf16/fp16/32)
  seed: 42                     # Random seed
```

```yaml
filters:
  min_notes: 64              # Minimum notes per track
  max_duration_sec: 600      # Maximum track duration (10 min)
  min_duration_sec: 3        # Minimum track duration
```
"""
BLOCKS = [part.split("```")[0] for part in GUIDE.split("```yaml\n")[1:]]


def test_the_guides_recipe_loads_as_it_is_written(tmp_path: Path) -> None:
    recipe = load_recipe(saved(tmp_path, BLOCKS[0]))
    assert recipe.base_checkpoint == "checkpoints/duv_universal.ckpt" and recipe.base_frozen
    assert recipe.lora.target_modules == FIVE_MODULES and (recipe.lora.r, recipe.lora.alpha) == (8, 16)
    assert recipe.manifest == ("manifests/lamd_guitar_enriched.jsonl",)
    assert (recipe.trainer.batch_size, recipe.trainer.lr, recipe.trainer.precision) == (64, 2e-4, "bf16")
    assert recipe.output_dir == "checkpoints/duv_guitar_lora"
    assert recipe.family("guitar_Lora.yaml") is Family.GUITAR


def test_the_guides_other_blocks_load_with_a_manifest_before_them(tmp_path: Path) -> None:
    features, trainer, filters = (load_recipe(saved(tmp_path, LEAST + block)) for block in BLOCKS[1:])
    assert features.features.inputs == (*INPUTS, "strum_dir_hint", "section_onehot", "swing_hint")
    assert features.features.targets == TARGETS
    t = trainer.trainer
    assert (t.warmup_steps, t.early_stop_patience, t.grad_clip_norm, t.weight_decay, t.seed) == (1000, 2, 1, 0.01, 42)
    assert (filters.filters.min_notes, filters.filters.max_duration_sec, filters.filters.min_duration_sec) == (
        64,
        600,
        3,
    )


@pytest.mark.parametrize(("written", "read"), [("bf16", "bf16"), ("fp16", "fp16"), ("32", "32"), ('"32"', "32")])
def test_precision_may_be_written_as_a_number_or_text(tmp_path: Path, written: str, read: str) -> None:
    assert load_recipe(saved(tmp_path, f"{LEAST}trainer: {{precision: {written}}}")).trainer.precision == read


@pytest.mark.parametrize("written", ["1e-3", "1.0e-3", "0.001", "1E-3", "+1e-3"])
def test_every_way_of_writing_a_small_number_is_one(tmp_path: Path, written: str) -> None:
    assert load_recipe(saved(tmp_path, f"{LEAST}trainer: {{lr: {written}}}")).trainer.lr == 1e-3


def test_the_least_recipe_takes_its_folder_from_the_instrument_and_empty_sections_as_defaults(tmp_path: Path) -> None:
    recipe = load_recipe(saved(tmp_path, "manifest: [a.jsonl, b.jsonl]\ntrainer:\nlora:\n", "my_drums.yaml"))
    assert recipe.output_dir == "checkpoints/duv_drums_lora" and recipe.adapter_name == "duv_drums_lora"
    assert recipe.manifest == ("a.jsonl", "b.jsonl") and recipe.trainer.epochs == 6
    assert recipe.base_checkpoint == "base-open" and not recipe.from_scratch
    scratch = load_recipe(saved(tmp_path, f"{LEAST}base_checkpoint: null\nlora: {{enable: false}}\n"))
    assert scratch.from_scratch


def test_the_family_is_told_by_key_or_file_or_folder_or_manifest() -> None:
    def family(path: str, **values: Any) -> Family:
        return LoraRecipe.model_validate({"manifest": "m", "output_dir": "o"} | values).family(path)

    assert family("bass_Lora.yaml", instrument="strings") is Family.STRINGS
    assert family("Bass_Lora.yaml", output_dir="x/duv_piano_lora") is Family.BASS
    assert family("mine.yaml", output_dir="x/duv_piano_lora", manifest="drums.jsonl") is Family.PIANO
    assert family("mine.yaml", manifest="my-drums.jsonl") is Family.DRUMS
    with pytest.raises(DuvError, match="does not say whose playing it is"):
        family("bassoon.yaml")


def test_without_folder_and_instrument_the_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="output_dir is missing; it must be text"):
        load_recipe(saved(tmp_path, LEAST, "mine.yaml"))


# ---- presets ---------------------------------------------------------------------------------------------------------


def test_there_are_five_presets_of_known_features() -> None:
    assert preset_names() == [f"{n}_Lora.yaml" for n in ("bass", "drums", "guitar", "piano", "strings")]


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_found_by_its_bare_name_and_holds_every_key_with_its_help(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = load_recipe(name)
    instrument = name.split("_")[0]
    assert recipe.family(name) == instrument == recipe.instrument
    assert recipe.base_checkpoint == "base-open" and recipe.lora.target_modules == FIVE_MODULES
    assert recipe.manifest == (f"manifests/{instrument}_enriched.jsonl",)
    assert recipe.output_dir == f"checkpoints/duv_{instrument}_lora"
    assert set(INPUTS) < set(recipe.features.inputs)
    text = resource("configs", name).read_text(encoding="utf-8")
    assert recipe_text(recipe, text.splitlines()[0].removeprefix("# ")) == text


def test_a_file_of_ones_own_wins_over_the_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path, "manifest: mine.jsonl\n")
    assert load_recipe("guitar_Lora.yaml").manifest == ("mine.jsonl",)


# ---- writing and telling ---------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(str.strip)
NUMBER = st.floats(1e-12, 1, exclude_max=True)


@st.composite
def recipes(draw: st.DrawFn) -> LoraRecipe:
    least = draw(st.floats(0, 1e4))
    values = {
        "base_checkpoint": draw(st.none() | TEXT),
        "base_frozen": draw(st.booleans()),
        "instrument": draw(st.none() | st.sampled_from(FAMILIES)),
        "name": draw(st.none() | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True)),
        "title": draw(TEXT | st.just("")),
        "lora": {
            "r": draw(st.integers(1, 128)),
            "alpha": draw(st.floats(0.01, 1024)),
            "target_modules": draw(st.lists(TEXT, min_size=1, max_size=3, unique=True)),
        },
        "features": {"inputs": draw(st.lists(st.sampled_from(list(INPUTS)), min_size=1, unique=True))},
        "manifest": draw(st.lists(TEXT, min_size=1, max_size=3)),
        "train_split": draw(NUMBER),
        "output_dir": draw(TEXT),
        "filters": {"min_duration_sec": least, "max_duration_sec": draw(st.floats(least, 1e9, exclude_min=True))},
        "replay": {"manifest": draw(st.none() | TEXT)},
        "trainer": {
            "lr": draw(NUMBER),
            "precision": draw(st.sampled_from(["bf16", "fp16", "32"])),
            "seed": draw(st.integers(0, 2**32 - 1)),
            "warmup_steps": draw(st.integers(0)),
        },
    }
    return LoraRecipe.model_validate(values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(recipe=recipes())
def test_what_is_written_is_read_again(tmp_path: Path, recipe: LoraRecipe) -> None:
    dump_recipe(recipe, tmp_path / "x.yaml", "A comment")
    assert load_recipe(tmp_path / "x.yaml") == recipe


@pytest.mark.parametrize(
    "text", ["a\x85b", "\u2028", "\ufeffx", " x ", "null", "1e-3", "yes", "a: b # c", "日本 🎸", "'\"", "\t\n"]
)
def test_odd_texts_survive(tmp_path: Path, text: str) -> None:
    recipe = LoraRecipe.model_validate({"manifest": "a", "output_dir": "b", "title": text})
    dump_recipe(recipe, tmp_path / "x.yaml")
    assert load_recipe(tmp_path / "x.yaml").title == text


def test_every_key_is_written_in_the_order_of_the_schema_with_its_help(tmp_path: Path) -> None:
    text = recipe_text(load_recipe("guitar_Lora.yaml"))
    places = [text.index(field.help) for field in recipe_schema()]
    assert places == sorted(places)
    assert max(map(len, text.splitlines())) <= 120


def test_every_key_has_help_and_every_number_a_range() -> None:
    schema = recipe_schema()
    assert all(field.help for field in schema)
    assert all(field.range for field in schema if "number" in field.type)
    assert {f.path for f in schema if f.required} == {"manifest", "output_dir"}
    units = {field.path: field.unit for field in schema if field.unit}
    assert units["filters.max_duration_sec"] == "s" and units["trainer.max_len"] == "notes"


def test_the_documentation_has_the_schemas_table() -> None:
    assert schema_table() in (ROOT / "docs" / "recipe.md").read_text(encoding="utf-8")


def test_the_schema_tells_a_form_what_it_needs() -> None:
    fields = {f.path: f for f in recipe_schema()}
    assert fields["trainer.lr"].label == "Learning rate" and fields["trainer.seed"].label == "Seed"
    assert (fields["lora.r"].low, fields["lora.r"].high) == (1, 128) and fields["lora.r"].basic
    assert fields["trainer.precision"].choices == ("bf16", "fp16", "32")
    assert set(INPUTS) < set(fields["features.inputs"].choices) and fields["manifest"].kind == "file"
    assert fields["name"].is_optional and not fields["title"].is_optional
    assert fields["lora.r"].section == "lora" and fields["manifest"].section == ""
