"""Enumerations shared by tables, rules and schemas. Plain values, no tables."""

from enum import StrEnum


class District(StrEnum):
    """Qingdao's ten districts."""

    SHINAN = "shinan"
    SHIBEI = "shibei"
    LICANG = "licang"
    LAOSHAN = "laoshan"
    CHENGYANG = "chengyang"
    WEST_COAST = "west_coast"
    JIMO = "jimo"
    JIAOZHOU = "jiaozhou"
    PINGDU = "pingdu"
    LAIXI = "laixi"


class Category(StrEnum):
    """What a member may be entitled by."""

    NEW_EMPLOYMENT = "new_employment"
    OUTDOOR = "outdoor"
    HARDSHIP = "hardship"


class Role(StrEnum):
    """What a member of staff may do."""

    ADMINISTRATOR = "administrator"
    CAMPAIGN_MANAGER = "campaign_manager"
    WISH_REVIEWER = "wish_reviewer"
    STORE_MANAGER = "store_manager"
    DESK = "desk"
    QUIZ_MANAGER = "quiz_manager"
    DRAW_OFFICER = "draw_officer"
    EXPERT = "expert"
    SHOP_MANAGER = "shop_manager"
    SUPPLIER = "supplier"
    FINANCE = "finance"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"


class ActorKind(StrEnum):
    """Who acts. `store` is a store's or a merchant's device; `public` has shown no token."""

    MEMBER = "member"
    STORE = "store"
    STAFF = "staff"
    SYSTEM = "system"
    PUBLIC = "public"


class PackKind(StrEnum):
    """The five packs."""

    WISHES = "wishes"
    BREAKFAST = "breakfast"
    COUPLETS = "couplets"
    HEALTH = "health"
    GIFT_BOXES = "gift_boxes"


class CampaignState(StrEnum):
    """Whether anything may begin in an edition. Members see no draft."""

    DRAFT = "draft"
    OPEN = "open"
    ENDED = "ended"


class PackState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class SwitchState(StrEnum):
    """Of the deployment's read-only switch."""

    ON = "on"
    OFF = "off"


class PoolState(StrEnum):
    """Whether a pool grants. The window decides beside it."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class StoreState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class VoucherState(StrEnum):
    """As stored. A voucher past `valid_until` is `expired` when it is read."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    VOID = "void"


class RedemptionState(StrEnum):
    REDEEMED = "redeemed"
    REVERSED = "reversed"


class RedemptionInput(StrEnum):
    """How the till read the voucher."""

    PASS = "pass"
    CODE = "code"


class Purpose(StrEnum):
    """What a member may consent to, each for itself (app/shared/consents/purposes.py)."""

    HEALTH_DATA = "health_data"
    SHOW_CONTACT = "show_contact"
    NOTICES = "notices"


class Channel(StrEnum):
    """By which way a consent was given or withdrawn. `staff`: somebody told them, who wrote it
    down for a member without a phone."""

    APP = "app"
    STAFF = "staff"


class Urgency(StrEnum):
    """How soon a wish is to be fulfilled, in the wisher's own words. The first is the soonest."""

    WITHIN_2_DAYS = "within_2_days"
    WITHIN_5_DAYS = "within_5_days"
    WITHIN_A_WEEK = "within_a_week"
    ANYTIME = "anytime"


class WishState(StrEnum):
    """As it is read. An open wish with a live claim is what its claim is."""

    PENDING_REVIEW = "pending_review"
    OPEN = "open"
    CLAIMED = "claimed"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    FULFILLED = "fulfilled"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class WishFlag(StrEnum):
    """Why a wish needs a second reviewer, and a volunteer whose suitability is recorded."""

    MINORS = "minors"
    HOME_VISIT = "home_visit"
    LIVES_ALONE = "lives_alone"


class ClaimState(StrEnum):
    """Of a volunteer's claim on a wish. The first three are live. `not_done`: the wisher said
    so. `withdrawn`: the wish was."""

    CLAIMED = "claimed"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    FULFILLED = "fulfilled"
    RELEASED = "released"
    LAPSED = "lapsed"
    NOT_DONE = "not_done"
    WITHDRAWN = "withdrawn"


class DispatchState(StrEnum):
    """Of staff's asking one volunteer, who accepts or refuses."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Rater(StrEnum):
    """Who rates whom: the wisher the volunteer, or the other way round."""

    WISHER = "wisher"
    VOLUNTEER = "volunteer"


class Opening(StrEnum):
    """How reservations of an event open: whoever comes first has a pair; or whoever asks within
    a window is put in an order that anybody can draw again, and then whoever comes first."""

    FIRST_COME = "first_come"
    FAIR_DRAW = "fair_draw"


class ReservationState(StrEnum):
    """As stored. One that nobody has collected shortly before its site closes is `no_show` when
    it is read."""

    RESERVED = "reserved"
    COLLECTED = "collected"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class PickupState(StrEnum):
    """Of a pair that was handed out."""

    COLLECTED = "collected"
    REVERSED = "reversed"


class PickupInput(StrEnum):
    """By what the desk knew whose pair it is; the last two are walk-ins."""

    PASS = "pass"
    PROXY_CODE = "proxy_code"
    NAME = "name"
    MEMBER = "member"
    ANONYMOUS = "anonymous"


class WaitingState(StrEnum):
    """Of a place on a waiting list; the first two are live. `passed_over`: their turn came and
    they could not be offered anything, `why` says for what reason."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
    LEFT = "left"
    PASSED_OVER = "passed_over"


class OfferState(StrEnum):
    """Of an offer to the waiting list. An open one past its due time is `lapsed` when it is
    read."""

    OPEN = "open"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
    DECLINED = "declined"


class DisputeState(StrEnum):
    """Of a voucher that two tills took."""

    OPEN = "open"
    DECIDED = "decided"


class DisputeDecision(StrEnum):
    """Which of the two scans is the redemption. `both_paid`: the first is, and the second
    store, which could not know, is paid its face value as well."""

    FIRST_STANDS = "first_stands"
    SECOND_STANDS = "second_stands"
    BOTH_PAID = "both_paid"


class JobState(StrEnum):
    """Of work after the answer. `leased`: a worker is at it, or was when it died."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


class NoticeChannel(StrEnum):
    """Ways to a member's phone. The inbox is none of them: every notice is there."""

    PUSH = "push"
    SMS = "sms"


class NoticeOutcome(StrEnum):
    """What became of a notice on one channel. `sent`: the other side took it. `logged`: no
    more than a line in our log. `failed`: its last attempt did; its job says whether there
    will be another. The others were not tried."""

    SENT = "sent"
    LOGGED = "logged"
    FAILED = "failed"
    OPTED_OUT = "opted_out"
    TOO_LATE = "too_late"
    NO_CHANNEL = "no_channel"


class ExportFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


class ExportState(StrEnum):
    """Of a file being made. `gone`: it was kept for its time, or could be had no longer."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    GONE = "gone"


class PictureType(StrEnum):
    """What a member may send."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


class ApprovalState(StrEnum):
    """Of an act that needs a second person. `failed`: approved, and refused by the act itself."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class ApprovalDecision(StrEnum):
    """What the second person says."""

    APPROVE = "approve"
    REJECT = "reject"
