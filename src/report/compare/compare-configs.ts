import type { ImageConfig } from '@tsbuild/oci'
import { settingsOf } from '../image/settings.ts'
import type { ConfigChange } from '../model/comparison.ts'

/**
 * Settings that differ, in the order of their names. History, layers and dates are no settings; the
 * date counts with `times`.
 */
export function compareConfigs(before: ImageConfig, after: ImageConfig, times: boolean): readonly ConfigChange[] {
  const settings = (image: ImageConfig): ReadonlyMap<string, string> =>
    new Map([...settingsOf(image)].filter(([name]) => times || name !== 'created'))
  const [old, now] = [settings(before), settings(after)]
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name): readonly ConfigChange[] => {
    const [left, right] = [old.get(name), now.get(name)]
    if (left === right) return []
    return [{ name, ...(left !== undefined && { before: left }), ...(right !== undefined && { after: right }) }]
  })
}
