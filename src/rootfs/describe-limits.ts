import { type Controller, controllers, findCgroup } from '@tsbuild/isolate'

const controllerFlags: Readonly<Record<Controller, string>> = {
  memory: '--memory, --memory-swap',
  pids: '--pids-limit',
  cpu: '--cpus, --cpu-shares',
  cpuset: '--cpuset-cpus, --cpuset-mems',
}

/**
 * Describes what enforces the limits of RUN here, or why they would be left out; flags of one
 * answer together.
 */
export function describeLimits(): readonly (readonly [flags: string, effect: string])[] {
  const flags = new Map<string, string[]>()
  for (const controller of controllers) {
    const effect = describeEffect(controller)
    flags.set(effect, [...(flags.get(effect) ?? []), controllerFlags[controller]])
  }
  return [...flags].map(([effect, names]) => [names.join(', '), effect])
}

function describeEffect(controller: Controller): string {
  const { place, obstacle } = findCgroup([controller])
  const why = [obstacle?.reason, obstacle?.hint].filter((text) => text !== undefined).join('; ')
  return place === undefined ? `left out with a warning: ${why}` : `work, by a control group in ${place.directory}`
}
