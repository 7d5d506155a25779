// Draws a published draw again, from its proof alone, in the visitor's browser.
"use strict";

const bytesOf = (text) => new TextEncoder().encode(text);
const hashText = (text) => sha256(bytesOf(text));

// RFC 8785, of the texts and whole numbers that a proof holds.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}

function keyOf(publicNumbers) {
  const ascending = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const whole = (source) => (typeof source === "string" ? [BigInt(`0x${source}`)] : source.map(BigInt));
  return publicNumbers.map((source) => `${whole(source).sort(ascending).join(".")}./`).join("");
}

// RFC 3797: digest of (turn + key + turn), modulo those that are left; that one leaves.
function* sequence(method, key, tickets) {
  const [width, digest] = { rfc3797_md5: [2, md5], rfc3797_sha256: [8, sha256] }[method];
  const left = [...tickets].sort();
  const text = bytesOf(key);
  const hashed = new Uint8Array(text.length + 2 * width);
  hashed.set(text, width);
  for (let turn = 0; turn < tickets.length; turn++) {
    for (const start of [0, width + text.length]) {
      for (let at = 0; at < width; at++) hashed[start + at] = at < width - 4 ? 0 : (turn >>> (8 * (width - 1 - at))) & 255;
    }
    const number = digest(hashed);
    const place = Number(BigInt(`0x${number}`) % BigInt(left.length));
    yield { turn: turn + 1, digest: number, ticket_no: left.splice(place, 1)[0] };
  }
}

// What falls to tickets, one after the other. Of an order each ticket has a place (quantity null).
function prizesOf(proof) {
  const all = (proof.tickets || []).length;
  return proof.rules.prizes.flatMap((prize) => Array(prize.quantity === null ? all : prize.quantity).fill(prize));
}

function drawAgain(proof) {
  const prizes = prizesOf(proof);
  const turns = sequence(proof.method, keyOf(proof.public_numbers), proof.tickets);
  const held = new Map(), lost = [];
  let whole = true;
  for (let unit = 1; unit <= prizes.length; unit++) {
    const { value, done } = turns.next();
    if (!done) held.set(unit, value);
  }
  for (const ending of proof.endings) {
    const had = held.get(ending.unit);
    whole = whole && had !== undefined && had.ticket_no === ending.ticket_no;
    if (had) lost.push(had);
    held.delete(ending.unit);
    const { value, done } = turns.next();
    if (!done) held.set(ending.unit, value);
  }
  return { prizes, held, lost, whole };
}

function check(proof) {
  const steps = [];
  const step = (holds, zh, en, shown = "") => steps.push({ holds: Boolean(holds), zh, en, shown });
  const { checksum, ...rest } = proof;
  step(hashText(canonical(rest)) === checksum, "文件完整", "The file is as it was made", checksum);
  const rules = hashText(canonical(proof.rules));
  step(rules === proof.rules_sha256, "规则的 SHA-256", "SHA-256 of the rules", rules);
  let list = null;
  if (proof.tickets) {
    list = hashText([...proof.tickets].sort().map((ticket) => `${ticket}\n`).join(""));
    const count = proof.tickets.length;
    step(list === proof.list_sha256, "名单的 SHA-256", "SHA-256 of the list", list);
    step(count === proof.entrants_count && count === new Set(proof.tickets).size,
      `${count} 张奖券，无重复`, `${count} tickets, none twice`);
    const method = count > 65535 ? "rfc3797_sha256" : "rfc3797_md5";
    step(method === proof.method, "方法由奖券数量决定", "The method follows from the number of tickets", method);
  }
  if (proof.commitment) {
    const hashes = [rules, list, hashText(canonical(proof.sources))];
    const commitment = hashText(hashes.map((each) => `${each}\n`).join(""));
    step(commitment === proof.commitment, "承诺值：规则、名单与公开号码来源", "The commitment: rules, list and sources", commitment);
    step(proof.sources.every((source) => proof.committed_at < source.published_at),
      "承诺早于全部公开号码", "The commitment came before all public numbers", proof.committed_at);
  }
  let outcome = null;
  if (proof.public_numbers) {
    step(true, "种子：公开号码", "The key: the public numbers", keyOf(proof.public_numbers));
    outcome = drawAgain(proof);
    step(outcome.whole, "失去奖品的都是当时的中奖者", "Whoever lost a prize had it");
    const same = proof.winners.length === outcome.prizes.length && proof.winners.every((winner, at) => {
      const turn = outcome.held.get(winner.unit);
      return winner.unit === at + 1 && winner.prize === outcome.prizes[at].name
        && winner.ticket_no === (turn ? turn.ticket_no : null) && winner.turn === (turn ? turn.turn : null);
    });
    step(same, "重新开奖，结果一致", "Drawn again, the winners are the same");
  }
  return { steps, outcome };
}

// What follows is for looking at.
const SHOWN = 1000;
const NS = "http://www.w3.org/2000/svg";
const find = (id) => document.getElementById(id);

function put(parent, name, attributes, text) {
  const made = name.startsWith("svg:") ? document.createElementNS(NS, name.slice(4)) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

const short = (hash) => (hash ? `${hash.slice(0, 12)}…` : "—");

function paintBox(svg, at, known, zh, en) {
  const x = 15 + at * 250;
  put(svg, "svg:rect", { x, y: 20, width: 220, height: 170, rx: 14, class: known ? "box" : "box later" });
  put(svg, "svg:text", { x: x + 14, y: 48, class: "title" }, `${"①②③④"[at]} ${zh}`);
  put(svg, "svg:text", { x: x + 14, y: 66, class: "small" }, en);
  if (at) put(svg, "svg:path", { d: `M ${x - 28} 105 h 18`, class: "arrow" });
  return x + 14;
}

function paintBalls(svg, left, sources, publicNumbers) {
  sources.slice(0, 3).forEach((source, row) => {
    const y = 98 + row * 37, numbers = publicNumbers ? publicNumbers[row] : null;
    put(svg, "svg:text", { x: left, y: y - 10, class: "small" }, source.name.slice(0, 24));
    if (numbers === null) {
      put(svg, "svg:text", { x: left, y: y + 9, class: "small" }, source.published_at.slice(0, 16).replace("T", " "));
    } else if (typeof numbers === "string") {
      put(svg, "svg:text", { x: left, y: y + 9, class: "mono" }, `${numbers.slice(0, 20)}…`);
    } else {
      [...numbers].sort((a, b) => a - b).slice(0, 7).forEach((number, at) => {
        const long = String(number).length > 2;
        put(svg, "svg:rect", { x: left + at * 27, y: y - 6, width: long ? 70 : 24, height: 21, rx: 11, class: numbers.length === 1 ? "ball round" : "ball" });
        put(svg, "svg:text", { x: left + at * 27 + (long ? 35 : 12), y: y + 9, class: "number" }, number);
      });
    }
  });
}

function paint(proof, outcome, mine) {
  const svg = find("picture");
  svg.replaceChildren();
  const head = put(put(svg, "svg:defs", {}), "svg:marker", { id: "head", viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 4, markerHeight: 4, orient: "auto" });
  put(head, "svg:path", { d: "M0 0 L8 4 L0 8 z", fill: "#d9a441" });
  let left = paintBox(svg, 0, proof.tickets, "冻结名单", "The list is frozen");
  put(svg, "svg:text", { x: left, y: 112, "font-size": 30 }, proof.tickets ? `${proof.tickets.length} 张奖券` : "报名中 · open");
  put(svg, "svg:text", { x: left, y: 150, class: "mono" }, short(proof.list_sha256));
  left = paintBox(svg, 1, proof.commitment, "公布承诺", "The commitment is published");
  put(svg, "svg:text", { x: left, y: 105 }, "规则 + 名单 + 号码来源");
  put(svg, "svg:text", { x: left, y: 124, class: "small" }, "rules + list + sources → SHA-256");
  put(svg, "svg:text", { x: left, y: 150, class: "mono" }, short(proof.commitment));
  put(svg, "svg:text", { x: left, y: 172, class: "small" }, (proof.committed_at || "").slice(0, 16).replace("T", " "));
  left = paintBox(svg, 2, proof.public_numbers, "公开号码", "Then the numbers come out");
  if (proof.sources) paintBalls(svg, left, proof.sources, proof.public_numbers);
  left = paintBox(svg, 3, outcome, "任何人都能开奖", "Anybody draws");
  const winners = outcome ? [...outcome.held.values()] : [];
  winners.slice(0, 5).forEach((turn, at) => put(svg, "svg:text", { x: left, y: 92 + at * 18, class: "mono" }, `${turn.turn}. ${turn.ticket_no}`));
  if (winners.length > 5) put(svg, "svg:text", { x: left, y: 184, class: "small" }, `… 共 ${winners.length} · in all`);
  paintStrip(svg, proof, outcome, mine);
}

// The whole list as one strip: where the winners stand on it.
function paintStrip(svg, proof, outcome, mine) {
  put(svg, "svg:rect", { x: 15, y: 235, width: 970, height: 34, rx: 6, class: "strip" });
  const listed = proof.tickets ? [...proof.tickets].sort() : [];
  const place = new Map(listed.map((ticket, at) => [ticket, at]));
  const mark = (ticket, kind) => {
    const width = Math.max(3, 970 / Math.max(listed.length, 1) - 1);
    const x = 15 + (970 - width) * (listed.length > 1 ? place.get(ticket) / (listed.length - 1) : 0);
    const rect = put(svg, "svg:rect", { x, y: 229, width, height: 46, rx: 1, class: kind });
    put(rect, "svg:title", {}, ticket);
  };
  // Where each ticket has a place there is nothing to mark.
  if (outcome && proof.rules.kind !== "order") {
    outcome.lost.forEach((turn) => mark(turn.ticket_no, "lost"));
    outcome.held.forEach((turn) => mark(turn.ticket_no, "winner"));
  }
  if (mine) mark(mine, "mine");
  put(svg, "svg:text", { x: 15, y: 300, class: "small" }, "全部奖券按号码排列，红线为中奖奖券，灰线已失去奖品 · all tickets in order; red: winners; grey: lost again");
}

function showSteps(steps) {
  for (const each of steps) {
    const item = put(find("steps"), "li", { class: each.holds ? "good" : "bad" });
    put(item, "span", {}, each.zh);
    put(item, "span", { lang: "en" }, ` · ${each.en}`);
    if (each.shown) {
      put(item, "br", {});
      put(item, "code", {}, each.shown);
    }
  }
}

function showWinners(proof, outcome) {
  const prizes = prizesOf(proof);
  prizes.slice(0, SHOWN).forEach((prize, at) => {
    const row = put(find("winners"), "tr", {}), turn = outcome && outcome.held.get(at + 1);
    put(row, "td", {}, at + 1);
    put(row, "td", {}, `${prize.name} · ${prize.name_en}`);
    put(row, "td", { class: "ticket" }, turn ? turn.ticket_no : outcome ? "空缺 · unawarded" : "—");
    put(row, "td", {}, turn ? turn.turn : "");
  });
  if (prizes.length > SHOWN) put(find("endings"), "p", {}, `… 共 ${prizes.length} · in all`);
  const words = { expired: "逾期未领 · not claimed in time", disqualified: "取消资格 · disqualified" };
  for (const ending of proof.endings || []) {
    put(find("endings"), "p", {}, `${ending.ticket_no}：${words[ending.why] || ending.why}${ending.reason ? `（${ending.reason}）` : ""}`);
  }
}

function offerLookup(proof, outcome) {
  if (!proof.tickets) return;
  find("mine").hidden = false;
  const known = new Set(proof.tickets);
  find("ticket").addEventListener("input", (event) => {
    const ticket = event.target.value.trim().toUpperCase();
    const won = outcome && [...outcome.held].find(([, turn]) => turn.ticket_no === ticket);
    const said = known.has(ticket)
      ? won ? proof.rules.kind === "order" ? `第 ${won[0]} 位 · number ${won[0]} of the order`
        : `中奖：第 ${won[0]} 号奖品 · it won prize ${won[0]}` : "在名单中 · on the list"
      : "不在名单中 · not on the list";
    find("found").textContent = ticket.length === 10 ? said : "";
    paint(proof, outcome, known.has(ticket) ? ticket : null);
  });
}

const PENDING = {
  open: "抽奖尚在报名，规则已经公布、不再更改 · Entries are open; the rules are published and stay as they are",
  frozen: "名单已冻结，相符 · The list is frozen, and it holds",
  committed: "承诺已公布，相符；请记下承诺值 · The commitment is published, and it holds; note it down",
};

async function main() {
  const verdict = find("verdict");
  try {
    const answer = await fetch(document.body.dataset.proof);
    if (!answer.ok) throw new Error(String(answer.status));
    const proof = await answer.json();
    const { steps, outcome } = check(proof);
    const holds = steps.every((each) => each.holds);
    showSteps(steps);
    showWinners(proof, outcome);
    paint(proof, outcome, null);
    offerLookup(proof, outcome);
    verdict.className = holds ? "holds" : "fails";
    verdict.textContent = !holds ? "不符：见下面的核对步骤 · It does not hold: see the steps below"
      : PENDING[proof.state] || "相符：您的浏览器开出了同样的结果 · It holds: your browser drew the same winners";
  } catch (error) {
    verdict.className = "fails";
    verdict.textContent = `无法核对 · Could not be checked (${error.message})`;
  }
}

if (typeof document !== "undefined") main();
if (typeof module !== "undefined") module.exports = { check, keyOf };
