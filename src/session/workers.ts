import { CarriedResults } from '../cache/carried-results.ts'
import type { BuildRequest } from '../build-request.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import type { Reporter } from '../progress/event.ts'
import type { ReapiConnections } from '../reapi/connections.ts'
import type { RemoteRunner } from '../remote/remote-runner.ts'
import { remotePatience } from './caches/cache-patience.ts'
import type { BuildCaches } from './caches/caches.ts'

/** The workers that the options name; nothing is requested before a step runs. */
export async function openWorkers(
  { remote, isolation, limits }: BuildRequest,
  { store, servers }: { readonly store: LayerStore; readonly servers: ReapiConnections },
): Promise<RemoteRunner | undefined> {
  if (remote === undefined) return undefined
  const { RemoteRunner } = await import('../remote/remote-runner.ts')
  const { properties: _p, timeout: _t, jobs: _j, node: _n, workerStore: _w, ...server } = remote
  return new RemoteRunner(remote, {
    store,
    connect: () => servers.open(server, remotePatience),
    ...(isolation !== undefined && { isolation }),
    ...(limits !== undefined && { limits }),
  })
}

/** Caches that know results of workers, and give up those whose layers a server has lost. */
export function withWorkers<C extends BuildCaches>(caches: C, workers: RemoteRunner | undefined, report: Reporter): C {
  if (workers === undefined) return caches
  const cache = new CarriedResults(caches.cache)
  return {
    ...caches,
    cache,
    forsake: async (error) => {
      const isLost = workers.forsake(error)
      if (!isLost && !(await caches.forsake(error))) return false
      cache.forget()
      const message = `${workers.name} has lost layers of results: the steps run again`
      if (isLost) await report({ type: 'warning', code: 'RemoteResultLost', message })
      return true
    },
  }
}
