"""What a team would write otherwise: small, honest, each as a good engineer would do it.

They check the same tokens, make the same sealed codes, keep the same promises as far as one
process can (one voucher a member, never more than the total, a repeated key is the same
voucher) and write their rows durably. They leave out what the service writes beyond that:
limits over a group of batches, numbered entries. The shop keeps its promises alike (never more
than there are, limits a person, the price shown, all lines or none) and leaves out a row a unit,
history, ledger, the deadline's job, the kept answer and the waiting list.
"""
