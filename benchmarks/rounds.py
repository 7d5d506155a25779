"""Subject and references in turn, round after round: each round has its own ratio."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import crowd
from benchmarks.ground import Ground
from benchmarks.measured import Measured, NotAFigure, Ratio
from benchmarks.paths.path import Measure, Path, Target, Variant

# Feeds, beacons and other work after the answers.
SETTLE_S = 0.3
Say = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """A path's rounds: by variant, in order of the rounds."""

    path: Path
    rounds: dict[str, list[Measured]]

    def ratio(self, target: Target) -> Ratio:
        """Subject to reference, round by round."""
        pairs = zip(self.rounds[self.path.subject.name], self.rounds[target.reference], strict=True)
        if target.measure is Measure.RATE:
            return Ratio.of([ours.rate / theirs.rate for ours, theirs in pairs])
        return Ratio.of([ours.cpu_ms / theirs.cpu_ms for ours, theirs in pairs])


async def measure(ground: Ground, path: Path, *, rounds: int, scale: float, say: Say) -> Result:
    """So many rounds after one that only warms up. Raises `NotAFigure`."""
    variants = [path.subject, *path.references]
    found: dict[str, list[Measured]] = {each.name: [] for each in variants}
    for number in range(rounds + 1):
        say(f"{path.name}: " + ("warming up" if number == 0 else f"round {number} of {rounds}"))
        # Forwards and backwards, so that no variant always comes after the same other.
        for variant in variants if number % 2 else reversed(variants):
            share = scale / 4 if number == 0 else scale
            count = max(8, int(variant.count * share))
            measured = await once(ground, variant, count, connections=path.connections)
            if number:
                found[variant.name].append(measured)
        faults = await ground.faults()
        if faults:
            raise NotAFigure("; ".join(faults))
    return Result(path, found)


async def once(ground: Ground, variant: Variant, count: int, *, connections: int) -> Measured:
    """So many requests of one variant. Raises `NotAFigure`."""
    prepared = await variant.prepare(ground, count)
    before = ground.cpu(prepared.site)
    heard = await asyncio.to_thread(
        crowd.send, prepared.site.url, prepared.requests, connections=connections
    )
    await asyncio.sleep(SETTLE_S)
    spent = ground.cpu(prepared.site).since(before)
    wrong = await prepared.check() if prepared.check else []
    if wrong:
        raise NotAFigure(f"{variant.name}: {'; '.join(wrong)}")
    try:
        return Measured.of(heard, spent, prepared.wanted)
    except NotAFigure as error:
        longest_s = max(heard.ordered_s())
        raise NotAFigure(f"{variant.name}: {error}; the longest took {longest_s:.1f} s") from error


def unmet(results: Sequence[Result]) -> list[str]:
    """Targets that were missed, in words."""
    return [
        f"{result.path.name} to {target.reference} ({target.measure}): "
        f"{result.ratio(target).median:.2f}, must {target.must}"
        for result in results
        for target in result.path.targets
        if not target.is_met(result.ratio(target).median)
    ]
