"""Couplets in the campaign's report: from histories, pick-ups, and viewers' figures as they were
when they became final."""
# ruff: noqa: S608 - what is put together is all of this module.

from app.models.states import PackKind
from app.packs.couplets.presence import EVENT
from app.platform.errors import Words
from app.shared.identity.districts import member_district
from app.shared.report import Facts, Figure, Measure, PackReport, Part, Unit

_EVENTS = "SELECT id FROM couplets_event WHERE campaign_id = :campaign"
# Every reservation has its first move.
_RESERVATIONS = f"""
    SELECT made.at, holder.person_id AS who, 1 AS amount,
           {member_district("holder.id", "made.at")} AS district,
           reservation.was_offered
      FROM couplets_reservation reservation
      JOIN couplets_reservation_history made ON made.reservation_id = reservation.id
           AND made.number = 1
      JOIN member holder ON holder.id = reservation.member_id
     WHERE reservation.event_id IN ({_EVENTS}) AND made.at <= :as_of
"""
_PICKUPS = f"""
    SELECT pickup.collected_at AS at, taker.person_id AS who, 1 AS amount,
           {member_district("taker.id", "pickup.received_at")} AS district,
           pickup.reservation_id, pickup.reversed_at, CAST(pickup.site_id AS text) AS site
      FROM couplets_pickup pickup
      LEFT JOIN member taker ON taker.id = pickup.member_id
     WHERE pickup.event_id IN ({_EVENTS}) AND pickup.received_at <= :as_of
"""
_STANDING = "(taken.reversed_at IS NULL OR taken.reversed_at > :as_of)"
_FACT = "taken.at, taken.who, taken.amount, taken.district"
_SITES = (
    Part(
        "site",
        Words("地点", "Site"),
        f"SELECT CAST(id AS text), name, name FROM couplets_site WHERE event_id IN ({_EVENTS})",
    ),
)

RESERVED = Facts(f"SELECT * FROM ({_RESERVATIONS}) made WHERE NOT made.was_offered")
HANDED_OUT = Facts(f"SELECT {_FACT}, taken.site FROM ({_PICKUPS}) taken WHERE {_STANDING}", _SITES)
COLLECTED = Facts(
    f"""SELECT {_FACT}, taken.site FROM ({_PICKUPS}) taken
         WHERE {_STANDING} AND taken.reservation_id IS NOT NULL""",
    _SITES,
)
WALKED_IN = Facts(
    f"""SELECT {_FACT}, taken.site FROM ({_PICKUPS}) taken
         WHERE {_STANDING} AND taken.reservation_id IS NULL""",
    _SITES,
)
TOOK_PART = Facts(
    f"""SELECT at, who, amount, district FROM ({_RESERVATIONS}) made
        UNION ALL SELECT {_FACT} FROM ({_PICKUPS}) taken"""
)
# Of each event the newest figures that were final by then.
VIEWED = Facts(
    f"""
    SELECT DISTINCT ON (final.subject_id) event.live_from AS at, CAST(NULL AS uuid) AS who,
           final.members AS amount, CAST(NULL AS text) AS district
      FROM presence_history final JOIN couplets_event event ON event.id = final.subject_id
     WHERE final.kind = '{EVENT}' AND event.campaign_id = :campaign AND final.at <= :as_of
     ORDER BY final.subject_id, final.at DESC
    """,
    has_district=False,
)

_AS_KNOWN = "以该时刻系统已收到的为准"
FIGURES = (
    Figure(
        "couplets.viewers",
        Words("直播观看人数", "Viewers"),
        Words(
            "各场直播的不同会员数之和（估计值，标准误差 0.8%）；一场结束并结算后才计入；不分区市",
            "different members of each live session, added up (an estimate, standard error "
            "0.8 %); a session counts once it is over and its figures are final; of no district",
        ),
        Unit.PEOPLE,
        VIEWED,
        Measure.AMOUNT,
    ),
    Figure(
        "couplets.participants",
        Words("参与人数", "Participants"),
        Words(
            "预约过或领取过春联的自然人；未报会员号的现场领取不计",
            "natural persons who had reserved or been handed a pair; who did not say who they "
            "are is not counted",
        ),
        Unit.PEOPLE,
        TOOK_PART,
        Measure.DIFFERENT,
    ),
    Figure(
        "couplets.reserved",
        Words("线上预约", "Reserved"),
        Words(
            "线上预约到的副数，后来取消的也计；候补转得的是同一副，不另计；按预约时间、会员所在区市",
            "pairs reserved online, also if given up later; one that went on to who waited is the "
            "same pair; by when they were reserved and where the member then lived",
        ),
        Unit.PAIRS,
        RESERVED,
    ),
    Figure(
        "couplets.handed_out",
        Words("现场领取", "Handed out"),
        Words(
            f"凭预约或未预约在现场领取、当时未撤销的副数；未报会员号的不分区市；{_AS_KNOWN}",
            "pairs handed out, by reservation or at the door, not reversed then, as far as desks "
            "had sent it in; of who did not say who they are, of no district",
        ),
        Unit.PAIRS,
        HANDED_OUT,
    ),
    Figure(
        "couplets.collected",
        Words("预约领取", "Collected"),
        Words(
            f"凭预约领取、当时未撤销的副数；{_AS_KNOWN}",
            "pairs collected by reservation, not reversed then, as far as desks had sent it in",
        ),
        Unit.PAIRS,
        COLLECTED,
    ),
    Figure(
        "couplets.walk_in",
        Words("未预约领取", "Walk-ins"),
        Words(
            f"未预约、在现场领取、当时未撤销的副数；未报会员号的不分区市；{_AS_KNOWN}",
            "pairs handed out at the door, not reversed then, as far as desks had sent it in; "
            "of who did not say who they are, of no district",
        ),
        Unit.PAIRS,
        WALKED_IN,
    ),
)
REPORT = PackReport(
    PackKind.COUPLETS,
    FIGURES,
    funnel=(
        "couplets.page_views",
        "couplets.viewers",
        "couplets.reserved",
        "couplets.collected",
    ),
    clauses=(
        "直播吸引{couplets.viewers:over}人观看",
        "线上预约春联{couplets.reserved:plain}副",
        "现场领取{couplets.handed_out:plain}副",
    ),
)
