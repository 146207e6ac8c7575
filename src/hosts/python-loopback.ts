// Python takes no leading zeros, no short forms and no blanks, but any zone that is not empty.
const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const loopbackV4 = new RegExp(`^127(?:\\.${octet}){3}$`);
const fullOne = /^(?:0{1,4}:){7}0{0,3}1$/;
const shortenedOne = /^(?:0{1,4}(?::0{1,4})*)?::(?:0{1,4}:)*0{0,3}1$/;

/**
 * OpenJarvis's own rule for "only this machine can reach it": loopback by the `ipaddress` module of
 * Python before 3.13 (where `::ffff:127.0.0.1` is not), or exactly `localhost`, or nothing at all.
 * With the last it then listens on every interface; the hole is part of the rule.
 */
export function isPythonLoopback(host: string): boolean {
  if (host === "localhost" || host === "") return true;
  return loopbackV4.test(host) || isOneV6(host);
}

/** Whether Python reads the address as `::1`. */
function isOneV6(host: string): boolean {
  const [address = "", zone, ...more] = host.split("%");
  if (zone === "" || more.length > 0 || host.includes("/")) return false;
  const groups = address.replace(/:0\.0\.0\.1$/, ":0:1");
  if (fullOne.test(groups)) return true;
  // `::` stands for at least one of the eight groups.
  return shortenedOne.test(groups) && groups.split(":").filter(Boolean).length < 8;
}
