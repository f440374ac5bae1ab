import type { IdMaps } from '@tsbuild/isolate'
import { TreeError } from '@tsbuild/tree'

/**
 * The same error. For an owner without an id in the user namespace, an error with the available ids
 * and the way to get more.
 */
export function explainOwner(error: unknown, idMaps: IdMaps | undefined): unknown {
  if (!(error instanceof TreeError) || error.code !== 'OWNER_UNMAPPED' || idMaps === undefined) return error
  const count = (ranges: IdMaps['uids']): number => ranges.reduce((sum, { size }) => sum + size, 0)
  const [uids, gids] = [count(idMaps.uids), count(idMaps.gids)]
  const range = `this user has the ids 0 to ${uids - 1}${gids === uids ? '' : `, for groups 0 to ${gids - 1}`}`
  const hint = `${range}: add a range to /etc/subuid and /etc/subgid (usermod --add-subuids FIRST-LAST --add-subgids FIRST-LAST USER), or build as root`
  return error.add({ hint })
}
