const proxyNames: ReadonlySet<string> = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'])

/**
 * The proxy variables among the build arguments, each in upper and lower case as programs differ in
 * what they read. RUN gets them without ARG; they are in no key and no history. An empty one says
 * nothing.
 */
export function proxyEnv(args: Readonly<Record<string, string>>): readonly (readonly [name: string, value: string])[] {
  const given = Object.entries(args).filter(([name, value]) => proxyNames.has(name.toUpperCase()) && value !== '')
  const both = given.flatMap(([name, value]): [string, string][] => [
    [name.toUpperCase(), value],
    [name.toLowerCase(), value],
  ])
  // A spelling that was given beats one that was derived.
  return [...new Map([...both, ...given])]
}
