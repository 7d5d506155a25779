"""People, stores and staff: what is kept of them, why, how long."""

from app.models.kept import Keeping, Plain, Sort, Subject

BY_RANDOM_ID = "random ids, times and figures, which lead to a person through `member` alone"
WHO_ANSWERS = "whoever acts on behalf of the union answers for it by name"
OF_THE_UNION = "the union's own accounts: found by name at each sign-in and each act"
OF_STORES = "while the store is a partner, then 10 years with the accounts"
NOT_OF_MEMBERS = "none: nothing about members"

TABLES = {
    "person": Keeping(
        Subject.MEMBER,
        purpose="to count a human once, whatever accounts there are",
        starts="the erasure of the last account",
        keeps="the number until then; its digest to the end of the campaigns that run",
        erasure="the number is overwritten at once, the digest when it is due",
        kinds=("identity_number",),
        plain=BY_RANDOM_ID,
        columns={"id_number_digest": Sort.SENSITIVE, "id_number_sealed": Sort.SENSITIVE},
    ),
    "member": Keeping(
        Subject.MEMBER,
        purpose="to know who takes part, and to reach them",
        starts="leaving the union or asking to be erased",
        keeps="until then",
        erasure="overwritten; the row stays for what points to it, and is nobody",
        kinds=("account",),
        plain=BY_RANDOM_ID,
        columns={
            "member_no": Plain(
                Sort.PERSONAL, "every token names it; outside the union's file it is a number"
            ),
            "name_sealed": Sort.PERSONAL,
            "phone_sealed": Sort.PERSONAL,
            "phone_last4_digest": Sort.PERSONAL,
            "row_digest": Plain(Sort.PERSONAL, "a keyed digest of a whole row of a file"),
        },
    ),
    "member_category": Keeping(
        Subject.MEMBER,
        purpose="to know what a member is entitled to, and by whose word",
        starts="the category's last day, or its removal by staff or a file",
        keeps="until the account's erasure, so that a refusal can name the category that ran out",
        erasure="deleted",
        kinds=("categories",),
        plain=BY_RANDOM_ID,
        columns={
            "category": Plain(
                Sort.SENSITIVE,
                "hardship is a specific identity; each press is judged by it in the query, so it "
                "is a word of three in clear, behind an id",
            ),
            "source": Plain(Sort.PERSONAL, "an office or a file, not the person"),
        },
    ),
    "merchant": Keeping(
        Subject.COMPANY,
        purpose="to know with whom the union settles, and whom to call",
        starts="the end of the partnership",
        keeps="10 years with the accounts; the contact until it changes",
        erasure=NOT_OF_MEMBERS,
        columns={
            "name": Sort.PUBLIC,
            "legal_name": Sort.PUBLIC,
            "credit_code": Sort.PUBLIC,
            "bank": Sort.INTERNAL,
            "bank_account_sealed": Sort.SENSITIVE,
            "contact_name_sealed": Sort.PERSONAL,
            "contact_phone_sealed": Sort.PERSONAL,
        },
    ),
    "merchant_history": Keeping(
        Subject.COMPANY,
        purpose="to know who changed where the union pays to",
        starts="the change",
        keeps="10 years",
        erasure=NOT_OF_MEMBERS,
        columns={
            "act": Sort.INTERNAL,
            "actor": Plain(Sort.PERSONAL, WHO_ANSWERS),
            "asked_by": Plain(Sort.PERSONAL, WHO_ANSWERS),
            "fields": Sort.INTERNAL,
            "reason": Sort.INTERNAL,
        },
    ),
    "store": Keeping(
        Subject.COMPANY,
        purpose="to know where breakfast is to be had, and who redeemed",
        starts="the end of the partnership",
        keeps=OF_STORES,
        erasure=NOT_OF_MEMBERS,
        columns={
            "store_no": Sort.PUBLIC,
            "name": Sort.PUBLIC,
            "address": Sort.PUBLIC,
            "district": Sort.PUBLIC,
            "lat": Sort.PUBLIC,
            "lng": Sort.PUBLIC,
            "opens": Sort.PUBLIC,
            "closes": Sort.PUBLIC,
        },
    ),
    "store_history": Keeping(
        Subject.COMPANY,
        purpose="to know who suspended a store, and why",
        starts="the move",
        keeps=OF_STORES,
        erasure=NOT_OF_MEMBERS,
        columns={
            "act": Sort.INTERNAL,
            "actor": Plain(Sort.PERSONAL, WHO_ANSWERS),
            "from_state": Sort.INTERNAL,
            "to_state": Sort.INTERNAL,
            "reason": Sort.INTERNAL,
        },
    ),
    "store_device": Keeping(
        Subject.COMPANY,
        purpose="to let a till in, and to shut it out",
        starts="its revocation",
        keeps=OF_STORES,
        erasure=NOT_OF_MEMBERS,
        columns={
            "name": Sort.INTERNAL,
            "secret_digest": Sort.INTERNAL,
            "next_secret_digest": Sort.INTERNAL,
            "previous_secret_digest": Sort.INTERNAL,
        },
    ),
    "onboarding_code": Keeping(
        Subject.COMPANY,
        purpose="to let a new till in once",
        starts="its use, or 24 hours",
        keeps="the text until then; its digest for good",
        erasure=NOT_OF_MEMBERS,
        columns={"code_digest": Sort.INTERNAL, "code_sealed": Sort.INTERNAL},
    ),
    "staff": Keeping(
        Subject.STAFF,
        purpose="to know who of the union acts, and to let them in",
        starts="the account's end",
        keeps="10 years, as long as what they answer for",
        erasure=NOT_OF_MEMBERS,
        plain=OF_THE_UNION,
        columns={
            "name": Plain(Sort.PERSONAL, OF_THE_UNION),
            "password_hash": Sort.INTERNAL,
            "districts": Plain(Sort.PERSONAL, OF_THE_UNION),
        },
    ),
    "second_factor": Keeping(
        Subject.STAFF,
        purpose="to let staff in by two things, and to know who took one away",
        starts="its removal, which wipes the secret",
        keeps="10 years, as long as what the account answers for",
        erasure=NOT_OF_MEMBERS,
        plain=OF_THE_UNION,
        columns={
            "secret_sealed": Sort.INTERNAL,
            "removed_by": Plain(Sort.PERSONAL, WHO_ANSWERS),
            "removal_reason": Sort.INTERNAL,
        },
    ),
    "staff_session": Keeping(
        Subject.STAFF,
        purpose="to show staff their own sign-ins, and to end them",
        starts="the end of its tokens",
        keeps="30 days",
        erasure=NOT_OF_MEMBERS,
        plain=OF_THE_UNION,
        columns={
            "address": Plain(Sort.PERSONAL, "shown to its owner, who knows it or is warned"),
            "agent": Plain(Sort.PERSONAL, "shown to its owner, who knows it or is warned"),
        },
    ),
    "staff_role": Keeping(
        Subject.STAFF,
        purpose="to know what an account may do",
        starts="the role's end",
        keeps="until then",
        erasure=NOT_OF_MEMBERS,
        plain=OF_THE_UNION,
    ),
}
