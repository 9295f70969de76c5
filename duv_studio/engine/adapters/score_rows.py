"""The rows of an adapter's scores on unseen songs, as its file and result.json name them: who played them."""

from __future__ import annotations

BASE, STATISTICS_ONLY, ADAPTER = "base", "statistics only", "adapter"
LOOKUP = "metrical lookup"  # what a model without a base must beat
GAIN = f"{ADAPTER} minus {{}}"  # what the adapter has more of a measure than the player of another row
