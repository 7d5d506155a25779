#!/usr/bin/env python3
"""Draw a published draw again. 重新开奖：核对一份公开的抽奖证明。

    python3 verify_draw.py proof.json [COMMITMENT]

COMMITMENT is the one you noted before the numbers came out 您在号码公布之前记下的承诺值.
Nothing but Python 3.9 is needed 只需 Python. Exit 0: it holds 相符. 1: it does not 不符.
"""

import json
import sys
from hashlib import md5, sha256


def sha(text):
    return sha256(text.encode()).hexdigest()


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sequence(method, key, tickets):
    """RFC 3797: digest of (turn + key + turn), modulo those that are left; that one leaves."""
    width, digest = {"rfc3797_md5": (2, md5), "rfc3797_sha256": (8, sha256)}[method]
    left = sorted(tickets)
    for turn in range(len(tickets)):
        count = turn.to_bytes(width, "big")
        number = int(digest(count + key + count).hexdigest(), 16)
        yield left.pop(number % len(left))


def key_of(public_numbers):
    sources = [[int(each, 16)] if isinstance(each, str) else each for each in public_numbers]
    return "".join(".".join(map(str, sorted(each))) + "./" for each in sources).encode()


def prizes_of(proof):
    """What falls to tickets, one after the other. Of an order each ticket has a place (null)."""
    return [
        prize["name"]
        for prize in proof["rules"]["prizes"]
        for _ in range(len(proof["tickets"]) if prize["quantity"] is None else prize["quantity"])
    ]


def draw(proof):
    """Unit of a prize -> (turn, ticket). Each lost prize goes to the next of the sequence."""
    units = len(prizes_of(proof))
    turns = enumerate(
        sequence(proof["method"], key_of(proof["public_numbers"]), proof["tickets"]), 1
    )
    held = dict(zip(range(1, units + 1), turns))
    for lost in proof["endings"]:
        if held.pop(lost["unit"], (0, ""))[1] != lost["ticket_no"]:
            return None
        substitute = next(turns, None)
        if substitute:
            held[lost["unit"]] = substitute
    return held


def verify(proof, noted=None, say=print):
    faults = []

    def step(holds, zh, en):
        say(f"{'✓' if holds else '✗'} {zh}\n  {en}")
        if not holds:
            faults.append(en)

    rest = {name: value for name, value in proof.items() if name != "checksum"}
    step(sha(canonical(rest)) == proof["checksum"], "文件完整", "the file is as it was made")
    rules = sha(canonical(proof["rules"]))
    step(rules == proof["rules_sha256"], f"规则 {rules}", "SHA-256 of the rules")
    if proof["tickets"] is not None:
        tickets, count = proof["tickets"], len(proof["tickets"])
        listed = sha("".join(f"{ticket}\n" for ticket in sorted(tickets)))
        step(listed == proof["list_sha256"], f"名单 {listed}", "SHA-256 of the list of tickets")
        step(
            count == len(set(tickets)) == proof["entrants_count"],
            f"奖券 {count} 张，无重复",
            f"{count} tickets, none twice",
        )
        wide = "rfc3797_sha256" if count > 65535 else "rfc3797_md5"
        step(
            proof["method"] == wide, f"方法 {wide}", "the method follows from the number of tickets"
        )
    if proof["commitment"]:
        hashes = (rules, listed, sha(canonical(proof["sources"])))
        commitment = sha("".join(f"{each}\n" for each in hashes))
        step(
            commitment == proof["commitment"],
            f"承诺值 {commitment}",
            "rules, list and sources, hashed",
        )
        early = all(proof["committed_at"] < each["published_at"] for each in proof["sources"])
        step(early, "承诺早于全部公开号码", "the commitment came before all of the public numbers")
        step(
            noted in (None, commitment),
            "与您记下的承诺值一致",
            "it is the commitment that you noted",
        )
    if proof["public_numbers"] is not None:
        for source, numbers in zip(proof["sources"], proof["public_numbers"]):
            say(f"  请到官方核对 compare with {source['name']} {source['url']}: {numbers}")
        say(f"  种子 key: {key_of(proof['public_numbers']).decode()}")
        held = draw(proof)
        step(held is not None, "失去奖品的都是当时的中奖者", "whoever lost a prize had it")
        drawn = [
            (unit, prize, *(held or {}).get(unit, (None, None)))
            for unit, prize in enumerate(prizes_of(proof), 1)
        ]
        said = [(w["unit"], w["prize"], w["turn"], w["ticket_no"]) for w in proof["winners"]]
        for unit, prize, turn, ticket in drawn:
            say(f"  {unit}. {prize}: {ticket or '— 空缺 unawarded'} (#{turn})")
        step(drawn == said, "重新开奖，结果一致", "drawn again, the winners are the same")
    say("结论：相符 RESULT: it holds" if not faults else f"结论：不符 RESULT: {faults}")
    return faults


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.exit(1 if verify(json.load(file), *sys.argv[2:3]) else 0)
