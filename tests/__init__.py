"""Tests; they mirror the package. Helpers that several of them share are here."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]  # the checkout
