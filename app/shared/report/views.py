"""Page views: a figure of every pack, also of one that has nothing else to tell yet."""

from app.models.states import PackKind
from app.platform.errors import Words
from app.shared.report.declared import Facts, Figure, Measure, Unit

# An hour's row still grows while the hour runs.
_VIEWS = """
    SELECT viewed.hour AS at, CAST(NULL AS uuid) AS who, viewed.views AS amount,
           CAST(NULL AS text) AS district
      FROM pack_views viewed JOIN pack ON pack.id = viewed.pack_id
     WHERE pack.campaign_id = :campaign AND pack.kind = '{kind}'
       AND viewed.hour + interval '1 hour' <= :as_of
"""


def page_views(kind: PackKind) -> Figure:
    """Of the pack's page, whoever opened it and however often."""
    return Figure(
        f"{kind}.page_views",
        Words("页面浏览", "Page views"),
        Words(
            "页面被打开的次数，计至该时刻之前最近的整点；不分区市",
            "how often the page was opened, up to the last full hour before that time; of no "
            "district",
        ),
        Unit.TIMES,
        Facts(_VIEWS.format(kind=kind.value), has_district=False),
        Measure.AMOUNT,
    )
