import { describe, expect, it } from "vitest";

import { aboutServer } from "../../src/core/hint.js";
import { adviseCommand } from "../../src/keys/advise.js";
import { fingerprintKey } from "../../src/keys/fingerprint.js";
import { maskKey } from "../../src/keys/mask.js";
import { assessKey, countsAsKey, isReference } from "../../src/keys/strength.js";
import type { ValueKind } from "../../src/keys/value-kinds.js";
import { keyA } from "../helpers/keys.js";

const tool = "a reference that another tool has to resolve";
const variable = "a reference that this reader does not expand";

const values: Record<ValueKind, Record<string, readonly string[]>> = {
  substitution: {
    "a command substitution that nobody ran": [
      "$(jarvis auth generate-key)",
      "$(openssl rand -base64 32)",
      "$(openssl",
      "$(uuidgen)",
      "$(</run/secrets/key)",
      "$([guid]::NewGuid().ToString())",
      "$(python -c 'import secrets;\nprint(secrets.token_urlsafe(32))')",
      "oj_sk_$(openssl rand -hex 32)",
      "prefix-$(head -c 32 /dev/urandom | base64)",
      "`openssl rand -hex 32`",
      "`uuidgen`",
      "oj_sk_`openssl rand -hex 32`",
      "openssl rand -hex 32",
      "jarvis auth generate-key",
    ],
  },
  "error-text": {
    "an error message in place of a key": [
      "Error: No such command generate-key",
      "Error: No such command 'generate-key'.",
      "error: unknown command 'generate-key'",
      "jarvis: error: argument command: invalid choice: 'auth'",
      "Usage: jarvis [OPTIONS] COMMAND [ARGS]...",
      "usage: jarvis [-h] {serve,start}",
      "Traceback (most recent call last):",
      "ModuleNotFoundError: No module named 'openjarvis'",
      "bash: line 1: jarvis: command not found",
      "zsh: command not found: jarvis",
      "sh: 1: openssl: not found",
      "/bin/sh: jarvis: No such file or directory",
      "fatal: not a git repository",
      "npm ERR! code ENOENT",
      "error[E0425]: cannot find value",
      "could not open the key file",
      "unknown option --write",
      "panic: runtime error: index out of range",
      "'jarvis' is not recognized as an internal or external command",
      "open /run/key: permission denied",
      "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
      '{"error":{"code":"no-key","message":"there is no key"}}',
      '{"detail": "Not Found"}',
    ],
  },
  template: {
    "a template that nobody filled in": [
      "{{ jarvis_api_key }}",
      "{{jarvis_api_key}}",
      "{{ vault_key | default('') }}",
      "oj_sk_{{ key }}",
      "${{ secrets.OPENJARVIS_API_KEY }}",
      "%OPENJARVIS_API_KEY%",
      "%%OPENJARVIS_API_KEY%%",
      "<your-key>",
      "<your-api-key-that-is-quite-long-indeed>",
      "<insert your key here (32 characters)>",
      "oj_sk_<your key>",
      "<%= api_key %>",
      "[your key]",
      "[[ .Values.apiKey ]]",
      "__OPENJARVIS_API_KEY__",
      "__jarvis_api_key__",
      "@OPENJARVIS_API_KEY@",
      "@@OPENJARVIS_API_KEY@@",
      "##OPENJARVIS_API_KEY##",
      "#{OpenJarvisApiKey}#",
      "#{OpenJarvisApiKey}",
      "{OPENJARVIS_API_KEY}",
      "{$OPENJARVIS_API_KEY}",
      "{env.OPENJARVIS_API_KEY}",
      "%{OPENJARVIS_API_KEY}",
      "%(openjarvis_api_key)s",
      "((openjarvis-api-key))",
      "!Ref OpenJarvisApiKey",
    ],
  },
  reference: {
    [tool]: [
      "encrypted:BDqDBibm4wsYqMpCjTQ6BsDHmMadg9K3dAt",
      "op://vault/openjarvis/password",
      "ENC[AES256_GCM,data:p673w,iv:YY=,aad:UQ=,tag:A==,type:str]",
      "ENC(G6N718UuyPE5bHyWKyuLQSm02auQPUtm)",
      "EJ[1:egJgZDLIZ61Z:iEMhKJcEm9cUQBLr:gWPLqJxPFZLj0d]",
      "vault:secret/data/openjarvis#api_key",
      "vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==",
      "ref+vault://secret/openjarvis#/key",
      "ref+awssecrets://openjarvis/key",
      "arn:aws:secretsmanager:eu-west-1:123456789012:secret:openjarvis-AbCdEf",
      "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/openjarvis",
      "gcp-sm://my-project/openjarvis",
      "sm://openjarvis-api-key",
      "bws://5f0c4d0e-4b1c-4a8e-9c39-b0d900f3a3d5",
      "https://example.vault.azure.net/secrets/openjarvis",
      "projects/123456/secrets/openjarvis/versions/latest",
      "projects/my-project/locations/eu/secrets/openjarvis",
      "file:/run/secrets/openjarvis",
      "file:///run/secrets/openjarvis",
      "/run/secrets/openjarvis",
      "env:OPENJARVIS_API_KEY",
      "@Microsoft.KeyVault(SecretUri=https://example.vault.azure.net/secrets/x)",
      "{{resolve:secretsmanager:openjarvis:SecretString:key}}",
      "{cipher}AQB1c3VhbGx5bG9uZ2Jhc2U2NHRleHQ",
      "<path:secret/data/openjarvis#key>",
      "$ANSIBLE_VAULT;1.1;AES256\n33363965326261303234626463623963",
    ],
  },
  variable: {
    [variable]: [
      "${ROOT_KEY}",
      "$ROOT_KEY",
      "$OPENJARVIS_API_KEY",
      "$jarvis_api_key",
      "${ROOT_KEY:-something-else}",
      "${ROOT_KEY:?must be set}",
      "oj_sk_${SUFFIX}",
      "${PREFIX}-${SUFFIX}",
      "$env:OPENJARVIS_API_KEY",
      "process.env.OPENJARVIS_API_KEY",
    ],
  },
  placeholder: {
    "a placeholder from documentation": [
      "change_me_in_prod_please_now",
      "change-me-in-prod-please-now",
      "change.me.in.prod.please.now",
      "change me in prod please now",
      "changeMeInProdPleaseNow",
      "changemeinprodpleasenow",
      "replace_with_a_long_random_string",
      "ReplaceWithALongRandomString",
      "your_secret_key_goes_here",
      "your-secret-key-goes-here",
      "please-change-this-to-a-random-value",
      "pleasechangethistoarandomvalue",
      "dev-secret-do-not-use-in-production",
      "dev_secret_don't_use_in_production",
      "generate-with-openssl-rand-hex-32",
      "your-super-secret-jwt-token-with-at-least-32-characters-long",
      "your-256-bit-secret",
      "a-string-secret-at-least-256-bits-long",
      "oj_sk_your_key_here",
      "oj_sk_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
      "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
      "super-secret-jwt-token",
      "JEAN2_AUTH_TOKEN",
      "my-secret-key-1234567890",
      "........................",
      "************************",
      "Kj8vN2Qw1xYzM4P7R6Sf9T3Uc0Vd5We8Xf1Yg4Zh7Ai2Bj",
    ],
  },
};

const cases = Object.entries(values).flatMap(([kind, byMessage]) =>
  Object.entries(byMessage).flatMap(([message, all]) =>
    all.map((value) => [value, kind, message] as const),
  ),
);

describe("what stands in a key's place", () => {
  it.each(cases)("%j is %s: %s", (value, kind, message) => {
    for (const text of [value, ` ${value}\n`]) {
      const found = assessKey(text);
      expect(found).toEqual({ strength: "none", reason: kind, kind, message });
      expect(countsAsKey(text)).toBe(false);
      expect(isReference(text)).toBe(kind === "reference");
      expect(fingerprintKey(text)).toBeNull();
      expect(maskKey(text)).toBe("••••••••");
    }
  });

  it.each([
    ["a random part behind words", `my-secret-key-${keyA}`],
    ["a random part behind others", `change-me-${keyA}`],
    ["a random part before words", `${keyA}_replace_me`],
    ["a word that no documentation has", "your-secret-key-is-a-walrus-in-the-tunnel"],
    ["a bcrypt hash", "$2b$12$eImiTXuWVxfM37uY4JANjQ3p8bq6rK0a7yJ2x4v1n5m9c0d8e6f7g"],
    ["an s as a dollar", "$ecretPasswordOfSomebody42Walrus"],
    ["an angle at each end", "<q#7$Kx!9v@Lm2^Pz&5*Wd8(Rt3)Yb6>"],
    ["brackets at each end", "[q#7$Kx!9v@Lm2^Pz&5*Wd8(Rt3)Yb6]"],
    ["digits alone", "32641285126432161024256"],
    ["an identifier and a secret", `client-7:${keyA}`],
    ["words of a command in a passphrase", "usage error walrus tunnel command option"],
    ["a JWK", `{"kty":"oct","k":"${keyA}"}`],
  ])("is none of it: %s", (_, value) => {
    expect(assessKey(value).kind).toBeNull();
  });

  it("is told of a long value in good time, whatever it repeats", () => {
    const parts = ["a", "x", "to", "your-key-", "$(", "{{", "a: ", "projects/a/", "`a ", "error"];
    for (const part of parts) {
      expect(assessKey(`${part.repeat(1_000_000 / part.length)}!`).kind).toBeNull();
    }
  });

  it.each([
    [null, "auth generate-key --write"],
    ["your-secret-key", "token rotate"],
    ["op://vault/item/key", "token rotate --replace-reference"],
  ])("of %j: %s", (key, command) => {
    expect(adviseCommand(key)).toEqual(aboutServer(command));
  });
});
