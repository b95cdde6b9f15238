"""Draw again what was drawn: python3 draw_checker.py FILE. Needs Python 3.8 or newer and nothing else. Rules: §7.1.

FILE is JSON: {"id", "seats", "quotas": {feature: {value: [min, max]}}, "candidates": [{"f": {…}, "id": "…"}], "method",
"parts": […]} and, as far as it has any, the results to compare: list_hash, seed, attempts, panel, substitutes."""
import hashlib, itertools, json, pathlib, sys, unicodedata  # noqa: E401, I001 - to be short

def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

def below(n, source):
    bits = (n - 1).bit_length() if n > 1 else 0
    while bits:
        number = int.from_bytes(bytes(next(source) for _ in range((bits + 7) // 8)), "big") & ((1 << bits) - 1)
        if number < n:
            return number
    return 0

def shuffle(order, start, stop, source):
    for i in range(start, stop):
        j = i + below(len(order) - i, source)
        order[i], order[j] = order[j], order[i]

def fits(panel, quotas):
    return all(least <= sum(c["f"].get(feature) == value for c in panel) <= most
               for feature, values in quotas.items() for value, (least, most) in values.items())

def assembly_draw(d):
    pool, k = sorted(d["candidates"], key=lambda c: c["id"].encode()), d["seats"]
    list_hash = hashlib.sha256(canonical(pool)).hexdigest()
    texts = ["assembly-draw/1", d["id"], list_hash, canonical(d["quotas"]).decode(), str(k), *d["parts"]]
    seed = hashlib.sha256(b"".join(b"%d:%s," % (len(text.encode()), text.encode()) for text in texts))
    blocks = (hashlib.sha256(seed.digest() + i.to_bytes(8, "big")).digest() for i in itertools.count())
    source = itertools.chain.from_iterable(blocks)
    for attempt in range(1, 100_001 if k <= len(pool) else 1):
        order = list(pool)
        shuffle(order, 0, k, source)
        if fits(order[:k], d["quotas"]):
            shuffle(order, k, len(order), source)
            return list_hash, seed.hexdigest(), attempt, [c["id"] for c in order]
    sys.exit(f"list_hash {list_hash}, seed {seed.hexdigest()}: no panel of 100,000 meets the quotas")

def rfc3797(d):
    numbers = (sorted(part) if isinstance(part, list) else [part] for part in d["parts"])
    key, left, order = "".join(".".join(map(str, part)) + "./" for part in numbers), list(d["candidates"]), []
    for i in (n.to_bytes(2, "big") for n in range(len(left))):
        number = int.from_bytes(hashlib.md5(i + key.encode() + i).digest(), "big")  # noqa: S324 - RFC 3797 has MD5
        order.append(left.pop(number % len(left))["id"])
    return hashlib.sha256(canonical(d["candidates"])).hexdigest(), key, 1, order

if __name__ == "__main__":
    given = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    given = json.loads(unicodedata.normalize("NFC", json.dumps(given, ensure_ascii=False)))
    *found, order = (rfc3797 if given.get("method") == "rfc3797" else assembly_draw)(given)
    found += order[:given["seats"]], order[given["seats"]:]
    result = dict(zip(["list_hash", "seed", "attempts", "panel", "substitutes"], found))  # noqa: B905 - Python 3.8
    wrong = [key for key in result if key in given and given[key] != result[key]]
    print(json.dumps(result, indent=1, ensure_ascii=False), f"MISMATCH: {wrong}" if wrong else "OK", sep="\n")  # noqa: T201
    sys.exit(bool(wrong))
