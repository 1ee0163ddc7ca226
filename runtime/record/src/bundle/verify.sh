#!/bin/sh
# Checks this bundle with sh, awk, sha256sum and openssl 3, and with nothing of Pogo's.
#
# Usage: sh verify.sh [KEY]     KEY: a file with the log's key, as its owner gave it to you
# Exits with 0 if the bundle holds and with 4 if it does not. formats.md says what the files are.
set -eu
export LC_ALL=C
wrong() { echo "DOES NOT HOLD: $1"; exit 4; }
[ $# = 0 ] || cmp -s "$1" "$(dirname "$0")/key" || wrong "the key is not the one in $1"
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The SHA-256 of every line of the input, as printf writes it in the format $1.
hashes() {
    rm -rf "$work/bytes" && mkdir "$work/bytes" && n=1000000
    while IFS= read -r line; do
        n=$((n + 1)) && printf "$1" "$line" > "$work/bytes/$n"
    done
    (cd "$work/bytes" && find . -type f | sort | xargs sha256sum | cut -c 1-64)
}

# 1. Every file is what SHA256SUMS says, and there is no other file.
find . -type f ! -path ./SHA256SUMS | sed 's|^\./||' | sort | xargs sha256sum |
    cmp -s - SHA256SUMS || wrong "the files are not those that SHA256SUMS lists"

# 2. The key is written in one way, and it signed the first three lines of the checkpoint.
name=$(sed 's/+.*//' key)
openssl pkey -pubin -in key.pem -outform DER | tail -c 32 > "$work/public"
id=$( (echo "$name" && printf '\001' && cat "$work/public") | sha256sum | cut -c 1-8)
echo "$name+$id+$( (printf '\001' && cat "$work/public") | openssl base64 -A)" |
    cmp -s - key || wrong "key and key.pem are not the same key"
openssl pkey -pubin -in key.pem | cmp -s - key.pem || wrong "key.pem has more in it than a key"
head -n 3 checkpoint > "$work/text"
tail -n 1 checkpoint | sed 's/.* //' | openssl base64 -d -A > "$work/blob"
tail -c +5 "$work/blob" > "$work/signature"
echo "— $name $(openssl base64 -A -in "$work/blob")" > "$work/line"
tail -n 1 checkpoint | cmp -s - "$work/line" && [ "$(head -n 1 checkpoint)" = "$name" ] &&
    [ -z "$(sed -n 4p checkpoint)" ] &&
    [ "$(od -An -v -tx1 -N 4 "$work/blob" | tr -d ' ')" = "$id" ] &&
    openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in "$work/text" \
        -sigfile "$work/signature" > "$work/said" 2>&1 ||
    wrong "the checkpoint was not signed with the key"

# 3. Every entry hashes to its leaf, and says which place in the log it has.
hashes '\000%s' < entries.jsonl > "$work/leaves"
sed 's/^{"schema":[0-9]*,"id":"[^"]*","seq":\([0-9]*\),.*/\1/' entries.jsonl |
    paste -d ' ' - "$work/leaves" > "$work/entries"
cut -d ' ' -f 1,2 proofs.txt | cmp -s - "$work/entries" ||
    wrong "an entry is not the one that was hashed"

# 4. Every leaf leads to the signed root (RFC 9162, 2.1.3.2). A path is one line: the entry's place,
#    the place at this height, the last place at this height, the hash, and the hashes beside the
#    path that are left. All paths go up one step at a time; where they meet, one hash will do.
! grep -Eqv '^[0-9]+( [0-9a-f]{64})+$' proofs.txt || wrong "a proof is not written as it has to be"
root=$(sed -n 3p checkpoint | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
awk -v last="$(($(sed -n 2p checkpoint) - 1))" '{ $1 = $1 " " $1 " " last; print }' proofs.txt \
    > "$work/paths"
while :; do
    lost=$(awk -v root="$root" '
        $2 > $3 || (NF == 4) != ($3 == 0) || NF == 4 && $4 != root { print $1; exit }
    ' "$work/paths")
    [ -z "$lost" ] || wrong "entry $lost is not in the signed tree"
    awk 'NF > 4' "$work/paths" > "$work/below"
    [ -s "$work/below" ] || break
    awk -v work="$work" '
        BEGIN { for (i = 0; i < 256; i++) byte[sprintf("%02x", i)] = sprintf("\\0%03o", i) }
        {
            node = $2; last = $3; pair = $4 $5
            if (node % 2 == 1 || node == last) {
                pair = $5 $4
                # A last node without a neighbour moves up as it is.
                while (node % 2 == 0 && node != 0) { node /= 2; last = int(last / 2) }
            }
            if (!(pair in number)) {
                number[pair] = ++pairs
                bytes = "\\0001"
                for (i = 1; i < 128; i += 2) bytes = bytes byte[substr(pair, i, 2)]
                print bytes > (work "/pairs")
            }
            rest = ""
            for (i = 6; i <= NF; i++) rest = rest " " $i
            print $1, int(node / 2), int(last / 2), number[pair] rest > (work "/above")
        }' "$work/below"
    hashes '%b' < "$work/pairs" > "$work/hashes"
    awk 'NR == FNR { hash[NR] = $1; next } { $4 = hash[$4]; print }' \
        "$work/hashes" "$work/above" > "$work/paths"
done

# 5. Every attachment is the one that an entry names, and is named by its hash. One that the station
#    has said it no longer keeps, and that was not attached again since, may be missing.
find . -path './attachments/*' -type f | sed 's|.*/||' | sort > "$work/there"
awk '
    /"type":"attachment"/ {
        sub(/.*"sha256":"/, ""); sub(/".*/, "")
        named[$0]; delete gone[$0]
    }
    /"type":"attachments.pruned"/ {
        files = split($0, file, /"sha256":"/)
        for (i = 2; i <= files; i++) { sub(/".*/, "", file[i]); gone[file[i]] }
    }
    END { for (hash in named) print hash, hash in gone ? "gone" : "kept" }' entries.jsonl |
    sort > "$work/all"
sed -n 's/ gone$//p' "$work/all" | comm -23 - "$work/there" > "$work/gone"
sed 's/ .*//' "$work/all" | comm -23 - "$work/gone" > "$work/named"
cmp -s "$work/there" "$work/named" || wrong "the attachments are not those that the entries name"
while read -r hash; do
    [ "$(sha256sum < "attachments/$hash" | cut -c 1-64)" = "$hash" ] ||
        wrong "the attachment $hash has other bytes"
done < "$work/named"

modes=$(sed -n 's/.*"type":"run.started".*"mode":"\([a-z]*\)".*/\1/p' entries.jsonl | sort -u)
case $name in */NOT-FOR-PRODUCTION) modes="$modes: NOT FOR PRODUCTION" ;; esac
echo "$(wc -l < entries.jsonl | tr -d ' ') entries and $(wc -l < "$work/named" | tr -d ' ') attachments, $modes"
echo "HOLDS for whoever trusts the key $name+$id"
