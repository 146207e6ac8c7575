import type { Machine } from "../../core/machine.js";
import type { ClientFacts } from "../contract/clients.js";
import type {
  FilePlace,
  KeyForm,
  LaunchDescription,
  SettingDescription,
  SwitchDescription,
  SystemDescription,
  ValueNames,
} from "../contract/description.js";
import type { Launch, LiveServer, Location, Setting, Switch, System } from "../contract/system.js";
import { findLoadedTroubles } from "../units/loaded-unit.js";
import { findUnitTroubles } from "../units/unit-troubles.js";
import { wouldStart } from "./bind-rule.js";
import type { SystemCode } from "../contract/code.js";
import { type About, locateFile } from "./files.js";
import { readPid, readPidFile } from "./pid-file.js";
import { isShown } from "./presence.js";
import { listPlaces } from "./places.js";
import { locatePidFile, planRestart } from "./restart.js";
import { describeRunning } from "./running.js";
import { seeListener } from "./see-listener.js";
import { findService, programOf, userOfService } from "./service.js";

/** A system, and what it was made of. */
export type DescribedSystem = System & { readonly description: SystemDescription };

/**
 * Makes a system of its description.
 *
 * @param code what its folder says beside
 */
export function createSystem(description: SystemDescription, code: SystemCode): DescribedSystem {
  const { key, listening, service, launches, noKeySwitch, lifetime, logs } = description;
  const { unsafeSwitch } = listening;
  const [first] = launches;
  const usual = launches.find(({ launch }) => launch !== "service") ?? first;
  const about = (machine: Machine, launch: Launch): About => ({ description, machine, launch });
  const findLaunch = (launch: Launch): LaunchDescription =>
    launches.find((each) => each.launch === launch) ?? usual;

  function findLive(machine: Machine): LiveServer | null {
    const locate = () => locatePidFile(description, about(machine, usual.launch));
    if (description.pidFile?.holds === "address") {
      const path = locate();
      return path === null ? null : readPidFile(path, machine);
    }
    if (service === undefined) return null;
    // The installed service writes none: one that is there tells of another server.
    const locateOwn = () => (findService(service, machine) === null ? locate() : null);
    return seeListener(locateOwn, programOf(service), machine);
  }

  function locate(names: ValueNames, isKey: boolean, machine: Machine, launch: Launch) {
    const { key: keySources, settings = keySources } = findLaunch(launch);
    const { readStartFolder } = code;
    return listPlaces(names, isKey ? keySources : settings, {
      ...about(machine, launch),
      readStartFolder:
        readStartFolder &&
        ((variable, running) => readStartFolder(variable, { ...running, findLive })),
    });
  }

  const setting = (one: SettingDescription): Setting => ({
    default: one.default,
    emptyMeans: one.emptyMeans ?? "default",
    ...(one.trimmed && { trimmed: one.trimmed }),
    locations: (machine, launch): readonly Location[] => locate(one, false, machine, launch),
  });
  const toggle = ({ variable, flag, on }: SwitchDescription): Switch => ({
    variable,
    setting: setting({ variable, flag, default: "" }),
    isOn: (value) => on.includes(value.trim().toLowerCase()),
  });
  const { listStartFiles } = code;

  return {
    description,
    ...pickFacts(description),
    launches: [first.launch, ...launches.slice(1).map(({ launch }) => launch)],
    network: {
      host: setting(listening.host),
      ...(listening.hostFlags && { hostFlags: listening.hostFlags }),
      port: setting(listening.port),
      tls: listening.tls && {
        enabled: setting(listening.tls.enabled),
        certificate: setting(listening.tls.certificate),
        privateKey: setting(listening.tls.privateKey),
      },
    },
    ...(lifetime && { lifetime: setting(lifetime) }),
    ...(noKeySwitch && { noKeySwitch: toggle(noKeySwitch) }),
    ...(unsafeSwitch && { unsafeSwitch: toggle(unsafeSwitch) }),
    isHere: (machine) => isShown(about(machine, usual.launch)),
    detectLaunch: (machine) => (findService(service, machine) === null ? usual.launch : "service"),
    locations: (machine, launch) => locate(key, true, machine, launch),
    ...(listStartFiles && {
      startFiles: (machine: Machine, launch: Launch) =>
        listStartFiles({ machine, launch, findLive }),
    }),
    running: describeRunning(description),
    ...(description.pidFile && {
      findPid(machine: Machine, launch: Launch) {
        const path = locatePidFile(description, about(machine, launch));
        return path === null ? null : readPid(path, machine);
      },
    }),
    findLive,
    wouldStart: (host, hasKey, allowsUnsafe = false) =>
      wouldStart(listening.bindRule, host, hasKey, allowsUnsafe),
    restart: (machine, launch) =>
      planRestart(findLaunch(launch).restart, about(machine, launch), findLive(machine)),
    ...(logs && {
      logs: (machine: Machine) =>
        unique(launches.flatMap(({ launch }) => locateAll(logs, about(machine, launch)))),
    }),
    ...(service && {
      findTroubles(machine: Machine, launch: Launch) {
        const unit = launch === "service" ? findService(service, machine) : null;
        return unit === null ? [] : findUnitTroubles(unit);
      },
      findLoaded(machine: Machine, launch: Launch) {
        const unit = launch === "service" ? findService(service, machine) : null;
        return unit === null ? [] : findLoadedTroubles(unit, key.variable);
      },
      serviceUser: (machine: Machine) => userOfService(service, machine),
    }),
    loadProbe: () => code.loadProbe(),
  };
}

/** What stands in both alike. */
function pickFacts(description: SystemDescription) {
  const { id, title, program, key, clients, forms, fileReaders } = description;
  const { hostDecides, hasNoAddress, remarks } = description;
  return {
    id,
    title,
    program,
    clients: adviseBy(clients, forms),
    fileDialects: fileReaders,
    keyFormat: key.format,
    variable: key.variable,
    emptyMeans: key.emptyMeans,
    ...(key.trimmed && { trimsKey: key.trimmed }),
    ...(hostDecides && { hostDecides }),
    ...(hasNoAddress && { hasNoAddress }),
    ...(remarks && { remarks }),
  };
}

/** @throws TypeError for a form that the description does not have */
function adviseBy(
  { by, ...rest }: SystemDescription["clients"],
  forms: readonly KeyForm[],
): ClientFacts {
  for (const form of forms) {
    if ((form.in === "header" || form.in === "query") && form.in === by) return { ...rest, form };
  }
  throw new TypeError(
    `clients are to present the key in the ${by}, and no form is described for that`,
  );
}

function locateAll(files: readonly FilePlace[], about: About): string[] {
  return files.flatMap((file) => locateFile(file, about) ?? []);
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}
