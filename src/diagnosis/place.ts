import { existsSync, readFileSync } from 'node:fs'

/** A system that starts containers or jobs, or the machine itself. */
export type PlaceName = 'github' | 'gitlab' | 'openshift' | 'kubernetes' | 'docker' | 'machine'

/** A system that tsbuild runs in, and the trace of it. */
export interface Place {
  readonly name: PlaceName
  readonly evidence: string
}

/** Files and variables to look at. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number | undefined
  exists(path: string): boolean
  read(path: string): string
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'

/** OpenShift gives each project a range of user ids from here up. */
const firstOpenshiftUid = 1_000_000_000

type Trace = (surroundings: Surroundings) => string | undefined

/** From the system whose settings are nearest to the user to the machine. */
const traces: readonly (readonly [PlaceName, Trace])[] = [
  ['github', ({ env }) => (env['GITHUB_ACTIONS'] === 'true' ? 'GITHUB_ACTIONS=true' : undefined)],
  ['gitlab', ({ env }) => (env['GITLAB_CI'] === undefined ? undefined : `GITLAB_CI=${env['GITLAB_CI']}`)],
  ['openshift', openshift],
  ['kubernetes', kubernetes],
  ['docker', container],
]

function openshift(surroundings: Surroundings): string | undefined {
  const { env, uid = 0 } = surroundings
  if (env['OPENSHIFT_BUILD_NAME'] !== undefined) return 'OPENSHIFT_BUILD_NAME'
  return kubernetes(surroundings) !== undefined && uid >= firstOpenshiftUid ? `uid ${uid} in a pod` : undefined
}

function kubernetes({ env, exists, read }: Surroundings): string | undefined {
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined) return 'KUBERNETES_SERVICE_HOST'
  if (exists(serviceAccount)) return serviceAccount
  return read('/proc/self/cgroup').includes('kubepods') ? 'kubepods in /proc/self/cgroup' : undefined
}

function container({ env, exists, read }: Surroundings): string | undefined {
  // With --read-only it has no file.
  if (env['container'] === 'podman') return 'container=podman'
  const file = ['/.dockerenv', '/run/.containerenv'].find(exists)
  if (file !== undefined) return file
  const [, engine] = /\b(docker|libpod|containerd|lxc)\b/.exec(read('/proc/self/cgroup')) ?? []
  return engine === undefined ? undefined : `${engine} in /proc/self/cgroup`
}

/**
 * The systems around this process, the nearest to the user first; the machine where it is in none
 * of them.
 */
export function findPlaces(surroundings: Surroundings = here()): readonly Place[] {
  const found = traces.flatMap(([name, trace]): readonly Place[] => {
    const evidence = trace(surroundings)
    return evidence === undefined ? [] : [{ name, evidence }]
  })
  return found.length === 0 ? [{ name: 'machine', evidence: 'no trace of a container' }] : found
}

function here(): Surroundings {
  return {
    env: process.env,
    uid: process.getuid?.(),
    exists: existsSync,
    read: (path) => {
      try {
        return readFileSync(path, 'utf8')
      } catch {
        return ''
      }
    },
  }
}
