import { systems } from "../systems/list.js";
import type { Clock } from "../core/machine.js";
import { type HaipRelease, haipReleases } from "../systems/haip/haip-wire.js";
import { type JeanRelease, jeanReleases, jeanWireOf } from "../systems/jean/jean-wire.js";
import { jean2Wire } from "../systems/jean2/jean2-wire.js";
import {
  type OpenJarvisRelease,
  openjarvisReleases,
  openjarvisWireOf,
} from "../systems/openjarvis/openjarvis-wire.js";
import type { AuthRequest, WireForms } from "../systems/contract/wire.js";
import { refreshTokens } from "../tokens/refresh.js";
import { createMemoryStore } from "../tokens/refresh-store.js";
import { judge } from "../authenticator/authenticate.js";
import { createHaipSite } from "../systems/haip/haip-site.js";
import { createJeanSite } from "../systems/jean/jean-site.js";
import { createJean2Site } from "../systems/jean2/jean2-site.js";
import { createKeyRing } from "../authenticator/key-ring.js";
import { createOpenJarvisSite } from "../systems/openjarvis/openjarvis-site.js";
import type { Site, SiteBase } from "../systems/contract/site.js";

/** What every reference server wants to know. */
export interface CommonSiteOptions {
  /**
   * The key to ask for, for HAIP the secret that JWTs are signed with. Null switches authentication
   * off, as an unset one does with these servers (in HAIP's current layer nobody can log in then).
   * Any other value counts, however weak: to refuse one is for whoever starts the server. Only
   * HAIP's secret has to be one that a JWT can be signed with.
   */
  readonly key: string | null;
  /** Where the time comes from; `Date` unless given. */
  readonly clock?: Pick<Clock, "now"> | undefined;
}

/** Which system to be, and what it can be told to be. Releases are `current` unless named. */
export type SiteOptions =
  | (CommonSiteOptions & { readonly system: "jean2" })
  | (CommonSiteOptions & {
      readonly system: "openjarvis";
      readonly release?: OpenJarvisRelease;
      /** Whether `/health` answers 503. */
      readonly backendDown?: boolean;
    })
  | (CommonSiteOptions & {
      readonly system: "jean";
      readonly release?: JeanRelease;
      /** Whether `/readyz` answers 503. */
      readonly backendDown?: boolean;
    })
  | (CommonSiteOptions & { readonly system: "haip"; readonly release?: HaipRelease });

/** @throws TypeError for bad options; KeywardError `key-refused` for a HAIP secret that is none */
export function createSite(options: SiteOptions): Site {
  const { key, clock = Date } = options;
  if (key !== null && (typeof key !== "string" || key === "")) {
    throw new TypeError("key must be a string that is not empty, or null for no authentication");
  }
  if (typeof clock?.now !== "function") {
    throw new TypeError("clock must have a function now: Date will do");
  }
  const authentication = key !== null;
  switch (options.system) {
    case "jean2":
      return createJean2Site(baseOf(jean2Wire, key, clock), { authentication });
    case "openjarvis": {
      const { release = "current", backendDown = false } = options;
      requireRelease(release, openjarvisReleases);
      const wire = openjarvisWireOf(release);
      return createOpenJarvisSite(baseOf(wire, key, clock), { release, backendDown, wire });
    }
    case "jean": {
      const { release = "current", backendDown = false } = options;
      requireRelease(release, jeanReleases);
      const base = baseOf(jeanWireOf(release), key, clock);
      return createJeanSite(base, { release, backendDown, authentication });
    }
    case "haip": {
      const { release = "current" } = options;
      requireRelease(release, haipReleases);
      // Nobody signs in here, so that it refuses whatever is presented, as it should.
      const store = createMemoryStore();
      const refresh =
        release === "documented" && key !== null
          ? (body: unknown) => refreshTokens(body, { store, secret: key, clock })
          : undefined;
      return createHaipSite({ release, secret: key, clock, refresh });
    }
    default:
      throw new TypeError(`system must be one of ${Object.keys(systems).join(", ")}`);
  }
}

function requireRelease(release: string, all: readonly string[]): void {
  if (!all.includes(release)) throw new TypeError(`release must be one of ${all.join(", ")}`);
}

function baseOf(wire: WireForms, key: string | null, clock: Pick<Clock, "now">): SiteBase {
  if (key === null) return { refuse: () => null, clock };
  const ring = createKeyRing([key]);
  return {
    refuse(request: AuthRequest) {
      const decision = judge(wire, ring, request);
      return decision.ok ? null : decision;
    },
    clock,
  };
}
