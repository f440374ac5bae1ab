import type { CacheStore } from '../../solve/cache-store.ts'
import type { StepClaim, StepClaims } from '../../solve/step-claims.ts'

/**
 * Claims among the builds of this store first, and among machines by the one of them that has the
 * step: a cache has one request for all of them.
 */
export function claimsOfMachines(
  local: StepClaims,
  { shared, cache }: { readonly shared: StepClaims; readonly cache: Pick<CacheStore, 'get'> },
): StepClaims {
  return {
    async take(key, wait) {
      let hasWaited = false
      const onWait = async (): Promise<void> => {
        if (!hasWaited) await wait.onWait()
        hasWaited = true
      }
      const mine = await local.take(key, { ...wait, onWait })
      // Undefined: the step failed in another build, or claims cannot be made. Do it at once.
      if (mine === undefined || (hasWaited && (await cache.get(key)) !== undefined)) return mine
      const theirs = await takeShared(shared, key, { ...wait, onWait }, mine)
      return theirs === undefined
        ? mine
        : {
            release: async (outcome) => {
              await mine.release(outcome)
              await theirs.release(outcome)
            },
          }
    },
  }
}

async function takeShared(
  shared: StepClaims,
  ...[key, wait, mine]: [...Parameters<StepClaims['take']>, StepClaim]
): Promise<StepClaim | undefined> {
  try {
    return await shared.take(key, wait)
  } catch (error) {
    await mine.release()
    throw error
  }
}
