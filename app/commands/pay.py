"""`./run pay`: the payer's phone, for the sandbox of the payment provider. No money moves."""

import argparse

from app.embedded.progress import answer
from app.embedded.wechat_pay.beside import ask_sandbox


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "number", nargs="?", help="the `prepayid` that the app was handed, or our own number"
    )
    parser.add_argument("--late", action="store_true", help="although its time is over")
    parser.add_argument("--again", action="store_true", help="although it was paid")


def run(arguments: argparse.Namespace) -> int:
    """Without a number: what can be paid just now."""
    if arguments.number is None:
        for number in ask_sandbox(arguments.data, "/sandbox/payments"):
            answer(number)
        return 0
    asked = {"number": arguments.number, "late": arguments.late, "again": arguments.again}
    paid = ask_sandbox(arguments.data, "/sandbox/payments", asked)
    answer(f"{paid['out_trade_no']} {paid['trade_state']} {paid['amount']['total']} fen")
    return 0
