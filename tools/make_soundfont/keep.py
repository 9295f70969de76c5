"""A bank with some of its presets, and of instruments and samples only what these play."""

from __future__ import annotations

import numpy as np

from tools.make_soundfont.tables import INSTRUMENT, SAMPLE, Table

Tables = dict[str, Table]


def with_presets(tables: Tables, kept: Table) -> tuple[Tables, Table]:
    """The tables without the presets that are False in `kept`, and the numbers that the samples kept had before."""
    tables = _parts(tables, ("phdr", "pbag", "pgen", "pmod"), np.flatnonzero(kept))
    tables, _ = _only_used(tables, "pgen", INSTRUMENT, ("inst", "ibag", "igen", "imod"))
    used = np.unique(_named(tables["igen"], SAMPLE))
    linked = tables["shdr"]["link"][used][tables["shdr"]["kind"][used] & 0x06 != 0]
    used = np.union1d(used, linked)  # the other side of a stereo pair
    tables["igen"] = _renamed(tables["igen"], SAMPLE, used)
    samples = tables["shdr"][np.append(used, len(tables["shdr"]) - 1)]
    paired = samples["kind"] & 0x06 != 0
    samples["link"][paired] = np.searchsorted(used, samples["link"][paired])
    tables["shdr"] = samples
    return tables, used


def _only_used(tables: Tables, by: str, operator: int, parts: tuple[str, str, str, str]) -> tuple[Tables, Table]:
    used = np.unique(_named(tables[by], operator))
    tables = _parts(tables, parts, used)
    tables[by] = _renamed(tables[by], operator, used)
    return tables, used


def _parts(tables: Tables, names: tuple[str, str, str, str], kept: Table) -> Tables:
    """Of presets or instruments those that are named, with their zones, generators and modulators."""
    heads, bags, generators, modulators = (tables[name] for name in names)
    head, bag = heads[np.append(kept, len(heads) - 1)], []
    for row in kept:
        bag += range(heads["bag"][row], heads["bag"][row + 1])
    head["bag"] = np.append(0, np.cumsum(heads["bag"][kept + 1] - heads["bag"][kept]))
    zones = bags[np.append(np.array(bag, int), len(bags) - 1)]
    found = {}
    for field, name, rows in (("generator", names[2], generators), ("modulator", names[3], modulators)):
        spans = [range(bags[field][zone], bags[field][zone + 1]) for zone in bag]
        zones[field] = np.append(0, np.cumsum([len(span) for span in spans]))
        found[name] = rows[[row for span in spans for row in span] + [len(rows) - 1]]
    return tables | {names[0]: head, names[1]: zones} | found


def _named(generators: Table, operator: int) -> Table:
    return generators["amount"][generators["operator"] == operator].astype(int)


def _renamed(generators: Table, operator: int, used: Table) -> Table:
    generators = generators.copy()
    chosen = generators["operator"] == operator
    generators["amount"][chosen] = np.searchsorted(used, generators["amount"][chosen])
    return generators
