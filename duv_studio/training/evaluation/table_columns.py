"""Which figures of a split are shown together: one table for each question."""

from __future__ import annotations

from dataclasses import dataclass

DIFFERENCES = (
    ("velocity_r", "velocity r"),
    ("velocity_mae", "MAE"),
    ("duration_r", "duration r"),
    ("auc_velocity", "AUC of notes, drawn"),
    ("auc_phrase", "AUC of phrases, drawn"),
)
INTERVAL = "interval"  # stands for the 95 % interval of velocity r

Column = tuple[str, str, str]  # measure, heading, format


@dataclass(frozen=True)
class Table:
    """One question: its heading, "" for the first, its columns, and those that stay when nothing was measured."""

    heading: str
    columns: tuple[Column, ...]
    always: tuple[str, ...] = ()


TABLES = (
    Table(
        "",
        (
            ("velocity_r", "velocity r", ".3f"),
            (INTERVAL, "95 % CI", ""),
            ("velocity_rho", "rho", ".3f"),
            ("velocity_r_local", "r local", ".3f"),
            ("velocity_r_slow", "r slow", ".3f"),
            ("velocity_mae", "MAE", ".1f"),
            ("velocity_mae_centred", "MAE centred", ".1f"),
            ("velocity_sd_ratio", "sd ratio", ".2f"),
            ("velocity_jsd", "JSD vel", ".3f"),
            ("duration_r", "duration r", ".3f"),
            ("sounding_r", "sounding r", ".3f"),
            ("duration_sd_ratio", "duration sd ratio", ".2f"),
            ("duration_mae", "dur \\|dlog\\|", ".3f"),
            ("auc_velocity", "AUC vel", ".3f"),
            ("auc_both", "AUC vel+dur", ".3f"),
        ),
        always=(INTERVAL, "auc_velocity"),
    ),
    Table(
        "Spread (of the player's) and contrasts (MIDI units)",
        (
            ("velocity_sd_ratio", "track", ".2f"),
            ("velocity_sd_local", "local", ".2f"),
            ("velocity_sd_chord", "within chords", ".2f"),
            ("duration_sd_ratio", "lengths", ".2f"),
            ("duration_sd_local", "lengths, local", ".2f"),
            ("downbeat", "downbeat − off-beat", "+.1f"),
            ("top_voice", "top − rest of chord", "+.1f"),
            ("pitch_slope", "per octave", "+.1f"),
            ("ghost_ratio", "ghosts / accents", ".2f"),
        ),
    ),
    Table(
        "Distribution, memory (surplus of autocorrelation) and classifiers",
        (
            ("pooled_w1", "W1", ".2f"),
            ("pooled_jsd", "JSD", ".3f"),
            ("pooled_overlap", "overlap", ".2f"),
            ("jump_w1", "W1 of jumps", ".2f"),
            ("memory_1", "lag 1", "+.2f"),
            ("memory_2", "lag 2", "+.2f"),
            ("memory_4", "lag 4", "+.2f"),
            ("memory_8", "lag 8", "+.2f"),
            ("auc_velocity", "AUC notes", ".3f"),
            ("auc_phrase", "AUC phrases", ".3f"),
        ),
    ),
    Table(
        "Calibration of the distributions",
        (
            ("cover_50", "within 50 %", ".2f"),
            ("cover_80", "within 80 %", ".2f"),
            ("cover_90", "within 90 %", ".2f"),
            ("pit_sd", "PIT sd", ".3f"),
            ("nll", "NLL", ".3f"),
            ("crps", "CRPS", ".2f"),
            ("length_cover_80", "lengths within 80 %", ".2f"),
            ("length_pit_sd", "lengths PIT sd", ".3f"),
        ),
    ),
)
