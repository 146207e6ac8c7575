import { describe, expect, it } from "vitest";

import {
  grantTokens,
  type ProtocolTokens,
  type RefreshOptions,
  refreshTokens,
  revokeRefreshTokens,
  type ServerTokens,
} from "../../src/tokens/refresh.js";
import { createMemoryStore } from "../../src/tokens/refresh-store.js";
import { verifyToken } from "../../src/tokens/verify.js";
import { keyA } from "../helpers/keys.js";
import { clock, movingClock } from "./sign.js";

const request = { user: "user-123", expiresIn: 900, claims: { role: "admin" } };
const revoked = { code: "INVALID_TOKEN", reason: "unknown-refresh-token" };
const reused = { code: "INVALID_TOKEN", reason: "reused" };

function prepare(more: Partial<RefreshOptions> = {}) {
  const options: RefreshOptions = { store: createMemoryStore(), secret: keyA, clock, ...more };
  const refresh = async (refreshToken: string) =>
    (await refreshTokens({ refreshToken }, options)) as ServerTokens;
  return {
    options,
    refresh,
    signIn: async () => await grantTokens(request, options),
  };
}

describe("refreshTokens", () => {
  it("exchanges a refresh token for new ones that say the same", async () => {
    const { refresh, signIn } = prepare();
    const first = await signIn();
    expect(Object.keys(first)).toEqual(["token", "refreshToken"]);
    const second = await refresh(first.refreshToken);
    const { claims } = await verifyToken(second.token, { secret: keyA, clock });
    expect(claims).toMatchObject({ userId: "user-123", role: "admin", aud: "haip-client" });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(await refresh(second.refreshToken)).toHaveProperty("token");
  });

  it("answers in the shape of the protocol's page when asked in it", async () => {
    const { options } = prepare();
    const protocol = {
      profile: "protocol",
      issuer: "my-app",
      user: "user-123",
      expiresIn: 900,
    } as const;
    const first = (await grantTokens(protocol, options)) as ProtocolTokens;
    const second = await refreshTokens({ refresh_token: first.refresh_token }, options);
    for (const answer of [first, second]) {
      expect(Object.keys(answer)).toEqual(["access_token", "refresh_token", "expires_in"]);
      expect(answer).toMatchObject({ expires_in: 900 });
      const token = "access_token" in answer ? answer.access_token : "";
      const verify = { secret: keyA, clock, profile: "protocol", issuer: "my-app" } as const;
      expect((await verifyToken(token, verify)).user).toBe("user-123");
    }
  });

  it("revokes the whole family when a token comes a second time", async () => {
    const { refresh, signIn } = prepare();
    const { refreshToken: first } = await signIn();
    const { refreshToken: second } = await refresh(first);
    const { refreshToken: third } = await refresh(second);
    await expect(refresh(first)).rejects.toMatchObject(reused);
    for (const token of [third, second, first]) {
      await expect(refresh(token)).rejects.toMatchObject(revoked);
    }
  });

  it("revokes nobody else's", async () => {
    const { refresh, signIn } = prepare();
    const mine = await signIn();
    const other = await signIn();
    await refresh(mine.refreshToken);
    await expect(refresh(mine.refreshToken)).rejects.toMatchObject(reused);
    await expect(refresh("A".repeat(43))).rejects.toMatchObject(revoked);
    expect(await refresh(other.refreshToken)).toHaveProperty("token");
  });

  it("lets one of many at once through, and revokes what that one got", async () => {
    const { refresh, signIn } = prepare();
    const { refreshToken } = await signIn();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => refresh(refreshToken)),
    );
    const won = outcomes.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(won).toHaveLength(1);
    await expect(refresh(won[0]?.refreshToken ?? "")).rejects.toMatchObject(revoked);
  });

  it("does not prolong the family", async () => {
    const moving = movingClock();
    const { options, refresh } = prepare({ clock: moving });
    const grant = { ...options, refreshExpiresIn: 100 };
    const first = await grantTokens(request, grant);
    moving.advance(99);
    const second = await refresh(first.refreshToken);
    moving.advance(1);
    await expect(refresh(second.refreshToken)).rejects.toMatchObject({
      code: "TOKEN_EXPIRED",
      message: "the refresh token has expired",
    });
  });

  it("uses no token up when the secret must not sign", async () => {
    const { options, refresh, signIn } = prepare();
    const { refreshToken } = await signIn();
    const bad = refreshTokens({ refreshToken }, { ...options, secret: "test-secret-key" });
    await expect(bad).rejects.toMatchObject({ code: "key-refused" });
    expect(await refresh(refreshToken)).toHaveProperty("token");
  });

  it.each([
    [undefined, "INVALID_TOKEN", "malformed"],
    ["text", "INVALID_TOKEN", "malformed"],
    [{}, "MISSING_TOKEN", "missing"],
    [{ refreshToken: "" }, "MISSING_TOKEN", "missing"],
    [{ refreshToken: null }, "MISSING_TOKEN", "missing"],
    [{ refreshToken: 7 }, "INVALID_TOKEN", "malformed"],
    [{ refreshToken: "short" }, "INVALID_TOKEN", "malformed"],
    [{ refresh_token: ["A".repeat(43)] }, "INVALID_TOKEN", "malformed"],
    [{ refreshToken: "A".repeat(43), refresh_token: "A".repeat(43) }, "INVALID_TOKEN", "malformed"],
    [{ refreshToken: "A".repeat(43) }, "INVALID_TOKEN", "unknown-refresh-token"],
  ])("refuses the request %j", async (body, code, reason) => {
    await expect(refreshTokens(body, prepare().options)).rejects.toMatchObject({ code, reason });
  });
});

describe("grantTokens", () => {
  it("opens no family for a token that is refused", async () => {
    let opened = 0;
    const store = { ...createMemoryStore(), open: () => void (opened += 1) };
    const grant = grantTokens({ user: "" }, { store, secret: keyA, clock });
    await expect(grant).rejects.toMatchObject({ code: "token-refused" });
    expect(opened).toBe(0);
  });

  it.each([0, -1, Number.NaN])("takes a lifetime of %d for a mistake", async (refreshExpiresIn) => {
    const grant = grantTokens(request, { ...prepare().options, refreshExpiresIn });
    await expect(grant).rejects.toBeInstanceOf(TypeError);
  });
});

describe("revokeRefreshTokens", () => {
  it("signs out, by any token of the family", async () => {
    const { options, refresh, signIn } = prepare();
    const { refreshToken } = await signIn();
    const next = await refresh(refreshToken);
    await revokeRefreshTokens({ refreshToken }, options);
    await expect(refresh(next.refreshToken)).rejects.toMatchObject(revoked);
  });

  it("has nothing to say about a token that never was", async () => {
    const { options } = prepare();
    await expect(revokeRefreshTokens({ refreshToken: "A".repeat(43) }, options)).resolves.toBe(
      undefined,
    );
  });
});

describe("the memory store", () => {
  it("never holds a token", async () => {
    const seen: string[] = [];
    const inner = createMemoryStore();
    const store = {
      ...inner,
      open: (digest: string, grant: Parameters<typeof inner.open>[1]) => {
        seen.push(digest, JSON.stringify(grant));
        return inner.open(digest, grant);
      },
    };
    const { signIn } = prepare({ store });
    const { token, refreshToken } = await signIn();
    expect(seen).toHaveLength(2);
    for (const text of seen) {
      expect(text).not.toContain(refreshToken);
      expect(text).not.toContain(token);
    }
  });

  it("forgets families that have ended", () => {
    const store = createMemoryStore();
    const grant = (expires: number) => ({ request: { user: "u" }, expires });
    void store.open("a", grant(10));
    void store.open("b", grant(20));
    expect(store.exchange("b", "b2", 10)).toMatchObject({ outcome: "exchanged" });
    expect(store.exchange("a", "a2", 0)).toEqual({ outcome: "unknown" });
    expect(store.exchange("b2", "b3", 20)).toEqual({ outcome: "expired" });
  });
});
