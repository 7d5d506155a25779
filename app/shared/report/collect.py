"""Ask for a report: all figures of all packs in one snapshot, as of one time."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from app.models.states import PackKind
from app.platform.clock import Clock, day_end, day_start
from app.platform.db import Sessions
from app.platform.errors import FieldError, InputInvalid, Words
from app.shared.campaigns import PackFacts, find_campaign
from app.shared.exports.reading import snapshot
from app.shared.identity.callers import Districts
from app.shared.report.counting import Counted, count_facts, reported
from app.shared.report.declared import Facts, PackReport
from app.shared.report.reported import PackFigures, Report
from app.shared.report.views import page_views

# A transaction may commit so long after the time that its rows carry. Until then the same
# question could have two answers, so it has none yet.
SETTLED = timedelta(seconds=5)
NOT_YET = FieldError(
    "/query/as_of",
    Words("该时刻尚未到来", "that time has not come yet"),
    "time_not_come",
)


class Reports:
    """One a process. `sessions` are of the few connections that long reads share, so that no
    number of readers takes those of members and tills."""

    def __init__(
        self, sessions: Sessions, clock: Clock, declared: Mapping[PackKind, PackReport]
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._declared = declared

    async def read(
        self,
        *,
        campaign_id: UUID | None = None,
        as_of: datetime | None = None,
        day: date | None = None,
        districts: Districts = None,
    ) -> Report:
        """A campaign (the current one) as of a time (five seconds ago); of one Shanghai day, or
        of all. The same question about the same time has the same figures for ever; names are
        today's.

        A time of the last five seconds is waited for. With `districts`, what happened in them.
        Raises `NotFound`, `InputInvalid` (a time to come).
        """
        at = await self.settled(as_of)
        question = {
            "as_of": at,
            "districts": None if districts is None else sorted(districts),
            "day_from": day and day_start(day),
            "day_to": day and day_end(day),
        }
        async with snapshot(self._sessions) as session:
            campaign = await find_campaign(session, campaign_id)
            asked = {**question, "campaign": campaign.id}
            counted: dict[Facts, Counted] = {}
            packs = [self._with_views(pack) for pack in campaign.packs]
            for facts in {each.facts for _, declared in packs for each in declared.figures}:
                if facts.has_district or districts is None:
                    counted[facts] = await count_facts(session, facts, asked)
        return Report(
            campaign,
            at,
            self._clock.now(),
            day,
            districts,
            tuple(_figures(pack, declared, counted) for pack, declared in packs),
        )

    async def edition(self, campaign_id: UUID | None) -> UUID:
        """Which one is asked about: that, or the current one. Raises `NotFound`."""
        async with snapshot(self._sessions) as session:
            return (await find_campaign(session, campaign_id)).id

    async def settled(self, as_of: datetime | None) -> datetime:
        """The time that a question is about, once it can be answered. Raises `InputInvalid`."""
        now = self._clock.now()
        if as_of is None:
            return (now - SETTLED).replace(microsecond=0)
        if as_of > now:
            raise InputInvalid(errors=(NOT_YET,))
        await asyncio.sleep(max(0.0, (as_of + SETTLED - now).total_seconds()))
        return as_of

    def _with_views(self, pack: PackFacts) -> tuple[PackFacts, PackReport]:
        """Also of a pack that has nothing else to tell."""
        found = self._declared.get(pack.kind, PackReport(pack.kind))
        return pack, replace(found, figures=(page_views(pack.kind), *found.figures))


def _figures(
    pack: PackFacts, declared: PackReport, counted: Mapping[Facts, Counted]
) -> PackFigures:
    return PackFigures(
        pack.kind,
        pack.title,
        tuple(reported(each, counted.get(each.facts)) for each in declared.figures),
        declared.funnel,
        declared.clauses,
    )
