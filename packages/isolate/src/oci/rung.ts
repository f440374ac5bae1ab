import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { inUserNamespace, rootRung, startMapped, usernsRung } from '../rungs/namespace-rung.ts'
import { reportFurther } from '../machine/children.ts'
import { readHost } from '../plan/host.ts'
import type { Availability } from '../model/process.ts'
import type { ProbeRequest, Rung } from '../rungs/rung.ts'
import { availability, endTrial, trialProcess } from '../rungs/trial.ts'
import { ociIsolator, writeBundle } from './isolator.ts'
import { checkRuntime, type RuntimeName } from './runtime.ts'

/**
 * RUN by an OCI runtime, with the rights of the rung `root` or `userns`, on request only.
 * A name selects all that begin with it: `oci`, `oci:crun`.
 */
export const ociRungs: readonly Rung[] = [
  ociRung('oci:crun', { runtime: 'crun', basis: rootRung }),
  ociRung('oci:runc', { runtime: 'runc', basis: rootRung }),
  ociRung('oci:crun:userns', { runtime: 'crun', basis: usernsRung }),
  ociRung('oci:runc:userns', { runtime: 'runc', basis: usernsRung }),
]

function ociRung(
  name: Rung['name'],
  { runtime, basis }: { readonly runtime: RuntimeName; readonly basis: Rung },
): Rung {
  return {
    ...basis,
    name,
    probe: async (request) => {
      const installed = await availability(() => checkRuntime(runtime))
      if (!installed.available) return installed
      const rights = await basis.probe(request)
      return rights.available ? tryRuntime(runtime, request, basis) : rights
    },
    isolator: (context) => ociIsolator(runtime, context),
  }
}

/** Runs a container in an empty root directory, where it ends at once. */
function tryRuntime(runtime: RuntimeName, { directory }: ProbeRequest, { idMaps }: Rung): Promise<Availability> {
  return availability(() => {
    const [files, rootfs] = [join(directory, 'bundle'), join(directory, 'rootfs')]
    for (const path of [files, rootfs]) mkdirSync(path)
    const user = idMaps !== undefined
    const host = user ? inUserNamespace(readHost(), { hasTerminalGroup: true }) : readHost()
    const program = [reportFurther, endTrial]
    const { plan, further } = writeBundle(runtime, { spec: trialProcess(rootfs), host, files, program, user })
    return startMapped(plan(undefined), { scratch: directory, maps: idMaps?.(), channel: false, further }).ended
  })
}
