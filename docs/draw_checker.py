"""Draw again what was drawn (§7.1): python3 draw_checker.py FILE. Needs Python 3.8 or newer and nothing else. FILE:
{"id", "seats", "quotas": {feature: {value: [min, max]}}, "candidates": [{"f": {…}, "id"}], "method", "parts": […]} and
results to compare where it has any; "opened": {id: {feature: [salt, value]}} says what is behind hidden features."""
import hashlib, itertools, json, pathlib, sys, unicodedata  # noqa: E401, I001 - to be short
def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
def below(n, source):
    bits, number = (n - 1).bit_length(), n
    while number >= n:
        number = int.from_bytes(bytes(next(source) for _ in range((bits + 7) // 8)), "big") & ((1 << bits) - 1)
    return number
def shuffle(order, start, stop, source):
    for i in range(start, stop):
        j = i + below(len(order) - i, source)
        order[i], order[j] = order[j], order[i]
def seen(c, feature, opened):
    value, (salt, said) = c["f"].get(feature, ""), opened.get(c["id"], {}).get(feature, ("", ""))
    return said if value == "sha256:" + hashlib.sha256(f"{salt} {feature}={said}".encode()).hexdigest() else value
def fits(panel, quotas, opened):  # None: that rests on hidden features, each of which may be anything
    sure = True
    for feature, values in quotas.items():
        known = [seen(c, feature, opened) for c in panel]
        hidden = sum(value.startswith("sha256:") for value in known)
        counts = [(known.count(value), least, most) for value, (least, most) in values.items()]
        short = sum(max(0, least - count) for count, least, _ in counts)
        if short > hidden or any(count > most for count, _, most in counts):
            return False
        sure = None if short or any(count + hidden > most for count, _, most in counts) else sure
    return sure
def assembly_draw(d):
    pool, k, unsure = sorted(d["candidates"], key=lambda c: c["id"].encode()), d["seats"], 0
    list_hash = hashlib.sha256(canonical(pool)).hexdigest()
    texts = ["assembly-draw/1", d["id"], list_hash, canonical(d["quotas"]).decode(), str(k), *d["parts"]]
    seed = hashlib.sha256(b"".join(b"%d:%s," % (len(text.encode()), text.encode()) for text in texts))
    source = (one for i in itertools.count() for one in hashlib.sha256(seed.digest() + i.to_bytes(8, "big")).digest())
    for attempt in range(1, 100_001 if k <= len(pool) else 1):
        order = list(pool)
        shuffle(order, 0, k, source)
        unsure += (found := fits(order[:k], d["quotas"], d.get("opened", {}))) is None
        if found or (found is None and attempt == d.get("attempts")):
            shuffle(order, k, len(order), source)
            return unsure, list_hash, seed.hexdigest(), attempt, [c["id"] for c in order]
    sys.exit(f"list_hash {list_hash}, seed {seed.hexdigest()}: {unsure or 'no'} panels of 100,000 may meet the quotas")
def rfc3797(d):
    parts, left = (sorted(p) if isinstance(p, list) else [p] for p in d["parts"]), list(d["candidates"])
    key = "".join(".".join(map(str, part)) + "./" for part in parts)
    numbers = (n.to_bytes(2, "big") for n in range(len(left)))
    order = [left.pop(int(hashlib.md5(i + key.encode() + i).hexdigest(), 16) % len(left))["id"] for i in numbers]  # noqa: S324 - RFC 3797 has MD5
    return 0, hashlib.sha256(canonical(d["candidates"])).hexdigest(), key, 1, order
text = json.dumps(json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")), ensure_ascii=False)
given = json.loads(unicodedata.normalize("NFC", text))
unsure, *found, order = (rfc3797 if given.get("method") == "rfc3797" else assembly_draw)(given)
found += order[:given["seats"]], order[given["seats"]:]
result = dict(zip(("list_hash", "seed", "attempts", "panel", "substitutes"), found))  # noqa: B905 - Python 3.8
made = ["list_hash"] if given.get("attempts", 1) is None else result  # minutes write null where nothing was drawn
wrong = [key for key in made if key in given and given[key] != result[key]]
note = "OK" + f", as far as can be seen: {unsure} attempts met or missed the quotas by what is hidden" * (unsure > 0)
print(json.dumps(result, indent=1, ensure_ascii=False), f"MISMATCH: {wrong}" if wrong else note, sep="\n")  # noqa: T201 - a program prints
sys.exit(bool(wrong))
