// Checks a digital credential as a stranger does: it has the file, asks the issuer's site, and shares no code with it.
// From standard input: a list of {file (base64), now (seconds, or null)}. Prints for each {name, sessions} or {refused}.
const crypto = require("node:crypto");
const zlib = require("node:zlib");

class Refused extends Error {}
const demand = (holds, why) => {
  if (!holds) throw new Refused(why);
};
const part = (text) => JSON.parse(Buffer.from(text, "base64url").toString("utf8"));

function tokenIn(file) {
  if (file.subarray(1, 4).toString() === "PNG") {
    for (let at = 8; at < file.length; ) {
      const length = file.readUInt32BE(at);
      const body = file.subarray(at + 8, at + 8 + length);
      demand(
        file.readUInt32BE(at + 8 + length) === zlib.crc32(file.subarray(at + 4, at + 8 + length)),
        "broken picture",
      );
      if (
        file.subarray(at + 4, at + 8).toString() === "iTXt" &&
        body.toString("latin1").startsWith("openbadgecredential\0")
      )
        return body.subarray("openbadgecredential".length + 5).toString("utf8");
      at += 12 + length;
    }
    throw new Refused("no credential");
  }
  const text = file.toString("utf8").trim();
  const inDrawing = /xmlns:openbadges="https:\/\/purl\.imsglobal\.org\/ob\/v3p0" verify="([^"]+)"/.exec(text);
  return inDrawing ? inDrawing[1] : text;
}

async function fetched(address) {
  const answer = await fetch(address, { redirect: "error" }).catch(() => null);
  demand(answer?.ok, `no answer from ${address}`);
  return answer;
}

async function resolved(did) {
  const host = decodeURIComponent(/^did:web:([^:]+)$/.exec(did)?.[1] ?? "");
  demand(host, "issuer unknown");
  const scheme = host.startsWith("localhost:") ? "http" : "https";
  const document = await (await fetched(`${scheme}://${host}/.well-known/did.json`)).json();
  demand(document.id === did, "another issuer's document");
  return document;
}

async function verified(token, issuer) {
  const pieces = token.split(".");
  demand(pieces.length === 3, "no credential");
  const [header, payload] = pieces.slice(0, 2).map(part);
  const by = payload.issuer?.id ?? payload.issuer;
  demand(header.alg === "ES256" && payload.iss === by && payload.jti === payload.id, "not as the standard says");
  demand(!issuer || issuer === by, "another issuer");
  const document = await resolved(by);
  const method = document.verificationMethod.find((it) => it.id === header.kid && it.controller === by);
  demand(method && document.assertionMethod.includes(method.id), "unknown key");
  const key = { key: crypto.createPublicKey({ key: method.publicKeyJwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  const signature = Buffer.from(pieces[2], "base64url");
  demand(crypto.verify("sha256", Buffer.from(pieces.slice(0, 2).join(".")), key, signature), "signature");
  return payload;
}

async function isRevoked(entry, issuer, now) {
  const list = await verified(await (await fetched(entry.statusListCredential)).text(), issuer);
  const subject = list.credentialSubject;
  demand(
    list.id === entry.statusListCredential && list.type.includes("BitstringStatusListCredential"),
    "no status list",
  );
  demand(subject.statusPurpose === entry.statusPurpose && subject.encodedList[0] === "u", "no status list");
  demand(Date.parse(list.validFrom) <= now + 60e3 && now < Date.parse(list.validUntil), "stale status list");
  const bits = zlib.gunzipSync(Buffer.from(subject.encodedList.slice(1), "base64url"));
  const index = Number(entry.statusListIndex);
  demand(bits.length * 8 >= 131072 && index < bits.length * 8, "status list too short");
  return (bits[index >> 3] & (128 >> (index & 7))) !== 0;
}

async function main({ file, now }) {
  const at = now ? now * 1000 : Date.now();
  const credential = await verified(tokenIn(Buffer.from(file, "base64")));
  demand(credential.type.includes("OpenBadgeCredential") && Date.parse(credential.validFrom) <= at, "no badge");
  demand(!(await isRevoked(credential.credentialStatus, credential.iss, at)), "revoked");
  const { identifier } = credential.credentialSubject;
  return {
    name: identifier.find((it) => it.identityType === "name" && !it.hashed).identityHash,
    sessions: credential.evidence.map((it) => it.name),
  };
}

const judged = (one) =>
  main(one).catch((error) => {
    if (error instanceof Refused) return { refused: error.message };
    throw error;
  });

Promise.all(JSON.parse(require("node:fs").readFileSync(0, "utf8")).map(judged)).then((answers) =>
  console.log(JSON.stringify(answers)),
);
