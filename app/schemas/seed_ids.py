"""Fixed ids of the seeded edition: what the documents' path examples point at.

Written by hand in the form of version 7 (the instant is the edition's own year),
so that they sort before everything that is created later.
"""

from uuid import UUID

CAMPAIGN_ID = UUID("01855a2c-1c00-7000-8000-000000000001")
FIRST_BATCH_ID = UUID("01855a2c-1c00-7000-8000-000000000002")
FIRST_STORE_ID = UUID("01855a2c-1c00-7000-8000-000000000003")
FIRST_MEMBER_ID = UUID("01855a2c-1c00-7000-8000-000000000004")
ADMINISTRATOR_ID = UUID("01855a2c-1c00-7000-8000-000000000005")
FIRST_MERCHANT_ID = UUID("01855a2c-1c00-7000-8000-000000000006")

FIRST_STORE_NO = "QD0001"
FIRST_MEMBER_NO = "M00000001"
