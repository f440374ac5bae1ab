import type { BuildRequest } from '../build-request.ts'
import { readAnnotations } from '../image/annotations.ts'
import type { BuildOptions, Ulimits } from '../options.ts'
import { settleOutputs } from './outputs.ts'

/** The options of a caller in the form that the parts of a build take. */
export function settleOptions({
  addHosts,
  annotations,
  outputs,
  push,
  ulimits,
  volumes = [],
  ...options
}: BuildOptions): Omit<BuildRequest, 'report' | 'signal'> {
  return {
    ...options,
    outputs: settleOutputs({ ...options, ...(outputs && { outputs }), ...(push === undefined ? {} : { push }) }),
    annotations: readAnnotations(annotations),
    addHosts: hostLines(addHosts),
    ulimits: ulimitTexts(ulimits),
    volumes: volumes.map((volume) => ({ readonly: false, ...volume })),
  }
}

/** `host:ip` for each address; `host-gateway` is the loopback address. */
function hostLines(hosts: BuildOptions['addHosts'] = {}): readonly string[] {
  return Object.entries(hosts).flatMap(([host, addresses]) =>
    [addresses].flat().map((address) => `${host}:${address === 'host-gateway' ? '127.0.0.1' : address}`),
  )
}

/** `name=soft[:hard]`. */
function ulimitTexts(ulimits: Ulimits = {}): readonly string[] {
  return Object.entries(ulimits).map(([name, limit]) =>
    typeof limit === 'number' ? `${name}=${limit}` : `${name}=${limit.soft}:${limit.hard}`,
  )
}
