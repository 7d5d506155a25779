"""What a team would write otherwise: small, honest, each as a good engineer would do it.

They check the same tokens, make the same sealed codes, keep the same promises as far as one
process can (one voucher a member, never more than the total, a repeated key is the same
voucher) and write their rows durably. They leave out what the service writes beyond that:
limits over a group of batches, numbered entries.
"""
